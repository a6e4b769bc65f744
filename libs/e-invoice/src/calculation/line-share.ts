import { toAmount } from './decimal';
import type { InvoiceLine } from '../invoice';

/** Line amounts that add up: amount + discount is before discount, amount + tax − reduction is after tax. */
export interface Share {
  readonly total: bigint;
  readonly tax: bigint;
  readonly reduction: bigint;
  readonly discount: bigint;
}

/** The amounts that a line has of a share. */
export type LineAmounts = Pick<
  InvoiceLine,
  'amountBeforeDiscount' | 'discount' | 'amount' | 'taxAmount' | 'reduction' | 'amountAfterTax'
>;

/** The whole line as a share. */
export const shareOfLine = (line: LineAmounts): Share => ({
  total: BigInt(line.amountAfterTax),
  tax: BigInt(line.taxAmount),
  reduction: BigInt(line.reduction),
  discount: BigInt(line.discount),
});

/** What several lines come to together. */
export function sumShares(lines: readonly LineAmounts[]): Share {
  return lines.map(shareOfLine).reduce(
    (sum, share) => ({
      total: sum.total + share.total,
      tax: sum.tax + share.tax,
      reduction: sum.reduction + share.reduction,
      discount: sum.discount + share.discount,
    }),
    { total: 0n, tax: 0n, reduction: 0n, discount: 0n },
  );
}

/** A share as the amounts of a line. Throws a RangeError outside the safe integers. */
export function amountsOf({ total, tax, reduction, discount }: Share): LineAmounts {
  const amount = total - tax + reduction;
  return {
    amountBeforeDiscount: toAmount(amount + discount),
    discount: toAmount(discount),
    amount: toAmount(amount),
    taxAmount: toAmount(tax),
    reduction: toAmount(reduction),
    amountAfterTax: toAmount(total),
  };
}
