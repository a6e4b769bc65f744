import type { Tx } from '@nx/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT, CHAIN_BOOKS, LEDGER } from './chain-book';
import { ChainWorld, NOW, openDatabase, TABLES } from './chain-world.fixture';
import { sealBatch } from './seal-batch';
import { verifyChain } from './verify-chain';

let world: ChainWorld;
beforeAll(async () => {
  world = await ChainWorld.start();
});
afterAll(() => world.stop());

const sealed = async (): Promise<string[]> =>
  (
    await world.database.query<{ id: string }>(
      `SELECT row_id AS id FROM "ChainSeal" WHERE chain = 'LEDGER' ORDER BY sequence`,
    )
  ).map(({ id }) => id);

describe('an empty book', () => {
  it('is in order and has nothing to write down', async () => {
    expect(await world.seal()).toBe(0);
    for (const book of CHAIN_BOOKS) {
      expect(await world.verify(book)).toEqual({
        chain: book.name,
        rows: 0,
        entries: 0,
        checkpoints: 0,
        unsealed: 0,
        anchor: null,
        findings: [],
        unnamed: 0,
      });
    }
  });
});

describe('sealing', () => {
  it('waits for a transaction that began earlier and commits later, and skips nothing', async () => {
    let letGo: () => void = () => undefined;
    let written: () => void = () => undefined;
    const hasWritten = new Promise<void>((resolve) => (written = resolve));
    const mayCommit = new Promise<void>((resolve) => (letGo = resolve));
    const late = world.database.transaction(async (tx) => {
      await world.journal(tx, 'early-id');
      written();
      await mayCommit;
    });
    await hasWritten;
    await world.database.transaction((tx) => world.journal(tx, 'later-id', 'm9'));
    expect(await world.seal()).toBe(0);
    expect((await world.verify()).unsealed).toBe(1);
    letGo();
    await late;
    await world.sealAll();
    expect(await sealed()).toEqual(['early-id', 'later-id']);
    expect((await world.verify()).findings).toEqual([]);
  });

  it('goes on within the journals of one transaction when a batch is full', async () => {
    await world.database.transaction(async (tx) => {
      for (let n = 0; n < 7; n++) await world.journal(tx, `batch-${n}`, 'm2', 10 + n);
    });
    const { checkpoints } = await world.verify();
    await world.sealAll(3);
    expect((await sealed()).slice(2)).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `batch-${n}`));
    expect(await world.verify()).toMatchObject({ rows: 9, entries: 18, unsealed: 0, findings: [] });
    expect((await world.verify()).checkpoints).toBe(checkpoints + 3);
  });

  it('keeps what was ever debited and credited to an account', async () => {
    const rows = await world.database.query(
      `SELECT DISTINCT ON (account_id) debit, credit FROM "LedgerBalance" WHERE account_id LIKE 'MERCHANT_OWN%m2%'
       ORDER BY account_id, checkpoint DESC`,
    );
    expect(rows).toEqual([{ debit: '0', credit: '91' }]);
  });

  it('of audit rows is a chain of its own', async () => {
    for (const id of ['a1', 'a2', 'a3']) await world.audit(id);
    await world.sealAll();
    expect(await world.verify(AUDIT)).toMatchObject({ rows: 3, entries: 0, unsealed: 0, findings: [] });
  });
});

describe('sealed rows', () => {
  it.each(TABLES.flatMap((table) => [`UPDATE "${table}" SET`, `DELETE FROM "${table}"`, `TRUNCATE "${table}"`]))(
    '%s is refused, for a superuser too',
    async (statement) => {
      const table = /"(\w+)"/.exec(statement)?.[1] ?? '';
      const key =
        { LedgerEntry: 'line', ChainSeal: 'chain', ChainCheckpoint: 'chain', LedgerBalance: 'checkpoint' }[table] ??
        'id';
      const sql = statement.endsWith('SET') ? `${statement} ${key} = ${key}` : statement;
      await expect(world.admin.query(sql)).rejects.toThrow(/is refused: its rows are written once|cannot truncate/);
      await expect(world.database.query(sql)).rejects.toThrow(/permission denied|written once/);
    },
  );
});

