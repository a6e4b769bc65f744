import { amountInWords } from './calculation/amount-in-words';
import { parseDecimal } from './calculation/decimal';
import type { CalculatedInvoice, InvoiceLine, TaxGroup } from './invoice';
import { MAX_LINES } from './calculation/check-lines';
import type { Problem } from './problem';
import { checkRounding } from './calculation/rounding';
import type { RoundingAllowance } from './calculation/rounding';
import { AMOUNT_MEMBERS, groupLines, sumLines, sumsAreSafe } from './calculation/sum-lines';
import { isRateInForce, parseTaxRate } from './calculation/tax-rate';
import { isIsoDate } from './vietnam-date';

export interface InvoiceCheckOptions {
  /** Default one đồng a line. */
  readonly allowance?: RoundingAllowance | undefined;
  /** True for an adjustment, whose lines and totals may be negative. */
  readonly adjustment?: boolean | undefined;
}

const GROUP_MEMBERS = ['lineCount', 'amount', 'taxAmount', 'amountAfterTax', 'difference'] as const;

/**
 * Everything wrong with an invoice as it would be sent, whoever made it: lines, groups, totals and words that do not
 * belong together, rates that do not exist on the tax point, tax further from rate × base than the vendor allows.
 */
export function checkInvoice(invoice: CalculatedInvoice, options: InvoiceCheckOptions = {}): readonly Problem[] {
  const problems: Problem[] = [];
  if (invoice.lines.length === 0 || invoice.lines.length > MAX_LINES) {
    problems.push({ pointer: '/lines', detail: `must have 1 to ${MAX_LINES} lines` });
  }
  if (!isIsoDate(invoice.taxPoint)) problems.push({ pointer: '/taxPoint', detail: 'must be a day, YYYY-MM-DD' });
  const unsafe = invoice.lines.flatMap(unsafeProblems);
  // Sums of what is no amount would only repeat the same problem.
  if (unsafe.length > 0) return [...problems, ...unsafe];
  problems.push(...invoice.lines.flatMap((line, index) => lineProblems(line, index, invoice, options)));
  if (!sumsAreSafe(invoice.lines)) return [...problems, { pointer: '/lines', detail: 'their sum is beyond 2^53 − 1' }];
  return [
    ...problems,
    ...groupProblems(invoice),
    ...totalProblems(invoice, options),
    ...roundingProblems(invoice, options),
  ];
}

function unsafeProblems(line: InvoiceLine, index: number): Problem[] {
  const members = AMOUNT_MEMBERS.filter((member) => !Number.isSafeInteger(line[member]));
  const problems = members.map((member) => ({
    pointer: `/lines/${index}/${member}`,
    detail: 'must be a whole amount of đồng within 2^53 − 1',
  }));
  // A rate that does not exist has no product to compare with.
  const { taxRate } = line;
  if (taxRate !== null && parseTaxRate(taxRate) !== taxRate) {
    problems.push({ pointer: `/lines/${index}/taxRate`, detail: `${taxRate} is no VAT rate as invoices write it` });
  }
  return problems;
}

function lineProblems(
  line: InvoiceLine,
  index: number,
  invoice: CalculatedInvoice,
  options: InvoiceCheckOptions,
): Problem[] {
  const problems: Problem[] = [];
  const add = (member: string, detail: string) => problems.push({ pointer: `/lines/${index}/${member}`, detail });
  if (line.ordinal !== index + 1) add('ordinal', `must be ${index + 1}`);
  if (line.name.trim() === '') add('name', 'is required');
  if (line.amountBeforeDiscount - line.discount !== line.amount) {
    add('amount', 'must be the amount before discount less the discount');
  }
  if (line.amount + line.taxAmount - line.reduction !== line.amountAfterTax) {
    add('amountAfterTax', 'must be the amount with its tax and without the reduction');
  }
  const free = line.kind === 'NOTE' || line.kind === 'PROMOTION';
  if (free && AMOUNT_MEMBERS.some((member) => line[member] !== 0)) {
    add('amountAfterTax', `a line of kind ${line.kind} has no amounts`);
  }
  if (!free) problems.push(...productProblems(line, index), ...signProblems(line, index, options.adjustment === true));
  problems.push(...taxProblems(line, index, invoice));
  return problems;
}

/** quantity × unit price, whose six decimals may each hide half a millionth of a đồng, has to round to the amount. */
function productProblems(line: InvoiceLine, index: number): Problem[] {
  const quantity = parseDecimal(line.quantity);
  const price = parseDecimal(line.unitPrice);
  if (quantity === undefined) return [{ pointer: `/lines/${index}/quantity`, detail: 'must be a decimal' }];
  if (price === undefined) return [{ pointer: `/lines/${index}/unitPrice`, detail: 'must be a decimal' }];
  const before = BigInt(line.kind === 'DISCOUNT' ? -line.amountBeforeDiscount : line.amountBeforeDiscount);
  const unit = 10n ** BigInt(quantity.scale + price.scale);
  const off = quantity.units * price.units - before * unit;
  const pieces = quantity.units < 0n ? -quantity.units : quantity.units;
  // Both sides are doubled and scaled up to whole numbers: |off| ≤ 1/2 + |quantity| ÷ 2,000,000.
  const bound = unit * 1_000_000n + pieces * 10n ** BigInt(price.scale);
  if ((off < 0n ? -off : off) * 2_000_000n <= bound) return [];
  return [{ pointer: `/lines/${index}/amountBeforeDiscount`, detail: 'must be quantity × unit price' }];
}

