import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originalOf } from '../corrections/judge-correction';
import type { Correction } from '../invoices/invoice';
import { issueRequestOf, readyInvoice, type ReadyInvoice } from './issue-request';
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

describe('what is sent of a correction', () => {
  const ORIGINAL = { form: 1, symbol: 'C26MYY', number: '61', date: '2026-11-20' } as const;
  const correction = {
    action: 'ADJUST',
    reason: 'one cup came back',
    original: { ...ORIGINAL, invoiceId: 'i-1', provider: 'VNPAY', providerKey: 'i-1' },
  } as Correction;
  const invoice = {
    id: 'i-2',
    provider: 'VNPAY',
    providerKey: 'i-2',
    invoiceDate: '2026-11-21',
    invoiceForm: 1,
    invoiceSymbol: 'C26MYY',
    taxPoint: new Date('2026-11-20T02:00:00Z'),
    tax: { seller: { taxCode: '0104359717' }, groups: [], notes: [] },
    config: { defaultBuyer: { kind: 'CONSUMER' } },
    buyer: null,
    correction,
  } as unknown as ReadyInvoice;

  it.each([
    ['the vendor that issued the original knows it by our key', 'VNPAY', { ...ORIGINAL, requestId: 'i-1' }],
    ['another vendor knows nothing of that key', 'VNPT', ORIGINAL],
  ])('%s', (_what, provider, original) => {
    const request = issueRequestOf({ ...invoice, provider }, []);
    expect(request).toMatchObject({ origin: 'ADJUSTMENT', key: { requestId: 'i-2' } });
    expect('original' in request && request.original).toEqual(original);
  });

  it.each(['providerKey', 'invoiceDate', 'tax'] as const)('is nothing without %s', (member) => {
    expect(() => readyInvoice({ ...invoice, [member]: null })).toThrow('has no key at its provider yet');
  });

  it.each(['invoiceNumber', 'invoiceDate', 'providerKey'] as const)('names no original without %s', (member) => {
    const issued = { ...invoice, invoiceNumber: '61' };
    expect(originalOf(issued)).toEqual({ ...ORIGINAL, date: '2026-11-21', providerKey: 'i-2' });
    expect(() => originalOf({ ...issued, [member]: null })).toThrow('without number, day or key');
  });
});
