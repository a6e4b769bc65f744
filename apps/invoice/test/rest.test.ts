import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { routesOf } from '@nx/authz';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest } from './rest.fixture';
import { connectMerchant, orderOf, produce, seriesOf, taxCode, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;
let anybody: Rest;

withService((running) => ({ world, service } = running), {
  WEBHOOK_SECRET: 'm-secret',
  WEBHOOK_INTERNAL_SECRET: 'i-new,i-old',
});
beforeAll(async () => {
  anybody = await restOf(world, service);
});

const person = (role: string, ...merchantIds: string[]): Promise<Rest> => restOf(world, service, { role, merchantIds });

describe('the routes', () => {
  it('all say who may call them', () => {
    const routes = routesOf(service.app);
    expect(routes.filter(({ policy }) => policy === null)).toEqual([]);
    expect(routes.filter(({ policy }) => policy?.startsWith('public')).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/v1/api/claims/:token', '/v1/api/webhooks']),
    );
  });

  it('are documented with tags, summaries and the codes of their refusals', async () => {
    const { body } = await anybody('GET', '/doc/openapi.json');
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    );
    expect(operations.length).toBeGreaterThan(35);
    expect(operations.filter(({ summary, tags }) => !summary || !tags?.length)).toEqual([]);
  });
});

describe('a merchant that connects itself', () => {
  it('goes from credentials to an issued invoice and its PDF', async () => {
    // The change feed is shared by all runs on one broker: each takes an id of its own.
    const merchantId = `rest${Date.now().toString(36)}`;
    const code = taxCode();
    const secret = { clientId: 'rest-client', clientSecret: 'rest-very-secret' };
    await world.sandbox.call('POST', '/vnpay-invoice/clients', { ...secret, taxCode: code, merchantId });
    const owner = await person('500_owner', merchantId);
    const cashier = await person('110_cashier', merchantId);
    const stranger = await person('500_owner', 'restmerchant2');
    const connection = { name: 'VNPAY', provider: 'VNPAY', baseUrl: world.sandbox.url, taxCode: code, ...secret };

    expect((await anybody('POST', '/invoice-providers', connection)).status).toBe(401);
    expect((await cashier('POST', '/invoice-providers', connection)).status).toBe(403);
    const provider = await owner('POST', '/invoice-providers', connection);
    expect(provider).toMatchObject({ status: 201, body: { hasCredentials: true, taxCode: code } });
    expect(JSON.stringify(provider.body)).not.toContain('rest-very-secret');
    expect((await owner('POST', '/invoice-providers', connection)).body.code).toBe('invoice.provider.exists');
    expect(await owner('POST', `/invoice-providers/${provider.body.id}/test`)).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    expect((await stranger('GET', `/invoice-providers/${provider.body.id}`)).body.code).toBe(
      'invoice.provider.not_found',
    );
    const half = await owner('PATCH', `/invoice-providers/${provider.body.id}`, { clientId: 'x' });
    expect(half).toMatchObject({ status: 422, body: { errors: [{ pointer: '/clientSecret' }] } });
    const { rows } = await world.sql.query(`SELECT credential FROM "InvoiceProvider" WHERE id = $1`, [
      provider.body.id,
    ]);
    expect(JSON.stringify(rows)).not.toContain('rest-very-secret');

    const config = {
      invoiceProviderId: provider.body.id,
      name: 'POS',
      serial: seriesOf(new Date()),
      form: 1,
      category: 'POS_VAT',
      issuanceMode: 'REAL_TIME',
      defaultTaxRate: '10%',
    };
    const made = await owner('POST', '/invoice-provider-configs', config);
    expect(made).toMatchObject({ status: 201, body: { retryMetadata: { maxRetryCount: 3 }, claimWindowMinutes: 120 } });
    const patched = await owner('PATCH', `/invoice-provider-configs/${made.body.id}`, { claimWindowMinutes: 30 });
    expect(patched).toMatchObject({ status: 200, body: { claimWindowMinutes: 30, serial: seriesOf(new Date()) } });
    const mapping = { saleChannelId: 'ch1', invoiceProviderConfigId: made.body.id };
    expect((await owner('POST', '/invoice-config-mappings', mapping)).status).toBe(201);
    expect((await owner('POST', '/invoice-config-mappings', mapping)).body.code).toBe('invoice.mapping.exists');
    expect((await owner('DELETE', `/invoice-provider-configs/${made.body.id}`)).body.code).toBe(
      'invoice.provider_config.in_use',
    );
    await owner('PUT', '/invoice-profile', { locationName: 'Quầy 1', contactEmail: 'a@b.vn' });
    expect((await owner('PUT', '/invoice-profile', { contactEmail: '' })).body).toMatchObject({
      locationName: 'Quầy 1',
      contactEmail: null,
    });

    const item = { name: 'Trà', quantity: '1', unitPrice: '30000', total: 30_000 };
    const sale = {
      invoiceProviderConfigId: made.body.id,
      sourceId: 'manual1',
      paidAt: new Date().toISOString(),
      paymentMethod: 'CASH',
      items: [item],
      total: 30_000,
    };
    const waiting = await cashier('POST', '/invoices', sale, { 'idempotency-key': 'k1' });
    expect(waiting).toMatchObject({
      status: 201,
      body: { issuanceStatus: 'PENDING', findings: ['SELLER_TAX_MISSING'] },
    });
    const again = await cashier('POST', '/invoices', sale, { 'idempotency-key': 'k1' });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body.id).toBe(waiting.body.id);
    expect(await cashier('POST', '/invoices', sale)).toMatchObject({
      status: 409,
      body: { code: 'invoice.invoice.exists', invoiceId: waiting.body.id },
    });
    expect((await cashier('POST', `/invoices/${waiting.body.id}/issue`)).body.code).toBe('invoice.invoice.state');

    await world.sandbox.call('POST', '/commerce/merchants', {
      id: merchantId,
      organizerId: 'org1',
      name: 'Rest',
      tax: { taxCode: code, fullName: 'Công ty R', address: 'Hà Nội', taxMethod: 'DEDUCTION' },
    });
    await eventually(async () => (await owner('GET', `/invoices/${waiting.body.id}`)).body.findings.length === 0);
    expect((await owner('GET', `/tax-info/merchants/${merchantId}`)).body).toMatchObject({
      taxCode: code,
      findings: [],
    });
    expect((await cashier('POST', `/invoices/${waiting.body.id}/issue`)).status).toBe(200);
    await untilStatus(world, 'manual1', 'SUCCESS');
    const pdf = await owner('GET', `/invoices/${waiting.body.id}/pdf`);
    expect(pdf.headers.get('content-type')).toContain('application/pdf');
    expect(String(pdf.body).startsWith('%PDF')).toBe(true);
    expect((await owner('GET', `/invoices/${waiting.body.id}/audit`)).body).toMatchObject({ intact: true });
    expect((await owner('GET', `/invoices/${waiting.body.id}/print-data`)).body).toMatchObject({
      amountInWords: expect.stringMatching(/^Ba mươi nghìn/),
      seller: { name: 'Công ty R', locationName: 'Quầy 1' },
    });
    expect((await owner('POST', `/invoices/${waiting.body.id}/cancel`, { reason: 'nhầm' })).body.code).toBe(
      'invoice.invoice.issued',
    );
    expect((await stranger('GET', `/invoices/${waiting.body.id}`)).status).toBe(404);
    expect((await stranger('GET', '/invoices')).body.data).toEqual([]);
    expect((await owner('GET', '/invoices?status=SUCCESS&limit=1')).body.data).toHaveLength(1);
  });
});

