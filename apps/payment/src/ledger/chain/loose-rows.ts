import { LEDGER, type ChainBook, type Reader } from './chain-book';
import type { ChainFindings } from './chain-finding';

interface Named {
  name: string;
}

const MOST = 200;

/**
 * What no walk along the chain meets: rows that should have a seal, lines without a journal, seals without a
 * checkpoint, journals that do not balance. `sealedTo`: every transaction below it is sealed.
 */
export const findLooseRows = async (
  reader: Reader,
  book: ChainBook,
  sealedTo: string,
  findings: ChainFindings,
): Promise<{ readonly unsealed: number }> => {
  const unsealed = `FROM ${book.table} r WHERE NOT EXISTS (
    SELECT 1 FROM "ChainSeal" s WHERE s.chain = $1 AND s.row_id = r.id)`;
  // What can be seen was written below the snapshot's upper end; whoever says otherwise wants to pass for not sealed yet.
  const inserted = await reader.query<Named>(
    `SELECT r.id AS name ${unsealed} AND (r.written_in < $2::xid8
       OR r.written_in >= pg_snapshot_xmax(pg_current_snapshot())) LIMIT ${MOST}`,
    [book.name, sealedTo],
  );
  for (const { name } of inserted)
    findings.add('ROW_INSERTED', name, `this ${book.noun} has no seal and should have one`);
  const seals = await reader.query<Named>(
    `SELECT s.sequence::text AS name FROM "ChainSeal" s WHERE s.chain = $1 AND NOT EXISTS (
       SELECT 1 FROM "ChainCheckpoint" c WHERE c.chain = s.chain AND c.number = s.checkpoint) LIMIT ${MOST}`,
    [book.name],
  );
  for (const { name } of seals)
    findings.add('SEAL_INSERTED', `seal ${name}`, 'there is no checkpoint that it belongs to');
  if (book.name === LEDGER.name) await findLooseEntries(reader, findings);
  const [waiting] = await reader.query<{ count: number }>(`SELECT count(*)::int AS count ${unsealed}`, [book.name]);
  return { unsealed: (waiting?.count ?? 0) - inserted.length };
};

const findLooseEntries = async (reader: Reader, findings: ChainFindings): Promise<void> => {
  const entries = await reader.query<Named>(
    `SELECT DISTINCT e.journal_id AS name FROM "LedgerEntry" e
     WHERE NOT EXISTS (SELECT 1 FROM "LedgerJournal" j WHERE j.id = e.journal_id) LIMIT ${MOST}`,
  );
  for (const { name } of entries)
    findings.add('ENTRY_WITHOUT_JOURNAL', name, 'entries name a journal that is not there');
  const unbalanced = await reader.query<Named & { currency: string; off: string }>(
    `SELECT e.journal_id AS name, e.currency, sum(CASE e.side WHEN 'DEBIT' THEN e.amount ELSE -e.amount END)::text AS off
     FROM "LedgerEntry" e GROUP BY e.journal_id, e.currency
     HAVING sum(CASE e.side WHEN 'DEBIT' THEN e.amount ELSE -e.amount END) <> 0 LIMIT ${MOST}`,
  );
  for (const { name, currency, off } of unbalanced) {
    findings.add('ROW_UNBALANCED', name, `debits exceed credits by ${off} ${currency}`);
  }
  const balances = await reader.query<Named & { checkpoint: string }>(
    `SELECT b.account_id AS name, b.checkpoint::text AS checkpoint FROM "LedgerBalance" b WHERE NOT EXISTS (
       SELECT 1 FROM "ChainCheckpoint" c WHERE c.chain = '${LEDGER.name}' AND c.number = b.checkpoint) LIMIT ${MOST}`,
  );
  for (const { name, checkpoint } of balances) {
    findings.add('BALANCE_CHANGED', name, `its balance names checkpoint ${checkpoint}, which is not there`);
  }
};
