import { openWire, testInfra, eventually, type Wire } from '@nx/testing';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE, type PaymentWorld } from '../testing/payment-world.fixture';
import { SOLD, WebhookWorld } from './webhook-world.fixture';

let wire: Wire;
let webhooks: WebhookWorld;
let world: PaymentWorld;
let bus: Redis;
const pushed: { room: string; event: string }[] = [];

beforeAll(async () => {
  const infra = await testInfra();
  wire = await openWire(infra.kafkaBrokers[0] ?? '', { kafka: true });
  webhooks = await WebhookWorld.start({ extra: { APP_ENV_KAFKA_BROKERS: wire.through } });
  world = webhooks.payment;
  bus = new Redis(infra.redisUrl);
  bus.on('pmessage', (_pattern, channel: string, body: string) => {
    pushed.push({ room: channel.slice('ws:room:'.length), event: (JSON.parse(body) as { event: string }).event });
  });
  await bus.psubscribe('ws:room:*');
});
afterAll(async () => {
  bus.disconnect();
  await webhooks.stop();
  await wire.close();
});

const waitingForKafka = async (): Promise<number> => {
  const [row] = await world.sql<{ n: number }>(
    'SELECT count(*)::int AS n FROM "OutboxWaiting" WHERE route <> \'push\'',
  );
  return row?.n ?? -1;
};

/** Event ids of the topic by key, as a consumer that starts from the beginning sees them. */
async function published(
  topic: string,
  until: (byKey: Map<string, string[]>) => boolean,
): Promise<Map<string, string[]>> {
  const infra = await testInfra();
  const kafka = new Kafka({ clientId: 'test', brokers: [...infra.kafkaBrokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${world.config.kafka.topicPrefix}-reader` });
  const byKey = new Map<string, string[]>();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const key = message.key?.toString() ?? '';
      byKey.set(key, [...(byKey.get(key) ?? []), String(message.headers?.['x-event-id'])]);
      return Promise.resolve();
    },
  });
  try {
    await eventually(() => until(byKey), { timeoutMs: 30_000 });
  } finally {
    await consumer.disconnect();
  }
  return byKey;
}

describe('while Kafka is away', () => {
  it('webhooks are delivered and screens are pushed; afterwards the topic gets every event in order', async () => {
    const shop = await world.shop(null);
    const { server, config } = await webhooks.subscriber(shop);
    wire.cut();
    const sales = [await webhooks.sell(shop), await webhooks.sell(shop), await webhooks.sell(shop)];
    await webhooks.allEnded(config.id, 9);
    for (const { transactionId } of sales) {
      const own = server.received.filter(({ body }) => body.payload.transaction.id === transactionId);
      expect(own.map(({ body }) => body.eventType)).toEqual(SOLD);
      await eventually(() =>
        pushed.some(({ room, event }) => room.includes(transactionId) && event.includes('settled')),
      );
    }
    await eventually(async () => (await waitingForKafka()) > 0);
    await eventually(async () => (await world.call('GET', `${BASE}/readyz`)).status === 503);

    wire.mend();
    await eventually(async () => (await waitingForKafka()) === 0, { timeoutMs: 30_000 });
    await eventually(async () => (await world.call('GET', `${BASE}/readyz`)).status === 200, { timeoutMs: 60_000 });
    const later = await webhooks.sell(shop);
    const topic = `${world.config.kafka.topicPrefix}.payment.events`;
    const ids = [...sales, later].map(({ transactionId }) => transactionId);
    const expected = new Map<string, string[]>();
    for (const id of ids) {
      const rows = await world.sql<{ event_id: string }>(
        `SELECT event_id FROM "Outbox" WHERE aggregate_id = $1 AND 'payment.events' = ANY(routes)
         ORDER BY aggregate_version, position`,
        [id],
      );
      expected.set(
        id,
        rows.map((row) => row.event_id),
      );
      expect(rows.length).toBeGreaterThan(3);
    }
    const complete = (byKey: Map<string, string[]>): boolean =>
      ids.every((id) => new Set(byKey.get(id)).size === expected.get(id)?.length);
    const byKey = await published(topic, complete);
    for (const id of ids) expect([...new Set(byKey.get(id))]).toEqual(expected.get(id));
  }, 120_000);
});
