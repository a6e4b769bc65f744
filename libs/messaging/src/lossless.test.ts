import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLossless, stringifyLossless } from './lossless';

describe('parseLossless', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['100000', 100000],
    ['1.5', 1.5],
    ['123456789.1234', 123456789.1234],
    ['100000000000.0000', 100000000000],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['1e400', '1e400'],
    ['1e3', 1000],
    ['-0.000000000000000000001', -1e-21],
    ['12345678901234567.5', '12345678901234567.5'],
    ['"9007199254740993"', '9007199254740993'],
  ])('%s', (text, expected) => {
    expect(parseLossless(text)).toEqual(expected);
    expect(parseLossless(`{"a":[${text}]}`)).toEqual({ a: [expected] });
  });

  it('keeps every 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }), (value) => {
        const parsed = parseLossless(`{"id":${value}}`) as { id: number | bigint };
        expect(BigInt(parsed.id)).toBe(value);
      }),
    );
  });

  it('agrees with JSON.parse wherever that is exact', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        if (/__proto__|\d[eE]/.test(text)) return;
        expect(stringifyLossless(parseLossless(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('refuses what is not JSON, on both ways', () => {
    expect(() => parseLossless('{"a":')).toThrow(SyntaxError);
    expect(() => parseLossless('{"a":9007199254740993')).toThrow(SyntaxError);
    expect(() => parseLossless('{"__proto__":9007199254740993}')).toThrow(SyntaxError);
  });

  it('writes a bigint with all its digits', () => {
    expect(stringifyLossless({ a: 9007199254740993n, b: 'x', c: undefined })).toBe('{"a":9007199254740993,"b":"x"}');
  });
});
