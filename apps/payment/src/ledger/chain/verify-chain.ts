import { LEDGER, readRows, type ChainBook, type ChainRow, type Reader } from './chain-book';
import { ChainFindings, type ChainFinding } from './chain-finding';
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
import { balancesOf, checkpointsAfter, lastCheckpoint, latestBalances, sealsOf } from './chain-rows';
import { findLooseRows } from './loose-rows';

/** A checkpoint that somebody wrote down elsewhere, so that a chain that was cut off at its end shows too. */
export interface Anchor {
  readonly number: string;
  readonly hash: string;
}

export interface ChainReport {
  readonly chain: ChainBook['name'];
  readonly rows: number;
  readonly entries: number;
  readonly checkpoints: number;
  /** Rows that wait for their seal: what was written in the last seconds, or while an older transaction is open. */
  readonly unsealed: number;
  /** To be written down elsewhere; null as long as nothing was sealed. */
  readonly anchor: Anchor | null;
  readonly findings: readonly ChainFinding[];
  /** Findings beyond those that are named. */
  readonly unnamed: number;
}

/** How far a verification is: seals or rows of a chain, of how many where that is known. */
export interface ChainProgress {
  readonly chain: ChainBook['name'];
  readonly phase: 'SEALS' | 'ROWS' | 'ENTRIES';
  readonly done: number;
  readonly total?: number;
}

export interface VerifyOptions {
  readonly anchor?: Anchor | undefined;
  readonly onProgress?: (progress: ChainProgress) => void;
  /** Checkpoints of one step, and rows of one page where no checkpoint leads: what is held in memory at once. */
  readonly step?: { readonly checkpoints: number; readonly rows: number };
}

/** A sealer's checkpoint has 500 rows at most. */
const STEP = { checkpoints: 20, rows: 10_000 };

/**
 * Recomputes a whole chain and names what was changed, removed, inserted or moved. It goes from checkpoint to checkpoint
 * up to the one that is the last when it begins, which nobody writes to any more; each statement has a snapshot of its
 * own, so nothing is held up and workers may seal on meanwhile.
 */
export const verifyChain = async (
  reader: Reader,
  book: ChainBook,
  options: VerifyOptions = {},
): Promise<ChainReport> => {
  const { anchor, onProgress = () => undefined, step = STEP } = options;
  const end = await lastCheckpoint(reader, book);
  const walk = new ChainWalk(reader, book, anchor);
  for (;;) {
    const checkpoints = await checkpointsAfter(reader, book, walk.number, end?.number ?? '0', step.checkpoints);
    if (checkpoints.length === 0) break;
    await walk.step(checkpoints);
    onProgress({ chain: book.name, phase: 'SEALS', done: walk.rows, total: Number(end?.lastSequence ?? 0) });
  }
  return walk.report(onProgress, step.rows);
};

/** Before every number that a column of checkpoints can hold. */
const BEFORE_ALL = (-(2n ** 63n)).toString();

/** The state of a walk along a chain: what the next checkpoint must follow. */
class ChainWalk {
  number = '0';
  rows = 0;
  private readonly findings: ChainFindings;
  /** Of the accounts that the step at hand moves. */
  private balances = new Map<string, AccountSums>();
  private sequence = 0n;
  private sealHash = GENESIS;
  private last: Checkpoint | undefined;
  private entries = 0;
  private checkpoints = 0;
  private anchored = false;

  constructor(
    private readonly reader: Reader,
    private readonly book: ChainBook,
    private readonly anchor: Anchor | undefined,
  ) {
    this.findings = new ChainFindings(book.name);
  }

  async step(checkpoints: readonly Checkpoint[]): Promise<void> {
    const after = this.last?.number ?? BEFORE_ALL;
    const to = checkpoints.at(-1)?.number ?? '0';
    const seals = await sealsOf(this.reader, this.book, after, to);
    const stored =
      this.book.name === LEDGER.name ? await balancesOf(this.reader, after, to) : new Map<string, AccountSums[]>();
    const rows = await readRows(
      this.reader,
      this.book,
      seals.map(({ rowId }) => rowId),
    );
    const moved = [...sumsOf([...rows.values()]).keys()];
    this.balances = await latestBalances(this.reader, moved, after);
    this.checkStrangers(new Set(checkpoints.map(({ number }) => number)), seals, stored);
    for (const checkpoint of checkpoints) {
      const own = seals.filter((seal) => seal.checkpoint === checkpoint.number);
      const present = own.flatMap((seal) => this.checkSeal(seal, rows.get(seal.rowId)) ?? []);
      const kept = this.checkBalances(present, stored.get(checkpoint.number) ?? [], checkpoint);
      this.checkCheckpoint(checkpoint, own, present, kept);
    }
  }

  async report(onProgress: (progress: ChainProgress) => void, pageRows: number): Promise<ChainReport> {
    const { number = BEFORE_ALL, sealedTo = '0' } = this.last ?? {};
    const { unsealed } = await findLooseRows(this.reader, this.book, this.findings, {
      lastCheckpoint: number,
      sealedTo,
      pageRows,
      onPage: (phase, done) => onProgress({ chain: this.book.name, phase, done }),
    });
    if (this.anchor !== undefined && !this.anchored) {
      const { number: anchored, hash } = this.anchor;
      this.findings.add('ANCHOR_MISSED', `checkpoint ${anchored}`, `no checkpoint ${anchored} has the hash ${hash}`);
    }
    return {
      chain: this.book.name,
      rows: this.rows,
      entries: this.entries,
      checkpoints: this.checkpoints,
      unsealed,
      anchor: this.last === undefined ? null : { number: this.last.number, hash: this.last.hash },
      ...this.findings.list(),
    };
  }

