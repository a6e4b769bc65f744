import { isLate } from '../schedule';
import { smaller } from '../smaller';
import { canTransition } from '../states/machine';
import { ATTEMPT_MACHINE, isOpenAttempt } from '../states/machines';
import type { TransactionStatus } from '../states/machines';
import { decideNegative } from './decide-negative';
import { decideReversal, reversalOf } from './decide-reversal';
import { ignored } from './decision';
import type { BookedPayment, Decision, FindingCode, PaymentState } from './decision';
import { isForgeable } from './evidence';
import type { Evidence } from './evidence';
import { applyDecision } from './apply-decision';

/**
 * What one piece of evidence changes. Pure, and safe to ask again: evidence that is known is ignored, so that any
 * order and any repetition of the same evidence ends in the same state. Throws `RangeError` for a PAID or REVERSED
 * without reference or for an amount that is missing or not positive.
 */
export function decideAttempt(state: PaymentState, evidence: Evidence): Decision {
  if (evidence.source === 'RETURN') return ignored('NOT_PROOF', []);
  switch (evidence.verdict) {
    case 'PAID':
      return decidePaid(state, evidence);
    case 'REVERSED':
      return decideReversal(state, evidence);
    default:
      return decideNegative(state.attempt, evidence);
  }
}

function decidePaid(state: PaymentState, evidence: Evidence): Decision {
  const { providerReference: reference, amountMinor } = evidence;
  if (reference === undefined || reference === '' || amountMinor === undefined || amountMinor <= 0n) {
    throw new RangeError('A payment is identified by its reference and has a positive amount.');
  }
  if (!evidence.signed && (evidence.source === 'IPN' || evidence.source === 'QUERY')) return unproven(state, evidence);
  const known = state.attempt.payments.find((payment) => payment.providerReference === reference);
  if (known !== undefined) return repeated(state, known, evidence, amountMinor);
  const booked = book(state, evidence, reference, amountMinor);
  if (evidence.source === 'COUNTER' && (booked.suspenseMinor > 0n || !isOpenAttempt(state.attempt.status))) {
    return ignored('NOT_APPLICABLE', []);
  }
  return state.attempt.awaitedReversals.includes(reference)
    ? takeBackAtOnce(state, booked, evidence, reference)
    : booked;
}

function book(state: PaymentState, evidence: Evidence, reference: string, amountMinor: bigint): Decision {
  const { attempt, transaction } = state;
  const obstacle = obstacleOf(state, evidence, amountMinor);
  const open = transaction.totalMinor - transaction.paidMinor;
  const due = open > 0n ? open : 0n;
  const appliedMinor = obstacle === null ? smaller(amountMinor, due) : 0n;
  const suspenseMinor = amountMinor - appliedMinor;
  const surplus = obstacle === null && suspenseMinor > 0n;
  const findings: readonly FindingCode[] = obstacle !== null ? [obstacle] : surplus ? ['SURPLUS'] : [];
  const becomesSuccess = canTransition(ATTEMPT_MACHINE, attempt.status, '302_SUCCESS');
  const ownsAttempt = attempt.providerReference === null || appliedMinor > 0n;
  const status = appliedMinor > 0n ? statusAfterPayment(state, appliedMinor) : transaction.status;
  return {
    bookReference: reference,
    appliedMinor,
    suspenseMinor,
    settles: status === '304_SETTLED' && transaction.status !== '304_SETTLED',
    findings,
    ...(becomesSuccess ? { attemptStatus: '302_SUCCESS' as const } : {}),
    ...(ownsAttempt ? { providerReference: reference } : {}),
    ...(status === transaction.status ? {} : { transactionStatus: status }),
    ...(findings[0] === undefined ? {} : { reason: findings[0] }),
  };
}

