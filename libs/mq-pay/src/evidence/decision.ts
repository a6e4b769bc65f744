import type { AttemptStatus, TransactionStatus } from '../states/machines';

/** Something that a person or an automatism has to look at. Stable words, stored with the money they are about. */
export type FindingCode =
  /** More came than was due. */
  | 'SURPLUS'
  /** The provider took another amount than was asked for. */
  | 'WRONG_AMOUNT'
  /** Paid after the attempt's end. */
  | 'LATE_SUCCESS'
  /** The provider gave no time of payment and we heard of it only after the attempt's end. */
  | 'PAID_TIME_UNKNOWN'
  /** A further payment on an attempt that has been paid. */
  | 'SECOND_PAYMENT'
  | 'TRANSACTION_CANCELLED'
  | 'TRANSACTION_REFUNDED'
  | 'TRANSACTION_BLOCKED'
  /** A verified callback that names no attempt of ours. */
  | 'NO_ATTEMPT'
  /** A success that nobody signed: it proves nothing. */
  | 'UNSIGNED_SUCCESS'
  /** Two statements about one payment differ in amount, or a decline is about another amount than was asked for. */
  | 'CONFLICTING_EVIDENCE'
  /** IPN or query says that a success was taken back; only a report or an operator proves it. */
  | 'REVERSAL_REPORTED'
  /** A reversal of a payment that we have not heard of yet; it takes effect when the payment turns up. */
  | 'REVERSAL_BEFORE_SUCCESS'
  /** After a reversal more has been given to the buyer than the provider leaves us. */
  | 'BUYER_PAID_TWICE'
  /** A refund that had counted as failed was paid after all. */
  | 'REFUND_SUCCEEDED_AFTER_FAILURE'
  /** Two tries of one refund were paid. */
  | 'REFUND_PAID_TWICE'
  /** Contested although money went back or is on its way: contest it with the refund's evidence. */
  | 'CHARGEBACK_AFTER_REFUND';

/** What the engine has to know of a payment that was booked before, per provider reference. */
export interface BookedPayment {
  readonly providerReference: string;
  readonly amountMinor: bigint;
  /** Counted in the transaction's `paid`, accepted suspense included. */
  readonly appliedMinor: bigint;
  /** Still in suspense: neither accepted nor given back. */
  readonly suspenseMinor: bigint;
  readonly reversed: boolean;
  /** Why it went to suspense, as far as it did. Without it, proof that it came in time does not bring it back. */
  readonly heldBy?: FindingCode;
}

export interface AttemptState {
  readonly status: AttemptStatus;
  readonly amountMinor: bigint;
  readonly expiresAtMs: number;
  /** The payment that made the attempt a success; null before. */
  readonly providerReference: string | null;
  /** Every payment booked on this attempt, in any order. */
  readonly payments: readonly BookedPayment[];
  /** References whose reversal came before their success (finding `REVERSAL_BEFORE_SUCCESS`). */
  readonly awaitedReversals: readonly string[];
  /**
   * When the answer to the only CREATE was given up (ms), null in every other case. Then nobody ever saw a QR,
   * and one negative query asked after it ends the attempt as FAIL.
   */
  readonly createLostAtMs: number | null;
}

export interface TransactionState {
  readonly status: TransactionStatus;
  readonly totalMinor: bigint;
  readonly paidMinor: bigint;
  readonly refundedMinor: bigint;
  readonly refundReservedMinor: bigint;
  readonly chargedBackMinor: bigint;
}

export interface PaymentState {
  readonly attempt: AttemptState;
  readonly transaction: TransactionState;
}

/** Why a piece of evidence changes nothing. */
export type IgnoreReason =
  | 'DUPLICATE'
  | 'NOT_PROOF'
  | 'TOO_EARLY'
  | 'NO_NEWS'
  /** Counter money that could not be applied whole: it is refused, given back and not recorded. */
  | 'NOT_APPLICABLE';

/** What a reversal takes from where (minor units); the three add up to what is taken back. */
export interface Reversal {
  readonly providerReference: string;
  readonly fromOwnerMinor: bigint;
  readonly fromSuspenseMinor: bigint;
  readonly fromBuyerMinor: bigint;
}

/** What to do about one piece of evidence. Everything in it belongs into one database transaction. */
export interface Decision {
  /** Nothing changes but perhaps findings and the attempt's `reason`. */
  readonly ignore?: IgnoreReason;
  /** The attempt's new state; absent = it stays. */
  readonly attemptStatus?: AttemptStatus;
  /** The transaction's new state; absent = it stays. */
  readonly transactionStatus?: TransactionStatus;
  /** The payment that becomes the attempt's own. */
  readonly providerReference?: string;
  /** A payment to book under this reference: journal, and a SuspenseItem where `suspenseMinor` > 0. */
  readonly bookReference?: string;
  /** A booked payment that later evidence proves to have come in time: `appliedMinor` of it leaves suspense. */
  readonly acceptReference?: string;
  /** What comes to count in the transaction's `paid`. */
  readonly appliedMinor: bigint;
  /** What goes to suspense. */
  readonly suspenseMinor: bigint;
  readonly reversal?: Reversal;
  /** Becomes SETTLED by this: the other open attempts are cancelled. */
  readonly settles: boolean;
  readonly findings: readonly FindingCode[];
  /** For the attempt's `reason`; a note, the last one stands. */
  readonly reason?: string;
}

/** A decision that books and moves nothing; findings and the note for the attempt's `reason` are kept all the same. */
export function ignored(ignore: IgnoreReason, findings: readonly FindingCode[], reason?: string): Decision {
  const nothing = { ignore, appliedMinor: 0n, suspenseMinor: 0n, settles: false, findings };
  return reason === undefined ? nothing : { ...nothing, reason };
}
