import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculateInvoice } from './calculate-invoice';
import { checkInvoice } from '../check-invoice';
import type { CalculatedInvoice, CalculationInput, InvoiceLineInput } from '../invoice';
import { problemsOf, SALE, sales } from '../invoice.fixture';
import { earlierReturn, leftToReturn, returnGoods } from './return-goods';
import type { ReturnedLine } from './return-goods';
import { AMOUNT_MEMBERS } from './sum-lines';

const sell = (lines: readonly InvoiceLineInput[], changes: Partial<CalculationInput> = {}) =>
  calculateInvoice({ ...SALE, lines, ...changes });
const TWO = sell([{ name: 'x', quantity: '2', unitPrice: '1006', taxRate: '8%' }]);
const one = { ordinal: 1, quantity: '1' };

describe('returnGoods', () => {
  it('brings back the shelf price of each piece, and the line to the đồng', () => {
    expect(TWO.lines).toMatchObject([{ amount: 1_863, taxAmount: 149, amountAfterTax: 2_012, unitPrice: '931.5' }]);
    const first = returnGoods({ original: TWO, returned: [one] });
    const second = returnGoods({ original: TWO, returned: [one], earlier: [one] });
    expect(first.lines).toEqual([
      {
        ordinal: 1,
        kind: 'GOODS',
        name: 'x',
        quantity: '-1',
        unitPrice: '931',
        amountBeforeDiscount: -931,
        discount: 0,
        amount: -931,
        taxRate: '8%',
        taxAmount: -75,
        reduction: 0,
        amountAfterTax: -1_006,
      },
    ]);
    expect(second.lines).toMatchObject([
      { quantity: '-1', unitPrice: '931.5', amount: -932, taxAmount: -74, amountAfterTax: -1_006 },
    ]);
    expect(first.totals.amountInWords).toBe('Âm một nghìn không trăm lẻ sáu đồng');
    expect(first).toMatchObject({ taxPoint: TWO.taxPoint, notes: [], taxGroups: [{ taxRate: '8%', taxAmount: -75 }] });
  });

  it('takes the whole line back in one step as its exact negative', () => {
    const { lines, totals } = returnGoods({ original: TWO, returned: [{ ordinal: 1, quantity: '2' }] });
    expect(lines).toMatchObject([{ quantity: '-2', unitPrice: '931.5', amount: -1_863, taxAmount: -149 }]);
    expect(totals.amountAfterTax).toBe(-TWO.totals.amountAfterTax);
  });

  it('shares discounts and keeps their sign', () => {
    const original = sell([{ name: 'x', quantity: '3', unitPrice: '10800', discount: 3_240, taxRate: '8%' }]);
    const { lines } = returnGoods({ original, returned: [one] });
    expect(lines).toMatchObject([
      { unitPrice: '10000', amountBeforeDiscount: -10_000, discount: -1_000, amount: -9_000, taxAmount: -720 },
    ]);
  });

  it('takes tax out of the money that goes back, and shares the discount by quantity', () => {
    const small = sell([{ name: 'x', quantity: '4', unitPrice: '5.25', taxRate: '8%' }]);
    expect(small.lines).toMatchObject([{ amount: 19, taxAmount: 2, amountAfterTax: 21 }]);
    expect(returnGoods({ original: small, returned: [one] }).lines).toMatchObject([
      { amount: -5, taxAmount: 0, amountAfterTax: -5 },
    ]);
    const cheap = sell([{ name: 'x', quantity: '2', unitPrice: '1.5', discount: 2, taxRate: 'KCT' }]);
    expect(returnGoods({ original: cheap, returned: [one] }).lines).toMatchObject([
      { amountBeforeDiscount: -2, discount: -1, amount: -1, amountAfterTax: -1 },
    ]);
  });

  it('shares a line that was given away, discount and all', () => {
    const original = sell([{ name: 'x', quantity: '2', unitPrice: '1000', discount: 2_000, taxRate: 'KCT' }]);
    const { lines } = returnGoods({ original, returned: [one] });
    expect(lines).toMatchObject([{ amountBeforeDiscount: -1_000, discount: -1_000, amount: 0, amountAfterTax: 0 }]);
  });

  it('shares the cut of the direct method and leaves its note out', () => {
    const line: InvoiceLineInput = { name: 'x', quantity: '4', unitPrice: '100000', directCategory: 'SERVICE' };
    const original = sell([line], { taxMethod: 'DIRECT', pricesIncludeTax: false });
    const { lines, notes, taxGroups } = returnGoods({ original, returned: [one] });
    expect(lines).toMatchObject([{ amount: -100_000, reduction: -1_000, amountAfterTax: -99_000, taxRate: null }]);
    expect([notes, taxGroups]).toEqual([[], []]);
  });

  it('returns gifts and discount lines too, numbered anew', () => {
    const original = sell([
      { name: 'a', unitPrice: '10800', taxRate: '8%' },
      { kind: 'DISCOUNT', name: 'b', unitPrice: '1080', taxRate: '8%' },
      { kind: 'PROMOTION', name: 'c', quantity: '2', unitPrice: '5', taxRate: '8%' },
    ]);
    const half = { ordinal: 2, quantity: '0.5' };
    const { lines, totals } = returnGoods({ original, returned: [{ ordinal: 3, quantity: '1' }, half] });
    expect(lines).toMatchObject([
      { ordinal: 1, kind: 'PROMOTION', quantity: '-1', unitPrice: '5', amountAfterTax: 0 },
      { ordinal: 2, kind: 'DISCOUNT', quantity: '-0.5', unitPrice: '1000', amount: 500, taxAmount: 40 },
    ]);
    expect(totals.amountAfterTax).toBe(540);
  });

  const cases: { why: string; returned: ReturnedLine[]; earlier?: ReturnedLine[]; pointer: string; detail: string }[] =
    [
      { why: 'nothing', returned: [], pointer: '/returned', detail: 'must have at least one line' },
      {
        why: 'an unknown line',
        returned: [{ ordinal: 2, quantity: '1' }],
        pointer: '/returned/0/ordinal',
        detail: 'the invoice has no line 2',
      },
      {
        why: 'a line twice',
        returned: [one, { ordinal: 1, quantity: '0.5' }],
        pointer: '/returned/1/ordinal',
        detail: 'line 1 is returned twice; add the quantities',
      },
      {
        why: 'more than was sold',
        returned: [{ ordinal: 1, quantity: '2.000001' }],
        pointer: '/returned/0/quantity',
        detail: 'is more than is left of line 1',
      },
      {
        why: 'more than is left',
        returned: [one],
        earlier: [one, { ordinal: 1, quantity: '0.5' }],
        pointer: '/returned/0/quantity',
        detail: 'is more than is left of line 1',
      },
      {
        why: 'a quantity of zero',
        returned: [{ ordinal: 1, quantity: '0' }],
        pointer: '/returned/0/quantity',
        detail: 'must be a decimal above zero',
      },
      {
        why: 'a negative quantity',
        returned: [{ ordinal: 1, quantity: '-1' }],
        pointer: '/returned/0/quantity',
        detail: 'must be a decimal above zero',
      },
      {
        why: 'an earlier return that is none',
        returned: [one],
        earlier: [{ ordinal: 1, quantity: '0' }],
        pointer: '/earlier',
        detail: '0 is no quantity above zero',
      },
    ];
  it.each(cases)('refuses $why', ({ returned, earlier, pointer, detail }) => {
    expect(problemsOf(() => returnGoods({ original: TWO, returned, earlier }))).toEqual([{ pointer, detail }]);
  });

  it('refuses what sold nothing, and names every problem', () => {
    const original = sell([
      { name: 'x', unitPrice: '1', taxRate: '8%' },
      { kind: 'NOTE', name: 'n' },
    ]);
    const returned = [
      { ordinal: 2, quantity: '1' },
      { ordinal: 1, quantity: '2' },
    ];
    expect(problemsOf(() => returnGoods({ original, returned })).map(({ pointer }) => pointer)).toEqual([
      '/returned/0/ordinal',
      '/returned/1/quantity',
    ]);
    const back = returnGoods({ original, returned: [one] });
    expect(problemsOf(() => returnGoods({ original: back, returned: [one] }))).toEqual([
      { pointer: '/returned/0/ordinal', detail: 'the line sold nothing that can come back' },
    ]);
  });

  it('knows what is left of each line that can come back', () => {
    const original = sell([
      { name: 'x', quantity: '2.5', unitPrice: '1006', taxRate: '8%' },
      { kind: 'NOTE', name: 'n' },
      { name: 'y', quantity: '1', unitPrice: '1006', taxRate: '8%' },
    ]);
    const [issued] = returnGoods({ original, returned: [{ ordinal: 1, quantity: '1.25' }] }).lines;
    const earlier = issued === undefined ? [] : [earlierReturn(1, issued), { ordinal: 3, quantity: '1' }];
    expect(earlier[0]?.quantity).toBe('1.25');
    expect(leftToReturn(original, earlier)).toEqual([{ ordinal: 1, quantity: '1.25' }]);
    expect(leftToReturn(original, [])).toHaveLength(2);
  });

  it('counts earlier returns of its own line only', () => {
    const line = { name: 'x', quantity: '1', unitPrice: '1006', taxRate: '8%' };
    const original = sell([line, line]);
    const { totals } = returnGoods({ original, returned: [{ ordinal: 2, quantity: '1' }], earlier: [one] });
    expect(totals.amountAfterTax).toBe(-1_006);
  });
});

