import type { InvoiceForm } from '../invoice';

/** `M1-25-7FGBT-00000000315`: the code that the seller's own software gives a cash-register invoice. */
export interface CashRegisterCode {
  readonly form: InvoiceForm;
  /** Full year, 2000 to 2099; the code shows two digits. */
  readonly year: number;
  /** Five of A–Z and 0–9, granted to the taxpayer once. */
  readonly grant: string;
  /** 1 to 99,999,999,999, without gaps, independent of the invoice's number. */
  readonly sequence: number;
}

/** One counter per owner (seller's tax code), grant and year. */
export interface CashRegisterCounter {
  readonly taxCode: string;
  readonly grant: string;
  readonly year: number;
  /** The last sequence given, 0 for none. */
  readonly last: number;
}

/** When the sequence starts again at 1. No public source confirms it, so it is a setting. */
export interface CounterReset {
  readonly onNewYear: boolean;
  readonly onNewGrant: boolean;
}

export const DEFAULT_COUNTER_RESET: CounterReset = { onNewYear: true, onNewGrant: true };
export const MAX_CASH_REGISTER_SEQUENCE = 99_999_999_999;

const CODE = /^M([1-9])-(\d{2})-([A-Z0-9]{5})-(\d{11})$/;
const GRANT = /^[A-Z0-9]{5}$/;

/** Names the part of a code or counter that is wrong, and why. */
export class CashRegisterCodeError extends Error {
  constructor(
    readonly field: 'code' | 'form' | 'year' | 'grant' | 'sequence' | 'taxCode',
    readonly reason: string,
  ) {
    super(`${field} ${reason}`);
    this.name = 'CashRegisterCodeError';
  }
}

/** Writes a code in its 23 characters. Throws CashRegisterCodeError. */
export function formatCashRegisterCode({ form, year, grant, sequence }: CashRegisterCode): string {
  if (!Number.isInteger(form) || form < 1 || form > 9) throw new CashRegisterCodeError('form', 'must be 1 to 9');
  checkYear(year);
  checkGrant(grant);
  checkSequence(sequence);
  const yy = String(year).slice(2);
  return `M${form}-${yy}-${grant}-${String(sequence).padStart(11, '0')}`;
}

/** Reads a code. Throws CashRegisterCodeError. */
export function parseCashRegisterCode(text: string): CashRegisterCode {
  const match = CODE.exec(text);
  if (match === null) throw new CashRegisterCodeError('code', 'must look like M1-25-7FGBT-00000000315');
  const [, form = '', yy = '', grant = '', digits = ''] = match;
  const sequence = Number(digits);
  checkSequence(sequence);
  return { form: Number(form) as InvoiceForm, year: 2000 + Number(yy), grant, sequence };
}

/** What the next invoice needs a code for. */
export interface NextCodeInput {
  readonly form: InvoiceForm;
  /** Of the invoice's date. */
  readonly year: number;
  /** The seller's grant at present. */
  readonly grant: string;
}

/**
 * The next code of a counter and the counter after it: one step, no gap. A late invoice of an earlier year takes that
 * year's own counter; a counter never goes back. Throws CashRegisterCodeError.
 */
export function nextCashRegisterCode(
  counter: CashRegisterCounter,
  input: NextCodeInput,
  reset: CounterReset = DEFAULT_COUNTER_RESET,
): { readonly code: string; readonly counter: CashRegisterCounter } {
  if (counter.taxCode === '') throw new CashRegisterCodeError('taxCode', 'is required');
  if (!Number.isSafeInteger(counter.last) || counter.last < 0) {
    throw new CashRegisterCodeError('sequence', `${counter.last} is no last sequence`);
  }
  if (input.year < counter.year) {
    throw new CashRegisterCodeError('year', `${input.year} lies before the counter's ${counter.year}`);
  }
  const restart =
    (reset.onNewYear && input.year !== counter.year) || (reset.onNewGrant && input.grant !== counter.grant);
  const last = (restart ? 0 : counter.last) + 1;
  const code = formatCashRegisterCode({ ...input, sequence: last });
  return { code, counter: { taxCode: counter.taxCode, grant: input.grant, year: input.year, last } };
}

function checkYear(year: number): void {
  if (!Number.isInteger(year) || year < 2000 || year > 2099) {
    throw new CashRegisterCodeError('year', 'must be 2000 to 2099');
  }
}

function checkGrant(grant: string): void {
  if (!GRANT.test(grant)) throw new CashRegisterCodeError('grant', 'must be five of A–Z and 0–9');
}

function checkSequence(sequence: number): void {
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > MAX_CASH_REGISTER_SEQUENCE) {
    throw new CashRegisterCodeError('sequence', `must be 1 to ${MAX_CASH_REGISTER_SEQUENCE}`);
  }
}
