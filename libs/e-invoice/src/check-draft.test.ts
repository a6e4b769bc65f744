import { describe, expect, it } from 'vitest';
import { checkDraft } from './check-draft';
import type { InvoiceDraft } from './invoice';

const DRAFT: InvoiceDraft = {
  currency: 'VND',
  taxMethod: 'DEDUCTION',
  taxPoint: '2026-11-20',
  pricesIncludeTax: true,
  lines: [{ name: 'Cà phê', unitPrice: '45000', taxRate: '8%' }],
  seller: { taxCode: '0104359717', name: 'Quán', address: 'Hà Nội' },
  buyer: { kind: 'CONSUMER' },
  form: 1,
  symbol: 'C26MYY',
  invoiceDate: '2026-11-20',
  paymentMethod: 'TRANSFER',
};

const REFERENCE = { form: 1, symbol: 'C26MYY', number: '00000033', date: '2026-11-19' } as const;
const ADJUST = { action: 'ADJUST', original: REFERENCE, reason: 'Trả lại hàng', causeCode: '05' } as const;
const REPLACE = { ...ADJUST, action: 'REPLACE' } as const;
const BACK = [{ name: 'Cà phê', quantity: '-1', unitPrice: '45000', taxRate: '8%' }];

describe('checkDraft', () => {
  const cases: { why: string; changes: Partial<InvoiceDraft>; problems: string[] }[] = [
    { why: 'a good draft', changes: {}, problems: [] },
    {
      why: 'a wrong seller',
      changes: { seller: { taxCode: '1', name: '', address: 'x'.repeat(401) } },
      problems: [
        '/seller/taxCode must be 10 digits, 10 digits with a branch of 3, or 12 digits; leading zeros count',
        '/seller/name is required',
        '/seller/address must have at most 400 characters',
      ],
    },
    {
      why: 'half a place of business',
      changes: { seller: { ...DRAFT.seller, locationName: 'Quầy 1' } },
      problems: ['/seller/locationCode is required', '/seller/locationAddress is required'],
    },
    {
      why: 'a whole place of business',
      changes: { seller: { ...DRAFT.seller, locationCode: '00001', locationName: 'Quầy 1', locationAddress: 'Huế' } },
      problems: [],
    },
    {
      why: 'a wrong buyer',
      changes: { buyer: { kind: 'PERSON', name: '' } },
      problems: ['/buyer/name is required'],
    },
    {
      why: "last year's series, a sale of the year before it",
      changes: { invoiceDate: '2027-01-01' },
      problems: ["/symbol is a series of 2026, not of the invoice's year"],
    },
    {
      why: 'a sale after its invoice',
      changes: { taxPoint: '2026-11-21' },
      problems: ["/taxPoint lies after the invoice's date"],
    },
    {
      why: 'days that are none',
      changes: { taxPoint: '2026-11-31', invoiceDate: 'x' },
      problems: ['/invoiceDate must be a day, YYYY-MM-DD', '/taxPoint must be a day, YYYY-MM-DD'],
    },
    {
      why: 'a symbol with its form',
      changes: { symbol: '1C26MYY' },
      problems: ['/symbol must be six characters such as C26MYY'],
    },
    {
      why: 'a sales form with VAT',
      changes: { form: 2 },
      problems: ['/form form 2 is for the direct method'],
    },
    {
      why: 'a sales form with a fee receipt and VAT',
      changes: { form: 9 },
      problems: ['/form form 9 is for the direct method'],
    },
    {
      why: 'a VAT form under the direct method',
      changes: { taxMethod: 'DIRECT', lines: [{ name: 'x', unitPrice: '1' }] },
      problems: ['/form form 1 shows VAT and needs the deduction method'],
    },
    {
      why: 'a VAT form with a fee receipt under the direct method',
      changes: { form: 8, taxMethod: 'DIRECT', lines: [{ name: 'x', unitPrice: '1' }] },
      problems: ['/form form 8 shows VAT and needs the deduction method'],
    },
    { why: 'a ticket of either method', changes: { form: 5, symbol: 'C26GYY' }, problems: [] },
    {
      why: 'a bad line',
      changes: { lines: [{ name: '', unitPrice: '1', taxRate: '8%' }] },
      problems: ['/lines/0/name is required'],
    },
    { why: 'a good adjustment', changes: { adjustment: true, correction: ADJUST, lines: BACK }, problems: [] },
    { why: 'a good replacement', changes: { correction: REPLACE }, problems: [] },
    {
      why: 'an adjustment of nothing',
      changes: { adjustment: true, lines: BACK },
      problems: ['/correction an adjustment names the invoice that it adjusts'],
    },
    {
      why: 'an adjustment that does not say so',
      changes: { correction: ADJUST },
      problems: ['/adjustment must be true where the invoice adjusts another'],
    },
    {
      why: 'a replacement that is a difference',
      changes: { adjustment: true, correction: REPLACE, lines: BACK },
      problems: ['/adjustment a replacement is a whole invoice, not a difference'],
    },
    {
      why: 'an original that cannot be',
      changes: { correction: { ...REPLACE, original: { form: 2, symbol: 'C25MYY', number: '0', date: '2026-11-21' } } },
      problems: [
        "/correction/original/symbol is a series of 2025, not of the invoice's year",
        '/correction/original/number must be 1 to 99999999',
        '/correction/original/date lies after the invoice that corrects it',
      ],
    },
    {
      why: 'an original without a day',
      changes: { correction: { ...REPLACE, original: { ...REFERENCE, date: '' } } },
      problems: ['/correction/original/date must be a day, YYYY-MM-DD'],
    },
    {
      why: 'no reason, and a code of three digits',
      changes: { correction: { ...REPLACE, reason: ' ', causeCode: '005' } },
      problems: [
        '/correction/reason is required',
        '/correction/causeCode must be two digits; known are 04, 05, 06, 08, 13, 14',
      ],
    },
  ];
  it.each(cases)('$why', ({ changes, problems }) => {
    const found = checkDraft({ ...DRAFT, ...changes }).map(({ pointer, detail }) => `${pointer} ${detail}`);
    expect(found).toEqual(problems);
  });

  it('names every violation at once', () => {
    const found = checkDraft({
      ...DRAFT,
      seller: { taxCode: '0104359717', name: '', address: 'Hà Nội' },
      buyer: { kind: 'COMPANY', taxCode: '0100109107', legalName: 'A', address: '' },
      symbol: 'x',
      form: 7,
      lines: [{ name: 'x', unitPrice: '-1', taxRate: '8%' }],
    });
    const pointers = ['/seller/name', '/buyer/taxCode', '/buyer/address', '/symbol', '/lines/0/unitPrice'];
    expect(found.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('takes an adjustment in January of a December sale at its old rate', () => {
    const late = { ...DRAFT, symbol: 'C27MYY', invoiceDate: '2027-01-05', taxPoint: '2026-12-31' };
    expect(checkDraft({ ...late, adjustment: true, correction: ADJUST, lines: BACK })).toEqual([]);
    expect(checkDraft({ ...late, taxPoint: '2027-01-01' }).map(({ pointer }) => pointer)).toEqual(['/lines/0/taxRate']);
  });
});
