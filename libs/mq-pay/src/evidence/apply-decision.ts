import type { BookedPayment, Decision, PaymentState } from './decision';
import type { Evidence } from './evidence';

/** The state after a decision, as the database holds it after the decision's transaction. */
export function applyDecision(state: PaymentState, decision: Decision, evidence: Evidence): PaymentState {
  const { attempt, transaction } = state;
  const taken = decision.reversal?.fromOwnerMinor ?? 0n;
  return {
    attempt: {
      ...attempt,
      status: decision.attemptStatus ?? attempt.status,
      providerReference: decision.providerReference ?? attempt.providerReference,
      payments: paymentsAfter(attempt.payments, decision, evidence),
      awaitedReversals: awaitedAfter(attempt.awaitedReversals, decision, evidence),
    },
    transaction: {
      ...transaction,
      status: decision.transactionStatus ?? transaction.status,
      paidMinor: transaction.paidMinor + decision.appliedMinor - taken,
    },
  };
}

function paymentsAfter(
  payments: readonly BookedPayment[],
  decision: Decision,
  evidence: Evidence,
): readonly BookedPayment[] {
  const { bookReference, acceptReference, appliedMinor, suspenseMinor, reversal } = decision;
  const known = payments.map((payment) =>
    payment.providerReference === acceptReference
      ? {
          ...payment,
          appliedMinor: payment.appliedMinor + appliedMinor,
          suspenseMinor: payment.suspenseMinor - appliedMinor,
        }
      : payment,
  );
  const booked =
    bookReference === undefined
      ? known
      : [
          ...known,
          {
            providerReference: bookReference,
            amountMinor: evidence.amountMinor ?? appliedMinor + suspenseMinor,
            appliedMinor,
            suspenseMinor,
            reversed: false,
            ...(suspenseMinor > 0n && decision.findings[0] !== undefined ? { heldBy: decision.findings[0] } : {}),
          },
        ];
  if (reversal === undefined) return booked;
  return booked.map((payment) =>
    payment.providerReference === reversal.providerReference
      ? { ...payment, suspenseMinor: 0n, reversed: true }
      : payment,
  );
}

function awaitedAfter(awaited: readonly string[], decision: Decision, evidence: Evidence): readonly string[] {
  const reference = evidence.providerReference;
  if (reference === undefined || !decision.findings.includes('REVERSAL_BEFORE_SUCCESS')) return awaited;
  return [...awaited, reference];
}
