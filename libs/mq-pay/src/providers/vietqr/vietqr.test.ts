import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../configuration-error';
import { readVietQr } from '../../emv/vietqr-profile';
import type { CreateRequest } from '../../provider';
import { attemptUid } from '../../references';
import { SYSTEM_PROVIDER } from '../system/provider';
import { parseVietQrConfiguration } from './configuration';
import { VIETQR_PROVIDER } from './provider';
import { evidenceOfCredit } from './statement';
import { matchTransferContent } from './transfer-content';

const UID = 'ATT0123456789AB';
const SETTINGS = { bankBin: '970436', accountNumber: '1017595600', accountName: 'Quán Phở Đặng' };
const configurationOf = (change: object = {}) =>
  parseVietQrConfiguration({ ...SETTINGS, ...change }, undefined, 'PRODUCTION');

const request = (change: Partial<CreateRequest> = {}): CreateRequest => ({
  configuration: configurationOf(),
  attemptUid: UID,
  amountMinor: 125_000n,
  currency: 'VND',
  method: '100_QR_CODE',
  createdAtMs: 0,
  expiresAtMs: 900_000,
  description: 'Bàn 5',
  ...change,
});
const nobody = (): Promise<never> => Promise.reject(new Error('nobody may be called'));

describe('the configuration of VietQR', () => {
  it('fills in what has a default, takes accents off, and knows no secret', () => {
    const configuration = configurationOf({ city: 'Hà Nội', mcc: '5812' });
    expect(configuration).toMatchObject({
      provider: 'VIETQR',
      environment: 'PRODUCTION',
      lookupKey: null,
      terminal: null,
      callbackSecret: null,
      settlementModel: 'DIRECT',
    });
    expect(configuration.settings).toEqual({
      bankBin: '970436',
      accountNumber: '1017595600',
      accountName: 'Quan Pho Dang',
      serviceCode: 'QRIBFTTA',
      city: 'Ha Noi',
      categoryCode: '5812',
    });
    expect(configurationOf().settings).toMatchObject({ city: null, categoryCode: null });
    expect(parseVietQrConfiguration(SETTINGS, null, 'DEVELOPMENT').environment).toBe('DEVELOPMENT');
    expect(parseVietQrConfiguration(SETTINGS, {}, 'DEVELOPMENT').settings.bankBin).toBe('970436');
  });

  it.each<[string, object, string]>([
    ['a short BIN', { bankBin: '97043' }, '/tValue/bankBin'],
    ['a BIN as a number', { bankBin: 970_436 }, '/tValue/bankBin'],
    ['a long account', { accountNumber: '1'.repeat(20) }, '/tValue/accountNumber'],
    ['an account with a blank', { accountNumber: '1 2' }, '/tValue/accountNumber'],
    ['a card with a letter', { accountNumber: '9704A', serviceCode: 'QRIBFTTC' }, '/tValue/accountNumber'],
    ['no account', { accountNumber: undefined }, '/tValue/accountNumber'],
    ['no name', { accountName: '' }, '/tValue/accountName'],
    ['a name without letters', { accountName: '日本' }, '/tValue/accountName'],
    ['a name of 26', { accountName: 'x'.repeat(26) }, '/tValue/accountName'],
    ['a city of 16', { city: 'x'.repeat(16) }, '/tValue/city'],
    ['an empty city', { city: '' }, '/tValue/city'],
    ['a category of three', { mcc: '581' }, '/tValue/mcc'],
    ['a service that needs a contract', { serviceCode: 'QRPUSH' }, '/tValue/serviceCode'],
    ['a member that nobody knows', { 'a/b~': 1 }, '/tValue/a~1b~0'],
  ])('refuses %s', (_what, change, pointer) => {
    expect(() => configurationOf(change)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ pointer })] }),
    );
  });

  it('refuses secrets that were meant for somebody else', () => {
    const parse = (): unknown => parseVietQrConfiguration(SETTINGS, { hashSecret: 's' }, 'PRODUCTION');
    expect(parse).toThrow('/credential/hashSecret: is not a known setting');
    expect(() => parseVietQrConfiguration(null, 5, 'PRODUCTION')).toThrow(ConfigurationError);
  });
});

