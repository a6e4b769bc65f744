import { minorDigits } from './currency';
import type { Currency } from './currency';
import { readDecimal } from './decimal';
import { integerOf } from './money';
import type { Money } from './money';
import { MoneyError } from './money-error';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** True when a JSON number can carry this amount without loss. */
export function isSafeMinor(amountMinor: bigint): boolean {
  return amountMinor <= MAX_SAFE && amountMinor >= -MAX_SAFE;
}

/**
 * The amount as the integer that goes into JSON.
 * @throws MoneyError `out_of_range` outside the safe integer range
 */
export function toSafeNumber(amountMinor: bigint): number {
  return Number(safe(amountMinor));
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
  const amountMinor = safe(typeof value === 'bigint' ? value : integerOf(value));
  if (amountMinor < 0n) throw new MoneyError('negative', 'An amount must not be negative.');
  return amountMinor;
}

/**
 * Turns the decimal(15,4) text or number of a sibling service into whole minor units: `'100000.0000'` VND is 100000n,
 * `'10.25'` USD is 1025n. What is not a whole minor unit is refused, never rounded. The sign is kept. A number counts as
 * the decimal that JSON writes for it, which is exact for the 15 digits of decimal(15,4).
 * @throws MoneyError `not_a_number`, `fraction`, `out_of_range`, `unknown_currency`
 */
export function decimalToMinor(value: string | number, currency: string): bigint {
  const digits = minorDigits(currency);
  const { units, scale } = readDecimal(typeof value === 'number' ? plainText(value) : value);
  const whole = 10n ** BigInt(scale);
  const scaled = units * 10n ** BigInt(digits);
  if (scaled % whole !== 0n) {
    throw new MoneyError('fraction', `An amount in ${currency} must be a whole number of minor units.`);
  }
  return safe(scaled / whole);
}

/** The same as an amount that carries its currency: `fromDecimal('10.25', 'USD')`. @throws MoneyError */
export function fromDecimal<C extends Currency>(value: string | number, currency: C): Money<C> {
  return { currency, amountMinor: decimalToMinor(value, currency) };
}

/**
 * Minor units as plain decimal text in the major unit: 1025n USD is `10.25`, 100000n VND is `100000`.
 * @throws MoneyError `unknown_currency`
 */
export function minorToDecimal(amountMinor: bigint, currency: string): string {
  const digits = minorDigits(currency);
  const sign = amountMinor < 0n ? '-' : '';
  const text = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(digits + 1, '0');
  const point = text.length - digits;
  return `${sign}${text.slice(0, point)}${digits === 0 ? '' : `.${text.slice(point)}`}`;
}

/** Numbers as JSON writes them; JavaScript's exponents stand for what is too large, or has too small a fraction. */
function plainText(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  if (Math.abs(value) > 1) throw outOfRange();
  throw new MoneyError('fraction', 'An amount must be a whole number of minor units.');
}

function safe(amountMinor: bigint): bigint {
  if (!isSafeMinor(amountMinor)) throw outOfRange();
  return amountMinor;
}

function outOfRange(): MoneyError {
  return new MoneyError('out_of_range', 'An amount must lie within the safe integer range.');
}
