import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { now, type Answer, type PaymentWorld, type Shop } from '../testing/payment-world.fixture';
import { expectedSignature, type ReceivedWebhook } from '../testing/subscriber.fixture';
import type { DeliveryView } from './webhook-config.dto';
import { SOLD, WebhookWorld } from './webhook-world.fixture';

let webhooks: WebhookWorld;
let world: PaymentWorld;
beforeAll(async () => {
  webhooks = await WebhookWorld.start();
  world = webhooks.payment;
});
afterAll(() => webhooks.stop());

const subscriberOf = (shop: Shop, change: object = {}) => webhooks.subscriber(shop, change);
const sell = (shop: Shop) => webhooks.sell(shop);
const deliveriesOf = (configId: string) => webhooks.deliveries(configId);
const allEnded = (configId: string, count: number) => webhooks.allEnded(configId, count);

const signed = (secret: string, call: ReceivedWebhook): void => {
  expect(call.headers['x-webhook-signature']).toBe(expectedSignature(secret, call));
  expect(Math.abs(Number(call.headers['x-webhook-timestamp']) - now())).toBeLessThan(60_000);
};

describe('webhooks', () => {
  it('come signed, in order and numbered without a gap, with what sale validates', async () => {
    const shop = await world.shop(null);
    const { server, config } = await subscriberOf(shop, { headers: { 'x-shop': 'eins' } });
    const other = await subscriberOf(shop, {
      eventTypes: ['mq-pay:transaction.settled'],
      secret: 'a-secret-of-the-subscriber',
    });
    const { transactionId } = await sell(shop);
    await allEnded(config.id, 3);
    expect(server.received.map(({ body }) => body.eventType)).toEqual(SOLD);
    expect(server.received.map(({ headers }) => headers['x-webhook-sequence'])).toEqual(['1', '2', '3']);
    for (const call of server.received) {
      signed(config.secret ?? '', call);
      expect(call.headers).toMatchObject({
        'content-type': 'application/json',
        'x-shop': 'eins',
        'x-webhook-event-type': call.body.eventType,
      });
      expect(call.body).toMatchObject({
        timestamp: expect.any(Number),
        payload: {
          timestamp: expect.stringMatching(/Z$/),
          source: 'mq-pay',
          sequence: Number(call.headers['x-webhook-sequence']),
          transaction: { id: transactionId, total: 100_000, sourceType: 'SaleOrder', metadata: {} },
          attempt: { paymentProvider: 'SYSTEM', metadata: { source: { type: 'SaleOrder', uid: 'SO-1' } } },
        },
      });
    }
    expect(server.received[0]?.body.payload).toMatchObject({
      attempt: { appliedAmount: 60_000, suspenseAmount: 0 },
      transaction: { paid: 60_000, status: '300_PARTIAL' },
    });
    await allEnded(other.config.id, 1);
    expect(other.server.received).toHaveLength(1);
    expect(other.server.received[0]?.headers['x-webhook-sequence']).toBe('1');
    signed('a-secret-of-the-subscriber', other.server.received[0] as ReceivedWebhook);
  });

  it('are tried again after growing pauses, fresh in time and signature, and nothing overtakes', async () => {
    const shop = await world.shop(null);
    const { server, config } = await subscriberOf(shop);
    server.answer = () => (server.received.length <= 3 ? { status: 503, body: 'x'.repeat(5000) } : { status: 204 });
    await sell(shop);
    const rows = await allEnded(config.id, 3);
    expect(rows.map((row) => [row['status'], row['tries']])).toEqual([
      ['DELIVERED', 4],
      ['DELIVERED', 1],
      ['DELIVERED', 1],
    ]);
    expect(server.received.map(({ body }) => body.payload.sequence)).toEqual([1, 1, 1, 1, 2, 3]);
    const tries = server.received.slice(0, 4);
    expect(new Set(tries.map(({ raw }) => raw)).size).toBe(1);
    expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(tries.map(({ headers }) => headers['x-webhook-timestamp'])).size).toBe(4);
    for (const call of tries) signed(config.secret ?? '', call);
    const page = await world.get<{ data: DeliveryView[] }>(shop, `/webhook-configs/${config.id}/deliveries?limit=200`);
    const first = page.body.data.find(({ sequence }) => sequence === 1);
    expect(first?.history.map((entry) => [entry.number, entry.statusCode])).toEqual([
      [1, 503],
      [2, 503],
      [3, 503],
      [4, 204],
    ]);
    expect(first?.history[0]?.response).toHaveLength(1024);
  });

  it('die after the last try without holding back the next; replay and recover send them again', async () => {
    const shop = await world.shop(null);
    const { server, config } = await subscriberOf(shop, { metadata: { maxRetries: 1, timeoutMs: 1000 } });
    const before = new Date(now() - 1000).toISOString();
    server.answer = ({ body }) => ({ status: body.payload.sequence === 2 ? 200 : 400 });
    await sell(shop);
    const rows = await allEnded(config.id, 3);
    expect(rows.map((row) => [row['status'], row['tries'], row['last_error']])).toEqual([
      ['DEAD', 2, 'status 400'],
      ['DELIVERED', 1, null],
      ['DEAD', 2, 'status 400'],
    ]);
    server.answer = () => ({ status: 200 });
    const one = await world.post(shop, `/webhook-deliveries/${String(rows[0]?.['id'])}/replay`, {});
    expect(one.body).toEqual({ replayed: 1 });
    await eventually(async () => (await deliveriesOf(config.id))[0]?.['status'] === 'DELIVERED');
    const recovered = await world.post(shop, `/webhook-configs/${config.id}/recover`, { since: before });
    expect(recovered.body).toEqual({ replayed: 1 });
    const ended = await eventually(async () => {
      const all = await deliveriesOf(config.id);
      return all.every((row) => row['status'] === 'DELIVERED') && all;
    });
    expect(ended).toHaveLength(3);
    const [first, last] = [server.received[0], server.received.at(-1)];
    expect(server.received.filter(({ body }) => body.payload.sequence === 1).at(-1)?.raw).toBe(first?.raw);
    expect(last?.body.payload.sequence).toBe(3);
    const audit = await world.sql(
      'SELECT action FROM "AuditTrail" WHERE merchant_id = $1 AND action LIKE $2 ORDER BY created_at',
      [shop.merchantId, '%re%o%e%'],
    );
    expect(audit.map((row) => row['action'])).toEqual(expect.arrayContaining(['webhook-config.recover']));
  });

  it('wait without a try while a subscriber that keeps failing is not called', async () => {
    const shop = await world.shop(null);
    const { server, config } = await subscriberOf(shop, { metadata: { maxRetries: 0 } });
    server.answer = () => ({ status: 500 });
    await sell(shop);
    await allEnded(config.id, 3);
    await sell(shop);
    const rows = await eventually(async () => {
      const all = await deliveriesOf(config.id);
      const dead = all.filter((row) => row['status'] === 'DEAD').length;
      return all.length === 6 && dead === 5 ? all : undefined;
    });
    const waiting = await eventually(async () => {
      const [row] = await world.sql(
        `SELECT tries, next_try_at > modified_at + interval '900 ms' AS later,
           (SELECT count(*)::int FROM "WebhookTry" t WHERE t.delivery_id = d.id) AS stored
         FROM "WebhookDelivery" d WHERE webhook_config_id = $1 AND status = 'PENDING'`,
        [config.id],
      );
      return row?.['later'] === true ? row : undefined;
    });
    expect(rows).toHaveLength(6);
    expect(waiting).toMatchObject({ tries: 0, stored: 0 });
    expect(server.received).toHaveLength(5);
  });

  it('wait as long as a 429 asks for', async () => {
    const shop = await world.shop(null);
    const { server, config } = await subscriberOf(shop, { eventTypes: ['mq-pay:transaction.settled'] });
    server.answer = () =>
      server.received.length === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 };
    await sell(shop);
    await allEnded(config.id, 1);
    const [refused, accepted] = server.received;
    expect((accepted?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(950);
  });

  it('end with 410: the subscription is switched off and what waits goes to the dead letters', async () => {
    const shop = await world.shop(null);
    const { server, config } = await subscriberOf(shop);
    // The answer comes when all three are written, so that two are left waiting.
    server.answer = async () => {
      await eventually(async () => (await deliveriesOf(config.id)).length === 3);
      return { status: 410 };
    };
    await sell(shop);
    const rows = await allEnded(config.id, 3);
    expect(rows.every((row) => row['status'] === 'DEAD')).toBe(true);
    expect((await world.get(shop, `/webhook-configs/${config.id}`)).body.status).toBe('401_DEACTIVATED');
    expect(server.received.length).toBe(1);
    const id = String(rows[0]?.['id']);
    expect((await world.post(shop, `/webhook-deliveries/${id}/replay`, {})).body.code).toBe(
      'payment.webhook_config.switched_off',
    );
    await world.patch(shop, `/webhook-configs/${config.id}`, { status: '201_ACTIVATED' });
    server.answer = () => ({ status: 200 });
    await world.post(shop, `/webhook-configs/${config.id}/recover`, { since: new Date(0).toISOString() });
    await eventually(async () => (await deliveriesOf(config.id)).every((row) => row['status'] === 'DELIVERED'));
  });

  it('of a subscriber that hangs do not hold up the others', async () => {
    const shop = await world.shop(null);
    const slow = await subscriberOf(shop, { metadata: { timeoutMs: 1000, maxRetries: 0 } });
    const quick = await subscriberOf(shop);
    slow.server.answer = () => new Promise(() => undefined);
    const started = performance.now();
    await sell(shop);
    await allEnded(quick.config.id, 3);
    expect(performance.now() - started).toBeLessThan(3000);
    const rows = await allEnded(slow.config.id, 3);
    expect(rows.map((row) => row['status'])).toEqual(['DEAD', 'DEAD', 'DEAD']);
  });
});

