import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountInWords } from './amount-in-words';

describe('amountInWords', () => {
  it.each([
    [0, 'Không đồng'],
    [15, 'Mười lăm đồng'],
    [21, 'Hai mươi mốt đồng'],
    [105, 'Một trăm lẻ năm đồng'],
    [1_001, 'Một nghìn không trăm lẻ một đồng'],
    [1_806_000, 'Một triệu tám trăm lẻ sáu nghìn đồng'],
    [23_329_080, 'Hai mươi ba triệu ba trăm hai mươi chín nghìn không trăm tám mươi đồng'],
    [4_000_000_000, 'Bốn tỷ đồng'],
    [-12_345, 'Âm mười hai nghìn ba trăm bốn mươi lăm đồng'],
  ])('%d', (amount, words) => {
    expect(amountInWords(amount)).toBe(words);
  });

  it('tells every amount apart', () => {
    const amounts = fc.uniqueArray(fc.integer({ min: 0, max: 999_999_999_999 }), { minLength: 2, maxLength: 20 });
    fc.assert(fc.property(amounts, (list) => new Set(list.map((n) => amountInWords(n))).size === list.length));
  });

  it('refuses a fraction', () => {
    expect(() => amountInWords(1.5)).toThrow(RangeError);
  });
});
