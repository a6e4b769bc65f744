import Big from 'big.js';
import { MoneyError } from './money-error';

/** What the decimal functions take: decimal text, a number from a setting, or a Big. */
export type DecimalInput = string | number | bigint | Big;

const MAX_TEXT_LENGTH = 64;
const DECIMAL_TEXT = /^-?\d+(?:\.\d+)?$/;

/**
 * Reads a decimal without going through a binary fraction. Exponents are refused in text, because nobody writes money so.
 * @throws MoneyError `not_a_number`
 */
export function toBig(value: DecimalInput): Big {
  if (typeof value === 'string' && (value.length > MAX_TEXT_LENGTH || !DECIMAL_TEXT.test(value))) {
    throw new MoneyError('not_a_number', 'Not a decimal number.');
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new MoneyError('not_a_number', 'Not a decimal number.');
  return new Big(typeof value === 'bigint' ? value.toString() : value);
}

/** Rounds to `digits` decimals, halves away from zero (the commercial rule of Vietnamese invoices). */
export function roundHalfUp(value: DecimalInput, digits = 0): Big {
  return toBig(value).round(digits, Big.roundHalfUp);
}

/** Rounds a decimal count of minor units to whole ones, halves away from zero. */
export function roundToMinor(value: DecimalInput): bigint {
  return BigInt(roundHalfUp(value, 0).toFixed(0));
}

/**
 * Exact integer division with the result rounded half away from zero.
 * @throws MoneyError `division_by_zero`
 */
export function divideRoundHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (denominator === 0n) throw new MoneyError('division_by_zero', 'An amount cannot be divided by zero.');
  const negative = numerator < 0n !== denominator < 0n;
  const top = numerator < 0n ? -numerator : numerator;
  const bottom = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * top + bottom) / (2n * bottom);
  return negative ? -quotient : quotient;
}

/** `percent` % of an amount in minor units, rounded half away from zero; percent may have decimals (`'8'`, `'3.5'`). */
export function percentOf(amountMinor: bigint, percent: DecimalInput): bigint {
  return roundToMinor(toBig(amountMinor).times(toBig(percent)).times('0.01'));
}
