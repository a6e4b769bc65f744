import type { FontMetrics } from './fonts';
import { footLines, FOOT_SIZE, FOOT_WIDTH } from './foot';
import { lineProblems } from './line-problems';
import type { InvoicePdfOptions, PrintedInvoice } from './printed-invoice';
import { UnprintableInvoiceError } from './unprintable-error';
import type { UnprintableProblem, UnprintableReason } from './unprintable-error';
import { parseInvoiceNumber } from '../series/invoice-number';
import { isIsoDate } from '../vietnam-date';
import { FORM_PATTERN, SYMBOL_PATTERN } from '../series/symbol';

const MAX_TEXT = 1_000;
const MAX_NOTES = 20;
const MAX_QR_BYTES = 500;
/** A decoder's sign for bytes that it could not read: the text was garbled before it came here. */
const GARBLED = 0xfffd;
/** Stands for characters that the fonts lack. */
const REPLACEMENT = '?';
const REPLACED_NOTE = `Ký tự không in được đã thay bằng “${REPLACEMENT}”; nội dung đầy đủ có trong tệp XML của hóa đơn.`;

/** The same invoice with texts that the fonts can show. Throws UnprintableInvoiceError. */
export function makePrintable(
  document: PrintedInvoice,
  options: InvoicePdfOptions,
  metrics: FontMetrics,
): { readonly document: PrintedInvoice; readonly options: InvoicePdfOptions } {
  // Sizes come first: nothing is walked through that is too large.
  const problems = sizeProblems(document, options);
  if (problems.length > 0) throw new UnprintableInvoiceError(problems);
  const texts = new TextCleaner(metrics, options.missingGlyphs === 'REPLACE');
  const { fonts: _fonts, createdAt, qrText, ...own } = options;
  const cleanDocument = texts.clean(document, '') as PrintedInvoice;
  const cleanOptions = texts.clean(own, '/options') as typeof own;
  const all = [
    ...memberProblems(document, options),
    ...texts.problems,
    ...footProblems(cleanDocument, cleanOptions.footer, metrics),
  ];
  if (all.length > 0) throw new UnprintableInvoiceError(all);
  return {
    document: texts.replaced
      ? { ...cleanDocument, notes: [...(cleanDocument.notes ?? []), REPLACED_NOTE] }
      : cleanDocument,
    options: { ...cleanOptions, fonts: options.fonts, createdAt, qrText },
  };
}

function sizeProblems(document: PrintedInvoice, options: InvoicePdfOptions): UnprintableProblem[] {
  const problems = lineProblems(document.invoice);
  if ((document.notes?.length ?? 0) > MAX_NOTES) {
    problems.push({ pointer: '/notes', reason: 'TOO_MANY_LINES', detail: `must have at most ${MAX_NOTES} notes` });
  }
  if (options.qrText !== undefined && new TextEncoder().encode(options.qrText).length > MAX_QR_BYTES) {
    const detail = `must have at most ${MAX_QR_BYTES} bytes`;
    problems.push({ pointer: '/options/qrText', reason: 'TOO_LONG', detail });
  }
  return problems;
}

/** Each line of the foot has one line of the page: the next would stand on the frame. */
function footProblems(
  document: PrintedInvoice,
  footer: string | undefined,
  metrics: FontMetrics,
): UnprintableProblem[] {
  return footLines(document, footer)
    .filter(({ text }) => metrics.widthOf(text) * FOOT_SIZE > FOOT_WIDTH * 1000)
    .map(({ pointer }) => ({ pointer, reason: 'TOO_LONG', detail: 'must fit on one line of the foot' }));
}

