import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { decodeCursor, page, type Page } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { FreezeRepository, freezeView } from './freeze.repository';
import type { FreezeQuery, FreezeView } from './freeze.dto';
import { freezeNotFound } from './lift-freeze';

/** What is stopped, and what was. */
@Injectable()
export class ReadFreezes {
  constructor(
    private readonly repository: FreezeRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(query: FreezeQuery): Promise<Page<FreezeView>> {
    const now = this.clock.now();
    const rows = await this.repository.list({
      active: query.active ?? null,
      after: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
      limit: query.limit,
      now: new Date(now),
    });
    const found = page(rows, query.limit, (row) => ({ createdAtMs: row.created_at.getTime(), id: row.id }));
    return { data: found.data.map((row) => freezeView(row, now)), nextCursor: found.nextCursor };
  }

  /** Throws `payment.freeze.not_found`. */
  async one(id: string): Promise<FreezeView> {
    const row = await this.repository.find(id);
    if (row === undefined) throw freezeNotFound();
    return freezeView(row, this.clock.now());
  }
}
