import type { AttemptState, BookedPayment, FindingCode, PaymentState } from '@nx/mq-pay';
import { leftOf, type Attempt, type SuspenseItem, type TransactionAggregate } from './transaction';

/**
 * The payments booked on an attempt: the one that came to count for the sale, and those in suspense. What was accepted
 * from suspense counts in the attempt's applied amount too.
 */
export const bookedPayments = (attempt: Attempt, suspense: readonly SuspenseItem[]): BookedPayment[] => {
  const payments = new Map<string, BookedPayment>();
  for (const item of suspense.filter((candidate) => candidate.attemptId === attempt.id)) {
    payments.set(item.providerReference, {
      providerReference: item.providerReference,
      amountMinor: item.amount,
      appliedMinor: item.accepted,
      suspenseMinor: leftOf(item),
      reversed: item.reversedAt !== null,
      heldBy: item.reason as FindingCode,
    });
  }
  const own = attempt.providerReference;
  if (own !== null && attempt.appliedAmount > 0n) {
    const aside = payments.get(own);
    payments.set(own, {
      providerReference: own,
      amountMinor: attempt.appliedAmount + (aside === undefined ? 0n : aside.amountMinor - aside.appliedMinor),
      appliedMinor: attempt.appliedAmount,
      suspenseMinor: aside?.suspenseMinor ?? 0n,
      reversed: attempt.status === '507_REVERSED',
      ...(aside?.heldBy === undefined ? {} : { heldBy: aside.heldBy }),
    });
  }
  return [...payments.values()];
};

const attemptState = (attempt: Attempt, suspense: readonly SuspenseItem[]): AttemptState => ({
  status: attempt.status,
  amountMinor: attempt.amount,
  expiresAtMs: attempt.expiresAt,
  providerReference: attempt.providerReference,
  payments: bookedPayments(attempt, suspense),
  awaitedReversals: attempt.awaitedReversals,
  createLostAtMs: attempt.createLostAt,
});

/** What the engine's rules look at, made from what the database holds. */
export const paymentStateOf = (aggregate: TransactionAggregate, attempt: Attempt): PaymentState => ({
  attempt: attemptState(attempt, aggregate.suspense),
  transaction: {
    status: aggregate.transaction.status,
    totalMinor: aggregate.transaction.total,
    paidMinor: aggregate.transaction.paid,
    refundedMinor: aggregate.transaction.refunded,
    refundReservedMinor: aggregate.transaction.refundReserved,
    chargedBackMinor: aggregate.transaction.chargedBack,
  },
});
