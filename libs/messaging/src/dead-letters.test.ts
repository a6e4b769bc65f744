import { Kafka } from 'kafkajs';
import { afterAll, describe, expect, it } from 'vitest';
import { DeadLetterPublisher, replayDeadLetters } from './dead-letters';
import { ensureTopics } from './ensure-topics';
import { makeTopics, silent, startConsumer, testProducer, testSettings, until } from './kafka.fixture';
import type { RawRecord } from './parking.port';

const settings = await testSettings();
const producer = testProducer(settings);
afterAll(() => producer.close());

describe('dead letters', () => {
  it('keep bytes, key and origin, and come back under the same event id', async () => {
    await makeTopics(settings, 'a');
    const letters = new DeadLetterPublisher(producer);
    const record: RawRecord = {
      topic: `${settings.topicPrefix}.a`,
      partition: 1,
      offset: '41',
      timestampMs: 1_700_000_000_000,
      key: 'k',
      value: Buffer.from('{"n":1}'),
      headers: { 'x-request-id': 'r-1' },
      eventId: 'e-1',
    };
    const cause = { group: 'G', errorName: 'RecordError', errorMessage: 'no such order', tries: 7 };
    await letters.publish(record, cause);
    await letters.publish({ ...record, eventId: 'e-2', value: null }, cause);
    const dlq: Record<string, string>[] = [];
    const seen: { eventId: string; value: unknown; headers: Readonly<Record<string, string>> }[] = [];
    const consumer = await startConsumer(settings, `${settings.topicPrefix}_G`, [
      { source: 'a.dlq', handle: async ({ headers }) => void dlq.push({ ...headers }) },
      { source: 'a', handle: async ({ eventId, value, headers }) => void seen.push({ eventId, value, headers }) },
    ]);
    try {
      await until(() => dlq.length === 2, 'dead letters');
      expect(dlq[0]).toMatchObject({
        'x-event-id': 'e-1',
        'x-dead-letter-offset': '41',
        'x-dead-letter-error': 'no such order',
        'x-dead-letter-group': 'G',
      });
      const options = { config: settings, clientId: 'TEST_REPLAY', logger: silent, producer, topic: 'a' };
      expect(await replayDeadLetters({ ...options, dryRun: true })).toEqual({ seen: 2, replayed: ['e-1', 'e-2'] });
      const report = await replayDeadLetters({ ...options, select: ({ eventId }) => eventId === 'e-1' });
      expect(report).toEqual({ seen: 2, replayed: ['e-1'] });
      await until(() => seen.length === 1, 'the replayed record');
      const headers = { 'x-request-id': 'r-1', 'x-event-id': 'e-1', 'x-replay': 'true' };
      expect(seen[0]).toEqual({ eventId: 'e-1', value: { n: 1 }, headers });
    } finally {
      await consumer.close();
    }
  });
});

describe('ensureTopics', () => {
  it('makes what is missing with its dead letters and leaves the rest alone', async () => {
    const specs = [{ topic: 'made', replication: 1, retentionMs: 60_000 }];
    const name = `${settings.topicPrefix}.made`;
    expect(await ensureTopics(settings, specs, silent)).toEqual({ created: [name, `${name}.dlq`], existing: [] });
    expect(await ensureTopics(settings, specs, silent)).toEqual({ created: [], existing: [name, `${name}.dlq`] });
    const admin = new Kafka({ brokers: [...settings.brokers], logLevel: 0 }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name, configNames: ['retention.ms'] }],
    });
    await admin.disconnect();
    expect(topics[0]?.partitions).toHaveLength(6);
    expect(resources[0]?.configEntries[0]?.configValue).toBe('60000');
  });
});
