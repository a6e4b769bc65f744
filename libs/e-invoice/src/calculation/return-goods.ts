import { divideRoundHalfUp } from '@nx/money';
import {
  addDecimals,
  formatDecimal,
  multiplyRounded,
  negateDecimal,
  parseDecimal,
  unitPriceOf,
  unitsAt,
} from './decimal';
import type { Decimal } from './decimal';
import type { CalculatedInvoice, DecimalText, InvoiceLine } from '../invoice';
import { withChangedPrices, type ChangedPrice } from './change-prices';
import { amountsOf, shareOfLine, sumShares, type Share } from './line-share';
import { negateLine } from './negate-invoice';
import { InvalidInvoiceError } from '../problem';
import type { Problem } from '../problem';
import { groupLines, sumLines } from './sum-lines';

/** A quantity of one line of the issued invoice. */
export interface ReturnedLine {
  /** Of the line in the issued invoice, from 1. */
  readonly ordinal: number;
  readonly quantity: DecimalText;
}

/** What an earlier adjustment of the same invoice took back of a line. */
export interface EarlierReturn extends ReturnedLine {
  /**
   * The line of that adjustment as it was issued. Where one is given up in between, what the others took is no longer
   * a share of the whole, and this says what it was.
   */
  readonly issued?: InvoiceLine | undefined;
}

export interface ReturnInput {
  /** As it was issued. */
  readonly original: CalculatedInvoice;
  /** What comes back now; each line at most once. */
  readonly returned: readonly ReturnedLine[];
  /** What earlier adjustments took back, in any order, a line as often as it happened. */
  readonly earlier?: readonly EarlierReturn[] | undefined;
  /** What earlier adjustments changed of the money alone, without goods. */
  readonly changed?: readonly ChangedPrice[] | undefined;
}

/** One line's return, checked: its quantity goes from `before` to `after` of `whole`. */
interface Step {
  /** With the changes of its price. */
  readonly line: InvoiceLine;
  /** What was taken back before. */
  readonly from: Share;
  readonly quantity: Decimal;
  readonly before: Decimal;
  readonly after: Decimal;
  readonly whole: Decimal;
}

/** An earlier return as the adjustment that was issued says it: its quantity is below zero there. */
export const earlierReturn = (
  ordinal: number,
  issued: InvoiceLine,
): EarlierReturn & { readonly issued: InvoiceLine } => ({
  ordinal,
  quantity: negateLine(issued).quantity,
  issued,
});

/** What can still come back of each line: its quantity less what earlier returns took. */
export function leftToReturn(original: CalculatedInvoice, earlier: readonly EarlierReturn[]): ReturnedLine[] {
  return original.lines.flatMap(({ ordinal, kind, quantity }) => {
    const whole = parseDecimal(quantity);
    if (kind === 'NOTE' || whole === undefined) return [];
    const left = addDecimals(whole, negateDecimal(earlierOf({ original, returned: [], earlier }, ordinal)));
    return left.units > 0n ? [{ ordinal, quantity: formatDecimal(left) }] : [];
  });
}

/**
 * The adjustment that takes back part of an issued invoice (Circular 91/2026 Art. 10.5.c.1): the negated share of each
 * line, at the rates and the tax point of the original sale.
 * A line's share is what is returned so far less what was returned before, each rounded half away from zero, so that
 * all returns of a line add up to the line exactly, however it was divided. The buyer's money is shared first and tax
 * is taken out of it, so one of two pieces for 1,006 đ brings back 1,006 đ.
 * Throws InvalidInvoiceError with every problem found.
 */
export function returnGoods(input: ReturnInput): CalculatedInvoice {
  const problems: Problem[] = [];
  const steps = input.returned.map((returned, index) => stepOf(input, returned, `/returned/${index}`, problems));
  if (steps.length === 0) problems.push({ pointer: '/returned', detail: 'must have at least one line' });
  if (problems.length > 0) throw new InvalidInvoiceError(problems);
  const lines = steps
    .filter((step) => step !== undefined)
    .map((step, index) => ({ ...negateLine(shareLine(step)), ordinal: index + 1 }));
  return { ...input.original, lines, taxGroups: groupLines(lines), totals: sumLines(lines), notes: [] };
}

