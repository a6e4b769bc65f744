import { integerOf } from './money';
import type { Money } from './money';
import { MoneyError } from './money-error';

/** A share: a non-negative whole number. */
export type Weight = bigint | number;

/**
 * Splits an amount by weights with the largest-remainder method: the parts add up to the total exactly, each is its
 * exact share rounded down or up, and of equal remainders the earlier part gets the unit. A zero weight gets nothing.
 * @throws MoneyError `bad_weights` for no weights, a negative one or a sum of zero
 */
export function allocate(total: bigint, weights: readonly Weight[]): bigint[];
export function allocate<C extends string>(total: Money<C>, weights: readonly Weight[]): Money<C>[];
export function allocate(total: bigint | Money, weights: readonly Weight[]): bigint[] | Money[] {
  if (typeof total === 'bigint') return allocateMinor(total, weights);
  return allocateMinor(total.amountMinor, weights).map((amountMinor) => ({ currency: total.currency, amountMinor }));
}

function allocateMinor(total: bigint, weights: readonly Weight[]): bigint[] {
  const shares = weights.map((weight) => (typeof weight === 'bigint' ? weight : integerOf(weight)));
  const whole = shares.reduce((left, right) => left + right, 0n);
  if (whole <= 0n || shares.some((share) => share < 0n)) {
    throw new MoneyError('bad_weights', 'Weights must be non-negative and not all zero.');
  }
  const amount = total < 0n ? -total : total;
  const parts = shares.map((share) => ({
    value: (amount * share) / whole,
    remainder: (amount * share) % whole,
  }));
  let missing = amount - parts.reduce((left, part) => left + part.value, 0n);
  // The sort is stable: of equal remainders the earlier part stays first.
  const byRemainder = [...parts].sort((left, right) => {
    if (left.remainder === right.remainder) return 0;
    return left.remainder > right.remainder ? -1 : 1;
  });
  for (const part of byRemainder) {
    if (missing === 0n) break;
    part.value += 1n;
    missing -= 1n;
  }
  return parts.map((part) => (total < 0n ? -part.value : part.value));
}
