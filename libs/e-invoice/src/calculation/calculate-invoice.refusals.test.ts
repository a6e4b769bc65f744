import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculateInvoice, checkCalculation } from './calculate-invoice';
import type { CalculationInput, InvoiceLineInput } from '../invoice';
import { problemsOf, SALE, sales } from '../invoice.fixture';

const MAX = Number.MAX_SAFE_INTEGER;
const GOOD: InvoiceLineInput = { name: 'x', unitPrice: '1000', taxRate: '8%' };
const DIRECT: Partial<CalculationInput> = { taxMethod: 'DIRECT', lines: [{ name: 'x', unitPrice: '1000' }] };

const wrongOf = (changes: Partial<CalculationInput>) => checkCalculation({ ...SALE, lines: [GOOD], ...changes });
const line = (changes: Partial<InvoiceLineInput>): Partial<CalculationInput> => ({ lines: [{ ...GOOD, ...changes }] });

describe('checkCalculation', () => {
  const cases: { why: string; changes: object; pointer: string; detail: string }[] = [
    { why: 'no lines', changes: { lines: [] }, pointer: '/lines', detail: 'must have 1 to 1000 lines' },
    {
      why: 'a line too many',
      changes: { lines: Array.from({ length: 1_001 }, () => ({ ...GOOD, name: '' })) },
      pointer: '/lines',
      detail: 'must have 1 to 1000 lines',
    },
    { why: 'another currency', changes: { currency: 'USD' }, pointer: '/currency', detail: 'must be VND' },
    {
      why: 'an unknown method',
      changes: { taxMethod: 'UNKNOWN' },
      pointer: '/taxMethod',
      detail: 'must be DEDUCTION or DIRECT',
    },
    {
      why: 'no such day',
      changes: { taxPoint: '2026-02-30' },
      pointer: '/taxPoint',
      detail: 'must be a day, YYYY-MM-DD',
    },
    {
      why: 'two sources of a rate',
      changes: line({ taxCategory: 'ZERO' }),
      pointer: '/lines/0/taxRate',
      detail: 'give exactly one of taxRate and taxCategory',
    },
    {
      why: 'no rate',
      changes: line({ taxRate: undefined }),
      pointer: '/lines/0/taxRate',
      detail: 'give exactly one of taxRate and taxCategory',
    },
    {
      why: 'an unknown rate',
      changes: line({ taxRate: '7%' }),
      pointer: '/lines/0/taxRate',
      detail: 'must be 0%, 5%, 8%, 10%, KCT, KKKNT or KHAC:xx.xx%',
    },
    {
      why: 'an exponent',
      changes: line({ unitPrice: '1e3' }),
      pointer: '/lines/0/unitPrice',
      detail: 'must be a decimal, not negative',
    },
    {
      why: 'a negative price',
      changes: line({ unitPrice: '-1' }),
      pointer: '/lines/0/unitPrice',
      detail: 'must be a decimal, not negative',
    },
    {
      why: 'no price',
      changes: line({ unitPrice: undefined }),
      pointer: '/lines/0/unitPrice',
      detail: 'is required where lineTotal is absent',
    },
    {
      why: 'a quantity of zero',
      changes: line({ quantity: '0' }),
      pointer: '/lines/0/quantity',
      detail: 'must be a decimal above zero',
    },
    {
      why: 'a negative quantity',
      changes: line({ quantity: '-1' }),
      pointer: '/lines/0/quantity',
      detail: 'must be a decimal above zero',
    },
    {
      why: 'a fraction of a đồng',
      changes: line({ discount: 0.5 }),
      pointer: '/lines/0/discount',
      detail: 'must be a whole amount of đồng, not negative',
    },
    {
      why: 'a negative discount',
      changes: line({ discount: -1 }),
      pointer: '/lines/0/discount',
      detail: 'must be a whole amount of đồng, not negative',
    },
    {
      why: 'a negative line total',
      changes: line({ lineTotal: -1 }),
      pointer: '/lines/0/lineTotal',
      detail: 'must be a whole amount of đồng, not negative',
    },
    {
      why: 'a line total beyond 2^53',
      changes: line({ lineTotal: 2 ** 53 }),
      pointer: '/lines/0/lineTotal',
      detail: 'must be a whole amount of đồng, not negative',
    },
    {
      why: 'a discount above the line',
      changes: line({ discount: 1_001 }),
      pointer: '/lines/0/discount',
      detail: 'is larger than the line',
    },
    {
      why: 'a promotion that costs',
      changes: line({ kind: 'PROMOTION', lineTotal: 0 }),
      pointer: '/lines/0/lineTotal',
      detail: 'a promotion is free; leave it out',
    },
    {
      why: 'a discount on the order that is no amount',
      changes: { orderDiscount: -1 },
      pointer: '/orderDiscount',
      detail: 'must be a whole amount of đồng, not negative',
    },
    {
      why: 'half a đồng off the order',
      changes: { orderDiscount: 0.5 },
      pointer: '/orderDiscount',
      detail: 'must be a whole amount of đồng, not negative',
    },
    {
      why: 'a discount above the order',
      changes: { orderDiscount: 1_001 },
      pointer: '/orderDiscount',
      detail: 'is larger than the goods',
    },
    {
      why: 'an expected total with a fraction',
      changes: { expectedTotal: 0.5 },
      pointer: '/expectedTotal',
      detail: 'must be a whole amount of đồng',
    },
    {
      why: 'a total that differs',
      changes: { expectedTotal: 999 },
      pointer: '/expectedTotal',
      detail: 'the lines make 1000 đồng, the sale says 999',
    },
    {
      why: 'VAT under the direct method',
      changes: { taxMethod: 'DIRECT' },
      pointer: '/lines/0/taxRate',
      detail: 'the direct method shows no VAT; give directCategory instead',
    },
    {
      why: 'a category under the direct method',
      changes: { ...DIRECT, ...line({ taxRate: undefined, taxCategory: 'ZERO' }) },
      pointer: '/lines/0/taxRate',
      detail: 'the direct method shows no VAT; give directCategory instead',
    },
    {
      why: 'a trade that the table does not know',
      changes: { ...DIRECT, lines: [{ name: 'x', unitPrice: '1', directCategory: 'FARMING' }] },
      pointer: '/lines/0/directCategory',
      detail: 'no tax rule for FARMING on 2026-11-20',
    },
    {
      why: 'a trade on a day before the table',
      changes: { ...DIRECT, taxPoint: '2025-06-30', lines: [{ name: 'x', unitPrice: '1', directCategory: 'OTHER' }] },
      pointer: '/lines/0/directCategory',
      detail: 'no tax rule for OTHER on 2025-06-30',
    },
    { why: 'no name', changes: line({ name: ' ' }), pointer: '/lines/0/name', detail: 'is required' },
    {
      why: 'a name too long',
      changes: line({ name: 'x'.repeat(501) }),
      pointer: '/lines/0/name',
      detail: 'must have at most 500 characters',
    },
    {
      why: 'half a character',
      changes: line({ unit: 'a\ud800' }),
      pointer: '/lines/0/unit',
      detail: 'must not hold control characters',
    },
    {
      why: 'a control character',
      changes: line({ code: 'a\u0007' }),
      pointer: '/lines/0/code',
      detail: 'must not hold control characters',
    },
    {
      why: 'discounts above the goods',
      changes: { lines: [GOOD, { ...GOOD, kind: 'DISCOUNT', unitPrice: '1001' }] },
      pointer: '/lines',
      detail: 'discounts are larger than what is sold',
    },
    {
      why: 'discounts above the goods of their rate',
      changes: {
        lines: [
          { ...GOOD, taxRate: '10%' },
          { ...GOOD, kind: 'DISCOUNT', unitPrice: '1' },
        ],
      },
      pointer: '/lines',
      detail: 'discounts at 8% are larger than what is sold at that rate',
    },
  ];
  it.each(cases)('$why', ({ changes, pointer, detail }) => {
    expect(wrongOf(changes)).toEqual([{ pointer, detail }]);
  });

  it('refuses every amount on a note', () => {
    const members = { quantity: '1', unitPrice: '1', lineTotal: 1, discount: 1, taxRate: '8%' };
    const problems = wrongOf({ lines: [GOOD, { kind: 'NOTE', name: 'n', ...members }] });
    expect(problems.map(({ pointer }) => pointer)).toEqual(Object.keys(members).map((name) => `/lines/1/${name}`));
    expect(wrongOf({ lines: [GOOD, { kind: 'NOTE', name: 'n' }] })).toEqual([]);
  });

  it('names every violation at once', () => {
    const problems = wrongOf({
      taxPoint: '2026-13-01',
      orderDiscount: -5,
      lines: [{ ...GOOD, name: '', quantity: '0' }, GOOD, { ...GOOD, discount: 2_000 }, { ...GOOD, taxRate: '9%' }],
    });
    const pointers = ['/taxPoint', '/orderDiscount', '/lines/0/name', '/lines/0/quantity', '/lines/2/discount'];
    expect(problems.map(({ pointer }) => pointer)).toEqual([...pointers, '/lines/3/taxRate']);
  });

  it('takes what lies on the limits', () => {
    expect(wrongOf({ expectedTotal: 1_000, orderDiscount: 0 })).toEqual([]);
    expect(wrongOf({ orderDiscount: 1_000, expectedTotal: 0 })).toEqual([]);
    expect(
      wrongOf(line({ discount: 1_000, name: 'x'.repeat(500), code: 'c'.repeat(50), unit: 'u'.repeat(50) })),
    ).toEqual([]);
    expect(wrongOf({ lines: Array.from({ length: 1_000 }, () => GOOD) })).toEqual([]);
    expect(wrongOf({ lines: [GOOD, { ...GOOD, kind: 'DISCOUNT' }] })).toEqual([]);
  });

  it('says the same as calculateInvoice', () => {
    fc.assert(
      fc.property(sales, fc.nat(3), ({ input }, wrong) => {
        const lines = input.lines.map((sold, index) => (index < wrong ? { ...sold, unitPrice: 'x' } : sold));
        const changed = { ...input, lines };
        expect(checkCalculation(changed)).toEqual(problemsOf(() => calculateInvoice(changed)));
      }),
    );
  });
});

