import { doReadNumber, ReadingConfig } from 'read-vietnamese-number';
import type { InvoiceCurrency } from '../invoice';

/** Equally right ways to write the same words. */
export interface WordStyle {
  /** After the number; default `đồng`. */
  readonly ending?: 'đồng' | 'đồng.' | 'đồng chẵn' | undefined;
  /** The word for a missing ten, as in 105; default `lẻ`. */
  readonly missingTen?: 'lẻ' | 'linh' | undefined;
  /** The last digit of 24; default `tư`. */
  readonly four?: 'tư' | 'bốn' | undefined;
  readonly thousand?: 'nghìn' | 'ngàn' | undefined;
  readonly billion?: 'tỷ' | 'tỉ' | undefined;
}

/**
 * An amount in whole đồng as Vietnamese words, capital first letter: 1806000 → "Một triệu tám trăm lẻ sáu nghìn đồng".
 * Negative amounts of adjustments begin with "Âm". Throws a RangeError for a fraction or an unsafe integer.
 */
export function amountInWords(
  amount: number | bigint,
  currency: InvoiceCurrency = 'VND',
  style: WordStyle = {},
): string {
  if (typeof amount === 'number' && !Number.isSafeInteger(amount)) {
    throw new RangeError(`not a whole amount of ${currency}: ${amount}`);
  }
  const words = doReadNumber(BigInt(amount), configOf(style));
  return words.charAt(0).toLocaleUpperCase('vi') + words.slice(1);
}

function configOf(style: WordStyle): ReadingConfig {
  const config = new ReadingConfig();
  config.unit = [style.ending ?? 'đồng'];
  config.units = [[], [style.thousand ?? 'nghìn'], ['triệu'], [style.billion ?? 'tỷ']];
  config.oddText = style.missingTen ?? 'lẻ';
  config.fourToneText = style.four ?? 'tư';
  return config;
}
