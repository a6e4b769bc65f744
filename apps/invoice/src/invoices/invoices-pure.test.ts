import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ISSUANCE_STATUSES, type IssuanceStatus } from '@nx/contracts';
import { brokenAt, auditHash, CHAIN_START, type ChainedStep } from './audit-chain';
import { assertIssuanceStates, mayChange } from './issuance-state';
import { releaseAt } from './release-rule';
import { cronProblem, nextRun, scheduleOf, timeZoneProblem } from './schedule';

describe('the issuance states', () => {
  it('can all be reached, and the final ones are left by nothing', () => {
    expect(() => assertIssuanceStates()).not.toThrow();
    for (const to of ISSUANCE_STATUSES) {
      expect(mayChange('SUCCESS', to)).toBe(false);
      expect(mayChange('CANCELLED', to)).toBe(false);
    }
  });

  it.each<[IssuanceStatus, IssuanceStatus, boolean]>([
    ['PENDING', 'PROCESSING', true],
    ['PENDING', 'SUCCESS', false],
    ['PENDING', 'CANCELLED', true],
    ['PENDING', 'UNKNOWN', false],
    ['PROCESSING', 'SUCCESS', true],
    ['PROCESSING', 'PENDING', true],
    ['PROCESSING', 'FAILED', true],
    ['PROCESSING', 'UNKNOWN', true],
    ['PROCESSING', 'CANCELLED', false],
    ['UNKNOWN', 'PROCESSING', false],
    ['UNKNOWN', 'SUCCESS', true],
    ['UNKNOWN', 'PENDING', true],
    ['UNKNOWN', 'FAILED', true],
    ['UNKNOWN', 'CANCELLED', false],
    ['FAILED', 'PENDING', true],
    ['FAILED', 'PROCESSING', false],
    ['FAILED', 'CANCELLED', true],
  ])('%s → %s: %s', (from, to, allowed) => {
    expect(mayChange(from, to)).toBe(allowed);
  });
});

describe('the audit chain', () => {
  const chainOf = (outcomes: readonly string[]): ChainedStep[] => {
    let previousHash = CHAIN_START;
    return outcomes.map((outcome, index) => {
      const step = {
        invoiceId: 'i1',
        position: BigInt(index + 1),
        eventType: 'E',
        outcome,
        before: null,
        after: { b: 1, a: index },
        actorId: 'system',
        createdAtMs: index,
      };
      const row = { ...step, previousHash, hash: auditHash(previousHash, step) };
      previousHash = row.hash;
      return row;
    });
  };

  it('shows every change of every row', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.string(),
        (outcomes, at, other) => {
          const chain = chainOf(outcomes);
          const version = BigInt(chain.length);
          expect(brokenAt(chain, version)).toBeUndefined();
          expect(brokenAt(chain.slice(0, -1), version)).toBe(version);
          const index = at % chain.length;
          const row = chain[index];
          if (row === undefined || row.outcome === other) return;
          expect(brokenAt(chain.with(index, { ...row, outcome: other }), version)).toBe(row.position);
          if (index > 0) expect(brokenAt(chain.toSpliced(index - 1, 1), version)).toBe(BigInt(index));
        },
      ),
    );
  });

  it('is the same for a value and for what jsonb gives back of it, dates included', () => {
    const step = {
      ...chainOf(['A'])[0],
      after: { at: new Date(1_700_000_000_000), list: [new Date(0)], none: undefined },
    };
    const stored = { ...step, after: JSON.parse(JSON.stringify(step.after)) as object } as ChainedStep;
    expect(auditHash(CHAIN_START, stored)).toBe(auditHash(CHAIN_START, step as ChainedStep));
  });

  it('does not depend on the order of members, which jsonb loses', () => {
    const [row] = chainOf(['x']);
    if (row === undefined) throw new Error('no row');
    expect(auditHash(CHAIN_START, { ...row, after: { a: 0, b: 1 } })).toBe(row.hash);
  });
});

// 10:00 in Vietnam; the legal deadline is the end of that day.
const base = {
  findings: [],
  claimOpen: false,
  legalDeadlineAt: new Date('2026-11-20T16:59:59.999Z'),
  schedule: scheduleOf({ time: '21:00' }),
  now: new Date('2026-11-20T03:00:00Z'),
} as const;

