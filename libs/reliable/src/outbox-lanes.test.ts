import type { Database } from '@nx/persistence';
import { eventually, testDatabase, type TestDatabase } from '@nx/testing';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Outbox, type OutboxRow } from './outbox';
import { OutboxRelay, type OutboxRoute } from './outbox-relay';
import { openDatabase, recordingLogger, testMetrics } from './reliable.fixture';

const ROUTES = ['kafka', 'webhooks', 'push'];

let test: TestDatabase;
let database: Database;
let eventNumber = 0;

beforeAll(async () => {
  test = await testDatabase({ service: 'payment' });
  database = openDatabase(test, 20);
});
afterAll(async () => {
  await database.stop();
  await test.drop();
});

// A relay that outlives its test would publish the rows of the next one.
const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  await database.query('WITH waiting AS (DELETE FROM mq_pay."OutboxWaiting") DELETE FROM mq_pay."Outbox"');
});

const outbox = new Outbox('mq_pay');
const place = (row: OutboxRow): number => Number(row.aggregateVersion) * 100 + row.position;

function relayOf(routes: readonly OutboxRoute[], options: { own?: Database; patienceMs?: number } = {}) {
  const { own = database, patienceMs = 5000 } = options;
  const metrics = testMetrics();
  const relay = new OutboxRelay({
    database: own,
    outbox,
    schema: 'mq_pay',
    logger: recordingLogger(),
    metrics,
    pollMs: 5,
    batch: 5,
    patienceMs,
  });
  for (const route of routes) relay.register(route);
  endings.push(() => relay.stop());
  relay.start();
  return { relay, metrics };
}

/** A route that keeps what it took; `away` makes it refuse. */
class Recorder implements OutboxRoute {
  readonly taken: OutboxRow[] = [];
  away = false;
  refused = 0;

  constructor(
    readonly name: string,
    readonly bestEffort = false,
  ) {}

  publish(rows: OutboxRow[]): Promise<void> {
    if (this.away) {
      this.refused += 1;
      return Promise.reject(new Error('away'));
    }
    this.taken.push(...rows);
    return Promise.resolve();
  }

  /** Places of one aggregate in the order in which they came, repetitions left out. */
  firsts(aggregateId: string): number[] {
    return [...new Set(this.taken.filter((row) => row.aggregateId === aggregateId).map(place))];
  }
}

async function change(aggregateId: string, version: number, routes = ROUTES, count = 1): Promise<void> {
  await database.transaction((tx) =>
    outbox.append(tx, {
      aggregateType: 'Transaction',
      aggregateId,
      version,
      events: Array.from({ length: count }, () => ({
        eventId: `event-${String(++eventNumber).padStart(9, '0')}`,
        eventType: 'transaction.changed',
        routes,
        key: aggregateId,
        payload: { version },
        occurredAt: new Date(Date.UTC(2026, 10, 20)),
      })),
    }),
  );
}

async function waitingFor(route: string): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM mq_pay."OutboxWaiting" WHERE route = $1',
    [route],
  );
  return row?.n ?? -1;
}

const unpublished = async (): Promise<number> => {
  const [row] = await database.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM mq_pay."Outbox" WHERE published_at IS NULL',
  );
  return row?.n ?? -1;
};

const trio = (): [Recorder, Recorder, Recorder] => [
  new Recorder('kafka'),
  new Recorder('webhooks'),
  new Recorder('push', true),
];

