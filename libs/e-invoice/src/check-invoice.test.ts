import { describe, expect, it } from 'vitest';
import { calculateInvoice } from './calculation/calculate-invoice';
import { checkInvoice } from './check-invoice';
import type { InvoiceCheckOptions } from './check-invoice';
import type { CalculatedInvoice, InvoiceLine, InvoiceTotals, TaxGroup } from './invoice';
import { SALE } from './invoice.fixture';
import { negateInvoice } from './calculation/negate-invoice';

const VAT = calculateInvoice({
  ...SALE,
  lines: [
    { name: 'a', quantity: '3', unitPrice: '1006', taxRate: '8%' },
    { kind: 'NOTE', name: 'n' },
    { kind: 'DISCOUNT', name: 'd', unitPrice: '108', taxRate: '8%' },
    { kind: 'PROMOTION', name: 'p', taxRate: '8%' },
    { name: 'b', unitPrice: '1000', discount: 100, taxRate: 'KCT' },
  ],
});
const ONE = calculateInvoice({ ...SALE, lines: [{ name: 'x', unitPrice: '1006', taxRate: '8%' }] });
const DIRECT = calculateInvoice({
  ...SALE,
  taxMethod: 'DIRECT',
  lines: [{ name: 'x', unitPrice: '99000', directCategory: 'SERVICE' }],
});

const withLine = (index: number, changes: Partial<InvoiceLine>, invoice = VAT): CalculatedInvoice => ({
  ...invoice,
  lines: invoice.lines.map((line, at) => (at === index ? { ...line, ...changes } : line)),
});
const withGroup = (changes: Partial<TaxGroup>): CalculatedInvoice => ({
  ...VAT,
  taxGroups: VAT.taxGroups.map((group, at) => (at === 0 ? { ...group, ...changes } : group)),
});
const withTotals = (changes: Partial<InvoiceTotals>): CalculatedInvoice => ({
  ...VAT,
  totals: { ...VAT.totals, ...changes },
});
const found = (invoice: CalculatedInvoice, options?: InvoiceCheckOptions) =>
  checkInvoice(invoice, options).map(({ pointer, detail }) => `${pointer} ${detail}`);

