import { describe, expect, it } from 'vitest';
import { calculateInvoice } from './calculate-invoice';
import { SALE } from '../invoice.fixture';
import type { CalculatedInvoice } from '../invoice';
import { checkRounding, DEFAULT_ROUNDING_ALLOWANCE } from './rounding';

const lines = [1_006, 1_006, 2_000].map((lineTotal) => ({ name: 'x', lineTotal, taxRate: '8%' }));
const two = calculateInvoice({ ...SALE, lines });

/** The invoice with another tax on its first line, as a vendor might have made it. */
function withTax(taxAmount: number): CalculatedInvoice {
  const changed = two.lines.map((line, index) => (index === 0 ? { ...line, taxAmount } : line));
  return { ...two, lines: changed };
}

describe('checkRounding', () => {
  it('allows one đồng a line by default, for a group as many as it has lines', () => {
    expect(DEFAULT_ROUNDING_ALLOWANCE).toEqual({ perLine: 1 });
    expect(two.taxGroups).toMatchObject([{ lineCount: 3, amount: 3_714, taxAmount: 298, difference: 1 }]);
    expect(checkRounding(two)).toEqual([]);
    expect(checkRounding(two, { perLine: 1 })).toEqual([]);
  });

  it('names each line and group beyond what the vendor allows', () => {
    const group = { pointer: '/taxGroups/0', taxRate: '8%', difference: 1, allowed: 0 };
    expect(checkRounding(two, { perLine: 1, perGroup: 0 })).toEqual([group]);
    expect(checkRounding(two, { perLine: 1, perGroup: 1 })).toEqual([]);
    expect(checkRounding(two, { perLine: 0 })).toEqual([
      { pointer: '/lines/0', taxRate: '8%', difference: 1, allowed: 0 },
      { pointer: '/lines/1', taxRate: '8%', difference: 1, allowed: 0 },
      group,
    ]);
  });

  it.each([
    [73, -1, true],
    [72, -2, false],
    [75, 1, true],
    [76, 2, false],
  ])('a tax of %d on 931 đ is %d đ off', (tax, difference, allowed) => {
    const finding = { pointer: '/lines/0', taxRate: '8%', difference, allowed: 1 };
    expect(checkRounding(withTax(tax))).toEqual(allowed ? [] : [finding]);
  });

  it('judges groups by what they say of themselves, below as above', () => {
    const groups = (difference: number) => two.taxGroups.map((group) => ({ ...group, difference }));
    expect(checkRounding({ ...two, taxGroups: groups(-3) })).toEqual([]);
    expect(checkRounding({ ...two, taxGroups: groups(-4) })).toEqual([
      { pointer: '/taxGroups/0', taxRate: '8%', difference: -4, allowed: 3 },
    ]);
  });

  it('passes over lines without a rate', () => {
    const direct = calculateInvoice({ ...SALE, taxMethod: 'DIRECT', lines: [{ name: 'x', lineTotal: 5 }] });
    expect(checkRounding(direct, { perLine: 0 })).toEqual([]);
  });
});
