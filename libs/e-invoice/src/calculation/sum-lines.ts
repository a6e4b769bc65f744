import { isSafeMinor } from '@nx/money';
import { amountInWords } from './amount-in-words';
import { toAmount } from './decimal';
import type { InvoiceLine, InvoiceTotals, TaxGroup } from '../invoice';
import { rateFraction, taxOn } from './tax-rate';
import type { TaxRate } from '../law/rules/rate-rules';

/** The amounts that every line and the totals have. */
export const AMOUNT_MEMBERS = [
  'amountBeforeDiscount',
  'discount',
  'amount',
  'taxAmount',
  'reduction',
  'amountAfterTax',
] as const;
export type AmountMember = (typeof AMOUNT_MEMBERS)[number];

/**
 * Totals of any lines; what an adjustment of part of an invoice needs too. Throws a RangeError beyond the safe
 * integers; `sumsAreSafe` tells before.
 */
export function sumLines(lines: readonly InvoiceLine[]): InvoiceTotals {
  const sum = (member: AmountMember) => toAmount(lines.reduce((total, line) => total + BigInt(line[member]), 0n));
  const amountAfterTax = sum('amountAfterTax');
  return {
    amountBeforeDiscount: sum('amountBeforeDiscount'),
    discount: sum('discount'),
    amount: sum('amount'),
    taxAmount: sum('taxAmount'),
    reduction: sum('reduction'),
    amountAfterTax,
    amountInWords: amountInWords(amountAfterTax),
  };
}

/** True when the sums of these lines, and of any of them, stay within 2^53 − 1. */
export function sumsAreSafe(lines: readonly InvoiceLine[]): boolean {
  return AMOUNT_MEMBERS.every((member) =>
    isSafeMinor(lines.reduce((total, line) => total + BigInt(Math.abs(line[member])), 0n)),
  );
}

/** VAT groups of any lines, in the order of the rates' first line. */
export function groupLines(lines: readonly InvoiceLine[]): TaxGroup[] {
  const byRate = new Map<TaxRate, InvoiceLine[]>();
  for (const line of lines) {
    if (line.taxRate === null) continue;
    const group = byRate.get(line.taxRate);
    if (group === undefined) byRate.set(line.taxRate, [line]);
    else group.push(line);
  }
  return [...byRate].map(([taxRate, members]) => {
    const { amount, taxAmount, amountAfterTax } = sumLines(members);
    const difference = taxAmount - toAmount(taxOn(BigInt(amount), rateFraction(taxRate)));
    return { taxRate, lineCount: members.length, amount, taxAmount, amountAfterTax, difference };
  });
}
