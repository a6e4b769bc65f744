import type { InvoiceForm, InvoiceReference } from '../invoice';
import { InvalidInvoiceError } from '../problem';
import { isIsoDate } from '../vietnam-date';

const VERBS = { ADJUST: 'Điều chỉnh', REPLACE: 'Thay thế' } as const;

/** Invoices of before Decree 123/2020 have forms of other shapes than one digit. */
export type CorrectedInvoice = Omit<InvoiceReference, 'form'> & { readonly form: InvoiceForm | string };

/**
 * The fixed line of an adjustment or a replacement (Circular 91/2026 Art. 10.1.b): "Điều chỉnh cho hóa đơn Mẫu số 1 ký
 * hiệu C26TAA số 33 ngày 20 tháng 11 năm 2026". Throws an InvalidInvoiceError when the date is no day.
 */
export function correctionLine(action: 'ADJUST' | 'REPLACE', original: CorrectedInvoice): string {
  const { form, symbol, number, date } = original;
  if (!isIsoDate(date)) throw new InvalidInvoiceError([{ pointer: '/original/date', detail: 'is no day' }]);
  const [year = '', month = '', day = ''] = date.split('-');
  const invoice = `hóa đơn Mẫu số ${form} ký hiệu ${symbol} số ${number}`;
  return `${VERBS[action]} cho ${invoice} ngày ${day} tháng ${month} năm ${year}`;
}
