import { eventually, testDatabase, type TestDatabase } from '@nx/testing';
import type { Database } from '@nx/persistence';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Outbox, type OutboxRow } from './outbox';
import { OutboxRelay, type OutboxRoute } from './outbox-relay';
import { openDatabase, recordingLogger, testMetrics } from './reliable.fixture';

let test: TestDatabase;
let database: Database;
let eventNumber = 0;

beforeAll(async () => {
  test = await testDatabase({ service: 'payment' });
  database = openDatabase(test, 30);
});
afterAll(async () => {
  await database.stop();
  await test.drop();
});
beforeEach(() => database.query('WITH waiting AS (DELETE FROM mq_pay."OutboxWaiting") DELETE FROM mq_pay."Outbox"'));

// A relay that outlives its test would publish the rows of the next one.
const relays: OutboxRelay[] = [];
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
});

const outbox = new Outbox('mq_pay');

function relayWith(route: OutboxRoute, batch = 20): OutboxRelay {
  const options = { database, outbox, schema: 'mq_pay' as const, logger: recordingLogger(), metrics: testMetrics() };
  const relay = new OutboxRelay({ ...options, pollMs: 5, batch });
  relay.register(route);
  relays.push(relay);
  return relay;
}

/** One transaction of an aggregate: its version is raised once, `count` events are appended. */
async function change(aggregateId: string, version: number, count: number): Promise<void> {
  await database.transaction((tx) =>
    outbox.append(tx, {
      aggregateType: 'Transaction',
      aggregateId,
      version,
      events: Array.from({ length: count }, (_, index) => ({
        eventId: `event-${String(++eventNumber).padStart(9, '0')}`,
        eventType: 'transaction.changed',
        routes: ['kafka'],
        key: aggregateId,
        payload: { version, index },
        occurredAt: new Date(Date.UTC(2026, 10, 20)),
      })),
    }),
  );
}

const pending = async (): Promise<number> => {
  const [row] = await database.query<{ n: number }>(
    `SELECT (SELECT count(*) FROM mq_pay."Outbox" WHERE published_at IS NULL)::int
          + (SELECT count(*) FROM mq_pay."OutboxWaiting")::int AS n`,
  );
  return row?.n ?? -1;
};

const place = (row: OutboxRow): number => Number(row.aggregateVersion) * 1000 + row.position;

describe('OutboxRelay', () => {
  it('publishes every aggregate in order with three relays, random failures and a restart, without a gap', async () => {
    const seen = new Map<string, number[]>();
    let calls = 0;
    const route = (): OutboxRoute => ({
      name: 'kafka',
      publish: async (rows) => {
        const call = ++calls;
        for (const row of rows) {
          // Each row lets the other relays run: an overtaking one would come in between.
          await new Promise((resolve) => setImmediate(resolve));
          const list = seen.get(row.aggregateId) ?? [];
          seen.set(row.aggregateId, list);
          list.push(place(row));
        }
        if (call % 7 === 3) throw new Error('the broker went away after storing the records');
      },
    });
    for (const relay of [relayWith(route(), 3), relayWith(route(), 3), relayWith(route(), 3)]) relay.start();
    const writers = Array.from({ length: 12 }, async (_, writer) => {
      for (let version = 1; version <= 15; version++) await change(`a${writer}`, version, 1 + ((writer + version) % 3));
    });
    await eventually(() => calls > 0);
    await relays[0]?.stop();
    relayWith(route(), 3).start();
    await Promise.all(writers);
    await eventually(async () => (await pending()) === 0, { timeoutMs: 25_000 });
    await Promise.all(relays.map((relay) => relay.stop()));

    expect(seen.size).toBe(12);
    for (const [aggregate, places] of seen) {
      // Repetitions are allowed; the first publication of each must follow all earlier ones.
      const firsts = [...new Set(places)];
      expect(firsts, aggregate).toEqual(firsts.toSorted((a, b) => a - b));
      const writer = Number(aggregate.slice(1));
      const total = Array.from({ length: 15 }, (_, index) => 1 + ((writer + index + 1) % 3)).reduce((a, b) => a + b, 0);
      expect(firsts).toHaveLength(total);
    }
  });

  it('publishes a row once when nothing fails, whatever the number of relays', async () => {
    const seen: string[] = [];
    const route: OutboxRoute = {
      name: 'kafka',
      publish: (rows) => {
        seen.push(...rows.map((row) => row.eventId));
        return Promise.resolve();
      },
    };
    for (let aggregate = 0; aggregate < 60; aggregate++) await change(`once${aggregate}`, 1, 2);
    for (const relay of [relayWith(route, 3), relayWith(route, 3), relayWith(route, 3)]) relay.start();
    await eventually(async () => (await pending()) === 0);
    await Promise.all(relays.map((relay) => relay.stop()));
    expect(seen).toHaveLength(120);
    expect(new Set(seen).size).toBe(120);
  });

  it('holds back an aggregate with a bad event, and only that one', async () => {
    const seen: string[] = [];
    let broken = true;
    const relay = relayWith({
      name: 'kafka',
      publish: (rows) => {
        if (broken && rows.some((row) => row.aggregateId === 'bad')) return Promise.reject(new Error('refused'));
        seen.push(...rows.map((row) => `${row.aggregateId}/${row.aggregateVersion}`));
        return Promise.resolve();
      },
    });
    await change('bad', 1, 1);
    await change('good', 1, 1);
    await change('bad', 2, 1);
    await change('good', 2, 1);
    relay.start();
    await eventually(async () => (await pending()) === 2);
    expect(seen).toEqual(['good/1', 'good/2']);
    broken = false;
    await eventually(async () => (await pending()) === 0);
    await relay.stop();
    expect(seen.slice(2)).toEqual(['bad/1', 'bad/2']);
  });

  it('keeps events of a rolled-back transaction to itself and wakes up at a commit', async () => {
    const seen: number[] = [];
    const options = { database, outbox, schema: 'mq_pay' as const, logger: recordingLogger(), metrics: testMetrics() };
    const relay = new OutboxRelay({ ...options, pollMs: 60_000, batch: 10 });
    relay.register({
      name: 'kafka',
      publish: (rows) => {
        seen.push(...rows.map(place));
        return Promise.resolve();
      },
    });
    relay.start();
    await expect(
      database.transaction(async (tx) => {
        const events = [
          { eventId: 'never', eventType: 'x', routes: ['kafka'], key: 'r', payload: {}, occurredAt: new Date(0) },
        ];
        await outbox.append(tx, { aggregateType: 'Transaction', aggregateId: 'r', version: 1, events });
        throw new Error('refused');
      }),
    ).rejects.toThrow('refused');
    await change('n', 1, 1);
    await eventually(() => seen.length === 1, { timeoutMs: 3000 });
    await relay.stop();
    expect(seen).toEqual([1000]);
    expect(await pending()).toBe(0);
  });

  it('does not start without its routes', () => {
    const options = { database, outbox, schema: 'mq_pay' as const, logger: recordingLogger(), metrics: testMetrics() };
    const relay = new OutboxRelay({ ...options, pollMs: 5, batch: 1, routes: ['kafka', 'webhooks'] });
    relay.register({ name: 'kafka', publish: () => Promise.resolve() });
    expect(() => relay.start()).toThrow('webhooks');
  });
});
