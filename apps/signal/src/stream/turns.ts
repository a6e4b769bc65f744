import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Does the work on many things in slices, each in a turn of the event loop of its own. Node takes one new connection per
 * turn, so long turns keep thousands of clients that come back at once waiting in the kernel's queue, and in its
 * overflow for seconds: a turn of 30 ms lets in 33 clients a second.
 */
export async function inTurns<T>(things: readonly T[], perTurn: number, work: (thing: T) => void): Promise<void> {
  for (const [index, thing] of things.entries()) {
    if (index > 0 && index % perTurn === 0) await nextTurn();
    work(thing);
  }
}
