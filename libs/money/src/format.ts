import { minorToDecimal } from './convert';
import type { Money } from './money';

/**
 * An amount as people in Vietnam write it: dots between thousands, a comma before decimals, the sign of the đồng or the
 * code of another currency behind it (`100.000 ₫`, `-1.234,50 USD`).
 * @throws MoneyError `unknown_currency` when the currency's minor unit is not known
 */
export function formatMoney(amount: Money): string {
  const [whole = '', fraction] = minorToDecimal(amount.amountMinor, amount.currency).split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, '.');
  const unit = amount.currency === 'VND' ? '₫' : amount.currency;
  return `${grouped}${fraction === undefined ? '' : `,${fraction}`} ${unit}`;
}

/** Đồng as people in Vietnam write them: 100000n is `100.000 ₫`. */
export function formatVnd(amountMinor: bigint): string {
  return formatMoney({ currency: 'VND', amountMinor });
}
