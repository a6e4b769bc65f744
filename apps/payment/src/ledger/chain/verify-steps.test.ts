import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT, LEDGER, type Reader } from './chain-book';
import { ChainWorld } from './chain-world.fixture';
import { verifyChain, type ChainProgress } from './verify-chain';

const JOURNALS = 240;
const BATCH = 10;
const STEP = { checkpoints: 3, rows: 25 };

let world: ChainWorld;
beforeAll(async () => {
  world = await ChainWorld.start();
  await world.database.transaction(async (tx) => {
    // Many accounts, of which each step moves a few: what is remembered of the others must not be needed.
    for (let n = 0; n < JOURNALS; n += 1) await world.journal(tx, `j${n}`, `m${n % 40}`, 1000 + n);
  });
  for (let n = 0; n < 30; n += 1) await world.audit(`a${n}`);
  await world.sealAll(BATCH);
});
afterAll(() => world.stop());

/** Counts the rows of each statement's answer, as far as they become objects in memory. */
const measured = (): { reader: Reader; largest: () => number; statements: () => number } => {
  const sizes: number[] = [];
  const reader: Reader = {
    query: async <R extends object>(sql: string, params: readonly unknown[] = []) => {
      const rows = await world.database.query<R>(sql, params);
      sizes.push(rows.length);
      return rows;
    },
  };
  return { reader, largest: () => Math.max(...sizes), statements: () => sizes.length };
};

describe('verifying a long chain', () => {
  it('holds no more in memory than a step has, and says how far it is', async () => {
    const { reader, largest, statements } = measured();
    const told: ChainProgress[] = [];
    const report = await verifyChain(reader, LEDGER, { step: STEP, onProgress: (progress) => told.push(progress) });
    expect(report).toMatchObject({ rows: JOURNALS, entries: 2 * JOURNALS, unsealed: 0, findings: [] });
    // Of a step: its seals, its rows, and two balances for each row.
    expect(largest()).toBeLessThanOrEqual(2 * STEP.checkpoints * BATCH);
    expect(statements()).toBeGreaterThan(JOURNALS / (STEP.checkpoints * BATCH));
    const of = (phase: string) => told.filter((progress) => progress.phase === phase).map(({ done }) => done);
    expect(of('SEALS')).toEqual([30, 60, 90, 120, 150, 180, 210, 240]);
    expect(told[0]).toEqual({ chain: 'LEDGER', phase: 'SEALS', done: 30, total: JOURNALS });
    expect([of('ROWS').at(-1), of('ENTRIES').at(-1)]).toEqual([JOURNALS, JOURNALS]);
    expect(of('ROWS').length).toBeGreaterThanOrEqual(JOURNALS / STEP.rows);
  });

  it('comes to the same in steps of any size', async () => {
    for (const book of [LEDGER, AUDIT]) {
      const whole = await verifyChain(world.database, book);
      for (const step of [{ checkpoints: 1, rows: 1 }, STEP, { checkpoints: 1000, rows: 100_000 }]) {
        expect(await verifyChain(world.database, book, { step })).toEqual(whole);
      }
    }
  });

  it.each([
    [
      'an amount',
      `UPDATE "LedgerEntry" SET amount = amount + 1 WHERE journal_id = 'j137' AND line = 0`,
      'ROW_CHANGED j137',
    ],
    ['a journal between two steps', `DELETE FROM "LedgerJournal" WHERE id = 'j29'`, 'ROW_REMOVED j29'],
    [
      'a checkpoint between two steps',
      `DELETE FROM "ChainCheckpoint" WHERE chain = 'LEDGER' AND number = 3`,
      'CHECKPOINT_MISSING checkpoint 3',
    ],
    [
      'the first checkpoint',
      `DELETE FROM "ChainCheckpoint" WHERE chain = 'LEDGER' AND number = 1`,
      'CHECKPOINT_MISSING checkpoint 1',
    ],
    [
      'a balance of an earlier step',
      `UPDATE "LedgerBalance" SET credit = credit + 1 WHERE checkpoint = 2`,
      'CHECKPOINT_CHANGED checkpoint 2',
    ],
    [
      'a journal on the border of two pages',
      `UPDATE "LedgerEntry" SET currency = 'USD' WHERE journal_id = 'j25' AND line = 1`,
      'ROW_UNBALANCED j25',
    ],
  ])('finds %s, in whatever steps', async (_what, sql, named) => {
    for (const step of [{ checkpoints: 1, rows: 1 }, STEP]) {
      const found = await world.tampered((reader) => reader.query(sql), step);
      expect(found).toContain(named);
    }
  });

  it('ends at the checkpoint that was the last when it began, though workers seal on', async () => {
    let sealed = false;
    const reader: Reader = {
      query: async <R extends object>(sql: string, params: readonly unknown[] = []) => {
        if (!sealed && sql.includes('"ChainSeal"')) {
          sealed = true;
          await world.database.transaction((tx) => world.journal(tx, 'late', 'm1'));
          await world.sealAll(BATCH);
        }
        return world.database.query<R>(sql, params);
      },
    };
    const before = (await world.verify()).anchor;
    const report = await verifyChain(reader, LEDGER, { step: STEP });
    expect(sealed).toBe(true);
    expect(report).toMatchObject({ rows: JOURNALS, findings: [], anchor: before });
    expect(await world.verify()).toMatchObject({ rows: JOURNALS + 1, findings: [] });
  });
});
