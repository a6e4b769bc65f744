import { table, UsageError, type Command } from '@nx/ops';
import { amountText, iso } from '../why/sentence';

/** Rows of the list. */
const MOST = 200;

interface FailedRefundRow {
  refund: string;
  status: 'FAILED' | 'UNKNOWN';
  transaction: string;
  /** Uid of the last try. */
  try: string | null;
  /** The number that the provider knows it by. */
  number: string | null;
  merchant: string;
  kind: string;
  amount: string;
  currency: string;
  tries: number;
  reason: string | null;
  since: Date;
}

/** `$1` failed since; what nobody can be asked about any more waits for a person, however long ago it was. */
export const FAILED_REFUNDS_SINCE = `
SELECT r.id AS refund, CASE r.status WHEN 'FAILED' THEN 'FAILED' ELSE 'UNKNOWN' END AS status,
  r.transaction_id AS transaction, l.uid AS try, l.refund_reference AS number, r.merchant_id AS merchant, r.kind,
  r.amount::text AS amount, r.currency, r.modified_at AS since, l.reason,
  (SELECT count(*)::int FROM "PaymentAttempt" a WHERE a.transaction_id = r.transaction_id AND a.refund_id = r.id) AS tries
FROM "Refund" r LEFT JOIN LATERAL (
  SELECT a.uid, a.refund_reference, a.reason, a.next_query_at FROM "PaymentAttempt" a
  WHERE a.transaction_id = r.transaction_id AND a.refund_id = r.id ORDER BY a.created_at DESC, a.id DESC LIMIT 1
) l ON true
WHERE (r.status = 'FAILED' AND r.modified_at >= $1) OR (r.status IN ('SENT', 'UNKNOWN') AND l.next_query_at IS NULL)
ORDER BY r.modified_at DESC, r.id DESC LIMIT ${MOST}`;

/** What a person can do about it. */
const NEXT: Readonly<Record<FailedRefundRow['status'], string>> = {
  FAILED: 'FAILED: `retry-refund <refund> --reason=…` tries it again.',
  UNKNOWN:
    "UNKNOWN: look the number up in the provider's report, then `resolve-stuck-transaction --transaction-id=<transaction> --attempt=<try> --status=completed|failed --evidence=…`.",
};

export const FAILED_REFUNDS: Command = {
  name: 'list-failed-refunds',
  usage: 'list-failed-refunds --last-24h | --all',
  about:
    'lists refunds that have failed, and those of which nobody but a person can find out what became, newest first',
  options: { 'last-24h': { type: 'boolean' }, all: { type: 'boolean' } },
  positionals: 0,
  run: async ({ database, now }, { values }) => {
    if ((values['last-24h'] === true) === (values['all'] === true)) throw new UsageError('either --last-24h or --all');
    const since = values['all'] === true ? 0 : now - 24 * 3_600_000;
    const rows = await database.query<FailedRefundRow>(FAILED_REFUNDS_SINCE, [new Date(since)]);
    const cells = rows.map((row) => [
      iso(row.since.getTime()),
      row.status,
      row.refund,
      row.transaction,
      row.try ?? '',
      row.number ?? '',
      row.merchant,
      row.kind,
      amountText(BigInt(row.amount), row.currency),
      String(row.tries),
      row.reason ?? '',
    ]);
    const heads = [
      'since',
      'state',
      'refund',
      'transaction',
      'try',
      'number',
      'merchant',
      'kind',
      'amount',
      'tries',
      'reason',
    ];
    const next = [...new Set(rows.map(({ status }) => NEXT[status]))].toSorted();
    return {
      finding: rows.length > 0,
      json: { failed: rows },
      lines: rows.length === 0 ? ['no refund has failed'] : [...table(heads, cells, new Set([8, 9])), ...next],
    };
  },
};
