import { eventually, type Wire } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaymentWorld } from '../testing/payment-world.fixture';
import { SOLD, WebhookWorld } from './webhook-world.fixture';

/** A service whose way to PostgreSQL breaks where the test says. */
let webhooks: WebhookWorld;
let world: PaymentWorld;
let wire: Wire;
beforeAll(async () => {
  webhooks = await WebhookWorld.start({ wired: true });
  world = webhooks.payment;
  if (world.wire === undefined) throw new Error('the world has no wire');
  wire = world.wire;
});
afterAll(() => webhooks.stop());

const STEPS = [
  ['the deliveries of an event', { text: 'webhook-deliveries-write' }],
  ['what a try came to', { text: 'webhook-delivered' }],
  ['what was published', { text: 'SET published_at = clock_timestamp()', atCommit: true }],
] as const;

describe.each([
  ['does not get the end', 'before'],
  ['gets the end', 'after'],
] as const)('a server that %s of', (_how, when) => {
  it.each(STEPS)('%s: every event is delivered under one number, in order', async (_what, at) => {
    const shop = await world.shop(null);
    const { server, config } = await webhooks.subscriber(shop);
    const sprung = wire.trap({ ...at, when });
    await webhooks.sell(shop);
    await eventually(() => sprung() === 1);
    // A try whose end was not stored is taken up again when its lock has run out.
    await eventually(
      async () => {
        await world.sql(
          `UPDATE "WebhookDelivery" SET locked_until = now() WHERE locked_until > now() + interval '1 s'`,
        );
        const rows = await webhooks.deliveries(config.id);
        return rows.length === SOLD.length && rows.every(({ status }) => status === 'DELIVERED');
      },
      { timeoutMs: 45_000 },
    );
    const rows = await webhooks.deliveries(config.id);
    expect(rows.map(({ event_type: type, sequence }) => [type, Number(sequence)])).toEqual(
      SOLD.map((type, index) => [type, index + 1]),
    );
    const numbers = server.received.map(({ headers }) => Number(headers['x-webhook-sequence']));
    expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
    expect(new Set(numbers)).toEqual(new Set([1, 2, 3]));
    const ids = server.received.map(
      ({ headers }) => `${String(headers['x-webhook-sequence'])} ${String(headers['webhook-id'])}`,
    );
    expect(new Set(ids).size).toBe(3);
  });
});
