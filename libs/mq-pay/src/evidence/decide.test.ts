import { describe, expect, it } from 'vitest';
import { decideAttempt } from './decide';
import type { Decision, PaymentState } from './decision';
import type { Evidence } from './evidence';
import { AFTER_END, asked, EXPIRES_AT, paid, reversed, stateOf } from './evidence.fixture';

const booked = { providerReference: 'R1', amountMinor: 100n, appliedMinor: 100n, suspenseMinor: 0n, reversed: false };
const settled = stateOf(
  { status: '302_SUCCESS', providerReference: 'R1', payments: [booked] },
  { status: '304_SETTLED', paidMinor: 100n },
);

/** A decision in one line: attempt, transaction, applied/suspense, what is taken back, why nothing happens, findings. */
function line(decision: Decision): string {
  const { reversal } = decision;
  return [
    decision.attemptStatus ?? '-',
    decision.transactionStatus ?? '-',
    `${decision.appliedMinor}/${decision.suspenseMinor}`,
    reversal ? `${reversal.fromOwnerMinor}/${reversal.fromSuspenseMinor}/${reversal.fromBuyerMinor}` : '-',
    decision.ignore ?? '-',
    decision.findings.join(',') || '-',
  ].join(' ');
}

const CASES: readonly (readonly [string, PaymentState, Evidence, string])[] = [
  ['paid in time', stateOf(), paid(), '302_SUCCESS 304_SETTLED 100/0 - - -'],
  ['paid in part', stateOf({}, { totalMinor: 300n }), paid(), '302_SUCCESS 300_PARTIAL 100/0 - - -'],
  [
    'paid more than is due',
    stateOf({}, { status: '300_PARTIAL', paidMinor: 60n }),
    paid(),
    '302_SUCCESS 304_SETTLED 40/60 - - SURPLUS',
  ],
  [
    'nothing is due any more',
    stateOf({}, { status: '304_SETTLED', paidMinor: 100n }),
    paid(),
    '302_SUCCESS - 0/100 - - SURPLUS',
  ],
  [
    'no refund reopens what is due',
    stateOf({}, { status: '304_SETTLED', paidMinor: 100n, refundedMinor: 50n }),
    paid(),
    '302_SUCCESS - 0/100 - - SURPLUS',
  ],
  ['another amount', stateOf(), paid({ amountMinor: 99n }), '302_SUCCESS - 0/99 - - WRONG_AMOUNT'],
  [
    '60 s after the end is in time',
    stateOf(),
    paid({ paidAtMs: EXPIRES_AT + 60_000 }),
    '302_SUCCESS 304_SETTLED 100/0 - - -',
  ],
  [
    'a moment later is late',
    stateOf(),
    paid({ paidAtMs: EXPIRES_AT + 60_001 }),
    '302_SUCCESS - 0/100 - - LATE_SUCCESS',
  ],
  [
    'heard of late, paid in time',
    stateOf({ status: '501_EXPIRED' }),
    paid({ receivedAtMs: AFTER_END + 1e9 }),
    '302_SUCCESS 304_SETTLED 100/0 - - -',
  ],
  [
    'paid after a cancel of the attempt',
    stateOf({ status: '505_CANCELLED' }),
    paid(),
    '302_SUCCESS 304_SETTLED 100/0 - - -',
  ],
  ['paid after FAIL', stateOf({ status: '500_FAIL' }), paid(), '302_SUCCESS 304_SETTLED 100/0 - - -'],
  [
    'transaction cancelled',
    stateOf({}, { status: '505_CANCELLED' }),
    paid(),
    '302_SUCCESS - 0/100 - - TRANSACTION_CANCELLED',
  ],
  [
    'transaction refunded',
    stateOf({}, { status: '408_REFUNDED', paidMinor: 100n, refundedMinor: 100n }),
    paid(),
    '302_SUCCESS - 0/100 - - TRANSACTION_REFUNDED',
  ],
  [
    'transaction blocked',
    stateOf({}, { status: '403_BLOCKED' }),
    paid(),
    '302_SUCCESS - 0/100 - - TRANSACTION_BLOCKED',
  ],
  ['the same again', settled, paid({ source: 'QUERY' }), '- - 0/0 - DUPLICATE -'],
  ['the same with another amount', settled, paid({ amountMinor: 90n }), '- - 0/0 - DUPLICATE CONFLICTING_EVIDENCE'],
  ['a second payment', settled, paid({ providerReference: 'R2' }), '- - 0/100 - - SECOND_PAYMENT'],
  [
    'in time after a late one',
    stateOf({
      status: '302_SUCCESS',
      providerReference: 'R0',
      payments: [{ ...booked, providerReference: 'R0', appliedMinor: 0n, suspenseMinor: 100n }],
    }),
    paid(),
    '- 304_SETTLED 100/0 - - -',
  ],
  [
    'no time given, heard of in time',
    stateOf(),
    {
      source: 'IPN',
      verdict: 'PAID',
      signed: true,
      receivedAtMs: EXPIRES_AT,
      providerReference: 'R1',
      amountMinor: 100n,
    },
    '302_SUCCESS 304_SETTLED 100/0 - - -',
  ],
  [
    'no time given, heard of late',
    stateOf(),
    {
      source: 'IPN',
      verdict: 'PAID',
      signed: true,
      receivedAtMs: AFTER_END,
      providerReference: 'R1',
      amountMinor: 100n,
    },
    '302_SUCCESS - 0/100 - - PAID_TIME_UNKNOWN',
  ],
  [
    'unsigned success',
    stateOf(),
    paid({ source: 'QUERY', signed: false }),
    '000_UNKNOWN - 0/0 - NOT_PROOF UNSIGNED_SUCCESS',
  ],
  [
    'a report needs no signature',
    stateOf(),
    paid({ source: 'REPORT', signed: false }),
    '302_SUCCESS 304_SETTLED 100/0 - - -',
  ],
  [
    'decline by callback',
    stateOf(),
    { source: 'IPN', verdict: 'DECLINED', signed: true, receivedAtMs: EXPIRES_AT, code: '99' },
    '- - 0/0 - NO_NEWS -',
  ],
  [
    'final decline, signed',
    stateOf(),
    { source: 'IPN', verdict: 'DECLINED', signed: true, receivedAtMs: EXPIRES_AT, finalStatus: '505_CANCELLED' },
    '505_CANCELLED - 0/0 - - -',
  ],
  [
    'final decline, unsigned',
    stateOf(),
    { source: 'IPN', verdict: 'DECLINED', signed: false, receivedAtMs: EXPIRES_AT, finalStatus: '500_FAIL' },
    '- - 0/0 - NOT_PROOF -',
  ],
  [
    'an operator ends an unknown one',
    stateOf({ status: '000_UNKNOWN' }),
    { source: 'OPERATOR', verdict: 'DECLINED', signed: false, receivedAtMs: EXPIRES_AT, finalStatus: '500_FAIL' },
    '500_FAIL - 0/0 - - -',
  ],
  ['not found, asked too early', stateOf(), asked({ askedAtMs: EXPIRES_AT + 60_000 }), '- - 0/0 - TOO_EARLY -'],
  ['not found, asked after the end', stateOf(), asked(), '501_EXPIRED - 0/0 - - -'],
  [
    'not found, by a channel that anybody can write',
    stateOf(),
    asked({ trustedChannel: false }),
    '- - 0/0 - NOT_PROOF -',
  ],
  ['failed, asked after the end', stateOf(), asked({ verdict: 'DECLINED', code: '04' }), '501_EXPIRED - 0/0 - - -'],
  ['no answer after the end', stateOf(), asked({ verdict: 'NO_ANSWER' }), '000_UNKNOWN - 0/0 - - -'],
  [
    'no answer before the end',
    stateOf(),
    asked({ verdict: 'NO_ANSWER', askedAtMs: EXPIRES_AT }),
    '- - 0/0 - TOO_EARLY -',
  ],
  ['pending after the end', stateOf(), asked({ verdict: 'PENDING' }), '000_UNKNOWN - 0/0 - - -'],
  ['in doubt', stateOf(), asked({ verdict: 'IN_DOUBT', askedAtMs: 0 }), '000_UNKNOWN - 0/0 - - -'],
  [
    'a lost create, one negative',
    stateOf({ status: '000_UNKNOWN', createLostAtMs: 5 }),
    asked({ askedAtMs: 5 }),
    '500_FAIL - 0/0 - - -',
  ],
  [
    'a lost create, asked before',
    stateOf({ status: '000_UNKNOWN', createLostAtMs: 5 }),
    asked({ askedAtMs: 4 }),
    '- - 0/0 - TOO_EARLY -',
  ],
  ['a negative never beats a success', settled, asked(), '- - 0/0 - NO_NEWS -'],
  ['reversal by report', settled, reversed(), '507_REVERSED 100_NEW 0/0 100/0/0 - -'],
  [
    'reversal after a part was given back',
    stateOf(settled.attempt, { ...settled.transaction, refundedMinor: 60n }),
    reversed(),
    '507_REVERSED 408_REFUNDED 0/0 40/0/60 - BUYER_PAID_TWICE',
  ],
  [
    'reversal while a refund is open',
    stateOf(settled.attempt, { ...settled.transaction, refundReservedMinor: 60n }),
    reversed(),
    '507_REVERSED 300_PARTIAL 0/0 40/0/60 - BUYER_PAID_TWICE',
  ],
  [
    'reversal of one of two',
    stateOf(settled.attempt, { ...settled.transaction, totalMinor: 300n, paidMinor: 300n }),
    reversed(),
    '507_REVERSED 300_PARTIAL 0/0 100/0/0 - -',
  ],
  [
    'reversal of a refunded one',
    stateOf(settled.attempt, { status: '408_REFUNDED', paidMinor: 100n, refundedMinor: 100n }),
    reversed(),
    '507_REVERSED - 0/0 0/0/100 - BUYER_PAID_TWICE',
  ],
  [
    'reversal on a blocked one',
    stateOf(settled.attempt, { status: '403_BLOCKED', paidMinor: 100n }),
    reversed(),
    '507_REVERSED - 0/0 100/0/0 - -',
  ],
  [
    'reversal from suspense',
    stateOf({ ...settled.attempt, payments: [{ ...booked, appliedMinor: 0n, suspenseMinor: 100n }] }),
    reversed(),
    '- - 0/0 0/100/0 - -',
  ],
  ['reversal told by IPN', settled, reversed({ source: 'IPN', signed: true }), '- - 0/0 - NOT_PROOF REVERSAL_REPORTED'],
  ['reversal of another amount', settled, reversed({ amountMinor: 1n }), '- - 0/0 - NOT_PROOF CONFLICTING_EVIDENCE'],
  [
    'reversal twice',
    stateOf({ ...settled.attempt, status: '507_REVERSED', payments: [{ ...booked, reversed: true }] }),
    reversed(),
    '- - 0/0 - DUPLICATE -',
  ],
  ['reversal before success', stateOf(), reversed(), '- - 0/0 - NO_NEWS REVERSAL_BEFORE_SUCCESS'],
  ['success after its reversal', stateOf({ awaitedReversals: ['R1'] }), paid(), '507_REVERSED - 100/0 100/0/0 - -'],
];

describe('decideAttempt', () => {
  it.each(CASES)('%s', (_name, state, evidence, expected) => {
    expect(line(decideAttempt(state, evidence))).toBe(expected);
  });

  it('settles once', () => {
    expect(decideAttempt(stateOf(), paid()).settles).toBe(true);
    expect(decideAttempt(stateOf({}, { totalMinor: 300n }), paid()).settles).toBe(false);
    expect(decideAttempt(settled, paid({ providerReference: 'R2' })).settles).toBe(false);
    expect(decideAttempt(stateOf({ awaitedReversals: ['R1'] }), paid()).settles).toBe(false);
  });

  it('notes the decline as reason', () => {
    const decline: Evidence = { source: 'IPN', verdict: 'DECLINED', signed: true, receivedAtMs: 1, code: '51' };
    expect(decideAttempt(stateOf(), decline).reason).toBe('DECLINED_51');
  });

  it('refuses a payment without reference or amount', () => {
    const { providerReference: _reference, ...nameless } = paid();
    expect(() => decideAttempt(stateOf(), nameless)).toThrow(RangeError);
    expect(() => decideAttempt(stateOf(), paid({ amountMinor: 0n }))).toThrow(RangeError);
  });
});