describe('amounts beyond 2^53', () => {
  const detail = 'is beyond what an invoice can carry, 9,007,199,254,740,991 đồng';
  const lineOf = (lineTotal: number): InvoiceLineInput => ({ name: 'x', lineTotal, taxRate: 'KCT' });

  it('carries the largest safe amount and no đồng more', () => {
    const { totals } = calculateInvoice({ ...SALE, lines: [lineOf(MAX)] });
    expect(totals.amountAfterTax).toBe(MAX);
    expect(wrongOf({ lines: [lineOf(MAX), lineOf(1)] })).toEqual([{ pointer: '/lines', detail: `the sum ${detail}` }]);
    expect(wrongOf({ lines: [lineOf(MAX - 1), lineOf(1)] })).toEqual([]);
  });

  it('refuses a product, and tax on top, that leave the range', () => {
    const product = { name: 'x', quantity: '999999999999999', unitPrice: '10', taxRate: '8%' };
    expect(wrongOf({ lines: [GOOD, product] })).toEqual([{ pointer: '/lines/1', detail }]);
    const taxed = { name: 'x', lineTotal: MAX, taxRate: '10%' };
    expect(wrongOf({ lines: [taxed] })).toEqual([]);
    expect(wrongOf({ lines: [taxed], pricesIncludeTax: false })).toEqual([{ pointer: '/lines/0', detail }]);
  });

  it('refuses a price whose discount alone brings it into the range', () => {
    const price = { name: 'x', quantity: '2', unitPrice: '4503599627370496', taxRate: 'KCT' };
    expect(wrongOf({ lines: [{ ...price, discount: 1 }] })).toEqual([{ pointer: '/lines/0', detail }]);
    expect(wrongOf({ lines: [{ ...price, unitPrice: '4503599627370495.5', discount: 1 }] })).toEqual([]);
  });

  it('refuses the range in what the cut was taken from', () => {
    const lines: InvoiceLineInput[] = [{ name: 'x', lineTotal: MAX, directCategory: 'SERVICE' }];
    expect(wrongOf({ taxMethod: 'DIRECT', lines })).toEqual([{ pointer: '/lines/0', detail }]);
    expect(wrongOf({ taxMethod: 'DIRECT', lines, pricesIncludeTax: false })).toEqual([]);
  });

  it('refuses a unit price that no longer fits its digits', () => {
    const lines: InvoiceLineInput[] = [{ name: 'x', quantity: '0.000001', lineTotal: 10_000_000_000, taxRate: 'KCT' }];
    const long = 'makes a unit price of more than 16 digits';
    expect(wrongOf({ lines })).toEqual([{ pointer: '/lines/0/quantity', detail: long }]);
    expect(wrongOf({ lines: [{ ...lines[0], name: 'x', lineTotal: 9_999_999_999 }] })).toEqual([]);
  });

  it('counts what is taken back as much as what is sold', () => {
    const lines = [lineOf(MAX), { ...lineOf(-MAX), quantity: '-1' }];
    expect(wrongOf({ lines, adjustment: true })).toEqual([{ pointer: '/lines', detail: `the sum ${detail}` }]);
  });
});

