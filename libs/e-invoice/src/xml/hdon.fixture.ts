import { calculateInvoice } from '../calculation/calculate-invoice';
import type { CalculationInput } from '../invoice';
import type { HDon } from './hdon';
import { hdonOf } from './hdon-of-invoice';
import type { InvoiceDocument } from './hdon-of-invoice';

export const SALE: CalculationInput = {
  currency: 'VND',
  taxMethod: 'DEDUCTION',
  taxPoint: '2026-11-20',
  pricesIncludeTax: true,
  lines: [
    { code: 'CF', name: 'Cà phê sữa <đá> & "bạc xỉu"', unit: 'ly', quantity: '2', unitPrice: '45000', taxRate: '8%' },
    { name: 'Bánh mì', unit: 'ổ', quantity: '1.5', unitPrice: '1006', discount: 9, taxRate: '10%' },
    { kind: 'NOTE', name: 'Giao tại quầy' },
  ],
};

/** A coded VAT invoice that breaks no rule. */
export const DOCUMENT: InvoiceDocument = {
  id: 'data-1',
  form: 1,
  symbol: 'C26TYY',
  number: '61',
  date: '2026-11-20',
  paymentMethod: 'CASH_OR_TRANSFER',
  seller: { taxCode: '0104359717', name: 'Quán Cà Phê', address: 'Hà Nội', phone: '0901234567', locationCode: '00001' },
  buyer: {
    kind: 'COMPANY',
    taxCode: '0100109106',
    legalName: 'Tập đoàn Viettel',
    address: 'Hà Nội',
    contactName: 'Lê A',
  },
  invoice: calculateInvoice(SALE),
  softwareTaxCode: '0101243150',
};

export function hdon(changes: Partial<InvoiceDocument> = {}): HDon {
  return hdonOf({ ...DOCUMENT, ...changes });
}

type Path = readonly (string | number)[];

/** A copy with one member changed; `undefined` takes it away. */
export function changed<T>(value: T, path: Path, member: unknown): T {
  const copy = structuredClone(value) as Record<string | number, unknown>;
  let holder = copy;
  for (const name of path.slice(0, -1)) holder = holder[name] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (member === undefined) delete holder[last];
  else holder[last] = member;
  return copy as T;
}
