import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculateInvoice } from './calculate-invoice';
import type { CalculatedInvoice, CalculationInput, InvoiceLineInput } from './invoice';
import { negateInvoice } from './negate-invoice';
import { InvalidInvoiceError } from './problem';
import { checkRounding } from './rounding';

const SALE: CalculationInput = {
  currency: 'VND',
  taxMethod: 'DEDUCTION',
  taxPoint: '2026-11-20',
  pricesIncludeTax: true,
  lines: [],
};

function vat(lines: readonly InvoiceLineInput[], changes: Partial<CalculationInput> = {}): CalculatedInvoice {
  return calculateInvoice({ ...SALE, lines, ...changes });
}

function problemsOf(input: CalculationInput): readonly string[] {
  try {
    calculateInvoice(input);
    return [];
  } catch (error) {
    if (error instanceof InvalidInvoiceError) return error.problems.map(({ pointer }) => pointer);
    throw error;
  }
}

describe('prices that include tax', () => {
  const cases = [
    { gross: 1006, taxRate: '8%', amount: 931, tax: 75 },
    { gross: 108_000, taxRate: '8%', amount: 100_000, tax: 8_000 },
    { gross: 100_000, taxRate: '8%', amount: 92_593, tax: 7_407 },
    { gross: 110_000, taxRate: '10%', amount: 100_000, tax: 10_000 },
    { gross: 1, taxRate: '10%', amount: 1, tax: 0 },
    { gross: 50_000, taxRate: '0%', amount: 50_000, tax: 0 },
    { gross: 50_000, taxRate: 'KCT', amount: 50_000, tax: 0 },
    { gross: 50_000, taxRate: 'KKKNT', amount: 50_000, tax: 0 },
    { gross: 103_500, taxRate: 'KHAC:3.5%', amount: 100_000, tax: 3_500 },
  ];
  it.each(cases)('$gross at $taxRate is $amount + $tax', ({ gross, taxRate, amount, tax }) => {
    const { lines, totals } = vat([{ name: 'x', unitPrice: String(gross), taxRate }]);
    expect(lines[0]).toMatchObject({ amount, taxAmount: tax, amountAfterTax: gross, unitPrice: String(amount) });
    expect(totals).toMatchObject({ amount, taxAmount: tax, amountAfterTax: gross });
  });

  it('shows the đồng between the sum of lines and rate × base, and judges it by the allowance', () => {
    const invoice = vat([{ name: 'x', unitPrice: '1006', taxRate: '8%' }]);
    expect(invoice.taxGroups).toEqual([
      { taxRate: '8%', lineCount: 1, amount: 931, taxAmount: 75, amountAfterTax: 1006, difference: 1 },
    ]);
    expect(checkRounding(invoice)).toEqual([]);
    expect(checkRounding(invoice, { perLine: 0 })).toEqual([
      { pointer: '/lines/0', taxRate: '8%', difference: 1, allowed: 0 },
      { pointer: '/taxGroups/0', taxRate: '8%', difference: 1, allowed: 0 },
    ]);
  });

  it('takes quantities with decimals and gives a unit price that multiplies back', () => {
    const [line] = vat([{ name: 'x', quantity: '1.375', unitPrice: '43200', taxRate: '8%' }]).lines;
    expect(line).toMatchObject({ amountAfterTax: 59_400, amount: 55_000, taxAmount: 4_400, unitPrice: '40000' });
  });

  it('keeps a line total that the sale rounded itself', () => {
    const [line] = vat([{ name: 'x', quantity: '3', unitPrice: '3333.3333', lineTotal: 9_999, taxRate: '10%' }]).lines;
    expect(line).toMatchObject({ amountAfterTax: 9_999, unitPrice: '3030' });
  });
});

