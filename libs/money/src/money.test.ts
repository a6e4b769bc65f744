import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CURRENCIES,
  MoneyError,
  add,
  allocate,
  compare,
  decimalToMinor,
  divideRoundHalfUp,
  equals,
  formatVnd,
  isCurrency,
  isNegative,
  isZero,
  minorDigits,
  minorToDecimal,
  money,
  negate,
  parseMinor,
  percentOf,
  roundHalfUp,
  roundToMinor,
  subtract,
  sum,
  toSafeNumber,
} from './index';

const reasonOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    return error instanceof MoneyError ? error.reason : String(error);
  }
  return undefined;
};

const minor = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const safeMinor = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) });

describe('amounts with a currency', () => {
  it('refuses two currencies at compile time, and at run time where types were lost', () => {
    const dong = money(1000, 'VND');
    const cents = money(1000, 'USD');
    // @ts-expect-error đồng and cents do not add up
    expect(reasonOf(() => add(dong, cents))).toBe('currency_mismatch');
    // @ts-expect-error nor can one be taken from the other
    expect(reasonOf(() => subtract(dong, cents))).toBe('currency_mismatch');
    // @ts-expect-error nor do they have an order
    expect(reasonOf(() => compare(dong, cents))).toBe('currency_mismatch');
    // @ts-expect-error nor a sum
    expect(reasonOf(() => sum([dong, cents], 'VND'))).toBe('currency_mismatch');
    expect(add(dong, money(1n, 'VND'))).toEqual({ currency: 'VND', amountMinor: 1001n });
  });

  it('makes amounts from whole safe numbers only', () => {
    expect(money(-5, 'VND').amountMinor).toBe(-5n);
    expect(reasonOf(() => money(0.1, 'USD'))).toBe('fraction');
    expect(reasonOf(() => money(2 ** 53, 'USD'))).toBe('out_of_range');
    expect(reasonOf(() => money(Number.NaN, 'USD'))).toBe('not_a_number');
    expect(reasonOf(() => money(Number.POSITIVE_INFINITY, 'USD'))).toBe('out_of_range');
    expect(reasonOf(() => money(1, 'vnd'))).toBe('unknown_currency');
  });

  it('keeps the laws of addition', () => {
    fc.assert(
      fc.property(minor, minor, (left, right) => {
        const a = money(left, 'VND');
        const b = money(right, 'VND');
        expect(subtract(add(a, b), b)).toEqual(a);
        expect(isZero(add(a, negate(a)))).toBe(true);
        expect(compare(a, b)).toBe(Math.sign(Number(left - right)));
        expect(equals(a, b)).toBe(left === right);
        expect(isNegative(a)).toBe(left < 0n);
        expect(sum([a, b], 'VND')).toEqual(add(b, a));
      }),
    );
    expect(sum([], 'VND')).toEqual(money(0, 'VND'));
    expect(equals(money(1, 'VND'), money(1, 'USD'))).toBe(false);
  });
});

describe('allocate', () => {
  it('splits by largest remainder', () => {
    expect(allocate(100n, [1, 1, 1])).toEqual([34n, 33n, 33n]);
    expect(allocate(-100n, [1, 1, 1])).toEqual([-34n, -33n, -33n]);
    expect(allocate(10n, [1, 0, 2])).toEqual([3n, 0n, 7n]);
    expect(allocate(money(5, 'VND'), [1n, 1n])).toEqual([money(3, 'VND'), money(2, 'VND')]);
  });

  it('refuses weights that share nothing', () => {
    for (const weights of [[], [0, 0], [2, -1]]) expect(reasonOf(() => allocate(1n, weights))).toBe('bad_weights');
    expect(reasonOf(() => allocate(1n, [0.5]))).toBe('fraction');
  });

  it('gives every đồng away, each part within one unit of its exact share', () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(minor, weights, (total, parts) => {
        const whole = parts.reduce((left, right) => left + right, 0n);
        fc.pre(whole > 0n);
        const result = allocate(total, parts);
        expect(result.reduce((left, right) => left + right, 0n)).toBe(total);
        for (const [index, part] of result.entries()) {
          const error = part * whole - total * (parts[index] ?? 0n);
          expect(error < whole && error > -whole).toBe(true);
        }
      }),
    );
  });
});

