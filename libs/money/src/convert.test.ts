import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  CURRENCIES,
  MoneyError,
  decimalToMinor,
  formatMoney,
  formatVnd,
  fromDecimal,
  isCurrency,
  isSafeMinor,
  minorDigits,
  minorToDecimal,
  money,
  parseMinor,
  toSafeNumber,
} from './index';
import type { Currency, Money } from './index';
import { anyMinor, reasonOf, refusalOf, safeMinor } from './money.fixture';

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
const OUT_OF_RANGE = 'MoneyError out_of_range: An amount must lie within the safe integer range.';

describe('amounts of our API', () => {
  it.each([
    ['100000', 'not_a_number: An amount must be an integer.'],
    [null, 'not_a_number: An amount must be an integer.'],
    [{}, 'not_a_number: An amount must be an integer.'],
    [Number.NaN, 'not_a_number: An amount must be a number.'],
    [0.5, 'fraction: An amount must be a whole number of minor units.'],
    [-1, 'negative: An amount must not be negative.'],
    [-1n, 'negative: An amount must not be negative.'],
    [2 ** 53, 'out_of_range: An amount must lie within the safe integer range.'],
    [2n ** 53n, 'out_of_range: An amount must lie within the safe integer range.'],
    [Number.POSITIVE_INFINITY, 'out_of_range: An amount must lie within the safe integer range.'],
  ])('refuses %s: %s', (value, refusal) => {
    expect(refusalOf(() => parseMinor(value))).toBe(`MoneyError ${refusal}`);
  });

  it('takes any value or refuses it with its own error', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), (value) => {
        try {
          expect(parseMinor(value)).toBe(BigInt(value as number));
        } catch (error) {
          expect(error).toBeInstanceOf(MoneyError);
        }
      }),
    );
  });

  it('carries every safe amount through JSON', () => {
    fc.assert(
      fc.property(safeMinor, (amount) => {
        expect(parseMinor(JSON.parse(JSON.stringify(toSafeNumber(amount))))).toBe(amount);
        expect(parseMinor(amount)).toBe(amount);
      }),
    );
    expect([parseMinor(-0), parseMinor(0n), toSafeNumber(LARGEST), toSafeNumber(-LARGEST)]).toEqual([
      0n,
      0n,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ]);
    for (const amount of [LARGEST + 1n, -LARGEST - 1n]) {
      expect(isSafeMinor(amount)).toBe(false);
      expect(refusalOf(() => toSafeNumber(amount))).toBe(OUT_OF_RANGE);
    }
    expect([isSafeMinor(LARGEST), isSafeMinor(-LARGEST)]).toEqual([true, true]);
  });
});

