import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentWorld, unique, type Answer, type Shop } from '../testing/payment-world.fixture';

let world: PaymentWorld;
beforeAll(async () => {
  world = await PaymentWorld.start();
});
afterAll(() => world.stop());

const secretsOf = (): Record<string, string> => ({
  createSecret: unique('hidden-create-'),
  checkSecret: unique('hidden-check-'),
  refundSecret: unique('hidden-refund-'),
  callbackSecret: unique('hidden-callback-'),
});

const connect = (
  shop: Shop,
  change: { tValue?: object | null; credential?: object | null; code?: string; environment?: string | null } = {},
): Promise<Answer> =>
  world.post(shop, '/configurations', {
    code: 'VNPAY_QR_MMS',
    tValue: world.vnpay.tValue(unique('MC')),
    credential: secretsOf(),
    ...change,
  });

describe('a connection', () => {
  it('is shown without its secrets, which lie sealed', async () => {
    const shop = await world.shop(null);
    const credential = secretsOf();
    const created = await connect(shop, { credential });
    expect(created).toMatchObject({
      status: 201,
      body: { hasCredential: true, environment: 'DEVELOPMENT', principalId: shop.merchantId, status: '201_ACTIVATED' },
    });
    const { id } = created.body;
    const changed = await world.patch(shop, `/configurations/${id}`, { credential: secretsOf() });
    const answers = [
      created,
      changed,
      await world.get(shop, '/configurations'),
      await world.get(shop, `/configurations/${id}`),
    ];
    for (const answer of answers) expect(answer.text).not.toMatch(/hidden-|"credential"/);
    const rows = await world.sql(
      `SELECT row_to_json(c)::text AS text FROM "Configuration" c UNION ALL SELECT row_to_json(a)::text FROM "AuditTrail" a
       UNION ALL SELECT row_to_json(i)::text FROM "IdempotencyKey" i UNION ALL SELECT row_to_json(p)::text FROM "ProviderOperation" p`,
    );
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toMatch(/hidden-|POS1/);
    const audit = await world.sql('SELECT action, after FROM "AuditTrail" WHERE entity_id = $1 ORDER BY created_at', [
      id,
    ]);
    expect(audit.map((row) => row['action'])).toEqual(['configuration.create', 'configuration.update']);
    expect(audit[1]?.['after']).toEqual({ settings: [], secrets: Object.keys(credential).toSorted() });
  });

  it('exists once per merchant and environment, and comes back after its removal', async () => {
    const shop = await world.shop(null);
    const first = await connect(shop);
    expect(await connect(shop)).toMatchObject({ status: 409, body: { code: 'payment.configuration.exists' } });
    expect((await connect(shop, { environment: 'PRODUCTION', tValue: httpsValue() })).status).toBe(201);
    expect((await world.remove(shop, `/configurations/${first.body.id}`)).status).toBe(204);
    expect((await world.get(shop, `/configurations/${first.body.id}`)).status).toBe(404);
    expect((await connect(shop)).status).toBe(201);
  });

  it("is another merchant's secret", async () => {
    const [shop, other] = [await world.shop(), await world.shop(null)];
    for (const answer of [
      await world.get(other, `/configurations/${shop.configurationId}`),
      await world.patch(other, `/configurations/${shop.configurationId}`, { status: '401_DEACTIVATED' }),
      await world.remove(other, `/configurations/${shop.configurationId}`),
      await world.post(other, `/configurations/${shop.configurationId}/test`, {}),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'payment.configuration.not_found' } });
    }
  });

  it('that is missing or switched off is named at checkout', async () => {
    const qr = { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' };
    const nobody = await world.checkout(await world.shop(null), qr);
    expect(nobody.body).toMatchObject({
      code: 'payment.provider.not_configured',
      errors: [{ pointer: '/payment/provider' }],
    });
    const shop = await world.shop();
    await world.patch(shop, `/configurations/${shop.configurationId}`, { status: '401_DEACTIVATED' });
    expect((await world.checkout(shop, qr)).body.code).toBe('payment.provider.not_configured');
  });

  it('is tested by a harmless call', async () => {
    const shop = await world.shop();
    const answer = await world.post(shop, `/configurations/${shop.configurationId}/test`, {});
    expect(answer).toMatchObject({ status: 200, body: { ok: true, providerCode: '01' } });
    expect(world.vnpay.calls.at(-1)?.path).toBe('/check');
  });

  it('keeps naming the same merchant of the provider', async () => {
    const shop = await world.shop();
    const tValue = world.vnpay.tValue(unique('MC'));
    const answer = await world.patch(shop, `/configurations/${shop.configurationId}`, { tValue });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/tValue' }] } });
    const renamed = await world.patch(shop, `/configurations/${shop.configurationId}`, {
      tValue: { ...world.vnpay.tValue(shop.merchantCode), merchantName: 'NEW NAME' },
    });
    expect(renamed.body.tValue.merchantName).toBe('NEW NAME');
    expect((await world.qr(shop)).payment.qrCode).toBeTruthy();
  });

  it('names every wrong member by its pointer', async () => {
    const shop = await world.shop(null);
    const tValue = {
      ...world.vnpay.tValue('A|B'),
      terminalId: 'TOO-LONG-1',
      endpoints: { create: 'nonsense' },
      extra: 1,
    };
    const answer = await connect(shop, { tValue, credential: { createSecret: '' } });
    expect(answer).toMatchObject({ status: 422, body: { code: 'payment.provider.configuration_invalid' } });
    const pointers = answer.body.errors.map(({ pointer }) => pointer);
    expect(pointers).toEqual(
      expect.arrayContaining([
        '/tValue/merchantCode',
        '/tValue/terminalId',
        '/tValue/endpoints/create',
        '/tValue/endpoints/check',
        '/tValue/extra',
        '/credential/createSecret',
        '/credential/checkSecret',
      ]),
    );
    expect(await world.sql('SELECT 1 FROM "Configuration" WHERE principal_id = $1', [shop.merchantId])).toEqual([]);
  });

  it.each([
    [{ credential: null }, '/credential'],
    [{ tValue: null }, '/tValue'],
    [{ environment: null }, '/environment'],
    [{ code: 'lower' }, '/code'],
  ])('refuses %j', async (change, pointer) => {
    const answer = await connect(await world.shop(null), change);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  it('is not destroyed by null in a change', async () => {
    const shop = await world.shop();
    const answer = await world.patch(shop, `/configurations/${shop.configurationId}`, { credential: null });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/credential' }] } });
    expect((await world.qr(shop)).payment.qrCode).toBeTruthy();
  });

  it.each([
    ['VNPAY_SMART_POS', 'payment.provider.not_supported'],
    ['NOBODY', 'payment.provider.unknown'],
  ])('of provider %s is refused: %s', async (code, error) => {
    expect(await connect(await world.shop(null), { code })).toMatchObject({ status: 422, body: { code: error } });
  });

  it('is listed in pages', async () => {
    const shop = await world.shop();
    await world.post(shop, '/configurations', { code: 'PAYMENT_SETTINGS', tValue: {} });
    const first = await world.get(shop, '/configurations?limit=1');
    expect(first.body.data).toHaveLength(1);
    const second = await world.get(shop, `/configurations?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ data: [{ id: shop.configurationId }], nextCursor: null });
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=nonsense', 'other=1']) {
      expect((await world.get(shop, `/configurations?${query}`)).status, query).toBe(422);
    }
  });
});

const httpsValue = (): object => {
  const url = 'https://vnpay.example.vn';
  return {
    ...world.vnpay.tValue(unique('MC')),
    endpoints: { create: `${url}/c`, check: `${url}/q`, refund: `${url}/r` },
  };
};

describe('settings of a merchant', () => {
  it.each([
    ['merchant', { recipientScope: 'merchant' }],
    ['org', { recipientScope: 'org' }],
    ['users', { recipientScope: 'users', recipientIds: [expect.any(String)] }],
  ])('say whom a settled payment is told to: %s', async (notificationScope, expected) => {
    const shop = await world.shop(null);
    const settings = await world.post(shop, '/configurations', {
      code: 'PAYMENT_SETTINGS',
      tValue: { notificationScope },
    });
    expect(settings.status).toBe(201);
    const { body } = await world.checkout(shop);
    await world.post(shop, '/payments/system/ipn', { attempt: { id: body.attempt.id }, tendered: 100_000 });
    const [row] = await eventually(async () => {
      const rows = await world.sql(
        `SELECT key, payload FROM "Outbox" WHERE event_type = 'PAYMENT_SUCCESS' AND aggregate_id = $1`,
        [body.transaction.id],
      );
      return rows.length === 1 ? rows : undefined;
    });
    expect(row?.['payload']).toMatchObject({
      eventType: 'PAYMENT_SUCCESS',
      merchantId: shop.merchantId,
      organizerId: shop.organizerId,
      ...expected,
    });
    expect(row?.['key']).toBe(notificationScope === 'org' ? shop.organizerId : shop.merchantId);
  });

  it('are checked member by member', async () => {
    const shop = await world.shop(null);
    const answer = await world.post(shop, '/configurations', {
      code: 'PAYMENT_SETTINGS',
      tValue: { autoRefund: 'yes', notificationScope: 'all', timeZone: 'Moon/Base', refundLimitMinor: -1, other: 1 },
      credential: {},
    });
    expect(answer.body.errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/credential',
      '/tValue/autoRefund',
      '/tValue/notificationScope',
      '/tValue/other',
      '/tValue/refundLimitMinor',
      '/tValue/timeZone',
    ]);
  });
});
