import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@nx/persistence';
import type { Finding, FindingStatus, FindingSuspense } from './finding';

interface FindingRow {
  id: string;
  code: string;
  status: FindingStatus;
  merchant_id: string | null;
  transaction_id: string | null;
  attempt_id: string | null;
  detail: string;
  owner: string | null;
  outcome: string | null;
  note: string | null;
  created_at: Date;
  modified_at: Date;
  resolved_by: string | null;
  resolved_at: Date | null;
  suspense: (Omit<FindingSuspense, 'amount' | 'left'> & { amount: string; left: string }) | null;
}

export interface FindingFilter {
  readonly status?: FindingStatus | undefined;
  readonly code?: string | undefined;
  readonly merchantId?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly owner?: string | undefined;
  readonly after?: { readonly createdAtMs: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** The members that people change. */
export type FindingChange = Pick<Finding, 'status' | 'owner' | 'outcome' | 'note' | 'resolvedBy' | 'resolvedAt'>;

const COLUMNS = `
SELECT f.id, f.code, f.status, f.merchant_id, f.transaction_id, f.attempt_id, f.detail, f.owner, f.outcome, f.note,
  f.created_at, f.modified_at, f.resolved_by, f.resolved_at,
  (SELECT jsonb_build_object('id', s.id, 'providerReference', s.provider_reference, 'amount', s.amount::text,
     'left', (s.amount - s.accepted - s.refunded - s.reversed)::text, 'currency', s.currency)
   FROM "SuspenseItem" s WHERE s.finding_id = f.id LIMIT 1) AS suspense
FROM "Finding" f`;

/** One page, the newest first. `$1` status, `$2` code, `$3` merchant, `$4` transaction, `$5` owner, `$6`, `$7` cursor. */
export const FINDINGS_PAGE = `${COLUMNS}
WHERE ($1::text IS NULL OR f.status = $1) AND ($2::text IS NULL OR f.code = $2)
  AND ($3::text IS NULL OR f.merchant_id = $3) AND ($4::text IS NULL OR f.transaction_id = $4)
  AND ($5::text IS NULL OR f.owner = $5)
  AND ($6::timestamptz IS NULL OR (f.created_at, f.id) < ($6::timestamptz, $7::text))
ORDER BY f.created_at DESC, f.id DESC LIMIT $8`;

const findingOf = (row: FindingRow): Finding => ({
  id: row.id,
  code: row.code,
  status: row.status,
  merchantId: row.merchant_id,
  transactionId: row.transaction_id,
  attemptId: row.attempt_id,
  detail: row.detail,
  owner: row.owner,
  outcome: row.outcome,
  note: row.note,
  createdAt: row.created_at.getTime(),
  modifiedAt: row.modified_at.getTime(),
  resolvedBy: row.resolved_by,
  resolvedAt: row.resolved_at?.getTime() ?? null,
  suspense:
    row.suspense === null
      ? null
      : { ...row.suspense, amount: BigInt(row.suspense.amount), left: BigInt(row.suspense.left) },
});

/** SQL of findings. The engine writes them with the change that they are about; people change them here. */
@Injectable()
export class FindingRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; one more row than the limit tells that there is a further page. */
  async list(filter: FindingFilter): Promise<Finding[]> {
    // Not a named statement: a plan for all filters at once would read every finding there ever was.
    const rows = await this.database.query<FindingRow>(FINDINGS_PAGE, [
      filter.status ?? null,
      filter.code ?? null,
      filter.merchantId ?? null,
      filter.transactionId ?? null,
      filter.owner ?? null,
      filter.after === undefined ? null : new Date(filter.after.createdAtMs),
      filter.after?.id ?? null,
      filter.limit + 1,
    ]);
    return rows.map(findingOf);
  }

  async findById(id: string): Promise<Finding | undefined> {
    const [row] = await this.database.query<FindingRow>(`${COLUMNS} WHERE f.id = $1`, [id]);
    return row === undefined ? undefined : findingOf(row);
  }

  /** Reads a finding and keeps everybody else from changing it until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<Finding | undefined> {
    const [row] = await tx.query<FindingRow>(`${COLUMNS} WHERE f.id = $1 FOR UPDATE OF f`, [id]);
    return row === undefined ? undefined : findingOf(row);
  }

  /** Of a finding that is locked. `now` in ms. */
  async change(tx: Tx, id: string, change: FindingChange, now: number): Promise<void> {
    await tx.execute(
      `UPDATE "Finding" SET status = $2, owner = $3, outcome = $4, note = $5, resolved_by = $6, resolved_at = $7,
         modified_at = $8 WHERE id = $1`,
      [
        id,
        change.status,
        change.owner,
        change.outcome,
        change.note,
        change.resolvedBy,
        change.resolvedAt === null ? null : new Date(change.resolvedAt),
        new Date(now),
      ],
    );
  }
}
