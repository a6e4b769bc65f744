import type { CalculatedInvoice, InvoiceForm } from '../invoice';
import { InvalidInvoiceError, type Problem } from '../problem';
import type { TaxRate } from '../law/rules/rate-rules';
import { parseSymbol } from '../series/symbol';
import type { AdjustRequest, IssuerCapabilities, IssueRequest } from './issuer';

/** Form and series joined, `1C26MYY`. */
export function printedSeries({ form, symbol }: { readonly form: InvoiceForm; readonly symbol: string }): string {
  return `${form}${symbol}`;
}

export function isCashRegister(symbol: string): boolean {
  return parseSymbol(symbol)?.cashRegister === true;
}

/**
 * What a vendor's public protocol cannot carry. Vendors beside VNPAY sign and release in one call, so a request that
 * wants less is refused here rather than issued against its words. Throws InvalidInvoiceError with every reason.
 */
export function refuseUncarried(vendor: string, request: IssueRequest, capabilities: IssuerCapabilities): void {
  const problems: Problem[] = [];
  const { form, symbol, invoice } = request;
  const expected = invoice.taxMethod === 'DEDUCTION' ? 1 : 2;
  if (form !== expected || !capabilities.forms.includes(form)) {
    problems.push({
      pointer: '/form',
      detail: `${vendor} issues forms ${capabilities.forms.join(', ')}; ${invoice.taxMethod} needs ${expected}`,
    });
  }
  const register = isCashRegister(symbol);
  if (parseSymbol(symbol) === undefined) problems.push({ pointer: '/symbol', detail: 'is no series such as C26MYY' });
  if (register && !capabilities.cashRegister) {
    problems.push({ pointer: '/symbol', detail: `no public source shows how ${vendor} takes cash-register series` });
  }
  if (invoice.totals.reduction !== 0 && !capabilities.directReduction) {
    problems.push({
      pointer: '/invoice/totals/reduction',
      detail: `no public source shows how ${vendor} carries the temporary cut of the direct method`,
    });
  }
  if (!request.autoRelease) problems.push({ pointer: '/autoRelease', detail: `${vendor} releases at once` });
  if (!request.autoSign && !register) problems.push({ pointer: '/autoSign', detail: `${vendor} signs at once` });
  if (problems.length > 0) throw new InvalidInvoiceError(problems);
}

/** Which way an adjustment goes: its lines all add, all subtract, or carry no money. Throws InvalidInvoiceError if mixed. */
export function adjustmentDirection(request: AdjustRequest): 'INCREASE' | 'DECREASE' | 'INFORMATION' {
  // A discount subtracts, so taking one back adds.
  const steps = request.invoice.lines.map(
    (line) => (line.kind === 'DISCOUNT' ? -1 : 1) * Math.sign(line.amountAfterTax),
  );
  const signs = new Set(steps.filter((sign) => sign !== 0));
  if (signs.size > 1) {
    const detail = 'an adjustment that raises some lines and lowers others must be split in two';
    throw new InvalidInvoiceError([{ pointer: '/invoice/lines', detail }]);
  }
  if (signs.has(1)) return 'INCREASE';
  return signs.has(-1) ? 'DECREASE' : 'INFORMATION';
}

/** The longest fraction among quantities and unit prices, in digits. */
export function fractionDigits(invoice: CalculatedInvoice, member: 'quantity' | 'unitPrice'): number {
  return Math.max(0, ...invoice.lines.map((line) => (line[member].split('.')[1] ?? '').length));
}

/** A series and a number joined as some vendors print them, `C25TAA12`; undefined for anything else or number 0. */
export function splitJoinedNumber(text: string): { readonly symbol: string; readonly number: string } | undefined {
  const match = /^([CK]\d{2}[A-Z][A-Z0-9]{2})(\d{1,8})$/.exec(text);
  const [, symbol = '', number = ''] = match ?? [];
  return match === null || isDraftNumber(number) ? undefined : { symbol, number };
}

/** Drafts are shown with number 0 or none. */
export function isDraftNumber(number: string): boolean {
  return /^0*$/.test(number);
}

/** An invoice number as the law writes it: up to eight digits, not zero. */
export function isInvoiceNumber(text: string): boolean {
  return /^\d{1,8}$/.test(text) && !isDraftNumber(text);
}

/** The plain percentage of a rate that has one: `8%` → `8`, `KHAC:03.50%` → `3.5`. */
export function percentText(rate: Exclude<TaxRate, 'KCT' | 'KKKNT'>): string {
  const [whole = '0', fraction = ''] = rate.replace('KHAC:', '').replace('%', '').split('.');
  const rest = fraction.replace(/0+$/, '');
  return `${Number(whole)}${rest === '' ? '' : `.${rest}`}`;
}
