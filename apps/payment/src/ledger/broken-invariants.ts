import type { Tx } from '@nx/persistence';

/** What of a transaction contradicts its journals or its attempts. */
export interface BrokenInvariants {
  readonly transactionId: string;
  /** Sentences with both figures. */
  readonly broken: readonly string[];
}

interface InvariantRow {
  id: string;
  kept: string;
  owner: string;
  paid: string;
  applied: string;
  open: string;
  asked: string;
  returned: string;
  counted: string;
}

/**
 * The figures of transactions beside what their journals and attempts add up to (spec payment §6): fees are the
 * merchant's and no part of a sale. One statement, so that it sees every change whole. `$1` ids.
 */
export const INVARIANTS = `
SELECT t.id, (t.paid - t.refunded - t.refund_reserved - t.charged_back)::text AS kept,
  coalesce((SELECT sum(CASE e.side WHEN 'CREDIT' THEN e.amount ELSE -e.amount END)
    FROM "LedgerJournal" j JOIN "LedgerEntry" e ON e.journal_id = j.id AND e.created_at = j.created_at
      JOIN "LedgerAccount" a ON a.id = e.account_id
    WHERE j.transaction_id = t.id AND j.kind NOT IN ('FEE_CHARGED', 'FEE_RECHARGED')
      AND a.type IN ('MERCHANT_OWN', 'MERCHANT_PAYABLE', 'MERCHANT_RECEIVABLE')), 0)::text AS owner,
  t.paid::text AS paid, coalesce(sum(a.applied_amount - a.reversed), 0)::text AS applied,
  t.open_amount::text AS open, coalesce(sum(a.amount) FILTER (WHERE a.type = '100_PAYMENT'
    AND a.status IN ('100_NEW', '204_SENT', '000_UNKNOWN')), 0)::text AS asked,
  (t.refunded + t.refund_reserved)::text AS returned, coalesce(sum(a.refunded + a.refund_reserved), 0)::text AS counted
FROM "Transaction" t LEFT JOIN "PaymentAttempt" a ON a.transaction_id = t.id
WHERE t.id = ANY($1) GROUP BY t.id`;

const RULES = [
  ['the ledger holds', 'kept', 'owner'],
  ['its attempts have applied', 'paid', 'applied'],
  ['its open attempts ask for', 'open', 'asked'],
  ['its attempts have given back or set aside', 'returned', 'counted'],
] as const;

const NAMES = {
  kept: 'paid less what went or goes back',
  paid: 'paid',
  open: 'the open amount',
  returned: 'refunded and reserved',
} as const;

/** The transactions among the given ones that do not add up. */
export const brokenInvariants = async (
  reader: Pick<Tx, 'query'>,
  transactionIds: readonly string[],
): Promise<BrokenInvariants[]> => {
  const rows = await reader.query<InvariantRow>(INVARIANTS, [transactionIds]);
  return rows
    .map((row) => ({
      transactionId: row.id,
      broken: RULES.filter(([, own, sum]) => row[own] !== row[sum]).map(
        ([what, own, sum]) => `${NAMES[own]} is ${row[own]}, but ${what} ${row[sum]}`,
      ),
    }))
    .filter(({ broken }) => broken.length > 0);
};
