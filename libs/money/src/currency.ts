import { MoneyError } from './money-error';

/** Decimal digits of the minor unit, from ISO 4217 (list one). VND has none: its minor unit is the đồng. */
const MINOR_DIGITS = {
  AUD: 2,
  BHD: 3,
  CAD: 2,
  CHF: 2,
  CNY: 2,
  EUR: 2,
  GBP: 2,
  HKD: 2,
  IDR: 2,
  INR: 2,
  JPY: 0,
  KHR: 2,
  KRW: 0,
  KWD: 3,
  LAK: 2,
  MYR: 2,
  NZD: 2,
  PHP: 2,
  SGD: 2,
  THB: 2,
  TWD: 2,
  USD: 2,
  VND: 0,
} as const;

/** ISO 4217 codes whose minor unit this library knows. */
export type Currency = keyof typeof MINOR_DIGITS;

/** All known codes, in alphabetical order. */
export const CURRENCIES: readonly Currency[] = Object.freeze(Object.keys(MINOR_DIGITS) as Currency[]);

/** True when the minor unit of this code is known. */
export function isCurrency(code: unknown): code is Currency {
  return typeof code === 'string' && Object.hasOwn(MINOR_DIGITS, code);
}

/**
 * Decimal digits of a currency's minor unit (ISO 4217): VND 0, USD 2.
 * @throws MoneyError `unknown_currency`
 */
export function minorDigits(currency: string): number {
  if (!isCurrency(currency))
    throw new MoneyError('unknown_currency', `The minor unit of currency "${currency}" is not known.`);
  return MINOR_DIGITS[currency];
}
