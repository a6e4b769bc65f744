import {
  sumLines,
  vietnamDate,
  type AdjustRequest,
  type CalculatedInvoice,
  type InvoiceLine,
  type IssueRequest,
  type ProviderKey,
} from '@nx/e-invoice';
import type { Invoice, TaxSnapshot } from '../invoices/invoice';

/** An invoice whose key at the provider is frozen and whose seller is known. */
export type ReadyInvoice = Invoice & {
  readonly providerKey: string;
  readonly invoiceDate: string;
  readonly tax: TaxSnapshot;
};

/** Tells the compiler what the state guarantees. Throws an Error for an invoice that was never ready. */
export function readyInvoice(invoice: Invoice): ReadyInvoice {
  const { providerKey, invoiceDate, tax } = invoice;
  if (providerKey === null || invoiceDate === null || tax === null) {
    throw new Error(`invoice ${invoice.id} has no key at its provider yet`);
  }
  return { ...invoice, providerKey, invoiceDate, tax };
}

export const providerKeyOf = (invoice: ReadyInvoice): ProviderKey => ({
  taxCode: invoice.tax.seller.taxCode,
  invoiceDate: invoice.invoiceDate,
  requestId: invoice.providerKey,
  series: `${invoice.invoiceForm}${invoice.invoiceSymbol}`,
});

/** The invoice as it was calculated, from its own copies. Throws a TypeError for one without tax data. */
export function calculatedOf(
  { tax, taxPoint }: Pick<Invoice, 'tax' | 'taxPoint'>,
  lines: readonly InvoiceLine[],
): CalculatedInvoice {
  if (tax === null) throw new TypeError('the invoice has no tax data yet');
  return {
    currency: 'VND',
    taxMethod: tax.taxMethod,
    taxPoint: vietnamDate(taxPoint),
    lines,
    taxGroups: tax.groups,
    totals: sumLines(lines),
    notes: tax.notes,
  };
}

/** True for what goes to a provider as an adjustment or a replacement. */
export const isAdjustRequest = (request: IssueRequest | AdjustRequest): request is AdjustRequest => 'origin' in request;

/** What is sent: built from the invoice's own copies alone, so that it is the same at every try. */
export function issueRequestOf(invoice: ReadyInvoice, lines: readonly InvoiceLine[]): IssueRequest | AdjustRequest {
  const request: IssueRequest = {
    key: providerKeyOf(invoice),
    seller: invoice.tax.seller,
    buyer: invoice.buyer ?? invoice.config.defaultBuyer,
    form: invoice.invoiceForm,
    symbol: invoice.invoiceSymbol,
    paymentMethod: invoice.paymentMethod,
    invoice: calculatedOf(invoice, lines),
    autoRelease: invoice.autoRelease,
    autoSign: invoice.autoSign,
    autoSendCqt: invoice.autoSendCqt,
  };
  const { correction } = invoice;
  if (correction === null) return request;
  const { original, action, reason } = correction;
  const { form, symbol, number, date } = original;
  // Another vendor knows nothing of our key.
  const own = original.provider === invoice.provider ? { requestId: original.providerKey } : {};
  return {
    ...request,
    origin: action === 'ADJUST' ? 'ADJUSTMENT' : 'REPLACEMENT',
    original: { form, symbol, number, date, ...own },
    reason,
  };
}
