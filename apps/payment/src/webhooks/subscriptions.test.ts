import { createPublicKey, verify } from 'node:crypto';
import { eventually } from '@nx/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { now, type Shop } from '../testing/payment-world.fixture';
import { expectedSignature, type ReceivedWebhook } from '../testing/subscriber.fixture';
import { SOLD, WebhookWorld } from './webhook-world.fixture';

let webhooks: WebhookWorld;
beforeAll(async () => {
  webhooks = await WebhookWorld.start();
});
afterAll(() => webhooks.stop());

const headersOf = (call: ReceivedWebhook): Record<string, string> =>
  Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name, String(value)]));

/** As RFC 8032 and the published form of the key say, without our own code. */
const verifiesV1a = (publicKey: string, call: ReceivedWebhook): boolean[] => {
  const raw = Buffer.from(publicKey.replace('whpk_', ''), 'base64');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headersOf(call);
  return (signatures ?? '').split(' ').map((text) => {
    expect(text.startsWith('v1a,')).toBe(true);
    return verify(null, Buffer.from(`${id}.${at}.${call.raw}`), key, Buffer.from(text.slice(4), 'base64'));
  });
};

const only = { eventTypes: ['mq-pay:transaction.settled'] };
const rotate = async (shop: Shop, id: string, body: object = {}) => {
  const answer = await webhooks.payment.post(shop, `/webhook-configs/${id}/rotate-secret`, body);
  expect(answer.status).toBe(200);
  return answer.body;
};
const test = async (shop: Shop, id: string): Promise<string> => {
  const answer = await webhooks.payment.post(shop, `/webhook-configs/${id}/test`, {});
  expect(answer.status).toBe(202);
  return answer.body.deliveryId;
};

describe('Standard Webhooks', () => {
  it('v1 is verified by the official library, with both secrets during a rotation and one after it', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, { ...only, signingMethod: 'STANDARD_V1' });
    await webhooks.sell(shop);
    await webhooks.allEnded(config.id, 1);
    const [first] = server.received as [ReceivedWebhook];
    expect(new Webhook(config.secret ?? '').verify(first.raw, headersOf(first))).toMatchObject({ eventType: SOLD[2] });
    expect(first.headers['x-webhook-signature']).toBeUndefined();

    const rotated = await rotate(shop, config.id);
    expect(rotated.secret).not.toBe(config.secret);
    await test(shop, config.id);
    await webhooks.allEnded(config.id, 2);
    const during = server.received[1] as ReceivedWebhook;
    for (const { secret } of [config, rotated]) new Webhook(secret ?? '').verify(during.raw, headersOf(during));

    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    // Whoever did not hear the answer sends it again: the replaced secret signs on, and no older one.
    await rotate(shop, config.id, { secret });
    await rotate(shop, config.id, { secret });
    await test(shop, config.id);
    await webhooks.allEnded(config.id, 3);
    const twice = server.received[2] as ReceivedWebhook;
    for (const signs of [rotated.secret, secret]) new Webhook(signs).verify(twice.raw, headersOf(twice));
    expect(() => new Webhook(config.secret ?? '').verify(twice.raw, headersOf(twice))).toThrow();

    const last = await rotate(shop, config.id, { overlapMs: 0, secret });
    await test(shop, config.id);
    await webhooks.allEnded(config.id, 4);
    const after = server.received[3] as ReceivedWebhook;
    new Webhook(last.secret).verify(after.raw, headersOf(after));
    for (const { secret } of [config, rotated])
      expect(() => new Webhook(secret ?? '').verify(after.raw, headersOf(after))).toThrow();
  });

  it('v1a is verified with the public key alone; the private one never leaves', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, { ...only, signingMethod: 'STANDARD_V1A' });
    expect(config.secret).toBeUndefined();
    expect(config.publicKey).toMatch(/^whpk_/);
    const rotated = await rotate(shop, config.id);
    expect(rotated.secret).toBeUndefined();
    await test(shop, config.id);
    await webhooks.allEnded(config.id, 1);
    const [call] = server.received as [ReceivedWebhook];
    expect(verifiesV1a(rotated.publicKey, call)).toEqual([true, false]);
    expect(verifiesV1a(config.publicKey ?? '', call)).toEqual([false, true]);
    const stored = await webhooks.payment.sql('SELECT row_to_json(c)::text AS row FROM "WebhookConfig" c');
    expect(JSON.stringify(stored)).not.toContain('whsk_');
  });

  it.each([
    [{ signingMethod: 'STANDARD_V1', secret: 'a-secret-that-is-not-base64' }],
    [{ signingMethod: 'STANDARD_V1A', secret: 'a-secret-of-the-subscriber' }],
    [{ signingMethod: 'NONE', secret: 'a-secret-of-the-subscriber' }],
  ])('refuses %j at /secret', async (change) => {
    const shop = await webhooks.payment.shop(null);
    const body = { name: 'sale', url: 'https://sale.example.vn/hook', ...only, ...change };
    const answer = await webhooks.payment.post(shop, '/webhook-configs', body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/secret' }] } });
  });
});

