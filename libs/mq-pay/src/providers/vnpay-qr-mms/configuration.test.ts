import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../configuration-error';
import { SYSTEM_PROVIDER } from '../system/provider';
import { asQrMms, parseQrMmsConfiguration } from './configuration';
import { configurationOf, SECRETS, SETTINGS } from './qr-mms.fixture';

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
