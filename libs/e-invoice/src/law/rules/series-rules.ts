import type { IsoDate } from '../../vietnam-date';
import { covers } from './effective';
import type { Effective } from './effective';

/** Fourth character of a series. */
export type SeriesLetter = 'T' | 'D' | 'L' | 'M' | 'N' | 'B' | 'G' | 'H' | 'X' | 'F';

export interface SeriesLetterRule extends Effective {
  readonly letter: SeriesLetter;
  readonly meaning: string;
  /** The forms that the letter's meaning leaves open; null where it says nothing about the form. */
  readonly forms: readonly number[] | null;
  readonly citation: string;
}

export interface FormRule extends Effective {
  readonly form: number;
  readonly meaning: string;
  readonly citation: string;
}

const CIRCULAR_2021 = 'Thông tư số 78/2021/TT-BTC';
const CIRCULAR_2025 = 'Thông tư số 32/2025/TT-BTC';
const CIRCULAR_2026 = 'Thông tư số 91/2026/TT-BTC, Phụ lục I';
const START_2021 = '2022-07-01';
const START_2025 = '2025-06-01';
const START_2026 = '2026-07-01';

/** Letters by the invoice's date. Each later circular kept the letters of the one before. */
export const SERIES_LETTER_RULES: readonly SeriesLetterRule[] = [
  letter('T', 'ordinary', null, START_2021, CIRCULAR_2021),
  letter('D', 'public asset or special', null, START_2021, CIRCULAR_2021),
  letter('L', 'per occurrence', null, START_2021, CIRCULAR_2021),
  letter('M', 'cash register', null, START_2021, CIRCULAR_2021),
  letter('N', 'internal transfer note', [6], START_2021, CIRCULAR_2021),
  letter('B', 'consignment note', [6], START_2021, CIRCULAR_2021),
  letter('G', 'VAT ticket', [5], START_2021, CIRCULAR_2021),
  letter('H', 'sales ticket', [5], START_2021, CIRCULAR_2021),
  letter('X', 'commercial e-invoice', [7], START_2025, CIRCULAR_2025),
  letter('F', 'VAT invoice with tax refund declaration', [1], START_2026, CIRCULAR_2026),
];

/** Form digits (KHMSHDon) by the invoice's date. */
export const FORM_RULES: readonly FormRule[] = [
  form(1, 'VAT invoice', START_2021, CIRCULAR_2021),
  form(2, 'sales invoice', START_2021, CIRCULAR_2021),
  form(3, 'sale of public assets', START_2021, CIRCULAR_2021),
  form(4, 'sale of national reserves', START_2021, CIRCULAR_2021),
  form(5, 'stamps, tickets, cards and other documents', START_2021, CIRCULAR_2021),
  form(6, 'delivery notes', START_2021, CIRCULAR_2021),
  form(7, 'commercial e-invoice', START_2025, CIRCULAR_2025),
  form(8, 'VAT invoice with fee receipt', START_2025, CIRCULAR_2025),
  form(9, 'sales invoice with fee receipt', START_2025, CIRCULAR_2025),
];

/** The letter's rule on a day; undefined where the letter is not (yet) in use. */
export function letterOn(text: string, date: IsoDate): SeriesLetterRule | undefined {
  return SERIES_LETTER_RULES.find((rule) => rule.letter === text && covers(rule, date));
}

/** The form's rule on a day; undefined where the form is not (yet) in use. */
export function formOn(digit: number, date: IsoDate): FormRule | undefined {
  return FORM_RULES.find((rule) => rule.form === digit && covers(rule, date));
}

function letter(
  name: SeriesLetter,
  meaning: string,
  forms: readonly number[] | null,
  effectiveFrom: IsoDate,
  citation: string,
): SeriesLetterRule {
  return { letter: name, meaning, forms, effectiveFrom, effectiveTo: null, citation };
}

function form(digit: number, meaning: string, effectiveFrom: IsoDate, citation: string): FormRule {
  return { form: digit, meaning, effectiveFrom, effectiveTo: null, citation };
}
