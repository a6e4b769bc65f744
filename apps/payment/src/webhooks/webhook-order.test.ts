import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '@nx/http';
import { Metrics } from '@nx/observability';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paymentService } from '../service';
import { now, unique, type PaymentWorld } from '../testing/payment-world.fixture';
import type { ReceivedWebhook } from '../testing/subscriber.fixture';
import { CLAIM_DELIVERY } from './delivery-claim';
import { WebhookWorld } from './webhook-world.fixture';

const LONG = process.env['TEST_LONG'] === '1';
const SALES = LONG ? 300 : 20;
const HOUR_MS = 3_600_000;
const EVENTS = 3;

let webhooks: WebhookWorld;
let world: PaymentWorld;
const others: NestFastifyApplication[] = [];
beforeAll(async () => {
  webhooks = await WebhookWorld.start();
  world = webhooks.payment;
  // Further instances of the service over the same servers: relays, sweepers and workers of their own.
  for (let count = 0; count < 2; count += 1) {
    const app = await createApp({ ...paymentService, config: world.config });
    others.push(await app.init());
  }
});
afterAll(async () => {
  for (const app of others) await app.close();
  await webhooks.stop();
});

/** Numbers by transaction in the order in which the subscriber said yes to them. */
const acceptedBy = (calls: readonly ReceivedWebhook[]): Map<string, number[]> => {
  const accepted = new Map<string, number[]>();
  for (const { body } of calls) {
    const { id } = body.payload.transaction;
    accepted.set(id, [...(accepted.get(id) ?? []), body.payload.sequence]);
  }
  return accepted;
};

/**
 * Leaves a delivery as a worker does that is killed between its claim and the answer, and whose clock was ahead: its lock
 * lasts no longer for that. False when there is none.
 */
const killWorker = async (configId: string): Promise<boolean> => {
  const [due] = await world.sql(
    `SELECT id FROM "WebhookDelivery" WHERE webhook_config_id = $1 AND status = 'PENDING' ORDER BY random() LIMIT 1`,
    [configId],
  );
  const claimed = await world.sql(CLAIM_DELIVERY, [due?.['id'] ?? '', new Date(now() + 2 * HOUR_MS), unique('try')]);
  if (claimed.length === 0) return false;
  await world.sql(
    `UPDATE "WebhookDelivery" SET locked_until = now() WHERE id = $1 AND locked_until < now() + interval '1 minute'`,
    [due?.['id']],
  );
  return true;
};

const triesOf = async (app: NestFastifyApplication): Promise<number> => {
  const counted = await app.get(Metrics).counter('payment_webhook_tries_total', '').get();
  return counted.values.reduce((sum, { value }) => sum + value, 0);
};

describe('the order of one transaction for one subscriber', () => {
  it('holds over several workers, retries and workers that are killed, without a gap in the numbers', async () => {
    const shop = await world.shop(null);
    const patient = { maxRetries: 10, timeoutMs: 5000 };
    const first = await webhooks.subscriber(shop, { metadata: patient });
    const second = await webhooks.subscriber(shop, { metadata: patient });
    const accepted: ReceivedWebhook[] = [];
    let asked = 0;
    // Two of five tries fail, now and then in a way that a breaker counts.
    first.server.answer = (call) => {
      asked += 1;
      if (asked % 5 === 1) return { status: 409 };
      if (asked % 5 === 3) return { status: asked % 15 === 3 ? 503 : 429, headers: { 'retry-after': '0' } };
      accepted.push(call);
      return { status: 200 };
    };
    let killed = 0;
    for (let sale = 0; sale < SALES; sale += 5) {
      await Promise.all(Array.from({ length: 5 }, () => webhooks.sell(shop)));
      if (await killWorker(first.config.id)) killed += 1;
    }
    const rows = await eventually(
      async () => {
        if (killed < 3 && (await killWorker(first.config.id))) killed += 1;
        const all = await webhooks.deliveries(first.config.id);
        const ended = all.filter(({ status }) => status === 'DELIVERED').length;
        return all.length === SALES * EVENTS && ended === all.length ? all : undefined;
      },
      { timeoutMs: LONG ? 600_000 : 60_000 },
    );
    await webhooks.allEnded(second.config.id, SALES * EVENTS);

    expect(new Set(rows.map((row) => row['id'])).size).toBe(SALES * EVENTS);
    for (const [calls, what] of [[accepted, 'accepted'] as const, [second.server.received, 'received'] as const]) {
      const orders = [...acceptedBy(calls).values()];
      expect([what, orders.length]).toEqual([what, SALES]);
      for (const order of orders) expect(order).toEqual([1, 2, 3]);
    }
    expect(asked).toBeGreaterThan(SALES * EVENTS * 1.4);
    expect(killed).toBeGreaterThan(0);
    const lost = await world.sql('SELECT number FROM "WebhookTry" WHERE error LIKE $1', ['the worker ended%']);
    expect(lost).toHaveLength(killed);
    // Every number of a try is on record once: also of those that nobody lived to store.
    const [gaps] = await world.sql(
      `SELECT count(*)::int AS gaps FROM "WebhookDelivery" d WHERE tries <>
         (SELECT count(DISTINCT t.number) FROM "WebhookTry" t WHERE t.delivery_id = d.id)`,
    );
    expect(gaps).toEqual({ gaps: 0 });
    for (const app of [world.app, ...others]) expect(await triesOf(app)).toBeGreaterThan(0);
  });

  it('goes on behind a number that is dead, whoever works on it', async () => {
    const shop = await world.shop(null);
    const { server, config } = await webhooks.subscriber(shop, { metadata: { maxRetries: 1 } });
    const accepted: ReceivedWebhook[] = [];
    const dead = new Map<string, number>();
    server.answer = (call) => {
      const { sequence, transaction } = call.body.payload;
      // The first number of one transaction dies, the second of the next, and so on.
      const dying = dead.get(transaction.id) ?? (dead.size % EVENTS) + 1;
      dead.set(transaction.id, dying);
      if (sequence === dying) return { status: 400 };
      accepted.push(call);
      return { status: 200 };
    };
    await Promise.all(Array.from({ length: 6 }, () => webhooks.sell(shop)));
    const rows = await webhooks.allEnded(config.id, 6 * EVENTS);
    expect(rows.filter(({ status }) => status === 'DEAD')).toHaveLength(6);
    for (const order of acceptedBy(accepted).values()) {
      expect(order).toHaveLength(EVENTS - 1);
      expect(order).toEqual(order.toSorted((left, right) => left - right));
    }
  });
});
