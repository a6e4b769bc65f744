import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../configuration-error';
import type { CreateRequest } from '../../provider';
import { scripted } from '../vnpay-qr-mms/qr-mms.fixture';
import { asGateway, parseGatewayConfiguration } from './configuration';
import { createPayUrl } from './create';
import { configurationOf, EXPIRES, NOON, SECRET, SETTINGS, UID } from './gateway.fixture';
import { parsePayQuery } from './pay-message';
import { GATEWAY_PROVIDER } from './provider';
import { verifyReceived } from './secure-hash';

/** The pointers of the faults, sorted. */
function faults(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map((problem) => problem.pointer).sort();
    throw error;
  }
  return [];
}

describe('the configuration of the gateway', () => {
  it('fills in what has a default', () => {
    const configuration = configurationOf();
    expect(configuration.settings).toEqual({
      ...SETTINGS,
      version: '2.1.0',
      locale: 'vn',
      orderType: 'other',
      bankCode: null,
      ipAddress: '127.0.0.1',
      createBy: 'merchant',
      queryPauseMs: 300_000,
    });
    expect(configuration).toMatchObject({
      provider: 'VNPAY_GATEWAY',
      environment: 'PRODUCTION',
      settlementModel: 'DIRECT',
      lookupKey: 'DEMOV210',
      terminal: 'DEMOV210',
      callbackSecret: SECRET,
      hashSecret: SECRET,
      trusted: true,
      queryPauseMs: 300_000,
      amountWindow: { currency: 'VND', minimumMinor: 5_000n, maximumMinor: 999_999_999n },
    });
  });

  it('takes what is given', () => {
    const settings = {
      version: '2.1.1',
      locale: 'en',
      orderType: '250000',
      bankCode: 'VNPAYQR',
      ipAddress: '2001:db8::1',
    };
    const configuration = configurationOf({
      ...settings,
      createBy: 'POS 1',
      settlementModel: 'PLATFORM',
      minimumAmount: 10_000,
      maximumAmount: 20_000,
      queryPauseMs: 0,
    });
    expect(configuration.settings).toMatchObject({ ...settings, createBy: 'POS 1' });
    expect(configuration.settlementModel).toBe('PLATFORM');
    expect(configuration.queryPauseMs).toBe(0);
    expect(configuration.amountWindow).toEqual({ currency: 'VND', minimumMinor: 10_000n, maximumMinor: 20_000n });
  });

  it.each([
    ['tmnCode', 'DEMOV21'],
    ['tmnCode', 'DEMOV2100'],
    ['tmnCode', 'DEMO-210'],
    ['tmnCode', undefined],
    ['returnUrl', 'http://shop.example/'],
    ['returnUrl', 'https://shop.example/~me'],
    ['returnUrl', `https://shop.example/${'x'.repeat(240)}`],
    ['version', '2.1.0.1.2'],
    ['locale', 'fr'],
    ['orderType', 'a b'],
    ['bankCode', 'NC'],
    ['ipAddress', 'localhost'],
    ['ipAddress', '::1'],
    ['createBy', 'a|b'],
    ['settlementModel', 'BOTH'],
    ['minimumAmount', 0],
    ['minimumAmount', '5000'],
    ['minimumAmount', 5_000.5],
    ['maximumAmount', 10_000_000_000],
    ['maximumAmount', 4_999],
    ['queryPauseMs', -1],
    ['queryPauseMs', 3_600_001],
    ['hashSecret', 'in the wrong place'],
  ])('refuses %s %j and says where', (name, value) => {
    expect(faults(() => configurationOf({ [name]: value }))).toEqual([`/tValue/${name}`]);
  });

  it('names every fault at once, and no value', () => {
    const settings = { ...SETTINGS, tmnCode: 5, endpoints: { pay: 'http://x.example', api: 'ftp://x', more: 1 } };
    const parse = (): unknown =>
      parseGatewayConfiguration(settings, { hashSecret: '', other: 'secret-value' }, 'PRODUCTION');
    expect(faults(parse)).toEqual([
      '/credential/hashSecret',
      '/credential/other',
      '/tValue/endpoints/api',
      '/tValue/endpoints/more',
      '/tValue/endpoints/pay',
      '/tValue/tmnCode',
    ]);
    expect(parse).not.toThrow('secret-value');
    expect(faults(() => parseGatewayConfiguration(null, [], 'PRODUCTION'))).toEqual(
      expect.arrayContaining(['/credential', '/tValue']),
    );
  });

  it('allows plain http in development, and trusts it', () => {
    const local = {
      ...SETTINGS,
      endpoints: { pay: 'http://127.0.0.1/p', api: 'http://127.0.0.1/a' },
      returnUrl: 'http://127.0.0.1/r',
    };
    expect(parseGatewayConfiguration(local, { hashSecret: SECRET }, 'DEVELOPMENT').trusted).toBe(true);
    expect(faults(() => parseGatewayConfiguration(local, { hashSecret: SECRET }, 'PRODUCTION'))).toHaveLength(3);
  });

  it('never shows its secret', () => {
    const configuration = configurationOf();
    const shown =
      JSON.stringify({ ...configuration, amountWindow: null }) +
      JSON.stringify(configuration, (_name, value: unknown) => (typeof value === 'bigint' ? 'n' : value)) +
      inspect(configuration, { depth: 9, showHidden: true });
    expect(shown).not.toContain(SECRET);
  });

  it('is not taken for another provider’s', () => {
    const foreign = { ...configurationOf(), provider: 'SYSTEM' } as unknown as ReturnType<typeof configurationOf>;
    expect(() => asGateway(foreign)).toThrow(ConfigurationError);
  });
});

