import { TOPICS } from '@nx/contracts';
import { ensureTopics, KafkaProducer } from '@nx/messaging';
import { HealthRegistry, Logger, Metrics } from '@nx/observability';
import { eventually, openWire, privateKafka, type PrivateKafka, type Wire } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World, type Instance } from '../signal.fixture';
import type { NotificationView } from './notification.view';

const MECHANISMS = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'] as const;
const CREATED = 'observation/signal/notification/created';

let world: World;
let kafka: PrivateKafka;
let wire: Wire;

beforeAll(async () => {
  [world, kafka] = await Promise.all([World.start(), privateKafka()]);
  wire = await openWire(kafka.broker, { kafka: true, state: 'cut' });
}, 120_000);

afterAll(async () => {
  wire.mend();
  await world.stop();
  await wire.close();
  await kafka.stop();
});

const login = (mechanism: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  APP_ENV_KAFKA_BROKERS: kafka.broker,
  APP_ENV_KAFKA_SASL_MECHANISM: mechanism,
  APP_ENV_KAFKA_SASL_USERNAME: kafka.username,
  APP_ENV_KAFKA_SASL_PASSWORD: kafka.password,
  ...more,
});

/** A producer under these settings, and what it logs. */
function producer(environment: Readonly<Record<string, string>>): { producer: KafkaProducer; log: string[] } {
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const logger = Logger.create({ service: 'test', mode: 'test', level: 'warn', destination });
  const config = world.config(environment).kafka;
  const metrics = new Metrics({ processMetrics: false });
  return { producer: new KafkaProducer({ config, clientId: 'TEST', logger, metrics }), log };
}

const say = async (mechanism: string, eventId: string, user = 'u-1'): Promise<void> => {
  const { producer: sender } = producer(login(mechanism));
  const value = { eventId, eventType: 'PAYMENT_SUCCESS', recipientScope: 'users', recipientIds: [user], data: {} };
  await sender.send([{ topic: TOPICS.activityNotification, key: 'm-1', value }]);
  await sender.close();
};

const health = async ({ app }: Instance): Promise<Record<string, { ok: boolean; detail?: string }>> =>
  Object.fromEntries((await app.get(HealthRegistry).ready()).indicators.map((each) => [each.name, each]));

const probe = async (instance: Instance, path: string): Promise<number> =>
  (await fetch(`${instance.http}/v1/api/signal/health/${path}`)).status;

describe('brokers that ask for a login', () => {
  it('may be away when signal starts: it lives, serves sockets and is ready when they have come', async () => {
    const silent = Logger.create({ service: 'test', mode: 'test', level: 'silent' });
    const topics = [{ topic: TOPICS.activityNotification, partitions: 3, replication: 1 }];
    await ensureTopics(world.config(login('SCRAM-SHA-256')).kafka, topics, silent);
    const environment = login('SCRAM-SHA-512', { APP_ENV_KAFKA_BROKERS: wire.through });
    const instance = await world.instance(environment, { ready: false });
    expect([await probe(instance, 'live'), await probe(instance, 'ready')]).toEqual([200, 503]);
    const client = await ForeignClient.connect(instance.stream, await world.token('u-1'));
    await eventually(async () => (await health(instance))['kafka']?.detail?.includes('brokers cannot be used'));
    wire.mend();
    await eventually(async () => (await probe(instance, 'ready')) === 200, { timeoutMs: 40_000 });

    for (const mechanism of MECHANISMS) await say(mechanism, `by-${mechanism}`);
    await client.until(() => client.pushes.length === MECHANISMS.length);

    wire.cut();
    await say('PLAIN', 'while-away');
    wire.mend();
    await client.until(() => client.pushes.length === MECHANISMS.length + 1);
    expect(client.topics()).toEqual(Array.from({ length: 4 }, () => CREATED));
    const sequences = client.pushes.map(
      ({ data }) => (data as { notification: NotificationView }).notification.sequence,
    );
    expect(sequences).toEqual([1, 2, 3, 4]);
    expect(client.isClosed).toBe(false);
    await client.close();
    await instance.stop();
  }, 90_000);

  it.each(MECHANISMS)('refuse a wrong password by %s: who is told why, and what to look at', async (mechanism) => {
    const wrong = login(mechanism, { APP_ENV_KAFKA_SASL_PASSWORD: 'not-this-one' });
    const { producer: refused, log } = producer(wrong);
    refused.start();
    await eventually(() => log.some((line) => line.includes('kafka producer cannot connect')));
    const told = log.find((line) => line.includes('kafka producer cannot connect'));
    expect(told).toContain(`the brokers refuse the login of seller by ${mechanism}`);
    expect(told).toContain(
      'check APP_ENV_KAFKA_SASL_MECHANISM, APP_ENV_KAFKA_SASL_USERNAME and APP_ENV_KAFKA_SASL_PASSWORD',
    );
    expect(log.join('\n')).not.toContain('not-this-one');
    await expect(refused.send([{ topic: 'any', key: null, value: {} }])).rejects.toThrow();
    await refused.close();
  });

  it.each(MECHANISMS)(
    'leave signal alive and not ready under a wrong password by %s, and it says why',
    async (mechanism) => {
      const wrong = login(mechanism, { APP_ENV_KAFKA_SASL_PASSWORD: 'not-this-one' });
      const instance = await world.instance(wrong, { ready: false });
      const sentence = `the brokers refuse the login of seller by ${mechanism}`;
      await eventually(async () => {
        const indicators = await health(instance);
        return ['kafka', 'kafka-consumer'].every((name) => indicators[name]?.detail?.includes(sentence));
      });
      expect([await probe(instance, 'live'), await probe(instance, 'ready')]).toEqual([200, 503]);
      const client = await ForeignClient.connect(instance.stream, await world.token('u-2'));
      await client.close();
      await instance.stop();
    },
  );

  it.each(MECHANISMS)('give signal records over %s, which it stores and pushes', async (mechanism) => {
    const instance = await world.instance(login(mechanism));
    const user = `by-${mechanism}`;
    const client = await ForeignClient.connect(instance.stream, await world.token(user));
    await say(mechanism, `over-${mechanism}`, user);
    const told = (await client.push(CREATED)) as { notification: NotificationView; unread: number };
    expect([told.notification.sequence, told.notification.type, told.unread]).toEqual([1, 'PAYMENT_SUCCESS', 1]);
    await client.close();
    await instance.stop();
  });
});