describe('when a pending invoice is issued', () => {
  it.each([
    ['REAL_TIME', {}, base.now],
    ['MANUAL', {}, null],
    ['BUYER_SELF_SERVICE', { claimOpen: true }, null],
    ['BUYER_SELF_SERVICE', {}, base.now],
    ['REAL_TIME', { findings: ['SELLER_TAX_MISSING'] }, null],
    ['SCHEDULED', {}, new Date('2026-11-20T14:00:00Z')],
    // The next batch would come after the day's target: it goes at 23:50.
    ['SCHEDULED', { now: new Date('2026-11-20T14:30:00Z') }, new Date('2026-11-20T16:50:00Z')],
    // A sale after 23:50 is issued at once.
    ['SCHEDULED', { now: new Date('2026-11-20T16:55:00Z') }, new Date('2026-11-20T16:55:00Z')],
  ] as const)('%s %j', (mode, change, at) => {
    expect(releaseAt({ ...base, ...change, mode })).toEqual(at);
  });

  it.each([
    ['every half hour', '*/30 9-22 * * *', '2026-11-20T03:30:00Z'],
    // A Friday: the batch of Monday would be too late for the law.
    ['weekdays only, after hours', '0 9 * * 1-5', '2026-11-20T16:50:00Z'],
    ['once a year', '0 0 1 1 *', '2026-11-20T16:50:00Z'],
  ])('a cron, %s, unless the law is earlier', (_what, cron, at) => {
    const schedule = { cron, timeZone: 'Asia/Ho_Chi_Minh' };
    expect(releaseAt({ ...base, mode: 'SCHEDULED', schedule })).toEqual(new Date(at));
  });

  it('never lets a schedule miss the target of the law, whatever it says', () => {
    const field = (min: number, max: number): fc.Arbitrary<string> =>
      fc.oneof(fc.constant('*'), fc.integer({ min, max }).map(String));
    fc.assert(
      fc.property(
        fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)),
        fc.constantFrom('Asia/Ho_Chi_Minh', 'America/New_York', 'Pacific/Apia'),
        fc.integer({ min: 0, max: 86_400_000 - 1 }),
        (fields, timeZone, ofDayMs) => {
          const now = new Date(Date.parse('2026-11-19T17:00:00Z') + ofDayMs);
          const schedule = { cron: fields.join(' '), timeZone };
          const at = releaseAt({ ...base, mode: 'SCHEDULED', schedule, now });
          const target = Date.parse('2026-11-20T16:50:00Z');
          expect(at?.getTime()).toBeGreaterThanOrEqual(now.getTime());
          expect(at?.getTime()).toBeLessThanOrEqual(Math.max(target, now.getTime()));
          expect(nextRun(schedule, now).getTime()).toBeGreaterThanOrEqual(Math.min(at?.getTime() ?? 0, target));
        },
      ),
    );
  });
});

describe('the schedule of a configuration', () => {
  it.each([
    ['the night in which a clock is put forward', '30 2 * * *', '2026-03-08T06:00:00Z', '2026-03-08T07:30:00Z'],
    ['an hour that comes twice, once', '30 1 * * *', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
    ['midnight', '0 0 * * *', '2026-07-01T03:59:59Z', '2026-07-01T04:00:00Z'],
  ])('in another zone: %s', (_what, cron, after, next) => {
    expect(nextRun({ cron, timeZone: 'America/New_York' }, new Date(after))).toEqual(new Date(next));
  });

  it('runs strictly after the instant, so that one run is not taken twice', () => {
    const at = new Date('2026-11-20T14:00:00Z');
    expect(nextRun(scheduleOf({ time: '21:00' }), at)).toEqual(new Date('2026-11-21T14:00:00Z'));
    expect(nextRun(scheduleOf({ time: '21:00', timeZone: 'Asia/Tokyo' }), at)).toEqual(
      new Date('2026-11-21T12:00:00Z'),
    );
  });

  it.each([
    '* * * *',
    '0 0 * * * *',
    '@daily',
    '61 * * * *',
    '0 0 30 2 *',
    '0 0 31 4,6 *',
    'H H * * *',
    '0 0 L * *',
    '0 21 * * 8',
  ])('refuses %s', (cron) => expect(cronProblem(cron, base.now)).toMatch(/five fields|a day that/));
  it.each(['* * * * *', '0 21 * * 1-5', '*/15 8-22 1,15 JAN-MAR mon', '0 0 29 2 *'])('takes %s', (cron) =>
    expect(cronProblem(cron, base.now)).toBeUndefined(),
  );
  it.each([
    ['Asia/Ho_Chi_Minh', true],
    ['America/New_York', true],
    ['+07:00', false],
    ['Asia/Nowhere', false],
    ['', false],
  ])('knows the zone %s: %s', (zone, good) => expect(timeZoneProblem(zone) === undefined).toBe(good));
});
