import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { faultIn, hmac, PAY, SECRET } from './gateway.fixture';
import { BILLING_FIELDS, buildPayUrl, parsePayQuery } from './pay-message';
import type { PayMessage } from './pay-message';
import { canonicalForm, verifyReceived } from './secure-hash';

const ENDPOINT = 'https://pay.example/vpcpay.html';
const build = (change: Partial<PayMessage> = {}): string => buildPayUrl(ENDPOINT, { ...PAY, ...change }, SECRET);
const queryOf = (url: string): string => url.slice(url.indexOf('?') + 1);

/** A pay query of these wire values, rightly signed whatever they are. */
const signed = (change: Record<string, string>): string => {
  const text = canonicalForm({
    ...Object.fromEntries(new URLSearchParams(queryOf(build()))),
    vnp_SecureHash: '',
    ...change,
  });
  return `${text}&vnp_SecureHash=${hmac(text)}`;
};

describe('buildPayUrl', () => {
  it('equals the vector', () => {
    const [vector] = vectors.gateway.pay;
    if (vector === undefined) throw new Error('the vector is missing');
    const message: PayMessage = {
      ...PAY,
      amountMinor: 18_060n,
      createdAtMs: Date.UTC(2021, 7, 1, 8, 33, 33),
      expiresAtMs: null,
      ipAddress: '127.0.0.1',
      returnUrl: 'https://domainmerchant.vn/ReturnUrl',
      txnRef: '5',
    };
    expect(buildPayUrl(ENDPOINT, message, vector.key)).toBe(
      `${ENDPOINT}?${vector.signed}&vnp_SecureHash=${vector.hash}`,
    );
  });

  it('puts every parameter in ASCII order and the hash last', () => {
    const names = [...new URL(build({ bankCode: 'NCB', billing: { vnp_Bill_City: 'Hanoi' } })).searchParams.keys()];
    expect(names).toEqual([
      'vnp_Amount',
      'vnp_BankCode',
      'vnp_Bill_City',
      'vnp_Command',
      'vnp_CreateDate',
      'vnp_CurrCode',
      'vnp_ExpireDate',
      'vnp_IpAddr',
      'vnp_Locale',
      'vnp_OrderInfo',
      'vnp_OrderType',
      'vnp_ReturnUrl',
      'vnp_TmnCode',
      'vnp_TxnRef',
      'vnp_Version',
      'vnp_SecureHash',
    ]);
  });

  const long = (length: number): string => 'x'.repeat(length);
  it.each<[string, Partial<PayMessage>, string]>([
    ['no version', { version: '' }, 'vnp_Version MISSING'],
    ['version 8', { version: long(8) }, 'none'],
    ['version 9', { version: long(9) }, 'vnp_Version TOO_LONG'],
    ['tmnCode 7', { tmnCode: long(7) }, 'vnp_TmnCode TOO_SHORT'],
    ['tmnCode 9', { tmnCode: long(9) }, 'vnp_TmnCode TOO_LONG'],
    ['tmnCode of signs', { tmnCode: 'DEMO-210' }, 'vnp_TmnCode BAD_CHARACTERS'],
    ['nothing to pay', { amountMinor: 0n }, 'vnp_Amount NOT_AN_AMOUNT'],
    ['12 digits', { amountMinor: 9_999_999_999n }, 'none'],
    ['13 digits', { amountMinor: 10_000_000_000n }, 'vnp_Amount TOO_LONG'],
    ['bank 2', { bankCode: 'NC' }, 'vnp_BankCode TOO_SHORT'],
    ['bank 20', { bankCode: long(20) }, 'none'],
    ['bank 21', { bankCode: long(21) }, 'vnp_BankCode TOO_LONG'],
    ['no address', { ipAddress: 'localhost' }, 'vnp_IpAddr NOT_AN_ADDRESS'],
    ['no order info', { orderInfo: '' }, 'vnp_OrderInfo MISSING'],
    ['order info 255', { orderInfo: long(255) }, 'none'],
    ['order info 256', { orderInfo: long(256) }, 'vnp_OrderInfo TOO_LONG'],
    ['order info with accents', { orderInfo: 'đ' }, 'vnp_OrderInfo BAD_CHARACTERS'],
    ['order info with an asterisk', { orderInfo: 'a*b' }, 'vnp_OrderInfo BAD_CHARACTERS'],
    ['no order type', { orderType: '' }, 'vnp_OrderType MISSING'],
    ['order type 100', { orderType: long(100) }, 'none'],
    ['order type 101', { orderType: long(101) }, 'vnp_OrderType TOO_LONG'],
    ['return 9', { returnUrl: 'http://ab' }, 'vnp_ReturnUrl TOO_SHORT'],
    ['return 10', { returnUrl: 'http://abc' }, 'none'],
    ['return 255', { returnUrl: `http://${long(248)}` }, 'none'],
    ['return 256', { returnUrl: `http://${long(249)}` }, 'vnp_ReturnUrl TOO_LONG'],
    ['return with a tilde', { returnUrl: 'http://abc/~' }, 'vnp_ReturnUrl BAD_CHARACTERS'],
    ['no reference', { txnRef: '' }, 'vnp_TxnRef MISSING'],
    ['reference 100', { txnRef: long(100) }, 'none'],
    ['reference 101', { txnRef: long(101) }, 'vnp_TxnRef TOO_LONG'],
    ['reference with a blank', { txnRef: 'a b' }, 'vnp_TxnRef BAD_CHARACTERS'],
    ['billing 256', { billing: { vnp_Inv_Email: long(256) } }, 'vnp_Inv_Email TOO_LONG'],
    ['billing with accents', { billing: { vnp_Bill_City: 'Hà Nội' } }, 'vnp_Bill_City BAD_CHARACTERS'],
  ])('%s', (_name, change, fault) => {
    expect(faultIn(() => build(change))).toBe(fault);
  });
});

