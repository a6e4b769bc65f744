import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../configuration-error';
import type { PaymentProvider } from '../../provider';
import { PROVIDERS, providerRegistry } from '../registry';
import { SYSTEM_PROVIDER } from '../system/provider';
import { asQrMms, parseQrMmsConfiguration } from './configuration';
import { configurationOf, SECRETS, SETTINGS, scripted } from './fixtures';
import { QR_MMS_PROVIDER } from './provider';

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

describe('the configuration of QR-MMS', () => {
  it('fills in what has a default and takes the accents off the name', () => {
    const configuration = configurationOf({ merchantName: 'Quán Phở Đặng' });
    expect(configuration.settings).toMatchObject({
      merchantName: 'Quan Pho Dang',
      serviceCode: '03',
      masterMerCode: 'A000000775',
    });
    expect(configuration).toMatchObject({ settlementModel: 'DIRECT', lookupKey: '88888888', terminal: 'PSSTEST' });
    expect(configuration.callbackSecret).toBe(SECRETS.callbackSecret);
  });

  it('names every fault at once, and no value', () => {
    const settings = {
      ...SETTINGS,
      appId: 5,
      terminalId: 'TOO_LONG_',
      merchantCode: 'a|b',
      extra: 1,
      endpoints: { create: 'http://x.example', check: 'ftp://x', refund: 'https://u:secret@x.example' },
    };
    const parse = (): unknown =>
      parseQrMmsConfiguration(settings, { ...SECRETS, createSecret: '', checkSecret: undefined }, 'PRODUCTION');
    expect(faults(parse)).toEqual([
      '/credential/checkSecret',
      '/credential/createSecret',
      '/tValue/appId',
      '/tValue/endpoints/check',
      '/tValue/endpoints/create',
      '/tValue/endpoints/refund',
      '/tValue/extra',
      '/tValue/merchantCode',
      '/tValue/terminalId',
    ]);
    expect(parse).not.toThrow('secret@');
  });

  it.each([
    ['a long name', { merchantName: 'x'.repeat(26) }, '/tValue/merchantName'],
    ['a name without letters', { merchantName: '日本' }, '/tValue/merchantName'],
    ['a settlement model of its own', { settlementModel: 'BOTH' }, '/tValue/settlementModel'],
  ])('refuses %s', (_name, change, pointer) => {
    expect(faults(() => configurationOf(change))).toEqual([pointer]);
  });

  it('refuses what is no object', () => {
    expect(faults(() => parseQrMmsConfiguration(null, [], 'PRODUCTION'))).toEqual(
      expect.arrayContaining(['/tValue', '/credential']),
    );
  });

  it('allows plain http in development', () => {
    const endpoints = { create: 'http://127.0.0.1/c', check: 'http://127.0.0.1/q', refund: 'http://127.0.0.1/r' };
    expect(faults(() => parseQrMmsConfiguration({ ...SETTINGS, endpoints }, SECRETS, 'DEVELOPMENT'))).toEqual([]);
    expect(faults(() => parseQrMmsConfiguration({ ...SETTINGS, endpoints }, SECRETS, 'PRODUCTION'))).toHaveLength(3);
  });

  it('never shows its secrets', () => {
    const configuration = configurationOf();
    const shown =
      JSON.stringify(configuration) +
      inspect(configuration, { depth: 9, showHidden: true }) +
      JSON.stringify({ ...configuration });
    for (const secret of Object.values(SECRETS)) expect(shown).not.toContain(secret);
  });

  it('is not taken for another provider’s', () => {
    const system = SYSTEM_PROVIDER.parseConfiguration({}, undefined, 'PRODUCTION');
    expect(() => asQrMms(system)).toThrow(ConfigurationError);
  });
});

describe('the registry', () => {
  it('holds each provider once, with what it promises', () => {
    expect([...PROVIDERS.keys()].sort()).toEqual(['SYSTEM', 'VNPAY_QR_MMS', 'VNPAY_SMART_POS']);
    expect(() => providerRegistry([SYSTEM_PROVIDER, SYSTEM_PROVIDER])).toThrow('two providers');
    const boaster: PaymentProvider = {
      ...SYSTEM_PROVIDER,
      capabilities: { ...SYSTEM_PROVIDER.capabilities, query: true },
    };
    expect(() => providerRegistry([boaster])).toThrow('capability');
    const modest: PaymentProvider = {
      ...QR_MMS_PROVIDER,
      capabilities: { ...QR_MMS_PROVIDER.capabilities, refund: false },
    };
    expect(() => providerRegistry([modest])).toThrow('capability');
  });

  it('makes counter money without a call, and refuses the smart POS', async () => {
    const { send, calls } = scripted(new Error('nobody may be called'));
    const configuration = SYSTEM_PROVIDER.parseConfiguration(undefined, null, 'PRODUCTION');
    const request = {
      configuration,
      attemptUid: 'ATT1',
      amountMinor: 5n,
      currency: 'VND',
      method: '000_CASH',
      createdAtMs: 1,
      expiresAtMs: 2,
      description: '',
    } as const;
    expect(await SYSTEM_PROVIDER.create(request, send)).toMatchObject({ outcome: 'SUCCEEDED' });
    const smart = PROVIDERS.get('VNPAY_SMART_POS');
    expect(smart?.refusal).toContain('protocol');
    expect(await smart?.create(request, send)).toMatchObject({ outcome: 'REFUSED', reason: 'PROTOCOL_UNKNOWN' });
    expect(() => smart?.parseConfiguration({}, {}, 'PRODUCTION')).toThrow(ConfigurationError);
    expect(calls).toHaveLength(0);
  });

  it('accepts no settings for counter money', () => {
    expect(faults(() => SYSTEM_PROVIDER.parseConfiguration({ a: 1 }, { secret: 's' }, 'PRODUCTION'))).toEqual([
      '/credential',
      '/tValue',
    ]);
  });
});
