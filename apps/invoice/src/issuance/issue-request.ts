import type { InvoiceLine, IssueRequest, ProviderKey } from '@nx/e-invoice';
import { sumLines } from '@nx/e-invoice';
import { vietnamDate } from '@nx/e-invoice';
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

/** What is sent: built from the invoice's own copies alone, so that it is the same at every try. */
export function issueRequestOf(invoice: ReadyInvoice, lines: readonly InvoiceLine[]): IssueRequest {
  return {
    key: providerKeyOf(invoice),
    seller: invoice.tax.seller,
    buyer: invoice.buyer ?? invoice.config.defaultBuyer,
    form: invoice.invoiceForm,
    symbol: invoice.invoiceSymbol,
    paymentMethod: invoice.paymentMethod,
    invoice: {
      currency: 'VND',
      taxMethod: invoice.tax.taxMethod,
      taxPoint: vietnamDate(invoice.taxPoint),
      lines,
      taxGroups: invoice.tax.groups,
      totals: sumLines(lines),
      notes: invoice.tax.notes,
    },
    autoRelease: invoice.autoRelease,
    autoSign: invoice.autoSign,
    autoSendCqt: invoice.autoSendCqt,
  };
}
