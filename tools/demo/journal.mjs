import pg from 'pg';
import { derivedPassword, roleUrl } from '../database.mjs';

/** The ledger has no REST of its own yet: an operator reads it under the read-only role. */
export async function readJournals({ adminUrl, name }, transactionId) {
  const role = 'nx_payment_operator';
  const client = new pg.Client({
    connectionString: roleUrl(adminUrl, name, role, derivedPassword(adminUrl, role)),
    application_name: 'first-sale',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT j.id, j.key, j.kind, j.rules_version,
              json_agg(json_build_object('account', a.type, 'side', e.side, 'amount', e.amount) ORDER BY e.line) AS entries
       FROM mq_pay."LedgerJournal" j
       JOIN mq_pay."LedgerEntry" e ON e.journal_id = j.id AND e.created_at = j.created_at
       JOIN mq_pay."LedgerAccount" a ON a.id = e.account_id
       WHERE j.transaction_id = $1
       GROUP BY j.id ORDER BY j.created_at, j.id`,
      [transactionId],
    );
    return rows;
  } finally {
    await client.end();
  }
}

export const journalText = ({ entries }) =>
  entries.map(({ account, side, amount }) => `${side === 'DEBIT' ? 'Dr' : 'Cr'} ${account} ${amount}`).join(', ');
