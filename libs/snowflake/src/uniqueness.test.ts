import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockMovedBackError, MAX_SEQUENCE, NotFencedError, compareIds, parseSnowflake } from './index';
import { NodeWorld } from './node-world.fixture';
import type { Process } from './node-world.fixture';

const START_MS = Date.parse('2026-11-20T04:07:52.284Z');
const NODES = 2;
const LEASE_MS = 6_000;

type Step = readonly [
  kind: 'issue' | 'exhaust' | 'advance' | 'jump' | 'start' | 'succeed' | 'renew' | 'release',
  who: number,
  ms: number,
];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.oneof(
    { weight: 10, arbitrary: fc.constant('issue' as const) },
    { weight: 8, arbitrary: fc.constantFrom('advance', 'jump', 'start', 'succeed', 'renew', 'release' as const) },
    { weight: 1, arbitrary: fc.constant('exhaust' as const) },
  ),
  fc.nat({ max: 7 }),
  // Few distances, so that clocks often meet in the same millisecond.
  fc.constantFrom(0, 0, 1, -1, 100, -100, -101, 6_000, -6_000, 10_000),
);

/** Every id that one history issues, in order, with the process that issued it. */
function play(steps: readonly Step[]): { process: Process; id: string }[] {
  const world = new NodeWorld(NODES, START_MS);
  const issued: { process: Process; id: string }[] = [];
  const issue = (process: Process, count: number): void => {
    try {
      for (let done = 0; done < count; done += 1) issued.push({ process, id: process.generator.next() });
    } catch (error) {
      if (!(error instanceof ClockMovedBackError || error instanceof NotFencedError)) throw error;
    }
  };
  for (let node = 0; node < NODES; node += 1) world.start(node, 0);
  for (const [kind, who, ms] of steps) {
    const process = world.processes[who % world.processes.length];
    if (process === undefined) throw new Error('no process');
    if (kind === 'issue') issue(process, 3);
    else if (kind === 'exhaust') issue(process, MAX_SEQUENCE + 2);
    else if (kind === 'advance') world.advance(Math.abs(ms));
    else if (kind === 'jump') process.skewMs += ms;
    else if (kind === 'start') world.start(who % NODES, ms);
    else if (kind === 'succeed') {
      world.advance(LEASE_MS);
      world.start(who % NODES, ms);
    } else world[kind](process);
  }
  return issued;
}

describe('ids of several nodes', () => {
  it('are never equal, whatever restarts, pauses, clock jumps and hand-overs happen', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const issued = play(steps);
        const last = new Map<Process, string>();
        // Some histories have tens of thousands of ids: only the wrong ones are looked at.
        const wrong = issued.filter(({ process, id }) => {
          const before = last.get(process) ?? '';
          last.set(process, id);
          return compareIds(before, id) !== -1 || parseSnowflake(id).node !== process.nodeId;
        });
        expect(wrong).toEqual([]);
        expect(new Set(issued.map(({ id }) => id)).size).toBe(issued.length);
      }),
    );
  });

  it('are not doubled by a paused holder who wakes beside his successor', () => {
    const issued = play([
      ['issue', 0, 0],
      ['advance', 0, 6_000],
      ['start', 0, -5_000],
      ['issue', 0, 0],
      ['issue', 2, 0],
      ['advance', 0, 6_000],
      ['renew', 2, 0],
      ['issue', 0, 0],
      ['issue', 2, 0],
    ]);
    // The successor's clock is slow: it waits for the times that were promised to the holder to pass.
    expect(issued).toHaveLength(6);
    expect(new Set(issued.map(({ id }) => id)).size).toBe(6);
  });

  it('go on after an orderly hand-over in the same millisecond', () => {
    const issued = play([
      ['issue', 0, 0],
      ['release', 0, 0],
      ['start', 0, 0],
      ['issue', 2, 0],
    ]);
    expect(issued.map(({ id }) => parseSnowflake(id).timeMs - START_MS)).toEqual([0, 0, 0, 1, 1, 1]);
  });
});