describe('createPayUrl', () => {
  const request = (change: Partial<CreateRequest> = {}): CreateRequest => ({
    configuration: configurationOf(),
    attemptUid: UID,
    amountMinor: 100_000n,
    currency: 'VND',
    method: '300_GATEWAY',
    createdAtMs: NOON,
    expiresAtMs: EXPIRES,
    description: 'Đơn hàng #5',
    ...change,
  });

  it('signs an address without asking anybody, the same one each time', async () => {
    const { send, calls } = scripted(new Error('nobody may be called'));
    const first = await GATEWAY_PROVIDER.create(request({ buyerAddress: '203.0.113.7' }), send);
    expect(await GATEWAY_PROVIDER.create(request({ buyerAddress: '203.0.113.7' }), send)).toEqual(first);
    expect(calls).toHaveLength(0);
    expect(first).toMatchObject({ outcome: 'SUCCEEDED', raw: { request: first.payUrl } });
    expect(first.qrContent).toBeUndefined();
    expect(JSON.stringify(first)).not.toContain(SECRET);
    const [address, query = ''] = (first.payUrl ?? '').split('?');
    expect(address).toBe(SETTINGS.endpoints.pay);
    const received = parsePayQuery(query);
    expect(verifyReceived(received, [SECRET])).toBe(0);
    expect(received.message).toEqual({
      version: '2.1.0',
      command: 'pay',
      tmnCode: 'DEMOV210',
      amountMinor: 100_000n,
      bankCode: null,
      createdAtMs: NOON,
      expiresAtMs: EXPIRES,
      ipAddress: '203.0.113.7',
      locale: 'vn',
      orderInfo: 'Don hang 5',
      orderType: 'other',
      returnUrl: 'https://shop.example/return',
      txnRef: UID,
    });
  });

  it('stands in for a buyer without address and an order without words, and rounds the end up', async () => {
    const { payUrl } = await createPayUrl(
      request({ description: '日本', expiresAtMs: EXPIRES + 1, createdAtMs: NOON + 999 }),
    );
    expect(parsePayQuery((payUrl ?? '').split('?')[1] ?? '').message).toMatchObject({
      ipAddress: '127.0.0.1',
      orderInfo: `Thanh toan ${UID}`,
      createdAtMs: NOON,
      expiresAtMs: EXPIRES + 1_000,
    });
  });

  it.each<[string, Partial<CreateRequest>, string]>([
    ['too little', { amountMinor: 4_999n }, 'vnp_Amount: OUT_OF_WINDOW'],
    ['too much', { amountMinor: 1_000_000_000n }, 'vnp_Amount: OUT_OF_WINDOW'],
    ['another currency', { currency: 'USD' }, 'vnp_CurrCode: UNEXPECTED'],
    ['an end that is no later', { expiresAtMs: NOON }, 'vnp_ExpireDate: UNEXPECTED'],
    ['a reference that cannot be sent', { attemptUid: 'a b' }, 'vnp_TxnRef: BAD_CHARACTERS'],
    ['an address that is none', { buyerAddress: 'unknown' }, 'vnp_IpAddr: NOT_AN_ADDRESS'],
    [
      'less than the merchant’s contract',
      { configuration: configurationOf({ minimumAmount: 100_001 }) },
      'vnp_Amount: OUT_OF_WINDOW',
    ],
  ])('refuses %s', async (_name, change, message) => {
    await expect(createPayUrl(request(change))).rejects.toThrow(RangeError);
    await expect(createPayUrl(request(change))).rejects.toThrow(message);
  });

  it.each([5_000n, 999_999_999n])('takes %d, an end of the window', async (amountMinor) => {
    expect((await createPayUrl(request({ amountMinor }))).outcome).toBe('SUCCEEDED');
  });

  it('declares what the gateway can do', () => {
    expect(GATEWAY_PROVIDER).toMatchObject({
      code: 'VNPAY_GATEWAY',
      methods: ['300_GATEWAY'],
      refusal: null,
      capabilities: {
        connectivity: 'LOCAL',
        createRepeatable: true,
        query: true,
        refund: true,
        partialRefund: true,
        refundQuery: true,
        cancel: false,
        callback: true,
        unknownOutcome: true,
      },
    });
  });
});
