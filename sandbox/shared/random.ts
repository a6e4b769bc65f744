import { createHash } from 'node:crypto';

/** 32 bytes that depend on the words alone, so that a run can be replayed from its seed. */
export function derivedBytes(...words: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(JSON.stringify(words)).digest();
}

/** A number in [0, 1) that depends on the words alone. */
export function derivedFraction(...words: readonly (string | number)[]): number {
  return derivedBytes(...words).readUInt32BE(0) / 0x1_0000_0000;
}
