import type { Tx } from '@nx/persistence';
import { readUnsealed, LEDGER, type ChainBook, type ChainRow } from './chain-book';
import {
  addSums,
  checkpointHash,
  contentHash,
  GENESIS,
  sealHash,
  sumsOf,
  type AccountSums,
  type Checkpoint,
  type Seal,
} from './chain-hash';
import { lastCheckpoint, latestBalances } from './chain-rows';

export interface SealOptions {
  readonly limit: number;
  /** ms */
  readonly now: number;
  readonly fencingToken: string;
}

/**
 * Seals what the transactions before the oldest running one wrote, at most `limit` rows, and writes a checkpoint.
 * Undefined when there is nothing. Two sealers at once: the second to commit fails on the number of the checkpoint.
 */
export const sealBatch = async (tx: Tx, book: ChainBook, options: SealOptions): Promise<Checkpoint | undefined> => {
  const last = await lastCheckpoint(tx, book);
  const to = await horizon(tx);
  const rows = await readUnsealed(tx, book, { from: lowerBound(last, to), to, limit: options.limit });
  if (rows.length === 0) return undefined;
  const number = (BigInt(last?.number ?? '0') + 1n).toString();
  const seals = sealRows(book, rows, last, number);
  const balances = book.name === LEDGER.name ? await movedBalances(tx, rows, last?.number ?? '0') : [];
  const draft = {
    number,
    firstSequence: seals[0]?.sequence ?? '0',
    lastSequence: seals.at(-1)?.sequence ?? '0',
    rows: rows.length,
    entries: rows.reduce((count, row) => count + row.entries.length, 0),
    // Of the last transaction of a full batch there may be more rows.
    sealedTo: rows.length < options.limit ? to : (rows.at(-1)?.writtenIn ?? to),
    lastHash: seals.at(-1)?.hash ?? GENESIS,
    previousHash: last?.hash ?? GENESIS,
    fencingToken: options.fencingToken,
    sealedAt: new Date(options.now).toISOString().replace('Z', '000Z'),
  };
  const checkpoint = { ...draft, hash: checkpointHash(book, draft, balances) };
  await write(tx, book, checkpoint, seals, balances);
  return checkpoint;
};

/** Every transaction below has ended: what it wrote is seen by the next statement, and nothing comes after. */
const horizon = async (tx: Tx): Promise<string> => {
  const [row] = await tx.query<{ horizon: string }>(`SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon`);
  return row?.horizon ?? '0';
};

/** Transactions count from the start again when the rows were carried to a new server: then all are looked through. */
const lowerBound = (last: Checkpoint | undefined, to: string): string =>
  last === undefined || BigInt(last.sealedTo) > BigInt(to) ? '0' : last.sealedTo;

const sealRows = (
  book: ChainBook,
  rows: readonly ChainRow[],
  last: Checkpoint | undefined,
  checkpoint: string,
): Seal[] => {
  let sequence = BigInt(last?.lastSequence ?? '0');
  let previousHash = last?.lastHash ?? GENESIS;
  return rows.map((row) => {
    sequence += 1n;
    const draft = {
      sequence: sequence.toString(),
      rowId: row.id,
      checkpoint,
      contentHash: contentHash(book, row),
      previousHash,
    };
    previousHash = sealHash(book, draft);
    return { ...draft, hash: previousHash };
  });
};

const movedBalances = async (tx: Tx, rows: readonly ChainRow[], last: string): Promise<AccountSums[]> => {
  const moved = sumsOf(rows);
  const before = await latestBalances(tx, [...moved.keys()], last);
  return [...moved.values()].map((sums) => addSums(before.get(sums.accountId), sums));
};

const write = async (
  tx: Tx,
  book: ChainBook,
  checkpoint: Checkpoint,
  seals: readonly Seal[],
  balances: readonly AccountSums[],
): Promise<void> => {
  const { number, firstSequence, lastSequence, rows, entries, sealedTo, lastHash, previousHash, hash } = checkpoint;
  const { fencingToken, sealedAt } = checkpoint;
  await tx.execute(
    `INSERT INTO "ChainCheckpoint" (chain, number, first_sequence, last_sequence, rows, entries, sealed_to, last_hash,
       previous_hash, hash, fencing_token, sealed_at) VALUES ($1, $2, $3, $4, $5, $6, $7::xid8, $8, $9, $10, $11, $12)`,
    [
      book.name,
      number,
      firstSequence,
      lastSequence,
      rows,
      entries,
      sealedTo,
      lastHash,
      previousHash,
      hash,
      fencingToken,
      sealedAt,
    ],
  );
  await tx.execute(
    `INSERT INTO "ChainSeal" (chain, sequence, row_id, checkpoint, content_hash, previous_hash, hash)
     SELECT $1, s."sequence", s."rowId", s."checkpoint", s."contentHash", s."previousHash", s."hash"
     FROM jsonb_to_recordset($2::jsonb) s("sequence" bigint, "rowId" text, "checkpoint" bigint, "contentHash" text,
       "previousHash" text, "hash" text)`,
    [book.name, JSON.stringify(seals)],
  );
  const sums = balances.map(({ accountId, debit, credit }) => ({
    account_id: accountId,
    debit: debit.toString(),
    credit: credit.toString(),
  }));
  await tx.execute(
    `INSERT INTO "LedgerBalance" (account_id, checkpoint, debit, credit)
     SELECT b.account_id, $1, b.debit, b.credit FROM jsonb_populate_recordset(NULL::"LedgerBalance", $2::jsonb) b`,
    [number, JSON.stringify(sums)],
  );
};
