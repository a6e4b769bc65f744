import type { FindingCode, TransactionState } from '../evidence/decision';
import type { AttemptStatus, RefundStatus, TransactionStatus } from '../states/machines';

/** One try to give the money back: an attempt `300_REFUND` with a refund reference of its own. */
export interface RefundTry {
  /** From 1, without gaps. */
  readonly tryNumber: number;
  readonly status: RefundStatus;
}

export interface RefundState {
  readonly status: RefundStatus;
  readonly amountMinor: bigint;
  /** In their order; the last one is the current one. */
  readonly tries: readonly RefundTry[];
}

/** A paid attempt as refunds see it. */
export interface RefundableAttempt {
  readonly attemptId: string;
  readonly status: AttemptStatus;
  /** The provider's time of payment. */
  readonly paidAtMs: number;
  /** Accepted suspense included. */
  readonly appliedMinor: bigint;
  readonly refundedMinor: bigint;
  readonly refundReservedMinor: bigint;
  /** A refund of it is NEW, SENT or UNKNOWN. */
  readonly hasRefundInFlight: boolean;
  /** The provider gives back what it took; without it people do, by hand. */
  readonly refundsByProvider: boolean;
  /** The provider gives back a part too. */
  readonly refundsInPart: boolean;
}

/** Money in suspense as refunds see it. */
export interface RefundableSuspense {
  readonly amountMinor: bigint;
  readonly acceptedMinor: bigint;
  /** By refunds that are open or have succeeded. */
  readonly refundedMinor: bigint;
  readonly reversedMinor: bigint;
}

/** Whose money a refund gives back: the owner's share of a sale, or what waits in suspense. */
export type RefundSource =
  | { readonly kind: 'SALE'; readonly transaction: TransactionState; readonly attempt: RefundableAttempt }
  | { readonly kind: 'SUSPENSE'; readonly item: RefundableSuspense };

/** What came of a try. ACCEPTED: the provider works on it (gateway `00`, status 05); the end is still open. */
export type RefundOutcome = 'ACCEPTED' | 'SUCCEEDED' | 'REFUSED' | 'UNKNOWN';

/** Where the money of a refund comes from that had counted as failed; the three add up to its amount. */
export interface LateRefund {
  readonly fromOwnerMinor: bigint;
  readonly fromSuspenseMinor: bigint;
  readonly fromBuyerMinor: bigint;
}

/** What to do about a refund. Everything in it belongs into one database transaction. */
export interface RefundDecision {
  readonly ignore?: 'DUPLICATE' | 'NO_NEWS';
  /** The states that the refund goes through, each a move of `REFUND_MACHINE`; empty = it stays. */
  readonly moves: readonly RefundStatus[];
  /** The new state of the try that the outcome is about; absent = it stays. */
  readonly tryStatus?: RefundStatus;
  /** Change of `refund_reserved`, of the transaction and of the attempt alike. */
  readonly reservedMinor: bigint;
  /** Change of `refunded`, of the transaction and of the attempt alike. */
  readonly refundedMinor: bigint;
  /** Change of the suspense item's `refunded`. */
  readonly suspenseRefundedMinor: bigint;
  /** The journal to write, under the number of the try; absent = none. */
  readonly posting?: 'OPENED' | 'SUCCEEDED' | 'FAILED' | 'SUCCEEDED_AFTER_FAILURE';
  /** With posting SUCCEEDED_AFTER_FAILURE. */
  readonly late?: LateRefund;
  /** The transaction is given back whole. */
  readonly transactionStatus?: Extract<TransactionStatus, '408_REFUNDED'>;
  readonly findings: readonly FindingCode[];
}

/** What an attempt can still bear; a payment that was taken back bears nothing. */
export function bearable(attempt: RefundableAttempt): bigint {
  if (attempt.status !== '302_SUCCESS') return 0n;
  return attempt.appliedMinor - attempt.refundedMinor - attempt.refundReservedMinor;
}

/** What of a suspense item is still there. */
export function leftInSuspense(item: RefundableSuspense): bigint {
  return item.amountMinor - item.acceptedMinor - item.refundedMinor - item.reversedMinor;
}