describe('discounts', () => {
  it('takes a line discount from the gross price', () => {
    const [line] = vat([{ name: 'x', unitPrice: '108000', discount: 10_800, taxRate: '8%' }]).lines;
    expect(line).toMatchObject({ amountBeforeDiscount: 100_000, discount: 10_000, amount: 90_000, taxAmount: 7_200 });
  });

  it('spreads a discount on the order by largest remainder, over goods only', () => {
    const { lines, totals } = vat(
      [
        { name: 'a', unitPrice: '10000', taxRate: '8%' },
        { kind: 'NOTE', name: 'between' },
        { name: 'b', unitPrice: '10000', taxRate: '10%' },
        { name: 'c', unitPrice: '10000', taxRate: '5%' },
        { kind: 'PROMOTION', name: 'gift', taxRate: '8%' },
      ],
      { orderDiscount: 1_000 },
    );
    expect(lines.map((line) => line.amountAfterTax)).toEqual([9_666, 0, 9_667, 9_667, 0]);
    expect(totals.amountAfterTax).toBe(29_000);
  });

  it('subtracts a line of trade discount', () => {
    const { totals, taxGroups } = vat([
      { name: 'a', unitPrice: '216000', taxRate: '8%' },
      { kind: 'DISCOUNT', name: 'loyalty', unitPrice: '108000', taxRate: '8%' },
    ]);
    expect(totals).toMatchObject({ amount: 100_000, taxAmount: 8_000, amountAfterTax: 108_000 });
    expect(taxGroups).toMatchObject([{ amount: 100_000, taxAmount: 8_000, difference: 0 }]);
  });
});

describe('the rate by the tax point', () => {
  const line: InvoiceLineInput = { name: 'x', unitPrice: '110000', taxCategory: 'STANDARD_REDUCED' };
  it.each([
    { taxPoint: '2026-12-31', rate: '8%' },
    { taxPoint: '2027-01-01', rate: '10%' },
  ])('$taxPoint → $rate', ({ taxPoint, rate }) => {
    expect(vat([line], { taxPoint }).lines[0]?.taxRate).toBe(rate);
  });

  it('refuses 8 % after its end, and days before the table', () => {
    const explicit = { name: 'x', unitPrice: '1', taxRate: '8%' };
    expect(problemsOf({ ...SALE, taxPoint: '2027-01-01', lines: [explicit] })).toEqual(['/lines/0/taxRate']);
    expect(problemsOf({ ...SALE, taxPoint: '2025-06-30', lines: [line] })).toEqual(['/lines/0/taxCategory']);
  });
});

describe('the direct method', () => {
  const direct: CalculationInput = { ...SALE, taxMethod: 'DIRECT', pricesIncludeTax: false };
  it('shows full lines, the reduced total and the note', () => {
    const invoice = calculateInvoice({
      ...direct,
      lines: [
        { name: 'coffee', quantity: '2', unitPrice: '500000', directCategory: 'SERVICE_WITH_GOODS' },
        { name: 'phone card', unitPrice: '100000' },
      ],
    });
    expect(invoice.totals).toMatchObject({
      amount: 1_100_000,
      taxAmount: 0,
      reduction: 6_000,
      amountAfterTax: 1_094_000,
    });
    expect(invoice.taxGroups).toEqual([]);
    expect(invoice.notes).toHaveLength(1);
    expect(invoice.notes[0]).toContain('6.000 đồng tương ứng 20%');
  });

  it('ends with the resolution', () => {
    const line: InvoiceLineInput = { name: 'x', unitPrice: '1000', directCategory: 'SERVICE' };
    const invoice = calculateInvoice({ ...direct, taxPoint: '2027-01-01', lines: [line] });
    expect(invoice).toMatchObject({ notes: [], totals: { reduction: 0, amountAfterTax: 1_000 } });
  });

  it('keeps the total where the shelf price is what is paid', () => {
    const line: InvoiceLineInput = { name: 'x', unitPrice: '99000', directCategory: 'SERVICE' };
    const invoice = calculateInvoice({ ...direct, pricesIncludeTax: true, lines: [line] });
    expect(invoice.totals).toMatchObject({ amount: 100_000, reduction: 1_000, amountAfterTax: 99_000 });
  });
});

describe('refusals', () => {
  const good: InvoiceLineInput = { name: 'x', unitPrice: '1000', taxRate: '8%' };
  const cases: { why: string; changes: Partial<CalculationInput>; pointer: string }[] = [
    { why: 'no lines', changes: { lines: [] }, pointer: '/lines' },
    {
      why: 'two sources of a rate',
      changes: { lines: [{ ...good, taxCategory: 'ZERO' }] },
      pointer: '/lines/0/taxRate',
    },
    { why: 'an unknown rate', changes: { lines: [{ ...good, taxRate: '7%' }] }, pointer: '/lines/0/taxRate' },
    { why: 'an exponent', changes: { lines: [{ ...good, unitPrice: '1e3' }] }, pointer: '/lines/0/unitPrice' },
    { why: 'a quantity of zero', changes: { lines: [{ ...good, quantity: '0' }] }, pointer: '/lines/0/quantity' },
    { why: 'a fraction of a đồng', changes: { lines: [{ ...good, discount: 0.5 }] }, pointer: '/lines/0/discount' },
    {
      why: 'a discount above the line',
      changes: { lines: [{ ...good, discount: 1001 }] },
      pointer: '/lines/0/discount',
    },
    { why: 'a discount above the order', changes: { orderDiscount: 1001 }, pointer: '/orderDiscount' },
    { why: 'a total that differs', changes: { expectedTotal: 999 }, pointer: '/expectedTotal' },
    { why: 'no such day', changes: { taxPoint: '2026-02-30' }, pointer: '/taxPoint' },
    { why: 'VAT under the direct method', changes: { taxMethod: 'DIRECT' }, pointer: '/lines/0/taxRate' },
  ];
  it.each(cases)('$why', ({ changes, pointer }) => {
    expect(problemsOf({ ...SALE, lines: [good], ...changes })).toEqual([pointer]);
  });
});

