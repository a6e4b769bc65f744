import { describe, expect, it } from 'vitest';
import { decideDelivery, retryAfterMs, type TryOutcome } from './retry-policy';
import { excerptOf } from './webhook-request';

const PAUSES = { backoffMs: 1000, breakerOpenMs: 10_000 };
const HOUR = 3_600_000;
const decide = (outcome: TryOutcome, tries = 1, maxRetries = 3, random = 1) =>
  decideDelivery(outcome, tries, maxRetries, PAUSES, random);

describe('what follows from one try', () => {
  it.each([
    // [what came back, tries with this one, what follows]
    [{ status: 200 }, 1, { kind: 'DELIVERED' }],
    [{ status: 204 }, 4, { kind: 'DELIVERED' }],
    [{ status: 299 }, 9, { kind: 'DELIVERED' }],
    [{ status: 410 }, 1, { kind: 'GONE' }],
    [{ status: 300 }, 1, { kind: 'RETRY', delayMs: 1000 }],
    [{ status: 307 }, 1, { kind: 'RETRY', delayMs: 1000 }],
    [{ status: 400 }, 1, { kind: 'RETRY', delayMs: 1000 }],
    [{ status: 500 }, 2, { kind: 'RETRY', delayMs: 2000 }],
    [{ error: 'no answer in time' }, 3, { kind: 'RETRY', delayMs: 4000 }],
    [{ status: 400 }, 4, { kind: 'DEAD', reason: 'status 400', transient: false }],
    [{ status: 429 }, 4, { kind: 'DEAD', reason: 'status 429', transient: false }],
    [{ status: 503 }, 4, { kind: 'DEAD', reason: 'status 503', transient: true }],
    [{ error: 'ECONNREFUSED' }, 4, { kind: 'DEAD', reason: 'ECONNREFUSED', transient: true }],
    [{ error: 'refused', refused: true }, 1, { kind: 'DEAD', reason: 'refused', transient: false }],
    [{ error: 'breaker is open', notCalled: true }, 1, { kind: 'WAIT', delayMs: 15_000 }],
    // Nothing counts while nobody is called, so that an outage alone uses up no try.
    [{ error: 'breaker is open', notCalled: true }, 4, { kind: 'WAIT', delayMs: 15_000 }],
    [{ status: 429, retryAfterMs: 90_000 }, 1, { kind: 'RETRY', delayMs: 90_000 }],
    [{ status: 503, retryAfterMs: 90_000 }, 1, { kind: 'RETRY', delayMs: 90_000 }],
    [{ status: 429, retryAfterMs: 10 }, 1, { kind: 'RETRY', delayMs: 1000 }],
    [{ status: 429, retryAfterMs: 100 * HOUR }, 1, { kind: 'RETRY', delayMs: 6 * HOUR }],
  ] as const)('%j at try %i: %j', (outcome, tries, decision) => {
    expect(decide(outcome, tries)).toEqual(decision);
  });

  it('grows twofold up to six hours, with jitter that never halves it further', () => {
    const delays = (random: number) =>
      Array.from({ length: 11 }, (_none, index) => {
        const decision = decide({ status: 500 }, index + 1, 20, random);
        return decision.kind === 'RETRY' ? decision.delayMs : NaN;
      });
    expect(delays(1)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].map((seconds) => seconds * 1000));
    expect(delays(0)).toEqual(delays(1).map((ms) => ms / 2));
    expect(decide({ status: 500 }, 20, 30)).toEqual({ kind: 'RETRY', delayMs: 6 * HOUR });
  });

  it.each([0, 1, 10])('tries again %i times and no more', (maxRetries) => {
    const kinds = Array.from({ length: maxRetries + 1 }, (_none, index) =>
      decide({ status: 500 }, index + 1, maxRetries),
    );
    expect(kinds.map(({ kind }) => kind)).toEqual([...Array(maxRetries).fill('RETRY'), 'DEAD']);
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 20, 3, 0, 0);
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Fri, 20 Nov 2026 03:02:00 GMT', 120_000],
    // The two older forms that a receiver must take (RFC 9110 §5.6.7).
    ['Friday, 20-Nov-26 03:02:00 GMT', 120_000],
    ['Fri Nov 20 03:02:00 2026 GMT', 120_000],
    ['Fri, 20 Nov 2026 02:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

describe('what is kept of an answer', () => {
  it.each([
    ['short', 'ok', 'ok'],
    ['longer', 'x'.repeat(5000), 'x'.repeat(1024)],
    ['with a letter that the end would cut', `${'x'.repeat(1023)}é`, 'x'.repeat(1023)],
    ['of letters of three bytes', 'ề'.repeat(1000), 'ề'.repeat(341)],
    ['with zero bytes', 'a\u0000b', 'ab'],
  ])('%s', (_what, answer, kept) => {
    expect(excerptOf(Buffer.from(answer))).toBe(kept);
  });

  it('is at most 1 KiB, also of bytes that are no text', () => {
    const excerpt = excerptOf(Buffer.alloc(64 * 1024, 0xff));
    expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(1024);
    expect(excerpt.length).toBeGreaterThan(300);
  });
});
