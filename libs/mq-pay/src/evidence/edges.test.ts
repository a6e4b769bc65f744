import { describe, expect, it } from 'vitest';
import type { ParsedCallback } from '../callback';
import { counterMoneyRefusal, receiveCounterMoney } from '../providers/system/counter';
import { callbackAnswerKind, evidenceOfCallback } from './callback-answer';
import { AFTER_END, EXPIRES_AT, stateOf } from './evidence.fixture';
import { IllegalTransitionError } from '../states/machine';
import { decideUnblock } from './unblock';

const callback: ParsedCallback = {
  eventKey: 'k',
  lookupKey: 'm',
  attemptUid: 'ATT',
  providerReference: 'R1',
  amountMinor: 100n,
  paidAtMs: EXPIRES_AT,
  bankCode: null,
  success: true,
  code: '00',
  message: null,
  untrustedTerminal: null,
};
const open = { status: '204_SENT', amountMinor: 100n, appliedMinor: 0n, expiresAtMs: EXPIRES_AT } as const;
const applied = { ...open, status: '302_SUCCESS', appliedMinor: 100n } as const;

describe('callbackAnswerKind', () => {
  it.each([
    ['no attempt', null, callback, 'UNKNOWN_REFERENCE'],
    ['good', open, callback, 'APPLIED'],
    ['expired, paid in time', { ...open, status: '501_EXPIRED' as const }, callback, 'APPLIED'],
    ['declined', open, { ...callback, success: false }, 'NOTED'],
    ['another amount', open, { ...callback, amountMinor: 99n }, 'WRONG_AMOUNT'],
    ['another amount on a paid one', applied, { ...callback, amountMinor: 99n }, 'WRONG_AMOUNT'],
    ['paid and applied', applied, callback, 'DUPLICATE'],
    ['taken back', { ...open, status: '507_REVERSED' as const }, callback, 'DUPLICATE'],
    ['late', open, { ...callback, paidAtMs: AFTER_END }, 'LATE'],
    [
      'late again, nothing applied',
      { ...open, status: '302_SUCCESS' as const },
      { ...callback, paidAtMs: AFTER_END },
      'LATE',
    ],
  ])('%s', (_name, attempt, message, kind) => {
    expect(callbackAnswerKind(attempt, message)).toBe(kind);
  });

  it('makes evidence that leaves out what is not there', () => {
    expect(evidenceOfCallback({ ...callback, paidAtMs: null }, 7)).toEqual({
      source: 'IPN',
      verdict: 'PAID',
      signed: true,
      receivedAtMs: 7,
      providerReference: 'R1',
      amountMinor: 100n,
      code: '00',
    });
    const failed = { ...callback, success: false, bankCode: 'NCB' };
    expect(evidenceOfCallback(failed, 7)).toMatchObject({ verdict: 'DECLINED', bankCode: 'NCB', paidAtMs: EXPIRES_AT });
    expect(evidenceOfCallback({ ...failed, failure: 'IN_DOUBT' }, 7)).toMatchObject({ verdict: 'IN_DOUBT' });
    expect(evidenceOfCallback({ ...failed, finalStatus: '500_FAIL' }, 7)).toMatchObject({ finalStatus: '500_FAIL' });
    expect(evidenceOfCallback({ ...callback, finalStatus: '500_FAIL', failure: 'REVERSED' }, 7)).toEqual(
      evidenceOfCallback(callback, 7),
    );
  });
});

