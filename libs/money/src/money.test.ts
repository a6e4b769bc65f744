import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { add, allocate, compare, equals, isNegative, isZero, money, negate, percentOf, subtract, sum } from './index';
import type { Money } from './index';
import { anyMinor, reasonOf, refusalOf } from './money.fixture';

const dong = money(1000, 'VND');
const cents = money(1000, 'USD');

describe('amounts with a currency', () => {
  it('does not compile with two currencies, and throws where types were lost', () => {
    const mismatch = 'MoneyError currency_mismatch: Amounts in VND and USD cannot be combined.';
    // @ts-expect-error đồng and cents do not add up
    expect(refusalOf(() => add(dong, cents))).toBe(mismatch);
    // @ts-expect-error nor can one be taken from the other
    expect(refusalOf(() => subtract(dong, cents))).toBe(mismatch);
    // @ts-expect-error nor do they have an order
    expect(refusalOf(() => compare(dong, cents))).toBe(mismatch);
    // @ts-expect-error nor a sum
    expect(refusalOf(() => sum([dong, cents], 'VND'))).toBe(mismatch);
    // @ts-expect-error nor does an amount of one currency pass for one of the other
    const wrong: Money<'VND'> = cents;
    expect(wrong.currency).toBe('USD');
  });

  it('keeps the currency in the type through every operation', () => {
    expectTypeOf(dong).toEqualTypeOf<Money<'VND'>>();
    expectTypeOf(add(dong, dong)).toEqualTypeOf<Money<'VND'>>();
    expectTypeOf(subtract(cents, cents)).toEqualTypeOf<Money<'USD'>>();
    expectTypeOf(negate(cents)).toEqualTypeOf<Money<'USD'>>();
    expectTypeOf(sum([dong], 'VND')).toEqualTypeOf<Money<'VND'>>();
    expectTypeOf(allocate(dong, [1])).toEqualTypeOf<Money<'VND'>[]>();
    expectTypeOf(percentOf(dong, '8')).toEqualTypeOf<Money<'VND'>>();
    expectTypeOf<Money<'VND'>>().not.toExtend<Money<'USD'>>();
    expectTypeOf<Money<'VND'>>().toExtend<Money>();
    expectTypeOf(dong.amountMinor).toEqualTypeOf<bigint>();
    expect([add(dong, money(1n, 'VND')), subtract(dong, money(1n, 'VND')), negate(cents)]).toEqual([
      { currency: 'VND', amountMinor: 1001n },
      { currency: 'VND', amountMinor: 999n },
      { currency: 'USD', amountMinor: -1000n },
    ]);
  });

  it('makes amounts from whole safe numbers only', () => {
    expect(money(-5, 'VND')).toEqual({ currency: 'VND', amountMinor: -5n });
    expect(money(2n ** 80n, 'VND').amountMinor).toBe(2n ** 80n);
    expect(money(Number.MAX_SAFE_INTEGER, 'VND').amountMinor).toBe(9_007_199_254_740_991n);
    expect(refusalOf(() => money(0.1, 'USD'))).toBe(
      'MoneyError fraction: An amount must be a whole number of minor units.',
    );
    expect(refusalOf(() => money(2 ** 53, 'USD'))).toBe(
      'MoneyError out_of_range: An amount must lie within the safe integer range.',
    );
    expect(refusalOf(() => money(Number.NaN, 'USD'))).toBe('MoneyError not_a_number: An amount must be a number.');
    for (const infinite of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(reasonOf(() => money(infinite, 'USD'))).toBe('out_of_range');
    }
  });

  it.each(['vnd', 'VN', 'VNDX', 'xVND', 'VND ', '', '704'])('refuses the currency %j', (currency) => {
    expect(refusalOf(() => money(1, currency))).toBe(
      `MoneyError unknown_currency: "${currency}" is not an ISO 4217 code.`,
    );
  });

  it('keeps the laws of addition', () => {
    fc.assert(
      fc.property(anyMinor, anyMinor, anyMinor, (...values) => {
        const [a, b, c] = values.map((value) => money(value, 'VND')) as [Money<'VND'>, Money<'VND'>, Money<'VND'>];
        expect(subtract(add(a, b), b)).toEqual(a);
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)));
        expect(sum([a, b, c], 'VND')).toEqual(add(c, add(b, a)));
        expect(isZero(add(a, negate(a)))).toBe(true);
        expect(add(a, negate(b))).toEqual(subtract(a, b));
      }),
    );
    expect(sum([], 'VND')).toEqual(money(0, 'VND'));
  });

  it('orders amounts as their numbers', () => {
    fc.assert(
      fc.property(anyMinor, anyMinor, (left, right) => {
        const [a, b] = [money(left, 'VND'), money(right, 'VND')];
        expect(compare(a, b)).toBe(left === right ? 0 : left < right ? -1 : 1);
        expect(compare(b, a)).toBe(0 - compare(a, b) + 0);
        expect(equals(a, b)).toBe(left === right);
        expect([isNegative(a), isZero(a)]).toEqual([left < 0n, left === 0n]);
      }),
    );
    expect([compare(dong, dong), equals(dong, money(1000n, 'VND')), equals(dong, cents)]).toEqual([0, true, false]);
    expect([isZero(money(0, 'VND')), isNegative(money(0, 'VND')), isZero(dong)]).toEqual([true, false, false]);
  });
});
