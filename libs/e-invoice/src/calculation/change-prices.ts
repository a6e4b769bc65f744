import { divideRoundHalfUp } from '@nx/money';
import type { CalculatedInvoice, InvoiceLine } from '../invoice';
import { InvalidInvoiceError } from '../problem';
import type { Problem } from '../problem';
import { amountsOf, shareOfLine, sumShares, type Share } from './line-share';
import { negateLine } from './negate-invoice';
import { groupLines, sumLines } from './sum-lines';

/** Money of one line of the issued invoice, without goods: a discount after the sale, a service that ended, a wrong price. */
export interface PriceChange {
  /** Of the line in the issued invoice, from 1. */
  readonly ordinal: number;
  /** Đồng with tax inside: below zero it is taken off, above zero it comes on top. */
  readonly amount: number;
}

/** What an earlier adjustment changed of a line's money, as it was issued. */
export interface ChangedPrice {
  readonly ordinal: number;
  readonly issued: InvoiceLine;
}

export interface PriceChangeInput {
  /** As it was issued. */
  readonly original: CalculatedInvoice;
  /** Each line at most once. */
  readonly changes: readonly PriceChange[];
  /** Changes of earlier adjustments of the same invoice. */
  readonly changed?: readonly ChangedPrice[] | undefined;
  /** Lines of goods that earlier adjustments took back, as they were issued. */
  readonly returned?: readonly ChangedPrice[] | undefined;
}

/** The line with what earlier adjustments changed of its money. */
export function withChangedPrices(line: InvoiceLine, changed: readonly ChangedPrice[]): InvoiceLine {
  const own = changed.filter(({ ordinal }) => ordinal === line.ordinal).map(({ issued }) => issued);
  return own.length === 0 ? line : { ...line, ...amountsOf(sumShares([line, ...own])) };
}

/**
 * The adjustment that changes prices of an issued invoice (Circular 91/2026 Art. 10.5.b and 10.5.c.4), at the rates and
 * the tax point of the original sale: each line one piece of the money that is taken off (−) or comes on top (+), with
 * the tax that the line's own money has, half away from zero. Never more is taken off than is left of the line.
 * Throws InvalidInvoiceError with every problem found.
 */
export function changePrices(input: PriceChangeInput): CalculatedInvoice {
  const problems: Problem[] = [];
  const lines = input.changes.map((change, index) => lineOf(input, change, `/changes/${index}`, problems));
  if (lines.length === 0) problems.push({ pointer: '/changes', detail: 'must have at least one line' });
  if (problems.length > 0) throw new InvalidInvoiceError(problems);
  const numbered = lines.filter((line) => line !== undefined).map((line, index) => ({ ...line, ordinal: index + 1 }));
  return { ...input.original, lines: numbered, taxGroups: groupLines(numbered), totals: sumLines(numbered), notes: [] };
}

function lineOf(
  input: PriceChangeInput,
  change: PriceChange,
  pointer: string,
  problems: Problem[],
): InvoiceLine | undefined {
  const refuse = (member: string, detail: string): undefined => {
    problems.push({ pointer: `${pointer}/${member}`, detail });
    return undefined;
  };
  const { ordinal, amount } = change;
  const line = input.original.lines.find((candidate) => candidate.ordinal === ordinal);
  if (line === undefined) return refuse('ordinal', `the invoice has no line ${ordinal}`);
  if (input.changes.find((candidate) => candidate.ordinal === ordinal) !== change) {
    return refuse('ordinal', `line ${ordinal} is named twice; add the amounts`);
  }
  if (!Number.isSafeInteger(amount) || amount === 0) {
    return refuse('amount', 'must be whole đồng, not zero');
  }
  if (line.kind !== 'GOODS' || line.amountAfterTax <= 0) return refuse('ordinal', 'the line has no price to change');
  const left = leftOf(line, input);
  if (amount < 0 && BigInt(-amount) > left.total) {
    return refuse('amount', `is more than the ${left.total} đồng that are left of line ${ordinal}`);
  }
  return pieceOf(line, amount < 0 ? left : shareOfLine(line), amount);
}

/** What nobody has taken back yet, changes of the price included. */
function leftOf(line: InvoiceLine, { changed = [], returned = [] }: PriceChangeInput): Share {
  const own = [...changed, ...returned].filter(({ ordinal }) => ordinal === line.ordinal).map(({ issued }) => issued);
  return sumShares([line, ...own]);
}

/** One piece for this money, with tax and cut in the proportion that `of` has. */
function pieceOf(line: InvoiceLine, of: Share, amount: number): InvoiceLine {
  const total = BigInt(Math.abs(amount));
  const part = (member: bigint): bigint => divideRoundHalfUp(member * total, of.total);
  const amounts = amountsOf({ total, tax: part(of.tax), reduction: part(of.reduction), discount: 0n });
  const piece = { ...line, quantity: '1', unitPrice: String(amounts.amountBeforeDiscount), ...amounts };
  return amount < 0 ? negateLine(piece) : piece;
}
