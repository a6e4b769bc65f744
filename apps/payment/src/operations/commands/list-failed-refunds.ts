import { table, UsageError, type Command } from '@nx/ops';
import { amountText, iso } from '../why/sentence';

/** Rows of the list. */
const MOST = 200;

interface FailedRefundRow {
  refund: string;
  transaction: string;
  merchant: string;
  kind: string;
  amount: string;
  currency: string;
  tries: number;
  reason: string | null;
  failed: Date;
}

/** `$1` failed since. */
export const FAILED_REFUNDS_SINCE = `
SELECT r.id AS refund, r.transaction_id AS transaction, r.merchant_id AS merchant, r.kind, r.amount::text AS amount,
  r.currency, r.modified_at AS failed,
  (SELECT count(*)::int FROM "PaymentAttempt" a WHERE a.transaction_id = r.transaction_id AND a.refund_id = r.id) AS tries,
  (SELECT a.reason FROM "PaymentAttempt" a WHERE a.transaction_id = r.transaction_id AND a.refund_id = r.id
   ORDER BY a.created_at DESC, a.id DESC LIMIT 1) AS reason
FROM "Refund" r WHERE r.status = 'FAILED' AND r.modified_at >= $1 ORDER BY r.modified_at DESC, r.id DESC LIMIT ${MOST}`;

export const FAILED_REFUNDS: Command = {
  name: 'list-failed-refunds',
  usage: 'list-failed-refunds --last-24h | --all',
  about: 'lists refunds that have failed and were not tried again, the newest first',
  options: { 'last-24h': { type: 'boolean' }, all: { type: 'boolean' } },
  positionals: 0,
  run: async ({ database, now }, { values }) => {
    if ((values['last-24h'] === true) === (values['all'] === true)) throw new UsageError('either --last-24h or --all');
    const since = values['all'] === true ? 0 : now - 24 * 3_600_000;
    const rows = await database.query<FailedRefundRow>(FAILED_REFUNDS_SINCE, [new Date(since)]);
    const cells = rows.map((row) => [
      iso(row.failed.getTime()),
      row.refund,
      row.transaction,
      row.merchant,
      row.kind,
      amountText(BigInt(row.amount), row.currency),
      String(row.tries),
      row.reason ?? '',
    ]);
    const heads = ['failed', 'refund', 'transaction', 'merchant', 'kind', 'amount', 'tries', 'reason'];
    return {
      finding: rows.length > 0,
      json: { failed: rows },
      lines: rows.length === 0 ? ['no refund has failed'] : table(heads, cells, new Set([5, 6])),
    };
  },
};
