import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresConfig } from '@nx/config';
import { armFailPoints, disarmFailPoints, during } from '@nx/fail-points';
import { Logger, Metrics } from '@nx/observability';
import { eventually, openPool, openWire, testDatabase, type TestDatabase } from '@nx/testing';
import { EntitySchema } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CommitOutcomeUnknownError,
  Database,
  isInfrastructureError,
  isReadOnlyError,
  isUniqueViolation,
  TransactionLostError,
  type Tx,
} from './index';
import { beginMarked, statusOf } from './transaction-status';

interface Item {
  id: string;
  amount: string;
}

const ItemEntity = new EntitySchema<Item>({
  name: 'Item',
  tableName: 'Item',
  columns: { id: { type: 'text', primary: true }, amount: { type: 'bigint' } },
});

let test: TestDatabase;
let database: Database;
let logLines: string[] = [];

function open(
  overrides: Partial<PostgresConfig> = {},
  role: 'runtime' | 'owner' = 'runtime',
  metrics?: Metrics,
): Database {
  const defaults = {
    url: test.urlFor(role),
    poolMax: 5,
    poolMin: 0,
    connectTimeoutMs: 1000,
    idleMs: 10_000,
    maxLifetimeMs: 600_000,
    leakMs: 30_000,
  };
  const logger = Logger.create({
    service: 't',
    mode: 'full',
    destination: { write: (line) => void logLines.push(line) },
  });
  const postgres = Object.assign(new PostgresConfig(), defaults, overrides);
  return new Database({
    postgres,
    applicationName: 'nx-test',
    entities: [ItemEntity],
    logger,
    ...(metrics === undefined ? {} : { metrics }),
  });
}

beforeAll(async () => {
  test = await testDatabase({ service: 'signal' });
  const owner = open({}, 'owner');
  await owner.execute(
    `CREATE TABLE signal."Item" (id text CONSTRAINT "Item_pkey" PRIMARY KEY, amount bigint NOT NULL, day date, at timestamptz DEFAULT now())`,
  );
  await owner.stop();
  database = open();
  await database.start();
});
afterAll(async () => {
  await database.stop();
  await test.drop();
});
beforeEach(async () => {
  logLines = [];
  await database.execute('DELETE FROM "Item"');
});

