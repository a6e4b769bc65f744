import type { Tx } from '@nx/persistence';

/** What reads rows: a transaction, or whatever else answers a query. */
export type Reader = Pick<Tx, 'query'>;

/** One line of a journal as the hash sees it: line, account, side, amount, currency, time, then the account's own columns. */
export type EntryFields = readonly (string | null)[];

/** A row to be sealed, with every column as text. */
export interface ChainRow {
  readonly id: string;
  /** The transaction that wrote it, decimal. */
  readonly writtenIn: string;
  readonly fields: readonly (string | null)[];
  /** Lines of a journal; an audit row has none. */
  readonly entries: readonly EntryFields[];
}

interface SelectedRow {
  id: string;
  written_in: string;
  fields: (string | null)[];
  entries: EntryFields[];
}

/** What is sealed in a chain of its own. */
export interface ChainBook {
  readonly name: 'LEDGER' | 'AUDIT';
  /** What a row of it is called in a finding. */
  readonly noun: string;
  /** Quoted name of the table. */
  readonly table: string;
  /** SQL of the JSON array with all columns of row `r`, and of the one with its lines. */
  readonly fields: string;
  readonly entries: string;
}

/** An instant to the microsecond, whatever the session's time zone. */
export const instant = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export const LEDGER: ChainBook = {
  name: 'LEDGER',
  noun: 'journal',
  table: '"LedgerJournal"',
  fields: `json_build_array(r.id, r.key, r.kind, r.merchant_id, r.transaction_id, r.attempt_id, r.currency,
    r.effective_date::text, r.rules_version, r.reverses_journal_id, ${instant('r.created_at')}, r.metadata::text,
    r.written_in::text)`,
  entries: `(SELECT coalesce(json_agg(json_build_array(e.line::text, e.account_id, e.side, e.amount::text, e.currency,
      ${instant('e.created_at')}, a.type, a.merchant_id, a.provider, a.reason, a.currency, a.normal_side,
      ${instant('a.created_at')}) ORDER BY e.line, e.created_at), '[]'::json)
    FROM "LedgerEntry" e LEFT JOIN "LedgerAccount" a ON a.id = e.account_id WHERE e.journal_id = r.id)`,
};

export const AUDIT: ChainBook = {
  name: 'AUDIT',
  noun: 'audit row',
  table: '"AuditTrail"',
  fields: `json_build_array(r.id, r.actor_id, r.action, r.entity_type, r.entity_id, r.merchant_id, r.reason,
    r.before::text, r.after::text, r.request_id, ${instant('r.created_at')}, r.written_in::text)`,
  entries: `'[]'::json`,
};

export const CHAIN_BOOKS: readonly ChainBook[] = [LEDGER, AUDIT];

const select = (book: ChainBook): string =>
  `SELECT r.id, r.written_in::text AS written_in, ${book.fields} AS fields, ${book.entries} AS entries
   FROM ${book.table} r`;

const toRow = (row: SelectedRow): ChainRow => ({
  id: row.id,
  writtenIn: row.written_in,
  fields: row.fields,
  entries: row.entries,
});

/** Rows without a seal whose transactions lie in `[from, to)`, in the order of the transactions. */
export const readUnsealed = async (
  reader: Reader,
  book: ChainBook,
  range: { readonly from: string; readonly to: string; readonly limit: number },
): Promise<ChainRow[]> => {
  const rows = await reader.query<SelectedRow>(
    `${select(book)} WHERE r.written_in >= $2::xid8 AND r.written_in < $3::xid8
       AND NOT EXISTS (SELECT 1 FROM "ChainSeal" s WHERE s.chain = $1 AND s.row_id = r.id)
     ORDER BY r.written_in, r.id LIMIT $4`,
    [book.name, range.from, range.to, range.limit],
  );
  return rows.map(toRow);
};

/** The rows of these ids that exist. */
export const readRows = async (
  reader: Reader,
  book: ChainBook,
  ids: readonly string[],
): Promise<Map<string, ChainRow>> => {
  const rows = await reader.query<SelectedRow>(`${select(book)} WHERE r.id = ANY($1)`, [ids]);
  return new Map(rows.map((row) => [row.id, toRow(row)]));
};
