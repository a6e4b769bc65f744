import { Injectable } from '@nestjs/common';
import { decodeCursor, page, type Page } from '@nx/http';
import { Database } from '@nx/persistence';
import { AuditTrail, ParkingStore } from '@nx/reliable';
import type { DeadLetterQuery, DeadLetterView, ReplayAnswer, ReplayRequest } from './dead-letter.dto';

/** Records of `signal.activity-notification` that were given up: their list with the reason, and their way back. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly database: Database,
    private readonly parking: ParkingStore,
    private readonly audit: AuditTrail,
  ) {}

  /** Newest first. */
  async list({ status, key, limit, cursor }: DeadLetterQuery): Promise<Page<DeadLetterView>> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const rows = await this.parking.list({ status, key }, limit + 1, after?.id);
    const shown = page(rows, limit, ({ parkedAt, id }) => ({ createdAtMs: parkedAt.getTime(), id }));
    const data = shown.data.map(({ parkedAt, finishedAt, ...row }) => ({
      ...row,
      parkedAt: parkedAt.toISOString(),
      finishedAt: finishedAt?.toISOString() ?? null,
    }));
    return { data, nextCursor: shown.nextCursor };
  }

  /** Puts them back in front of the sweeper, under the same event ids: what was stored already is not stored again. */
  async execute({ ids, reason }: ReplayRequest, actorId: string): Promise<ReplayAnswer> {
    const replayed = await this.database.transaction(async (tx) => {
      const revived = await this.parking.revive(tx, ids);
      for (const { id, eventId, errorMessage } of revived) {
        await this.audit.write(tx, {
          actorId,
          action: 'dead-letter.replay',
          entityType: 'ParkedRecord',
          entityId: id,
          merchantId: null,
          reason,
          before: { status: '505_DEAD_LETTERED', eventId, errorMessage },
          after: { status: '100_PARKED' },
        });
      }
      return new Set(revived.map(({ id }) => id));
    });
    return { replayed: ids.filter((id) => replayed.has(id)), left: ids.filter((id) => !replayed.has(id)) };
  }
}
