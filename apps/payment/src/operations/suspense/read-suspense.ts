import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { decodeCursor, page, type Page } from '@nx/http';
import { Database, type Tx } from '@nx/persistence';
import type { SuspenseQuery, SuspenseView } from './suspense.dto';

interface SuspenseRow {
  id: string;
  merchant_id: string;
  transaction_id: string | null;
  attempt_id: string | null;
  provider: string;
  provider_reference: string;
  amount: string;
  accepted: string;
  refunded: string;
  reversed: string;
  currency: string;
  reason: string;
  finding_id: string | null;
  auto_refund_at: Date | null;
  created_at: Date;
}

const COLUMNS = `SELECT id, merchant_id, transaction_id, attempt_id, provider, provider_reference, amount, accepted, refunded,
  reversed, currency, reason, finding_id, auto_refund_at, created_at FROM "SuspenseItem"`;

/** One page of what waits, the newest first. `$1` merchant, `$2`, `$3` cursor. */
export const SUSPENSE_WAITING = `${COLUMNS}
WHERE amount - accepted - refunded - reversed > 0 AND ($1::text IS NULL OR merchant_id = $1)
  AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::text))
ORDER BY created_at DESC, id DESC LIMIT $4`;

const SUSPENSE_ALL = SUSPENSE_WAITING.replace('amount - accepted - refunded - reversed > 0 AND ', '');

const viewOf = (row: SuspenseRow): SuspenseView => {
  const [amount, accepted, refunded, reversed] = [row.amount, row.accepted, row.refunded, row.reversed].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return {
    id: row.id,
    merchantId: row.merchant_id,
    transactionId: row.transaction_id,
    attemptId: row.attempt_id,
    provider: row.provider,
    providerReference: row.provider_reference,
    amount,
    accepted,
    refunded,
    reversed,
    left: amount - accepted - refunded - reversed,
    currency: row.currency,
    reason: row.reason,
    findingId: row.finding_id,
    autoRefundAt: row.auto_refund_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
};

/** Money that was received and does not count for a sale, of all merchants. */
@Injectable()
export class ReadSuspense {
  constructor(private readonly database: Database) {}

  async list(query: SuspenseQuery): Promise<Page<SuspenseView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<SuspenseRow>(query.waiting === 'false' ? SUSPENSE_ALL : SUSPENSE_WAITING, [
      query.merchantId ?? null,
      after === undefined ? null : new Date(after.createdAtMs),
      after?.id ?? null,
      query.limit + 1,
    ]);
    const found = page(rows, query.limit, (row) => ({ createdAtMs: row.created_at.getTime(), id: row.id }));
    return { data: found.data.map(viewOf), nextCursor: found.nextCursor };
  }

  /** Throws `payment.suspense.not_found`. */
  async one(id: string, tx?: Tx): Promise<SuspenseView> {
    const [row] = await (tx ?? this.database).query<SuspenseRow>(`${COLUMNS} WHERE id = $1`, [id]);
    if (row === undefined) {
      throw new AppError({ code: 'payment.suspense.not_found', detail: 'There is no such item in suspense.' });
    }
    return viewOf(row);
  }
}
