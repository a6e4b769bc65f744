import { describe, expect, it } from 'vitest';
import { decideRefundOpening, decideRefundRetry, openSuspenseRefund } from './open-refund';
import type { RefundCircumstances, RefundOpening, RefundRequestTerms } from './open-refund';
import { decideAutomaticRefund } from './refund-suspense';
import type { AutomaticRefundCircumstances } from './refund-suspense';
import { attemptOf, itemOf, refundOf, transactionOf } from './refund.fixture';
import type { RefundableAttempt } from './refund';

const circumstances = (
  attempts: readonly RefundableAttempt[] = [attemptOf()],
  change: Partial<RefundCircumstances> = {},
): RefundCircumstances => ({
  transaction: transactionOf(),
  attempts,
  hasOpenAttempts: false,
  hasOpenChargeback: false,
  ...change,
});

const whatOf = (opening: RefundOpening): string =>
  opening.accepted ? `${opening.attemptId}${opening.tryNumber}` : opening.problem;

const split = [
  attemptOf({ attemptId: 'A', paidAtMs: 1, appliedMinor: 60n }),
  attemptOf({ attemptId: 'B', paidAtMs: 3, appliedMinor: 30n }),
  attemptOf({ attemptId: 'C', paidAtMs: 2, appliedMinor: 40n }),
];
const by = (attempts: readonly RefundableAttempt[], transaction: Parameters<typeof transactionOf>[0] = {}) =>
  circumstances(attempts, { transaction: transactionOf({ totalMinor: 130n, paidMinor: 130n, ...transaction }) });
const ask = (amountMinor: bigint, change: Partial<RefundRequestTerms> = {}): RefundRequestTerms => ({
  amountMinor,
  instrument: 'ORIGINAL',
  ...change,
});
const cashAttempt = attemptOf({ refundsByProvider: false });
const partial = transactionOf({ status: '300_PARTIAL', totalMinor: 300n });

const OPENINGS: readonly (readonly [string, RefundCircumstances, RefundRequestTerms, string])[] = [
  ['all of it', circumstances(), ask(100n), 'A1'],
  ['one đồng', circumstances(), ask(1n), 'A1'],
  ['one đồng too much', circumstances(), ask(101n), 'MORE_THAN_REFUNDABLE'],
  ['the last paid that bears it', by(split), ask(30n), 'B1'],
  ['the last paid bears too little', by(split), ask(31n), 'C1'],
  ['only the first bears it', by(split), ask(60n), 'A1'],
  ['none bears it alone', by(split), ask(61n), 'ATTEMPT_REQUIRED'],
  ['a named one', by(split), ask(30n, { attemptId: 'A' }), 'A1'],
  ['a named one that bears too little', by(split), ask(31n, { attemptId: 'B' }), 'MORE_THAN_ATTEMPT_BEARS'],
  ['a named one that is unknown', by(split), ask(1n, { attemptId: 'D' }), 'ATTEMPT_UNKNOWN'],
  [
    'what was given back and what is set aside is no longer there',
    by([attemptOf({ appliedMinor: 60n, refundedMinor: 10n, refundReservedMinor: 20n })]),
    ask(31n, { attemptId: 'A' }),
    'MORE_THAN_ATTEMPT_BEARS',
  ],
  [
    'a payment that was taken back',
    circumstances([attemptOf({ status: '507_REVERSED' })]),
    ask(1n),
    'ATTEMPT_REQUIRED',
  ],
  [
    'each counter of the transaction',
    by(split, { refundedMinor: 50n, refundReservedMinor: 40n, chargedBackMinor: 20n }),
    ask(21n),
    'MORE_THAN_REFUNDABLE',
  ],
  [
    'the last of it',
    by(split, { refundedMinor: 50n, refundReservedMinor: 40n, chargedBackMinor: 20n }),
    ask(20n),
    'B1',
  ],
  [
    'a blocked transaction',
    circumstances([attemptOf()], { transaction: transactionOf({ status: '403_BLOCKED' }), hasOpenChargeback: true }),
    ask(1n),
    'TRANSACTION_BLOCKED',
  ],
  ['an open chargeback', circumstances([attemptOf()], { hasOpenChargeback: true }), ask(1n), 'CHARGEBACK_OPEN'],
  [
    'PARTIAL with open attempts',
    circumstances([attemptOf()], { transaction: partial, hasOpenAttempts: true }),
    ask(1n),
    'ATTEMPTS_OPEN',
  ],
  ['PARTIAL without', circumstances([attemptOf()], { transaction: partial }), ask(1n), 'A1'],
  ['SETTLED while a cancel is on its way', circumstances([attemptOf()], { hasOpenAttempts: true }), ask(1n), 'A1'],
  ['one in flight', circumstances([attemptOf({ hasRefundInFlight: true })]), ask(1n), 'REFUND_IN_FLIGHT'],
  [
    'one in flight, another attempt is free',
    by([attemptOf({ hasRefundInFlight: true, paidAtMs: 9 }), attemptOf({ attemptId: 'B' })]),
    ask(30n),
    'B1',
  ],
  ['a part, whole only', circumstances([attemptOf({ refundsInPart: false })]), ask(99n), 'PART_NOT_POSSIBLE'],
  ['the whole, whole only', circumstances([attemptOf({ refundsInPart: false })]), ask(100n), 'A1'],
  ['a part of cash', circumstances([attemptOf({ refundsInPart: false, refundsByProvider: false })]), ask(99n), 'A1'],
  [
    'by hand before the provider failed',
    circumstances(),
    ask(1n, { instrument: 'CASH', evidence: 'R' }),
    'FAILURE_NOT_PROVEN',
  ],
  ['by hand where only hands can', circumstances([cashAttempt]), ask(1n, { instrument: 'CASH', evidence: 'R' }), 'A1'],
  ['by hand without proof', circumstances([cashAttempt]), ask(1n, { instrument: 'BANK_TRANSFER' }), 'EVIDENCE_MISSING'],
  [
    'by hand, blank proof',
    circumstances([cashAttempt]),
    ask(1n, { instrument: 'CASH', evidence: ' ' }),
    'EVIDENCE_MISSING',
  ],
  [
    'by hand while one is in flight',
    circumstances([attemptOf({ refundsByProvider: false, hasRefundInFlight: true })]),
    ask(1n, { instrument: 'CASH', evidence: 'R', attemptId: 'A' }),
    'REFUND_IN_FLIGHT',
  ],
];

