import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideRoundHalfUp, divideRounded, money, percentOf, roundToMinor } from './index';
import type { RoundingMode } from './index';
import { anyMinor, reasonOf, refusalOf } from './money.fixture';

// Quarters from −1.75 to 1.75, and the halves of 2.5: one line per mode.
const QUARTERS = [-10n, -7n, -6n, -5n, -4n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 10n];
const EXPECTED: Readonly<Record<RoundingMode, readonly number[]>> = {
  half_up: [-3, -2, -2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3],
  half_even: [-2, -2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2],
  up: [-3, -2, -2, -2, -1, -1, -1, -1, 0, 1, 1, 1, 1, 2, 2, 2, 3],
  down: [-2, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2],
  ceiling: [-2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3],
  floor: [-3, -2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2],
};
const MODES = Object.keys(EXPECTED) as RoundingMode[];

describe('rounding', () => {
  it.each(MODES)('rounds quarters as %s says', (mode) => {
    const expected = EXPECTED[mode].map(BigInt);
    expect(QUARTERS.map((quarter) => divideRounded(quarter, 4n, mode))).toEqual(expected);
    expect(QUARTERS.map((quarter) => divideRounded(-quarter, -4n, mode))).toEqual(expected);
  });

  it('agrees with big.js wherever both know the mode', () => {
    const theirs = { down: Big.roundDown, half_up: Big.roundHalfUp, half_even: Big.roundHalfEven, up: Big.roundUp };
    const modes = fc.constantFrom(...(Object.keys(theirs) as (keyof typeof theirs)[]));
    const decimals = fc.tuple(anyMinor, fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(decimals, modes, ([units, scale], mode) => {
        const text = new Big(units.toString()).div(new Big(10).pow(scale)).toFixed(scale);
        expect(roundToMinor(text, mode)).toBe(BigInt(new Big(text).round(0, theirs[mode]).toFixed(0)));
      }),
    );
  });

  it('divides to the nearest whole, away from zero at the half', () => {
    expect([divideRoundHalfUp(5n, 2n), divideRoundHalfUp(-5n, 2n), divideRoundHalfUp(5n, -2n)]).toEqual([3n, -3n, -3n]);
    expect([divideRounded(5n, 2n), divideRoundHalfUp(7n, 1n), divideRoundHalfUp(0n, -3n)]).toEqual([3n, 7n, 0n]);
    expect(refusalOf(() => divideRoundHalfUp(1n, 0n))).toBe(
      'MoneyError division_by_zero: An amount cannot be divided by zero.',
    );
    fc.assert(
      fc.property(anyMinor, fc.bigInt({ min: 1n, max: 10n ** 9n }), (numerator, denominator) => {
        const error = divideRoundHalfUp(numerator, denominator) * denominator - numerator;
        expect(2n * (error < 0n ? -error : error) <= denominator).toBe(true);
        expect(divideRoundHalfUp(-numerator, denominator)).toBe(-divideRoundHalfUp(numerator, denominator));
      }),
    );
  });

  it('never leaves the two whole numbers around the exact result, and the modes mirror each other', () => {
    fc.assert(
      fc.property(anyMinor, anyMinor, fc.constantFrom(...MODES), (numerator, denominator, mode) => {
        fc.pre(denominator !== 0n);
        const [low, high] = [
          divideRounded(numerator, denominator, 'floor'),
          divideRounded(numerator, denominator, 'ceiling'),
        ];
        const result = divideRounded(numerator, denominator, mode);
        expect(result === low || result === high).toBe(true);
        expect(high - low).toBe(numerator % denominator === 0n ? 0n : 1n);
        expect(low).toBe(-divideRounded(-numerator, denominator, 'ceiling'));
      }),
    );
  });
});

describe('decimals', () => {
  it.each([
    ['2.5', 3n],
    ['-2.5', -3n],
    ['2.4999', 2n],
    ['1234.5', 1235n],
    ['-0.4', 0n],
    ['7', 7n],
    [7, 7n],
    [-7n, -7n],
    [`${'9'.repeat(62)}.0`, 10n ** 62n - 1n],
  ])('reads and rounds %s as %s', (value, expected) => {
    expect(roundToMinor(value)).toBe(expected);
  });

  it('rounds in the mode it is told', () => {
    expect([roundToMinor('2.5', 'half_even'), roundToMinor('2.1', 'up'), roundToMinor('-2.1', 'ceiling')]).toEqual([
      2n,
      3n,
      -2n,
    ]);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '1e3',
    '0x10',
    '1.',
    '.5',
    'NaN',
    '--1',
    '-',
    '1,5',
    '01',
    '00',
    '-01.5',
    '1.5.5',
    '9'.repeat(65),
  ])('refuses %j', (text) => {
    expect(refusalOf(() => roundToMinor(text))).toBe('MoneyError not_a_number: Not a decimal number.');
  });

  it('takes no binary fractions', () => {
    expect(reasonOf(() => roundToMinor(0.5))).toBe('fraction');
    expect(reasonOf(() => roundToMinor(2 ** 53))).toBe('out_of_range');
    expect(reasonOf(() => roundToMinor(Number.NaN))).toBe('not_a_number');
  });

  it('refuses any text with its own error or reads it as it stands', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^-?\d{1,20}(\.\d{1,5})?$/));
    fc.assert(
      fc.property(texts, (text) => {
        const reason = reasonOf(() => roundToMinor(text, 'down'));
        if (reason === undefined)
          expect(new Big(text).round(0, Big.roundDown).toFixed(0)).toBe(roundToMinor(text, 'down').toString());
        else expect(reason).toBe('not_a_number');
      }),
    );
  });
});

describe('percentOf', () => {
  it.each([
    [100_000n, 8, 8_000n],
    [12_345n, '10', 1_235n],
    [12_344n, '10', 1_234n],
    [-12_345n, '10', -1_235n],
    [1_000n, '0.15', 2n],
    [200n, '3.5', 7n],
    [100n, 0n, 0n],
    [333n, '-50', -167n],
  ])('of %s, %s %% is %s', (amount, percent, expected) => {
    expect(percentOf(amount, percent)).toBe(expected);
    expect(percentOf(money(amount, 'VND'), percent)).toEqual(money(expected, 'VND'));
  });

  it('rounds in the mode it is told, and takes no binary fractions', () => {
    expect([percentOf(1n, '50', 'down'), percentOf(money(1n, 'VND'), '50', 'down')]).toEqual([0n, money(0n, 'VND')]);
    expect(reasonOf(() => percentOf(1n, 0.15))).toBe('fraction');
    expect(reasonOf(() => percentOf(1n, '8%'))).toBe('not_a_number');
  });

  it('is the exact share, rounded once', () => {
    fc.assert(
      fc.property(anyMinor, fc.integer({ min: 0, max: 10_000 }), (amount, hundredths) => {
        const percent = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
        expect(percentOf(amount, percent)).toBe(divideRoundHalfUp(amount * BigInt(hundredths), 10_000n));
      }),
    );
  });
});
