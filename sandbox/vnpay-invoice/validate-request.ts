import { isoDate, parseIsoDate } from '../shared/vietnam-time';
import { lineProblem, totalsProblem } from './amounts';
import type { InvoiceKind, Refusal, TaxMethod } from './model';

type Members = Readonly<Record<string, unknown>>;
type Rule = (value: unknown) => string | undefined;

const text =
  (longest: number, mandatory = false): Rule =>
  (value) => {
    if (value === undefined || value === null || value === '') return mandatory ? 'is missing' : undefined;
    if (typeof value !== 'string') return 'is not a text';
    return value.length > longest ? `is longer than ${longest}` : undefined;
  };
const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'is not true or false');
const dong: Rule = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? undefined : 'is not whole dong';
const optionalDong: Rule = (value) => (value === undefined ? undefined : dong(value));
const decimal: Rule = (value) => (typeof value === 'number' && Number.isFinite(value) ? undefined : 'is not a number');
const list: Rule = (value) => (Array.isArray(value) && value.length > 0 ? undefined : 'is not a list with rows');
const among =
  (...allowed: readonly unknown[]): Rule =>
  (value) =>
    allowed.includes(value) ? undefined : `is not one of ${allowed.join(', ')}`;

const ENVELOPE: Readonly<Record<string, Rule>> = {
  taxCode: text(14, true),
  autoRelease: flag,
  autoSign: flag,
  autoSendCQT: flag,
  invoice: (value) => (isMembers(value) ? undefined : 'is not an object'),
};

const INVOICE: Readonly<Record<string, Rule>> = {
  requestId: text(64, true),
  invoiceCreatedDate: (value) =>
    typeof value === 'string' && parseIsoDate(value) !== undefined ? undefined : 'is not yyyy-MM-dd',
  invoiceSymbol: (value) =>
    typeof value === 'string' && /^[CK]\d{2}[TDLMNBGHXF][A-Z0-9]{2}$/.test(value)
      ? undefined
      : 'is not a series like C26MYY',
  paymentMethod: among('TM', 'CK', 'TM/CK'),
  currencyUnit: among('VND'),
  currencyExchangeRate: among(1),
  buyerTaxCode: text(14),
  buyerName: text(400),
  buyerFullName: text(400),
  buyerAddress: text(400),
  buyerEmail: text(255),
  isSendMail: flag,
  totalAmountWithoutDiscount: dong,
  totalDiscountAmount: dong,
  totalAmount: dong,
  products: list,
};
const INVOICE_TAX: Readonly<Record<string, Rule>> = { totalTaxAmount: dong, totalAmountAfterTax: dong, taxTypes: list };

const LINE: Readonly<Record<string, Rule>> = {
  ordinalNumber: (value) => (Number.isSafeInteger(value) ? undefined : 'is not a whole number'),
  name: text(500, true),
  property: among(1, 2, 3, 4),
  unit: text(50),
  quantity: decimal,
  price: decimal,
  amountWithoutDiscount: dong,
  amount: dong,
};
const LINE_TAX: Readonly<Record<string, Rule>> = { taxAmount: dong, amountAfterTax: dong, tax: text(11) };
const TAX_TYPE: Readonly<Record<string, Rule>> = { tax: text(11, true), amount: dong, taxAmount: dong };

/** Adjustment and replacement name the invoice that they are about, and why. */
const ORIGINAL: Readonly<Record<string, Rule>> = {
  originalInvoiceSymbol: text(7, true),
  originalInvoiceNumber: text(8, true),
  originalInvoiceDate: (value) =>
    typeof value === 'string' && parseIsoDate(value) !== undefined ? undefined : 'is not yyyy-MM-dd',
  reason: text(255),
};

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function membersProblem(
  value: unknown,
  rules: Readonly<Record<string, Rule>>,
  at: string,
  strict: boolean,
): string | undefined {
  if (!isMembers(value)) return `${at} is not an object`;
  for (const [name, rule] of Object.entries(rules)) {
    const problem = rule(value[name]);
    if (problem !== undefined) return `${at}${name} ${problem}`;
  }
  if (!strict) return undefined;
  const unknown = Object.keys(value).find((name) => !(name in rules));
  return unknown === undefined ? undefined : `${at}${unknown} is no member of this request`;
}

