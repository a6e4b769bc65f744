import type { InvoiceReference } from './invoice';
import { isIsoDate } from './vietnam-date';

const VERBS = { ADJUST: 'Điều chỉnh', REPLACE: 'Thay thế' } as const;

/**
 * The fixed line of an adjustment or a replacement (Circular 91/2026 Art. 10.1.b): "Điều chỉnh cho hóa đơn Mẫu số 1 ký
 * hiệu C26TAA số 33 ngày 20 tháng 11 năm 2026". Throws a RangeError when the date is no day.
 */
export function correctionLine(action: 'ADJUST' | 'REPLACE', original: InvoiceReference): string {
  const { form, symbol, number, date } = original;
  if (!isIsoDate(date)) throw new RangeError(`not a day: ${date}`);
  const [year = '', month = '', day = ''] = date.split('-');
  const invoice = `hóa đơn Mẫu số ${form} ký hiệu ${symbol} số ${number}`;
  return `${VERBS[action]} cho ${invoice} ngày ${day} tháng ${month} năm ${year}`;
}
