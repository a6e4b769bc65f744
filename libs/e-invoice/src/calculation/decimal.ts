import { divideRoundHalfUp, isSafeMinor } from '@nx/money';

/** An exact decimal: units × 10^−scale. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const DECIMAL = /^(-?)(0|[1-9]\d{0,15})(?:\.(\d{1,6}))?$/;

/** Reads a plain decimal (up to 16 digits, then up to 6 after the point); undefined for anything else. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const units = BigInt(`${whole}${fraction}`);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

/** Writes a decimal without zeros at the end. */
export function formatDecimal(value: Decimal): string {
  const sign = value.units < 0n ? '-' : '';
  const digits = (value.units < 0n ? -value.units : value.units).toString().padStart(value.scale + 1, '0');
  const whole = digits.slice(0, digits.length - value.scale);
  const fraction = digits.slice(digits.length - value.scale).replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** a + b, exactly. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

/** −a. */
export function negateDecimal(value: Decimal): Decimal {
  return { units: -value.units, scale: value.scale };
}

/** A decimal's units at a scale that is not below its own. */
export function unitsAt(value: Decimal, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale);
}

/** a × b to a whole number, half away from zero. */
export function multiplyRounded(a: Decimal, b: Decimal): bigint {
  return divideRoundHalfUp(a.units * b.units, 10n ** BigInt(a.scale + b.scale));
}

/** An amount as a JSON integer. Throws a RangeError outside the safe range. */
export function toAmount(value: bigint): number {
  if (!isSafeMinor(value)) throw new RangeError(`amount outside the safe integer range: ${value}`);
  return Number(value);
}

const MAX_UNIT_PRICE_SCALE = 6;

/**
 * The unit price that belongs to a line's amount: amount ÷ quantity with as few decimals as make quantity × price round
 * back to the amount, at most six.
 */
export function unitPriceOf(amount: bigint, quantity: Decimal): Decimal {
  if (quantity.units === 0n) return { units: 0n, scale: 0 };
  for (let scale = 0; ; scale += 1) {
    const numerator = amount * 10n ** BigInt(quantity.scale + scale);
    const candidate = { units: divideRoundHalfUp(numerator, quantity.units), scale };
    if (scale === MAX_UNIT_PRICE_SCALE || multiplyRounded(candidate, quantity) === amount) return candidate;
  }
}