describe('decimals of siblings', () => {
  it.each([
    ['100000.0000', 'VND', 100_000n],
    ['-5000.0000', 'VND', -5_000n],
    ['0.0000', 'VND', 0n],
    ['99999999999.0000', 'VND', 99_999_999_999n],
    [250_000, 'VND', 250_000n],
    ['10.25', 'USD', 1_025n],
    ['10.2500', 'USD', 1_025n],
    ['10', 'USD', 1_000n],
    [0.1, 'USD', 10n],
    [99_999_999_999.99, 'USD', 9_999_999_999_999n],
    ['1.234', 'KWD', 1_234n],
    ['9007199254740991', 'VND', LARGEST],
  ])('reads %s %s as %s', (value, currency, expected) => {
    expect(decimalToMinor(value, currency)).toBe(expected);
    expect(fromDecimal(value, currency as Currency)).toEqual(money(expected, currency));
  });

  it.each([
    ['100000.5000', 'VND', 'fraction: An amount in VND must be a whole number of minor units.'],
    ['100000.0001', 'VND', 'fraction: An amount in VND must be a whole number of minor units.'],
    ['10.255', 'USD', 'fraction: An amount in USD must be a whole number of minor units.'],
    [0.000_000_1, 'VND', 'fraction: An amount must be a whole number of minor units.'],
    [-0.000_000_1, 'VND', 'fraction: An amount must be a whole number of minor units.'],
    ['9007199254740992', 'VND', 'out_of_range: An amount must lie within the safe integer range.'],
    ['-9007199254740992', 'VND', 'out_of_range: An amount must lie within the safe integer range.'],
    ['90071992547409.92', 'USD', 'out_of_range: An amount must lie within the safe integer range.'],
    [1e21, 'VND', 'out_of_range: An amount must lie within the safe integer range.'],
    [Number.NEGATIVE_INFINITY, 'VND', 'not_a_number: Not a decimal number.'],
    [-1e21, 'VND', 'out_of_range: An amount must lie within the safe integer range.'],
    ['abc', 'VND', 'not_a_number: Not a decimal number.'],
    ['0100', 'VND', 'not_a_number: Not a decimal number.'],
    ['1e5', 'VND', 'not_a_number: Not a decimal number.'],
    [Number.NaN, 'VND', 'not_a_number: Not a decimal number.'],
    [Number.POSITIVE_INFINITY, 'VND', 'not_a_number: Not a decimal number.'],
    ['1', 'XAU', 'unknown_currency: The minor unit of currency "XAU" is not known.'],
    ['1', 'toString', 'unknown_currency: The minor unit of currency "toString" is not known.'],
  ])('refuses %s %s: %s', (value, currency, refusal) => {
    expect(refusalOf(() => decimalToMinor(value, currency))).toBe(`MoneyError ${refusal}`);
  });

  it('knows at compile time which currencies it can scale', () => {
    expectTypeOf(fromDecimal('1', 'VND')).toEqualTypeOf<Money<'VND'>>();
    // @ts-expect-error the minor unit of gold is not known
    expect(reasonOf(() => fromDecimal('1', 'XAU'))).toBe('unknown_currency');
  });

  it('reads every decimal(15,4) exactly, as text and as a number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), (tenThousandths) => {
        const text = new Big(tenThousandths.toString()).div(10_000).toFixed(4);
        const whole = tenThousandths % 10_000n === 0n;
        for (const value of [text, Number(text)]) {
          if (whole) expect(decimalToMinor(value, 'VND')).toBe(tenThousandths / 10_000n);
          else expect(reasonOf(() => decimalToMinor(value, 'VND'))).toBe('fraction');
        }
      }),
    );
  });

  it('converts to decimals and back for every currency', () => {
    fc.assert(
      fc.property(safeMinor, fc.boolean(), fc.constantFrom(...CURRENCIES), (size, negative, currency) => {
        const amount = negative ? -size : size;
        const text = minorToDecimal(amount, currency);
        expect(text).toBe(
          new Big(amount.toString()).div(new Big(10).pow(minorDigits(currency))).toFixed(minorDigits(currency)),
        );
        expect(decimalToMinor(text, currency)).toBe(amount);
      }),
    );
    expect([minorToDecimal(1_025n, 'USD'), minorToDecimal(-5n, 'USD'), minorToDecimal(0n, 'KWD')]).toEqual([
      '10.25',
      '-0.05',
      '0.000',
    ]);
    expect(minorToDecimal(100_000n, 'VND')).toBe('100000');
    expect(reasonOf(() => minorToDecimal(1n, 'XAU'))).toBe('unknown_currency');
  });
});

describe('currencies', () => {
  it('knows the minor units of ISO 4217', () => {
    const digits = Object.fromEntries(CURRENCIES.map((code) => [code, minorDigits(code)]));
    const others = CURRENCIES.filter((code) => !['VND', 'JPY', 'KRW', 'BHD', 'KWD'].includes(code));
    expect(digits).toMatchObject({ VND: 0, JPY: 0, KRW: 0, BHD: 3, KWD: 3 });
    expect(others.map((code) => digits[code])).toEqual(others.map(() => 2));
    expect(CURRENCIES).toHaveLength(23);
    expect([...CURRENCIES].sort()).toEqual(CURRENCIES);
    expect(Object.isFrozen(CURRENCIES)).toBe(true);
    // Intl counts decimals as they are used (CLDR): none for the rupiah or the kip, which ISO 4217 gives two.
    for (const currency of ['VND', 'JPY', 'USD', 'EUR', 'KWD'] as const) {
      const intl = new Intl.NumberFormat('en', { style: 'currency', currency });
      expect(intl.resolvedOptions().maximumFractionDigits).toBe(minorDigits(currency));
    }
  });

  it.each(['constructor', 'vnd', '', 704, ['VND'], null, undefined])('does not know %s', (code) => {
    expect(isCurrency(code)).toBe(false);
  });
});

describe('formatting', () => {
  it.each([
    [0n, '0 ₫'],
    [999n, '999 ₫'],
    [1_000n, '1.000 ₫'],
    [100_000n, '100.000 ₫'],
    [-1_234_567n, '-1.234.567 ₫'],
  ])('writes %s đồng as %s', (amount, expected) => {
    expect(formatVnd(amount)).toBe(expected);
  });

  it.each([
    [money(123_450, 'USD'), '1.234,50 USD'],
    [money(-5, 'USD'), '-0,05 USD'],
    [money(1_234_567, 'KWD'), '1.234,567 KWD'],
    [money(1_000_000, 'JPY'), '1.000.000 JPY'],
  ])('writes %o as %s', (amount, expected) => {
    expect(formatMoney(amount)).toBe(expected);
  });

  it('writes đồng as Intl does for Vietnamese, with a plain space', () => {
    const intl = new Intl.NumberFormat('vi-VN', { style: 'currency', currency: 'VND' });
    fc.assert(
      fc.property(anyMinor, (amount) => {
        expect(formatVnd(amount)).toBe(intl.format(amount).replace('\u00a0', ' '));
      }),
    );
    expect(reasonOf(() => formatMoney(money(1, 'XAU')))).toBe('unknown_currency');
  });
});
