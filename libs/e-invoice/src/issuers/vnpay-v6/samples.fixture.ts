import { calculateInvoice } from '../../calculation/calculate-invoice';
import type { CalculationInput } from '../../invoice';
import type { IssueRequest, IssuerConnection, RawExchange } from '../issuer';
import type { SendResponse } from '@nx/contracts';

export const KEY = {
  taxCode: '0104359717',
  invoiceDate: '2026-11-20',
  requestId: '3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10',
} as const;

export const CONNECTION: IssuerConnection = {
  baseUrl: 'https://invoice-api.vnpaytest.vn/',
  clientId: 'client',
  clientSecret: 's3cr3t-of-the-shop',
};

export const RAW: RawExchange = { request: { method: 'POST', url: 'https://invoice-api.vnpaytest.vn/' } };

const SALE: CalculationInput = {
  currency: 'VND',
  taxMethod: 'DEDUCTION',
  taxPoint: '2026-11-20',
  pricesIncludeTax: true,
  lines: [
    { name: 'Cà phê sữa', unit: 'ly', quantity: '2', unitPrice: '45000', taxRate: '8%' },
    { name: 'Bánh mì', unit: 'ổ', quantity: '1.5', unitPrice: '1006', discount: 9, taxRate: '10%' },
  ],
};

export function request(sale: Partial<CalculationInput> = {}, changes: Partial<IssueRequest> = {}): IssueRequest {
  return {
    key: KEY,
    seller: { taxCode: KEY.taxCode, name: 'Quán', address: 'Hà Nội' },
    buyer: { kind: 'CONSUMER' },
    form: 1,
    symbol: 'C26MYY',
    paymentMethod: 'TRANSFER',
    invoice: calculateInvoice({ ...SALE, ...sale }),
    autoRelease: true,
    autoSign: true,
    autoSendCqt: true,
    ...changes,
  };
}

export function response(status: number, body: unknown, headers: Record<string, string> = {}): SendResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
