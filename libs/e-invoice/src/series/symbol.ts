import type { InvoiceForm } from '../invoice';
import type { Problem } from '../problem';
import { covers } from '../law/rules/effective';
import { formOn, letterOn, SERIES_LETTER_RULES } from '../law/rules/series-rules';
import type { SeriesLetter } from '../law/rules/series-rules';
import { isIsoDate } from '../vietnam-date';
import type { IsoDate } from '../vietnam-date';

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

/** What a series of a day looks like: only the letters in use then; matches nothing before the first of them. */
export function symbolPatternOn(date: IsoDate): RegExp {
  const letters = SERIES_LETTER_RULES.filter((rule) => covers(rule, date)).map(({ letter }) => letter);
  return new RegExp(`^[CK]\\d{2}[${letters.join('')}][A-Z]{2}$`);
}

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

/** Form and series joined, as print shows them: `1C25MAA`. Throws a RangeError for what `parseSymbol` would not read. */
export function printedSymbol(form: InvoiceForm, symbol: string): string {
  const text = `${form}${symbol}`;
  if (parseSymbol(text)?.form !== form) throw new RangeError(`not a form with a series: ${text}`);
  return text;
}

/**
 * Everything wrong with a form and series for an invoice of a day: letters and forms begin with the circular that
 * brought them, some letters belong to one form, and the series carries the invoice's year.
 */
export function checkSeries(form: number, symbol: string, invoiceDate: IsoDate): readonly Problem[] {
  const problems: Problem[] = [];
  const parsed = parseSymbol(symbol);
  const day = isIsoDate(invoiceDate) ? invoiceDate : undefined;
  if (day === undefined) problems.push({ pointer: '/invoiceDate', detail: 'must be a day, YYYY-MM-DD' });
  if (parsed === undefined || parsed.form !== undefined) {
    problems.push({ pointer: '/symbol', detail: 'must be six characters such as C26MYY' });
  } else if (day !== undefined) {
    problems.push(...seriesProblems(parsed, form, day));
  }
  if (!Number.isInteger(form) || form < 1 || form > 9) {
    problems.push({ pointer: '/form', detail: 'must be 1 to 9' });
  } else if (day !== undefined && formOn(form, day) === undefined) {
    problems.push({ pointer: '/form', detail: `form ${form} is not in use on ${day}` });
  }
  return problems;
}

function seriesProblems(parsed: ParsedSymbol, form: number, day: IsoDate): Problem[] {
  const problems: Problem[] = [];
  if (parsed.year !== Number(day.slice(0, 4))) {
    problems.push({ pointer: '/symbol', detail: `is a series of ${parsed.year}, not of the invoice's year` });
  }
  const rule = letterOn(parsed.letter, day);
  if (rule === undefined) {
    problems.push({ pointer: '/symbol', detail: `letter ${parsed.letter} is not in use on ${day}` });
  } else if (rule.forms !== null && !rule.forms.includes(form)) {
    const detail = `letter ${rule.letter} (${rule.meaning}) belongs to form ${rule.forms.join(', ')}`;
    problems.push({ pointer: '/symbol', detail });
  }
  return problems;
}

/** The form that a tax method's ordinary invoices have: 1 with VAT, 2 without. */
export function formOf(taxMethod: 'DEDUCTION' | 'DIRECT'): InvoiceForm {
  return taxMethod === 'DEDUCTION' ? 1 : 2;
}
