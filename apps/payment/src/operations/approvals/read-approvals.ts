import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { decodeCursor, page, type Page } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { APPROVAL_COLUMNS, type ApprovalRow } from './approval';
import { approvalNotFound } from './approval-problem';
import type { ApprovalQuery, ApprovalView } from './approval.dto';
import { approvalView } from './approval.view';

/** What waits for a second person, and what became of the rest. */
@Injectable()
export class ReadApprovals {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(query: ApprovalQuery): Promise<Page<ApprovalView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<ApprovalRow>(
      `SELECT * FROM (SELECT ${APPROVAL_COLUMNS} FROM "Approval"
         WHERE $3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::text)) a
       WHERE $2::text IS NULL OR state = $2 ORDER BY created_at DESC, id DESC LIMIT $5`,
      [
        new Date(this.clock.now()),
        query.state ?? null,
        after === undefined ? null : new Date(after.createdAtMs),
        after?.id ?? null,
        query.limit + 1,
      ],
    );
    const found = page(rows, query.limit, (row) => ({ createdAtMs: row.created_at.getTime(), id: row.id }));
    return { data: found.data.map(approvalView), nextCursor: found.nextCursor };
  }

  /** Throws `payment.approval.not_found`. */
  async one(id: string): Promise<ApprovalView> {
    const [row] = await this.database.query<ApprovalRow>(`SELECT ${APPROVAL_COLUMNS} FROM "Approval" WHERE id = $2`, [
      new Date(this.clock.now()),
      id,
    ]);
    if (row === undefined) throw approvalNotFound();
    return approvalView(row);
  }
}
