import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInvoiceError } from '../problem';
import { misaSettings, MISA_DEFAULTS } from './misa-meinvoice/settings';
import {
  bySeriesSetting,
  choiceSetting,
  defaultsOf,
  durationSetting,
  flagSetting,
  integerSetting,
  nameSetting,
  optionalTextSetting,
  pathSetting,
  readSettings,
  textSetting,
} from './vendor-settings';
import { viettelSettings, VIETTEL_DEFAULTS } from './viettel-sinvoice-v2/settings';
import { VNPAY_DEFAULTS, vnpaySettings } from './vnpay-v6/settings';
import { VNPT_DEFAULTS, vnptSettings } from './vnpt-soap/settings';

const RULES = {
  text: textSetting('t'),
  optional: optionalTextSetting(''),
  path: pathSetting('/p'),
  name: nameSetting('N'),
  ms: durationSetting(5),
  whole: integerSetting(1, 0, 9),
  flag: flagSetting(false),
  choice: choiceSetting(['A', 'B'], 'A'),
  series: bySeriesSetting(),
};

describe('readSettings', () => {
  it('gives the defaults, and those for null', () => {
    expect(defaultsOf(RULES)).toEqual({
      text: 't',
      optional: '',
      path: '/p',
      name: 'N',
      ms: 5,
      whole: 1,
      flag: false,
      choice: 'A',
      series: {},
    });
    expect(readSettings(RULES, { text: null })).toEqual(defaultsOf(RULES));
  });

  it.each([
    ['text', 'x'.repeat(300), true],
    ['text', 'x'.repeat(301), false],
    ['text', '', false],
    ['text', 1, false],
    ['optional', '', true],
    ['optional', [], false],
    ['path', '/a/b-c.asmx', true],
    ['path', 'a', false],
    ['path', '/a?b', false],
    ['path', '/a b', false],
    ['name', 'Arising_Date', true],
    ['name', '1a', false],
    ['name', 'a><b', false],
    ['ms', 1, true],
    ['ms', 0, false],
    ['ms', 1.5, false],
    ['ms', '5', false],
    ['whole', 0, true],
    ['whole', 9, true],
    ['whole', 10, false],
    ['whole', -1, false],
    ['flag', true, true],
    ['flag', 'true', false],
    ['choice', 'B', true],
    ['choice', 'C', false],
    ['series', { '1C26MYY': '1/001' }, true],
    ['series', { C26MYY: '1/001' }, false],
    ['series', { '1C26MYY': 1 }, false],
    ['series', [], false],
  ] as const)('%s: %j passes: %s', (name, value, passes) => {
    const read = (): unknown => readSettings(RULES, { [name]: value })[name];
    if (passes) expect(read()).toEqual(value);
    else expect(read).toThrow(`/settings/${name} must be `);
  });

  it('lists every problem at once, unknown names too', () => {
    let caught: unknown;
    try {
      readSettings(RULES, { text: 1, ms: 'x', txet: 'typo' });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InvalidInvoiceError);
    expect(caught).toMatchObject({
      problems: [
        { pointer: '/settings/txet', detail: 'is no setting of this provider' },
        { pointer: '/settings/text', detail: 'must be a string' },
        { pointer: '/settings/ms', detail: 'must be a number of milliseconds' },
      ],
    });
  });

  it('gives settings or its own error for anything', () => {
    const own = fc.dictionary(fc.constantFrom(...Object.keys(RULES), 'other', '__proto__'), fc.anything());
    fc.assert(
      fc.property(own, (settings) => {
        try {
          expect(Object.keys(readSettings(RULES, settings))).toEqual(Object.keys(RULES));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInvoiceError);
        }
      }),
    );
  });
});

describe('the settings of each vendor', () => {
  it.each([
    ['VNPAY', vnpaySettings, VNPAY_DEFAULTS],
    ['VIETTEL', viettelSettings, VIETTEL_DEFAULTS],
    ['MISA', misaSettings, MISA_DEFAULTS],
    ['VNPT', vnptSettings, VNPT_DEFAULTS],
  ] as const)('%s: defaults without own values, and every default may be written out', (_vendor, read, defaults) => {
    expect(read(undefined)).toEqual(defaults);
    expect(read({ ...defaults })).toEqual(defaults);
    expect(() => read({ timeoutMs: 0 })).toThrow('/settings/timeoutMs');
  });
  it('hold what the vendors publish', () => {
    expect(VNPAY_DEFAULTS).toMatchObject({ notFoundCode: '404', duplicateCode: 'DUPLICATE_REQUEST_ID' });
    expect(VIETTEL_DEFAULTS).toMatchObject({
      tokenLifetimeMs: 1_200_000,
      tokenHeader: 'COOKIE',
      notSubjectPercentage: -2,
      notDeclaredPercentage: -1,
      noDrafts: false,
    });
    expect(MISA_DEFAULTS).toMatchObject({ cashRegisterSignType: 5, timeoutMs: 45_000 });
    expect(VNPT_DEFAULTS).toMatchObject({ publishPath: '/PublishService.asmx', publishMethod: 'ImportAndPublishInv' });
  });
});
