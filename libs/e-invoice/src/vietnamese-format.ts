import type { TaxRate } from './law/rules/rate-rules';
import { vietnamDateTime } from './vietnam-date';
import type { IsoDate } from './vietnam-date';

/** `-18518518.52` → `-18.518.518,52`; a whole amount alike. */
export function formatNumber(value: string | number): string {
  const [whole = '', fraction] = String(value).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, '.');
  return fraction === undefined ? grouped : `${grouped},${fraction}`;
}

/** `2026-11-20` → `Ngày 20 tháng 11 năm 2026`. */
export function formatLongDate(date: IsoDate): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `Ngày ${day} tháng ${month} năm ${year}`;
}

/** `20/11/2026 10:05:09` on a Vietnamese clock. */
export function formatInstant(instant: Date): string {
  const [date = '', time = ''] = vietnamDateTime(instant).split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year} ${time}`;
}

/** In a column: `8%`, `KCT`, and `3,5%` for `KHAC:03.50%`. */
export function formatRate(rate: TaxRate): string {
  const other = /^KHAC:0?(\d+)(?:\.(\d*?)0*)?%$/.exec(rate);
  if (other === null) return rate;
  const [, whole = '', fraction = ''] = other;
  return fraction === '' ? `${whole}%` : `${whole},${fraction}%`;
}

/** In the summary, in words. */
export function describeRate(rate: TaxRate): string {
  if (rate === 'KCT') return 'Không chịu thuế GTGT';
  if (rate === 'KKKNT') return 'Không kê khai, tính nộp thuế GTGT';
  return `Thuế suất ${formatRate(rate)}`;
}
