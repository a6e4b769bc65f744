import { Metrics } from '@nx/observability';
import { eventually } from '@nx/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { now, type Shop } from '../testing/payment-world.fixture';
import type { ReceivedWebhook } from '../testing/subscriber.fixture';
import { WebhookWorld } from './webhook-world.fixture';

const HOUR_MS = 3_600_000;

let webhooks: WebhookWorld;
beforeAll(async () => {
  webhooks = await WebhookWorld.start();
});
afterAll(async () => {
  await webhooks.stop();
  vi.useRealTimers();
});

const sql = (text: string, values: unknown[] = []) => webhooks.payment.sql(text, values);
const settled = { eventTypes: ['mq-pay:transaction.settled'] };
const testMessage = async (shop: Shop, id: string): Promise<string> =>
  (await webhooks.payment.post(shop, `/webhook-configs/${id}/test`, {})).body.deliveryId;
const failing = async (): Promise<number> => {
  const text = await webhooks.payment.app.get(Metrics).render();
  return Number(/^payment_webhook_subscribers_failing(?:\{[^ ]*\})? (\d+)$/m.exec(text)?.[1]);
};

describe('a subscriber that keeps failing', () => {
  it('is reported, and others do not notice', async () => {
    const shop = await webhooks.payment.shop(null);
    const broken = await webhooks.subscriber(shop, { metadata: { maxRetries: 0 } });
    const well = await webhooks.subscriber(shop);
    const before = await failing();
    broken.server.answer = () => ({ status: 500 });
    for (let count = 0; count < 4; count += 1) await webhooks.sell(shop);
    // Twelve events each: five calls open the breaker of the one, the other gets all of his.
    await webhooks.allEnded(well.config.id, 12);
    expect(well.server.received).toHaveLength(12);
    await eventually(async () => (await failing()) === before + 1 || undefined);
    const waiting = await sql(
      `SELECT tries FROM "WebhookDelivery" WHERE webhook_config_id = $1 AND status = 'PENDING'`,
      [broken.config.id],
    );
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.every(({ tries }) => tries === 0)).toBe(true);
    broken.server.answer = () => ({ status: 200 });
    const rows = await eventually(
      async () => {
        const all = await webhooks.deliveries(broken.config.id);
        return all.every(({ status }) => status === 'DELIVERED') ? all : undefined;
      },
      { timeoutMs: 25_000 },
    );
    expect(rows).toHaveLength(12);
    await eventually(async () => (await failing()) === before || undefined);
  });

  it('gets, when it is back, what died within 72 hours, in sequence, and nothing older', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, { metadata: { maxRetries: 0 } });
    await webhooks.sell(shop);
    await webhooks.sell(shop);
    const rows = await webhooks.allEnded(config.id, 6);
    // As an outage of four days leaves them: all dead of it, one a minute inside the limit, one a minute outside.
    await sql(
      `UPDATE "WebhookDelivery" SET status = 'DEAD', death = 'TRANSIENT', delivered_at = NULL, tries = 1 WHERE webhook_config_id = $1`,
      [config.id],
    );
    const aged = (id: unknown, minutes: number) =>
      sql(
        `UPDATE "WebhookDelivery" SET created_at = now() - interval '72 hours' + $2 * interval '1 minute' WHERE id = $1`,
        [id, minutes],
      );
    await aged(rows[0]?.['id'], -1);
    await aged(rows[1]?.['id'], 1);
    await sql(`UPDATE "WebhookConfig" SET failing_since = now() - interval '4 days' WHERE id = $1`, [config.id]);
    server.received.length = 0;
    await testMessage(shop, config.id);
    const ended = await eventually(async () => {
      const all = await webhooks.deliveries(config.id);
      return all.filter(({ status }) => status === 'DELIVERED').length === 6 ? all : undefined;
    });
    expect(ended.filter(({ status }) => status === 'DEAD').map(({ id }) => id)).toEqual([rows[0]?.['id']]);
    const sequences = new Map<string, number[]>();
    for (const { body } of server.received.filter((call) => call.body.eventType !== 'webhook.test')) {
      const { id } = body.payload.transaction;
      sequences.set(id, [...(sequences.get(id) ?? []), body.payload.sequence]);
    }
    expect([...sequences.values()].map((order) => order.join()).toSorted()).toEqual(['1,2,3', '2,3']);
  });
});

