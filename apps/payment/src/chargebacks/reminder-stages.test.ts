import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstReminder, reminderState } from './reminder-stages';

const DAY = 86_400_000;
const DUE = 100 * DAY;
const BEFORE = [DAY, 3 * DAY];

describe('reminders of evidence', () => {
  it.each([
    ['long before', DUE - 3 * DAY - 1, 'NOT_YET', DUE - 3 * DAY],
    ['three days before', DUE - 3 * DAY, 'NEAR', DUE - DAY],
    ['a day before', DUE - DAY, 'NEAR', DUE],
    ['a moment before', DUE - 1, 'NEAR', DUE],
    ['on the day', DUE, 'PASSED', null],
    ['long after', DUE + 9 * DAY, 'PASSED', null],
  ])('%s', (_name, now, stage, nextAt) => {
    expect(reminderState(DUE, BEFORE, now)).toEqual({ stage, nextAt });
  });

  it('of a new case begin with the stage that is ahead, and with the day itself where it has passed', () => {
    expect(firstReminder(null, BEFORE, DUE)).toBeNull();
    expect(firstReminder(DUE, BEFORE, DUE - 2 * DAY)).toBe(DUE - DAY);
    expect(firstReminder(DUE, BEFORE, DUE + 1)).toBe(DUE);
    expect(firstReminder(DUE, [], DUE - 1)).toBe(DUE);
  });

  it('come once for each stage, whatever the stages are and whenever somebody looks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(120)), (before, looks) => {
        let next: number | null = firstReminder(100, before, 0);
        let told = 0;
        for (const now of [...looks, 120].toSorted((a, b) => a - b)) {
          if (next === null || now < next) continue;
          told += 1;
          const { nextAt } = reminderState(100, before, now);
          expect(nextAt === null || nextAt > now).toBe(true);
          next = nextAt;
        }
        expect(next).toBeNull();
        expect(told).toBeGreaterThan(0);
        expect(told).toBeLessThanOrEqual(new Set([...before, 0]).size);
      }),
    );
  });
});
