import { eventually } from '@nx/testing';
import { Kafka } from 'kafkajs';
import { expect, it } from 'vitest';
import { makeTopics, silent, testSettings } from './kafka.fixture';
import { areSilent } from './topic-silence';

it('topics are silent where none of them got a record since then', async () => {
  const config = await testSettings();
  const names = ['a', 'b'].map((name) => `${config.topicPrefix}.${name}`);
  const [a = '', b = ''] = names;
  const ask = (topics: readonly string[], sinceMs: number): Promise<boolean | undefined> =>
    areSilent({ config, clientId: 'TEST', topics, sinceMs, logger: silent });
  expect(await ask(names, 0)).toBeUndefined();
  await makeTopics(config, 'a', 'b');
  // New partitions have no leader yet for a moment.
  await eventually(async () => (await ask(names, 0)) === true);
  const producer = new Kafka({ brokers: [...config.brokers] }).producer();
  await producer.connect();
  await producer.send({ topic: b, messages: [{ value: '{}', timestamp: '1700000000000', partition: 1 }] });
  await producer.disconnect();
  expect(await ask(names, 1_700_000_000_000)).toBe(false);
  expect(await ask(names, 1_700_000_000_001)).toBe(true);
  expect(await ask([a, `${a}.none`], 1_700_000_000_000)).toBe(true);
});
