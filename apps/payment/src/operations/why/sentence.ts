import { formatMoney, isCurrency } from '@nx/money';

/** What happens next, when, and by whom. `at` null: whenever that person comes to it. */
export interface NextAction {
  readonly who: 'scheduler' | 'worker' | 'provider' | 'buyer' | 'operator' | 'merchant' | 'nobody';
  /** ms */
  readonly at: number | null;
  readonly what: string;
}

/** An instant in UTC, without milliseconds where there are none. */
export const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.000Z$/, 'Z');

/** An amount as people write it; in minor units where the currency is not known. */
export const amountText = (amountMinor: bigint, currency: string): string =>
  isCurrency(currency) ? formatMoney({ amountMinor, currency }) : `${amountMinor} ${currency}`;
