import { allocate } from '@nx/money';
import { multiplyRounded, parseDecimal } from './decimal';
import type { CalculationInput, InvoiceLineInput } from '../invoice';
import type { Problem } from '../problem';

/** A line's price as the shelf said it, before any tax is taken apart. Both carry the quantity's sign. */
export interface PricedLine {
  readonly input: InvoiceLineInput;
  readonly shelf: bigint;
  /** The line's own and its share of the order's. */
  readonly discount: bigint;
}

export type Priced = { readonly lines: readonly PricedLine[] } | { readonly problem: Problem };

/**
 * The shelf prices of lines that `checkMembers` took, with the order's discount spread over the goods by what they
 * cost, largest remainder first.
 */
export function priceLines(input: CalculationInput): Priced {
  const own = input.lines.map((line) => ({
    input: line,
    shelf: shelfTotal(line),
    discount: BigInt(line.discount ?? 0),
  }));
  const orderDiscount = BigInt(input.orderDiscount ?? 0);
  if (orderDiscount === 0n) return { lines: own };
  const weights = own.map((line) => ((line.input.kind ?? 'GOODS') === 'GOODS' ? line.shelf - line.discount : 0n));
  if (orderDiscount > weights.reduce((a, b) => a + b, 0n)) {
    return { problem: { pointer: '/orderDiscount', detail: 'is larger than the goods' } };
  }
  const shares = allocate(orderDiscount, weights);
  return { lines: own.map((line, index) => ({ ...line, discount: line.discount + (shares[index] ?? 0n) })) };
}

/** A line's total before discounts. Notes and promotions cost nothing. */
export function shelfTotal(line: InvoiceLineInput): bigint {
  if (line.kind === 'PROMOTION' || line.kind === 'NOTE') return 0n;
  if (line.lineTotal !== undefined) return BigInt(line.lineTotal);
  const quantity = parseDecimal(line.quantity ?? '1');
  const price = parseDecimal(line.unitPrice ?? '0');
  return quantity === undefined || price === undefined ? 0n : multiplyRounded(quantity, price);
}