describe('an invoice that was not issued', () => {
  it('is cancelled with a reason, and the sale may have a new one', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const owner = await person('500_owner', merchant.id);
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    expect((await owner('POST', `/invoices/${id}/cancel`, {})).status).toBe(422);
    expect((await owner('POST', `/invoices/${id}/cancel`, { reason: 'Khách đổi' })).body.issuanceStatus).toBe(
      'CANCELLED',
    );
    expect((await owner('POST', `/invoices/${id}/cancel`, { reason: 'Khách đổi' })).status).toBe(200);
    expect((await owner('POST', `/invoices/${id}/issue`)).body.code).toBe('invoice.invoice.state');
    await produce(world, { ...order, id: `${order.id}` }).catch(() => undefined);
    await world.sandbox.call('POST', `/sale/orders/${order.id}/produce`, { value: order.value });
    await eventually(async () => {
      const { rows } = await world.sql.query(
        `SELECT issuance_status FROM "Invoice" WHERE source_id = $1 ORDER BY created_at`,
        [order.id],
      );
      return rows.length === 2;
    });
  });

  it('failed once and is tried again by a person', async () => {
    const merchant = await connectMerchant(world, service);
    const owner = await person('500_owner', merchant.id);
    await world.sandbox.call('POST', '/faults', { kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'X' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'FAILED');
    expect((await owner('POST', `/invoices/${id}/retry`)).status).toBe(200);
    await untilStatus(world, order.id, 'SUCCESS');
    expect((await owner('POST', `/invoices/${id}/retry`)).body.code).toBe('invoice.invoice.issued');
  });
});