function memberProblems(document: PrintedInvoice, { createdAt, copy }: InvoicePdfOptions): UnprintableProblem[] {
  const problems: UnprintableProblem[] = [];
  const add = (pointer: string, reason: UnprintableReason, detail: string) =>
    problems.push({ pointer, reason, detail });
  const instant = (pointer: string, value: Date | undefined) => {
    if (value !== undefined && Number.isNaN(value.getTime())) add(pointer, 'NOT_A_DATE', 'must be an instant');
  };
  const series = (pointer: string, form: number, symbol: string) => {
    if (!FORM_PATTERN.test(String(form))) add(`${pointer}/form`, 'NOT_A_SERIES', 'must be 1 to 9');
    if (!SYMBOL_PATTERN.test(symbol)) add(`${pointer}/symbol`, 'NOT_A_SERIES', 'must be six characters such as C26MYY');
  };
  const number = (pointer: string, value: string) => {
    if (parseInvoiceNumber(value) === undefined) add(pointer, 'NOT_A_NUMBER', 'must be 1 to 8 digits, not zero');
  };
  const original = document.correction?.original;
  series('', document.form, document.symbol);
  if (document.number !== undefined) number('/number', document.number);
  if (!isIsoDate(document.invoiceDate)) add('/invoiceDate', 'NOT_A_DATE', 'must be a day, YYYY-MM-DD');
  if (original !== undefined) {
    const pointer = '/correction/original';
    series(pointer, original.form, original.symbol);
    number(`${pointer}/number`, original.number);
    if (!isIsoDate(original.date)) add(`${pointer}/date`, 'NOT_A_DATE', 'must be a day, YYYY-MM-DD');
  }
  instant('/sellerSignature/signedAt', document.sellerSignature?.signedAt);
  instant('/authoritySignature/signedAt', document.authoritySignature?.signedAt);
  instant('/options/createdAt', createdAt);
  if (copy?.kind === 'CONVERTED') {
    instant('/options/copy/convertedAt', copy.convertedAt);
    const counts = Number.isSafeInteger(copy.number) && copy.number > 0;
    if (!counts) add('/options/copy/number', 'NOT_A_NUMBER', 'must be a whole number from 1');
  }
  return problems;
}

/** Walks through a value and makes every text of it printable. */
class TextCleaner {
  readonly problems: UnprintableProblem[] = [];
  replaced = false;

  constructor(
    private readonly metrics: FontMetrics,
    private readonly replaces: boolean,
  ) {}

  clean(value: unknown, pointer: string): unknown {
    if (typeof value === 'string') return this.text(value, pointer);
    if (Array.isArray(value)) return value.map((item, index) => this.clean(item, `${pointer}/${index}`));
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.clean(item, `${pointer}/${key}`)]));
  }

  /** Composed, with single spaces, and without characters that have no ink: those only hide or turn others round. */
  private text(value: string, pointer: string): string {
    if (value.length > MAX_TEXT) {
      this.add(pointer, 'TOO_LONG', `must have at most ${MAX_TEXT} characters`);
      return '';
    }
    const plain = value
      .normalize('NFC')
      .replaceAll(/\s+/gu, ' ')
      .replaceAll(/[\p{Cf}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/gu, '')
      .trim();
    const control = /\p{Cc}|\p{Cs}/u.exec(plain);
    if (control !== null) this.add(pointer, 'CONTROL_CHARACTER', `must not hold ${codeOf(control[0])}`);
    const missing = [...plain].filter((char) => !this.shows(char));
    if (control !== null || missing.length === 0) return plain;
    if (!this.replaces) {
      const codes = [...new Set(missing)].slice(0, 5).map(codeOf).join(', ');
      this.add(pointer, 'MISSING_GLYPH', `holds characters that the fonts lack: ${codes}`);
      return plain;
    }
    this.replaced = true;
    return this.withReplacements(plain);
  }

  /** One sign for each run, so that an emoji of several code points does not become a row of them. */
  private withReplacements(text: string): string {
    let shown = '';
    let inRun = false;
    for (const char of text) {
      const known = this.shows(char);
      if (known) shown += char;
      else if (!inRun) shown += REPLACEMENT;
      inRun = !known;
    }
    return shown;
  }

  private shows(char: string): boolean {
    const code = char.codePointAt(0) ?? GARBLED;
    return code !== GARBLED && this.metrics.has(code);
  }

  private add(pointer: string, reason: UnprintableReason, detail: string): void {
    this.problems.push({ pointer, reason, detail });
  }
}

function codeOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