function buyerProblem(invoice: Members): string | undefined {
  const filled = (name: string): boolean => typeof invoice[name] === 'string' && invoice[name].trim() !== '';
  if (!filled('buyerName') && !filled('buyerFullName')) return 'the buyer must be shown: buyerName or buyerFullName';
  const taxCode = invoice['buyerTaxCode'];
  if (filled('buyerTaxCode') && !/^(\d{10}(-\d{3})?|\d{12})$/.test(String(taxCode))) return 'buyerTaxCode is malformed';
  // A person's twelve digits need no address, a company's code does.
  const person = /^\d{12}$/.test(String(taxCode));
  if (filled('buyerTaxCode') && !person && !filled('buyerAddress'))
    return 'buyerAddress is missing beside buyerTaxCode';
  if (invoice['isSendMail'] === true && !/^\S+@\S+$/.test(String(invoice['buyerEmail'])))
    return 'isSendMail without buyerEmail';
  return undefined;
}

function dateProblem(invoice: Members, now: number): string | undefined {
  const date = String(invoice['invoiceCreatedDate']);
  if (date > isoDate(now)) return `invoiceCreatedDate ${date} lies in the future`;
  if (String(invoice['invoiceSymbol']).slice(1, 3) !== date.slice(2, 4)) return 'invoiceSymbol belongs to another year';
  return undefined;
}

/** Lines of an original are of goods that were sold; only later invoices take something back. */
function signProblem(invoice: Members, lines: readonly Members[]): string | undefined {
  const negative = lines.some((line) =>
    ['quantity', 'price', 'amount', 'amountWithoutDiscount'].some((name) => Number(line[name]) < 0),
  );
  if (negative || Number(invoice['totalAmount']) < 0) return 'an original invoice has no negative amounts';
  return Number(invoice['totalDiscountAmount']) < 0 ? 'totalDiscountAmount is negative' : undefined;
}

function shapeProblem(body: unknown, method: TaxMethod, kind: InvoiceKind, strict: boolean): string | undefined {
  const withTax = method === 'vat';
  const invoiceRules = {
    ...INVOICE,
    ...(withTax ? INVOICE_TAX : { totalAmountAfterTax: optionalDong }),
    ...(kind === 'original' ? {} : ORIGINAL),
  };
  const lineRules = withTax ? { ...LINE, ...LINE_TAX } : { ...LINE, amountAfterTax: optionalDong };
  const head = membersProblem(body, ENVELOPE, '', strict);
  if (head !== undefined) return head;
  const invoice = (body as { invoice: Members }).invoice;
  const inside = membersProblem(invoice, invoiceRules, 'invoice.', strict);
  if (inside !== undefined) return inside;
  const lines = invoice['products'] as unknown[];
  for (const [index, line] of lines.entries()) {
    const problem = membersProblem(line, lineRules, `invoice.products[${index}].`, strict);
    if (problem !== undefined) return problem;
  }
  for (const [index, row] of (withTax ? (invoice['taxTypes'] as unknown[]) : []).entries()) {
    const problem = membersProblem(row, TAX_TYPE, `invoice.taxTypes[${index}].`, strict);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Says what the vendor has against a request: shape first, then sums to the đồng. */
export function requestRefusal(
  body: unknown,
  method: TaxMethod,
  kind: InvoiceKind,
  strict: boolean,
  now: number,
): Refusal | undefined {
  const shape = shapeProblem(body, method, kind, strict);
  if (shape !== undefined) return { code: 'INVALID_REQUEST', message: shape };
  const invoice = (body as { invoice: Members }).invoice;
  const lines = invoice['products'] as Members[];
  const other = buyerProblem(invoice) ?? (kind === 'original' ? signProblem(invoice, lines) : undefined);
  if (other !== undefined) return { code: 'INVALID_REQUEST', message: other };
  const date = dateProblem(invoice, now);
  if (date !== undefined) return { code: 'INVALID_DATE', message: date };
  for (const [index, line] of lines.entries()) {
    // A share of a line that was rounded itself is rounded once more.
    const problem = lineProblem(line, method === 'vat', kind === 'adjustment' ? 3n : 1n);
    if (problem !== undefined) return { code: 'INVALID_AMOUNT', message: `invoice.products[${index}]: ${problem}` };
  }
  const taxTypes = (invoice['taxTypes'] ?? []) as Members[];
  const totals = totalsProblem(invoice, lines, taxTypes, method === 'vat');
  return totals === undefined ? undefined : { code: 'INVALID_AMOUNT', message: totals };
}
