import { createHash } from 'node:crypto';

/** Numbers that depend on the seed and the stream's name alone, so that a run can be made again. */
export class Random {
  private state: number;

  constructor(seed: string, stream: string) {
    this.state = createHash('sha256').update(`${seed}/${stream}`).digest().readUInt32LE(0);
  }

  /** In [0, 1); the algorithm is mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them; throws when there is none. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.integer(0, values.length - 1)];
    if (value === undefined) throw new RangeError('there is nothing to choose from');
    return value;
  }

  shuffled<T>(values: readonly T[]): T[] {
    const result: T[] = [];
    for (const value of values) result.splice(this.integer(0, result.length), 0, value);
    return result;
  }
}
