import { parseWireAmount } from './amount';
import { GatewayFieldError, GatewayMessageError } from './gateway-error';
import type { GatewayFault } from './gateway-error';
import { isWireAddress, parseWireTime } from './wire-values';

/** What one field of a message may hold, in characters. */
export interface FieldRule {
  readonly minimum: number;
  readonly maximum: number;
  readonly optional?: boolean;
  readonly pattern?: RegExp;
  /** The only text that this message has there. */
  readonly exactly?: string;
  readonly kind?: 'AMOUNT' | 'TIME' | 'ADDRESS';
}

export type FieldTable = Readonly<Record<string, FieldRule>>;

export const DIGITS = /^[0-9]+$/;
/** What all encoders leave alone and no separator cuts. */
export const PLAIN = /^[A-Za-z0-9._-]+$/;
export const ORDER_INFO = /^[A-Za-z0-9 .:-]+$/;
/** Printable ASCII without the characters on which encoders disagree. */
export const AGREED = /^(?!.*[!'()*~])[\x20-\x7e]+$/;

/** What is wrong with a value, or null. An empty value is an absent one. */
export function faultOf(rule: FieldRule, value: string): GatewayFault | null {
  if (value === '') return rule.optional === true ? null : 'MISSING';
  if (rule.exactly !== undefined && value !== rule.exactly) return 'UNEXPECTED';
  if (value.length < rule.minimum) return 'TOO_SHORT';
  if (value.length > rule.maximum) return 'TOO_LONG';
  if (rule.pattern?.test(value) === false) return 'BAD_CHARACTERS';
  switch (rule.kind) {
    case 'AMOUNT':
      return parseWireAmount(value) === null ? 'NOT_AN_AMOUNT' : null;
    case 'TIME':
      return parseWireTime(value) === null ? 'NOT_A_TIME' : null;
    case 'ADDRESS':
      return isWireAddress(value) ? null : 'NOT_AN_ADDRESS';
    default:
      return null;
  }
}

/** For builders: throws `GatewayFieldError` for the first bad field of the table. */
export function checkOutgoing(table: FieldTable, values: Readonly<Record<string, string>>): void {
  for (const [field, rule] of Object.entries(table)) {
    const fault = faultOf(rule, values[field] ?? '');
    if (fault !== null) throw new GatewayFieldError(field, fault);
  }
}

/** For parsers: the fields of the table by name, absent ones empty. Throws `GatewayMessageError` for the first bad one. */
export function readFields<Name extends string>(
  table: Readonly<Record<Name, FieldRule>>,
  valueOf: (name: string) => string,
): Readonly<Record<Name, string>> {
  const entries = Object.entries<FieldRule>(table).map(([field, rule]) => {
    const value = valueOf(field);
    const fault = faultOf(rule, value);
    if (fault !== null) throw new GatewayMessageError(field, fault);
    return [field, value] as const;
  });
  return Object.fromEntries(entries) as Record<Name, string>;
}
