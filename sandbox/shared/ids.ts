import { derivedBytes } from './random';

/** 2025-01-01T00:00:00Z: ids count milliseconds from here (48 bit), then 10 bit node, 12 bit sequence. */
const EPOCH_MS = 1_735_689_600_000;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The sandbox's own node. Services use others, one-off tools 950–999. */
const NODE = 1001;
/** 2026-01-01: ids of personas are derived around it, so that they look like ids made before the run. */
const DERIVED_FROM_MS = 1_767_225_600_000;

let lastMs = 0;
let sequence = 0;

function base62(value: bigint): string {
  let rest = value;
  let text = '';
  do {
    text = (ALPHABET[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  } while (rest > 0n);
  return text;
}

function compose(ms: number, part: number): string {
  return base62((BigInt(ms - EPOCH_MS) << 22n) | (BigInt(NODE) << 12n) | BigInt(part));
}

/** A new id; time only grows, also when the clock is set back. */
export function newId(): string {
  const now = Math.max(Date.now(), lastMs);
  sequence = now === lastMs ? sequence + 1 : 0;
  lastMs = sequence > 4095 ? now + 1 : now;
  if (sequence > 4095) sequence = 0;
  return compose(lastMs, sequence);
}

/** The same id for the same seed and name in every run. */
export function derivedId(seed: string, name: string): string {
  const bytes = derivedBytes('id', seed, name);
  return compose(DERIVED_FROM_MS + (bytes.readUInt32BE(0) % 86_400_000), bytes.readUInt16BE(4) & 4095);
}
