import { MoneyError } from './money-error';

/** An amount in the minor unit of its currency (ISO 4217). The currency is part of the type. */
export interface Money<C extends string = string> {
  readonly currency: C;
  readonly amountMinor: bigint;
}

const CURRENCY_CODE = /^[A-Z]{3}$/;

/**
 * Makes an amount of minor units (VND: đồng, USD: cents). Negative amounts are allowed: ledgers need them.
 * @throws MoneyError `fraction`, `out_of_range`, `not_a_number` for an unsafe number, `unknown_currency` for a code
 * that is not three capital letters
 */
export function money<C extends string>(amountMinor: bigint | number, currency: C): Money<C> {
  if (!CURRENCY_CODE.test(currency)) throw new MoneyError('unknown_currency', `"${currency}" is not an ISO 4217 code.`);
  return { currency, amountMinor: typeof amountMinor === 'bigint' ? amountMinor : integerOf(amountMinor) };
}

/**
 * Turns a JavaScript number into minor units without loss.
 * @throws MoneyError `not_a_number`, `fraction`, `out_of_range`
 */
export function integerOf(value: number): bigint {
  if (Number.isNaN(value)) throw new MoneyError('not_a_number', 'An amount must be a number.');
  if (Number.isSafeInteger(value)) return BigInt(value);
  if (Number.isInteger(value) || !Number.isFinite(value)) {
    throw new MoneyError('out_of_range', 'An amount must lie within the safe integer range.');
  }
  throw new MoneyError('fraction', 'An amount must be a whole number of minor units.');
}

/** Sum of two amounts of one currency; two different currencies do not compile, and throw where types were lost. */
export function add<C extends string>(left: Money<C>, right: Money<NoInfer<C>>): Money<C> {
  assertSameCurrency(left.currency, right.currency);
  return { currency: left.currency, amountMinor: left.amountMinor + right.amountMinor };
}

/** `left` minus `right`; the result may be negative. @throws MoneyError `currency_mismatch` */
export function subtract<C extends string>(left: Money<C>, right: Money<NoInfer<C>>): Money<C> {
  assertSameCurrency(left.currency, right.currency);
  return { currency: left.currency, amountMinor: left.amountMinor - right.amountMinor };
}

/** −1, 0 or 1, as a sort comparator wants it. @throws MoneyError `currency_mismatch` */
export function compare<C extends string>(left: Money<C>, right: Money<NoInfer<C>>): -1 | 0 | 1 {
  assertSameCurrency(left.currency, right.currency);
  if (left.amountMinor === right.amountMinor) return 0;
  return left.amountMinor < right.amountMinor ? -1 : 1;
}

/** True for same currency and same amount. */
export function equals(left: Money, right: Money): boolean {
  return left.currency === right.currency && left.amountMinor === right.amountMinor;
}

/** True when nothing is owed either way. */
export function isZero(amount: Money): boolean {
  return amount.amountMinor === 0n;
}

/** True below zero. */
export function isNegative(amount: Money): boolean {
  return amount.amountMinor < 0n;
}

/** The same amount with the other sign. */
export function negate<C extends string>(amount: Money<C>): Money<C> {
  return { currency: amount.currency, amountMinor: -amount.amountMinor };
}

/** Sum of many amounts; the currency is named so that an empty list has one too. @throws MoneyError `currency_mismatch` */
export function sum<C extends string>(amounts: Iterable<Money<NoInfer<C>>>, currency: C): Money<C> {
  let amountMinor = 0n;
  for (const amount of amounts) {
    assertSameCurrency(currency, amount.currency);
    amountMinor += amount.amountMinor;
  }
  return { currency, amountMinor };
}

function assertSameCurrency(left: string, right: string): void {
  if (left === right) return;
  throw new MoneyError('currency_mismatch', `Amounts in ${left} and ${right} cannot be combined.`);
}