describe('any returns of any invoice', () => {
  /** The returns of a line in steps of random shares, the last one taking what is left. */
  function stepsOf(whole: bigint, cuts: readonly number[]): bigint[] {
    const ends = [...cuts.map((cut) => (whole * BigInt(cut)) / 1_000n), whole].toSorted((a, b) => Number(a - b));
    return ends.map((end, index) => end - (ends[index - 1] ?? 0n)).filter((step) => step > 0n);
  }
  const millionths = (text: string) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  };
  const textOf = (units: bigint) => `${units / 1_000_000n}.${String(units % 1_000_000n).padStart(6, '0')}`;

  it('add up to the line exactly, step by step with its sign', () => {
    fc.assert(
      fc.property(sales, fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 6 }), ({ input }, cuts) => {
        const original = calculateInvoice(input);
        for (const line of original.lines.filter(({ kind }) => kind !== 'NOTE')) {
          const sums = Object.fromEntries(AMOUNT_MEMBERS.map((member) => [member, 0]));
          const earlier: ReturnedLine[] = [];
          for (const step of stepsOf(millionths(line.quantity), cuts)) {
            const returned = { ordinal: line.ordinal, quantity: textOf(step) };
            const back: CalculatedInvoice = returnGoods({ original, returned: [returned], earlier });
            // The tax of a step is the difference of two rounded ones, on top of the line's own đồng.
            expect(checkInvoice(back, { adjustment: true, allowance: { perLine: 2 } })).toEqual([]);
            for (const member of AMOUNT_MEMBERS) {
              const value = back.lines[0]?.[member] ?? Number.NaN;
              expect(value * Math.sign(line[member])).toBeLessThanOrEqual(0);
              sums[member] = (sums[member] ?? 0) + value;
            }
            earlier.push(returned);
          }
          for (const member of AMOUNT_MEMBERS) expect((sums[member] ?? 0) + line[member]).toBe(0);
        }
      }),
    );
  });
});
