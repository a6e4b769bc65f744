import { eventually, testDatabase, type TestDatabase } from '@nx/testing';
import type { DeadLetterCause, ParkReason, RawRecord, RecordDispatcher } from '@nx/messaging';
import type { Database } from '@nx/persistence';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from './inbox';
import { ParkingStore } from './parking-store';
import { ParkingSweeper } from './parking-sweeper';
import { openDatabase, recordingLogger, testMetrics } from './reliable.fixture';

let test: TestDatabase;
let database: Database;
let store: ParkingStore;
let sweepers: ParkingSweeper[] = [];
let brokersAway = false;
let letters: { record: RawRecord; cause: DeadLetterCause }[] = [];

beforeAll(async () => {
  test = await testDatabase({ service: 'invoice' });
  database = openDatabase(test, 12);
  store = new ParkingStore(database, 'invoice', 1);
});
afterAll(async () => {
  await database.stop();
  await test.drop();
});
beforeEach(async () => {
  letters = [];
  brokersAway = false;
  await database.execute('DELETE FROM invoice."ParkedRecord"');
});
afterEach(async () => {
  await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
  sweepers = [];
});

const inbox = new Inbox('invoice');

function sweep(
  handle: (record: RawRecord) => Promise<void>,
  classes: Record<string, 'infrastructure' | 'sibling'> = {},
  delaysMs: readonly number[] = [1, 1, 1],
): void {
  const dispatcher: RecordDispatcher = {
    group: 'g',
    topics: () => ['t'],
    dispatch: handle,
    classify: (error) => classes[(error as Error).message] ?? 'record',
  };
  const sweeper = new ParkingSweeper({
    database,
    store,
    inbox,
    deadLetters: {
      publish: (record, cause) => {
        if (brokersAway) return Promise.reject(new Error('brokers away'));
        letters.push({ record, cause });
        return Promise.resolve();
      },
    },
    logger: recordingLogger(),
    metrics: testMetrics(),
    sweepMs: 5,
    delaysMs,
  });
  sweepers.push(sweeper);
  sweeper.start(dispatcher);
}

function record(offset: number, key: string | null = 'k'): RawRecord {
  const place = { topic: 't', partition: 0, offset: String(offset), timestampMs: 1_700_000_000_000 };
  return {
    ...place,
    key,
    value: Buffer.from(`{"n":${offset}}`),
    headers: { 'x-request-id': 'r' },
    eventId: `e${offset}`,
  };
}

/** Sends the records of these events on their way again; what they were before. */
const revive = async (...eventIds: string[]): Promise<string[]> => {
  const rows = await database.query<{ id: string }>(
    'SELECT id::text FROM invoice."ParkedRecord" WHERE event_id = ANY ($1)',
    [eventIds],
  );
  const revived = await database.transaction((tx) =>
    store.revive(
      tx,
      rows.map(({ id }) => id),
    ),
  );
  return revived.map(({ eventId, status }) => `${eventId} ${status}`);
};

const because = (kind: ParkReason['kind']): ParkReason => ({ kind, errorName: '', errorMessage: '', tries: 3 });

const statuses = async (): Promise<string[]> => {
  const rows = await database.query<{ s: string }>(
    `SELECT "offset" || ' ' || status AS s FROM invoice."ParkedRecord" ORDER BY id`,
  );
  return rows.map((row) => row.s);
};

