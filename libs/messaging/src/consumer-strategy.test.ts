import { currentContext } from '@nx/observability';
import { Kafka } from 'kafkajs';
import { afterEach, describe, expect, it } from 'vitest';
import type { BatchLook } from './batch-look';
import { ensureTopics } from './ensure-topics';
import { makeTopics, silent, startConsumer, testProducer, testSettings, until, type Handle } from './kafka.fixture';
import { physicalTopic, type KafkaSettings } from './kafka-settings';
import type { KafkaProducer } from './producer';
import type { InboundRecord } from './record';
import { RecordError, SiblingUnavailableError } from './record-errors';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(
  ...topics: string[]
): Promise<{ settings: KafkaSettings; producer: KafkaProducer; group: string }> {
  const settings = await testSettings();
  await makeTopics(settings, ...topics);
  const producer = testProducer(settings);
  closers.push(() => producer.close());
  return { settings, producer, group: `${settings.topicPrefix}_GROUP` };
}

async function start(
  settings: KafkaSettings,
  group: string,
  handlers: { source: Parameters<typeof startConsumer>[2][number]['source']; handle: Handle }[],
  tuning: Parameters<typeof startConsumer>[3] = {},
): ReturnType<typeof startConsumer> {
  const consumer = await startConsumer(settings, group, handlers, tuning);
  closers.push(() => consumer.close());
  return consumer;
}

/** Offset that the group has committed, summed over the partitions of the topic. */
async function committed(settings: KafkaSettings, group: string, topic: string): Promise<number> {
  const admin = new Kafka({ brokers: [...settings.brokers], logLevel: 0 }).admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [physicalTopic(settings, topic)] });
  await admin.disconnect();
  return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** How many members the coordinator counts in the group. */
async function members(settings: KafkaSettings, group: string): Promise<number> {
  const admin = new Kafka({ brokers: [...settings.brokers], logLevel: 0 }).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([group]);
  await admin.disconnect();
  return groups.flatMap((described) => described.members).length;
}

