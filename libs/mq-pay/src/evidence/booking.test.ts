import { describe, expect, it } from 'vitest';
import { applyDecision } from './apply-decision';
import { decideAttempt } from './decide';
import type { PaymentState } from './decision';
import { AFTER_END, paid, reversed, stateOf } from './evidence.fixture';
import { fold, merge } from './merge';

/** Decides and applies in one go. */
const after = (state: PaymentState, evidence = paid()): PaymentState =>
  applyDecision(state, decideAttempt(state, evidence), evidence);

describe('what is booked of a payment', () => {
  it('is whole where it is due whole, without a reason', () => {
    expect(decideAttempt(stateOf(), paid())).toEqual({
      bookReference: 'R1',
      providerReference: 'R1',
      attemptStatus: '302_SUCCESS',
      transactionStatus: '304_SETTLED',
      appliedMinor: 100n,
      suspenseMinor: 0n,
      settles: true,
      findings: [],
    });
    expect(after(stateOf()).attempt).toMatchObject({ status: '302_SUCCESS', providerReference: 'R1' });
    expect(after(stateOf()).attempt.payments).toEqual([
      { providerReference: 'R1', amountMinor: 100n, appliedMinor: 100n, suspenseMinor: 0n, reversed: false },
    ]);
  });

  it('is divided where less is due, and says why the rest waits', () => {
    const part = stateOf({}, { status: '300_PARTIAL', paidMinor: 60n });
    expect(decideAttempt(part, paid()).reason).toBe('SURPLUS');
    expect(after(part).attempt.payments).toEqual([
      {
        providerReference: 'R1',
        amountMinor: 100n,
        appliedMinor: 40n,
        suspenseMinor: 60n,
        reversed: false,
        heldBy: 'SURPLUS',
      },
    ]);
  });

  it('stays with the payment that came first while nothing of the second counts', () => {
    const paidOnce = after(stateOf());
    const twice = after(paidOnce, paid({ providerReference: 'R2' }));
    expect(twice.attempt.providerReference).toBe('R1');
    expect(twice.attempt.payments.map(({ heldBy }) => heldBy)).toEqual([undefined, 'SECOND_PAYMENT']);
    const reversedOnce = after(paidOnce, reversed());
    expect(reversedOnce.attempt.status).toBe('507_REVERSED');
    const decision = decideAttempt(reversedOnce, paid({ providerReference: 'R2' }));
    expect(decision).toEqual({
      bookReference: 'R2',
      appliedMinor: 0n,
      suspenseMinor: 100n,
      settles: false,
      findings: ['SECOND_PAYMENT'],
      reason: 'SECOND_PAYMENT',
    });
    const bare = stateOf({ status: '507_REVERSED', providerReference: 'R0' });
    expect(decideAttempt(bare, paid()).findings).toEqual(['SECOND_PAYMENT']);
  });

  it.each([
    ['no amount', { amountMinor: undefined as never }],
    ['the amount 0', { amountMinor: 0n }],
    ['a negative amount', { amountMinor: -1n }],
    ['no reference', { providerReference: undefined as never }],
    ['an empty reference', { providerReference: '' }],
  ])('is refused with %s', (_what, change) => {
    const message = 'A payment is identified by its reference and has a positive amount.';
    expect(() => decideAttempt(stateOf(), paid(change))).toThrow(new RangeError(message));
  });
});

describe('a payment whose reversal came first', () => {
  const awaiting = (transaction: Partial<PaymentState['transaction']> = {}) =>
    stateOf({ awaitedReversals: ['R1'] }, transaction);

  it('is booked and taken back in one step', () => {
    expect(decideAttempt(awaiting(), paid())).toEqual({
      bookReference: 'R1',
      providerReference: 'R1',
      attemptStatus: '507_REVERSED',
      appliedMinor: 100n,
      suspenseMinor: 0n,
      reversal: { providerReference: 'R1', fromOwnerMinor: 100n, fromSuspenseMinor: 0n, fromBuyerMinor: 0n },
      settles: false,
      findings: [],
    });
    expect(after(awaiting()).transaction).toEqual(stateOf().transaction);
    expect(after(awaiting()).attempt.payments).toEqual([
      { providerReference: 'R1', amountMinor: 100n, appliedMinor: 100n, suspenseMinor: 0n, reversed: true },
    ]);
  });

  it('leaves a paid part as it was, and keeps both findings', () => {
    const part = awaiting({ status: '300_PARTIAL', paidMinor: 60n, refundedMinor: 30n, refundReservedMinor: 50n });
    expect(decideAttempt(part, paid())).toEqual({
      bookReference: 'R1',
      providerReference: 'R1',
      attemptStatus: '507_REVERSED',
      appliedMinor: 40n,
      suspenseMinor: 60n,
      reversal: { providerReference: 'R1', fromOwnerMinor: 20n, fromSuspenseMinor: 60n, fromBuyerMinor: 20n },
      settles: false,
      findings: ['SURPLUS', 'BUYER_PAID_TWICE'],
      reason: 'SURPLUS',
    });
  });

  it('leaves the attempt a success where nothing of it counted', () => {
    const late = decideAttempt(awaiting(), paid({ paidAtMs: AFTER_END }));
    expect(late).toMatchObject({ attemptStatus: '302_SUCCESS', suspenseMinor: 100n, findings: ['LATE_SUCCESS'] });
    expect(late.reversal).toEqual({
      providerReference: 'R1',
      fromOwnerMinor: 0n,
      fromSuspenseMinor: 100n,
      fromBuyerMinor: 0n,
    });
    expect(late).not.toHaveProperty('transactionStatus');
  });

  it('is remembered once, and only where the reversal was proven', () => {
    const told = fold(stateOf(), [reversed(), reversed({ source: 'OPERATOR' })]);
    expect(told.state.attempt.awaitedReversals).toEqual(['R1']);
    expect(told.findings).toEqual(['REVERSAL_BEFORE_SUCCESS']);
    expect(fold(stateOf(), [reversed({ source: 'IPN', signed: true })]).state.attempt.awaitedReversals).toEqual([]);
    expect(decideAttempt(told.state, reversed()).ignore).toBe('DUPLICATE');
  });
});