describe('rotation of an HMAC secret', () => {
  it('signs with both, each in its own header, until the overlap ends', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, only);
    const rotated = await rotate(shop, config.id, { overlapMs: 60_000 });
    expect(new Date(rotated.previousSecretUntil).getTime() - now()).toBeGreaterThan(30_000);
    await test(shop, config.id);
    await webhooks.allEnded(config.id, 1);
    const [call] = server.received as [ReceivedWebhook];
    expect(call.headers['x-webhook-signature']).toBe(expectedSignature(rotated.secret, call));
    expect(call.headers['x-webhook-signature-previous']).toBe(expectedSignature(config.secret ?? '', call));
    await rotate(shop, config.id, { overlapMs: 0 });
    await test(shop, config.id);
    await webhooks.allEnded(config.id, 2);
    expect(server.received[1]?.headers['x-webhook-signature-previous']).toBeUndefined();
    const audit = await webhooks.payment.sql('SELECT after::text AS after FROM "AuditTrail" WHERE merchant_id = $1', [
      shop.merchantId,
    ]);
    for (const { secret } of [config, rotated]) expect(JSON.stringify(audit)).not.toContain(secret);
  });

  it('is refused where nothing is signed', async () => {
    const shop = await webhooks.payment.shop(null);
    const { config } = await webhooks.subscriber(shop, { ...only, signingMethod: 'NONE' });
    const answer = await webhooks.payment.post(shop, `/webhook-configs/${config.id}/rotate-secret`, {});
    expect(answer).toMatchObject({ status: 409, body: { code: 'payment.webhook_config.not_signed' } });
  });
});

describe('a test message', () => {
  it('goes out signed, numbered and with its tries on record', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, only);
    const deliveryId = await test(shop, config.id);
    await webhooks.allEnded(config.id, 1);
    const [call] = server.received as [ReceivedWebhook];
    expect(call.body).toMatchObject({ eventType: 'webhook.test', payload: { source: 'mq-pay', sequence: 1 } });
    const { body } = await webhooks.payment.get(shop, `/webhook-configs/${config.id}/deliveries`);
    expect(body.data).toMatchObject([{ id: deliveryId, status: 'DELIVERED', history: [{ statusCode: 200 }] }]);
    const audit = await webhooks.payment.sql('SELECT after FROM "AuditTrail" WHERE action = $1 AND entity_id = $2', [
      'webhook-config.test',
      config.id,
    ]);
    expect(audit).toEqual([{ after: { deliveryIds: [deliveryId] } }]);
  });

  it('is nothing that another merchant can send', async () => {
    const { config } = await webhooks.subscriber(await webhooks.payment.shop(null), only);
    const stranger = await webhooks.payment.shop(null);
    for (const path of ['test', 'rotate-secret', 'replay']) {
      const body = path === 'replay' ? { transactionId: 'x' } : {};
      const answer = await webhooks.payment.post(stranger, `/webhook-configs/${config.id}/${path}`, body);
      expect(answer.body.code).toBe('payment.webhook_config.not_found');
    }
  });
});

