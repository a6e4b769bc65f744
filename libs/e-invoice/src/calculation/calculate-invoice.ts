import { divideRoundHalfUp, isSafeMinor } from '@nx/money';
import { checkMembers } from './check-lines';
import { formatDecimal, parseDecimal, toAmount, unitPriceOf } from './decimal';
import type { Decimal } from './decimal';
import { reductionFor } from './direct-method';
import type { DirectReduction } from './direct-method';
import type { CalculatedInvoice, CalculationInput, InvoiceLine, InvoiceLineInput, TaxGroup } from '../invoice';
import { priceLines } from './price-lines';
import type { PricedLine } from './price-lines';
import { InvalidInvoiceError } from '../problem';
import type { Problem } from '../problem';
import type { TaxRate } from '../law/rules/rate-rules';
import { groupLines, sumLines, sumsAreSafe } from './sum-lines';
import { parseTaxRate, rateFor, rateFraction, taxOn, withoutTax } from './tax-rate';
import { formatNumber } from '../vietnamese-format';

/** A line taken apart, in whole đồng; `rate` is null where no VAT is shown. */
interface Split {
  readonly rate: TaxRate | null;
  readonly before: bigint;
  readonly amount: bigint;
  readonly tax: bigint;
  readonly reduction: bigint;
  readonly total: bigint;
}

interface ExactLine extends PricedLine {
  readonly split: Split;
}

type Attempt = { readonly invoice: CalculatedInvoice } | { readonly problems: readonly Problem[] };

const TOO_LARGE = 'is beyond what an invoice can carry, 9,007,199,254,740,991 đồng';

/**
 * Takes prices apart into amounts, VAT and totals that add up to the đồng.
 * Of a tax-inclusive price amount = round(gross ÷ (1 + r)) and tax = gross − amount, so that the line stays what the
 * buyer paid; of an exclusive one tax = round(amount × r). Groups and totals are sums of lines, rounding is half away
 * from zero. Throws InvalidInvoiceError with every problem found.
 */
export function calculateInvoice(input: CalculationInput): CalculatedInvoice {
  const attempt = calculate(input);
  if ('problems' in attempt) throw new InvalidInvoiceError(attempt.problems);
  return attempt.invoice;
}

/** Everything wrong with what `calculateInvoice` is given; empty when it will take it. */
export function checkCalculation(input: CalculationInput): readonly Problem[] {
  const attempt = calculate(input);
  return 'problems' in attempt ? attempt.problems : [];
}

function calculate(input: CalculationInput): Attempt {
  const wrong = checkMembers(input);
  if (wrong.length > 0) return { problems: wrong };
  const priced = priceLines(input);
  if ('problem' in priced) return { problems: [priced.problem] };
  const exact = priced.lines.map((line) => ({ ...line, split: splitLine(line, input) }));
  const outside = exact.flatMap(rangeProblems);
  if (outside.length > 0) return { problems: outside };
  const lines = exact.map(printedLine);
  if (!sumsAreSafe(lines)) return { problems: [{ pointer: '/lines', detail: `the sum ${TOO_LARGE}` }] };
  const totals = sumLines(lines);
  const taxGroups = groupLines(lines);
  const problems = totalProblems(input, totals.amountAfterTax, taxGroups);
  if (problems.length > 0) return { problems };
  const { currency, taxMethod, taxPoint } = input;
  // What takes a cut back has given none.
  const notes = totals.reduction <= 0 ? [] : reductionNotes(input, totals.reduction);
  return { invoice: { currency, taxMethod, taxPoint, lines, taxGroups, totals, notes } };
}

function totalProblems(input: CalculationInput, total: number, groups: readonly TaxGroup[]): Problem[] {
  const problems: Problem[] = [];
  if (input.adjustment !== true) {
    const negative = groups.find((group) => group.amountAfterTax < 0);
    if (total < 0) {
      problems.push({ pointer: '/lines', detail: 'discounts are larger than what is sold' });
    } else if (negative !== undefined) {
      const detail = `discounts at ${negative.taxRate} are larger than what is sold at that rate`;
      problems.push({ pointer: '/lines', detail });
    }
  }
  if (input.expectedTotal !== undefined && input.expectedTotal !== total) {
    const detail = `the lines make ${total} đồng, the sale says ${input.expectedTotal}`;
    problems.push({ pointer: '/expectedTotal', detail });
  }
  return problems;
}

