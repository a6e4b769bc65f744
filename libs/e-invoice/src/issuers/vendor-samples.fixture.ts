import { calculateInvoice } from '../calculation/calculate-invoice';
import type { CalculationInput } from '../invoice';
import type { SendResponse } from '@nx/contracts';
import type { AdjustRequest, IssueRequest, IssuerConnection, RawExchange } from './issuer';

export const KEY = {
  taxCode: '0104359717',
  invoiceDate: '2026-11-20',
  requestId: '3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10',
} as const;

export const RAW: RawExchange = { request: { method: 'POST', url: 'https://vendor.vn/' } };

/** One connection that serves every vendor; its secrets are words that stand nowhere else. */
export const SECRETS = ['pass-Wörd&1', 'app-id-4711', 'service-pass<2>'] as const;
export const CONNECTION: IssuerConnection = {
  baseUrl: 'https://vendor.vn/',
  taxCode: KEY.taxCode,
  clientId: 'shop-user',
  clientSecret: SECRETS[0],
  credentials: { appId: SECRETS[1], serviceUser: 'service-user', servicePassword: SECRETS[2] },
};

const SALE: CalculationInput = {
  currency: 'VND',
  taxMethod: 'DEDUCTION',
  taxPoint: '2026-11-20',
  pricesIncludeTax: true,
  lines: [
    { name: 'Cà phê <sữa> & đá', code: 'CF', unit: 'ly', quantity: '2', unitPrice: '45000', taxRate: '8%' },
    { name: 'Bánh mì', unit: 'ổ', quantity: '1.5', unitPrice: '1006', discount: 9, taxRate: '8%' },
  ],
};

export function request(sale: Partial<CalculationInput> = {}, changes: Partial<IssueRequest> = {}): IssueRequest {
  return {
    key: KEY,
    seller: { taxCode: KEY.taxCode, name: 'Quán', address: 'Hà Nội' },
    buyer: { kind: 'CONSUMER' },
    form: 1,
    symbol: 'C26TAA',
    paymentMethod: 'CASH_OR_TRANSFER',
    invoice: calculateInvoice({ ...SALE, ...sale }),
    autoRelease: true,
    autoSign: true,
    autoSendCqt: true,
    ...changes,
  };
}

/** What takes back the first line of the sale: signed amounts, as the model writes them. */
export function adjustment(changes: Partial<AdjustRequest> = {}): AdjustRequest {
  const sold = request({ lines: SALE.lines.slice(0, 1) });
  const minus = (value: number): number => (value === 0 ? 0 : -value);
  const { invoice } = sold;
  return {
    ...sold,
    invoice: {
      ...invoice,
      lines: invoice.lines.map((line) => ({
        ...line,
        quantity: `-${line.quantity}`,
        amountBeforeDiscount: minus(line.amountBeforeDiscount),
        amount: minus(line.amount),
        taxAmount: minus(line.taxAmount),
        amountAfterTax: minus(line.amountAfterTax),
      })),
      taxGroups: invoice.taxGroups.map((group) => ({
        ...group,
        amount: minus(group.amount),
        taxAmount: minus(group.taxAmount),
        amountAfterTax: minus(group.amountAfterTax),
      })),
      totals: {
        ...invoice.totals,
        amountBeforeDiscount: minus(invoice.totals.amountBeforeDiscount),
        amount: minus(invoice.totals.amount),
        taxAmount: minus(invoice.totals.taxAmount),
        amountAfterTax: minus(invoice.totals.amountAfterTax),
        amountInWords: 'Âm chín mươi nghìn đồng',
      },
    },
    origin: 'ADJUSTMENT',
    original: { form: 1, symbol: 'C26TAA', number: '00000061', date: '2026-11-01', requestId: 'original-1' },
    reason: 'Hàng trả lại',
    ...changes,
  };
}

export function response(status: number, body: unknown, headers: Record<string, string> = {}): SendResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** A SOAP answer whose result is a text. */
export function soapAnswer(method: string, result: string, status = 200): SendResponse {
  const text = result.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return response(
    status,
    '<?xml version="1.0" encoding="utf-8"?>' +
      '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' +
      `<${method}Response xmlns="http://tempuri.org/"><${method}Result>${text}</${method}Result></${method}Response>` +
      '</soap:Body></soap:Envelope>',
  );
}
