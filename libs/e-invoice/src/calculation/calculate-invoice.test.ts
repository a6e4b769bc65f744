import { describe, expect, it } from 'vitest';
import { calculateInvoice } from './calculate-invoice';
import type { CalculatedInvoice, CalculationInput, InvoiceLineInput } from '../invoice';
import { problemsOf, SALE } from '../invoice.fixture';
import { checkRounding } from './rounding';

function vat(lines: readonly InvoiceLineInput[], changes: Partial<CalculationInput> = {}): CalculatedInvoice {
  return calculateInvoice({ ...SALE, lines, ...changes });
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
    expect(problemsOf(() => vat([explicit], { taxPoint: '2027-01-01' }))).toEqual([
      { pointer: '/lines/0/taxRate', detail: '8% is not in force on 2027-01-01' },
    ]);
    expect(problemsOf(() => vat([line], { taxPoint: '2025-06-30' }))).toEqual([
      { pointer: '/lines/0/taxCategory', detail: 'no tax rule for STANDARD_REDUCED on 2025-06-30' },
    ]);
  });
});

describe('what is printed', () => {
  it('keeps code and unit, trims the name and counts lines from one', () => {
    const { lines } = vat([
      { code: 'SKU-1', name: ' Cà phê ', unit: 'ly', unitPrice: '1080', taxRate: '8%' },
      { kind: 'NOTE', name: 'note' },
      { kind: 'PROMOTION', name: 'gift', quantity: '2', unitPrice: '500', taxRate: '8%' },
    ]);
    expect(lines).toEqual([
      {
        ordinal: 1,
        kind: 'GOODS',
        code: 'SKU-1',
        name: 'Cà phê',
        unit: 'ly',
        quantity: '1',
        unitPrice: '1000',
        amountBeforeDiscount: 1_000,
        discount: 0,
        amount: 1_000,
        taxRate: '8%',
        taxAmount: 80,
        reduction: 0,
        amountAfterTax: 1_080,
      },
      {
        ordinal: 2,
        kind: 'NOTE',
        name: 'note',
        quantity: '0',
        unitPrice: '0',
        amountBeforeDiscount: 0,
        discount: 0,
        amount: 0,
        taxRate: null,
        taxAmount: 0,
        reduction: 0,
        amountAfterTax: 0,
      },
      {
        ordinal: 3,
        kind: 'PROMOTION',
        name: 'gift',
        quantity: '2',
        unitPrice: '500',
        amountBeforeDiscount: 0,
        discount: 0,
        amount: 0,
        taxRate: '8%',
        taxAmount: 0,
        reduction: 0,
        amountAfterTax: 0,
      },
    ]);
  });

  it('keeps six decimals of a price without tax, and drops zeros at the end', () => {
    const [line] = vat([{ name: 'x', quantity: '2.500', unitPrice: '18518518.520000', taxRate: '8%' }], {
      pricesIncludeTax: false,
    }).lines;
    expect(line).toMatchObject({ quantity: '2.5', unitPrice: '18518518.52', amount: 46_296_296, taxAmount: 3_703_704 });
  });

  it('groups rates in the order of their first line, promotions with theirs', () => {
    const { taxGroups } = vat([
      { name: 'a', unitPrice: '10500', taxRate: '5%' },
      { name: 'b', unitPrice: '10800', taxRate: '8%' },
      { name: 'c', unitPrice: '21000', taxRate: '5%' },
      { name: 'd', unitPrice: '103500', taxRate: 'KHAC:3.5%' },
    ]);
    expect(taxGroups).toEqual([
      { taxRate: '5%', lineCount: 2, amount: 30_000, taxAmount: 1_500, amountAfterTax: 31_500, difference: 0 },
      { taxRate: '8%', lineCount: 1, amount: 10_000, taxAmount: 800, amountAfterTax: 10_800, difference: 0 },
      {
        taxRate: 'KHAC:03.50%',
        lineCount: 1,
        amount: 100_000,
        taxAmount: 3_500,
        amountAfterTax: 103_500,
        difference: 0,
      },
    ]);
  });
});

describe('prices without tax', () => {
  it.each([
    { price: '931', taxRate: '8%', tax: 74 },
    { price: '6.25', taxRate: '8%', amount: 6, tax: 0 },
    { price: '56.25', taxRate: '8%', amount: 56, tax: 4 },
    { price: '5', taxRate: '10%', tax: 1 },
    { price: '4', taxRate: '10%', tax: 0 },
  ])('$price at $taxRate bears $tax', ({ price, taxRate, amount = Number(price), tax }) => {
    const { totals } = vat([{ name: 'x', unitPrice: price, taxRate }], { pricesIncludeTax: false });
    expect(totals).toMatchObject({ amount, taxAmount: tax, amountAfterTax: amount + tax });
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
    expect(invoice.notes).toEqual([
      'Đã giảm 6.000 đồng tương ứng 20% mức tỷ lệ % để tính thuế giá trị gia tăng theo Nghị quyết số 204/2025/QH15',
    ]);
    expect(invoice.lines).toMatchObject([
      { amount: 1_000_000, reduction: 6_000, amountAfterTax: 994_000, taxRate: null, unitPrice: '500000' },
      { amount: 100_000, reduction: 0, amountAfterTax: 100_000, taxRate: null, unitPrice: '100000' },
    ]);
  });

  it('says its note once for all lines, and shows the full price before a discount', () => {
    const line: InvoiceLineInput = { name: 'x', unitPrice: '198000', discount: 99_000, directCategory: 'SERVICE' };
    const invoice = calculateInvoice({ ...direct, pricesIncludeTax: true, lines: [line, line] });
    expect(invoice.notes).toHaveLength(1);
    expect(invoice.notes[0]).toContain('Đã giảm 2.000 đồng');
    expect(invoice.lines[0]).toMatchObject({ amountBeforeDiscount: 200_000, discount: 100_000, amount: 100_000 });
    expect(invoice.lines[0]).toMatchObject({ reduction: 1_000, amountAfterTax: 99_000, unitPrice: '200000' });
  });

  it('has no note where an adjustment takes a cut back, as the negated invoice has none', () => {
    const line: InvoiceLineInput = { name: 'x', quantity: '-1', unitPrice: '100000', directCategory: 'SERVICE' };
    const back = calculateInvoice({ ...direct, adjustment: true, lines: [line] });
    expect(back).toMatchObject({ notes: [], totals: { reduction: -1_000, amountAfterTax: -99_000 } });
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