const count = async (): Promise<number> =>
  (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM "Item"'))[0]?.n ?? -1;

describe('Database', () => {
  it('commits what resolves and rolls back what throws, on raw SQL and on TypeORM alike', async () => {
    await database.transaction(async (tx) => {
      await tx.execute('INSERT INTO "Item" (id, amount) VALUES ($1, $2)', ['a', 9007199254740993n]);
      await tx.manager.insert(ItemEntity, { id: 'b', amount: '2' });
    });
    await expect(
      database.transaction(async (tx) => {
        await tx.manager.insert(ItemEntity, { id: 'c', amount: '3' });
        await tx.execute('INSERT INTO "Item" (id, amount) VALUES ($1, 4)', ['d']);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const rows = await database.query<Item>('SELECT id, amount FROM "Item" ORDER BY id');
    expect(rows).toEqual([
      { id: 'a', amount: '9007199254740993' },
      { id: 'b', amount: '2' },
    ]);
    expect(await database.dataSource.manager.countBy(ItemEntity, {})).toBe(2);
  });

  it('runs a prepared statement in and outside a transaction, and gives dates as text', async () => {
    const insert = database.statement<{ id: string; day: string }>(
      'test_insert_item',
      'INSERT INTO "Item" (id, amount, day) VALUES ($1, $2, $3) RETURNING id, day',
    );
    expect(await insert.run(['a', 1, '2026-11-20'])).toEqual([{ id: 'a', day: '2026-11-20' }]);
    await expect(
      database.transaction(async (tx) => {
        await insert.run(['b', 1, null], tx);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await count()).toBe(1);
    expect(() => database.statement('test_insert_item', 'SELECT 1')).toThrow('test_insert_item');
    const names = await database.query<{ name: string }>('SELECT name FROM pg_prepared_statements');
    expect(names.map((row) => row.name)).toContain('test_insert_item');
  });

  it('prepares what comes again and again, also in transactions, and goes on where a column was added', async () => {
    const [narrow, owner] = [open({ poolMax: 1 }), open({}, 'owner')];
    const listed = 'SELECT amount FROM "Item" WHERE id = $1';
    const all = 'SELECT * FROM "Item" WHERE id = $1';
    try {
      await narrow.execute(`INSERT INTO "Item" (id, amount) VALUES ('a', 1)`);
      for (let time = 0; time < 6; time += 1) {
        await narrow.query(listed, ['a']);
        await narrow.transaction((tx) => tx.query(all, ['a']));
      }
      const prepared = await narrow.query<{ statement: string }>('SELECT statement FROM pg_prepared_statements');
      expect(prepared.map(({ statement }) => statement)).toEqual([listed]);
      await owner.execute('ALTER TABLE "Item" ADD COLUMN later int');
      expect(await narrow.query(listed, ['a'])).toEqual([{ amount: '1' }]);
      expect(await narrow.query(all, ['a'])).toMatchObject([{ id: 'a', later: null }]);
    } finally {
      await owner.execute('ALTER TABLE "Item" DROP COLUMN IF EXISTS later');
      await Promise.all([narrow.stop(), owner.stop()]);
    }
  });

  it('knows unique violations by constraint, through TypeORM too', async () => {
    await database.execute(`INSERT INTO "Item" (id, amount) VALUES ('a', 1)`);
    const raw = await database
      .execute(`INSERT INTO "Item" (id, amount) VALUES ('a', 1)`)
      .catch((error: unknown) => error);
    const orm = await database
      .transaction((tx) => tx.manager.insert(ItemEntity, { id: 'a', amount: '1' }))
      .catch((error: unknown) => error);
    for (const error of [raw, orm]) {
      expect(isUniqueViolation(error, 'Item_pkey')).toBe(true);
      expect(isUniqueViolation(error, 'other')).toBe(false);
      expect(isInfrastructureError(error)).toBe(false);
    }
  });

  it('refuses a statement that comes after the end, and a failed one that was ignored', async () => {
    let kept: Tx | undefined;
    await database.transaction(async (tx) => {
      kept = tx;
      await Promise.resolve();
    });
    await expect(kept?.query('SELECT 1')).rejects.toThrow('await is missing');
    const ignored = database.transaction(async (tx) => {
      await tx.query('SELECT 1/0').catch(() => undefined);
    });
    await expect(ignored).rejects.toThrow('rolled back');
  });

  it('passes a fail point before and after each commit, and none for what only reads', async () => {
    const passed: string[] = [];
    const count = async (): Promise<string> => {
      const [row] = await database.query<{ count: string }>(`SELECT count(*) FROM "Item" WHERE id LIKE 'point-%'`);
      return row?.count ?? '';
    };
    const seen: Promise<string>[] = [];
    const act = (_action: string, name: string): void => {
      passed.push(name);
      seen.push(count());
    };
    const points = ['insert-Item', 'insert-Item:job', 'point-write', 'taken', 'point-step'];
    const armed = [
      ...points.map((what) => `t.commit.before:${what}`),
      ...points.map((what) => `t.commit.after:${what}`),
    ].map((name) => ({ name, passing: 1, action: 'kill' as const }));
    armFailPoints({ service: 't', armed: [...armed, { name: 't.*', passing: 11, action: 'kill' }], act });
    try {
      await database.execute(`INSERT INTO "Item" (id, amount) VALUES ('point-1', 1)`);
      await during('job', () =>
        database.transaction((tx) => tx.execute(`INSERT INTO "Item" (id, amount) VALUES ('point-2', 1)`)),
      );
      const write = database.statement('point-write', `INSERT INTO "Item" (id, amount) VALUES ($1, 1)`);
      await write.run(['point-3']);
      await database.transaction((tx) => write.run(['point-4'], tx), 'taken');
      // One step of many texts has one point, in a transaction too.
      const sql = `INSERT INTO "Item" (id, amount) VALUES ($1, 2)`;
      const shaped = database.statement('point-step-1gpu', sql, 'point-step');
      await database.transaction((tx) => shaped.run(['point-5'], tx));
      await database.transaction((tx) => tx.query(`SELECT id FROM "Item" FOR UPDATE`));
      await database.query(`SELECT id FROM "Item"`);
    } finally {
      disarmFailPoints();
    }
    expect(passed).toEqual(points.flatMap((what) => [`t.commit.before:${what}`, `t.commit.after:${what}`]));
    const counts = await Promise.all(seen);
    // Asked on another connection, which may be later than what follows, but never earlier than the commit.
    for (const [n, index] of [1, 3, 5, 7, 9].entries()) expect(Number(counts[index])).toBeGreaterThan(n);
  });

  it('runs work after the commit, and only then', async () => {
    const done: string[] = [];
    await database.transaction(async (tx) => {
      tx.afterCommit(() => done.push('committed'));
      await Promise.resolve();
    });
    await database
      .transaction(async (tx) => {
        tx.afterCommit(() => done.push('never'));
        await tx.query('SELECT 1/0');
      })
      .catch(() => undefined);
    expect(done).toEqual(['committed']);
  });

  it('reports a connection that is held for too long', async () => {
    const watched = open({ leakMs: 40 });
    await watched.transaction(() => eventually(() => logLines.some((line) => line.includes('held for too long'))));
    await watched.stop();
  });

  it.each([
    ['comes again and stands', 2],
    ['fails when it loses again and again', 3],
  ])('a statement by itself that lost a deadlock %s', async (_what, losses) => {
    const owner = open({}, 'owner');
    // A number of a sequence stays taken when its statement is undone.
    await owner.execute(
      `CREATE SEQUENCE signal.tries_${losses};
       CREATE FUNCTION signal.lose_${losses}() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
       DECLARE tries bigint := nextval('signal.tries_${losses}');
       BEGIN
         IF tries <= ${losses} THEN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END IF;
         RETURN tries;
       END $$`,
    );
    await owner.stop();
    const answer = database.query<{ tries: string }>(`SELECT signal.lose_${losses}() AS tries`);
    if (losses < 3) expect(await answer).toEqual([{ tries: '3' }]);
    else await expect(answer).rejects.toMatchObject({ code: '40P01' });
  });

  it('starts without PostgreSQL, says so, and works when it comes', async () => {
    const wire = await openWire(test.urlFor('runtime'), { state: 'cut' });
    const late = open({ url: wire.through });
    await late.start();
    const error = await late.query('SELECT 1').catch((caught: unknown) => caught);
    expect(isInfrastructureError(error)).toBe(true);
    await expect(late.transaction(() => Promise.resolve())).rejects.toSatisfy(isInfrastructureError);
    wire.mend();
    await eventually(() => late.dataSource.isInitialized);
    expect(await late.transaction((tx) => tx.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    await late.stop();
    await wire.close();
  });

  it('survives a cut in a transaction', async () => {
    const lost = await database
      .transaction(async (tx) => {
        const [row] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await database.execute('SELECT pg_terminate_backend($1)', [row?.pid]);
        await tx.query('SELECT 1');
      })
      .catch((error: unknown) => error);
    expect(isInfrastructureError(lost)).toBe(true);
    await database.ping();
  });

  it.each([
    ['stands: as if nothing had been', { when: 'after' }, undefined, 1],
    ['does not stand: an error of the infrastructure', { when: 'before' }, TransactionLostError, 0],
    ['stands, and nobody can be asked: unknown', { when: 'after', thenCut: true }, CommitOutcomeUnknownError, 1],
    [
      'does not stand, and nobody can be asked: unknown',
      { when: 'before', thenCut: true },
      CommitOutcomeUnknownError,
      0,
    ],
  ] as const)(
    'asks the server what became of a COMMIT that was not answered; it %s',
    async (_what, how, thrown, rows) => {
      const wire = await openWire(test.urlFor('runtime'));
      const metrics = new Metrics({ processMetrics: false });
      const wired = open({ url: wire.through, connectTimeoutMs: 1_500 }, 'runtime', metrics);
      const sprung = wire.trap({ text: 'INSERT INTO "Item"', atCommit: true, ...how });
      const told: string[] = [];
      const outcome = await wired
        .transaction(async (tx) => {
          tx.afterCommit(() => told.push('committed'));
          return tx.execute(`INSERT INTO "Item" (id, amount) VALUES ('a', 1)`);
        })
        .catch((error: unknown) => error);
      expect(sprung()).toBe(1);
      if (thrown === undefined) expect([outcome, told]).toEqual([1, ['committed']]);
      else expect([outcome, told]).toEqual([expect.any(thrown), []]);
      if (thrown !== undefined) expect(isInfrastructureError(outcome)).toBe(true);
      const word = { CommitOutcomeUnknownError: 'unknown', TransactionLostError: 'aborted' }[thrown?.name ?? ''];
      expect(await metrics.render()).toContain(`postgres_lost_commits_total{outcome="${word ?? 'committed'}"} 1`);
      expect(await count()).toBe(rows);
      wire.mend();
      await wired.ping();
      await wired.stop();
      await wire.close();
    },
  );

  it('believes no server that has begun another timeline: a number may be given twice there', async () => {
    const pool = openPool({ connectionString: test.urlFor('runtime'), max: 1 });
    const client = await pool.connect();
    const mark = await beginMarked(client);
    await client.query(`INSERT INTO "Item" (id, amount) VALUES ('a', 1)`);
    await client.query('COMMIT');
    client.release();
    expect(await statusOf(pool, mark)).toBe('committed');
    expect(await statusOf(pool, { ...mark, timeline: '0000FFFF' })).toBeUndefined();
    await pool.end();
  });

  it('shows one state for as long as a snapshot is read, and takes no writes there', async () => {
    const look = (tx: Tx) => tx.query<{ id: string }>('SELECT id FROM "Item"');
    const seen = await database.snapshot(async (tx) => {
      const before = await look(tx);
      await database.execute(`INSERT INTO "Item" (id, amount) VALUES ('a', 1)`);
      return [before, await look(tx)];
    });
    expect(seen).toEqual([[], []]);
    expect(await database.snapshot(look)).toEqual([{ id: 'a' }]);
    const refused = database.snapshot((tx) => tx.execute(`INSERT INTO "Item" (id, amount) VALUES ('b', 1)`));
    await expect(refused).rejects.toSatisfy(isReadOnlyError);
  });

  it('says in its metrics on which timeline the server is that takes its writes', async () => {
    const metrics = new Metrics({ processMetrics: false });
    const measured = open({}, 'runtime', metrics);
    // One that was never promoted is on its first.
    expect(await metrics.render()).toContain('postgres_timeline 1');
    await measured.stop();
  });

  it('tells a server that is read-only', async () => {
    const error = await database
      .transaction(async (tx) => {
        await tx.execute('SET TRANSACTION READ ONLY');
        await tx.execute(`INSERT INTO "Item" (id, amount) VALUES ('a', 1)`);
      })
      .catch((caught: unknown) => caught);
    expect(isReadOnlyError(error)).toBe(true);
    expect(isInfrastructureError(error)).toBe(true);
    const readOnly = open({ poolMax: 1 });
    await readOnly.execute('SET default_transaction_read_only = on');
    await expect(readOnly.ping()).rejects.toThrow('read-only');
    await readOnly.stop();
  });

  it('reads the password from its file again when it connects', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nx-password-'));
    const file = join(folder, 'password');
    const url = new URL(test.urlFor('runtime'));
    const password = decodeURIComponent(url.password);
    url.password = '';
    writeFileSync(file, 'wrong');
    const rotated = open({ url: url.toString(), passwordFile: file });
    const before = await rotated.ping().catch((error: unknown) => error);
    writeFileSync(file, `${password}\n`);
    await rotated.ping();
    expect(isInfrastructureError(before)).toBe(true);
    await rotated.stop();
    rmSync(folder, { recursive: true });
  });
});
