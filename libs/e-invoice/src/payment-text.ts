import type { InvoicePaymentMethod } from './invoice';

/** How invoices, on paper and in XML (element HTTToan), name the way of payment. */
export const PAYMENT_TEXT: Readonly<Record<InvoicePaymentMethod, 'TM' | 'CK' | 'TM/CK'>> = {
  CASH: 'TM',
  TRANSFER: 'CK',
  CASH_OR_TRANSFER: 'TM/CK',
};
