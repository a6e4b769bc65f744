import { sha256Hex } from '@nx/crypto';
import type { ChainBook, ChainRow } from './chain-book';

/** What the first seal and the first checkpoint of a chain follow. */
export const GENESIS = '0'.repeat(64);

export interface Seal {
  readonly sequence: string;
  readonly rowId: string;
  readonly checkpoint: string;
  readonly contentHash: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** All that was ever debited and credited to an account, in minor units. */
export interface AccountSums {
  readonly accountId: string;
  readonly debit: bigint;
  readonly credit: bigint;
}

export interface Checkpoint {
  readonly number: string;
  readonly firstSequence: string;
  readonly lastSequence: string;
  readonly rows: number;
  readonly entries: number;
  readonly sealedTo: string;
  readonly lastHash: string;
  readonly previousHash: string;
  readonly hash: string;
  readonly fencingToken: string;
  /** To the microsecond, as `chain-book` writes instants. */
  readonly sealedAt: string;
}

/** The version stands in each hash, so that another canonical text can follow one day. */
const VERSION = 'v1';

/** SHA-256 of a JSON array, which is one text for one list of texts and no other. */
const hashOf = (kind: string, parts: readonly unknown[]): string =>
  sha256Hex(JSON.stringify([VERSION, kind, ...parts]));

export const contentHash = (book: ChainBook, row: ChainRow): string =>
  hashOf('content', [book.name, row.fields, row.entries]);

export const sealHash = (book: ChainBook, seal: Omit<Seal, 'hash'>): string =>
  hashOf('seal', [book.name, seal.sequence, seal.rowId, seal.checkpoint, seal.contentHash, seal.previousHash]);

/** `balances` are those of the accounts that the checkpoint moved, by account id. */
export const checkpointHash = (
  book: ChainBook,
  checkpoint: Omit<Checkpoint, 'hash'>,
  balances: readonly AccountSums[],
): string =>
  hashOf('checkpoint', [
    book.name,
    checkpoint.number,
    checkpoint.firstSequence,
    checkpoint.lastSequence,
    checkpoint.rows,
    checkpoint.entries,
    checkpoint.sealedTo,
    checkpoint.lastHash,
    checkpoint.previousHash,
    checkpoint.fencingToken,
    checkpoint.sealedAt,
    sorted(balances).map(({ accountId, debit, credit }) => [accountId, debit.toString(), credit.toString()]),
  ]);

/** In the order of the ids' code units, which no locale changes. */
const sorted = (balances: readonly AccountSums[]): AccountSums[] =>
  [...balances].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));

/** What rows add to each account's sums. */
export const sumsOf = (rows: readonly ChainRow[]): Map<string, AccountSums> => {
  const sums = new Map<string, AccountSums>();
  for (const [, accountId, side, amount] of rows.flatMap((row) => row.entries)) {
    if (accountId === undefined || accountId === null) continue;
    const before = sums.get(accountId) ?? { accountId, debit: 0n, credit: 0n };
    const added = BigInt(amount ?? '0');
    sums.set(accountId, {
      accountId,
      debit: before.debit + (side === 'DEBIT' ? added : 0n),
      credit: before.credit + (side === 'CREDIT' ? added : 0n),
    });
  }
  return sums;
};

export const addSums = (a: AccountSums | undefined, b: AccountSums): AccountSums => ({
  accountId: b.accountId,
  debit: (a?.debit ?? 0n) + b.debit,
  credit: (a?.credit ?? 0n) + b.credit,
});
