import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HealthRegistry } from '@nx/observability';
import { createApp } from '@nx/http';
import { eventually } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentConfig } from '../payment.config';
import { paymentService } from '../service';
import { BASE, now, PaymentWorld } from '../testing/payment-world.fixture';
import { ipnBody } from '../testing/vnpay.fixture';

let world: PaymentWorld;
let edge: NestFastifyApplication;
let url = '';

/** The same deployment, as the edge of the callbacks under the role of its own. */
function edgeConfig(): PaymentConfig {
  const { postgres, server } = world.config;
  return Object.assign(new PaymentConfig(), world.config, {
    mode: 'api' as const,
    routes: { served: 'ipn' as const },
    server: { ...server, port: 0 },
    postgres: { ...postgres, url: world.database.urlFor('edge') },
  });
}

beforeAll(async () => {
  world = await PaymentWorld.start();
  const config = edgeConfig();
  edge = await createApp({ ...paymentService, config });
  await edge.init();
  await paymentService.beforeListen?.(edge);
  await edge.listen(0, '127.0.0.1');
  url = await edge.getUrl();
  await eventually(async () => (await edge.get(HealthRegistry).ready()).ok, { timeoutMs: 30_000 });
});
afterAll(async () => {
  await edge?.close();
  await world?.stop();
});

const send = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${url}${path}`, init);

describe('the edge of the callbacks', () => {
  it('stores what a provider says, and the workers apply it', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    const body = ipnBody(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    const notice = (): Promise<Response> =>
      send(`${BASE}/vnpay/qr-mms/ipn`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const first = (await (await notice()).json()) as { code: string };
    expect(first.code).toBe('00');
    await world.processed(shop);
    expect(((await (await notice()).json()) as { code: string }).code).toBe('03');
    expect(await world.transaction(shop, transaction.id)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
  });

  it('keeps a sample of what was forged', async () => {
    const shop = await world.shop();
    const { attempt } = await world.qr(shop);
    const stranger = { ...shop, secrets: { ...shop.secrets, callbackSecret: 'not-the-secret' } };
    const body = ipnBody(stranger, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    await send(`${BASE}/vnpay/qr-mms/ipn`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const rows = await world.sql('SELECT reason FROM "ForgedIpn" WHERE named_merchant = $1', [shop.merchantCode]);
    expect(rows).toEqual([{ reason: 'BAD_SIGNATURE' }]);
  });

  it('answers its probes', async () => {
    expect((await send(`${BASE}/healthz`)).status).toBe(200);
    expect(await (await send(`${BASE}/readyz`)).json()).toMatchObject({ ok: true });
  });

  it.each([
    ['POST', `${BASE}/payments/checkout`],
    ['GET', `${BASE}/transactions`],
    ['GET', `${BASE}/vnpay/gateway/return`],
    ['GET', `${BASE}/operations/freezes`],
    ['GET', '/internal/api/payment/operations/freezes'],
    ['GET', '/internal/api/queues'],
    ['GET', '/internal/api/rooms'],
  ])('does not know %s %s', async (method, path) => {
    expect((await send(path, { method })).status).toBe(404);
    const elsewhere = await fetch(`${world.url}${path}`, { method });
    expect(elsewhere.status).not.toBe(404);
  });
});

describe('its role', () => {
  const refused = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: world.database.urlFor('edge') });
    await client.connect();
    try {
      await expect(client.query(sql)).rejects.toThrow('permission denied');
    } finally {
      await client.end();
    }
  };

  it.each([
    `UPDATE mq_pay."IpnInbox" SET answer = 'APPLIED'`,
    'DELETE FROM mq_pay."IpnInbox"',
    `UPDATE mq_pay."PaymentAttempt" SET status = '302_SUCCESS'`,
    'SELECT metadata FROM mq_pay."PaymentAttempt"',
    'SELECT 1 FROM mq_pay."Transaction"',
    'SELECT 1 FROM mq_pay."LedgerEntry"',
    'SELECT 1 FROM payment."WebhookConfig"',
    'UPDATE payment."Configuration" SET status = status',
    'INSERT INTO mq_pay."Outbox" DEFAULT VALUES',
    'SELECT 1 FROM platform."WorkerLease"',
  ])('may not %s', (sql) => refused(sql));
});
