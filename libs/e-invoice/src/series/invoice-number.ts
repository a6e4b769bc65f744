/** Numbers of one series: 1 to 99,999,999 (Circular 91/2026 Annex I). */
export const MAX_INVOICE_NUMBER = 99_999_999;
const PRINTED_NUMBER = /^\d{1,8}$/;

/** Where a series stands: the last number given, 0 for none. */
export interface SeriesPosition {
  /** Six characters, `C26MYY`. */
  readonly symbol: string;
  readonly last: number;
}

/** No further number can be given, or the position itself is none. */
export class InvoiceNumberError extends Error {
  constructor(
    readonly symbol: string,
    readonly reason: string,
  ) {
    super(`series ${symbol}: ${reason}`);
    this.name = 'InvoiceNumberError';
  }
}

/** Reads a number as vendors write it, with or without zeros in front (`33`, `00000033`); undefined for anything else. */
export function parseInvoiceNumber(text: string): number | undefined {
  if (!PRINTED_NUMBER.test(text)) return undefined;
  const number = Number(text);
  return number === 0 ? undefined : number;
}

/** The number in eight digits, as print and some vendors show it. Throws a RangeError outside 1 to 99,999,999. */
export function formatInvoiceNumber(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > MAX_INVOICE_NUMBER) {
    throw new RangeError(`not an invoice number: ${number}`);
  }
  return String(number).padStart(8, '0');
}

/**
 * The position after the next number of a series. Another series, which a new year brings, starts again at 1.
 * Throws InvoiceNumberError when the series is full.
 */
export function nextInvoiceNumber(position: SeriesPosition | undefined, symbol: string): SeriesPosition {
  if (position === undefined || position.symbol !== symbol) return { symbol, last: 1 };
  const { last } = position;
  if (!Number.isInteger(last) || last < 0) throw new InvoiceNumberError(symbol, `${last} is no last number`);
  if (last >= MAX_INVOICE_NUMBER) throw new InvoiceNumberError(symbol, 'all numbers are used; register another series');
  return { symbol, last: last + 1 };
}
