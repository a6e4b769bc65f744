import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { metricsOf } from './fonts';
import type { FontMetrics } from './fonts';
import { calculation, look, sampleInvoice, sampleLines, sampleOptions } from './pdf.fixture';
import { makePrintable } from './printable';
import type { InvoicePdfOptions, PrintedInvoice } from './printed-invoice';
import { renderInvoicePdf } from './render-invoice-pdf';
import { UnprintableInvoiceError } from './unprintable-error';

let options: InvoicePdfOptions;
let metrics: FontMetrics;
beforeAll(async () => {
  options = await sampleOptions();
  metrics = metricsOf(options.fonts);
});

const noted = (note: string): PrintedInvoice => sampleInvoice(1, { notes: [note] });
const printed = (note: string, rest: Partial<InvoicePdfOptions> = {}) =>
  makePrintable(noted(note), { ...options, ...rest }, metrics).document.notes;

function problemsOf(document: PrintedInvoice, rest: Partial<InvoicePdfOptions> = {}): string[] {
  try {
    makePrintable(document, { ...options, ...rest }, metrics);
    return [];
  } catch (error) {
    if (!(error instanceof UnprintableInvoiceError)) throw error;
    return error.problems.map(({ pointer, reason }) => `${pointer} ${reason}`);
  }
}

