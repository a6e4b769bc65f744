import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatInvoiceNumber,
  InvoiceNumberError,
  MAX_INVOICE_NUMBER,
  nextInvoiceNumber,
  parseInvoiceNumber,
} from './invoice-number';

describe('numbers of a series', () => {
  it.each<[string, number | undefined]>([
    ['1', 1],
    ['33', 33],
    ['00000033', 33],
    ['99999999', 99_999_999],
    ['0', undefined],
    ['00000000', undefined],
    ['100000000', undefined],
    ['', undefined],
    ['-1', undefined],
    [' 1', undefined],
    ['1.0', undefined],
    ['1\n', undefined],
  ])('%j is %s', (text, number) => {
    expect(parseInvoiceNumber(text)).toBe(number);
  });

  it('writes eight digits and reads them again', () => {
    expect(formatInvoiceNumber(33)).toBe('00000033');
    for (const wrong of [0, -1, 0.5, MAX_INVOICE_NUMBER + 1, Number.NaN]) {
      expect(() => formatInvoiceNumber(wrong)).toThrow(RangeError);
    }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_INVOICE_NUMBER }), (number) => {
        expect(parseInvoiceNumber(formatInvoiceNumber(number))).toBe(number);
      }),
    );
  });

  it('counts on in a series and begins again with the next year', () => {
    expect(nextInvoiceNumber(undefined, 'C26MYY')).toEqual({ symbol: 'C26MYY', last: 1 });
    expect(nextInvoiceNumber({ symbol: 'C26MYY', last: 0 }, 'C26MYY').last).toBe(1);
    expect(nextInvoiceNumber({ symbol: 'C26MYY', last: 41 }, 'C26MYY').last).toBe(42);
    expect(nextInvoiceNumber({ symbol: 'C26MYY', last: 41 }, 'C27MYY')).toEqual({ symbol: 'C27MYY', last: 1 });
    expect(nextInvoiceNumber({ symbol: 'C26MYY', last: 99_999_998 }, 'C26MYY').last).toBe(MAX_INVOICE_NUMBER);
  });

  it.each([
    [MAX_INVOICE_NUMBER, 'all numbers are used; register another series'],
    [-1, '-1 is no last number'],
    [0.5, '0.5 is no last number'],
  ])('has nothing after %d', (last, reason) => {
    expect(() => nextInvoiceNumber({ symbol: 'C26MYY', last }, 'C26MYY')).toThrow(InvoiceNumberError);
    expect(() => nextInvoiceNumber({ symbol: 'C26MYY', last }, 'C26MYY')).toThrow(`series C26MYY: ${reason}`);
  });
});