describe('decideRefundOpening', () => {
  it.each(OPENINGS)('%s', (_name, state, terms, expected) => {
    expect(whatOf(decideRefundOpening(state, terms))).toBe(expected);
  });

  it('sets the money aside under both counters and posts it', () => {
    expect(decideRefundOpening(circumstances(), ask(40n))).toEqual({
      accepted: true,
      attemptId: 'A',
      tryNumber: 1,
      decision: {
        moves: [],
        tryStatus: 'NEW',
        reservedMinor: 40n,
        refundedMinor: 0n,
        suspenseRefundedMinor: 0n,
        posting: 'OPENED',
        findings: [],
      },
    });
  });

  it('says what each attempt can bear', () => {
    const reversed = attemptOf({ attemptId: 'R', status: '507_REVERSED' });
    expect(decideRefundOpening(by([...split, reversed]), ask(61n))).toEqual({
      accepted: false,
      problem: 'ATTEMPT_REQUIRED',
      bearable: [
        { attemptId: 'A', bearableMinor: 60n },
        { attemptId: 'B', bearableMinor: 30n },
        { attemptId: 'C', bearableMinor: 40n },
        { attemptId: 'R', bearableMinor: 0n },
      ],
    });
  });

  it.each([0n, -1n])('refuses the amount %d', (amountMinor) => {
    expect(() => decideRefundOpening(circumstances(), ask(amountMinor))).toThrow(
      new RangeError('A refund gives back more than nothing.'),
    );
  });
});

