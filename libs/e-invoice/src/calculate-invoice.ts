import { allocate, divideRoundHalfUp } from '@nx/money';
import { amountInWords } from './amount-in-words';
import { checkCalculation } from './check-invoice';
import { formatDecimal, multiplyRounded, parseDecimal, toAmount, unitPriceOf } from './decimal';
import { reductionFor } from './direct-method';
import type { DirectReduction } from './direct-method';
import type {
  CalculatedInvoice,
  CalculationInput,
  InvoiceLine,
  InvoiceLineInput,
  InvoiceTotals,
  TaxGroup,
} from './invoice';
import { InvalidInvoiceError } from './problem';
import type { Problem } from './problem';
import { parseTaxRate, rateFor, rateFraction } from './tax-rate';
import type { RateFraction } from './tax-rate';
import type { TaxRate } from './rules/rate-rules';

/** A line's price as the shelf said it, before any tax is taken apart. */
interface PricedLine {
  readonly input: InvoiceLineInput;
  readonly shelf: bigint;
  readonly discount: bigint;
}

interface Split {
  readonly before: bigint;
  readonly amount: bigint;
  readonly tax: bigint;
  readonly reduction: bigint;
  readonly total: bigint;
}

/**
 * Takes prices apart into amounts, VAT and totals that add up to the đồng.
 * Of a tax-inclusive price amount = round(gross ÷ (1 + r)) and tax = gross − amount, so that the line stays what the
 * buyer paid; of an exclusive one tax = round(amount × r). Groups and totals are sums of lines, rounding is half away
 * from zero. Throws InvalidInvoiceError with every problem found.
 */
export function calculateInvoice(input: CalculationInput): CalculatedInvoice {
  refuse(checkCalculation(input));
  const priced = priceLines(input);
  const direct = input.taxMethod === 'DIRECT';
  const lines = priced.map((line, index) => {
    if (line.input.kind === 'NOTE') return noteLine(line.input, index);
    return direct ? directLine(line, index, input) : vatLine(line, index, input);
  });
  const totals = sumLines(lines);
  if (totals.amountAfterTax < 0) {
    refuse([{ pointer: '/lines', detail: 'discounts are larger than what is sold' }]);
  }
  if (input.expectedTotal !== undefined && input.expectedTotal !== totals.amountAfterTax) {
    const detail = `the lines make ${totals.amountAfterTax} đồng, the sale says ${input.expectedTotal}`;
    refuse([{ pointer: '/expectedTotal', detail }]);
  }
  return {
    currency: input.currency,
    taxMethod: input.taxMethod,
    taxPoint: input.taxPoint,
    lines,
    taxGroups: direct ? [] : groupLines(lines),
    totals,
    notes: totals.reduction === 0 ? [] : reductionNotes(input, totals.reduction),
  };
}