describe('the end of a chain', () => {
  it('that was cut off shows against a checkpoint that somebody wrote down', async () => {
    const { anchor } = await world.verify();
    if (anchor === null) throw new Error('nothing was sealed');
    const cut = async (given: { number: string; hash: string } | undefined): Promise<string[]> => {
      const found: string[] = [];
      await world.tampered(async (reader) => {
        for (const [table, column] of [
          ['ChainSeal', 'checkpoint'],
          ['ChainCheckpoint', 'number'],
        ] as const) {
          await reader.query(`DELETE FROM "${table}" WHERE chain = 'LEDGER' AND ${column} = $1`, [anchor.number]);
        }
        await reader.query(`DELETE FROM "LedgerBalance" WHERE checkpoint = $1`, [anchor.number]);
        await reader.query(`DELETE FROM "LedgerEntry" WHERE journal_id = 'batch-6'`);
        await reader.query(`DELETE FROM "LedgerJournal" WHERE id = 'batch-6'`);
        const report = await verifyChain(reader, LEDGER, { anchor: given });
        found.push(...report.findings.map(({ code }) => code));
      });
      return found;
    };
    expect(await cut(undefined)).toEqual([]);
    expect(await cut(anchor)).toEqual(['ANCHOR_MISSED']);
    expect((await world.verify(LEDGER, { anchor })).findings).toEqual([]);
  });
});

describe('writers and sealers at once', () => {
  const WRITERS = 4;
  const EACH = 25;

  it('leave no gap, seal nothing twice and raise no false alarm, though one sealer is killed', async () => {
    const victim = openDatabase(world.test, 'sealer-to-kill');
    let writing = true;
    const failures: unknown[] = [];
    const sealer = async (database: typeof victim): Promise<void> => {
      while (writing) await world.seal(LEDGER, 4, database).catch((error: unknown) => failures.push(error));
    };
    const killer = async (): Promise<number> => {
      let killed = 0;
      while (writing) {
        const { rowCount } = await world.admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'sealer-to-kill' AND state <> 'idle'`,
        );
        killed += rowCount ?? 0;
      }
      return killed;
    };
    const alarms: string[] = [];
    const judge = async (): Promise<void> => {
      while (writing) alarms.push(...(await world.verify()).findings.map(({ code, subject }) => `${code} ${subject}`));
    };
    const writer = async (number: number): Promise<void> => {
      for (let n = 0; n < EACH; n++) {
        // Ids in no order, two transactions of each writer over one another.
        await Promise.all(
          ['z', 'a'].map((prefix) =>
            world.database.transaction((tx) => world.journal(tx, `${prefix}-${number}-${n}`, `m${n % 3}`, 1 + n)),
          ),
        );
      }
    };
    const others = [sealer(world.database), sealer(world.database), sealer(victim), judge()];
    const kills = killer();
    await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
    writing = false;
    await Promise.all(others);
    expect(await kills).toBeGreaterThan(0);
    expect(alarms).toEqual([]);
    await world.sealAll();
    const report = await world.verify();
    expect(report).toMatchObject({ rows: 9 + WRITERS * EACH * 2, unsealed: 0, findings: [] });
    expect(new Set(await sealed()).size).toBe(report.rows);
    await victim.stop();
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('a new server, where transactions count from the start again', () => {
  it('seals what is written there', async () => {
    let count = 0;
    await world.tampered(async () => {
      await world.admin.query(`UPDATE "ChainCheckpoint" SET sealed_to = '9000000000000'`);
      await world.admin.query(`INSERT INTO "LedgerJournal" (id, key, kind, currency, effective_date, rules_version,
        created_at, written_in) VALUES ('restored', 'k', 'ADJUSTMENT', 'VND', '2026-11-21', 'v', now(), '3')`);
      const tx = {
        query: async (sql: string, params: readonly unknown[] = []) => (await world.admin.query(sql, [...params])).rows,
        execute: async (sql: string, params: readonly unknown[] = []) =>
          (await world.admin.query(sql, [...params])).rowCount ?? 0,
      } as unknown as Tx;
      count = (await sealBatch(tx, LEDGER, { limit: 10, now: NOW, fencingToken: '1' }))?.rows ?? 0;
    });
    expect(count).toBe(1);
  });
});
