import fc from 'fast-check';
import { doReadNumber, ReadingConfig } from 'read-vietnamese-number';
import { describe, expect, it } from 'vitest';
import { amountInWords } from './amount-in-words';
import type { WordStyle } from './amount-in-words';
import { readVietnameseWords } from './vietnamese-numerals.fixture';

const ENDING = ' đồng';
const numeralOf = (words: string) => words.slice(0, -ENDING.length);
const amounts = fc.oneof(
  fc.integer({ min: -999, max: 999 }),
  fc.integer({ min: -2_000_000, max: 2_000_000 }),
  fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
);

describe('amountInWords', () => {
  it.each<[number | bigint, string]>([
    [0, 'Không'],
    [-0, 'Không'],
    [1, 'Một'],
    [10, 'Mười'],
    [11, 'Mười một'],
    [15, 'Mười lăm'],
    [20, 'Hai mươi'],
    [21, 'Hai mươi mốt'],
    [24, 'Hai mươi tư'],
    [25, 'Hai mươi lăm'],
    [105, 'Một trăm lẻ năm'],
    [110, 'Một trăm mười'],
    [1_000, 'Một nghìn'],
    [1_001, 'Một nghìn không trăm lẻ một'],
    [1_806_000, 'Một triệu tám trăm lẻ sáu nghìn'],
    [23_329_080, 'Hai mươi ba triệu ba trăm hai mươi chín nghìn không trăm tám mươi'],
    [4_000_000_000, 'Bốn tỷ'],
    [1_000_000_001, 'Một tỷ không trăm lẻ một'],
    [1_005_000_000_000, 'Một nghìn không trăm lẻ năm tỷ'],
    [-12_345, 'Âm mười hai nghìn ba trăm bốn mươi lăm'],
    [
      Number.MAX_SAFE_INTEGER,
      'Chín triệu không trăm lẻ bảy nghìn một trăm chín mươi chín tỷ hai trăm năm mươi tư triệu bảy trăm bốn mươi nghìn chín trăm chín mươi mốt',
    ],
    [10n ** 18n, 'Một tỷ tỷ'],
  ])('%s', (amount, words) => {
    expect(amountInWords(amount)).toBe(`${words} đồng`);
  });

  it.each<[number, WordStyle, string]>([
    [24_000_000, { four: 'bốn' }, 'Hai mươi bốn triệu đồng'],
    [105, { missingTen: 'linh' }, 'Một trăm linh năm đồng'],
    [1_000, { thousand: 'ngàn', ending: 'đồng.' }, 'Một ngàn đồng.'],
    [2_000_000_000, { billion: 'tỉ', ending: 'đồng chẵn' }, 'Hai tỉ đồng chẵn'],
    [14, { four: 'tư' }, 'Mười bốn đồng'],
  ])('%d in the style %j', (amount, style, words) => {
    expect(amountInWords(amount, 'VND', style)).toBe(words);
  });

  it('is read back by an independent reader, in every style', () => {
    const styles = fc.record({
      missingTen: fc.constantFrom('lẻ', 'linh'),
      four: fc.constantFrom('tư', 'bốn'),
      thousand: fc.constantFrom('nghìn', 'ngàn'),
      billion: fc.constantFrom('tỷ', 'tỉ'),
    }) as fc.Arbitrary<WordStyle>;
    fc.assert(
      fc.property(amounts, styles, (amount, style) => {
        const words = amountInWords(amount, 'VND', style);
        expect(words.charAt(0)).toBe(words.charAt(0).toLocaleUpperCase('vi'));
        expect(readVietnameseWords(numeralOf(words))).toBe(BigInt(amount));
      }),
    );
  });

  it('says what read-vietnamese-number says by itself, for all it reads as money', () => {
    const config = new ReadingConfig();
    config.unit = ['đồng'];
    fc.assert(
      fc.property(amounts, (amount) => {
        // The library reads the text "-0" as "âm không", minus nothing; ours is given a number, so it cannot.
        const plain = doReadNumber(String(amount), config);
        // Its own default writes "tỉ".
        expect(amountInWords(amount, 'VND', { billion: 'tỉ' }).toLocaleLowerCase('vi')).toBe(plain);
      }),
    );
    expect(doReadNumber('-0', config)).toBe('âm không đồng');
  });

  it('refuses a fraction and what is no safe integer', () => {
    for (const wrong of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => amountInWords(wrong)).toThrow(RangeError);
    }
    expect(() => amountInWords(1.5)).toThrow('not a whole amount of VND: 1.5');
  });
});