describe('decideRefundRetry', () => {
  const failed = refundOf(['FAILED']);
  const again = { attemptId: 'A', instrument: 'ORIGINAL' } as const;
  const byHand = { attemptId: 'A', instrument: 'CASH', evidence: 'receipt 7' } as const;

  it.each([
    ['a failed one', failed, circumstances(), again, 'A2'],
    ['one that failed twice', refundOf(['FAILED', 'FAILED']), circumstances(), again, 'A3'],
    ['an unknown one', refundOf(['UNKNOWN']), circumstances(), again, 'NOT_FAILED'],
    ['one on its way', refundOf(['SENT']), circumstances(), again, 'NOT_FAILED'],
    ['a done one', refundOf(['SUCCEEDED']), circumstances(), again, 'NOT_FAILED'],
    ['by hand, now that it failed', failed, circumstances(), byHand, 'A2'],
    ['by hand without proof', failed, circumstances(), { ...byHand, evidence: '' }, 'EVIDENCE_MISSING'],
    [
      'by hand, a part of what goes whole only',
      failed,
      circumstances([attemptOf({ refundsInPart: false })]),
      byHand,
      'A2',
    ],
    ['another attempt', failed, circumstances(), { ...again, attemptId: 'B' }, 'ATTEMPT_UNKNOWN'],
    ['less is left', failed, circumstances([attemptOf({ refundedMinor: 41n })]), again, 'MORE_THAN_ATTEMPT_BEARS'],
    [
      'less is left of the sale',
      failed,
      circumstances([attemptOf()], { transaction: transactionOf({ chargedBackMinor: 41n }) }),
      again,
      'MORE_THAN_REFUNDABLE',
    ],
    ['an open chargeback', failed, circumstances([attemptOf()], { hasOpenChargeback: true }), again, 'CHARGEBACK_OPEN'],
    ['one in flight', failed, circumstances([attemptOf({ hasRefundInFlight: true })]), again, 'REFUND_IN_FLIGHT'],
  ] as const)('%s', (_name, refund, state, terms, expected) => {
    expect(whatOf(decideRefundRetry(refund, state, terms))).toBe(expected);
  });

  it('sets the money aside again and goes on from FAILED', () => {
    const opening = decideRefundRetry(failed, circumstances(), again);
    expect(opening).toMatchObject({
      accepted: true,
      decision: {
        moves: ['SENT'],
        tryStatus: 'SENT',
        reservedMinor: 60n,
        suspenseRefundedMinor: 0n,
        posting: 'OPENED',
      },
    });
  });
});

describe('the refund of a suspense item', () => {
  it('takes what is left of it and no more', () => {
    const item = itemOf({ acceptedMinor: 10n, refundedMinor: 20n, reversedMinor: 30n });
    expect(openSuspenseRefund(item, 41n, 'NEW')).toBeNull();
    expect(openSuspenseRefund(item, 40n, 'NEW')).toMatchObject({ reservedMinor: 0n, suspenseRefundedMinor: 40n });
    expect(openSuspenseRefund(item, 40n, 'SENT')).toMatchObject({ moves: ['SENT'], tryStatus: 'SENT' });
  });

  const automatic = (change: Partial<AutomaticRefundCircumstances> = {}): AutomaticRefundCircumstances => ({
    item: itemOf({ acceptedMinor: 30n }),
    autoRefund: true,
    automaticRefundOpened: false,
    transactionStatus: '304_SETTLED',
    hasOpenChargeback: false,
    hasRefundInFlight: false,
    ...change,
  });

  it('is opened once by itself, over everything that is left, and touches no counter of the sale', () => {
    const opening = decideAutomaticRefund(automatic());
    expect(opening).toMatchObject({
      opens: true,
      amountMinor: 70n,
      decision: { moves: [], tryStatus: 'NEW', reservedMinor: 0n, refundedMinor: 0n, suspenseRefundedMinor: 70n },
    });
    expect(decideAutomaticRefund(automatic({ transactionStatus: null })).opens).toBe(true);
    expect(decideAutomaticRefund(automatic({ transactionStatus: '505_CANCELLED' })).opens).toBe(true);
  });

  it.each<[string, Partial<AutomaticRefundCircumstances>, string]>([
    ['the merchant does not want it', { autoRefund: false }, 'SWITCHED_OFF'],
    ['there was one before, even one that failed', { automaticRefundOpened: true }, 'OPENED_BEFORE'],
    ['nothing is left', { item: itemOf({ reversedMinor: 100n }) }, 'NOTHING_LEFT'],
    ['the transaction is blocked', { transactionStatus: '403_BLOCKED' }, 'LATER'],
    ['a chargeback is open', { hasOpenChargeback: true }, 'LATER'],
    ['another refund of the attempt is on its way', { hasRefundInFlight: true }, 'LATER'],
  ])('is not opened when %s', (_name, change, because) => {
    expect(decideAutomaticRefund(automatic(change))).toEqual({ opens: false, because });
  });
});
