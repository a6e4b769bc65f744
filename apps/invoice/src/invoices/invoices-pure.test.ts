import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ISSUANCE_STATUSES, type IssuanceStatus } from '@nx/contracts';
import { brokenAt, auditHash, CHAIN_START, type ChainedStep } from './audit-chain';
import { assertIssuanceStates, mayChange } from './issuance-state';
import { releaseAt } from './release-rule';

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

describe('when a pending invoice is issued', () => {
  // 10:00 in Vietnam; the legal deadline is the end of that day.
  const base = {
    findings: [],
    claimOpen: false,
    legalDeadlineAt: new Date('2026-11-20T16:59:59.999Z'),
    scheduleTime: '21:00',
    now: new Date('2026-11-20T03:00:00Z'),
  } as const;

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
});
