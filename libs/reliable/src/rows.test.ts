import { eventually, testDatabase, type TestDatabase } from '@nx/testing';
import { KeyRing } from '@nx/crypto';
import { HealthRegistry } from '@nx/observability';
import type { Database } from '@nx/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdempotencyStore } from './idempotency-store';
import { Inbox } from './inbox';
import { KeyCheck } from './key-check';
import { openDatabase, recordingLogger } from './reliable.fixture';
import { ensureMonthlyPartitions, Upkeep } from './upkeep';
import { StaleLeaseError, WorkerLeases } from './worker-leases';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await testDatabase({ service: 'signal' });
  database = openDatabase(test);
});
afterAll(async () => {
  await database.stop();
  await test.drop();
});

describe('Inbox', () => {
  const inbox = new Inbox('signal');
  const first = (eventId: string, replay = false): Promise<boolean> =>
    database.transaction((tx) => inbox.firstTime(tx, 'group', eventId, { replay }));

  it('is true once, also for two transactions at once, and again after a rollback', async () => {
    await expect(
      database.transaction(async (tx) => {
        expect(await inbox.firstTime(tx, 'group', 'e1')).toBe(true);
        throw new Error('the effect failed');
      }),
    ).rejects.toThrow('the effect failed');
    const answers = await Promise.all([first('e1'), first('e1'), first('e1')]);
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('lets a dead-lettered event through when it is brought back on purpose, once', async () => {
    await database.transaction((tx) => inbox.deadLettered(tx, 'group', 'e2'));
    expect(await first('e2')).toBe(false);
    expect(await first('e2', true)).toBe(true);
    expect(await first('e2', true)).toBe(false);
  });
});

describe('IdempotencyStore', () => {
  const request = (key: string, fingerprint = 'f') => ({ scope: 'm1', operation: 'checkout', key, fingerprint });
  const store = (): IdempotencyStore => new IdempotencyStore(database, 'signal', 86_400_000);

  it('lets one of many first uses start, and answers the others with a wait', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => store().begin(request('k1'))));
    expect(outcomes.filter((outcome) => outcome.state === 'started')).toHaveLength(1);
    const running = outcomes.filter((outcome) => outcome.state === 'running');
    expect(running).toHaveLength(7);
    for (const outcome of running) {
      expect(outcome.retryAfterSeconds).toBeGreaterThan(0);
      expect(outcome.retryAfterSeconds).toBeLessThanOrEqual(15);
    }
  });

  it('gives the first answer again, refuses another body, and forgets a refused request', async () => {
    await store().begin(request('k2'));
    await store().complete(request('k2'), { status: 201, body: { id: 'x' } });
    expect(await store().begin(request('k2'))).toEqual({ state: 'done', status: 201, body: { id: 'x' } });
    expect(await store().begin(request('k2', 'other'))).toEqual({ state: 'reused' });
    await store().begin(request('k3'));
    await store().release(request('k3'));
    expect(await store().begin(request('k3', 'other'))).toEqual({ state: 'started' });
  });

  it('goes on with the same ids after the lock has lapsed or was freed', async () => {
    await store().begin(request('k4'));
    // Whoever keeps something is alive, though his lock has lapsed.
    await store().unlock(request('k4'));
    await store().keepIds(request('k4'), { transactionId: 't1' });
    expect(await store().begin(request('k4'))).toMatchObject({ state: 'running' });
    await store().unlock(request('k4'));
    expect(await store().begin(request('k4'))).toEqual({ state: 'started', ids: { transactionId: 't1' } });
  });

  it('remembers in the transaction of the effect: the second of two waits, and nothing of it stands', async () => {
    const answer = { status: 201, body: { id: 'y' } };
    const remember = (key: string, fingerprint = 'f') =>
      database.transaction((tx) =>
        store().remember(tx, { ...request(key, fingerprint), status: answer.status }, answer.body),
      );
    const ends = await Promise.allSettled([remember('k6'), remember('k6'), remember('k6')]);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'idempotency.in_progress' });
    }
    expect(await store().look(request('k6'))).toEqual({ state: 'done', ...answer });
    expect(await store().look(request('k6', 'other'))).toEqual({ state: 'reused' });
    expect(await store().begin(request('k6'))).toEqual({ state: 'done', ...answer });
    const broken = database.transaction(async (tx) => {
      await store().remember(tx, { ...request('k7'), status: answer.status }, answer.body);
      throw new Error('the effect failed');
    });
    await expect(broken).rejects.toThrow('the effect failed');
    expect(await store().look(request('k7'))).toBeUndefined();
  });

  it('does not take a key from a first run that lives, and goes on where it died', async () => {
    const answer = { status: 200, body: {} };
    const remember = (fingerprint = 'f') =>
      database.transaction((tx) =>
        store().remember(tx, { ...request('k8', fingerprint), status: answer.status }, answer.body),
      );
    await store().begin(request('k8'));
    expect(await store().look(request('k8'))).toMatchObject({ state: 'running' });
    await expect(remember()).rejects.toMatchObject({ code: 'idempotency.in_progress' });
    await store().unlock(request('k8'));
    await expect(remember('other')).rejects.toMatchObject({ code: 'idempotency.in_progress' });
    expect(await store().look(request('k8'))).toBeUndefined();
    await remember();
    expect(await store().look(request('k8'))).toMatchObject({ state: 'done' });
  });

  it('starts anew after a day', async () => {
    const short = new IdempotencyStore(database, 'signal', 0);
    await short.begin(request('k5'));
    expect(await store().begin(request('k5', 'other'))).toEqual({ state: 'started' });
  });
});