function stepOf(input: ReturnInput, returned: ReturnedLine, pointer: string, problems: Problem[]): Step | undefined {
  const refuse = (member: string, detail: string): undefined => {
    problems.push({ pointer: `${pointer}/${member}`, detail });
    return undefined;
  };
  const line = input.original.lines.find(({ ordinal }) => ordinal === returned.ordinal);
  if (line === undefined) return refuse('ordinal', `the invoice has no line ${returned.ordinal}`);
  if (input.returned.find(({ ordinal }) => ordinal === returned.ordinal) !== returned) {
    return refuse('ordinal', `line ${returned.ordinal} is returned twice; add the quantities`);
  }
  const whole = parseDecimal(line.quantity);
  if (whole === undefined || whole.units <= 0n) return refuse('ordinal', 'the line sold nothing that can come back');
  const quantity = parseDecimal(returned.quantity);
  if (quantity === undefined || quantity.units <= 0n) return refuse('quantity', 'must be a decimal above zero');
  const before = earlierOf(input, returned.ordinal);
  const after = addDecimals(before, quantity);
  const scale = Math.max(after.scale, whole.scale);
  if (unitsAt(after, scale) > unitsAt(whole, scale)) {
    return refuse('quantity', `is more than is left of line ${returned.ordinal}`);
  }
  const priced = withChangedPrices(line, input.changed ?? []);
  return { line: priced, from: takenBefore(input, priced, before, whole), quantity, before, after, whole };
}

/** What came back so far: as it was issued where that is known, else its share of the line. */
function takenBefore({ earlier = [] }: ReturnInput, line: InvoiceLine, before: Decimal, whole: Decimal): Share {
  const issued = earlier.filter(({ ordinal }) => ordinal === line.ordinal).map((returned) => returned.issued);
  const known = issued.filter((row) => row !== undefined);
  return known.length === issued.length ? sumShares(known.map(negateLine)) : shareOf(line, before, whole);
}

function earlierOf({ earlier = [] }: ReturnInput, ordinal: number): Decimal {
  const quantities = earlier.filter((returned) => returned.ordinal === ordinal).map(({ quantity }) => quantity);
  return quantities.reduce<Decimal>((sum, text) => addDecimals(sum, earlierQuantity(text)), { units: 0n, scale: 0 });
}

function earlierQuantity(text: DecimalText): Decimal {
  const quantity = parseDecimal(text);
  if (quantity !== undefined && quantity.units > 0n) return quantity;
  throw new InvalidInvoiceError([{ pointer: '/earlier', detail: `${text} is no quantity above zero` }]);
}

function shareLine({ line, from, quantity, after, whole }: Step): InvoiceLine {
  const to = shareOf(line, after, whole);
  const all = shareOfLine(line);
  const step = (member: keyof Share): bigint => between(to[member] - from[member], all[member] - from[member]);
  const share = { total: step('total'), tax: step('tax'), reduction: step('reduction'), discount: step('discount') };
  const amountBeforeDiscount = share.total - share.tax + share.reduction + share.discount;
  return {
    ...line,
    quantity: formatDecimal(quantity),
    unitPrice: priceOf(line, quantity, amountBeforeDiscount),
    ...amountsOf(share),
  };
}

/** `value` no further from zero than `limit`, and never on its other side. */
function between(value: bigint, limit: bigint): bigint {
  if (limit >= 0n) return value < 0n ? 0n : value > limit ? limit : value;
  return value > 0n ? 0n : value < limit ? limit : value;
}

/** What `part` of `whole` pieces of a line come to. Each member grows with the part, so that no step has a wrong sign. */
function shareOf(line: InvoiceLine, part: Decimal, whole: Decimal): Share {
  const scale = Math.max(part.scale, whole.scale);
  const numerator = unitsAt(part, scale);
  const denominator = unitsAt(whole, scale);
  const ofQuantity = (amount: number) => divideRoundHalfUp(BigInt(amount) * numerator, denominator);
  const total = ofQuantity(line.amountAfterTax);
  const ofMoney = (amount: number) =>
    line.amountAfterTax === 0
      ? ofQuantity(amount)
      : divideRoundHalfUp(BigInt(amount) * total, BigInt(line.amountAfterTax));
  return {
    total,
    tax: ofMoney(line.taxAmount),
    reduction: ofMoney(line.reduction),
    discount: ofQuantity(line.discount),
  };
}

/** The issued unit price where it still makes the amount, else the one that does. */
function priceOf(line: InvoiceLine, quantity: Decimal, amountBeforeDiscount: bigint): DecimalText {
  const issued = parseDecimal(line.unitPrice);
  const amount = line.kind === 'DISCOUNT' ? -amountBeforeDiscount : amountBeforeDiscount;
  if (line.kind === 'PROMOTION' || (issued !== undefined && multiplyRounded(issued, quantity) === amount)) {
    return line.unitPrice;
  }
  return formatDecimal(unitPriceOf(amount, quantity));
}
