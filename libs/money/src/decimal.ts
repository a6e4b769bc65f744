import { integerOf } from './money';
import { MoneyError } from './money-error';

/** An exact decimal: `units` × 10^−`scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** What the exact functions take: decimal text, or whole numbers. A fraction comes as text, never as a binary double. */
export type DecimalInput = string | number | bigint;

const MAX_TEXT_LENGTH = 64;
const DECIMAL_TEXT = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;

/**
 * Reads a decimal exactly: optional minus, digits without leading zeros, optional fraction, at most 64 characters.
 * Exponents, a plus sign, spaces and separators are refused, because nobody writes money so.
 * @throws MoneyError `not_a_number`; for a number that is not whole `fraction`, for an unsafe one `out_of_range`
 */
export function readDecimal(value: DecimalInput): Decimal {
  if (typeof value === 'bigint') return { units: value, scale: 0 };
  if (typeof value === 'number') return { units: integerOf(value), scale: 0 };
  const match = value.length > MAX_TEXT_LENGTH ? null : DECIMAL_TEXT.exec(value);
  if (match === null) throw new MoneyError('not_a_number', 'Not a decimal number.');
  const [, sign = '', whole = '', fraction = ''] = match;
  return { units: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length };
}