describe('WorkerLeases', () => {
  const leases = (leaseMs = 60_000): WorkerLeases => new WorkerLeases(database, recordingLogger(), leaseMs);

  it('has one holder at a time and a token that grows', async () => {
    const tokens: bigint[] = [];
    await leases().withLease('batch', async ({ fencingToken }) => {
      tokens.push(BigInt(fencingToken));
      expect(await leases().withLease('batch', () => Promise.resolve('second'))).toBeUndefined();
    });
    await leases().withLease('batch', async ({ fencingToken }) => {
      tokens.push(BigInt(fencingToken));
      await Promise.resolve();
    });
    expect(tokens).toHaveLength(2);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0n);
  });

  it('aborts the work of a holder that has lost it, and refuses its token', async () => {
    await leases(300).withLease('lost', async ({ fencingToken, signal }) => {
      await database.execute(
        `UPDATE platform."WorkerLease" SET fencing_token = nextval('platform.fencing_token') WHERE lease_name = 'lost'`,
      );
      await eventually(() => signal.aborted, { timeoutMs: 2000 });
      expect(signal.reason).toBeInstanceOf(StaleLeaseError);
      const stale = database.transaction((tx) => leases().assertCurrent(tx, 'lost', fencingToken));
      await expect(stale).rejects.toThrow(StaleLeaseError);
    });
  });

  it('keeps a lease for longer than its life while the work runs', async () => {
    await leases(200).withLease('long', async ({ signal }) => {
      const until = performance.now() + 600;
      await eventually(() => performance.now() > until);
      expect(signal.aborted).toBe(false);
      expect(await leases().withLease('long', () => Promise.resolve(1))).toBeUndefined();
    });
  });
});

describe('KeyCheck', () => {
  const check = (health = new HealthRegistry()): KeyCheck => new KeyCheck(database, recordingLogger(), health);

  it('accepts the same ring and a ring with a further key', async () => {
    await check().verify(KeyRing.parse('k1:first-secret'), 'ring-a');
    const health = new HealthRegistry();
    await check(health).verify(KeyRing.parse('k2:second-secret,k1:first-secret'), 'ring-a');
    expect((await health.ready()).ok).toBe(true);
  });

  it('refuses another secret under the same id, naming the id and no value', async () => {
    await check().verify(KeyRing.parse('k1:first-secret'), 'ring-b');
    const health = new HealthRegistry();
    const refused = check(health).verify(KeyRing.parse('k1:wrong-secret'), 'ring-b');
    await expect(refused).rejects.toThrow(/ring-b.*"k1"/);
    await expect(refused).rejects.not.toThrow(/wrong-secret|first-secret/);
    expect((await health.ready()).ok).toBe(false);
  });

  it('refuses a ring without a key that the database knows, until that key is retired', async () => {
    await check().verify(KeyRing.parse('k2:b,k1:a'), 'ring-c');
    await expect(check().verify(KeyRing.parse('k2:b'), 'ring-c')).rejects.toThrow('"k1"');
    await check().retire('ring-c', 'k1');
    await check().verify(KeyRing.parse('k2:b'), 'ring-c');
  });
});

