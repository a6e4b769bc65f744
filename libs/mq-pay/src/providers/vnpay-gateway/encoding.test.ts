import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWireAmount, toWireAmount } from './amount';
import { formDecode, formEncode } from './form-encoding';
import { faultIn, NOON } from './gateway.fixture';
import { isWireAddress, parseWireTime, toOrderInfo, toWireAddress, toWireTime } from './wire-values';

const wellFormed = fc.string({ unit: 'binary' });
const javascript = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);

describe('formEncode', () => {
  // What PHP 8 gives for `urlencode`, what URLSearchParams gives, what encodeURIComponent gives.
  it.each([
    ['!', '%21', '%21', '!'],
    ["'", '%27', '%27', "'"],
    ['(', '%28', '%28', '('],
    [')', '%29', '%29', ')'],
    ['*', '%2A', '*', '*'],
    ['~', '%7E', '%7E', '~'],
    [' ', '+', '+', '%20'],
    ['+', '%2B', '%2B', '%2B'],
    ['%', '%25', '%25', '%25'],
    [':', '%3A', '%3A', '%3A'],
    ['/', '%2F', '%2F', '%2F'],
    ['đ', '%C4%91', '%C4%91', '%C4%91'],
    ['😀', '%F0%9F%98%80', '%F0%9F%98%80', '%F0%9F%98%80'],
    ['-_.', '-_.', '-_.', '-_.'],
    ['aZ09', 'aZ09', 'aZ09', 'aZ09'],
  ])('%s', (character, php, searchParams, component) => {
    expect(formEncode(character)).toBe(php);
    expect(javascript(character)).toBe(searchParams);
    expect(encodeURIComponent(character)).toBe(component);
  });

  it('agrees with URLSearchParams on everything but the asterisk', () => {
    fc.assert(fc.property(wellFormed, (text) => formEncode(text) === javascript(text).replaceAll('*', '%2A')));
  });

  it('is undone by formDecode', () => {
    fc.assert(fc.property(wellFormed, (text) => formDecode(formEncode(text)) === text));
  });
});

describe('formDecode', () => {
  it.each(['%', '%2', '%zz', '%C4', '%C4%28', '%ED%A0%80', '%FF', '\ud800'])('refuses %j', (text) => {
    expect(formDecode(text)).toBeNull();
  });

  it('takes lower-case hex and what need not be encoded', () => {
    expect(formDecode('%3a+%c4%91:đ😀*')).toBe(': đ:đ😀*');
  });
});

describe('vnp_Amount', () => {
  it.each([
    [1n, '100'],
    [5_000n, '500000'],
    [18_060n, '1806000'],
    [999_999_999n, '99999999900'],
    [9_999_999_999n, '999999999900'],
  ])('carries %d VND as %s', (amountMinor, text) => {
    expect(toWireAmount(amountMinor)).toBe(text);
    expect(parseWireAmount(text)).toBe(amountMinor);
  });

  it.each([
    [0n, 'vnp_Amount NOT_AN_AMOUNT'],
    [-1n, 'vnp_Amount NOT_AN_AMOUNT'],
    [10_000_000_000n, 'vnp_Amount TOO_LONG'],
  ])('does not carry %d', (amountMinor, fault) => {
    expect(faultIn(() => toWireAmount(amountMinor))).toBe(fault);
  });

  it.each(['', '1', '99', '101', '10050', '0100', '00', ' 100', '100 ', '+100', '-100', '100.0', '1e2', '１００'])(
    'is not %j',
    (text) => {
      expect(parseWireAmount(text)).toBeNull();
    },
  );

  it('has 12 digits at most, and may be nothing', () => {
    expect(parseWireAmount('999999999900')).toBe(9_999_999_999n);
    expect(parseWireAmount('1000000000000')).toBeNull();
    expect(parseWireAmount('0')).toBe(0n);
  });

  it('comes back as it went', () => {
    const amount = fc.bigInt({ min: 1n, max: 9_999_999_999n });
    fc.assert(fc.property(amount, (amountMinor) => parseWireAmount(toWireAmount(amountMinor)) === amountMinor));
  });
});

describe('times', () => {
  it('are GMT+7, to the second', () => {
    expect(toWireTime(NOON)).toBe('20261120120000');
    expect(toWireTime(NOON + 999)).toBe('20261120120000');
    expect(toWireTime(Date.UTC(2026, 11, 31, 17))).toBe('20270101000000');
    expect(parseWireTime('20261120120000')).toBe(NOON);
  });

  it.each(['', '2026112012000', '202611201200000', '20260230120000', '20/11/2026 12:00:00', '2026112012000x'])(
    'are not %j',
    (text) => {
      expect(parseWireTime(text)).toBeNull();
    },
  );
});

describe('vnp_IpAddr', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['203.0.113.255', '203.0.113.255'],
    ['2001:db8::1', '2001:db8::1'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['2a::1', '2a:0:0:0:0:0:0:1'],
    ['fe80::', 'fe80:0:0:0:0:0:0:0'],
  ])('takes %s as %s', (address, text) => {
    expect(toWireAddress(address)).toBe(text);
    expect(isWireAddress(text)).toBe(true);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    'fe80::1%eth0',
    '[2001:db8::1]',
    '2001:db8::1::2',
    'localhost',
    ' 1.2.3.4',
  ])('does not take %j', (address) => {
    expect(faultIn(() => toWireAddress(address))).toBe('vnp_IpAddr NOT_AN_ADDRESS');
    expect(isWireAddress(address)).toBe(false);
  });

  it('has at least 7 characters', () => {
    expect(isWireAddress('::ffff')).toBe(false);
    expect(isWireAddress('a::ffff')).toBe(true);
  });
});

describe('vnp_OrderInfo', () => {
  it.each([
    ['Thanh toán đơn hàng #5: 2 × Phở', 'Thanh toan don hang 5: 2 Pho'],
    ["!'()*~&=|+%", 'Don hang'],
    ['日本', 'Don hang'],
    ['', 'Don hang'],
    ['SO_2026-11.01', 'SO 2026-11.01'],
    ['  a   b  ', 'a b'],
  ])('makes %j to %j', (text, plain) => {
    expect(toOrderInfo(text, 'Đơn_hàng')).toBe(plain);
  });

  it('has at most 255 characters and no blank at its end', () => {
    expect(toOrderInfo('x'.repeat(256), '')).toBe('x'.repeat(255));
    expect(toOrderInfo(`${'x'.repeat(254)} y`, '')).toBe('x'.repeat(254));
  });

  it('holds only what every encoder leaves alone or agrees on', () => {
    fc.assert(fc.property(wellFormed, (text) => /^[A-Za-z0-9 .:-]{0,255}$/.test(toOrderInfo(text, ''))));
  });
});