describe('the routes of the outbox', () => {
  it.each([
    ['kafka', 'webhooks'],
    ['webhooks', 'kafka'],
  ])(
    'while %s is away, %s and push go on; afterwards it gets everything, each aggregate in order',
    async (awayName, otherName) => {
      const routes = trio();
      const away = routes.find(({ name }) => name === awayName)!;
      const other = routes.find(({ name }) => name === otherName)!;
      away.away = true;
      relayOf(routes);
      for (let version = 1; version <= 6; version++) for (const id of ['a', 'b', 'c']) await change(id, version);
      await eventually(() => other.taken.length === 18 && routes[2].taken.length === 18);
      await eventually(async () => (await unpublished()) === 0);
      expect(await waitingFor(awayName)).toBe(18);
      expect(await waitingFor(otherName)).toBe(0);
      expect(away.taken).toEqual([]);
      away.away = false;
      await eventually(async () => (await waitingFor(awayName)) === 0);
      // New events go straight on again.
      for (const id of ['a', 'b', 'c']) await change(id, 7);
      await eventually(() => away.taken.length >= 21);
      for (const id of ['a', 'b', 'c']) expect(away.firsts(id)).toEqual([100, 200, 300, 400, 500, 600, 700]);
      expect(other.taken).toHaveLength(21);
    },
  );

  it('asks a route that is away now and then, not with every event', async () => {
    const routes = trio();
    routes[0].away = true;
    relayOf(routes);
    for (let version = 1; version <= 40; version++) await change(`x${version}`, version);
    await eventually(() => routes[1].taken.length === 40);
    expect(routes[0].refused).toBeLessThan(10);
  });

  it('holds back an event behind earlier ones of its aggregate that wait, though the route takes others', async () => {
    const routes = trio();
    const [kafka] = routes;
    let bad = true;
    const route: OutboxRoute = {
      name: 'kafka',
      publish: (rows) =>
        bad && rows.some((row) => row.aggregateId === 'bad' && place(row) === 100)
          ? Promise.reject(new Error('refused'))
          : kafka.publish(rows),
    };
    relayOf([route, routes[1], routes[2]]);
    for (let version = 1; version <= 3; version++) for (const id of ['bad', 'good']) await change(id, version);
    await eventually(() => kafka.firsts('good').length === 3 && routes[1].firsts('bad').length === 3);
    expect(kafka.firsts('bad')).toEqual([]);
    bad = false;
    await eventually(() => kafka.firsts('bad').length === 3);
    expect(kafka.firsts('bad')).toEqual([100, 200, 300]);
  });

  it('waits for a route that hangs no longer than its patience', async () => {
    const routes = trio();
    const hanging: OutboxRoute = { name: 'kafka', publish: () => new Promise(() => undefined) };
    relayOf([hanging, routes[1], routes[2]], { patienceMs: 50 });
    for (let version = 1; version <= 5; version++) await change('h', version);
    await eventually(() => routes[1].taken.length >= 5);
    expect(routes[1].firsts('h')).toEqual([100, 200, 300, 400, 500]);
    // What a route took is told before the transaction that lets the others wait is committed.
    await eventually(async () => (await waitingFor('kafka')) === 5);
  });

  it('is neither held up nor failed by a best-effort route', async () => {
    const routes = trio();
    const hanging: OutboxRoute = { name: 'push', bestEffort: true, publish: () => new Promise(() => undefined) };
    relayOf([routes[0], routes[1], hanging]);
    await change('p', 1);
    await eventually(async () => routes[0].taken.length === 1 && (await unpublished()) === 0);
    const failing: OutboxRoute = { name: 'push', bestEffort: true, publish: () => Promise.reject(new Error('away')) };
    await Promise.all(endings.splice(0).map((end) => end()));
    const { metrics } = relayOf([routes[0], routes[1], failing]);
    await change('p', 2);
    await eventually(async () => routes[0].taken.length === 2 && (await unpublished()) === 0);
    expect(await waitingFor('push')).toBe(0);
    await eventually(async () => /outbox_failures_total\{[^}]*route="push"[^}]*\} 1/.test(await metrics.render()));
  });

  it('shows for each route what waits, and how old the oldest is', async () => {
    const routes = trio();
    routes[0].away = true;
    const { metrics } = relayOf(routes);
    await change('m', 1);
    await change('m', 2, ['webhooks']);
    await eventually(async () => (await unpublished()) === 0 && (await waitingFor('kafka')) === 1);
    const text = await metrics.render();
    const gauge = (name: string, route: string): number =>
      Number(new RegExp(`^${name}\\{[^}]*route="${route}"[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(gauge('outbox_pending', 'kafka')).toBe(1);
    expect(gauge('outbox_oldest_age_seconds', 'kafka')).toBeGreaterThan(60);
    expect(gauge('outbox_pending', 'webhooks')).toBe(0);
    expect(gauge('outbox_oldest_age_seconds', 'webhooks')).toBe(0);
  });

  it('keeps events of a route that no relay has yet, and gives them to the first that has it', async () => {
    const routes = trio();
    relayOf([routes[1], routes[2]]);
    await change('n', 1);
    await change('n', 2);
    await eventually(() => routes[1].taken.length === 2);
    await eventually(async () => (await waitingFor('kafka')) === 2);
    await Promise.all(endings.splice(0).map((end) => end()));
    relayOf(routes);
    await eventually(() => routes[0].taken.length === 2);
    expect(routes[0].firsts('n')).toEqual([100, 200]);
  });
});

/** One run: writers, outages of routes and kills of relays, all from a seed. */
interface Plan {
  readonly aggregates: number;
  readonly versions: number;
  /** For each of the first calls of the routes, whether it fails before or after it took the rows. */
  readonly faults: readonly ('none' | 'before' | 'after')[];
  /** After so many publications the connections of one of the relays are cut, as a kill does. */
  readonly kills: readonly number[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  aggregates: fc.integer({ min: 3, max: 12 }),
  versions: fc.integer({ min: 2, max: 6 }),
  faults: fc.array(fc.constantFrom('none', 'none', 'before', 'after'), { minLength: 1, maxLength: 25 }),
  kills: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
});

describe('three relays', () => {
  it('keep order per aggregate and route without a gap, whatever fails and whoever is killed', async () => {
    const own = await Promise.all(
      ['one', 'two', 'three'].map(async () => openDatabase(test, 6, recordingLogger(), 'nx-relay')),
    );
    try {
      await fc.assert(
        fc.asyncProperty(plans, async (plan) => {
          const seen = new Map<string, number[]>();
          let calls = 0;
          let publications = 0;
          const kills = [...plan.kills];
          const cut = (): Promise<unknown> =>
            database.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'nx-relay'
                  AND state = 'idle in transaction' LIMIT 1`,
            );
          const route = (name: string): OutboxRoute => ({
            name,
            publish: async (rows) => {
              const fault = plan.faults[calls++];
              if (fault === 'before') throw new Error('away');
              for (const row of rows) {
                await new Promise((resolve) => setImmediate(resolve));
                const list = seen.get(`${name}/${row.aggregateId}`) ?? [];
                seen.set(`${name}/${row.aggregateId}`, list);
                list.push(place(row));
                if (kills.includes(++publications)) await cut();
              }
              if (fault === 'after') throw new Error('away after the rows were stored');
            },
          });
          for (const relayDatabase of own) relayOf(['kafka', 'webhooks'].map(route), { own: relayDatabase });
          await Promise.all(
            Array.from({ length: plan.aggregates }, async (_, aggregate) => {
              for (let version = 1; version <= plan.versions; version++)
                await change(`s${aggregate}`, version, ['kafka', 'webhooks'], 1 + (version % 2));
            }),
          );
          await eventually(
            async () =>
              (await unpublished()) === 0 && (await waitingFor('kafka')) === 0 && (await waitingFor('webhooks')) === 0,
            { timeoutMs: 60_000 },
          );
          await Promise.all(endings.splice(0).map((end) => end()));
          for (let aggregate = 0; aggregate < plan.aggregates; aggregate++) {
            const expected = Array.from({ length: plan.versions }, (_, index) => index + 1).flatMap((version) =>
              Array.from({ length: 1 + (version % 2) }, (_, position) => version * 100 + position),
            );
            for (const name of ['kafka', 'webhooks']) {
              // Repetitions are allowed; the first publication of each must follow all earlier ones.
              expect([...new Set(seen.get(`${name}/s${aggregate}`))]).toEqual(expected);
            }
          }
          await database.query('WITH waiting AS (DELETE FROM mq_pay."OutboxWaiting") DELETE FROM mq_pay."Outbox"');
        }),
        { numRuns: process.env['TEST_LONG'] === '1' ? 60 : 6, endOnFailure: true },
      );
    } finally {
      await Promise.all(endings.splice(0).map((end) => end()));
      await Promise.all(own.map((each) => each.stop()));
    }
  }, 300_000);
});
