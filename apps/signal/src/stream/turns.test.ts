import { describe, expect, it } from 'vitest';
import { inTurns } from './turns';

describe('work in turns', () => {
  it('does everything in order and lets the event loop go on after each slice', async () => {
    const things = Array.from({ length: 95 }, (_thing, index) => index);
    const done: number[] = [];
    const seenByOthers: number[] = [];
    const look = (): void => {
      seenByOthers.push(done.length);
      if (done.length < things.length) setImmediate(look);
    };
    setImmediate(look);
    await inTurns(things, 10, (thing) => void done.push(thing));
    expect(done).toEqual(things);
    // Who came in between saw nine states of half-done work: nobody waited for more than a slice.
    const steps = seenByOthers.map((seen, at) => seen - (seenByOthers[at - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(10);
    expect(new Set(seenByOthers).size).toBeGreaterThanOrEqual(9);
  });
});
