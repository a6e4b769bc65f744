import { validateBuyer } from './buyer';
import { parseDecimal } from './decimal';
import type { CalculationInput, InvoiceDraft, InvoiceLineInput } from './invoice';
import type { Problem } from './problem';
import { parseSymbol } from './symbol';
import { checkTaxCode } from './tax-code/check-tax-code';
import { isRateInForce, NoRateRuleError, parseTaxRate, rateFor } from './tax-rate';
import { isIsoDate } from './vietnam-date';

const MAX_LINES = 1_000;
const MAX_NAME = 500;

/** Everything wrong with what `calculateInvoice` is given; empty when it will take it. */
export function checkCalculation(input: CalculationInput): readonly Problem[] {
  const problems: Problem[] = [];
  if (input.currency !== 'VND') problems.push({ pointer: '/currency', detail: 'must be VND' });
  if (input.taxMethod !== 'DEDUCTION' && input.taxMethod !== 'DIRECT') {
    problems.push({ pointer: '/taxMethod', detail: 'must be DEDUCTION or DIRECT' });
  }
  if (!isIsoDate(input.taxPoint)) problems.push({ pointer: '/taxPoint', detail: 'must be a day, YYYY-MM-DD' });
  if (input.lines.length === 0 || input.lines.length > MAX_LINES) {
    problems.push({ pointer: '/lines', detail: `must have 1 to ${MAX_LINES} lines` });
  }
  if (!isAmount(input.orderDiscount ?? 0)) {
    problems.push({ pointer: '/orderDiscount', detail: 'must be a whole amount of đồng, not negative' });
  }
  // The rates can only be looked up for a real day.
  if (problems.length > 0) return problems;
  return input.lines.flatMap((line, index) => lineProblems(line, `/lines/${index}`, input));
}

/** Everything wrong with a draft, its calculation included. */
export function checkDraft(draft: InvoiceDraft): readonly Problem[] {
  const problems: Problem[] = [];
  const seller = checkTaxCode(draft.seller.taxCode);
  if (!seller.valid) problems.push({ pointer: '/seller/taxCode', detail: seller.reason });
  if (draft.seller.name.trim() === '') problems.push({ pointer: '/seller/name', detail: 'is required' });
  if (draft.seller.address.trim() === '') problems.push({ pointer: '/seller/address', detail: 'is required' });
  for (const { pointer, detail } of validateBuyer(draft.buyer)) {
    problems.push({ pointer: `/buyer${pointer}`, detail });
  }
  return [...problems, ...seriesProblems(draft), ...checkCalculation(draft)];
}

function seriesProblems(draft: InvoiceDraft): Problem[] {
  const problems: Problem[] = [];
  const symbol = parseSymbol(draft.symbol);
  if (!isIsoDate(draft.invoiceDate)) {
    problems.push({ pointer: '/invoiceDate', detail: 'must be a day, YYYY-MM-DD' });
  } else if (symbol !== undefined && symbol.year !== Number(draft.invoiceDate.slice(0, 4))) {
    problems.push({ pointer: '/symbol', detail: `is a series of ${symbol.year}, not of the invoice's year` });
  }
  if (symbol === undefined || symbol.form !== undefined) {
    problems.push({ pointer: '/symbol', detail: 'must be six characters such as C26MYY' });
  }
  if (!Number.isInteger(draft.form) || draft.form < 1 || draft.form > 9) {
    problems.push({ pointer: '/form', detail: 'must be 1 to 9' });
  } else if (draft.form === 1 && draft.taxMethod !== 'DEDUCTION') {
    problems.push({ pointer: '/form', detail: 'form 1 shows VAT and needs the deduction method' });
  } else if (draft.form === 2 && draft.taxMethod !== 'DIRECT') {
    problems.push({ pointer: '/form', detail: 'form 2 is for the direct method' });
  }
  return problems;
}

function lineProblems(line: InvoiceLineInput, pointer: string, input: CalculationInput): Problem[] {
  const problems: Problem[] = [];
  const add = (member: string, detail: string) => problems.push({ pointer: `${pointer}/${member}`, detail });
  if (line.name.trim() === '' || line.name.length > MAX_NAME) add('name', `must have 1 to ${MAX_NAME} characters`);
  if (line.kind === 'NOTE') return problems;
  const quantity = parseDecimal(line.quantity ?? '1');
  if (quantity === undefined || quantity.units <= 0n) add('quantity', 'must be a decimal above zero');
  if (line.unitPrice === undefined && line.lineTotal === undefined && line.kind !== 'PROMOTION') {
    add('unitPrice', 'is required where lineTotal is absent');
  }
  const price = parseDecimal(line.unitPrice ?? '0');
  if (price === undefined || price.units < 0n) add('unitPrice', 'must be a decimal, not negative');
  if (!isAmount(line.lineTotal ?? 0)) add('lineTotal', 'must be a whole amount of đồng, not negative');
  if (!isAmount(line.discount ?? 0)) add('discount', 'must be a whole amount of đồng, not negative');
  const rate = input.taxMethod === 'DEDUCTION' ? rateProblem(line, input) : directProblem(line);
  if (rate !== undefined) add(rate.pointer, rate.detail);
  return problems;
}

function rateProblem(line: InvoiceLineInput, input: CalculationInput): Problem | undefined {
  if ((line.taxRate === undefined) === (line.taxCategory === undefined)) {
    return { pointer: 'taxRate', detail: 'give exactly one of taxRate and taxCategory' };
  }
  if (line.taxCategory !== undefined) {
    try {
      rateFor(line.taxCategory, input.taxPoint);
      return undefined;
    } catch (error) {
      if (error instanceof NoRateRuleError) return { pointer: 'taxCategory', detail: error.message };
      throw error;
    }
  }
  const rate = parseTaxRate(line.taxRate ?? '');
  if (rate === undefined) return { pointer: 'taxRate', detail: 'must be 0%, 5%, 8%, 10%, KCT, KKKNT or KHAC:xx.xx%' };
  if (!isRateInForce(rate, input.taxPoint)) {
    return { pointer: 'taxRate', detail: `${rate} is not in force on ${input.taxPoint}` };
  }
  return undefined;
}

function directProblem(line: InvoiceLineInput): Problem | undefined {
  if (line.taxRate === undefined && line.taxCategory === undefined) return undefined;
  return { pointer: 'taxRate', detail: 'the direct method shows no VAT; give directCategory instead' };
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
