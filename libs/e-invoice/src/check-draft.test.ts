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

describe('checkDraft', () => {
  const cases: { why: string; changes: Partial<InvoiceDraft>; pointers: string[] }[] = [
    { why: 'a good draft', changes: {}, pointers: [] },
    {
      why: 'a wrong seller',
      changes: { seller: { taxCode: '1', name: '', address: '' } },
      pointers: ['/seller/taxCode', '/seller/name', '/seller/address'],
    },
    { why: 'a wrong buyer', changes: { buyer: { kind: 'PERSON', name: '' } }, pointers: ['/buyer/name'] },
    { why: "last year's series", changes: { invoiceDate: '2027-01-01' }, pointers: ['/symbol'] },
    { why: 'a symbol with its form', changes: { symbol: '1C26MYY' }, pointers: ['/symbol'] },
    { why: 'a sales form with VAT', changes: { form: 2 }, pointers: ['/form'] },
    {
      why: 'a bad line',
      changes: { lines: [{ name: '', unitPrice: '1', taxRate: '8%' }] },
      pointers: ['/lines/0/name'],
    },
  ];
  it.each(cases)('$why', ({ changes, pointers }) => {
    expect(checkDraft({ ...DRAFT, ...changes }).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});