describe('bad input', () => {
  it.each([
    ['GET', '/invoices?cursor=x', undefined, 422, 'request.cursor_invalid'],
    ['GET', '/invoices?limit=1000', undefined, 422, 'request.invalid'],
    ['GET', '/invoices?status=LOST', undefined, 422, 'request.invalid'],
    ['GET', '/invoices/unknown', undefined, 404, 'invoice.invoice.not_found'],
    ['POST', '/invoices', {}, 422, 'request.invalid'],
    ['POST', '/invoices', '{', 400, 'request.malformed'],
    [
      'POST',
      '/invoice-providers',
      {
        name: 'a',
        provider: 'NOBODY',
        baseUrl: 'https://a.vn',
        taxCode: '0100109106',
        clientId: 'a',
        clientSecret: 'b',
      },
      422,
      'invoice.provider.unknown',
    ],
    [
      'POST',
      '/invoice-providers',
      {
        name: 'a',
        provider: 'TVAN',
        baseUrl: 'https://a.vn',
        taxCode: '0100109106',
        clientId: 'a',
        clientSecret: 'b',
        credentials: { signingKey: 'c', signingCertificate: 'd' },
      },
      422,
      'invoice.provider.seller_numbers',
    ],
    [
      'POST',
      '/invoice-providers',
      {
        name: 'a',
        provider: 'VNPAY',
        baseUrl: 'http://10.0.0.1',
        taxCode: '0100109106',
        clientId: 'a',
        clientSecret: 'b',
      },
      422,
      'request.invalid',
    ],
    [
      'POST',
      '/invoice-providers',
      {
        name: 'a',
        provider: 'VNPAY',
        baseUrl: 'https://a.vn',
        taxCode: '0100109107',
        clientId: 'a',
        clientSecret: 'b',
      },
      422,
      'invoice.tax_code.invalid',
    ],
    ['GET', '/tax-info/0100109107', undefined, 422, 'invoice.tax_code.invalid'],
    ['GET', '/tax-info/0100109106', undefined, 404, 'invoice.tax_info.not_found'],
    ['GET', '/vn-provinces/99/communes', undefined, 404, 'invoice.province.not_found'],
  ])('%s %s: its own code', async (method, path, body, status, code) => {
    const owner = await person('500_owner', 'badmerchant');
    expect(await owner(method, path, body)).toMatchObject({ status, body: { code } });
  });

  it('an order of tests: provinces and communes are there with their zeros', async () => {
    const clerk = await person('100_employee', 'badmerchant');
    const { body } = await clerk('GET', '/vn-provinces');
    expect(body.data).toHaveLength(34);
    expect(body.data[0]).toMatchObject({ code: '01' });
    expect((await clerk('GET', '/vn-provinces/01/communes')).body.data.length).toBeGreaterThan(100);
  });
});

describe('notices of other systems', () => {
  const signed = (
    secret: string,
    body: object,
    source = 'internal',
    atMs = Date.now(),
  ): [string, Record<string, string>] => {
    const text = JSON.stringify(body);
    const timestamp = String(atMs);
    const signature = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex');
    return [text, { 'x-webhook-source': source, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature }];
  };

  it('are taken once, by either secret of their own source', async () => {
    const notice = { id: 'n1', type: 'invoice.coded', data: {} };
    expect(await anybody('POST', '/webhooks', ...signed('i-old', notice))).toMatchObject({
      status: 200,
      body: { outcome: 'stored' },
    });
    expect((await anybody('POST', '/webhooks', ...signed('i-new', notice))).body.code).toBe('invoice.webhook.replayed');
    expect(
      (await anybody('POST', '/webhooks', ...signed('m-secret', { ...notice, id: 'n2' }, 'merchant'))).status,
    ).toBe(200);
    expect((await anybody('POST', '/webhooks', ...signed('m-secret', { ...notice, id: 'n3' }))).status).toBe(401);
    expect(
      (
        await anybody(
          'POST',
          '/webhooks',
          ...signed('i-new', { ...notice, id: 'n4' }, 'internal', Date.now() - 301_000),
        )
      ).status,
    ).toBe(401);
    expect((await anybody('POST', '/webhooks', ...signed('i-new', { id: '', type: 'x', data: 1 }))).status).toBe(422);
    expect((await anybody('POST', '/webhooks', '{}')).status).toBe(401);
  });

  it('carry the word of the authority to an issued invoice', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'SUCCESS');
    const notice = { id: `a-${id}`, type: 'invoice.rejected', data: { providerKey: id } };
    expect((await anybody('POST', '/webhooks', ...signed('i-new', notice))).body.outcome).toBe('applied');
    const { rows } = await world.sql.query(`SELECT authority_status FROM "Invoice" WHERE id = $1`, [id]);
    expect(rows).toEqual([{ authority_status: 'REJECTED' }]);
  });

  it('rooms are told to the realtime edge from this machine', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    expect(await anybody('GET', `/internal/api/rooms?name=invoice/invoices/${id}`)).toMatchObject({
      status: 200,
      body: { merchantId: merchant.id },
    });
    expect((await anybody('GET', '/internal/api/rooms?name=invoice/invoices/none')).status).toBe(404);
    expect((await anybody('GET', '/internal/api/rooms?name=x')).status).toBe(422);
  });
});
