import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES } from './fault-kinds';
import { makePlan, ROLES, type PlanOptions } from './plan';

const seeds = fc.string({ minLength: 1, maxLength: 20 });
const options: fc.Arbitrary<PlanOptions> = fc.record({
  minutes: fc.double({ min: 0.25, max: 10, noNaN: true }),
  faults: fc.subarray([...FAULT_NAMES]),
  replicas: fc.integer({ min: 2, max: 3 }),
});

describe('a plan', () => {
  it('is the same for the same seed and options, and another for another seed', () => {
    fc.assert(
      fc.property(seeds, options, (seed, given) => {
        expect(makePlan(seed, given)).toEqual(makePlan(seed, given));
        expect(makePlan(seed, given).sales).not.toEqual(makePlan(`${seed}.`, given).sales);
      }),
    );
  });

  it('keeps to its time, its kinds and its processes', () => {
    fc.assert(
      fc.property(seeds, options, (seed, given) => {
        const plan = makePlan(seed, given);
        const names = ROLES.flatMap((role) => Array.from({ length: given.replicas }, (_, n) => `${role}-${n + 1}`));
        for (const { atMs } of [...plan.sales, ...plan.taxChanges]) expect(atMs).toBeLessThan(plan.lastsMs);
        for (const { atMs, kind, target, arm } of plan.faults) {
          expect(given.faults).toContain(kind);
          expect(atMs).toBeLessThan(plan.lastsMs - 5_000);
          if (kind === 'kill' || kind === 'pause' || kind === 'fail-point') expect(names).toContain(target);
          expect(arm === undefined).toBe(
            [
              'kill',
              'fail-point',
              'pause',
              'redis-empty',
              'redis-stop',
              'kafka-stop',
              'postgres-stop',
              'cut',
              'silence',
            ].includes(kind),
          );
        }
        const wrong = plan.sales.filter(({ kind }) => kind === 'WRONG_AMOUNT' || kind === 'PAID_TWICE');
        if (!given.faults.includes('wrong-amount')) expect(wrong).toEqual([]);
      }),
    );
  });

  it('deals every kind of fault before one comes again', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { faults } = makePlan(seed, { minutes: 3, faults: FAULT_NAMES, replicas: 2 });
        const dealt = FAULT_NAMES.length - 1;
        expect(new Set(faults.slice(0, dealt).map(({ kind }) => kind)).size).toBe(dealt);
      }),
    );
  });
});