describe('monthly partitions', () => {
  /** A table that has no partition yet, or one that takes all rows. */
  const byMonth = async (name: string, { takesAll }: { takesAll: boolean }): Promise<void> => {
    const owner = openDatabase({ ...test, urlFor: () => test.urlFor('owner') }, 2);
    try {
      await owner.execute(
        `CREATE TABLE signal."${name}" (id text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)`,
      );
      if (takesAll) {
        await owner.execute(`CREATE TABLE signal."${name}_default" PARTITION OF signal."${name}" DEFAULT`);
      }
    } finally {
      await owner.stop();
    }
  };

  it('exist for this month and three more, and a default one takes what lies outside', async () => {
    await byMonth('Sample', { takesAll: false });
    expect(await ensureMonthlyPartitions(database, 'signal', 'signal."Sample"', 0)).toHaveLength(2);
    await database.execute(
      `INSERT INTO signal."Sample" VALUES ('now', now()), ('next', now() + interval '1 month'), ('old', '2001-01-01')`,
    );
    // The runtime role, which owns nothing, makes them; a row that came early moves into its month.
    const made = await ensureMonthlyPartitions(database, 'signal', 'signal."Sample"', 3);
    expect(made).toHaveLength(3);
    expect(await ensureMonthlyPartitions(database, 'signal', 'signal."Sample"', 3)).toEqual([]);
    const rows = await database.query<{ id: string; place: string }>(
      `SELECT id, tableoid::regclass::text AS place FROM signal."Sample" ORDER BY id`,
    );
    const places = new Map(rows.map((row) => [row.id, row.place]));
    expect(places.get('old')).toContain('Sample_default');
    expect(places.get('next')).toContain(made[0]);
  });

  it('of a month that has begun refuses no row that is on its way', async () => {
    const insert = `INSERT INTO signal."Begun" VALUES ($1, $2)`;
    await byMonth('Begun', { takesAll: true });
    const waiting = (count: number) =>
      eventually(async () => {
        const [row] = await database.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted
             AND relation IN ('signal."Begun"'::regclass, 'signal."Begun_default"'::regclass)`,
        );
        return row?.waiting === count;
      });
    // It holds up the new partition, and that holds up the row: both go on when this transaction ends.
    const { making, inserting } = await database.transaction(async (tx) => {
      await tx.execute(insert, ['old', new Date('2001-01-01')]);
      const making = ensureMonthlyPartitions(database, 'signal', 'signal."Begun"', 0);
      await waiting(1);
      const inserting = database.execute(insert, ['now', new Date()]);
      await waiting(2);
      return { making, inserting };
    });
    expect(await inserting).toBe(1);
    const [row] = await database.query<{ place: string }>(
      `SELECT tableoid::regclass::text AS place FROM signal."Begun" WHERE id = 'now'`,
    );
    expect([row?.place]).toEqual((await making).map((name) => `"${name}"`));
  });

  it('is made by one of two that find it missing', async () => {
    await byMonth('Twice', { takesAll: true });
    const rounds = Array.from({ length: 4 }, () => ensureMonthlyPartitions(database, 'signal', 'signal."Twice"', 0));
    expect((await Promise.all(rounds)).flat()).toHaveLength(1);
  });

  it('upkeep removes lapsed keys and old handled events', async () => {
    const short = new IdempotencyStore(database, 'signal', 0);
    await short.begin({ scope: 's', operation: 'o', key: 'lapsed', fingerprint: 'f' });
    await database.execute(`INSERT INTO signal."Inbox" VALUES ('g', 'ancient', now() - interval '1 year')`);
    const options = { database, schema: 'signal' as const, logger: recordingLogger(), partitionedTables: [] };
    const upkeep = new Upkeep({ ...options, everyMs: 60_000, inboxTtlMs: 86_400_000 });
    upkeep.start();
    await eventually(async () => {
      const [row] = await database.query<{ left: number }>(
        `SELECT (SELECT count(*) FROM signal."IdempotencyKey" WHERE key = 'lapsed')::int +
                (SELECT count(*) FROM signal."Inbox" WHERE event_id = 'ancient')::int AS left`,
      );
      return row?.left === 0;
    });
    await upkeep.stop();
  });
});