describe('parking', () => {
  it('knows the keys that wait, parks a record once, and gives it back as it came', async () => {
    await store.park('g', record(1), because('record'));
    await store.park('g', record(1), because('record'));
    expect(await statuses()).toEqual(['1 100_PARKED']);
    // A topic that was made again gives its offsets a second time: the timestamp tells the two records apart.
    await store.park('g', { ...record(1, 'anew'), timestampMs: 1_800_000_000_000 }, because('record'));
    expect(await statuses()).toEqual(['1 100_PARKED', '1 100_PARKED']);
    await database.execute(`DELETE FROM invoice."ParkedRecord" WHERE key = 'anew'`);
    expect(await store.isKeyParked('g', 't', 'k')).toBe(true);
    expect(await store.isKeyParked('g', 't', 'other')).toBe(false);
    expect(await store.isKeyParked('other', 't', 'k')).toBe(false);
    expect(await store.parkedKeys('g', 't', ['other', 'k'])).toEqual(['k']);
    expect(await store.parkedKeys('other', 't', ['k'])).toEqual([]);
    const back: RawRecord[] = [];
    sweep((given) => {
      back.push(given);
      return Promise.resolve();
    });
    await eventually(async () => (await statuses())[0] === '1 303_HANDLED');
    expect(back).toEqual([record(1)]);
    expect(await store.isKeyParked('g', 't', 'k')).toBe(false);
    expect(await store.parkedKeys('g', 't', ['k'])).toEqual([]);
  });

  it('goes through a key in offset order with several sweepers, while other keys go on', async () => {
    for (let offset = 1; offset <= 12; offset++) {
      await store.park('g', record(offset, offset % 2 ? 'odd' : 'even'), because(offset < 3 ? 'record' : 'blocked'));
    }
    const order: Record<string, number[]> = { odd: [], even: [] };
    let oddFailures = 2;
    const handle = async (given: RawRecord): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (given.offset === '1' && oddFailures-- > 0) throw new Error('not yet');
      order[given.key ?? '']?.push(Number(given.offset));
    };
    sweep(handle);
    sweep(handle);
    sweep(handle);
    await eventually(async () => (await statuses()).every((status) => status.endsWith('303_HANDLED')));
    expect(order['odd']).toEqual([1, 3, 5, 7, 9, 11]);
    expect(order['even']).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('dead-letters after the last wait, with its tries and event id, and the key goes on; a replay brings it back', async () => {
    await store.park('g', record(1), because('record'));
    await store.park('g', record(2), because('blocked'));
    const handled: string[] = [];
    let broken = true;
    sweep((given) => {
      if (broken && given.offset === '1') return Promise.reject(new Error('bad amount'));
      handled.push(given.eventId);
      return Promise.resolve();
    });
    await eventually(async () => (await statuses()).join() === '1 505_DEAD_LETTERED,2 303_HANDLED');
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({
      record: { eventId: 'e1', topic: 't', offset: '1' },
      cause: { group: 'g', errorMessage: 'bad amount', tries: 6 },
    });
    const repeated = database.transaction((tx) => inbox.firstTime(tx, 'g', 'e1'));
    expect(await repeated).toBe(false);
    broken = false;
    expect(await revive('e1', 'e2')).toEqual(['e1 505_DEAD_LETTERED']);
    await eventually(async () => (await statuses())[0] === '1 303_HANDLED');
    expect(handled).toEqual(['e2', 'e1']);
    expect(await database.transaction((tx) => inbox.firstTime(tx, 'g', 'e1'))).toBe(true);
  });

  it('is tried at once on demand with all its tries before it, unless it is being tried', async () => {
    await store.park('g', record(1), because('record'));
    await database.execute(`UPDATE invoice."ParkedRecord" SET sweeps = 3, next_try_at = now() + interval '1 hour'`);
    expect(
      await database.transaction(async (tx) => {
        await tx.query(`SELECT 1 FROM invoice."ParkedRecord" WHERE event_id = 'e1' FOR UPDATE`);
        return revive('e1');
      }),
    ).toEqual([]);
    expect(await revive('e1')).toEqual(['e1 100_PARKED']);
    expect(await database.query(`SELECT sweeps FROM invoice."ParkedRecord"`)).toEqual([{ sweeps: 0 }]);
    sweep(() => Promise.resolve());
    await eventually(async () => (await statuses()).join() === '1 303_HANDLED');
    expect(await revive('e1')).toEqual([]);
  });

  it('never counts the infrastructure, and waits for a sibling without end', async () => {
    await store.park('g', record(1, 'a'), because('record'));
    await store.park('g', record(2, 'b'), because('sibling'));
    // Each fails more often than a record with a defect of its own may.
    const failures = { a: 15, b: 15 };
    sweep(
      (given) => {
        const key = given.key === 'a' ? 'a' : 'b';
        failures[key] -= 1;
        return failures[key] < 0
          ? Promise.resolve()
          : Promise.reject(new Error(key === 'a' ? 'database away' : 'sale away'));
      },
      { 'database away': 'infrastructure', 'sale away': 'sibling' },
    );
    await eventually(async () => (await statuses()).join() === '1 303_HANDLED,2 303_HANDLED');
    expect(letters).toEqual([]);
  });

  it('without a key holds nothing back', async () => {
    await store.park('g', record(1, null), because('record'));
    await store.park('g', record(2, null), because('record'));
    sweep((given) => (given.offset === '1' ? Promise.reject(new Error('sale away')) : Promise.resolve()), {
      'sale away': 'sibling',
    });
    await eventually(async () => (await statuses()).join() === '1 100_PARKED,2 303_HANDLED');
  });

  it('is no event of the inbox as long as it waits', async () => {
    await store.park('g', record(7), because('record'));
    let tries = 0;
    sweep(
      () => {
        tries += 1;
        return Promise.reject(new Error('sale away'));
      },
      { 'sale away': 'sibling' },
    );
    await eventually(() => tries > 2);
    expect(await database.query(`SELECT 1 FROM invoice."Inbox" WHERE event_id = 'e7'`)).toEqual([]);
  });

  it('keeps a record whose dead letter cannot be published, and everything behind it', async () => {
    await store.park('g', record(21), because('record'));
    await store.park('g', record(22), because('blocked'));
    brokersAway = true;
    let tries = 0;
    sweep((given) => {
      if (given.offset !== '21') return Promise.resolve();
      tries += 1;
      return Promise.reject(new Error('bad amount'));
    });
    await eventually(() => tries > 6);
    expect(await statuses()).toEqual(['21 100_PARKED', '22 100_PARKED']);
    expect(await database.query(`SELECT 1 FROM invoice."Inbox" WHERE event_id IN ('e21', 'e22')`)).toEqual([]);
    brokersAway = false;
    await eventually(async () => (await statuses()).join() === '21 505_DEAD_LETTERED,22 303_HANDLED');
    expect(letters).toHaveLength(1);
  });

  it.each(['record', 'blocked'] as const)(
    'tries one that was parked as %s after 1, 5, 15 and 60 min',
    async (reason) => {
      const minutes = [1, 5, 15, 60];
      const careful = new ParkingStore(database, 'invoice', 60_000);
      await careful.park('g', record(31), because(reason));
      const waits: number[] = [];
      const row = async (): Promise<{ tries: number; wait: number; due: boolean } | undefined> =>
        (
          await database.query<{ tries: number; wait: number; due: boolean }>(
            `SELECT tries, round(extract(epoch FROM next_try_at - clock_timestamp()) / 60)::int AS wait,
             next_try_at <= clock_timestamp() AS due
           FROM invoice."ParkedRecord" WHERE status = '100_PARKED'`,
          )
        )[0];
      sweep(
        () => Promise.reject(new Error('bad amount')),
        {},
        minutes.map((minute) => minute * 60_000),
      );
      // What was not tried has none of its waits behind it: the first look at it comes at once.
      for (let tries = reason === 'blocked' ? 4 : 3; tries < (reason === 'blocked' ? 8 : 7); tries += 1) {
        const waiting = await eventually(async () => {
          const seen = await row();
          return seen?.tries === tries && !seen.due ? seen : undefined;
        });
        waits.push(waiting.wait);
        await database.execute(`UPDATE invoice."ParkedRecord" SET next_try_at = clock_timestamp()`);
      }
      await eventually(async () => (await statuses()).join() === '31 505_DEAD_LETTERED');
      expect(waits).toEqual(minutes);
      expect(letters).toHaveLength(1);
    },
  );
});
