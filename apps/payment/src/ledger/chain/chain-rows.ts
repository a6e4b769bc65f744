import { instant, type ChainBook, type Reader } from './chain-book';
import type { AccountSums, Checkpoint, Seal } from './chain-hash';

interface BalanceRow {
  account_id: string;
  checkpoint: string;
  debit: string;
  credit: string;
}

const SEAL = `sequence::text AS sequence, row_id AS "rowId", checkpoint::text AS checkpoint,
  content_hash AS "contentHash", previous_hash AS "previousHash", hash`;

const CHECKPOINT = `number::text AS number, first_sequence::text AS "firstSequence",
  last_sequence::text AS "lastSequence", rows, entries, sealed_to::text AS "sealedTo", last_hash AS "lastHash",
  previous_hash AS "previousHash", hash, fencing_token::text AS "fencingToken", ${instant('sealed_at')} AS "sealedAt"`;

export const lastCheckpoint = async (reader: Reader, book: ChainBook): Promise<Checkpoint | undefined> => {
  const rows = await reader.query<Checkpoint>(
    `SELECT ${CHECKPOINT} FROM "ChainCheckpoint" WHERE chain = $1 ORDER BY "ChainCheckpoint".number DESC LIMIT 1`,
    [book.name],
  );
  return rows[0];
};

/** Up to `limit` checkpoints after `number` and not beyond `last`, in order. */
export const checkpointsAfter = (
  reader: Reader,
  book: ChainBook,
  number: string,
  last: string,
  limit: number,
): Promise<Checkpoint[]> =>
  reader.query<Checkpoint>(
    `SELECT ${CHECKPOINT} FROM "ChainCheckpoint" WHERE chain = $1 AND "ChainCheckpoint".number > $2::bigint
       AND "ChainCheckpoint".number <= $3::bigint ORDER BY "ChainCheckpoint".number LIMIT $4`,
    [book.name, number, last, limit],
  );

/** Seals that say that they belong to checkpoints behind `after` up to `to`, in their own order. */
export const sealsOf = (reader: Reader, book: ChainBook, after: string, to: string): Promise<Seal[]> =>
  reader.query<Seal>(
    `SELECT ${SEAL} FROM "ChainSeal" WHERE chain = $1 AND "ChainSeal".checkpoint > $2::bigint
       AND "ChainSeal".checkpoint <= $3::bigint ORDER BY "ChainSeal".sequence`,
    [book.name, after, to],
  );

/** Balances that say that they belong to checkpoints behind `after` up to `to`, by checkpoint. */
export const balancesOf = async (reader: Reader, after: string, to: string): Promise<Map<string, AccountSums[]>> => {
  const rows = await reader.query<BalanceRow>(
    `SELECT account_id, checkpoint::text AS checkpoint, debit::text AS debit, credit::text AS credit
     FROM "LedgerBalance" WHERE "LedgerBalance".checkpoint > $1::bigint AND "LedgerBalance".checkpoint <= $2::bigint`,
    [after, to],
  );
  const byCheckpoint = new Map<string, AccountSums[]>();
  for (const row of rows) {
    const own = byCheckpoint.get(row.checkpoint) ?? [];
    own.push(sumsOfRow(row));
    byCheckpoint.set(row.checkpoint, own);
  }
  return byCheckpoint;
};

/** The newest balance of each of these accounts, of those up to the checkpoint `to`. */
export const latestBalances = async (
  reader: Reader,
  accountIds: readonly string[],
  to: string,
): Promise<Map<string, AccountSums>> => {
  const rows = await reader.query<BalanceRow>(
    `SELECT b.account_id, b.checkpoint::text AS checkpoint, b.debit::text AS debit, b.credit::text AS credit
     FROM unnest($1::text[]) named(id) CROSS JOIN LATERAL (
       SELECT account_id, checkpoint, debit, credit FROM "LedgerBalance" WHERE account_id = named.id
         AND "LedgerBalance".checkpoint <= $2::bigint
       ORDER BY "LedgerBalance".checkpoint DESC LIMIT 1) b`,
    [accountIds, to],
  );
  return new Map(rows.map((row) => [row.account_id, sumsOfRow(row)]));
};

const sumsOfRow = (row: BalanceRow): AccountSums => ({
  accountId: row.account_id,
  debit: BigInt(row.debit),
  credit: BigInt(row.credit),
});
