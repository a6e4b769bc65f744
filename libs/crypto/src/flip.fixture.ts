import fc from 'fast-check';

/** A change of one or more bits of one byte, somewhere in what it is applied to. */
export interface Flip {
  readonly at: number;
  readonly mask: number;
}

export const anyFlip: fc.Arbitrary<Flip> = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  mask: fc.integer({ min: 1, max: 255 }),
});

/** A copy with the bits of one byte turned. */
export function flipped(bytes: Uint8Array, { at, mask }: Flip): Buffer {
  const copy = Buffer.from(bytes);
  const index = Math.floor(at * copy.length);
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}