function splitLine(line: PricedLine, input: CalculationInput): Split {
  if (line.input.kind === 'NOTE') return { rate: null, before: 0n, amount: 0n, tax: 0n, reduction: 0n, total: 0n };
  return input.taxMethod === 'DIRECT' ? splitDirect(line, input) : splitVat(line, input);
}

function splitVat(line: PricedLine, input: CalculationInput): Split {
  const rate = rateOf(line.input, input);
  const fraction = rateFraction(rate);
  const net = line.shelf - line.discount;
  if (!input.pricesIncludeTax) {
    const tax = taxOn(net, fraction);
    return { rate, before: line.shelf, amount: net, tax, reduction: 0n, total: net + tax };
  }
  const amount = withoutTax(net, fraction);
  return { rate, before: withoutTax(line.shelf, fraction), amount, tax: net - amount, reduction: 0n, total: net };
}

function rateOf({ taxRate = '', taxCategory }: InvoiceLineInput, { taxPoint }: CalculationInput): TaxRate {
  const rate = taxCategory === undefined ? parseTaxRate(taxRate) : rateFor(taxCategory, taxPoint);
  if (rate === undefined) throw new RangeError(`not a VAT rate: ${taxRate}`);
  return rate;
}

function splitDirect(line: PricedLine, input: CalculationInput): Split {
  const cut = line.input.directCategory && reductionFor(line.input.directCategory, input.taxPoint);
  const net = line.shelf - line.discount;
  const whole = { rate: null, before: line.shelf, amount: net, tax: 0n };
  if (cut === undefined) return { ...whole, reduction: 0n, total: net };
  if (!input.pricesIncludeTax) {
    const reduction = taxOn(net, cut);
    return { ...whole, reduction, total: net - reduction };
  }
  const amount = beforeReduction(net, cut);
  return { ...whole, before: beforeReduction(line.shelf, cut), amount, reduction: amount - net, total: net };
}

/** The full price of which the cut leaves what is paid. */
function beforeReduction(paid: bigint, cut: DirectReduction): bigint {
  return divideRoundHalfUp(paid * cut.denominator, cut.denominator - cut.numerator);
}

function rangeProblems(line: ExactLine, index: number): Problem[] {
  const { before, total } = line.split;
  // The amount lies between zero and what it was before its discount.
  if (!isSafeMinor(before) || !isSafeMinor(total)) return [{ pointer: `/lines/${index}`, detail: TOO_LARGE }];
  if (parseDecimal(formatDecimal(printedPrice(line))) !== undefined) return [];
  return [{ pointer: `/lines/${index}/quantity`, detail: 'makes a unit price of more than 16 digits' }];
}

function printedLine(line: ExactLine, index: number): InvoiceLine {
  const { input, split } = line;
  const { kind = 'GOODS', code, unit } = input;
  const sign = kind === 'DISCOUNT' ? -1n : 1n;
  return {
    ordinal: index + 1,
    kind,
    ...(code === undefined ? {} : { code }),
    name: input.name.trim(),
    ...(unit === undefined ? {} : { unit }),
    quantity: formatDecimal(printedQuantity(input)),
    unitPrice: formatDecimal(printedPrice(line)),
    amountBeforeDiscount: toAmount(sign * split.before),
    discount: toAmount(sign * (split.before - split.amount)),
    amount: toAmount(sign * split.amount),
    taxRate: split.rate,
    taxAmount: toAmount(sign * split.tax),
    reduction: toAmount(sign * split.reduction),
    amountAfterTax: toAmount(sign * split.total),
  };
}

const NONE: Decimal = { units: 0n, scale: 0 };

function printedQuantity({ kind, quantity = '1' }: InvoiceLineInput): Decimal {
  return kind === 'NOTE' ? NONE : (parseDecimal(quantity) ?? NONE);
}

/** The price as given, unless taking tax out or a total of the sale's own made another one. */
function printedPrice({ input, shelf, split }: ExactLine): Decimal {
  const asGiven = split.before === shelf && input.lineTotal === undefined;
  return asGiven ? (parseDecimal(input.unitPrice ?? '0') ?? NONE) : unitPriceOf(split.before, printedQuantity(input));
}

function reductionNotes(input: CalculationInput, reduction: number): string[] {
  const categories = input.lines.map((line) => line.directCategory).filter((category) => category !== undefined);
  const notes = categories.map((category) => reductionFor(category, input.taxPoint)?.note);
  const amount = formatNumber(reduction);
  return [...new Set(notes)].filter((note) => note !== undefined).map((note) => note.replace('{amount}', amount));
}