/** Why a payment goes whole to suspense. What lies in the payment itself comes first, so that order does not matter. */
function obstacleOf(state: PaymentState, evidence: Evidence, amountMinor: bigint): FindingCode | null {
  const { attempt, transaction } = state;
  if (amountMinor !== attempt.amountMinor) return 'WRONG_AMOUNT';
  // Heard of in time means paid in time; otherwise only the provider's own time counts.
  if (evidence.paidAtMs === undefined && isLate(evidence.receivedAtMs, attempt.expiresAtMs)) return 'PAID_TIME_UNKNOWN';
  if (evidence.paidAtMs !== undefined && isLate(evidence.paidAtMs, attempt.expiresAtMs)) return 'LATE_SUCCESS';
  if (attempt.status === '507_REVERSED' || attempt.payments.some((payment) => payment.appliedMinor > 0n)) {
    return 'SECOND_PAYMENT';
  }
  return CLOSED[transaction.status] ?? null;
}

const CLOSED: Readonly<Partial<Record<TransactionStatus, FindingCode>>> = {
  '505_CANCELLED': 'TRANSACTION_CANCELLED',
  '408_REFUNDED': 'TRANSACTION_REFUNDED',
  '403_BLOCKED': 'TRANSACTION_BLOCKED',
};

function statusAfterPayment({ transaction }: PaymentState, appliedMinor: bigint): TransactionStatus {
  return transaction.paidMinor + appliedMinor >= transaction.totalMinor ? '304_SETTLED' : '300_PARTIAL';
}

/** The payment was already known to be taken back when it turned up: both journals in one step. */
function takeBackAtOnce(state: PaymentState, booked: Decision, evidence: Evidence, reference: string): Decision {
  const between = applyDecision(state, booked, evidence);
  const payment = between.attempt.payments.find((candidate) => candidate.providerReference === reference);
  if (payment === undefined) return booked;
  const taken = reversalOf(between, payment);
  const status = taken.transactionStatus ?? between.transaction.status;
  const { transactionStatus: _settled, ...rest } = booked;
  return {
    ...rest,
    ...(taken.attemptStatus === undefined ? {} : { attemptStatus: taken.attemptStatus }),
    ...(taken.reversal === undefined ? {} : { reversal: taken.reversal }),
    ...(status === state.transaction.status ? {} : { transactionStatus: status }),
    settles: booked.settles && status === '304_SETTLED',
    findings: [...booked.findings, ...taken.findings],
  };
}

function repeated(state: PaymentState, known: BookedPayment, evidence: Evidence, amountMinor: bigint): Decision {
  if (known.amountMinor !== amountMinor) return ignored('DUPLICATE', ['CONFLICTING_EVIDENCE']);
  const timeProven = known.heldBy === 'PAID_TIME_UNKNOWN' && evidence.paidAtMs !== undefined;
  return timeProven ? accept(state, known, evidence) : ignored('DUPLICATE', []);
}

/**
 * The payment lies in suspense only because nobody knew when it was made; it is judged again with its time. If it was
 * taken back meanwhile there is no money to move, but it was the attempt's own.
 */
function accept(state: PaymentState, known: BookedPayment, evidence: Evidence): Decision {
  const { providerReference: reference, amountMinor, suspenseMinor } = known;
  const { bookReference: _booked, reason: _reason, ...judged } = book(state, evidence, reference, amountMinor);
  if (judged.appliedMinor === 0n) return ignored('DUPLICATE', []);
  if (known.reversed) {
    const own = state.attempt.status === '302_SUCCESS';
    return {
      ...ignored('DUPLICATE', []),
      ...(own ? { attemptStatus: '507_REVERSED' as const, reason: 'REVERSED' } : {}),
    };
  }
  if (suspenseMinor !== amountMinor) return ignored('DUPLICATE', []);
  return { ...judged, acceptReference: reference, suspenseMinor: 0n, findings: [] };
}

/** A success that nobody signed. In the answer to our own question it shows at least that the outcome is not known. */
function unproven({ attempt }: PaymentState, evidence: Evidence): Decision {
  const unknown = !isForgeable(evidence) && canTransition(ATTEMPT_MACHINE, attempt.status, '000_UNKNOWN');
  return {
    ...ignored('NOT_PROOF', ['UNSIGNED_SUCCESS'], 'UNSIGNED_SUCCESS'),
    ...(unknown ? { attemptStatus: '000_UNKNOWN' as const } : {}),
  };
}
