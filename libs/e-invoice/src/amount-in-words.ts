import { doReadNumber, ReadingConfig } from 'read-vietnamese-number';
import type { InvoiceCurrency } from './invoice';

const CONFIG = new ReadingConfig();
CONFIG.unit = ['đồng'];
CONFIG.units = [[], ['nghìn'], ['triệu'], ['tỷ']];

/**
 * An amount in whole đồng as Vietnamese words, capital first letter: 1806000 → "Một triệu tám trăm lẻ sáu nghìn đồng".
 * Negative amounts of adjustments begin with "Âm". Throws a RangeError for a fraction or an unsafe integer.
 */
export function amountInWords(amount: number | bigint, currency: InvoiceCurrency = 'VND'): string {
  if (typeof amount === 'number' && !Number.isSafeInteger(amount)) {
    throw new RangeError(`not a whole amount of ${currency}: ${amount}`);
  }
  const words = doReadNumber(String(amount), CONFIG);
  return words.charAt(0).toLocaleUpperCase('vi') + words.slice(1);
}
