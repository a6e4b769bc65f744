import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLuhnValid } from './card-number';
import { findCardNumber, javaHashCode, maskCardNumbers, partitionOf } from './index';
import { vectors } from './vectors.fixture';

describe('partitions', () => {
  it.each(vectors.javaHashCode)('hashes $text as Java does', ({ text, hash }) => {
    expect(javaHashCode(text)).toBe(hash);
  });

  it('puts every key into one partition within range', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 64 }), (key, count) => {
        const partition = partitionOf(key, count);
        expect(Number.isInteger(partition) && partition >= 0 && partition < count).toBe(true);
        expect(partitionOf(key, count)).toBe(partition);
      }),
    );
    expect(partitionOf('hello', 3)).toBe(99_162_322 % 3);
    expect(partitionOf('polygenelubricants', 3)).toBe(1);
    for (const count of [0, -1, 1.5, Number.NaN]) expect(() => partitionOf('a', count)).toThrow(RangeError);
  });
});

const withCheckDigit = (payload: string): string => {
  for (let digit = 0; digit < 10; digit += 1) if (isLuhnValid(payload + digit)) return payload + digit;
  throw new Error('no check digit');
};
const digits = (size: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: size, maxLength: size }).map((list) => list.join(''));
const card = fc.integer({ min: 12, max: 18 }).chain(digits).map(withCheckDigit);

describe('card numbers', () => {
  it.each([
    ['4111111111111111', 0, 16],
    ['pay with 378282246310005 please', 9, 15],
    ['x4222222222222x', 1, 13],
    ['no. 4111 1111 1111 1111', 4, 19],
    ['4111-1111-1111-1111.', 0, 19],
    ['3782 822463 10005', 0, 17],
    ['0901 4111 1111 1111 1111', 5, 19],
  ])('finds one in %j', (text, index, length) => {
    expect(findCardNumber(text)).toEqual({ index, length });
    expect(maskCardNumbers(text)).toBe(
      text.slice(0, index) + text.slice(index, index + length).replace(/\d/g, '*') + text.slice(index + length),
    );
  });

  it.each(['', '4111111111111112', '411111111111', '41111111111111111111', 'IQBapalCzY', '0901 234 567', '100.000 ₫'])(
    'finds none in %j',
    (text) => {
      expect(findCardNumber(text)).toBeUndefined();
      expect(maskCardNumbers(text)).toBe(text);
    },
  );

  it('finds every Luhn-valid run and leaves none behind', () => {
    fc.assert(
      fc.property(card, fc.stringMatching(/^[a-z ]{0,9}$/), (number, around) => {
        expect(findCardNumber(`${around}${number}${around}`)).toEqual({ index: around.length, length: number.length });
      }),
    );
    const mixed = fc.array(fc.oneof(card, digits(4), digits(5), digits(6), fc.constantFrom(' ', '-', 'a', '  ')), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(mixed, (parts) => {
        const masked = maskCardNumbers(parts.join(''));
        expect(findCardNumber(masked)).toBeUndefined();
        expect(masked.length).toBe(parts.join('').length);
      }),
      { numRuns: 500 },
    );
  });

  it('reads a mebibyte of card numbers in linear time', () => {
    const text = '4111 1111 1111 1111 4111111111111111 '.repeat(28_000);
    expect(findCardNumber(maskCardNumbers(text))).toBeUndefined();
  });
});
