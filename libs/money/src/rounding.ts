import { readDecimal } from './decimal';
import type { DecimalInput } from './decimal';
import type { Money } from './money';
import { MoneyError } from './money-error';

/**
 * Where a result between two whole units goes. `half_up`: to the nearer one, halves away from zero (the commercial rule
 * of Vietnamese invoices); `half_even`: halves to the even one; `up`: away from zero; `down`: towards zero; `ceiling`
 * and `floor`: up and down the number line.
 */
export type RoundingMode = 'half_up' | 'half_even' | 'up' | 'down' | 'ceiling' | 'floor';

/**
 * Exact integer division, the result rounded as `mode` says.
 * @throws MoneyError `division_by_zero`
 */
export function divideRounded(numerator: bigint, denominator: bigint, mode: RoundingMode = 'half_up'): bigint {
  if (denominator === 0n) throw new MoneyError('division_by_zero', 'An amount cannot be divided by zero.');
  const negative = numerator < 0n !== denominator < 0n;
  const top = magnitude(numerator);
  const bottom = magnitude(denominator);
  const quotient = top / bottom;
  const remainder = top % bottom;
  const away = remainder !== 0n && leavesZero(mode, negative, quotient, 2n * remainder - bottom);
  const rounded = away ? quotient + 1n : quotient;
  return negative ? -rounded : rounded;
}

/** Whether a quotient with a remainder is rounded away from zero; `overHalf` is positive above one half, 0 at it. */
function leavesZero(mode: RoundingMode, negative: boolean, quotient: bigint, overHalf: bigint): boolean {
  switch (mode) {
    case 'half_up':
      return overHalf >= 0n;
    case 'half_even':
      return overHalf > 0n || (overHalf === 0n && quotient % 2n === 1n);
    case 'up':
      return true;
    case 'down':
      return false;
    case 'ceiling':
      return !negative;
    case 'floor':
      return negative;
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/**
 * Exact integer division with the result rounded half away from zero.
 * @throws MoneyError `division_by_zero`
 */
export function divideRoundHalfUp(numerator: bigint, denominator: bigint): bigint {
  return divideRounded(numerator, denominator, 'half_up');
}

/** Rounds a decimal count of minor units to whole ones, halves away from zero unless told. @throws MoneyError */
export function roundToMinor(value: DecimalInput, mode: RoundingMode = 'half_up'): bigint {
  const { units, scale } = readDecimal(value);
  return divideRounded(units, 10n ** BigInt(scale), mode);
}

/**
 * `percent` % of an amount in minor units, rounded half away from zero unless told; a percentage with decimals is text
 * (`'8'`, `'3.5'`).
 * @throws MoneyError for a percentage that is no decimal
 */
export function percentOf(amount: bigint, percent: DecimalInput, mode?: RoundingMode): bigint;
export function percentOf<C extends string>(amount: Money<C>, percent: DecimalInput, mode?: RoundingMode): Money<C>;
export function percentOf(amount: bigint | Money, percent: DecimalInput, mode?: RoundingMode): bigint | Money {
  if (typeof amount !== 'bigint') {
    return { currency: amount.currency, amountMinor: percentOf(amount.amountMinor, percent, mode) };
  }
  const { units, scale } = readDecimal(percent);
  return divideRounded(amount * units, 10n ** BigInt(scale + 2), mode);
}
