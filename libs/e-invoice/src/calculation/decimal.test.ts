import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDecimals,
  formatDecimal,
  multiplyRounded,
  negateDecimal,
  parseDecimal,
  toAmount,
  unitPriceOf,
  unitsAt,
} from './decimal';
import type { Decimal } from './decimal';
import { decimals } from '../invoice.fixture';

const read = (text: string): Decimal => {
  const value = parseDecimal(text);
  if (value === undefined) throw new Error(`not a decimal: ${text}`);
  return value;
};

describe('parseDecimal', () => {
  it.each<[string, bigint, number]>([
    ['0', 0n, 0],
    ['-0', 0n, 0],
    ['1.50', 150n, 2],
    ['-1.5', -15n, 1],
    ['18518518.52', 1_851_851_852n, 2],
    ['9999999999999999.999999', 9_999_999_999_999_999_999_999n, 6],
    ['0.000001', 1n, 6],
  ])('%s', (text, units, scale) => {
    expect(parseDecimal(text)).toEqual({ units, scale });
  });

  const refused = [
    '',
    ' 1',
    '1 ',
    '+1',
    '01',
    '-01',
    '.5',
    '1.',
    '1e3',
    '1,5',
    '0x1',
    '1.0000001',
    '10000000000000000',
  ];
  it.each([...refused, 'NaN', '--1', '1\n', '١'])('refuses %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it('reads what it wrote, and nothing but decimals', () => {
    fc.assert(
      fc.property(decimals(999_999_999), fc.boolean(), (text, negative) => {
        const value = read(negative ? `-${text}` : text);
        const written = formatDecimal(value);
        expect(written).not.toMatch(/\.\d*0$|\.$|^-0$/);
        expect(formatDecimal(read(written))).toBe(written);
        expect(Number(written)).toBe(Number(text) * (negative && Number(text) !== 0 ? -1 : 1));
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => parseDecimal(text) === undefined || /^-?\d+(\.\d+)?$/.test(text)));
  });
});

describe('formatDecimal', () => {
  it.each<[bigint, number, string]>([
    [0n, 0, '0'],
    [0n, 3, '0'],
    [5n, 3, '0.005'],
    [-5n, 1, '-0.5'],
    [1500n, 3, '1.5'],
    [100n, 0, '100'],
    [-100n, 2, '-1'],
  ])('%s × 10^-%s is %s', (units, scale, text) => {
    expect(formatDecimal({ units, scale })).toBe(text);
  });
});

describe('arithmetic', () => {
  it('adds and negates exactly', () => {
    expect(formatDecimal(addDecimals(read('1.05'), read('2.5')))).toBe('3.55');
    expect(formatDecimal(addDecimals(read('2.5'), read('1.05')))).toBe('3.55');
    expect(addDecimals(read('-1.5'), read('1.500'))).toEqual({ units: 0n, scale: 3 });
    expect(negateDecimal(read('1.5'))).toEqual({ units: -15n, scale: 1 });
    expect(unitsAt(read('1.5'), 3)).toBe(1_500n);
    expect(unitsAt(read('1.5'), 1)).toBe(15n);
  });

  it.each<[string, string, bigint]>([
    ['0.5', '1', 1n],
    ['-0.5', '1', -1n],
    ['0.499999', '1', 0n],
    ['1.5', '1.5', 2n],
    ['2.5', '1', 3n],
    ['1.375', '43200', 59_400n],
    ['3', '3333.3333', 10_000n],
    ['999999999999999', '999999999999999', 999_999_999_999_998_000_000_000_000_001n],
  ])('%s × %s rounds to %s', (a, b, product) => {
    expect(multiplyRounded(read(a), read(b))).toBe(product);
  });

  it('carries safe integers only', () => {
    expect(toAmount(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(toAmount(-(2n ** 53n - 1n))).toBe(Number.MIN_SAFE_INTEGER);
    expect(() => toAmount(2n ** 53n)).toThrow(/9007199254740992/);
    expect(() => toAmount(-(2n ** 53n))).toThrow(RangeError);
  });
});

describe('unitPriceOf', () => {
  it.each<[bigint, string, string]>([
    [100n, '1', '100'],
    [1_863n, '2', '931.5'],
    // Three pieces for 100 đ: 33 would make 99.
    [100n, '3', '33.3'],
    [55_555_555n, '3', '18518518.3'],
    [-55_000n, '-1.375', '40000'],
    [55_000n, '-1.375', '-40000'],
    [0n, '7', '0'],
    [7n, '0', '0'],
    [1n, '999999999999999', '0'],
    [1_000_000n, '3000000', '0.333333'],
  ])('%s ÷ %s is %s', (amount, quantity, price) => {
    expect(formatDecimal(unitPriceOf(amount, read(quantity)))).toBe(price);
  });

  it('multiplies back with as few decimals as possible', () => {
    const amounts = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(amounts, decimals(900, 3), (amount, text) => {
        const quantity = read(text);
        fc.pre(quantity.units !== 0n);
        const price = unitPriceOf(amount, quantity);
        expect(multiplyRounded(price, quantity)).toBe(amount);
        if (price.scale === 0) return;
        const shorter = { units: price.units / 10n, scale: price.scale - 1 };
        const longer = { units: shorter.units + 1n, scale: shorter.scale };
        const rounded = price.units % 10n >= 5n ? longer : shorter;
        expect(multiplyRounded(rounded, quantity)).not.toBe(amount);
      }),
    );
  });
});
