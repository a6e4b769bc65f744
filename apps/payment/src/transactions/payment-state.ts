import type { AttemptState, BookedPayment, PaymentState } from '@nx/mq-pay';
import type { Attempt, SuspenseItem, TransactionAggregate } from './transaction';

/** The payments booked on an attempt: the one applied to the sale, and those in suspense. */
export const bookedPayments = (attempt: Attempt, suspense: readonly SuspenseItem[]): BookedPayment[] => {
  const payments = new Map<string, BookedPayment>();
  for (const item of suspense.filter((candidate) => candidate.attemptId === attempt.id)) {
    payments.set(item.providerReference, {
      providerReference: item.providerReference,
      amountMinor: item.amount,
      appliedMinor: item.accepted,
      suspenseMinor: item.amount - item.accepted - item.refunded - item.reversed,
      reversed: item.reversed > 0n,
    });
  }
  const own = attempt.providerReference;
  if (own !== null && attempt.appliedAmount > 0n) {
    const aside = payments.get(own);
    payments.set(own, {
      providerReference: own,
      amountMinor: attempt.appliedAmount + (aside?.amountMinor ?? 0n),
      appliedMinor: attempt.appliedAmount + (aside?.appliedMinor ?? 0n),
      suspenseMinor: aside?.suspenseMinor ?? 0n,
      reversed: attempt.status === '507_REVERSED',
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
  awaitedReversals: [],
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
