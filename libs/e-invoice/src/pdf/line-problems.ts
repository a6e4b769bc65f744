import { parseDecimal } from '../calculation/decimal';
import type { CalculatedInvoice } from '../invoice';
import type { UnprintableProblem } from './unprintable-error';

const MAX_LINES = 2_000;
/** Longer texts would make a row that is higher than a page. */
const MAX_LENGTHS = { name: 500, code: 100, unit: 50 } as const;
const AMOUNTS = ['amountBeforeDiscount', 'discount', 'amount', 'taxAmount', 'reduction', 'amountAfterTax'] as const;

/** What in the lines and sums cannot be put into a table: too much of it, or numbers that are none. */
export function lineProblems({ lines, taxGroups, totals }: CalculatedInvoice): UnprintableProblem[] {
  if (lines.length > MAX_LINES) {
    return [{ pointer: '/invoice/lines', reason: 'TOO_MANY_LINES', detail: `must have at most ${MAX_LINES} lines` }];
  }
  const problems: UnprintableProblem[] = [];
  const amount = (pointer: string, value: number) => {
    if (Number.isSafeInteger(value)) return;
    problems.push({ pointer, reason: 'NOT_A_NUMBER', detail: 'must be a whole amount of đồng' });
  };
  lines.forEach((line, index) => {
    const pointer = `/invoice/lines/${index}`;
    for (const [member, max] of Object.entries(MAX_LENGTHS)) {
      if ((line[member as keyof typeof MAX_LENGTHS]?.length ?? 0) <= max) continue;
      const detail = `must have at most ${max} characters`;
      problems.push({ pointer: `${pointer}/${member}`, reason: 'TOO_LONG', detail });
    }
    for (const member of ['quantity', 'unitPrice'] as const) {
      if (parseDecimal(line[member]) !== undefined) continue;
      problems.push({ pointer: `${pointer}/${member}`, reason: 'NOT_A_NUMBER', detail: 'must be a plain decimal' });
    }
    amount(`${pointer}/ordinal`, line.ordinal);
    for (const member of AMOUNTS) amount(`${pointer}/${member}`, line[member]);
  });
  taxGroups.forEach((group, index) => {
    for (const member of ['amount', 'taxAmount', 'amountAfterTax'] as const) {
      amount(`/invoice/taxGroups/${index}/${member}`, group[member]);
    }
  });
  for (const member of AMOUNTS) amount(`/invoice/totals/${member}`, totals[member]);
  return problems;
}
