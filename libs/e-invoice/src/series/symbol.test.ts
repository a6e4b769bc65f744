import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InvoiceForm } from '../invoice';
import {
  checkSeries,
  FORM_PATTERN,
  formOf,
  parseSymbol,
  printedSymbol,
  SYMBOL_PATTERN,
  symbolPatternOn,
} from './symbol';

describe('parseSymbol', () => {
  it.each([
    ['C26MYY', { symbol: 'C26MYY', hasCqtCode: true, year: 2026, letter: 'M', cashRegister: true, suffix: 'YY' }],
    [
      '1C25MAA',
      { form: 1, symbol: 'C25MAA', hasCqtCode: true, year: 2025, letter: 'M', cashRegister: true, suffix: 'AA' },
    ],
    [
      '2C26MYY',
      { form: 2, symbol: 'C26MYY', hasCqtCode: true, year: 2026, letter: 'M', cashRegister: true, suffix: 'YY' },
    ],
    [
      '7K26XAB',
      { form: 7, symbol: 'K26XAB', hasCqtCode: false, year: 2026, letter: 'X', cashRegister: false, suffix: 'AB' },
    ],
  ])('%s', (text, parsed) => {
    expect(parseSymbol(text)).toEqual(parsed);
  });

  const wrong = ['', 'C26MY', 'C26ZYY', 'X26MYY', '0C26MYY', 'c26myy', 'C26MYY ', 'C26M12', '11C26MYY', 'C26MYY\n'];
  it.each(wrong)('%j is none', (text) => {
    expect(parseSymbol(text)).toBeUndefined();
    expect(SYMBOL_PATTERN.test(text.trimEnd())).toBe(text.trimEnd() === 'C26MYY');
  });

  it('reads what print joins', () => {
    const symbols = fc
      .tuple(
        fc.constantFrom('C', 'K'),
        fc.integer({ min: 0, max: 99 }),
        fc.constantFrom(...'TDLMNBGHXF'),
        fc.constantFrom('YY', 'AB', 'ZZ'),
      )
      .map(([code, year, letter, suffix]) => `${code}${String(year).padStart(2, '0')}${letter}${suffix}`);
    fc.assert(
      fc.property(symbols, fc.integer({ min: 1, max: 9 }), (symbol, form) => {
        const printed = printedSymbol(form as InvoiceForm, symbol);
        expect(printed).toBe(`${form}${symbol}`);
        expect(parseSymbol(printed)).toMatchObject({ form, symbol });
        expect(SYMBOL_PATTERN.test(symbol) && FORM_PATTERN.test(String(form))).toBe(true);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => parseSymbol(text) === undefined || text.length >= 6));
  });

  it('joins nothing else', () => {
    expect(() => printedSymbol(1, '1C26MYY')).toThrow(RangeError);
    expect(() => printedSymbol(1, 'C26ZYY')).toThrow(/1C26ZYY/);
    expect(() => printedSymbol(0 as never, 'C26MYY')).toThrow(RangeError);
  });
});

describe('checkSeries', () => {
  it.each<[number, string, string, string[]]>([
    [1, 'C26MYY', '2026-11-20', []],
    [2, 'C26MYY', '2026-11-20', []],
    [7, 'K26XAB', '2026-11-20', []],
    [1, 'C26FAB', '2026-07-01', []],
    [1, 'C26MYY', '2027-01-01', ["/symbol is a series of 2026, not of the invoice's year"]],
    [1, 'C26FAB', '2026-06-30', ['/symbol letter F is not in use on 2026-06-30']],
    [
      7,
      'C25XAB',
      '2025-05-31',
      ['/symbol letter X is not in use on 2025-05-31', '/form form 7 is not in use on 2025-05-31'],
    ],
    [1, 'C26XAB', '2026-11-20', ['/symbol letter X (commercial e-invoice) belongs to form 7']],
    [1, 'C26NAB', '2026-11-20', ['/symbol letter N (internal transfer note) belongs to form 6']],
    [2, 'C26GAB', '2026-11-20', ['/symbol letter G (VAT ticket) belongs to form 5']],
    [1, '1C26MYY', '2026-11-20', ['/symbol must be six characters such as C26MYY']],
    [1, 'C26M12', '2026-11-20', ['/symbol must be six characters such as C26MYY']],
    [0, 'C26MYY', '2026-11-20', ['/form must be 1 to 9']],
    [10, 'C26MYY', '2026-11-20', ['/form must be 1 to 9']],
    [1.5, 'C26MYY', '2026-11-20', ['/form must be 1 to 9']],
    [
      0,
      'x',
      'y',
      [
        '/invoiceDate must be a day, YYYY-MM-DD',
        '/symbol must be six characters such as C26MYY',
        '/form must be 1 to 9',
      ],
    ],
  ])('form %s, series %s on %s', (form, symbol, date, problems) => {
    expect(checkSeries(form, symbol, date).map(({ pointer, detail }) => `${pointer} ${detail}`)).toEqual(problems);
  });

  it.each([
    ['2026-07-01', 'TDLMNBGHXF'],
    ['2026-06-30', 'TDLMNBGHX'],
    ['2025-06-01', 'TDLMNBGHX'],
    ['2025-05-31', 'TDLMNBGH'],
    ['2022-06-30', ''],
  ])('matches on %s the letters %j', (date, letters) => {
    const matching = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => symbolPatternOn(date).test(`C26${letter}YY`));
    expect(matching).toEqual([...letters].toSorted());
    expect(symbolPatternOn(date).test('C26M12')).toBe(false);
  });

  it('knows the form of each tax method', () => {
    expect([formOf('DEDUCTION'), formOf('DIRECT')]).toEqual([1, 2]);
  });
});