describe('rounding', () => {
  it.each([
    ['2.5', 0, '3'],
    ['-2.5', 0, '-3'],
    ['2.4999', 0, '2'],
    ['1.005', 2, '1.01'],
    ['0.125', 2, '0.13'],
    ['7', 2, '7'],
  ])('rounds %s to %d decimals as %s', (value, digits, expected) => {
    expect(roundHalfUp(value, digits).toString()).toBe(expected);
    expect(roundHalfUp(new Big(value), digits).toString()).toBe(expected);
  });

  it('divides exactly', () => {
    expect(divideRoundHalfUp(5n, 2n)).toBe(3n);
    expect(divideRoundHalfUp(-5n, 2n)).toBe(-3n);
    expect(divideRoundHalfUp(5n, -2n)).toBe(-3n);
    expect(reasonOf(() => divideRoundHalfUp(1n, 0n))).toBe('division_by_zero');
    fc.assert(
      fc.property(minor, fc.bigInt({ min: 1n, max: 10n ** 9n }), (numerator, denominator) => {
        const error = divideRoundHalfUp(numerator, denominator) * denominator - numerator;
        expect(2n * (error < 0n ? -error : error) <= denominator).toBe(true);
        expect(divideRoundHalfUp(-numerator, denominator)).toBe(-divideRoundHalfUp(numerator, denominator));
      }),
    );
  });

  it('takes percentages without binary fractions', () => {
    expect(percentOf(100_000n, 8)).toBe(8_000n);
    expect(percentOf(12_345n, '10')).toBe(1_235n);
    expect(percentOf(1_000n, 0.15)).toBe(2n);
    fc.assert(
      fc.property(minor, fc.bigInt({ min: 0n, max: 100n }), (amount, percent) => {
        expect(percentOf(amount, percent)).toBe(divideRoundHalfUp(amount * percent, 100n));
      }),
    );
  });

  it.each(['', ' 1', '1e3', '0x10', '1.', '.5', 'NaN', '--1', '1,5', '9'.repeat(65)])('refuses %j', (text) => {
    expect(reasonOf(() => roundHalfUp(text, 0))).toBe('not_a_number');
  });
});

describe('borders', () => {
  it.each([
    ['100000', 'not_a_number'],
    [null, 'not_a_number'],
    [{}, 'not_a_number'],
    [Number.NaN, 'not_a_number'],
    [0.5, 'fraction'],
    [-1, 'negative'],
    [-1n, 'negative'],
    [2 ** 53, 'out_of_range'],
    [2n ** 53n, 'out_of_range'],
    [Number.POSITIVE_INFINITY, 'out_of_range'],
  ])('parseMinor refuses %s as %s', (value, reason) => {
    expect(reasonOf(() => parseMinor(value))).toBe(reason);
  });

  it('carries every safe amount through JSON', () => {
    fc.assert(
      fc.property(safeMinor, (amount) => {
        expect(parseMinor(JSON.parse(JSON.stringify(toSafeNumber(amount))))).toBe(amount);
      }),
    );
    expect(() => toSafeNumber(2n ** 53n)).toThrow(RangeError);
    expect(() => toSafeNumber(-(2n ** 53n))).toThrow(RangeError);
    expect(parseMinor(-0)).toBe(0n);
  });

  it.each([
    ['100000.0000', 'VND', 100_000n],
    ['-5000.0000', 'VND', -5_000n],
    [250_000, 'VND', 250_000n],
    ['10.25', 'USD', 1_025n],
    [0.1, 'USD', 10n],
    ['1.234', 'KWD', 1_234n],
  ])('reads %s %s as %s', (value, currency, expected) => {
    expect(decimalToMinor(value, currency)).toBe(expected);
  });

  it.each([
    ['100000.5000', 'VND', 'fraction'],
    ['10.255', 'USD', 'fraction'],
    ['99999999999999999999', 'VND', 'out_of_range'],
    [1e21, 'VND', 'out_of_range'],
    ['abc', 'VND', 'not_a_number'],
    [Number.NaN, 'VND', 'not_a_number'],
    ['1', 'XXX', 'unknown_currency'],
    ['1', 'toString', 'unknown_currency'],
  ])('refuses %s %s as %s', (value, currency, reason) => {
    expect(reasonOf(() => decimalToMinor(value, currency))).toBe(reason);
  });

  it('converts to decimals and back for every currency', () => {
    fc.assert(
      fc.property(safeMinor, fc.constantFrom(...CURRENCIES), (amount, currency) => {
        expect(decimalToMinor(minorToDecimal(amount, currency), currency)).toBe(amount);
      }),
    );
    expect(minorToDecimal(1_025n, 'USD')).toBe('10.25');
  });

  it('knows minor units and writes đồng', () => {
    expect([minorDigits('VND'), minorDigits('USD')]).toEqual([0, 2]);
    expect(isCurrency('constructor')).toBe(false);
    expect(['0 ₫', '999 ₫', '1.000 ₫', '100.000 ₫', '-1.234.567 ₫']).toEqual(
      [0n, 999n, 1_000n, 100_000n, -1_234_567n].map(formatVnd),
    );
    expect(roundToMinor('1234.5')).toBe(1_235n);
  });
});