describe('replay', () => {
  const replay = (shop: Shop, id: string, body: object) =>
    webhooks.payment.post(shop, `/webhook-configs/${id}/replay`, body);

  it('of many sends those of this subscription again, and of no other', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop);
    const other = await webhooks.subscriber(shop);
    await webhooks.sell(shop);
    const own = await webhooks.allEnded(config.id, 3);
    const foreign = await webhooks.allEnded(other.config.id, 3);
    const deliveryIds = [own[0], own[2], foreign[0]].map((row) => String(row?.['id']));
    expect((await replay(shop, config.id, { deliveryIds })).body).toEqual({ replayed: 2 });
    await eventually(() => server.received.length === 5 || undefined);
    expect(server.received.map(({ body }) => body.payload.sequence).toSorted()).toEqual([1, 1, 2, 3, 3]);
    expect(other.server.received).toHaveLength(3);
  });

  it('of a transaction tells what is true of it now, with further numbers', async () => {
    const shop = await webhooks.payment.shop(null);
    const earlier = await webhooks.subscriber(shop);
    const { transactionId } = await webhooks.sell(shop);
    await webhooks.allEnded(earlier.config.id, 3);
    const { server, config } = await webhooks.subscriber(shop);
    expect((await replay(shop, config.id, { transactionId })).body).toEqual({ replayed: 3 });
    await webhooks.allEnded(config.id, 3);
    expect(server.received.map(({ body }) => body.eventType)).toEqual(SOLD);
    expect(server.received.map(({ body }) => body.payload.sequence)).toEqual([1, 2, 3]);
    expect(server.received.map(({ body }) => body.payload.attempt?.appliedAmount)).toEqual([60_000, 40_000, undefined]);
    expect(server.received[2]?.body.payload.transaction).toMatchObject({ id: transactionId, status: '304_SETTLED' });
    expect((await replay(shop, config.id, { transactionId: 'nobody' })).body.code).toBe(
      'payment.transaction.not_found',
    );
  });

  it.each([[{}], [{ deliveryIds: ['a'], transactionId: 'b' }], [{ deliveryIds: [] }]])('refuses %j', async (body) => {
    const shop = await webhooks.payment.shop(null);
    const { config } = await webhooks.subscriber(shop);
    expect(await replay(shop, config.id, body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/deliveryIds' }] },
    });
  });
});

describe('a subscriber that is back from an outage', () => {
  it('gets what died of it, by itself and once; what it refused stays dead', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, { metadata: { maxRetries: 0, timeoutMs: 1000 } });
    server.answer = ({ body }) => ({ status: body.payload.sequence === 1 ? 400 : 200 });
    await webhooks.sell(shop);
    await webhooks.allEnded(config.id, 3);
    server.answer = () => ({ status: 503 });
    await webhooks.sell(shop);
    await webhooks.sell(shop);
    const view = () => webhooks.payment.get(shop, `/webhook-configs/${config.id}`);
    await eventually(async () => (await view()).body.failingSince !== null || undefined);
    const accepted: unknown[] = [];
    server.answer = ({ headers }) => {
      accepted.push(headers['webhook-id']);
      return { status: 200 };
    };
    const rows = await eventually(
      async () => {
        const all = await webhooks.deliveries(config.id);
        const delivered = all.filter(({ status }) => status === 'DELIVERED').length;
        return all.length === 9 && delivered === 8 ? all : undefined;
      },
      { timeoutMs: 25_000 },
    );
    expect(rows.filter(({ status }) => status === 'DEAD')).toMatchObject([
      { last_error: 'status 400', death: 'FINAL' },
    ]);
    expect((await view()).body.failingSince).toBeNull();
    expect(accepted).toHaveLength(6);
    expect(new Set(accepted).size).toBe(6);
  });

  it('is not sent for ever what it can never take', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await webhooks.subscriber(shop, { metadata: { maxRetries: 0, timeoutMs: 1000 } });
    await webhooks.sell(shop);
    await webhooks.allEnded(config.id, 3);
    const poison = server.received[0]?.headers['webhook-id'];
    server.answer = ({ headers }) => ({ status: headers['webhook-id'] === poison ? 500 : 200 });
    await webhooks.payment.post(shop, `/webhook-configs/${config.id}/replay`, {
      deliveryIds: [(await webhooks.deliveries(config.id))[0]?.['id']],
    });
    const tries = () => server.received.filter(({ headers }) => headers['webhook-id'] === poison).length;
    // Its first delivery, the replay, and three revivals by the successes in between.
    for (let count = 1; count <= 5; count += 1) {
      await eventually(async () => {
        const [row] = await webhooks.deliveries(config.id);
        return (row?.['status'] === 'DEAD' && tries() === Math.min(count + 1, 5)) || undefined;
      });
      const delivered = server.received.length;
      await test(shop, config.id);
      await eventually(() =>
        server.received.some((call, at) => at >= delivered && call.body.eventType === 'webhook.test'),
      );
    }
    await webhooks.allEnded(config.id, 8);
    expect(tries()).toBe(5);
  });
});