describe('a reversal', () => {
  it('takes no more from OWNER than a chargeback leaves there, and never less than nothing', () => {
    const paidState = after(stateOf());
    const left = (chargedBackMinor: bigint) => {
      const state = { ...paidState, transaction: { ...paidState.transaction, chargedBackMinor } };
      return decideAttempt(state, reversed()).reversal;
    };
    expect(left(30n)).toMatchObject({ fromOwnerMinor: 70n, fromBuyerMinor: 30n });
    expect(left(101n)).toMatchObject({ fromOwnerMinor: 0n, fromBuyerMinor: 100n });
  });

  it('says so, and leaves an attempt whose own payment is another one', () => {
    const twice = fold(stateOf(), [paid(), paid({ providerReference: 'R2' })]).state;
    const decision = decideAttempt(twice, reversed({ providerReference: 'R2' }));
    expect(decision).toEqual({
      appliedMinor: 0n,
      suspenseMinor: 0n,
      reversal: { providerReference: 'R2', fromOwnerMinor: 0n, fromSuspenseMinor: 100n, fromBuyerMinor: 0n },
      settles: false,
      findings: [],
      reason: 'REVERSED',
    });
    const [first, second] = after(twice, reversed({ providerReference: 'R2' })).attempt.payments;
    expect(first).toMatchObject({ reversed: false, appliedMinor: 100n });
    expect(second).toMatchObject({ reversed: true, suspenseMinor: 0n });
  });

  it('of the only part that was paid makes the transaction NEW again', () => {
    const part = after(stateOf({}, { totalMinor: 300n }));
    expect(part.transaction.status).toBe('300_PARTIAL');
    expect(after(part, reversed()).transaction).toMatchObject({ status: '100_NEW', paidMinor: 0n });
  });

  it('with the amount of the payment is the same one', () => {
    expect(decideAttempt(after(stateOf()), reversed({ amountMinor: 100n })).attemptStatus).toBe('507_REVERSED');
  });
});

describe('merge', () => {
  it('lets a payment speak before its reversal and before every negative, the earlier payment first', () => {
    const early = paid({ providerReference: 'Z', paidAtMs: 1 });
    expect(merge(stateOf(), [reversed({ providerReference: 'Z' }), paid(), early])).toMatchObject({
      state: { attempt: { status: '507_REVERSED', providerReference: 'Z' }, transaction: { paidMinor: 0n } },
      findings: ['SECOND_PAYMENT'],
    });
    const same = [paid({ providerReference: 'B' }), paid({ providerReference: 'A' })];
    expect(merge(stateOf(), same).state.attempt.providerReference).toBe('A');
  });

  it('judges a payment without a time by when it was heard of', () => {
    const { paidAtMs: _time, ...timeless } = paid({ providerReference: 'A', receivedAtMs: 5 });
    const later = paid({ providerReference: 'B', paidAtMs: 6 });
    expect(merge(stateOf(), [later, timeless]).state.attempt.providerReference).toBe('A');
    expect(
      merge(stateOf(), [timeless, paid({ providerReference: 'B', paidAtMs: 4 })]).state.attempt.providerReference,
    ).toBe('B');
  });

  it('books the smaller of two amounts that contradict each other, in either order', () => {
    const two = [paid(), paid({ amountMinor: 90n })];
    for (const order of [two, two.toReversed()]) {
      const { state, findings } = merge(stateOf(), order);
      expect(state.attempt.payments.map(({ amountMinor }) => amountMinor)).toEqual([90n]);
      expect(findings).toEqual(['CONFLICTING_EVIDENCE', 'WRONG_AMOUNT']);
    }
  });

  it('names the end of contradicting negatives by one order', () => {
    const end = (code: string, finalStatus: '500_FAIL' | '501_EXPIRED') =>
      ({ source: 'IPN', verdict: 'DECLINED', signed: true, receivedAtMs: 1, code, finalStatus }) as const;
    for (const pair of [
      [end('11', '501_EXPIRED'), end('51', '500_FAIL')],
      [end('11', '501_EXPIRED'), end('11', '500_FAIL')],
    ]) {
      const ends = [pair, pair.toReversed()].map((order) => merge(stateOf(), order).state.attempt.status);
      expect(ends[0]).toBe(ends[1]);
    }
    expect(merge(stateOf(), [end('51', '500_FAIL'), end('11', '501_EXPIRED')]).state.attempt.status).toBe(
      '501_EXPIRED',
    );
  });
});
