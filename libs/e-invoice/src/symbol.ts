import type { InvoiceForm } from './invoice';

/** Fourth character of a series, Circular 32/2025 and (F) Circular 91/2026. */
export type SeriesLetter = 'T' | 'D' | 'L' | 'M' | 'N' | 'B' | 'G' | 'H' | 'X' | 'F';

export interface ParsedSymbol {
  /** Only when the text carried the form digit, as in `1C26MYY`. */
  readonly form?: InvoiceForm;
  /** The six characters without the form. */
  readonly symbol: string;
  /** `C` series carry the tax authority's code, `K` series do not. */
  readonly hasCqtCode: boolean;
  /** Full year: a new year needs a new series, and numbering starts again at 1. */
  readonly year: number;
  readonly letter: SeriesLetter;
  readonly cashRegister: boolean;
  /** The seller's two characters. */
  readonly suffix: string;
}

export const FORM_PATTERN = /^[1-9]$/;
export const SYMBOL_PATTERN = /^[CK]\d{2}[TDLMNBGHXF][A-Z]{2}$/;
const PRINTED_PATTERN = /^([1-9])?([CK])(\d{2})([TDLMNBGHXF])([A-Z]{2})$/;

/** What each letter of position four stands for. */
export const SERIES_LETTERS: Readonly<Record<SeriesLetter, string>> = {
  T: 'ordinary',
  D: 'public asset or special',
  L: 'per occurrence',
  M: 'cash register',
  N: 'internal transfer note',
  B: 'consignment note',
  G: 'VAT ticket',
  H: 'sales ticket',
  X: 'commercial e-invoice',
  F: 'VAT invoice with tax refund declaration',
};

/** Reads `C26MYY` or, with the form in front, `1C26MYY`; undefined when the text is neither. */
export function parseSymbol(text: string): ParsedSymbol | undefined {
  const match = PRINTED_PATTERN.exec(text);
  if (match === null) return undefined;
  const [, form, code = '', year = '', letter = '', suffix = ''] = match;
  return {
    ...(form === undefined ? {} : { form: Number(form) as InvoiceForm }),
    symbol: `${code}${year}${letter}${suffix}`,
    hasCqtCode: code === 'C',
    year: 2000 + Number(year),
    letter: letter as SeriesLetter,
    cashRegister: letter === 'M',
    suffix,
  };
}

/** The form that a tax method's ordinary invoices have: 1 with VAT, 2 without. */
export function formOf(taxMethod: 'DEDUCTION' | 'DIRECT'): InvoiceForm {
  return taxMethod === 'DEDUCTION' ? 1 : 2;
}
