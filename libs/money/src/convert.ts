import Big from 'big.js';
import { minorDigits } from './currency';
import { integerOf } from './money';
import { MoneyError } from './money-error';
import { toBig } from './rounding';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** True when a JSON number can carry this amount without loss. */
export function isSafeMinor(amountMinor: bigint): boolean {
  return amountMinor <= MAX_SAFE && amountMinor >= -MAX_SAFE;
}

/**
 * The amount as the integer that goes into JSON.
 * @throws RangeError outside the safe integer range
 */
export function toSafeNumber(amountMinor: bigint): number {
  if (!isSafeMinor(amountMinor)) throw new RangeError('The amount lies outside the safe integer range.');
  return Number(amountMinor);
}

/**
 * Reads an amount in minor units that came in from outside: a JSON integer (or a bigint from a lossless parser), not
 * negative, within the safe range. Text is refused: our API's amounts are JSON integers.
 * @throws MoneyError `not_a_number`, `fraction`, `negative`, `out_of_range`
 */
export function parseMinor(value: unknown): bigint {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw new MoneyError('not_a_number', 'An amount must be an integer.');
  }
  const amountMinor = typeof value === 'bigint' ? value : integerOf(value);
  if (!isSafeMinor(amountMinor)) {
    throw new MoneyError('out_of_range', 'An amount must lie within the safe integer range.');
  }
  if (amountMinor < 0n) throw new MoneyError('negative', 'An amount must not be negative.');
  return amountMinor;
}

/**
 * Turns the decimal(15,4) text or number of a sibling service into whole minor units: `'100000.0000'` VND is 100000n,
 * `'10.25'` USD is 1025n. What is not a whole minor unit is refused, never rounded. The sign is kept.
 * @throws MoneyError `not_a_number`, `fraction`, `out_of_range`, `unknown_currency`
 */
export function decimalToMinor(value: string | number, currency: string): bigint {
  const digits = minorDigits(currency);
  const scaled = toBig(value).times(new Big(10).pow(digits));
  if (!scaled.round(0, Big.roundDown).eq(scaled)) {
    throw new MoneyError('fraction', `An amount in ${currency} must be a whole number of minor units.`);
  }
  const amountMinor = BigInt(scaled.toFixed(0));
  if (!isSafeMinor(amountMinor)) {
    throw new MoneyError('out_of_range', 'An amount must lie within the safe integer range.');
  }
  return amountMinor;
}

/** Minor units as plain decimal text in the major unit: 1025n USD is `10.25`, 100000n VND is `100000`. */
export function minorToDecimal(amountMinor: bigint, currency: string): string {
  const digits = minorDigits(currency);
  return new Big(amountMinor.toString()).div(new Big(10).pow(digits)).toFixed(digits);
}

/** Đồng as people in Vietnam write them: 100000n is `100.000 ₫`. */
export function formatVnd(amountMinor: bigint): string {
  return `${groupThousands(amountMinor)} ₫`;
}

function groupThousands(amount: bigint): string {
  return amount.toString().replace(/\B(?=(?:\d{3})+$)/g, '.');
}