  /** Seals and balances between these checkpoints that belong to none of them. */
  private checkStrangers(
    known: ReadonlySet<string>,
    seals: readonly Seal[],
    balances: ReadonlyMap<string, readonly AccountSums[]>,
  ): void {
    for (const { sequence } of seals.filter(({ checkpoint }) => !known.has(checkpoint))) {
      this.findings.add('SEAL_INSERTED', `seal ${sequence}`, 'there is no checkpoint that it belongs to');
    }
    for (const [checkpoint, sums] of [...balances].filter(([number]) => !known.has(number))) {
      for (const { accountId } of sums) {
        const detail = `its balance names checkpoint ${checkpoint}, which is not there`;
        this.findings.add('BALANCE_CHANGED', accountId, detail);
      }
    }
  }

  /** Gives the row of a seal, if it is there. */
  private checkSeal(seal: Seal, row: ChainRow | undefined): ChainRow | undefined {
    const { findings, book } = this;
    const name = `seal ${seal.sequence}`;
    const expected = this.sequence + 1n;
    if (BigInt(seal.sequence) !== expected) {
      findings.add('SEAL_MISSING', name, `seal ${expected} was expected here, of ${book.noun} ${seal.rowId} or before`);
    }
    if (seal.previousHash !== this.sealHash || seal.hash !== sealHash(book, seal)) {
      findings.add('SEAL_CHANGED', name, `its hashes do not fit; it stands for ${book.noun} ${seal.rowId}`);
    }
    if (row === undefined) {
      findings.add('ROW_REMOVED', seal.rowId, `the ${book.noun} that ${name} stands for is gone`);
    } else if (contentHash(book, row) !== seal.contentHash) {
      findings.add('ROW_CHANGED', seal.rowId, `the ${book.noun} or its entries are not what ${name} stands for`);
    }
    this.sequence = BigInt(seal.sequence);
    this.sealHash = seal.hash;
    this.rows += 1;
    return row;
  }

  /** Gives the stored balances, which the hash of the checkpoint holds. */
  private checkBalances(
    rows: readonly ChainRow[],
    stored: readonly AccountSums[],
    { number }: Checkpoint,
  ): readonly AccountSums[] {
    const moved = sumsOf(rows);
    for (const sums of moved.values()) {
      const total = addSums(this.balances.get(sums.accountId), sums);
      this.balances.set(sums.accountId, total);
      const kept = stored.find(({ accountId }) => accountId === sums.accountId);
      if (kept?.debit === total.debit && kept.credit === total.credit) continue;
      const said = kept === undefined ? 'nothing' : `${kept.debit} debited and ${kept.credit} credited`;
      const detail = `checkpoint ${number} says ${said}, the entries ${total.debit} and ${total.credit}`;
      this.findings.add('BALANCE_CHANGED', sums.accountId, detail);
    }
    for (const { accountId } of stored.filter((balance) => !moved.has(balance.accountId))) {
      this.findings.add('BALANCE_CHANGED', accountId, `checkpoint ${number} has a balance of it and no entry`);
    }
    return stored;
  }

  private checkCheckpoint(
    checkpoint: Checkpoint,
    seals: readonly Seal[],
    rows: readonly ChainRow[],
    balances: readonly AccountSums[],
  ): void {
    const { findings, last } = this;
    const name = `checkpoint ${checkpoint.number}`;
    const expected = BigInt(last?.number ?? '0') + 1n;
    const entries = rows.reduce((count, row) => count + row.entries.length, 0);
    if (BigInt(checkpoint.number) !== expected)
      findings.add('CHECKPOINT_MISSING', `checkpoint ${expected}`, 'it is gone');
    const untouched =
      checkpoint.previousHash === (last?.hash ?? GENESIS) &&
      checkpoint.hash === checkpointHash(this.book, checkpoint, balances);
    if (!untouched) findings.add('CHECKPOINT_CHANGED', name, 'its hashes do not fit what it and its balances say');
    const counts = checkpoint.rows === seals.length && checkpoint.entries === entries;
    const ends =
      checkpoint.firstSequence === seals[0]?.sequence &&
      checkpoint.lastSequence === seals.at(-1)?.sequence &&
      checkpoint.lastHash === seals.at(-1)?.hash;
    if (!counts || !ends) {
      const said = `${checkpoint.rows} rows with ${checkpoint.entries} entries up to seal ${checkpoint.lastSequence}`;
      const found = `there are ${seals.length} with ${entries} up to seal ${seals.at(-1)?.sequence ?? 'none'}`;
      findings.add('CHECKPOINT_CHANGED', name, `it says ${said}; ${found}`);
    }
    if (checkpoint.number === this.anchor?.number && checkpoint.hash === this.anchor.hash) this.anchored = true;
    this.last = checkpoint;
    this.number = checkpoint.number;
    this.entries += entries;
    this.checkpoints += 1;
  }
}
