import { divideRoundHalfUp } from '@nx/money';

const SCALE = 6;

/** A decimal of the XML in millionths; the caller has checked its form. */
export function micro(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const units = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return negative ? -units : units;
}

/** Millionths as a decimal without zeros at the end. */
export function microText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Rounded half away from zero to a millionth. */
export function divideMicro(numerator: bigint, denominator: bigint): bigint {
  return divideRoundHalfUp(numerator, denominator);
}
