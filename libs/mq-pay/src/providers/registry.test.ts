import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAmount } from '../amount-window';
import { ConfigurationError } from '../configuration-error';
import type { CreateRequest, PaymentProvider, ProviderConfiguration } from '../provider';
import { PROVIDERS, providerRegistry } from './registry';
import { SYSTEM_PROVIDER } from './system/provider';
import { parseVietQrConfiguration } from './vietqr/configuration';
import { configurationOf, scripted } from './vnpay-qr-mms/qr-mms.fixture';
import { QR_MMS_PROVIDER } from './vnpay-qr-mms/provider';

const request = (configuration: ProviderConfiguration): CreateRequest => ({
  configuration,
  attemptUid: 'ATT0123456789AB',
  amountMinor: 5n,
  currency: 'VND',
  method: '000_CASH',
  createdAtMs: 1,
  expiresAtMs: 2,
  description: '',
});

/** The pointers of the faults, sorted. */
function faults(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map((problem) => problem.pointer).toSorted();
    throw error;
  }
  return [];
}

describe('the registry', () => {
  it('holds each provider once', () => {
    for (const [code, provider] of PROVIDERS) expect(provider.code).toBe(code);
    expect([...PROVIDERS.keys()].toSorted()).toEqual([
      'SYSTEM',
      'VIETQR',
      'VNPAY_GATEWAY',
      'VNPAY_PHONE_POS',
      'VNPAY_QR_MMS',
      'VNPAY_SMART_POS',
    ]);
    expect(() => providerRegistry([SYSTEM_PROVIDER, SYSTEM_PROVIDER])).toThrow('two providers are called SYSTEM');
  });

  it.each(['query', 'refund', 'refundQuery', 'cancel', 'callback'] as const)(
    'refuses a provider that declares %s and does not have it',
    (name) => {
      const boaster: PaymentProvider = {
        ...SYSTEM_PROVIDER,
        capabilities: { ...SYSTEM_PROVIDER.capabilities, [name]: true },
      };
      expect(() => providerRegistry([boaster])).toThrow('SYSTEM declares a capability');
    },
  );

  it.each(['query', 'refund', 'callback'] as const)('refuses a provider that has %s and does not say so', (name) => {
    const modest: PaymentProvider = {
      ...QR_MMS_PROVIDER,
      capabilities: { ...QR_MMS_PROVIDER.capabilities, [name]: false },
    };
    expect(() => providerRegistry([modest])).toThrow('VNPAY_QR_MMS declares a capability');
  });
});

describe('declared capabilities', () => {
  it.each([...PROVIDERS.values()])('of $code fit together', (provider) => {
    const { capabilities, methods, refusal } = provider;
    // A part can be given back only where anything can; a refund can be asked for only where there is one.
    expect(capabilities.partialRefund && !capabilities.refund).toBe(false);
    expect(capabilities.refundQuery && !capabilities.refund).toBe(false);
    expect(methods.length === 0).toBe(refusal !== null);
  });
});

describe('the configuration of any provider', () => {
  const members = ['endpoints', 'create', 'pay', 'check', 'appLink', 'returnUrl', 'merchantName', 'ipAddress', 'mcc'];
  const value = fc.oneof(fc.jsonValue(), fc.webUrl(), fc.ipV6(), fc.constant('{reference'));
  const settings = fc.oneof(
    fc.anything(),
    fc.dictionary(
      fc.oneof(fc.constantFrom(...members), fc.string()),
      fc.oneof(value, fc.dictionary(fc.string(), value)),
    ),
  );

  it.each([...PROVIDERS.keys()])('of %s is read or refused with the one error, whatever it is', (code) => {
    const provider = PROVIDERS.get(code);
    fc.assert(
      fc.property(
        settings,
        settings,
        fc.constantFrom('DEVELOPMENT', 'PRODUCTION'),
        (tValue, credential, environment) => {
          const parse = () => provider?.parseConfiguration(tValue, credential, environment);
          for (const pointer of faults(parse)) expect(pointer).toMatch(/^(?:|\/tValue.*|\/credential.*)$/s);
        },
      ),
    );
  });
});