describe('a 429', () => {
  it('with a date is waited for, and takes a try', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, settled);
    let allowedAt = 0;
    server.answer = () => {
      if (allowedAt > 0) return { status: now() >= allowedAt ? 200 : 500 };
      // HTTP dates have whole seconds.
      allowedAt = Math.ceil(now() / 1000) * 1000 + 1000;
      return { status: 429, headers: { 'retry-after': new Date(allowedAt).toUTCString() } };
    };
    await testMessage(shop, config.id);
    const [row] = await webhooks.allEnded(config.id, 1);
    expect(row).toMatchObject({ status: 'DELIVERED', tries: 2 });
    expect(server.received).toHaveLength(2);
  });
});

describe('each try', () => {
  it('that is answered with success is stored with its status and the start of the answer, and ends the delivery', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, settled);
    server.answer = () => ({ status: 202, body: 'ề'.repeat(2000) });
    const id = await testMessage(shop, config.id);
    await webhooks.allEnded(config.id, 1);
    const ended = await sql(
      `SELECT d.status, d.tries, d.delivered_at = d.modified_at AS dated, d.next_try_at, d.locked_until, t.number,
         t.status_code, octet_length(t.response_excerpt) AS bytes, t.started_at <= t.created_at AS begun
       FROM "WebhookDelivery" d JOIN "WebhookTry" t ON t.delivery_id = d.id WHERE d.id = $1`,
      [id],
    );
    expect(ended).toEqual([
      {
        ...{ status: 'DELIVERED', tries: 1, dated: true, next_try_at: null, locked_until: null },
        ...{ number: 1, status_code: 202, bytes: 1023, begun: true },
      },
    ]);
  });

  it('is stored with status, duration and at most 1 KiB of the answer, or with why there was none', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, {
      ...settled,
      metadata: { maxRetries: 2, timeoutMs: 1000 },
    });
    server.answer = () => {
      if (server.received.length === 1) return new Promise(() => undefined);
      return { status: server.received.length === 2 ? 502 : 400, body: 'ề'.repeat(2000) };
    };
    const id = await testMessage(shop, config.id);
    await webhooks.allEnded(config.id, 1);
    const tries = await sql(
      `SELECT number, status_code, error, duration_ms, octet_length(response_excerpt) AS bytes, length(response_excerpt) AS letters
       FROM "WebhookTry" WHERE delivery_id = $1 ORDER BY number`,
      [id],
    );
    expect(tries).toEqual([
      {
        number: 1,
        status_code: null,
        error: expect.stringContaining('no answer in time'),
        duration_ms: expect.any(Number),
        bytes: null,
        letters: null,
      },
      { number: 2, status_code: 502, error: null, duration_ms: expect.any(Number), bytes: 1023, letters: 341 },
      { number: 3, status_code: 400, error: null, duration_ms: expect.any(Number), bytes: 1023, letters: 341 },
    ]);
    expect(tries[0]?.['duration_ms']).toBeGreaterThanOrEqual(1000);
  });
});

describe('rotation', () => {
  it('twice within the overlap drops the oldest secret at once: two sign, never three', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, { ...settled, signingMethod: 'STANDARD_V1' });
    const secrets: string[] = [config.secret ?? ''];
    for (let count = 0; count < 2; count += 1) {
      const path = `/webhook-configs/${config.id}/rotate-secret`;
      secrets.push((await webhooks.payment.post(shop, path, { overlapMs: 600_000 })).body.secret);
    }
    await testMessage(shop, config.id);
    await webhooks.allEnded(config.id, 1);
    const { raw, headers } = server.received[0] as ReceivedWebhook;
    expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2);
    const verified = secrets.map((secret) => {
      try {
        new Webhook(secret).verify(raw, headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    });
    expect(verified).toEqual([false, true, true]);
  });
});

