import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { decodeCursor, page, type Page } from '@nx/http';
import type { FindingQuery, FindingView } from './finding.dto';
import { FindingRepository } from './finding.repository';
import { findingView } from './finding.view';

export const findingNotFound = (): AppError =>
  new AppError({ code: 'payment.finding.not_found', detail: 'There is no such finding.' });

/** Lists and shows findings of all merchants to operators. */
@Injectable()
export class ReadFindings {
  constructor(private readonly repository: FindingRepository) {}

  async list(query: FindingQuery): Promise<Page<FindingView>> {
    const { status, code, merchantId, transactionId, owner, limit } = query;
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.repository.list({ status, code, merchantId, transactionId, owner, after, limit });
    const { data, nextCursor } = page(rows, limit, ({ createdAt, id }) => ({ createdAtMs: createdAt, id }));
    return { data: data.map(findingView), nextCursor };
  }

  /** Throws `payment.finding.not_found`. */
  async one(id: string): Promise<FindingView> {
    const finding = await this.repository.findById(id);
    if (finding === undefined) throw findingNotFound();
    return findingView(finding);
  }
}