describe('the amount window', () => {
  const windows = [...PROVIDERS.values()].map((provider) => [provider.code, provider.amountWindow] as const);

  it.each(windows)('of %s includes both of its ends', (_code, window) => {
    const { currency, minimumMinor, maximumMinor } = window;
    expect(currency).toBe('VND');
    expect(checkAmount(window, minimumMinor, 'VND')).toEqual({ fits: true });
    expect(checkAmount(window, maximumMinor, 'VND')).toEqual({ fits: true });
    expect(checkAmount(window, minimumMinor - 1n, 'VND')).toEqual({
      fits: false,
      problem: 'TOO_LITTLE',
      limitMinor: minimumMinor,
    });
    expect(checkAmount(window, maximumMinor + 1n, 'VND')).toEqual({
      fits: false,
      problem: 'TOO_MUCH',
      limitMinor: maximumMinor,
    });
    expect(checkAmount(window, minimumMinor, 'USD')).toEqual({ fits: false, problem: 'CURRENCY', currency: 'VND' });
    expect(minimumMinor).toBeGreaterThan(0n);
  });

  it.each([
    ['VNPAY_QR_MMS', 1n, 9_999_999_999_999n],
    ['VIETQR', 1n, 9_999_999_999_999n],
    ['VNPAY_GATEWAY', 5_000n, 999_999_999n],
    ['VNPAY_PHONE_POS', 1n, 9_999_999_999_999n],
    ['SYSTEM', 1n, 9_007_199_254_740_991n],
    ['VNPAY_SMART_POS', 1n, 9_999_999_999_999n],
  ] as const)('of %s is %i to %i', (code, minimumMinor, maximumMinor) => {
    expect(PROVIDERS.get(code)?.amountWindow).toEqual({ currency: 'VND', minimumMinor, maximumMinor });
  });

  it('lets through exactly what lies between its ends', () => {
    const amount = fc.bigInt({ min: -5n, max: 20n });
    fc.assert(
      fc.property(amount, amount, amount, (minimumMinor, maximumMinor, amountMinor) => {
        const { fits } = checkAmount({ currency: 'VND', minimumMinor, maximumMinor }, amountMinor, 'VND');
        expect(fits).toBe(minimumMinor <= amountMinor && amountMinor <= maximumMinor);
      }),
    );
  });
});

describe('SYSTEM', () => {
  const configuration = SYSTEM_PROVIDER.parseConfiguration(undefined, null, 'PRODUCTION');

  it('waits for the cashier without a call', async () => {
    const { send, calls } = scripted(new Error('nobody may be called'));
    expect(await SYSTEM_PROVIDER.create(request(configuration), send)).toEqual({
      outcome: 'SUCCEEDED',
      raw: { request: 'SYSTEM CREATE ATT0123456789AB' },
      retry: false,
      fallbackAllowed: false,
      codeTableVersion: 'system-1',
    });
    expect(calls).toHaveLength(0);
  });

  it('takes cash and transfers, and knows no unknown outcome', () => {
    expect(SYSTEM_PROVIDER.methods).toEqual(['000_CASH', '200_BANK_TRANSFER']);
    expect(SYSTEM_PROVIDER.capabilities).toMatchObject({ connectivity: 'LOCAL', unknownOutcome: false });
    expect(configuration).toMatchObject({
      provider: 'SYSTEM',
      environment: 'PRODUCTION',
      lookupKey: null,
      terminal: null,
      settlementModel: 'DIRECT',
      callbackSecret: null,
    });
  });

  it.each<[string, unknown, unknown, readonly string[]]>([
    ['nothing', undefined, undefined, []],
    ['null', null, null, []],
    ['empty objects', {}, {}, []],
    ['settings', { a: 1 }, undefined, ['/tValue']],
    ['secrets', {}, { secret: 's' }, ['/credential']],
    ['a text', 'x', {}, ['/tValue']],
    ['a number', {}, 0, ['/credential']],
    ['a list with something in it', [1], {}, ['/tValue']],
  ])('judges %s as settings', (_what, tValue, credential, pointers) => {
    expect(faults(() => SYSTEM_PROVIDER.parseConfiguration(tValue, credential, 'PRODUCTION'))).toEqual(pointers);
  });
});

describe('VNPAY_SMART_POS', () => {
  it('is declared and refuses everything with one reason', async () => {
    const smart = PROVIDERS.get('VNPAY_SMART_POS');
    const { send, calls } = scripted(new Error('nobody may be called'));
    expect(smart?.refusal).toContain('no protocol');
    expect(smart?.methods).toEqual([]);
    const configuration = parseVietQrConfiguration(
      { bankBin: '970436', accountNumber: '1', accountName: 'A' },
      {},
      'PRODUCTION',
    );
    expect(await smart?.create(request(configuration), send)).toEqual({
      outcome: 'REFUSED',
      reason: 'PROTOCOL_UNKNOWN',
      detail: smart?.refusal,
      raw: { request: '' },
      retry: false,
      fallbackAllowed: true,
      codeTableVersion: 'vnpay-smart-pos-1',
    });
    expect(() => smart?.parseConfiguration({}, {}, 'PRODUCTION')).toThrow(smart?.refusal ?? '-');
    expect(faults(() => smart?.parseConfiguration({}, {}, 'PRODUCTION'))).toEqual(['']);
    expect(calls).toHaveLength(0);
    expect(configurationOf().provider).not.toBe(smart?.code);
  });
});