/** Totals of any lines; what an adjustment of part of an invoice needs too. */
export function sumLines(lines: readonly InvoiceLine[]): InvoiceTotals {
  const sum = (member: 'amountBeforeDiscount' | 'discount' | 'amount' | 'taxAmount' | 'reduction' | 'amountAfterTax') =>
    toAmount(lines.reduce((total, line) => total + BigInt(line[member]), 0n));
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

/**
 * The same invoice with every amount and quantity negated, as an adjustment that takes all of it back. Rates and the
 * tax point stay those of the original sale.
 */
export function negateInvoice(invoice: CalculatedInvoice): CalculatedInvoice {
  const lines = invoice.lines.map((line) => ({
    ...line,
    quantity: line.quantity.startsWith('-') ? line.quantity.slice(1) : negatedText(line.quantity),
    amountBeforeDiscount: negated(line.amountBeforeDiscount),
    discount: negated(line.discount),
    amount: negated(line.amount),
    taxAmount: negated(line.taxAmount),
    reduction: negated(line.reduction),
    amountAfterTax: negated(line.amountAfterTax),
  }));
  return { ...invoice, lines, taxGroups: groupLines(lines), totals: sumLines(lines), notes: [] };
}

function priceLines(input: CalculationInput): PricedLine[] {
  const own = input.lines.map((line, index) => {
    if (line.kind === 'NOTE') return { input: line, shelf: 0n, discount: 0n };
    const shelf = shelfTotal(line);
    const discount = BigInt(line.discount ?? 0);
    if (discount > shelf) {
      refuse([{ pointer: `/lines/${index}/discount`, detail: 'is larger than the line' }]);
    }
    return { input: line, shelf, discount };
  });
  const orderDiscount = BigInt(input.orderDiscount ?? 0);
  if (orderDiscount === 0n) return own;
  const weights = own.map((line) => ((line.input.kind ?? 'GOODS') === 'GOODS' ? line.shelf - line.discount : 0n));
  if (orderDiscount > weights.reduce((a, b) => a + b, 0n)) {
    refuse([{ pointer: '/orderDiscount', detail: 'is larger than the goods' }]);
  }
  const shares = allocate(orderDiscount, weights);
  return own.map((line, index) => ({ ...line, discount: line.discount + (shares[index] ?? 0n) }));
}

function shelfTotal(line: InvoiceLineInput): bigint {
  if (line.kind === 'PROMOTION') return 0n;
  if (line.lineTotal !== undefined) return BigInt(line.lineTotal);
  const quantity = parseDecimal(line.quantity ?? '1');
  const price = parseDecimal(line.unitPrice ?? '0');
  return quantity === undefined || price === undefined ? 0n : multiplyRounded(quantity, price);
}

function vatLine(line: PricedLine, index: number, input: CalculationInput): InvoiceLine {
  const { taxCategory } = line.input;
  const rate =
    taxCategory === undefined ? parseTaxRate(line.input.taxRate ?? '') : rateFor(taxCategory, input.taxPoint);
  if (rate === undefined) throw new RangeError(`not a VAT rate: ${line.input.taxRate}`);
  const fraction = rateFraction(rate);
  const net = line.shelf - line.discount;
  if (input.pricesIncludeTax) {
    const before = withoutTax(line.shelf, fraction);
    const amount = withoutTax(net, fraction);
    return printedLine(line, index, rate, { before, amount, tax: net - amount, reduction: 0n, total: net });
  }
  const tax = taxOn(net, fraction);
  return printedLine(line, index, rate, { before: line.shelf, amount: net, tax, reduction: 0n, total: net + tax });
}

function directLine(line: PricedLine, index: number, input: CalculationInput): InvoiceLine {
  const cut = line.input.directCategory && reductionFor(line.input.directCategory, input.taxPoint);
  const net = line.shelf - line.discount;
  if (!cut)
    return printedLine(line, index, null, { before: line.shelf, amount: net, tax: 0n, reduction: 0n, total: net });
  if (input.pricesIncludeTax) {
    const before = beforeReduction(line.shelf, cut);
    const amount = beforeReduction(net, cut);
    return printedLine(line, index, null, { before, amount, tax: 0n, reduction: amount - net, total: net });
  }
  const reduction = divideRoundHalfUp(net * cut.numerator, cut.denominator);
  return printedLine(line, index, null, {
    before: line.shelf,
    amount: net,
    tax: 0n,
    reduction,
    total: net - reduction,
  });
}

function printedLine(line: PricedLine, index: number, taxRate: TaxRate | null, split: Split): InvoiceLine {
  const quantity = parseDecimal(line.input.quantity ?? '1') ?? { units: 1n, scale: 0 };
  const kind = line.input.kind ?? 'GOODS';
  const sign = kind === 'DISCOUNT' ? -1n : 1n;
  const asSold = !(split.before === line.shelf && line.input.lineTotal === undefined && kind !== 'PROMOTION');
  const unitPrice = asSold ? unitPriceOf(split.before, quantity) : parseDecimal(line.input.unitPrice ?? '0');
  return {
    ...described(line.input, index),
    quantity: formatDecimal(quantity),
    unitPrice: formatDecimal(unitPrice ?? { units: 0n, scale: 0 }),
    amountBeforeDiscount: toAmount(sign * split.before),
    discount: toAmount(sign * (split.before - split.amount)),
    amount: toAmount(sign * split.amount),
    taxRate,
    taxAmount: toAmount(sign * split.tax),
    reduction: toAmount(sign * split.reduction),
    amountAfterTax: toAmount(sign * split.total),
  };
}

function noteLine(line: InvoiceLineInput, index: number): InvoiceLine {
  const none = { amountBeforeDiscount: 0, discount: 0, amount: 0, taxAmount: 0, reduction: 0, amountAfterTax: 0 };
  return { ...described(line, index), quantity: '0', unitPrice: '0', taxRate: null, ...none };
}

function described(
  line: InvoiceLineInput,
  index: number,
): Pick<InvoiceLine, 'ordinal' | 'kind' | 'code' | 'name' | 'unit'> {
  return {
    ordinal: index + 1,
    kind: line.kind ?? 'GOODS',
    ...(line.code === undefined ? {} : { code: line.code }),
    name: line.name.trim(),
    ...(line.unit === undefined ? {} : { unit: line.unit }),
  };
}

function withoutTax(gross: bigint, rate: RateFraction): bigint {
  return divideRoundHalfUp(gross * rate.denominator, rate.denominator + rate.numerator);
}

function taxOn(amount: bigint, rate: RateFraction): bigint {
  return divideRoundHalfUp(amount * rate.numerator, rate.denominator);
}

function beforeReduction(paid: bigint, cut: DirectReduction): bigint {
  return divideRoundHalfUp(paid * cut.denominator, cut.denominator - cut.numerator);
}

function reductionNotes(input: CalculationInput, reduction: number): string[] {
  const categories = input.lines.map((line) => line.directCategory).filter((category) => category !== undefined);
  const notes = categories.map((category) => reductionFor(category, input.taxPoint)?.note);
  const amount = String(reduction).replaceAll(/\B(?=(\d{3})+(?!\d))/g, '.');
  return [...new Set(notes)].filter((note) => note !== undefined).map((note) => note.replace('{amount}', amount));
}

function negated(amount: number): number {
  return amount === 0 ? 0 : -amount;
}

function negatedText(decimal: string): string {
  return decimal === '0' ? decimal : `-${decimal}`;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInvoiceError(problems);
}
