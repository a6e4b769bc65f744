import { smaller } from '../smaller';
import { canTransition } from '../states/machine';
import { ATTEMPT_MACHINE } from '../states/machines';
import type { TransactionStatus } from '../states/machines';
import { ignored } from './decision';
import type { AttemptState, BookedPayment, Decision, PaymentState, TransactionState } from './decision';
import { isForgeable } from './evidence';
import type { Evidence } from './evidence';

/** A success is taken back only on a report's or an operator's word; everybody else merely makes us look. */
export function decideReversal(state: PaymentState, evidence: Evidence): Decision {
  if (evidence.source !== 'REPORT' && evidence.source !== 'OPERATOR') return reported(state.attempt, evidence);
  const reference = evidence.providerReference;
  if (reference === undefined || reference === '')
    throw new RangeError('A reversal names the payment that it reverses.');
  const payment = state.attempt.payments.find((candidate) => candidate.providerReference === reference);
  if (payment === undefined) {
    const awaited = state.attempt.awaitedReversals.includes(reference);
    return awaited ? ignored('DUPLICATE', []) : ignored('NO_NEWS', ['REVERSAL_BEFORE_SUCCESS']);
  }
  if (payment.reversed) return ignored('DUPLICATE', []);
  if (evidence.amountMinor !== undefined && evidence.amountMinor !== payment.amountMinor) {
    return ignored('NOT_PROOF', ['CONFLICTING_EVIDENCE']);
  }
  return reversalOf(state, payment);
}

/** The provider's word without a report: nobody knows any more what became of an open attempt, and people have to look. */
function reported(attempt: AttemptState, evidence: Evidence): Decision {
  if ((evidence.source !== 'IPN' && evidence.source !== 'QUERY') || isForgeable(evidence)) {
    return ignored('NOT_PROOF', []);
  }
  const unknown = canTransition(ATTEMPT_MACHINE, attempt.status, '000_UNKNOWN');
  return {
    ...ignored('NOT_PROOF', ['REVERSAL_REPORTED'], 'REVERSAL_REPORTED'),
    ...(unknown ? { attemptStatus: '000_UNKNOWN' as const } : {}),
  };
}

/** Takes a booked payment back: from suspense what lies there, from the owner what is left of it, the rest the buyer owes. */
export function reversalOf(state: PaymentState, payment: BookedPayment): Decision {
  const { attempt, transaction } = state;
  const fromOwnerMinor = smaller(payment.appliedMinor, takeable(transaction));
  const fromSuspenseMinor = payment.suspenseMinor;
  const fromBuyerMinor = payment.amountMinor - fromOwnerMinor - fromSuspenseMinor;
  const status = statusAfterReversal(transaction, fromOwnerMinor);
  // Only the payment that counted makes the attempt REVERSED. One that lay in suspense leaves it: a good payment may
  // still come, and could not be applied any more if the order in which we hear of the two decided.
  const own =
    attempt.status === '302_SUCCESS' &&
    payment.appliedMinor > 0n &&
    attempt.providerReference === payment.providerReference;
  return {
    appliedMinor: 0n,
    suspenseMinor: 0n,
    reversal: { providerReference: payment.providerReference, fromOwnerMinor, fromSuspenseMinor, fromBuyerMinor },
    settles: false,
    findings: fromBuyerMinor > 0n ? ['BUYER_PAID_TWICE'] : [],
    reason: 'REVERSED',
    ...(own ? { attemptStatus: '507_REVERSED' as const } : {}),
    ...(status === transaction.status ? {} : { transactionStatus: status }),
  };
}

/** What OWNER still holds of a transaction: the most that a reversal or a refund can take from it; never negative. */
export function takeable({
  paidMinor,
  refundedMinor,
  refundReservedMinor,
  chargedBackMinor,
}: TransactionState): bigint {
  const left = paidMinor - refundedMinor - refundReservedMinor - chargedBackMinor;
  return left > 0n ? left : 0n;
}

function statusAfterReversal(transaction: TransactionState, fromOwnerMinor: bigint): TransactionStatus {
  const { status, totalMinor, refundedMinor } = transaction;
  if (fromOwnerMinor === 0n || (status !== '300_PARTIAL' && status !== '304_SETTLED')) return status;
  return statusForPaid(transaction.paidMinor - fromOwnerMinor, totalMinor, refundedMinor);
}

/** The state that the figures alone prove: nothing paid, given back in full, a part, or all. */
export function statusForPaid(paidMinor: bigint, totalMinor: bigint, refundedMinor: bigint): TransactionStatus {
  if (paidMinor === 0n) return '100_NEW';
  if (refundedMinor === paidMinor) return '408_REFUNDED';
  return paidMinor < totalMinor ? '300_PARTIAL' : '304_SETTLED';
}