describe('parsePayQuery', () => {
  it('reads what was built', () => {
    const full: PayMessage = {
      ...PAY,
      command: 'genqr',
      bankCode: 'VNPAYQR',
      locale: 'en',
      ipAddress: '2001:db8::1',
      billing: Object.fromEntries(BILLING_FIELDS.map((name) => [name, `of ${name}`])),
    };
    for (const message of [PAY, full, { ...PAY, expiresAtMs: null }]) {
      const received = parsePayQuery(queryOf(buildPayUrl(ENDPOINT, message, SECRET)));
      expect(received.message).toEqual(message);
      expect(verifyReceived(received, [SECRET])).toBe(0);
    }
  });

  it.each<[Record<string, string>, string]>([
    [{ vnp_Version: '' }, 'vnp_Version MISSING'],
    [{ vnp_Command: 'refund' }, 'vnp_Command BAD_CHARACTERS'],
    [{ vnp_CurrCode: 'USD' }, 'vnp_CurrCode UNEXPECTED'],
    [{ vnp_Amount: '1806001' }, 'vnp_Amount NOT_AN_AMOUNT'],
    [{ vnp_Amount: '1806000.0' }, 'vnp_Amount NOT_AN_AMOUNT'],
    [{ vnp_CreateDate: '20260230120000' }, 'vnp_CreateDate NOT_A_TIME'],
    [{ vnp_CreateDate: '2026022012000' }, 'vnp_CreateDate TOO_SHORT'],
    [{ vnp_ExpireDate: 'never-in-years' }, 'vnp_ExpireDate NOT_A_TIME'],
    [{ vnp_IpAddr: '1.2.3.4x' }, 'vnp_IpAddr NOT_AN_ADDRESS'],
    [{ vnp_Locale: 'fr' }, 'vnp_Locale BAD_CHARACTERS'],
    [{ vnp_TxnRef: '' }, 'vnp_TxnRef MISSING'],
  ])('refuses %j', (change, fault) => {
    expect(faultIn(() => parsePayQuery(signed(change)))).toBe(fault);
  });

  const message = fc.record({
    version: fc.constantFrom('2.1.0', '2.1.1'),
    command: fc.constantFrom('pay' as const, 'genqr' as const),
    tmnCode: fc.stringMatching(/^[A-Z0-9]{8}$/),
    amountMinor: fc.bigInt({ min: 1n, max: 9_999_999_999n }),
    bankCode: fc.option(fc.stringMatching(/^[A-Z]{3,20}$/)),
    createdAtMs: fc.integer({ min: 1_600_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1_000),
    expiresAtMs: fc.option(fc.integer({ min: 1_600_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1_000)),
    ipAddress: fc.oneof(fc.ipV4(), fc.constant('2001:db8::7')),
    locale: fc.constantFrom('vn' as const, 'en' as const),
    orderInfo: fc.stringMatching(/^[A-Za-z0-9:.-][A-Za-z0-9 :.-]{0,254}$/),
    orderType: fc.stringMatching(/^[a-z0-9]{1,100}$/),
    returnUrl: fc.stringMatching(/^https:\/\/[a-z]{3,20}\/[a-z0-9?=&%#+;,@]{0,100}$/),
    txnRef: fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/),
  });

  it('reads back whatever can be built', () => {
    fc.assert(
      fc.property(message, (given) => {
        const received = parsePayQuery(queryOf(buildPayUrl(ENDPOINT, given, SECRET)));
        expect(received.message).toEqual(given);
        expect(verifyReceived(received, [SECRET])).toBe(0);
      }),
    );
  });
});
