import { LEDGER, type ChainBook, type Reader } from './chain-book';
import type { ChainFindings } from './chain-finding';

/** Where the walk along the chain ended, and how much is looked at in one statement. */
export interface LooseScan {
  readonly lastCheckpoint: string;
  /** Every transaction below it is sealed. */
  readonly sealedTo: string;
  readonly pageRows: number;
  readonly onPage: (phase: 'ROWS' | 'ENTRIES', done: number) => void;
}

interface Named {
  name: string;
}

const MOST = 200;

/**
 * What no walk along the chain meets: rows that should have a seal, lines without a journal, seals and balances behind the
 * last checkpoint that no later one holds, journals that do not balance. Page by page, each in a snapshot of its own:
 * journal, lines and seals are each written by one transaction, so a page sees all or nothing of them.
 */
export const findLooseRows = async (
  reader: Reader,
  book: ChainBook,
  findings: ChainFindings,
  scan: LooseScan,
): Promise<{ readonly unsealed: number }> => {
  await findLateSeals(reader, book, findings, scan);
  if (book.name === LEDGER.name) {
    await findLateBalances(reader, findings, scan);
    await findLooseEntries(reader, findings, scan);
  }
  return { unsealed: await findUnsealed(reader, book, findings, scan) };
};

interface RowPage {
  last: string | null;
  rows: number;
  unsealed: number;
  inserted: string[] | null;
}

/** Gives how many rows wait for their seal. */
const findUnsealed = async (
  reader: Reader,
  book: ChainBook,
  findings: ChainFindings,
  scan: LooseScan,
): Promise<number> => {
  let [after, done, waiting] = ['', 0, 0];
  for (;;) {
    // What can be seen was written below the snapshot's upper end; whoever says otherwise wants to pass for not sealed yet.
    const [page] = await reader.query<RowPage>(
      `SELECT max(p.id) AS last, count(*)::int AS rows, count(*) FILTER (WHERE p.unsealed)::int AS unsealed,
         array_agg(p.id) FILTER (WHERE p.unsealed AND (p.written_in < $3::xid8
           OR p.written_in >= pg_snapshot_xmax(pg_current_snapshot()))) AS inserted
       FROM (SELECT r.id, r.written_in, NOT EXISTS (
               SELECT 1 FROM "ChainSeal" s WHERE s.chain = $1 AND s.row_id = r.id) AS unsealed
             FROM ${book.table} r WHERE r.id > $2 ORDER BY r.id LIMIT $4) p`,
      [book.name, after, scan.sealedTo, scan.pageRows],
    );
    if (page === undefined || page.last === null) return waiting;
    const inserted = page.inserted ?? [];
    for (const id of inserted) findings.add('ROW_INSERTED', id, `this ${book.noun} has no seal and should have one`);
    waiting += page.unsealed - inserted.length;
    [after, done] = [page.last, done + page.rows];
    scan.onPage('ROWS', done);
  }
};

const findLateSeals = async (
  reader: Reader,
  book: ChainBook,
  findings: ChainFindings,
  scan: LooseScan,
): Promise<void> => {
  const seals = await reader.query<Named>(
    `SELECT s.sequence::text AS name FROM "ChainSeal" s WHERE s.chain = $1 AND s.checkpoint > $2::bigint AND NOT EXISTS (
       SELECT 1 FROM "ChainCheckpoint" c WHERE c.chain = s.chain AND c.number = s.checkpoint) LIMIT ${MOST}`,
    [book.name, scan.lastCheckpoint],
  );
  for (const { name } of seals)
    findings.add('SEAL_INSERTED', `seal ${name}`, 'there is no checkpoint that it belongs to');
};

const findLateBalances = async (reader: Reader, findings: ChainFindings, scan: LooseScan): Promise<void> => {
  const balances = await reader.query<Named & { checkpoint: string }>(
    `SELECT b.account_id AS name, b.checkpoint::text AS checkpoint FROM "LedgerBalance" b
     WHERE b.checkpoint > $1::bigint AND NOT EXISTS (
       SELECT 1 FROM "ChainCheckpoint" c WHERE c.chain = '${LEDGER.name}' AND c.number = b.checkpoint) LIMIT ${MOST}`,
    [scan.lastCheckpoint],
  );
  for (const { name, checkpoint } of balances) {
    findings.add('BALANCE_CHANGED', name, `its balance names checkpoint ${checkpoint}, which is not there`);
  }
};

interface EntryPage {
  journals: number;
  last_journal: string | null;
  last_currency: string;
  unbalanced: { name: string; currency: string; off: string }[] | null;
  orphans: string[] | null;
}

const findLooseEntries = async (reader: Reader, findings: ChainFindings, scan: LooseScan): Promise<void> => {
  let [journal, currency, done] = ['', '', 0];
  for (;;) {
    const [page] = await reader.query<EntryPage>(
      `SELECT count(*)::int AS journals, max(p.journal_id) AS last_journal,
         (array_agg(p.currency ORDER BY p.journal_id DESC, p.currency DESC))[1] AS last_currency,
         json_agg(json_build_object('name', p.journal_id, 'currency', p.currency, 'off', p.off::text))
           FILTER (WHERE p.off <> 0) AS unbalanced,
         array_agg(DISTINCT p.journal_id) FILTER (WHERE j.id IS NULL) AS orphans
       FROM (SELECT e.journal_id, e.currency, sum(CASE e.side WHEN 'DEBIT' THEN e.amount ELSE -e.amount END) AS off
             FROM "LedgerEntry" e WHERE e.journal_id >= $1 AND (e.journal_id, e.currency) > ($1, $2)
             GROUP BY e.journal_id, e.currency ORDER BY e.journal_id, e.currency LIMIT $3) p
       LEFT JOIN "LedgerJournal" j ON j.id = p.journal_id`,
      [journal, currency, scan.pageRows],
    );
    if (page === undefined || page.last_journal === null) return;
    for (const name of page.orphans ?? [])
      findings.add('ENTRY_WITHOUT_JOURNAL', name, 'entries name a journal that is not there');
    for (const { name, currency: unit, off } of page.unbalanced ?? [])
      findings.add('ROW_UNBALANCED', name, `debits exceed credits by ${off} ${unit}`);
    [journal, currency, done] = [page.last_journal, page.last_currency, done + page.journals];
    scan.onPage('ENTRIES', done);
  }
};
