import { connectAs, REFUSED, TRIERS, tryTo, type Trier } from '@nx/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChainWorld } from './chain/chain-world.fixture';

let world: ChainWorld;
const clients = new Map<Trier, pg.Client>();
beforeAll(async () => {
  world = await ChainWorld.start();
  // As the workers' upkeep does it: the months ahead get partitions of their own.
  await world.admin.query(`SELECT mq_pay.ensure_monthly_partitions('mq_pay."LedgerEntry"'::regclass)`);
  await world.database.transaction((tx) => world.journal(tx, 'j1'));
  await world.audit('a1');
  await world.sealAll();
  // One journal lies in the partition of this month, one in that for all others.
  for (const [id, at] of [
    ['today', 'now()'],
    ['old', `'2020-01-01'::timestamptz`],
  ] as const) {
    await world.admin
      .query(`INSERT INTO "LedgerJournal" (id, key, kind, currency, effective_date, rules_version, created_at)
      VALUES ('${id}', '${id}', 'ADJUSTMENT', 'VND', '2020-01-01', 'v', ${at})`);
    await world.admin
      .query(`INSERT INTO "LedgerEntry" (journal_id, line, account_id, side, amount, currency, created_at)
      SELECT '${id}', line, account_id, side, amount, currency, ${at} FROM "LedgerEntry" WHERE journal_id = 'j1'`);
  }
  for (const role of TRIERS) clients.set(role, await connectAs(world.test, role, 'payment,mq_pay'));
});
afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await world.stop();
});

const TABLES: Readonly<Record<string, string>> = {
  LedgerAccount: 'id',
  LedgerJournal: 'id',
  LedgerEntry: 'line',
  AuditTrail: 'id',
  ChainSeal: 'chain',
  ChainCheckpoint: 'chain',
  LedgerBalance: 'checkpoint',
};

const attempt = (role: Trier, sql: string): Promise<string> => {
  const client = clients.get(role);
  if (client === undefined) throw new Error(`nobody is ${role}`);
  return tryTo(client, sql);
};

const partitions = async (): Promise<string[]> => {
  const { rows } = await world.admin.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'mq_pay."LedgerEntry"'::regclass`,
  );
  return rows.map(({ name }) => name);
};

describe.each(TRIERS)('what stands in the books is not changed by the %s', (role) => {
  it.each(Object.entries(TABLES))('%s', async (table, column) => {
    expect(await attempt(role, `UPDATE "${table}" SET ${column} = ${column}`)).toMatch(REFUSED);
    expect(await attempt(role, `DELETE FROM "${table}"`)).toMatch(REFUSED);
    expect(await attempt(role, `TRUNCATE "${table}" CASCADE`)).toMatch(REFUSED);
  });

  it('through a partition', async () => {
    const names = await partitions();
    expect(names.length).toBeGreaterThanOrEqual(5);
    const { rows } = await world.admin.query<{ name: string }>(
      `SELECT DISTINCT c.relname AS name FROM "LedgerEntry" e JOIN pg_class c ON c.oid = e.tableoid
       WHERE e.journal_id IN ('today', 'old')`,
    );
    expect(rows).toHaveLength(2);
    for (const name of names)
      expect([name, await attempt(role, `TRUNCATE "${name}"`)]).toEqual([name, expect.stringMatching(REFUSED)]);
    for (const { name } of rows) {
      expect(await attempt(role, `UPDATE "${name}" SET amount = amount + 1`)).toMatch(REFUSED);
      expect(await attempt(role, `DELETE FROM "${name}"`)).toMatch(REFUSED);
    }
  });

  it('by another way of writing', async () => {
    const upsert = `INSERT INTO "LedgerAccount" SELECT * FROM "LedgerAccount" ON CONFLICT (id) DO UPDATE SET reason = 'x'`;
    const merge = `MERGE INTO "LedgerJournal" j USING (SELECT 'j1' AS id) o ON j.id = o.id WHEN MATCHED THEN UPDATE SET kind = 'x'`;
    for (const sql of [upsert, merge]) expect(await attempt(role, sql)).toMatch(REFUSED);
  });
});

describe.each(['runtime', 'owner', 'admin', 'replicating admin'] as const)(
  'the sum of a journal is zero for the %s',
  (role) => {
    const lines = (values: string): string =>
      `INSERT INTO "LedgerEntry" (journal_id, line, account_id, side, amount, currency, created_at) VALUES ${values}`;
    const entry = (line: number, side: string, amount: number, currency = 'VND', day = '2026-11-20'): string =>
      `('by-hand', ${line}, 'x', '${side}', ${amount}, '${currency}', '${day}')`;

    /** Commits, or says why not; what is committed is told apart by its journal. */
    const commit = async (...statements: string[]): Promise<string> => {
      const client = clients.get(role);
      if (client === undefined) throw new Error(`nobody is ${role}`);
      await client.query('BEGIN');
      try {
        for (const sql of statements) await client.query(sql);
        await client.query('COMMIT');
        return 'committed';
      } catch (error) {
        await client.query('ROLLBACK');
        return error instanceof Error ? error.message : String(error);
      }
    };

    it.each([
      ['one line', [lines(entry(0, 'DEBIT', 5))]],
      ['two of one side', [lines(`${entry(0, 'DEBIT', 5)}, ${entry(1, 'DEBIT', 5)}`)]],
      ['one đồng too much', [lines(`${entry(0, 'DEBIT', 5)}, ${entry(1, 'CREDIT', 6)}`)]],
      ['two currencies', [lines(`${entry(0, 'DEBIT', 5)}, ${entry(1, 'CREDIT', 5, 'USD')}`)]],
      ['lines of two days', [lines(`${entry(0, 'DEBIT', 5)}, ${entry(1, 'CREDIT', 5, 'VND', '2026-11-21')}`)]],
      ['in two statements', [lines(entry(0, 'DEBIT', 5)), lines(entry(1, 'CREDIT', 4))]],
      ['a line more for a journal that is there', [lines(entry(9, 'DEBIT', 5).replace('by-hand', 'j1'))]],
    ])('%s', async (_what, statements) => {
      expect(await commit(...statements)).toMatch(/does not balance/);
    });

    it('and nothing but what is above zero is taken for an amount', async () => {
      expect(await commit(lines(`${entry(0, 'DEBIT', 0)}, ${entry(1, 'CREDIT', 0)}`))).toMatch(/check constraint/);
      expect(await commit(lines(`${entry(0, 'DEBIT', -5)}, ${entry(1, 'CREDIT', -5)}`))).toMatch(/check constraint/);
    });

    it('while one that balances is written, in as many statements as it likes', async () => {
      const own = (text: string): string => text.replaceAll('by-hand', `hand-${role}`);
      const done = await commit(
        own(lines(entry(0, 'DEBIT', 5))),
        own(lines(`${entry(1, 'CREDIT', 2)}, ${entry(2, 'CREDIT', 3)}`)),
      );
      expect(done).toBe('committed');
    });
  },
);