describe('KafkaConsumerStrategy', () => {
  it('hands over records in the order of their key, exact numbers, tombstones, ids and context', async () => {
    const { settings, producer, group } = await setUp('a');
    const seen: { key: string | null; value: unknown; eventId: string; requestId: string | undefined }[] = [];
    await start(settings, group, [
      {
        source: 'a',
        handle: async ({ key, value, eventId }) => {
          seen.push({ key, value, eventId, requestId: currentContext()?.requestId });
        },
      },
    ]);
    const headers = { 'x-event-id': 'e-1', 'x-request-id': 'r-1' };
    await producer.send([{ topic: 'a', key: 'k', value: { id: 9007199254740993n }, headers }]);
    await producer.send([{ topic: 'a', key: 'k', value: null }]);
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => producer.send([{ topic: 'a', key: `k${n % 3}`, value: { n } }])),
    );
    await until(() => seen.length >= 62, 'all records');
    const ofKey = seen.filter(({ key }) => key === 'k');
    expect(ofKey[0]).toEqual({ key: 'k', value: { id: 9007199254740993n }, eventId: 'e-1', requestId: 'r-1' });
    expect(ofKey[1]).toMatchObject({ key: 'k', value: null });
    expect(ofKey[1]?.eventId).toMatch(new RegExp(`^${settings.topicPrefix}\\.a/\\d/1/\\d{13}$`));
    for (const key of ['k0', 'k1', 'k2']) {
      const order = seen.filter((record) => record.key === key).map(({ value }) => (value as { n: number }).n);
      expect(order).toEqual([...order].sort((left, right) => left - right));
      expect(order).toHaveLength(20);
    }
    await until(async () => (await committed(settings, group, 'a')) === 62, 'all committed');
  });

  it('parks a poison record after three tries and all that follows under its key; other keys go on', async () => {
    const { settings, producer, group } = await setUp('a');
    const tries: string[] = [];
    const consumer = await start(settings, group, [
      {
        source: 'a',
        handle: async ({ key, value }) => {
          tries.push(`${key}:${(value as { n: number }).n}`);
          if (key === 'bad') throw new Error('cannot be');
        },
      },
    ]);
    await producer.send([1, 2, 3].flatMap((n) => ['bad', 'good'].map((key) => ({ topic: 'a', key, value: { n } }))));
    await producer.sendPhysical([{ topic: physicalTopic(settings, 'a'), key: 'text', value: 'not json' }]);
    await until(() => consumer.parking.parked.length === 4 && tries.length === 6, 'four parked');
    expect(tries.filter((entry) => entry.startsWith('bad'))).toEqual(['bad:1', 'bad:1', 'bad:1']);
    expect(tries.filter((entry) => entry.startsWith('good'))).toEqual(['good:1', 'good:2', 'good:3']);
    const reasons = consumer.parking.parked.map(({ record, reason }) => [record.key, reason.kind, reason.tries]);
    expect(reasons.filter(([key]) => key === 'bad')).toEqual([
      ['bad', 'record', 3],
      ['bad', 'blocked', 0],
      ['bad', 'blocked', 0],
    ]);
    expect(reasons.filter(([key]) => key === 'text')).toEqual([['text', 'record', 1]]);
    await until(async () => (await committed(settings, group, 'a')) === 7, 'all committed');
    expect((await consumer.health.ready()).ok).toBe(true);
  });

  it('parks at once when a sibling is away or trying again is useless, and dispatches parked records again', async () => {
    const { settings, producer, group } = await setUp('a');
    let heal = false;
    const handled: string[] = [];
    const consumer = await start(settings, group, [
      {
        source: 'a',
        handle: async ({ key, eventId }) => {
          if (heal) handled.push(eventId);
          else if (key === 's') throw new SiblingUnavailableError('sale');
          else throw new RecordError('never', { retryable: false });
        },
      },
    ]);
    await producer.send(['s', 'x'].map((key) => ({ topic: 'a', key, value: {}, headers: { 'x-event-id': key } })));
    await until(() => consumer.parking.parked.length === 2, 'both parked');
    const kinds = Object.fromEntries(consumer.parking.parked.map(({ record, reason }) => [record.key, reason]));
    expect(kinds['s']).toMatchObject({ kind: 'sibling', tries: 1, errorName: 'SiblingUnavailableError' });
    expect(kinds['x']).toMatchObject({ kind: 'record', tries: 1 });
    expect((await consumer.health.ready()).ok).toBe(true);
    const first = consumer.parking.parked.find(({ record }) => record.key === 's')?.record;
    if (first === undefined) throw new Error('nothing parked');
    await expect(consumer.parking.dispatcher?.dispatch(first)).rejects.toBeInstanceOf(SiblingUnavailableError);
    heal = true;
    await consumer.parking.dispatcher?.dispatch(first);
    expect(handled).toEqual(['s']);
  });

  it('lets a look at the batch settle records first, but none of a parked key and none that cannot be read', async () => {
    const { settings, producer, group } = await setUp();
    await ensureTopics(settings, [{ topic: 'a', partitions: 1, replication: 1 }], silent);
    const topic = physicalTopic(settings, 'a');
    const texts = ['bad', 'even', 'odd', 'bad', 'torn', 'even', 'torn', 'odd'];
    const value = (key: string, n: number): string => (key === 'torn' && n < 5 ? '{' : JSON.stringify({ key, n }));
    await producer.sendPhysical(texts.map((key, n) => ({ topic, key, value: value(key, n) })));
    const [looked, handled]: [string[][], string[]] = [[], []];
    const name = ({ key, offset }: InboundRecord): string => `${key}${offset}`;
    const look: BatchLook = {
      source: 'a',
      settle: async (records) => {
        looked.push(records.map(name));
        if (looked.length === 1) throw new Error('the look fails');
        return new Set(records.filter(({ key }) => key === 'even'));
      },
    };
    const handle: Handle = async (record) => {
      handled.push(name(record));
      if (record.key === 'bad') throw new RecordError('never', { retryable: false });
    };
    const consumer = await start(settings, group, [{ source: 'a', handle }], { looks: [look] });
    await until(() => handled.length >= 5 && consumer.parking.parked.length === 4, 'the first batch');
    // A look that fails settles nothing.
    expect(handled).toEqual(['bad0', 'even1', 'odd2', 'even5', 'odd7']);
    await producer.sendPhysical(['bad', 'even', 'odd', 'even'].map((key, n) => ({ topic, key, value: value(key, n) })));
    await until(() => handled.includes('odd10') && consumer.parking.parked.length === 5, 'the second batch');
    await until(async () => (await committed(settings, group, 'a')) === 12, 'all committed');
    expect(looked.flat().filter((entry) => entry.startsWith('bad'))).toEqual(['bad0', 'bad3']);
    expect(looked.flat()).not.toContain('torn6');
    expect(looked.slice(1).flat()).toEqual(['even9', 'odd10', 'even11']);
    expect(handled.slice(5)).toEqual(['odd10']);
  });

  it('without a key is parked alone: what comes after it is tried', async () => {
    const { settings, producer, group } = await setUp();
    await ensureTopics(settings, [{ topic: 'a', partitions: 1, replication: 1 }], silent);
    const handled: number[] = [];
    const consumer = await start(settings, group, [
      {
        source: 'a',
        handle: async ({ value }) => {
          const { n } = value as { n: number };
          if (n === 1) throw new RecordError('never', { retryable: false });
          handled.push(n);
        },
      },
    ]);
    const topic = physicalTopic(settings, 'a');
    for (const n of [1, 2, 3]) {
      await producer.sendPhysical([{ topic, key: null, value: JSON.stringify({ n }) }]);
    }
    await until(() => handled.length === 2, 'the two behind it');
    expect(handled).toEqual([2, 3]);
    expect(consumer.parking.parked.map(({ record, reason }) => [record.key, reason.kind])).toEqual([[null, 'record']]);
  });

  it('does not commit while the infrastructure is away, is not ready, and goes on by itself', async () => {
    const { settings, producer, group } = await setUp('a', 'b');
    let away = true;
    const seen: number[] = [];
    let tries = 0;
    const other: string[] = [];
    const consumer = await start(
      settings,
      group,
      [
        {
          source: 'a',
          handle: async ({ value }) => {
            tries += 1;
            if (away) throw new Error('database away');
            seen.push((value as { n: number }).n);
          },
        },
        { source: 'b', handle: async ({ key }) => void other.push(key ?? '') },
      ],
      { isInfrastructureError: (error) => error instanceof Error && error.message === 'database away' },
    );
    await until(async () => (await consumer.health.ready()).ok, 'ready');
    await producer.send([1, 2, 3].map((n) => ({ topic: 'a', key: 'k', value: { n } })));
    await until(() => tries > 4, 'more tries than a record gets');
    await producer.send([{ topic: 'b', key: 'goes on', value: {} }]);
    await until(() => other.length === 1, 'the other topic');
    expect((await consumer.health.ready()).indicators[0]).toMatchObject({ name: 'kafka-consumer', ok: false });
    expect(await committed(settings, group, 'a')).toBe(0);
    expect(consumer.parking.parked).toEqual([]);
    away = false;
    await until(() => seen.length === 3, 'the three records');
    expect(seen).toEqual([1, 2, 3]);
    await until(async () => (await consumer.health.ready()).ok, 'ready again');
  });

  it('holds the partition while the store of parked records is away', async () => {
    const { settings, producer, group } = await setUp('a');
    const consumer = await start(settings, group, [
      {
        source: 'a',
        handle: async () => {
          throw new Error('bad');
        },
      },
    ]);
    consumer.parking.away = true;
    await producer.send([{ topic: 'a', key: 'k', value: {} }]);
    await until(
      async () => !(await consumer.health.ready()).ok && consumer.strategy.state().phase === 'running',
      'waits',
    );
    consumer.parking.away = false;
    await until(() => consumer.parking.parked.length === 1, 'parked');
    await until(async () => (await committed(settings, group, 'a')) === 1, 'committed');
  });

  it('delivers again what was not committed, and gives its partitions to another member when stopped', async () => {
    const { settings, producer, group } = await setUp('a');
    const first: number[] = [];
    const second: number[] = [];
    const collect =
      (list: number[]): Handle =>
      async ({ value }) =>
        void list.push((value as { n: number }).n);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const one = await start(
      settings,
      group,
      [
        {
          source: 'a',
          handle: async (record) => {
            if ((record.value as { n: number }).n === 2) {
              await held;
              throw new Error('ECONN');
            }
            await collect(first)(record);
          },
        },
      ],
      { isInfrastructureError: (error) => error instanceof Error && error.message === 'ECONN' },
    );
    await producer.send([1, 2, 3].map((n) => ({ topic: 'a', key: 'k', value: { n } })));
    await until(() => first.length === 1, 'the first record');
    let isClosed = false;
    const closing = one.close().finally(() => (isClosed = true));
    // A record is under way: the member stays until it ends, and it has left when the close is over.
    expect([await members(settings, group), isClosed]).toEqual([1, false]);
    release();
    await closing;
    expect([await members(settings, group), await committed(settings, group, 'a')]).toEqual([0, 1]);
    await start(settings, group, [{ source: 'a', handle: collect(second) }]);
    await until(() => second.length === 2, 'the rest');
    expect([first, second]).toEqual([[1], [2, 3]]);
  });

  it('shares the partitions of one group between two members without losing or reordering', async () => {
    const { settings, producer, group } = await setUp('a');
    const seen = new Map<string, number[]>();
    const handle: Handle = async ({ key, value }) => {
      const list = seen.get(key ?? '') ?? [];
      seen.set(key ?? '', list);
      list.push((value as { n: number }).n);
    };
    await start(settings, group, [{ source: 'a', handle }]);
    const send = async (from: number): Promise<void> => {
      for (let n = from; n < from + 50; n += 1) {
        await producer.send(['x', 'y', 'z', 'v'].map((key) => ({ topic: 'a', key, value: { n } })));
      }
    };
    const sending = send(0);
    const two = await start(settings, group, [{ source: 'a', handle }]);
    await sending;
    await two.close();
    await send(50);
    const firstSeen = (key: string): number[] => [...new Set(seen.get(key))];
    await until(() => ['x', 'y', 'z', 'v'].every((key) => firstSeen(key).length === 100), 'all records', 30_000);
    for (const key of ['x', 'y', 'z', 'v']) {
      expect(firstSeen(key)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    }
  });

  it('starts without its topics, names them, and goes on when they are there', async () => {
    const settings = await testSettings();
    const cdc = [`${settings.topicPrefix}-cdc.Merchant`, `${settings.topicPrefix}-cdc.merchant`];
    const seen: string[] = [];
    const handle: Handle = async ({ topic }) => void seen.push(topic);
    const consumer = await start(settings, `${settings.topicPrefix}_GROUP`, [
      { source: 'a', handle },
      { source: { cdc }, handle },
    ]);
    const missing = `${settings.topicPrefix}.a`;
    await until(() => consumer.strategy.state().detail.startsWith('topics missing'), 'topics missing');
    expect(consumer.strategy.state().detail).toBe(`topics missing: ${missing}, ${cdc.join(' or ')}`);
    expect((await consumer.health.ready()).ok).toBe(false);
    await makeTopics(settings, 'a');
    // Only the old spelling of the change feed is there: it is enough.
    await ensureTopics(settings, [{ topic: { cdc: cdc.slice(1) }, partitions: 1, replication: 1 }], silent);
    await until(async () => (await consumer.health.ready()).ok, 'ready');
    const producer = testProducer(settings);
    closers.push(() => producer.close());
    await producer.sendPhysical([{ topic: cdc[1] ?? '', key: 'm', value: '{}' }]);
    await until(() => seen.length === 1, 'the change');
    // The new spelling appears while it runs.
    await ensureTopics({ ...settings }, [{ topic: { cdc: cdc.slice(0, 1) }, partitions: 1, replication: 1 }], silent);
    await producer.sendPhysical([{ topic: cdc[0] ?? '', key: 'm', value: '{}' }]);
    await until(() => seen.includes(cdc[0] ?? ''), 'the change under the new name');
  });

  it('starts with brokers away and is not ready', async () => {
    const settings = await testSettings({ brokers: ['127.0.0.1:1'] });
    const consumer = await start(settings, 'G', [{ source: 'a', handle: async () => undefined }]);
    await until(() => consumer.strategy.state().phase === 'waiting', 'waits');
    expect((await consumer.health.ready()).ok).toBe(false);
  });

  it('does not start when a topic has two handlers', async () => {
    const handle: Handle = async () => undefined;
    const two = [
      { source: 'a', handle },
      { source: 'a', handle },
    ];
    await expect(startConsumer(await testSettings(), 'G', two)).rejects.toThrow(/two handlers/);
  });
});
