import { isInteger, parse, stringify } from 'lossless-json';

/** A number with so many digits, or with an exponent, may not survive `JSON.parse`. Also matches inside texts: harmless, only slower. */
const RISKY_NUMBER = /\d[\d.]{15,}|\d[eE][+-]?\d/;
/** The slow parser assigns members, so this name would change the prototype instead of adding a member. */
const PROTOTYPE_MEMBER = /__proto__|\\u005f/i;

/** Decimal places and sign aside, the same number: leading, trailing zeros and the point's place do not count. */
function parseDecimal(text: string): number | string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e');
  const [shown = '', shownExponent = '0'] = value.toString().toLowerCase().split('e');
  return normalise(digits, Number(exponent)) === normalise(shown, Number(shownExponent)) ? value : text;
}

/** `digits × 10^exponent` with one spelling for each value. */
function normalise(decimal: string, exponent: number): string {
  const negative = decimal.startsWith('-');
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.');
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${negative ? '-' : ''}${significant}e${exponent - fraction.length + digits.length - significant.length}`;
}

function parseNumber(text: string): number | bigint | string {
  if (!isInteger(text)) return parseDecimal(text);
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/**
 * Parses JSON without changing a number: integers within ±(2^53 − 1) are `number`, larger ones `bigint`; decimals are
 * `number` when it prints as the same value, else the text as it came (`0.1234567890123456789`, `1e400`).
 * Throws SyntaxError for what is not JSON.
 */
export function parseLossless(text: string): unknown {
  if (!RISKY_NUMBER.test(text)) return JSON.parse(text);
  if (PROTOTYPE_MEMBER.test(text)) throw new SyntaxError('the member name __proto__ is not accepted');
  return parse(text, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

/** JSON text; a bigint becomes an integer of all its digits, where `JSON.stringify` would throw. */
export function stringifyLossless(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError('the value has no JSON form');
  return text;
}