describe('create', () => {
  it('makes a code that pays this attempt, alike at every try', async () => {
    const result = await VIETQR_PROVIDER.create(request(), nobody);
    expect(result).toEqual({
      outcome: 'SUCCEEDED',
      qrContent: result.qrContent,
      raw: { request: `VIETQR CREATE ${UID}`, response: result.qrContent },
      retry: false,
      fallbackAllowed: false,
      codeTableVersion: 'vietqr-1',
    });
    expect(readVietQr(result.qrContent ?? '')).toEqual({
      bankBin: '970436',
      account: '1017595600',
      service: 'QRIBFTTA',
      initiation: 'DYNAMIC',
      amountMinor: 125_000n,
      merchantName: 'Quan Pho Dang',
      purpose: UID,
    });
    expect(await VIETQR_PROVIDER.create(request({ description: 'other' }), nobody)).toEqual(result);
  });

  it('says city and category where they are set', async () => {
    const configuration = configurationOf({
      city: 'Huế',
      mcc: '5812',
      serviceCode: 'QRIBFTTC',
      accountNumber: '97040',
    });
    const { qrContent } = await VIETQR_PROVIDER.create(request({ configuration }), nobody);
    expect(readVietQr(qrContent ?? '')).toMatchObject({ city: 'Hue', categoryCode: '5812', service: 'QRIBFTTC' });
  });

  it.each<[string, Partial<CreateRequest>]>([
    ['nothing', { amountMinor: 0n }],
    ['14 digits', { amountMinor: 10n ** 13n }],
    ['dollars', { currency: 'USD' }],
    ['a long reference', { attemptUid: 'A'.repeat(16) }],
  ])('refuses %s', async (_what, change) => {
    await expect(VIETQR_PROVIDER.create(request(change), nobody)).rejects.toThrow(RangeError);
  });

  it('refuses another provider’s configuration', async () => {
    const configuration = SYSTEM_PROVIDER.parseConfiguration({}, {}, 'PRODUCTION');
    await expect(VIETQR_PROVIDER.create(request({ configuration }), nobody)).rejects.toThrow(ConfigurationError);
  });

  it('asks nobody, tells nobody, and can end without proof', () => {
    expect(VIETQR_PROVIDER.methods).toEqual(['100_QR_CODE']);
    expect(VIETQR_PROVIDER.capabilities).toEqual({
      connectivity: 'LOCAL',
      createRepeatable: true,
      query: false,
      refund: false,
      partialRefund: false,
      refundQuery: false,
      cancel: false,
      callback: false,
      unknownOutcome: true,
    });
    expect(VIETQR_PROVIDER.refusal).toBeNull();
  });
});

