import { SnowflakeError } from './snowflake-errors';
import type { SnowflakeErrorReason } from './snowflake-errors';

/** 2025-01-01T00:00:00Z, the zero of the time field. */
export const EPOCH_MS = 1_735_689_600_000n;
/** 48 bit milliseconds · 10 bit node · 12 bit sequence. */
export const TIME_BITS = 48n;
export const NODE_BITS = 10n;
export const SEQUENCE_BITS = 12n;
export const MAX_NODE_ID = 1023;
export const MAX_SEQUENCE = 4095;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MAX_VALUE = (1n << (TIME_BITS + NODE_BITS + SEQUENCE_BITS)) - 1n;
const MAX_TEXT_LENGTH = 12;
// Five Base62 digits at a time fit a double exactly, which saves most of the slow bigint divisions.
const CHUNK_DIGITS = 5;
const CHUNK = 62n ** BigInt(CHUNK_DIGITS);
const DIGITS = new Map([...ALPHABET].map((character, digit) => [character, digit]));

/** The parts of an id. `timeMs` is milliseconds since 1970. */
export interface SnowflakeParts {
  readonly timeMs: number;
  readonly node: number;
  readonly sequence: number;
  readonly value: bigint;
}

/**
 * Base62 text of an id's value: `0-9A-Za-z`, big-endian, no padding.
 * @throws SnowflakeError for a negative value or one of more than 70 bits
 */
export function encode(value: bigint): string {
  if (value < 0n || value > MAX_VALUE) throw new SnowflakeError('bad_value', 'The value does not fit a snowflake id.');
  const upper = Number(value / CHUNK);
  const lower = Number(value % CHUNK);
  if (upper === 0) return digitsOf(lower);
  return digitsOf(upper) + digitsOf(lower).padStart(CHUNK_DIGITS, '0');
}

function digitsOf(value: number): string {
  let text = '';
  let rest = value;
  do {
    text = ALPHABET.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  } while (rest > 0);
  return text;
}

/**
 * Value of an id's text. Only the canonical text is taken, so that one id has one spelling.
 * @throws SnowflakeError `not_text`, `wrong_length` (1 to 12 characters), `padded`, `foreign_character`, `too_large`
 * for a value of more than 70 bits
 */
export function decode(text: unknown): bigint {
  if (typeof text !== 'string') throw refused('not_text', 'no text');
  if (text.length === 0 || text.length > MAX_TEXT_LENGTH) throw refused('wrong_length', 'wrong length');
  if (text.length > 1 && text.startsWith('0')) throw refused('padded', 'padded');
  let value = 0n;
  for (const character of text) {
    const digit = DIGITS.get(character);
    if (digit === undefined) throw refused('foreign_character', 'foreign character');
    value = value * 62n + BigInt(digit);
  }
  if (value > MAX_VALUE) throw refused('too_large', 'too large');
  return value;
}

function refused(reason: SnowflakeErrorReason, why: string): SnowflakeError {
  return new SnowflakeError(reason, `Not a snowflake id: ${why}.`);
}

/** Value of an id from its parts. @throws SnowflakeError `bad_time`, `bad_node`, `bad_sequence` */
export function compose(timeMs: number, node: number, sequence: number): bigint {
  const elapsed = Number.isSafeInteger(timeMs) ? BigInt(timeMs) - EPOCH_MS : -1n;
  if (elapsed < 0n || elapsed >> TIME_BITS !== 0n) {
    throw new SnowflakeError('bad_time', `The time ${timeMs} does not fit an id.`);
  }
  assertNodeId(node);
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > MAX_SEQUENCE) {
    throw new SnowflakeError('bad_sequence', `Sequence ${sequence} is not within 0..${MAX_SEQUENCE}.`);
  }
  return (((elapsed << NODE_BITS) | BigInt(node)) << SEQUENCE_BITS) | BigInt(sequence);
}

/** @throws SnowflakeError `bad_node` for anything but an integer of 0..1023 @internal */
export function assertNodeId(node: number): void {
  if (Number.isInteger(node) && node >= 0 && node <= MAX_NODE_ID) return;
  throw new SnowflakeError('bad_node', `Node id ${node} is not within 0..${MAX_NODE_ID}.`);
}

/** Takes an id's text apart. @throws SnowflakeError */
export function parseSnowflake(text: unknown): SnowflakeParts {
  const value = decode(text);
  return {
    timeMs: Number((value >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS),
    node: Number((value >> SEQUENCE_BITS) & BigInt(MAX_NODE_ID)),
    sequence: Number(value & BigInt(MAX_SEQUENCE)),
    value,
  };
}

/** True for a canonical id text. Says nothing about whether the id was ever issued. */
export function isSnowflake(text: unknown): text is string {
  try {
    decode(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Numeric order of two id texts, as a sort comparator. The alphabet is in ASCII order, so a longer text is the larger
 * number and equal lengths compare as text; plain text order alone breaks where ids grow from 10 to 11 characters.
 */
export function compareIds(left: string, right: string): -1 | 0 | 1 {
  if (left === right) return 0;
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return left < right ? -1 : 1;
}
