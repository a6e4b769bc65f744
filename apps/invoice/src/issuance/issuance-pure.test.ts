import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeNegative } from './not-issued-proof';
import { nextRetry } from './retry-policy';

const MINUTE = 60_000;
const base = { lastIssueEndedAt: 0, longestProcessingMs: MINUTE, gapMs: MINUTE };

describe('the proof that nothing was issued', () => {
  it.each([
    [
      { askedAt: MINUTE - 1, notFoundSince: null },
      { kind: 'TOO_EARLY', askAgainAt: MINUTE },
    ],
    [
      { askedAt: MINUTE, notFoundSince: null },
      { kind: 'FIRST', askAgainAt: 2 * MINUTE },
    ],
    [
      { askedAt: 2 * MINUTE - 1, notFoundSince: MINUTE },
      { kind: 'WAIT', askAgainAt: 2 * MINUTE },
    ],
    [{ askedAt: 2 * MINUTE, notFoundSince: MINUTE }, { kind: 'PROVEN' }],
  ])('%j → %j', (look, verdict) => {
    expect(judgeNegative({ ...base, ...look })).toEqual(verdict);
  });

  it('never stands on less than two look-ups a gap apart, the first after the longest processing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 * MINUTE }), { maxLength: 12 }), (instants) => {
        let notFoundSince: number | null = null;
        const counted: number[] = [];
        for (const askedAt of instants.toSorted((a, b) => a - b)) {
          const verdict = judgeNegative({ ...base, askedAt, notFoundSince });
          if (verdict.kind === 'PROVEN') {
            const first = counted[0] ?? Number.NaN;
            expect(first).toBeGreaterThanOrEqual(base.longestProcessingMs);
            expect(askedAt - first).toBeGreaterThanOrEqual(base.gapMs);
            return;
          }
          if (verdict.kind === 'FIRST') {
            notFoundSince = askedAt;
            counted.push(askedAt);
          }
        }
      }),
    );
  });
});

describe('retries', () => {
  const retry = { maxRetryCount: 4, retryDelayMinutes: [5, 15, 60] };
  const now = new Date(0);

  it.each([
    [0, { retryCount: 1, at: new Date(5 * MINUTE) }],
    [1, { retryCount: 2, at: new Date(15 * MINUTE) }],
    [2, { retryCount: 3, at: new Date(60 * MINUTE) }],
    [3, { retryCount: 4, at: new Date(60 * MINUTE) }],
    [4, undefined],
  ])('after %i', (count, next) => {
    expect(nextRetry(retry, count, now, MINUTE)).toEqual(next);
  });

  it('waits at least as long as the provider asks', () => {
    expect(nextRetry(retry, 0, now, MINUTE, 10 * MINUTE)?.at).toEqual(new Date(10 * MINUTE));
  });
});