describe('makePrintable', () => {
  it.each([
    ['e\u0302\u0323', 'ệ'],
    [' a\t\r\n b\u00a0 c ', 'a b c'],
    // A right-to-left override would let an amount read backwards.
    ['1\u202e23\u200b4\ufeff', '1234'],
    ['Trà\u00ad sữa', 'Trà sữa'],
  ])('%j becomes %j', (given, expected) => {
    expect(printed(given)).toEqual([expected]);
  });

  it.each(['🧋', 'Trà 🧋', '中', 'garbled \ufffd', '❤️\u{1f525}'])(
    'refuses %j, which the fonts cannot show',
    (note) => {
      expect(problemsOf(noted(note))).toEqual(['/notes/0 MISSING_GLYPH']);
    },
  );

  it('replaces runs of what the fonts lack where asked to, and says so on the paper', async () => {
    const sentence = 'Ký tự không in được đã thay bằng “?”; nội dung đầy đủ có trong tệp XML của hóa đơn.';
    expect(printed('Trà 🧋🧋 sữa 👨‍👩‍👧 中文!', { missingGlyphs: 'REPLACE' })).toEqual(['Trà ? sữa ? ?!', sentence]);
    expect(printed('Trà sữa', { missingGlyphs: 'REPLACE' })).toEqual(['Trà sữa']);
    const invoice = calculation([{ ...sampleLines(1)[0], name: 'Trà 🧋' }]);
    const pdf = await renderInvoicePdf(sampleInvoice(1, { invoice }), { ...options, missingGlyphs: 'REPLACE' });
    const text = (await look(pdf, 1)).map((page) => page.text.replaceAll(/\s+/g, ' ')).join(' ');
    expect(text).toContain('1 Trà ? (CF001) Ly 1');
    expect(text).toContain(sentence);
  });

  it.each<[string, Partial<PrintedInvoice>]>([
    ['/form NOT_A_SERIES', { form: 0 as 1 }],
    ['/symbol NOT_A_SERIES', { symbol: 'C26MY' }],
    ['/number NOT_A_NUMBER', { number: '123456789' }],
    ['/number NOT_A_NUMBER', { number: '' }],
    ['/number NOT_A_NUMBER', { number: '00000000' }],
    ['/invoiceDate NOT_A_DATE', { invoiceDate: '2026-02-29' }],
    ['/notes/0 CONTROL_CHARACTER', { notes: ['a\u0001b'] }],
    ['/notes/0 CONTROL_CHARACTER', { notes: ['half \ud83e'] }],
    ['/notes/0 TOO_LONG', { notes: ['a'.repeat(1_001)] }],
    ['/notes TOO_MANY_LINES', { notes: Array.from({ length: 21 }, () => 'a') }],
    ['/sellerSignature/signedAt NOT_A_DATE', { sellerSignature: { signer: 'A', signedAt: new Date(Number.NaN) } }],
    [
      '/authoritySignature/signedAt NOT_A_DATE',
      { authoritySignature: { signer: 'A', signedAt: new Date(Number.NaN) } },
    ],
    ['/lookUp/url MISSING_GLYPH', { lookUp: { url: '🔎', code: 'A' } }],
  ])('%s', (problem, rest) => {
    expect(problemsOf(sampleInvoice(1, rest))).toEqual([problem]);
  });

  it('names every problem of the invoice that is adjusted, and of the options', () => {
    const original = { form: 10 as 1, symbol: 'x', number: '0', date: 'x' } as const;
    const correction = { action: 'ADJUST', original, reason: '🧋' } as const;
    const copy = { kind: 'CONVERTED', number: 0, convertedBy: 'A', convertedAt: new Date(Number.NaN) } as const;
    const createdAt = new Date(Number.NaN);
    expect(problemsOf(sampleInvoice(1, { correction }), { copy, createdAt, footer: '🧋' })).toEqual([
      '/correction/original/form NOT_A_SERIES',
      '/correction/original/symbol NOT_A_SERIES',
      '/correction/original/number NOT_A_NUMBER',
      '/correction/original/date NOT_A_DATE',
      '/options/createdAt NOT_A_DATE',
      '/options/copy/convertedAt NOT_A_DATE',
      '/options/copy/number NOT_A_NUMBER',
      '/correction/reason MISSING_GLYPH',
      '/options/footer MISSING_GLYPH',
    ]);
    expect(problemsOf(sampleInvoice(1), { qrText: 'ê'.repeat(251) })).toEqual(['/options/qrText TOO_LONG']);
    expect(problemsOf(sampleInvoice(1), { qrText: 'ê'.repeat(250) })).toEqual([]);
  });

  it('refuses lines and sums that no table can show', () => {
    const { invoice } = sampleInvoice(1);
    const [line] = invoice.lines;
    if (line === undefined) throw new Error('no line');
    const changed = {
      name: 'a'.repeat(501),
      code: 'a'.repeat(101),
      unit: 'a'.repeat(51),
      quantity: '1e3',
      unitPrice: '',
    };
    const lines = [{ ...line, ...changed, ordinal: Number.NaN, amount: Number.MAX_SAFE_INTEGER + 1, reduction: 1 / 2 }];
    const taxGroups = invoice.taxGroups.map((group) => ({ ...group, taxAmount: Infinity }));
    const totals = { ...invoice.totals, discount: Number.NaN };
    expect(problemsOf(sampleInvoice(1, { invoice: { ...invoice, lines, taxGroups, totals } }))).toEqual([
      '/invoice/lines/0/name TOO_LONG',
      '/invoice/lines/0/code TOO_LONG',
      '/invoice/lines/0/unit TOO_LONG',
      '/invoice/lines/0/quantity NOT_A_NUMBER',
      '/invoice/lines/0/unitPrice NOT_A_NUMBER',
      '/invoice/lines/0/ordinal NOT_A_NUMBER',
      '/invoice/lines/0/amount NOT_A_NUMBER',
      '/invoice/lines/0/reduction NOT_A_NUMBER',
      '/invoice/taxGroups/0/taxAmount NOT_A_NUMBER',
      '/invoice/totals/discount NOT_A_NUMBER',
    ]);
  });

  it('refuses a foot that would stand on the frame', () => {
    const lookUp = { url: `https://${'w'.repeat(120)}`, code: 'W'.repeat(70) };
    expect(problemsOf(sampleInvoice(1, { lookUp }), { footer: 'm'.repeat(100) })).toEqual([
      '/lookUp/url TOO_LONG',
      '/lookUp/code TOO_LONG',
      '/options/footer TOO_LONG',
    ]);
    expect(problemsOf(sampleInvoice(1, { lookUp: { url: `https://${'i'.repeat(120)}`, code: 'A' } }))).toEqual([]);
  });

  it('lists at most fifty problems', () => {
    const broken = { ...sampleInvoice(30).invoice };
    const lines = broken.lines.map((line) => ({ ...line, quantity: 'x', unitPrice: 'x' }));
    expect(problemsOf(sampleInvoice(1, { invoice: { ...broken, lines } }))).toHaveLength(50);
  });

  it('takes as many lines as the limit says', () => {
    const { invoice } = sampleInvoice(1);
    const lines = (count: number) => ({ ...invoice, lines: Array.from({ length: count }, () => invoice.lines).flat() });
    expect(problemsOf(sampleInvoice(1, { invoice: lines(2_001) }))).toEqual(['/invoice/lines TOO_MANY_LINES']);
    expect(problemsOf(sampleInvoice(1, { invoice: lines(2_000) }))).toEqual([]);
  });

  it('makes of any text one that the fonts show, or refuses it as such', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.boolean(), (note, replaces) => {
        try {
          const [shown = ''] = printed(note, { missingGlyphs: replaces ? 'REPLACE' : 'REFUSE' }) ?? [];
          expect([...shown].every((char) => metrics.has(char.codePointAt(0) ?? 0))).toBe(true);
          expect(shown).toBe(shown.normalize('NFC').trim());
        } catch (error) {
          expect(error).toBeInstanceOf(UnprintableInvoiceError);
        }
      }),
    );
  });

  it('leads to a file for whatever text it lets pass', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(text, text, async (name, note) => {
        const seller = { ...sampleInvoice(1).seller, name };
        const invoice = sampleInvoice(1, { seller, notes: [note] });
        const pdf = await renderInvoicePdf(invoice, { ...options, missingGlyphs: 'REPLACE' }).catch(
          (error: unknown) => {
            expect(error).toBeInstanceOf(UnprintableInvoiceError);
            return Buffer.from('%PDF');
          },
        );
        expect(Buffer.from(pdf.subarray(0, 4)).toString()).toBe('%PDF');
      }),
      { numRuns: 10 },
    );
  });
});