describe('an adjustment', () => {
  const back: InvoiceLineInput = { ...GOOD, quantity: '-2' };
  it('takes negative quantities, line totals and discounts', () => {
    const { lines, totals } = calculateInvoice({
      ...SALE,
      adjustment: true,
      lines: [
        { ...back, unitPrice: '1080', discount: -540 },
        { ...GOOD, quantity: '-1', unitPrice: undefined, lineTotal: -1_006 },
        { ...GOOD, unitPrice: '108' },
      ],
    });
    expect(lines).toMatchObject([
      {
        quantity: '-2',
        unitPrice: '1000',
        amountBeforeDiscount: -2_000,
        discount: -500,
        amount: -1_500,
        taxAmount: -120,
      },
      { quantity: '-1', unitPrice: '931', amount: -931, taxAmount: -75, amountAfterTax: -1_006 },
      { quantity: '1', unitPrice: '100', amount: 100, taxAmount: 8, amountAfterTax: 108 },
    ]);
    expect(totals).toMatchObject({ amount: -2_331, taxAmount: -187, amountAfterTax: -2_518 });
    expect(totals.amountInWords).toBe('Âm hai nghìn năm trăm mười tám đồng');
  });

  it('rounds half away from zero, as the sale did', () => {
    const sold = { name: 'x', quantity: '1', unitPrice: '1.5', taxRate: 'KCT' };
    const amountOf = (quantity: string) =>
      calculateInvoice({ ...SALE, adjustment: true, lines: [{ ...sold, quantity }] }).totals.amount;
    expect([amountOf('1'), amountOf('-1'), amountOf('-3')]).toEqual([2, -2, -5]);
  });

  it.each<[string, InvoiceLineInput, string, string]>([
    ['zero', { ...GOOD, quantity: '0' }, 'quantity', 'must be a decimal other than zero'],
    [
      'a positive discount',
      { ...back, discount: 1 },
      'discount',
      'must be a whole amount of đồng, negative like the quantity',
    ],
    [
      'a positive total',
      { ...back, lineTotal: 1 },
      'lineTotal',
      'must be a whole amount of đồng, negative like the quantity',
    ],
    ['more discount than line', { ...back, discount: -2_001 }, 'discount', 'is larger than the line'],
    ['a negative price', { ...back, unitPrice: '-1' }, 'unitPrice', 'must be a decimal, not negative'],
  ])('refuses %s', (_why, sold, member, detail) => {
    expect(wrongOf({ adjustment: true, lines: [sold] })).toEqual([{ pointer: `/lines/0/${member}`, detail }]);
  });

  it('spreads no discount on the order', () => {
    expect(wrongOf({ adjustment: true, orderDiscount: 1 })).toEqual([
      { pointer: '/orderDiscount', detail: 'an adjustment gives discounts on its lines' },
    ]);
    expect(wrongOf({ adjustment: true, orderDiscount: 0, lines: [back] })).toEqual([]);
    expect(wrongOf({ adjustment: true, lines: [{ ...back, discount: -2_000 }] })).toEqual([]);
  });
});