describe('a replay by transaction', () => {
  it('and the note of who asked for it are one change', async () => {
    const shop = await webhooks.payment.shop(null);
    const earlier = await webhooks.subscriber(shop);
    const { transactionId } = await webhooks.sell(shop);
    await webhooks.allEnded(earlier.config.id, 3);
    const { server, config } = await webhooks.subscriber(shop);
    const audited = () =>
      sql(
        `SELECT after->>'replayed' AS replayed FROM "AuditTrail" WHERE action = 'webhook-config.replay-transaction' AND entity_id = $1`,
        [config.id],
      );
    const replay = () => webhooks.payment.post(shop, `/webhook-configs/${config.id}/replay`, { transactionId });
    const refuse = async (table: string, when: string) => {
      await sql(
        `CREATE FUNCTION refuse_${table.toLowerCase()}() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'refused'; END $f$`,
      );
      await sql(
        `CREATE TRIGGER refused BEFORE INSERT ON "${table}" FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION refuse_${table.toLowerCase()}()`,
      );
    };
    // The third of three deliveries cannot be written; then the note itself cannot.
    await refuse('WebhookDelivery', `NEW.webhook_config_id = '${config.id}' AND NEW.sequence = 3`);
    expect((await replay()).status).toBe(500);
    await sql('DROP TRIGGER refused ON "WebhookDelivery"');
    await refuse('AuditTrail', `NEW.action = 'webhook-config.replay-transaction'`);
    expect((await replay()).status).toBe(500);
    expect([await webhooks.deliveries(config.id), await audited()]).toEqual([[], []]);
    await sql('DROP TRIGGER refused ON "AuditTrail"');
    expect((await replay()).body).toEqual({ replayed: 3 });
    await webhooks.allEnded(config.id, 3);
    expect(server.received.map(({ body }) => body.payload.sequence)).toEqual([1, 2, 3]);
    expect(await audited()).toEqual([{ replayed: '3' }]);
  });
});

describe('when Redis has lost all jobs', () => {
  it('a long queue behind one delivery keeps nobody else from being found', async () => {
    const shop = await webhooks.payment.shop(null);
    const stuck = await webhooks.subscriber(shop);
    const well = await webhooks.subscriber(shop);
    const insert = (configId: string, id: string, sequence: string, due: string, rows: number) =>
      sql(
        `INSERT INTO "WebhookDelivery" (id, webhook_config_id, event_id, event_type, merchant_id, transaction_id, sequence, body, status, next_try_at, created_at, modified_at)
         SELECT $2 || n, $1, $2 || n, 'x', $3, 't', ${sequence}, '{}', 'PENDING', now() + interval '${due}', now(), now() FROM generate_series(1, $4::int) n`,
        [configId, id, shop.merchantId, rows],
      );
    await insert(stuck.config.id, 'head', '1', '1 hour', 1);
    // More than a round takes up, and due for longer than the one of the other subscriber.
    await insert(stuck.config.id, 'tail', 'n + 1', '-1 hour', 600);
    await insert(well.config.id, 'other', '1', '-1 second', 1);
    await webhooks.allEnded(well.config.id, 1);
    expect(well.server.received).toHaveLength(1);
    expect(stuck.server.received).toHaveLength(0);
  });
});

// The last of all: a renewal in between gives the node id back, and for a moment nothing that needs an id is taken.
describe('a clock that is mended', () => {
  it('loses no try: it is stored also where there is no id to be had when the answer comes', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, settled);
    // A clock that is mended meanwhile: no ids until it has caught up or the process has another node id.
    const taken = () => ({ status: 200 });
    // Once: a call that came later would leave its clock to whatever runs next.
    server.answer = () => {
      server.answer = taken;
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - HOUR_MS });
      return taken();
    };
    try {
      await testMessage(shop, config.id);
      await webhooks.allEnded(config.id, 1);
    } finally {
      server.answer = taken;
      vi.useRealTimers();
    }
    expect(await webhooks.deliveries(config.id)).toMatchObject([{ status: 'DELIVERED', tries: 1 }]);
    expect(server.received).toHaveLength(1);
  });
});
