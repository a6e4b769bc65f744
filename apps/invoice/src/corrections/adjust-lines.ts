import { AppError, type FieldProblem } from '@nx/contracts';
import {
  changePrices,
  earlierReturn,
  groupLines,
  InvalidInvoiceError,
  leftToReturn,
  returnGoods,
  sumLines,
  type CalculatedInvoice,
  type InvoiceLine,
} from '@nx/e-invoice';
import type { CorrectedLine } from '../invoices/invoice.repository';
import type { AdjustedLine } from './correction.repository';

/** One line of what a caller wants adjusted: goods by their quantity, or money alone. */
export interface WantedLine {
  readonly ordinal: number;
  readonly quantity?: string | undefined;
  /** Đồng with tax inside, − takes off, + comes on top. */
  readonly amount?: number | undefined;
}

export interface CalculatedAdjustment extends CalculatedInvoice {
  readonly lines: readonly (InvoiceLine & CorrectedLine)[];
}

interface Placed {
  readonly ordinal: number;
  /** In the request, from 0. */
  readonly place: number;
}

/**
 * The lines of an adjustment: the negated share of what was issued and nobody has taken back yet; without wanted lines
 * everything that is left. Throws `invoice.correction.lines` with one entry per wrong line.
 */
export function adjustLines(
  original: CalculatedInvoice,
  adjusted: readonly AdjustedLine[],
  wanted: readonly WantedLine[] | undefined,
): CalculatedAdjustment {
  const returned = adjusted.filter(({ by }) => by === 'QUANTITY').map((row) => earlierReturn(row.ordinal, row.issued));
  const changed = adjusted.filter(({ by }) => by === 'AMOUNT');
  const all: readonly WantedLine[] = wanted ?? leftToReturn(original, returned);
  if (all.length === 0) throw wrongLines([{ pointer: '/lines', detail: 'nothing is left to be adjusted' }]);
  const goods = all.flatMap(({ ordinal, quantity }, place) =>
    quantity === undefined ? [] : [{ ordinal, quantity, place }],
  );
  const money = all.flatMap(({ ordinal, amount }, place) => (amount === undefined ? [] : [{ ordinal, amount, place }]));
  // Which of the two comes first would decide what the other one is worth.
  const problems: FieldProblem[] = money
    .filter(({ ordinal }) => goods.some((returned) => returned.ordinal === ordinal))
    .map(({ ordinal, place }) => ({
      pointer: `/lines/${place}/amount`,
      detail: `goods of line ${ordinal} come back by the same adjustment; change its price by one of its own`,
    }));
  const lines = [
    ...linesOf(goods, 'QUANTITY', problems, () =>
      returnGoods({ original, returned: goods, earlier: returned, changed }),
    ),
    ...linesOf(money, 'AMOUNT', problems, () => changePrices({ original, changes: money, changed, returned })),
  ].map((line, index) => ({ ...line, ordinal: index + 1 }));
  if (problems.length > 0) throw wrongLines(problems);
  return { ...original, lines, taxGroups: groupLines(lines), totals: sumLines(lines), notes: [] };
}

/** The error of lines that cannot be adjusted so. */
export const wrongLines = (errors: readonly FieldProblem[]): AppError =>
  new AppError({
    code: 'invoice.correction.lines',
    detail: errors.length === 1 ? '1 line cannot be adjusted so.' : `${errors.length} lines cannot be adjusted so.`,
    errors,
  });

/** What the library makes of the rows, each line marked with the row that it comes from. */
function linesOf(
  rows: readonly Placed[],
  correctedBy: 'QUANTITY' | 'AMOUNT',
  problems: FieldProblem[],
  calculate: () => CalculatedInvoice,
): (InvoiceLine & CorrectedLine)[] {
  if (rows.length === 0) return [];
  try {
    const { lines } = calculate();
    return rows.flatMap(({ ordinal: correctedOrdinal }, index) => {
      const line = lines[index];
      return line === undefined ? [] : [{ ...line, correctedOrdinal, correctedBy }];
    });
  } catch (error) {
    if (!(error instanceof InvalidInvoiceError)) throw error;
    problems.push(...error.problems.map(({ pointer, detail }) => ({ pointer: inRequest(pointer, rows), detail })));
    return [];
  }
}

/** `/returned/0/quantity` of the library is `/lines/<place>/quantity` of the request. */
function inRequest(pointer: string, rows: readonly Placed[]): string {
  const [, , index = '', member] = pointer.split('/');
  const row = rows[Number(index)];
  if (index === '' || row === undefined) return '/lines';
  return `/lines/${row.place}${member === undefined ? '' : `/${member}`}`;
}