describe('properties', () => {
  const decimals = (max: number) =>
    fc
      .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max: 9_999 }))
      .map(([a, b]) => `${a}.${String(b).padStart(4, '0')}`);
  const line = fc.record({
    name: fc.constant('x'),
    quantity: decimals(200).filter((text) => Number(text) > 0),
    unitPrice: decimals(50_000_000),
    taxRate: fc.constantFrom('0%', '5%', '8%', '10%', 'KCT', 'KKKNT', 'KHAC:12.34%'),
    share: fc.integer({ min: 0, max: 100 }),
  });
  const lines = fc.array(line, { minLength: 1, maxLength: 12 });
  const shelfOf = (text: string) => vat([{ name: 'x', unitPrice: text, taxRate: 'KCT' }]).totals.amountAfterTax;

  function build(
    rows: readonly { quantity: string; unitPrice: string; taxRate: string; share: number }[],
    includes: boolean,
  ) {
    const full = vat(rows.map(({ quantity, unitPrice }) => ({ name: 'x', quantity, unitPrice, taxRate: 'KCT' })));
    const discounted = rows.map(({ share, ...rest }, index) => {
      const shelf = full.lines[index]?.amountAfterTax ?? 0;
      return { name: 'x', ...rest, discount: Math.floor((shelf / 100) * share) };
    });
    const left = full.totals.amountAfterTax - discounted.reduce((sum, { discount }) => sum + discount, 0);
    const orderDiscount = Math.floor(left / 3);
    return { invoice: vat(discounted, { pricesIncludeTax: includes, orderDiscount }), paid: left - orderDiscount };
  }

  it('totals add up for any lines, in both price bases', () => {
    fc.assert(
      fc.property(lines, fc.boolean(), (rows, includes) => {
        const { invoice, paid } = build(rows, includes);
        const { totals, taxGroups } = invoice;
        for (const row of [...invoice.lines, totals]) {
          expect(row.amountBeforeDiscount - row.discount).toBe(row.amount);
          expect(row.amount + row.taxAmount).toBe(row.amountAfterTax);
          expect(row.discount).toBeGreaterThanOrEqual(0);
        }
        expect(taxGroups.reduce((sum, group) => sum + group.amount, 0)).toBe(totals.amount);
        expect(taxGroups.reduce((sum, group) => sum + group.taxAmount, 0)).toBe(totals.taxAmount);
        expect(includes ? totals.amountAfterTax : totals.amount).toBe(paid);
      }),
    );
  });

  it('an inclusive line stays what the shelf said, and its tax is at most one đồng off', () => {
    fc.assert(
      fc.property(decimals(900_000_000), line, (unitPrice, { taxRate }) => {
        const invoice = vat([{ name: 'x', unitPrice, taxRate }]);
        expect(invoice.totals.amountAfterTax).toBe(shelfOf(unitPrice));
        expect(checkRounding(invoice)).toEqual([]);
      }),
    );
  });

  it('an adjustment that takes all back leaves nothing', () => {
    fc.assert(
      fc.property(lines, fc.boolean(), (rows, includes) => {
        const { invoice } = build(rows, includes);
        const back = negateInvoice(invoice);
        expect(back.totals.amountAfterTax + invoice.totals.amountAfterTax).toBe(0);
        expect(back.totals.taxAmount + invoice.totals.taxAmount).toBe(0);
        back.taxGroups.forEach((group, index) => {
          expect(group.difference + (invoice.taxGroups[index]?.difference ?? 0)).toBe(0);
        });
        const { amountInWords: _words, ...sums } = negateInvoice(back).totals;
        expect(invoice.totals).toMatchObject(sums);
      }),
    );
  });
});
