import { formatDecimal, negateDecimal, parseDecimal } from './decimal';
import type { CalculatedInvoice, DecimalText, InvoiceLine } from '../invoice';
import { groupLines, sumLines } from './sum-lines';

/**
 * The same invoice with every amount and quantity negated, as an adjustment that takes all of it back. Rates and the
 * tax point stay those of the original sale.
 */
export function negateInvoice(invoice: CalculatedInvoice): CalculatedInvoice {
  const lines = invoice.lines.map(negateLine);
  return { ...invoice, lines, taxGroups: groupLines(lines), totals: sumLines(lines), notes: [] };
}

/** A line that takes itself back; its unit price stays as it was. */
export function negateLine(line: InvoiceLine): InvoiceLine {
  return {
    ...line,
    quantity: negatedText(line.quantity),
    amountBeforeDiscount: negated(line.amountBeforeDiscount),
    discount: negated(line.discount),
    amount: negated(line.amount),
    taxAmount: negated(line.taxAmount),
    reduction: negated(line.reduction),
    amountAfterTax: negated(line.amountAfterTax),
  };
}

/** JSON knows no −0, and no test should have to. */
function negated(amount: number): number {
  return amount === 0 ? 0 : -amount;
}

function negatedText(text: DecimalText): DecimalText {
  const decimal = parseDecimal(text);
  if (decimal === undefined) throw new RangeError(`not a quantity: ${text}`);
  return formatDecimal(negateDecimal(decimal));
}
