import { expect } from 'vitest';
import type { PaymentWorld } from './payment-world.fixture';

interface Sums {
  [account: string]: string | undefined;
}

/** Balances of a transaction's journals by account type, in the account's own direction. */
export const balancesOf = async (world: PaymentWorld, transactionId: string): Promise<Record<string, bigint>> => {
  const rows = await world.sql<{ type: string; balance: string }>(
    `SELECT a.type, sum(CASE WHEN e.side = a.normal_side THEN e.amount ELSE -e.amount END)::text AS balance
     FROM "LedgerJournal" j JOIN "LedgerEntry" e ON e.journal_id = j.id JOIN "LedgerAccount" a ON a.id = e.account_id
     WHERE j.transaction_id = $1 GROUP BY a.type`,
    [transactionId],
  );
  return Object.fromEntries(rows.map((row) => [row.type, BigInt(row.balance)]));
};

/** The invariants that hold at any moment, for every merchant of the database. */
export const expectBooksInOrder = async (world: PaymentWorld): Promise<void> => {
  const unbalanced = await world.sql(
    `SELECT journal_id FROM "LedgerEntry" GROUP BY journal_id, currency
     HAVING sum(CASE side WHEN 'DEBIT' THEN amount ELSE -amount END) <> 0`,
  );
  expect(unbalanced).toEqual([]);
  const owners = await world.sql<Sums>(
    `SELECT t.id, t.paid - t.refunded - t.refund_reserved - t.charged_back AS due, coalesce((
       SELECT sum(CASE e.side WHEN 'CREDIT' THEN e.amount ELSE -e.amount END)
       FROM "LedgerJournal" j JOIN "LedgerEntry" e ON e.journal_id = j.id JOIN "LedgerAccount" a ON a.id = e.account_id
       WHERE j.transaction_id = t.id AND a.type IN ('MERCHANT_OWN', 'MERCHANT_PAYABLE', 'MERCHANT_RECEIVABLE')), 0) AS owner FROM "Transaction" t`,
  );
  for (const row of owners) expect(row, `OWNER of transaction ${row['id']}`).toMatchObject({ owner: row['due'] });
  const suspense = await world.sql<Sums>(
    `SELECT m.merchant_id, coalesce((SELECT sum(CASE e.side WHEN 'CREDIT' THEN e.amount ELSE -e.amount END)
         FROM "LedgerEntry" e JOIN "LedgerAccount" a ON a.id = e.account_id
         WHERE a.type = 'SUSPENSE' AND a.merchant_id = m.merchant_id), 0) AS ledger,
       coalesce((SELECT sum(s.amount - s.accepted - s.reversed - s.refunded) FROM "SuspenseItem" s
         WHERE s.merchant_id = m.merchant_id), 0) AS items
     FROM (SELECT DISTINCT merchant_id FROM "Transaction") m`,
  );
  for (const row of suspense) expect(row, `SUSPENSE of ${row['merchant_id']}`).toMatchObject({ ledger: row['items'] });
  const payable = await world.sql<Sums>(
    `SELECT m.merchant_id, coalesce((SELECT sum(CASE e.side WHEN 'CREDIT' THEN e.amount ELSE -e.amount END)
         FROM "LedgerEntry" e JOIN "LedgerAccount" a ON a.id = e.account_id
         WHERE a.type = 'REFUND_PAYABLE' AND a.merchant_id = m.merchant_id), 0) AS ledger,
       coalesce((SELECT sum(r.amount) FROM "Refund" r
         WHERE r.merchant_id = m.merchant_id AND r.status IN ('NEW', 'SENT', 'UNKNOWN')), 0) AS refunds
     FROM (SELECT DISTINCT merchant_id FROM "Transaction") m`,
  );
  for (const row of payable) {
    expect(row, `REFUND_PAYABLE of ${row['merchant_id']}`).toMatchObject({ ledger: row['refunds'] });
  }
  const counted = await world.sql<Sums>(
    `SELECT t.id, t.refunded || ' ' || t.refund_reserved AS kept,
       (SELECT sum(a.refunded) || ' ' || sum(a.refund_reserved) FROM "PaymentAttempt" a
        WHERE a.transaction_id = t.id) AS counted FROM "Transaction" t`,
  );
  for (const row of counted) expect(row, `refunds of ${row['id']}`).toMatchObject({ kept: row['counted'] });
  const open = await world.sql<Sums>(
    `SELECT t.id, t.open_amount AS kept, coalesce((SELECT sum(a.amount) FROM "PaymentAttempt" a
       WHERE a.transaction_id = t.id AND a.type = '100_PAYMENT'
         AND a.status IN ('100_NEW', '204_SENT', '000_UNKNOWN')), 0) AS counted FROM "Transaction" t`,
  );
  for (const row of open) expect(row, `open amount of ${row['id']}`).toMatchObject({ kept: String(row['counted']) });
  const applied = await world.sql<Sums>(
    `SELECT t.id, t.paid AS kept, coalesce((SELECT sum(a.applied_amount - a.reversed) FROM "PaymentAttempt" a
       WHERE a.transaction_id = t.id), 0) AS counted FROM "Transaction" t`,
  );
  for (const row of applied) expect(row, `paid of ${row['id']}`).toMatchObject({ kept: String(row['counted']) });
};