describe('decideUnblock', () => {
  const item = (suspenseItemId: string, suspenseMinor: bigint, paidAtMs: number) => ({
    suspenseItemId,
    attemptId: `attempt of ${suspenseItemId}`,
    attemptIsPaid: false,
    suspenseMinor,
    finding: 'TRANSACTION_BLOCKED' as const,
    paidAtMs,
  });
  const { transaction } = stateOf({}, { status: '403_BLOCKED', totalMinor: 150n });
  const accepted = (items: Parameters<typeof decideUnblock>[1]) => decideUnblock(transaction, items).acceptances;

  it('accepts up to what is due, the earliest first', () => {
    expect(decideUnblock(transaction, [item('b', 100n, 2), item('a', 100n, 1), item('c', 100n, 3)])).toEqual({
      transactionStatus: '304_SETTLED',
      acceptances: [
        { suspenseItemId: 'a', amountMinor: 100n },
        { suspenseItemId: 'b', amountMinor: 50n },
      ],
      settles: true,
    });
    const [a, b] = [item('a', 20n, 1), item('b', 100n, 1)];
    const inOrder = [
      { suspenseItemId: 'a', amountMinor: 20n },
      { suspenseItemId: 'b', amountMinor: 100n },
    ];
    expect(accepted([b, a])).toEqual(inOrder);
    expect(accepted([a, b])).toEqual(inOrder);
  });

  it('accepts one payment per attempt, none where one counts already, and none that has left suspense', () => {
    const twice = { ...item('b', 20n, 2), attemptId: 'attempt of a' };
    expect(accepted([twice, item('a', 20n, 1)])).toEqual([{ suspenseItemId: 'a', amountMinor: 20n }]);
    expect(accepted([{ ...item('a', 20n, 1), attemptIsPaid: true }])).toEqual([]);
    expect(accepted([item('a', 0n, 1)])).toEqual([]);
  });

  it('leaves what another finding keeps in suspense, and goes back to what the figures prove', () => {
    const late = { ...item('a', 100n, 1), finding: 'LATE_SUCCESS' } as const;
    expect(decideUnblock(transaction, [late])).toEqual({
      transactionStatus: '100_NEW',
      acceptances: [],
      settles: false,
    });
    const half = { ...transaction, paidMinor: 100n };
    expect(decideUnblock(half, []).transactionStatus).toBe('300_PARTIAL');
    expect(decideUnblock({ ...half, refundedMinor: 100n }, []).transactionStatus).toBe('408_REFUNDED');
    const whole = { ...transaction, paidMinor: 150n };
    expect(decideUnblock(whole, [])).toMatchObject({ transactionStatus: '304_SETTLED', settles: false });
    expect(() => decideUnblock({ ...transaction, status: '505_CANCELLED' }, [])).toThrow(IllegalTransitionError);
  });
});

describe('counter money', () => {
  it.each([
    ['000_CASH', 100n, 150n, undefined, { accepted: true, changeMinor: 50n }],
    ['000_CASH', 100n, 99n, undefined, { accepted: false, problem: 'TENDERED_TOO_LITTLE' }],
    ['200_BANK_TRANSFER', 100n, 100n, 'FT1', { accepted: true, changeMinor: 0n }],
    ['200_BANK_TRANSFER', 100n, 101n, 'FT1', { accepted: false, problem: 'TENDERED_NOT_AMOUNT' }],
    ['200_BANK_TRANSFER', 100n, 100n, ' ', { accepted: false, problem: 'BANK_REFERENCE_MISSING' }],
    ['100_QR_CODE', 100n, 100n, undefined, { accepted: false, problem: 'METHOD_NOT_AT_COUNTER' }],
  ] as const)('%s %d tendered %d', (method, amountMinor, tenderedMinor, bankReference, expected) => {
    const receipt = { method, amountMinor, tenderedMinor, ...(bankReference === undefined ? {} : { bankReference }) };
    expect(receiveCounterMoney(receipt)).toEqual(expected);
  });

  it('is refused where it cannot be applied whole', () => {
    const state = { transactionStatus: '300_PARTIAL', dueMinor: 100n, amountMinor: 100n } as const;
    expect(counterMoneyRefusal(state)).toBeNull();
    expect(counterMoneyRefusal({ ...state, amountMinor: 101n })).toBe('MORE_THAN_DUE');
    expect(counterMoneyRefusal({ ...state, transactionStatus: '403_BLOCKED' })).toBe('TRANSACTION_CLOSED');
  });
});