describe('checkInvoice', () => {
  it('takes what the calculation makes', () => {
    expect(found(VAT)).toEqual([]);
    expect(found(DIRECT)).toEqual([]);
  });

  const cases: { why: string; invoice: CalculatedInvoice; problems: string[]; options?: InvoiceCheckOptions }[] = [
    { why: 'a wrong ordinal', invoice: withLine(1, { ordinal: 3 }), problems: ['/lines/1/ordinal must be 2'] },
    { why: 'a line without name', invoice: withLine(0, { name: ' ' }), problems: ['/lines/0/name is required'] },
    {
      why: 'half a đồng, before anything is summed',
      invoice: withLine(0, { amount: 0.5 }),
      problems: ['/lines/0/amount must be a whole amount of đồng within 2^53 − 1'],
    },
    {
      why: 'an unsafe amount',
      invoice: withLine(0, { taxAmount: 2 ** 53 }),
      problems: ['/lines/0/taxAmount must be a whole amount of đồng within 2^53 − 1'],
    },
    {
      why: 'a rate in another spelling',
      invoice: withLine(0, { taxRate: 'KHAC:8%' }),
      problems: ['/lines/0/taxRate KHAC:8% is no VAT rate as invoices write it'],
    },
    {
      why: 'a quantity that does not make the amount',
      invoice: withLine(0, { quantity: '4' }),
      problems: ['/lines/0/amountBeforeDiscount must be quantity × unit price'],
    },
    {
      why: 'a quantity that is none',
      invoice: withLine(0, { quantity: 'x' }),
      problems: ['/lines/0/quantity must be a decimal'],
    },
    {
      why: 'a price that is none',
      invoice: withLine(0, { unitPrice: '' }),
      problems: ['/lines/0/unitPrice must be a decimal'],
    },
    {
      why: 'a discount that is not taken off',
      invoice: withLine(4, { discount: 99 }),
      problems: [
        '/lines/4/amount must be the amount before discount less the discount',
        '/totals/discount the lines make 99',
      ],
    },
    {
      why: 'a line total that leaves the tax out',
      invoice: withLine(0, { amountAfterTax: 2_794 }),
      problems: [
        '/lines/0/amountAfterTax must be the amount with its tax and without the reduction',
        '/taxGroups/0/amountAfterTax the lines make 2686',
        '/totals/amountAfterTax the lines make 3586',
      ],
    },
    {
      why: 'a note with an amount',
      invoice: withLine(1, { taxAmount: 5, amountAfterTax: 5 }),
      problems: [
        '/lines/1/amountAfterTax a line of kind NOTE has no amounts',
        '/totals/taxAmount the lines make 221',
        '/totals/amountAfterTax the lines make 3815',
      ],
    },
    {
      why: 'amounts of two signs',
      invoice: withLine(4, { discount: -100, amountBeforeDiscount: 800, unitPrice: '800' }),
      problems: [
        '/lines/4 must have amounts of one sign',
        '/totals/amountBeforeDiscount the lines make 3494',
        '/totals/discount the lines make -100',
      ],
    },
    {
      why: 'a rate that ended',
      invoice: { ...VAT, taxPoint: '2027-01-01' },
      problems: [0, 2, 3].map((index) => `/lines/${index}/taxRate 8% is not in force on 2027-01-01`),
    },
    {
      why: 'no such day',
      invoice: { ...VAT, taxPoint: '2026-11-31' },
      problems: ['/taxPoint must be a day, YYYY-MM-DD'],
    },
    {
      why: 'goods without a rate',
      invoice: withLine(4, { taxRate: null }),
      problems: ['/lines/4/taxRate is required', '/taxGroups must be 8%, in this order'],
    },
    {
      why: 'a reduction beside VAT',
      invoice: withLine(4, { reduction: 1, amountAfterTax: 899 }),
      problems: [
        '/lines/4/reduction belongs to the direct method',
        '/taxGroups/1/amountAfterTax the lines make 899',
        '/totals/reduction the lines make 1',
        '/totals/amountAfterTax the lines make 3809',
      ],
    },
    {
      why: 'a group that is missing',
      invoice: { ...VAT, taxGroups: VAT.taxGroups.slice(1) },
      problems: ['/taxGroups must be 8%, KCT, in this order'],
    },
    {
      why: 'groups in another order',
      invoice: { ...VAT, taxGroups: VAT.taxGroups.toReversed() },
      problems: ['/taxGroups must be 8%, KCT, in this order'],
    },
    {
      why: 'groups of the direct method',
      invoice: { ...DIRECT, taxGroups: VAT.taxGroups },
      problems: ['/taxGroups must be empty'],
    },
    {
      why: 'a group off by a line',
      invoice: withGroup({ lineCount: 2 }),
      problems: ['/taxGroups/0/lineCount the lines make 3'],
    },
    {
      why: 'a group off by a đồng',
      invoice: withGroup({ taxAmount: 1 }),
      problems: ['/taxGroups/0/taxAmount the lines make 216'],
    },
    {
      why: 'a wrong difference',
      invoice: withGroup({ difference: 9 }),
      problems: ['/taxGroups/0/difference the lines make 0'],
    },
    {
      why: 'a total off by a đồng',
      invoice: withTotals({ taxAmount: 1 }),
      problems: ['/totals/taxAmount the lines make 216'],
    },
    {
      why: 'words of another amount',
      invoice: withTotals({ amountInWords: 'Một đồng' }),
      problems: ['/totals/amountInWords must be the total in words'],
    },
    {
      why: 'a total that is no amount',
      invoice: withTotals({ amountAfterTax: 0.5 }),
      problems: ['/totals/amountAfterTax the lines make 3810', '/totals/amountInWords must be the total in words'],
    },
    {
      why: 'tax beyond the allowance',
      invoice: ONE,
      options: { allowance: { perLine: 0 } },
      problems: [
        '/lines/0/taxAmount differs by 1 đồng from 8% of its base; 0 are allowed',
        '/taxGroups/0/taxAmount differs by 1 đồng from 8% of its base; 0 are allowed',
      ],
    },
    {
      why: 'VAT under the direct method',
      invoice: withLine(0, { taxRate: 'KCT' }, DIRECT),
      problems: ['/lines/0/taxRate the direct method shows no VAT', '/taxGroups must be KCT, in this order'],
    },
    {
      why: 'tax under the direct method',
      invoice: withLine(0, { taxAmount: 1, amountAfterTax: 99_001 }, DIRECT),
      problems: [
        '/lines/0/taxAmount the direct method shows no VAT',
        '/totals/taxAmount the lines make 1',
        '/totals/amountAfterTax the lines make 99001',
      ],
    },
    {
      why: 'the cut without its note',
      invoice: { ...DIRECT, notes: [] },
      problems: ['/notes must say how much the temporary cut takes off'],
    },
    {
      why: 'no lines',
      invoice: {
        ...VAT,
        lines: [],
        taxGroups: [],
        totals: {
          ...VAT.totals,
          amountBeforeDiscount: 0,
          discount: 0,
          amount: 0,
          taxAmount: 0,
          amountAfterTax: 0,
          amountInWords: 'Không đồng',
        },
      },
      problems: ['/lines must have 1 to 1000 lines'],
    },
  ];
  it.each(cases)('$why', ({ invoice, problems, options }) => {
    expect(found(invoice, options)).toEqual(problems);
  });

  it('takes negative lines only of an adjustment', () => {
    const back = negateInvoice(VAT);
    expect(found(back, { adjustment: true })).toEqual([]);
    expect(found(back)).toEqual([
      '/lines/0/amountAfterTax only an adjustment takes back',
      '/lines/2/amountAfterTax a discount is subtracted',
      '/lines/4/amountAfterTax only an adjustment takes back',
      '/totals/amountAfterTax only an adjustment is negative',
    ]);
    expect(found(negateInvoice(DIRECT), { adjustment: true })).toEqual([]);
  });

  it('refuses sums beyond the safe integers', () => {
    const line = { name: 'x', lineTotal: Number.MAX_SAFE_INTEGER, taxRate: 'KCT' };
    const large = calculateInvoice({ ...SALE, lines: [line] });
    expect(found({ ...large, lines: [...large.lines, ...large.lines.map((one) => ({ ...one, ordinal: 2 }))] })).toEqual(
      ['/lines their sum is beyond 2^53 − 1'],
    );
  });

  it('lets six decimals of a price hide what they must, and no more', () => {
    const line = { name: 'x', quantity: '4000000', lineTotal: 1_000_001, taxRate: 'KCT' };
    const invoice = calculateInvoice({ ...SALE, lines: [line] });
    expect(invoice.lines[0]?.unitPrice).toBe('0.25');
    expect(found(invoice)).toEqual([]);
    expect(found(withLine(0, { unitPrice: '0.250001' }, invoice))).toEqual([
      '/lines/0/amountBeforeDiscount must be quantity × unit price',
    ]);
  });
});
