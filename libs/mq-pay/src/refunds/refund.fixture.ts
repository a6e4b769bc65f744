import type { TransactionState } from '../evidence/decision';
import type { RefundStatus } from '../states/machines';
import type { RefundableAttempt, RefundableSuspense, RefundSource, RefundState } from './refund';

/** A settled transaction of 100, of which the tests change what they are about. */
export function transactionOf(change: Partial<TransactionState> = {}): TransactionState {
  return {
    status: '304_SETTLED',
    totalMinor: 100n,
    paidMinor: 100n,
    refundedMinor: 0n,
    refundReservedMinor: 0n,
    chargedBackMinor: 0n,
    ...change,
  };
}

/** A QR payment of 100 that was applied whole. */
export function attemptOf(change: Partial<RefundableAttempt> = {}): RefundableAttempt {
  return {
    attemptId: 'A',
    status: '302_SUCCESS',
    paidAtMs: 1,
    appliedMinor: 100n,
    refundedMinor: 0n,
    refundReservedMinor: 0n,
    hasRefundInFlight: false,
    refundsByProvider: true,
    refundsInPart: true,
    ...change,
  };
}

/** 100 in suspense. */
export function itemOf(change: Partial<RefundableSuspense> = {}): RefundableSuspense {
  return { amountMinor: 100n, acceptedMinor: 0n, refundedMinor: 0n, reversedMinor: 0n, ...change };
}

export function saleOf(
  transaction: Partial<TransactionState> = {},
  attempt: Partial<RefundableAttempt> = {},
): RefundSource {
  return { kind: 'SALE', transaction: transactionOf(transaction), attempt: attemptOf(attempt) };
}

/** A refund of 60 by the states of its tries; it is in the last one's state unless told otherwise. */
export function refundOf(tries: readonly RefundStatus[], status = tries.at(-1) ?? 'NEW'): RefundState {
  return { status, amountMinor: 60n, tries: tries.map((each, index) => ({ tryNumber: index + 1, status: each })) };
}
