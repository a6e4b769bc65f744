import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { listen, openSandbox } from '../testing/harness';
import { SURFACE } from '../page/surface';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const ITEMS = [{ name: 'x', quantity: 1, unitPrice: 100 }];

describe('GET /truth', () => {
  it('says which services it could not ask', async () => {
    const harness = openSandbox({ SANDBOX_PAYMENT_URL: 'http://127.0.0.1:1' });
    open.push(harness);
    await harness.call('POST', '/sale/orders', { merchantId: 'm1', items: ITEMS });
    const { body } = await harness.call('GET', '/truth');
    expect(body).toMatchObject({
      clean: false,
      services: { payment: { answered: false }, invoice: { answered: false, url: null } },
    });
  });

  it('asks page by page for each merchant, with a token and the merchant in the header, and for attempts that a list leaves out', async () => {
    const harness = openSandbox();
    open.push(harness);
    const service = await listen(({ url }) => {
      if (url.startsWith('/v1/api/invoices')) return { status: 200, body: { data: [], nextCursor: null } };
      if (url.includes('cursor=two'))
        return {
          status: 200,
          body: { data: [{ id: 't2', paid: 0, status: '100_NEW', attempts: [] }], nextCursor: null },
        };
      if (url.includes('?limit='))
        return { status: 200, body: { data: [{ id: 't1', paid: 0, status: '100_NEW' }], nextCursor: 'two' } };
      return { status: 200, body: { id: 't1', paid: 0, status: '100_NEW', attempts: [] } };
    });
    open.push(service);
    await harness.call('PUT', '/settings', { paymentUrl: service.url, invoiceUrl: `${service.url}/v1/api` });
    await harness.call('POST', '/sale/orders', { merchantId: 'm1', items: ITEMS });
    const { body } = await harness.call('GET', '/truth');
    expect(body).toMatchObject({
      clean: true,
      services: { payment: { answered: true, rows: 2 }, invoice: { answered: true, rows: 0 } },
    });
    expect(service.received.map(({ url }) => url.replace(/\?.*cursor/, '?cursor')).sort()).toEqual([
      '/v1/api/invoices?limit=100',
      '/v1/api/payment/transactions/t1',
      '/v1/api/payment/transactions?cursor=two',
      '/v1/api/payment/transactions?limit=100',
    ]);
    const [first] = service.received;
    expect(first?.headers['x-merchant-id']).toBe('m1');
    const keys = (await harness.call('GET', '/jw-certs')).body as unknown as JSONWebKeySet;
    const token = String(first?.headers.authorization).replace('Bearer ', '');
    expect((await jwtVerify(token, createLocalJWKSet(keys))).payload).toMatchObject({
      merchantIds: 'm1',
      roles: [{ identifier: '900_admin' }],
    });
  });

  it('remembers over a restart what was charged, when it has a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'truth-'));
    const env = { SANDBOX_TRUTH_FILE: join(folder, 'truth.jsonl') };
    try {
      const first = openSandbox(env);
      open.push(first);
      await first.call('POST', '/vnpay/qr-mms/merchants', {
        merchantCode: 'mc',
        terminalId: 't',
        appId: 'a',
        secrets: 's',
      });
      const pay = { txnId: 'PRINTED1', withoutQr: true, merchantCode: 'mc', amount: 5000 };
      const paid = await first.call('POST', '/vnpay/qr-mms/buyers/pay', pay);
      const second = openSandbox(env);
      open.push(second);
      expect((await second.call('GET', '/vnpay/qr-mms/payments')).body['data']).toEqual([paid.body['payment']]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the page', () => {
  it('names every route that exists, and no other', async () => {
    const harness = openSandbox();
    open.push(harness);
    const page = await harness.call('GET', '/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const named = SURFACE.flatMap(({ routes }) => routes);
    for (const [method, url] of named) expect(harness.app.hasRoute({ method, url }), `${method} ${url}`).toBe(true);
    for (const [, path] of named) expect(page.text).toContain(path);
    const tree = harness.app.printRoutes({ commonPrefix: false });
    const existing = [...tree.matchAll(/\(([A-Z, ]+)\)/g)]
      .flatMap((match) => (match[1] ?? '').split(', '))
      .filter((method) => method !== 'HEAD');
    expect(named).toHaveLength(existing.length);
  });
});