describe('subscriptions', () => {
  const create = (shop: Shop, change: object): Promise<Answer> =>
    world.post(shop, '/webhook-configs', {
      name: 'sale',
      url: 'https://sale.example.vn/hook',
      eventTypes: ['mq-pay:transaction.settled'],
      ...change,
    });

  it('show their secret once, and keep it sealed', async () => {
    const shop = await world.shop(null);
    const created = await create(shop, { secret: 'plain-text-secret-1' });
    expect(created.body.secret).toBe('plain-text-secret-1');
    const { id } = created.body;
    const list = await world.get(shop, '/webhook-configs');
    expect(list.text + (await world.get(shop, `/webhook-configs/${id}`)).text).not.toContain('plain-text-secret-1');
    const rows = await world.sql(
      `SELECT row_to_json(c)::text AS row FROM "WebhookConfig" c UNION ALL SELECT row_to_json(a)::text FROM "AuditTrail" a`,
    );
    expect(JSON.stringify(rows)).not.toContain('plain-text-secret-1');
    expect((await world.remove(shop, `/webhook-configs/${id}`)).status).toBe(204);
    expect((await world.get(shop, `/webhook-configs/${id}`)).status).toBe(404);
    expect((await world.get(shop, `/webhook-configs/${id}/deliveries`)).status).toBe(404);
  });

  it.each([
    'http://sale.example.vn/hook',
    'https://10.0.0.1/hook',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/hook',
    'https://[::ffff:10.0.0.1]/hook',
    'https://0x0a000001/hook',
    'https://user:pass@sale.example.vn/hook',
    'ftp://sale.example.vn/hook',
    'nonsense',
  ])('refuse the address %s', async (url) => {
    const answer = await create(await world.shop(null), { url });
    if (url.startsWith('http://')) return expect([201, 422]).toContain(answer.status);
    return expect(answer).toMatchObject({
      status: 422,
      body: { code: 'payment.webhook_config.url_refused', errors: [{ pointer: '/url' }] },
    });
  });

  it.each([
    [{ name: '' }, '/name'],
    [{ name: 'x'.repeat(101) }, '/name'],
    [{ eventTypes: [] }, '/eventTypes'],
    [{ eventTypes: ['mq-pay:attempt.sent'] }, '/eventTypes'],
    [{ signingMethod: 'MD5' }, '/signingMethod'],
    [{ secret: 'short' }, '/secret'],
    [{ secret: null }, '/secret'],
    [{ headers: { 'X-Webhook-Signature': 'x' } }, '/headers/X-Webhook-Signature'],
    [{ headers: { Host: 'x' } }, '/headers/Host'],
    [{ headers: { 'a b': 'x' } }, '/headers/a b'],
    [{ headers: { a: 'line\nbreak' } }, '/headers/a'],
    [{ headers: null }, '/headers'],
    [{ metadata: { timeoutMs: 999 } }, '/metadata/timeoutMs'],
    [{ metadata: { timeoutMs: 300_001 } }, '/metadata/timeoutMs'],
    [{ metadata: { maxRetries: 11 } }, '/metadata/maxRetries'],
    [{ metadata: null }, '/metadata'],
    [{ unknown: 1 }, '/unknown'],
  ])('refuse %j at %s', async (change, pointer) => {
    const answer = await create(await world.shop(null), change);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ pointer }) => pointer)).toContain(pointer);
  });
});