function signProblems(line: InvoiceLine, index: number, adjustment: boolean): Problem[] {
  const values = AMOUNT_MEMBERS.map((member) => (line.kind === 'DISCOUNT' ? -line[member] : line[member]));
  const mixed = values.some((value) => value < 0) && values.some((value) => value > 0);
  if (mixed) return [{ pointer: `/lines/${index}`, detail: 'must have amounts of one sign' }];
  if (adjustment || values.every((value) => value >= 0)) return [];
  const detail = line.kind === 'DISCOUNT' ? 'a discount is subtracted' : 'only an adjustment takes back';
  return [{ pointer: `/lines/${index}/amountAfterTax`, detail }];
}

function taxProblems(line: InvoiceLine, index: number, { taxMethod, taxPoint }: CalculatedInvoice): Problem[] {
  const pointer = `/lines/${index}`;
  if (taxMethod === 'DIRECT') {
    if (line.taxRate !== null) return [{ pointer: `${pointer}/taxRate`, detail: 'the direct method shows no VAT' }];
    return line.taxAmount === 0 ? [] : [{ pointer: `${pointer}/taxAmount`, detail: 'the direct method shows no VAT' }];
  }
  const problems: Problem[] = [];
  if (line.reduction !== 0) {
    problems.push({ pointer: `${pointer}/reduction`, detail: 'belongs to the direct method' });
  }
  if (line.kind === 'NOTE') return problems;
  if (line.taxRate === null) {
    problems.push({ pointer: `${pointer}/taxRate`, detail: 'is required' });
  } else if (isIsoDate(taxPoint) && !isRateInForce(line.taxRate, taxPoint)) {
    problems.push({ pointer: `${pointer}/taxRate`, detail: `${line.taxRate} is not in force on ${taxPoint}` });
  }
  return problems;
}

function groupProblems(invoice: CalculatedInvoice): Problem[] {
  const expected = groupLines(invoice.lines);
  const problems: Problem[] = [];
  if (expected.map((group) => group.taxRate).join() !== invoice.taxGroups.map((group) => group.taxRate).join()) {
    const rates = expected.map((group) => group.taxRate).join(', ');
    return [{ pointer: '/taxGroups', detail: rates === '' ? 'must be empty' : `must be ${rates}, in this order` }];
  }
  expected.forEach((group, index) => {
    const given: TaxGroup | undefined = invoice.taxGroups[index];
    for (const member of GROUP_MEMBERS) {
      if (given?.[member] === group[member]) continue;
      problems.push({ pointer: `/taxGroups/${index}/${member}`, detail: `the lines make ${group[member]}` });
    }
  });
  return problems;
}

function totalProblems(invoice: CalculatedInvoice, { adjustment = false }: InvoiceCheckOptions): Problem[] {
  const { totals } = invoice;
  const expected = sumLines(invoice.lines);
  const problems: Problem[] = [];
  for (const member of AMOUNT_MEMBERS) {
    if (totals[member] === expected[member]) continue;
    problems.push({ pointer: `/totals/${member}`, detail: `the lines make ${expected[member]}` });
  }
  const words = Number.isSafeInteger(totals.amountAfterTax) ? amountInWords(totals.amountAfterTax) : undefined;
  if (totals.amountInWords !== words) {
    problems.push({ pointer: '/totals/amountInWords', detail: 'must be the total in words' });
  }
  if (!adjustment && expected.amountAfterTax < 0) {
    problems.push({ pointer: '/totals/amountAfterTax', detail: 'only an adjustment is negative' });
  }
  if (invoice.taxMethod === 'DIRECT' && !adjustment && expected.reduction !== 0 && invoice.notes.length === 0) {
    problems.push({ pointer: '/notes', detail: 'must say how much the temporary cut takes off' });
  }
  return problems;
}

function roundingProblems(invoice: CalculatedInvoice, { allowance }: InvoiceCheckOptions): Problem[] {
  const groups = groupLines(invoice.lines);
  return checkRounding({ ...invoice, taxGroups: groups }, allowance).map(
    ({ pointer, taxRate, difference, allowed }) => ({
      pointer: `${pointer}/taxAmount`,
      detail: `differs by ${difference} đồng from ${taxRate} of its base; ${allowed} are allowed`,
    }),
  );
}
