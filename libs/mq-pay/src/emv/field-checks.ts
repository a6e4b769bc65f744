import { findEmv } from './emv';
import type { EmvNode } from './emv';
import { EmvError } from './emv-error';

/** Longest value in characters (code points), and a form where the profile has one. */
export interface FieldRule {
  readonly maximum: number;
  readonly pattern?: RegExp;
}

/** The text itself when it fits its object, undefined for none. Throws `EmvError`. */
export function checkText(text: string, path: string, rule: FieldRule): string;
export function checkText(text: string | undefined, path: string, rule: FieldRule): string | undefined;
export function checkText(text: string | undefined, path: string, rule: FieldRule): string | undefined {
  if (text === undefined) return undefined;
  const length = Array.from(text).length;
  if (length < 1 || length > rule.maximum) {
    throw new EmvError(path, 'BAD_LENGTH', `has ${length} characters, allowed are 1 to ${rule.maximum}`);
  }
  if (/[\p{Cc}\p{Surrogate}]/u.test(text) || rule.pattern?.test(text) === false) {
    throw new EmvError(path, 'BAD_VALUE', 'has characters or a form that the profile does not allow');
  }
  return text;
}

/** The text at a dotted path, checked; undefined when there is none. Throws `EmvError`. */
export function textAt(nodes: readonly EmvNode[], path: string, rule: FieldRule): string | undefined {
  return checkText(findEmv(nodes, ...path.split('.')), path, rule);
}

/** As `textAt`, for an object that must be there. */
export function demandedText(nodes: readonly EmvNode[], path: string, rule: FieldRule): string {
  const text = findEmv(nodes, ...path.split('.'));
  if (text === undefined) throw new EmvError(path, 'MISSING', 'must be there');
  return checkText(text, path, rule);
}

/** Whole VND as digits: 1 to 13 of them, no leading zero. Throws `EmvError`. */
export function amountText(amountMinor: bigint, path: string): string {
  const text = amountMinor.toString();
  if (amountMinor <= 0n || text.length > 13) {
    throw new EmvError(path, 'BAD_VALUE', 'an amount is positive and has at most 13 digits');
  }
  return text;
}

/** Reads whole VND; EMV allows decimals, which for VND can only be zeros. Throws `EmvError`. */
export function readAmount(text: string, path: string): bigint {
  const whole = text.length <= 13 ? /^([1-9][0-9]*)(?:\.0{0,2})?$/.exec(text)?.[1] : undefined;
  if (whole === undefined)
    throw new EmvError(path, 'BAD_VALUE', 'is no positive whole amount of at most 13 characters');
  return BigInt(whole);
}
