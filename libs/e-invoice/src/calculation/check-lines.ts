import { parseDecimal } from './decimal';
import { reductionFor } from './direct-method';
import type { CalculationInput, InvoiceLineInput } from '../invoice';
import { shelfTotal } from './price-lines';
import type { Problem } from '../problem';
import { isRateInForce, NoRateRuleError, parseTaxRate, rateFor } from './tax-rate';
import { textProblem } from '../text-rules';
import { isIsoDate } from '../vietnam-date';

/** What one invoice may hold, so that a document of any vendor takes it. */
export const MAX_LINES = 1_000;
/** Lengths of THHDVu, MHHDVu and DVTinh in the invoice format. */
const MAX_NAME = 500;
const MAX_CODE = 50;
const MAX_UNIT = 50;
/** Members that say something about money; a note has none of them. */
const MONEY_MEMBERS = [
  'quantity',
  'unitPrice',
  'lineTotal',
  'discount',
  'taxRate',
  'taxCategory',
  'directCategory',
] as const;

/** Everything wrong with a calculation's members, each line by itself; what lines make together comes later. */
export function checkMembers(input: CalculationInput): Problem[] {
  const problems: Problem[] = [];
  const add = (pointer: string, detail: string) => problems.push({ pointer, detail });
  if (input.currency !== 'VND') add('/currency', 'must be VND');
  if (input.taxMethod !== 'DEDUCTION' && input.taxMethod !== 'DIRECT') add('/taxMethod', 'must be DEDUCTION or DIRECT');
  if (!isIsoDate(input.taxPoint)) add('/taxPoint', 'must be a day, YYYY-MM-DD');
  if (input.lines.length === 0 || input.lines.length > MAX_LINES) add('/lines', `must have 1 to ${MAX_LINES} lines`);
  if (!isAmount(input.orderDiscount ?? 0) || (input.orderDiscount ?? 0) < 0) {
    add('/orderDiscount', 'must be a whole amount of đồng, not negative');
  } else if (input.adjustment === true && (input.orderDiscount ?? 0) !== 0) {
    add('/orderDiscount', 'an adjustment gives discounts on its lines');
  }
  if (!isAmount(input.expectedTotal ?? 0)) add('/expectedTotal', 'must be a whole amount of đồng');
  // A list beyond the limit is not walked: its length alone is the problem.
  if (input.lines.length > MAX_LINES) return problems;
  return [...problems, ...input.lines.flatMap((line, index) => lineProblems(line, `/lines/${index}`, input))];
}

function lineProblems(line: InvoiceLineInput, pointer: string, input: CalculationInput): Problem[] {
  const problems: Problem[] = [];
  const add = (member: string, detail: string) => problems.push({ pointer: `${pointer}/${member}`, detail });
  const text = (member: 'name' | 'code' | 'unit', maxLength: number) => {
    const detail = textProblem(line[member], maxLength, member === 'name');
    if (detail !== undefined) add(member, detail);
  };
  text('name', MAX_NAME);
  text('code', MAX_CODE);
  text('unit', MAX_UNIT);
  if (line.kind === 'NOTE') {
    for (const member of MONEY_MEMBERS) if (line[member] !== undefined) add(member, 'a note carries no amounts');
    return problems;
  }
  problems.push(...priceProblems(line, pointer, input.adjustment === true));
  const rate = input.taxMethod === 'DIRECT' ? directProblem(line, input) : rateProblem(line, input);
  if (rate !== undefined) add(rate.pointer, rate.detail);
  return problems;
}

function priceProblems(line: InvoiceLineInput, pointer: string, adjustment: boolean): Problem[] {
  const problems: Problem[] = [];
  const add = (member: string, detail: string) => problems.push({ pointer: `${pointer}/${member}`, detail });
  const quantity = parseDecimal(line.quantity ?? '1');
  const wrongSign = quantity === undefined || quantity.units === 0n || (quantity.units < 0n && !adjustment);
  if (wrongSign) add('quantity', adjustment ? 'must be a decimal other than zero' : 'must be a decimal above zero');
  const price = parseDecimal(line.unitPrice ?? '0');
  if (price === undefined || price.units < 0n) add('unitPrice', 'must be a decimal, not negative');
  const free = line.kind === 'PROMOTION';
  if (free && line.lineTotal !== undefined) add('lineTotal', 'a promotion is free; leave it out');
  if (!free && line.unitPrice === undefined && line.lineTotal === undefined) {
    add('unitPrice', 'is required where lineTotal is absent');
  }
  const sign = quantity !== undefined && quantity.units < 0n ? -1 : 1;
  const wanted = `must be a whole amount of đồng${sign < 0 ? ', negative like the quantity' : ', not negative'}`;
  const { lineTotal = 0, discount = 0 } = line;
  if (!isAmount(lineTotal) || lineTotal * sign < 0) add('lineTotal', wanted);
  if (!isAmount(discount) || discount * sign < 0) add('discount', wanted);
  if (problems.length > 0) return problems;
  const left = (shelfTotal(line) - BigInt(discount)) * BigInt(sign);
  if (left < 0n) add('discount', 'is larger than the line');
  return problems;
}

function rateProblem(line: InvoiceLineInput, input: CalculationInput): Problem | undefined {
  if ((line.taxRate === undefined) === (line.taxCategory === undefined)) {
    return { pointer: 'taxRate', detail: 'give exactly one of taxRate and taxCategory' };
  }
  const rate = parseTaxRate(line.taxRate ?? '');
  if (line.taxRate !== undefined && rate === undefined) {
    return { pointer: 'taxRate', detail: 'must be 0%, 5%, 8%, 10%, KCT, KKKNT or KHAC:xx.xx%' };
  }
  // Rates can only be looked up for a real day, which is a problem of its own.
  if (!isIsoDate(input.taxPoint)) return undefined;
  const { taxCategory } = line;
  if (taxCategory !== undefined) {
    const detail = missingRule(() => rateFor(taxCategory, input.taxPoint));
    if (detail !== undefined) return { pointer: 'taxCategory', detail };
  }
  if (rate !== undefined && !isRateInForce(rate, input.taxPoint)) {
    return { pointer: 'taxRate', detail: `${rate} is not in force on ${input.taxPoint}` };
  }
  return undefined;
}

function directProblem(line: InvoiceLineInput, input: CalculationInput): Problem | undefined {
  if (line.taxRate !== undefined || line.taxCategory !== undefined) {
    return { pointer: 'taxRate', detail: 'the direct method shows no VAT; give directCategory instead' };
  }
  const { directCategory } = line;
  if (directCategory === undefined || !isIsoDate(input.taxPoint)) return undefined;
  const detail = missingRule(() => reductionFor(directCategory, input.taxPoint));
  return detail === undefined ? undefined : { pointer: 'directCategory', detail };
}

/** What is missing in the table of rules, or undefined when the look-up finds its rule. */
function missingRule(lookUp: () => unknown): string | undefined {
  try {
    lookUp();
    return undefined;
  } catch (error) {
    if (error instanceof NoRateRuleError) return error.message;
    throw error;
  }
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value);
}
