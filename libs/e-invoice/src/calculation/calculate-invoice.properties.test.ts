import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountInWords } from './amount-in-words';
import { calculateInvoice } from './calculate-invoice';
import { checkInvoice } from '../check-invoice';
import type { CalculatedInvoice, InvoiceLine } from '../invoice';
import { decimals, RATES, SALE, sales } from '../invoice.fixture';
import { negateInvoice } from './negate-invoice';
import { checkRounding } from './rounding';
import { AMOUNT_MEMBERS, groupLines, sumLines } from './sum-lines';

const sumOf = (lines: readonly InvoiceLine[], member: (typeof AMOUNT_MEMBERS)[number]) =>
  lines.reduce((sum, line) => sum + line[member], 0);

function expectToAddUp({ lines, taxGroups, totals }: CalculatedInvoice): void {
  for (const row of [...lines, totals]) {
    expect(row.amountBeforeDiscount - row.discount).toBe(row.amount);
    expect(row.amount + row.taxAmount - row.reduction).toBe(row.amountAfterTax);
  }
  for (const member of AMOUNT_MEMBERS) expect(totals[member]).toBe(sumOf(lines, member));
  const rated = lines.filter((line) => line.taxRate !== null);
  expect(taxGroups.reduce((sum, group) => sum + group.amount, 0)).toBe(sumOf(rated, 'amount'));
  expect(taxGroups.reduce((sum, group) => sum + group.taxAmount, 0)).toBe(totals.taxAmount);
  expect(taxGroups.reduce((sum, group) => sum + group.lineCount, 0)).toBe(rated.length);
  expect(totals.amountInWords).toBe(amountInWords(totals.amountAfterTax));
}

describe('any sale', () => {
  it('adds up, in every method, basis, rate and kind of discount', () => {
    fc.assert(
      fc.property(sales, ({ input, net }) => {
        const invoice = calculateInvoice(input);
        expectToAddUp(invoice);
        expect(input.pricesIncludeTax ? invoice.totals.amountAfterTax : invoice.totals.amount).toBe(net);
        expect(checkInvoice(invoice)).toEqual([]);
        expect(calculateInvoice({ ...input, expectedTotal: invoice.totals.amountAfterTax })).toEqual(invoice);
      }),
    );
  });

  it('charges the shelf price for an inclusive line, with tax at most one đồng off its rate', () => {
    fc.assert(
      fc.property(decimals(900_000_000), fc.constantFrom(...RATES), (unitPrice, taxRate) => {
        const shelf = calculateInvoice({ ...SALE, lines: [{ name: 'x', unitPrice, taxRate: 'KCT' }] });
        const invoice = calculateInvoice({ ...SALE, lines: [{ name: 'x', unitPrice, taxRate }] });
        expect(invoice.totals.amountAfterTax).toBe(shelf.totals.amountAfterTax);
        expect(checkRounding(invoice)).toEqual([]);
      }),
    );
  });

  it('is the same when its lines are split into two invoices and added again', () => {
    fc.assert(
      fc.property(sales, fc.nat(10), ({ input }, cut) => {
        const { lines, totals, taxGroups } = calculateInvoice(input);
        const parts = [lines.slice(0, cut), lines.slice(cut)];
        const sums = parts.map(sumLines);
        for (const member of AMOUNT_MEMBERS) {
          expect(sums.reduce((sum, part) => sum + part[member], 0)).toBe(totals[member]);
        }
        for (const { taxRate, amount, taxAmount, lineCount } of taxGroups) {
          const groups = parts.flatMap(groupLines).filter((group) => group.taxRate === taxRate);
          expect(groups.reduce((sum, group) => sum + group.amount, 0)).toBe(amount);
          expect(groups.reduce((sum, group) => sum + group.taxAmount, 0)).toBe(taxAmount);
          expect(groups.reduce((sum, group) => sum + group.lineCount, 0)).toBe(lineCount);
        }
      }),
    );
  });

  it('leaves nothing when an adjustment takes all back', () => {
    fc.assert(
      fc.property(sales, ({ input }) => {
        const invoice = calculateInvoice(input);
        const back = negateInvoice(invoice);
        expectToAddUp(back);
        expect(checkInvoice(back, { adjustment: true })).toEqual([]);
        for (const member of AMOUNT_MEMBERS) expect(back.totals[member] + invoice.totals[member]).toBe(0);
        back.taxGroups.forEach((group, index) => {
          expect(group.difference + (invoice.taxGroups[index]?.difference ?? 0)).toBe(0);
        });
        expect({ ...negateInvoice(back), notes: invoice.notes }).toEqual(invoice);
      }),
    );
  });
});

describe('a price of 1,006 đ at 8 %', () => {
  it('bears 75 đ from the shelf and 74 đ on top of its base', () => {
    const inclusive = calculateInvoice({ ...SALE, lines: [{ name: 'x', unitPrice: '1006', taxRate: '8%' }] });
    expect(inclusive.totals).toMatchObject({ amount: 931, taxAmount: 75, amountAfterTax: 1_006 });
    const lines = [{ name: 'x', unitPrice: '931', taxRate: '8%' }];
    const exclusive = calculateInvoice({ ...SALE, pricesIncludeTax: false, lines });
    expect(exclusive.totals).toMatchObject({ amount: 931, taxAmount: 74, amountAfterTax: 1_005 });
  });

  it('is one of 7.4 % of all prices: 2 of 27', () => {
    const prices = 27 * 250;
    let different = 0;
    for (let gross = 1; gross <= prices; gross += 1) {
      const { taxGroups } = calculateInvoice({ ...SALE, lines: [{ name: 'x', lineTotal: gross, taxRate: '8%' }] });
      const difference = taxGroups[0]?.difference ?? Number.NaN;
      expect(Math.abs(difference)).toBeLessThanOrEqual(1);
      if (difference !== 0) different += 1;
    }
    expect(different).toBe((prices / 27) * 2);
    expect(((different / prices) * 100).toFixed(1)).toBe('7.4');
  });
});
