import { expect } from 'vitest';
import type { Shop } from './world';

/**
 * Money of which the services rightly say something else than the vendors: it went to suspense and back, or came to
 * count for a sale that it did not name; and the vendors of the sandbox know no reversal, so that for them and for sale
 * a payment stands that an operator has booked back.
 */
const EXPLAINED = `
  SELECT provider_reference AS key FROM mq_pay."SuspenseItem" WHERE refunded = amount
  UNION ALL
  SELECT unnest(ARRAY[s.provider_reference, a.uid]) FROM mq_pay."SuspenseItem" s
    JOIN mq_pay."PaymentAttempt" a ON a.id = s.attempt_id
    WHERE s.accepted = s.amount AND a.applied_amount = s.amount AND a.provider_reference = s.provider_reference
  UNION ALL
  SELECT unnest(ARRAY[a.provider_reference, t.source_id]) FROM mq_pay."PaymentAttempt" a
    JOIN mq_pay."Transaction" t ON t.id = a.transaction_id
    WHERE a.status = '507_REVERSED' AND a.reversed = a.applied_amount AND t.paid = 0`;

/** The sandbox's own record agrees, but for what is explained; every journal sums to zero. */
export async function nothingUnexplained({ till, world }: Shop): Promise<void> {
  const known = new Set((await world.sql<{ key: string }>(EXPLAINED)).map(({ key }) => key));
  const truth = await till.sandbox.get('/truth?all=false');
  expect(truth.services).toMatchObject({ payment: { answered: true }, invoice: { answered: true } });
  expect(truth.rows.filter(({ key }: { key: string }) => !known.has(key))).toEqual([]);
  const crooked = await world.sql(
    `SELECT journal_id FROM mq_pay."LedgerEntry" GROUP BY journal_id
     HAVING sum(CASE side WHEN 'DEBIT' THEN amount ELSE -amount END) <> 0`,
  );
  expect(crooked).toEqual([]);
}