describe('matchTransferContent', () => {
  it.each<[string, string, readonly string[]]>([
    ['alone', UID, [UID]],
    ['in lower case', UID.toLowerCase(), [UID]],
    ['as Vietcombank prints it', `MBVCB.3278907687.${UID}.CT tu 0123456789 NGUYEN VAN A toi 1017595600`, [UID]],
    ['glued to a trace', `MBVCB3278907687${UID}CT`, [UID]],
    ['after a code of the bank', `FT24087123456789 ${UID}-270324-12:34:56`, [UID]],
    ['broken by a blank', 'CK ATT01234 56789AB', [UID]],
    ['broken by dots and dashes', 'A.T-T.0-1.2-3.4-5.6-7.8-9.A-B', [UID]],
    ['broken by a line', 'ATT012345678\r\n9AB', [UID]],
    ['under letters with accents', `CHUYỂN TIỀN ${UID} CẢM ƠN`, [UID]],
    ['glued to accents', `tiền${UID}ạ`, [UID]],
    ['in wide letters', 'ＡＴＴ０１２３４５６７８９ＡＢ', [UID]],
    ['two of them', `${UID} ATTZZZZZZZZZZZZ`, [UID, 'ATTZZZZZZZZZZZZ']],
    ['twice the same', `${UID} ${UID}`, [UID]],
    ['a word before what is only chance', `CHATTANOOGA12345 ${UID}`, [UID, 'ATTANOOGA12345A']],
    ['in one piece before pieces', `MBATT-000000000000 1${UID}2`, [UID, 'ATT000000000000']],
    ['its own beginning within', 'ATTATT0123456789AB', ['ATTATT012345678', UID]],
    ['cut short', UID.slice(0, 14), []],
    ['nothing', '', []],
    ['something else', 'NGUYEN VAN A chuyen tien', []],
  ])('finds a reference %s', (_what, text, uids) => {
    expect(matchTransferContent(text)).toEqual(uids);
  });

  it('looks at the beginning of a flood only', () => {
    expect(matchTransferContent(`${'x'.repeat(985)}${UID}`)).toEqual([UID]);
    expect(matchTransferContent(`${'x'.repeat(986)}${UID}`)).toEqual([]);
  });

  const uid = fc
    .array(fc.nat(251), { minLength: 12, maxLength: 12 })
    .map((bytes) => attemptUid(() => Uint8Array.from(bytes)));
  const gap = fc.string({ unit: fc.constantFrom(' ', '.', '-', '/', '\n', ':'), maxLength: 2 });
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });

  it('finds every reference, however it was broken, cased and surrounded', () => {
    fc.assert(
      fc.property(
        uid,
        fc.array(gap, { minLength: 15, maxLength: 15 }),
        fc.boolean(),
        text,
        text,
        (wanted, gaps, lower, before, after) => {
          const broken = Array.from(
            wanted,
            (character, index) => (index === 0 ? '' : (gaps[index] ?? '')) + character,
          ).join('');
          const line = `${before} ${lower ? broken.toLowerCase() : broken} ${after}`;
          expect(matchTransferContent(line)).toContain(wanted);
        },
      ),
    );
  });

  it('puts a reference that is a word of its own first', () => {
    const noise = fc.string({ unit: fc.constantFrom('A', 'T', '0', '9', 'B'), maxLength: 20 });
    fc.assert(
      fc.property(uid, noise, (wanted, before) => {
        fc.pre(!/^ATT.{12}$/.test(before));
        expect(matchTransferContent(`${before}.${wanted}.CT`)[0]).toBe(wanted);
      }),
    );
  });

  it('gives only references, each once, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        const found = matchTransferContent(`${line}att${line}`);
        for (const one of found) expect(one).toMatch(/^ATT[0-9A-Z]{12}$/);
        expect(new Set(found).size).toBe(found.length);
      }),
    );
  });
});

describe('evidenceOfCredit', () => {
  it('is a report of a payment', () => {
    const credit = { bankReference: 'FT24087123456789', amountMinor: 125_000n, bookedAtMs: 5 };
    expect(evidenceOfCredit(credit, 9)).toEqual({
      source: 'REPORT',
      verdict: 'PAID',
      signed: false,
      receivedAtMs: 9,
      providerReference: 'FT24087123456789',
      amountMinor: 125_000n,
      paidAtMs: 5,
    });
    expect(evidenceOfCredit({ ...credit, senderBank: '970436' }, 9).bankCode).toBe('970436');
  });

  it.each([
    ['nothing', { amountMinor: 0n }],
    ['a debit', { amountMinor: -5n }],
    ['a line without reference', { bankReference: ' ' }],
  ])('refuses %s', (_what, change) => {
    expect(() => evidenceOfCredit({ bankReference: 'F', amountMinor: 1n, bookedAtMs: 5, ...change }, 9)).toThrow(
      RangeError,
    );
  });
});
