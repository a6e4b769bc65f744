import { takeable } from '../evidence/decide-reversal';
import type { TransactionState } from '../evidence/decision';
import { bearable, leftInSuspense } from './refund';
import type { RefundableAttempt, RefundableSuspense, RefundDecision, RefundState } from './refund';

/** How the money goes back: as it came, or by hand. */
export type RefundInstrument = 'ORIGINAL' | 'CASH' | 'BANK_TRANSFER';

/** Why a refund may not be opened or tried again. */
export type RefundProblem =
  | 'TRANSACTION_BLOCKED'
  | 'CHARGEBACK_OPEN'
  /** While a transaction is PARTIAL, its open attempts are cancelled first. */
  | 'ATTEMPTS_OPEN'
  | 'MORE_THAN_REFUNDABLE'
  /** No single attempt bears the amount: the caller divides it and names the attempts. */
  | 'ATTEMPT_REQUIRED'
  | 'ATTEMPT_UNKNOWN'
  | 'MORE_THAN_ATTEMPT_BEARS'
  | 'REFUND_IN_FLIGHT'
  | 'PART_NOT_POSSIBLE'
  /** By hand only what the provider provably did not give back. */
  | 'FAILURE_NOT_PROVEN'
  /** A refund by hand names its proof. */
  | 'EVIDENCE_MISSING'
  /** Only a failed refund is tried again; an unknown one never. */
  | 'NOT_FAILED';

export interface RefundCircumstances {
  readonly transaction: TransactionState;
  readonly attempts: readonly RefundableAttempt[];
  /** The transaction has attempts in NEW, SENT or UNKNOWN. */
  readonly hasOpenAttempts: boolean;
  /** A chargeback of the transaction is OPEN or SUBMITTED. */
  readonly hasOpenChargeback: boolean;
}

export interface RefundRequestTerms {
  /** > 0. */
  readonly amountMinor: bigint;
  readonly attemptId?: string;
  readonly instrument: RefundInstrument;
  /** What proves a refund by hand: a receipt's number, a bank reference. */
  readonly evidence?: string;
}

export type RefundOpening =
  | {
      readonly accepted: true;
      readonly attemptId: string;
      /** The try that begins. */
      readonly tryNumber: number;
      readonly decision: RefundDecision;
    }
  | {
      readonly accepted: false;
      readonly problem: RefundProblem;
      /** What each attempt can bear now. */
      readonly bearable: readonly { readonly attemptId: string; readonly bearableMinor: bigint }[];
    };

/**
 * Whether a refund of a sale may be opened, and which attempt bears it: the named one, else the last paid one that
 * bears the whole amount. The caller guards both counters again in its UPDATE. Throws `RangeError` unless amount > 0.
 */
export function decideRefundOpening(circumstances: RefundCircumstances, terms: RefundRequestTerms): RefundOpening {
  if (terms.amountMinor <= 0n) throw new RangeError('A refund gives back more than nothing.');
  const problem = problemOfTransaction(circumstances, terms.amountMinor);
  const chosen = problem ?? chooseAttempt(circumstances.attempts, terms);
  if (typeof chosen === 'string') return refused(circumstances, chosen);
  const { attemptId } = chosen;
  return { accepted: true, attemptId, tryNumber: 1, decision: opened(terms.amountMinor, 'SALE', 'NEW') };
}

/**
 * Whether a refund may be tried again, under a new reference: only when every try before is proven to have failed.
 * By hand it is the same: the provider provably did not pay, and there is proof that a person did.
 */
export function decideRefundRetry(
  refund: RefundState,
  circumstances: RefundCircumstances,
  terms: Omit<RefundRequestTerms, 'amountMinor'> & { readonly attemptId: string },
): RefundOpening {
  if (refund.status !== 'FAILED') return refused(circumstances, 'NOT_FAILED');
  const { amountMinor } = refund;
  const attempt = circumstances.attempts.find(({ attemptId }) => attemptId === terms.attemptId);
  const problem =
    problemOfTransaction(circumstances, amountMinor) ??
    (attempt === undefined ? 'ATTEMPT_UNKNOWN' : problemOfAttempt(attempt, amountMinor, terms.instrument)) ??
    (isByHand(terms) && !hasEvidence(terms) ? 'EVIDENCE_MISSING' : null);
  if (problem !== null) return refused(circumstances, problem);
  const { attemptId } = terms;
  const tryNumber = refund.tries.length + 1;
  return { accepted: true, attemptId, tryNumber, decision: opened(amountMinor, 'SALE', 'SENT') };
}

/** What opening or retrying the refund of a suspense item changes; null where less than the amount is left. */
export function openSuspenseRefund(item: RefundableSuspense, amountMinor: bigint, status: 'NEW' | 'SENT') {
  return leftInSuspense(item) < amountMinor ? null : opened(amountMinor, 'SUSPENSE', status);
}

function problemOfTransaction(circumstances: RefundCircumstances, amountMinor: bigint): RefundProblem | null {
  const { transaction } = circumstances;
  if (transaction.status === '403_BLOCKED') return 'TRANSACTION_BLOCKED';
  if (circumstances.hasOpenChargeback) return 'CHARGEBACK_OPEN';
  if (transaction.status === '300_PARTIAL' && circumstances.hasOpenAttempts) return 'ATTEMPTS_OPEN';
  return takeable(transaction) < amountMinor ? 'MORE_THAN_REFUNDABLE' : null;
}

function chooseAttempt(
  attempts: readonly RefundableAttempt[],
  terms: RefundRequestTerms,
): RefundableAttempt | RefundProblem {
  const { amountMinor, attemptId } = terms;
  if (attemptId === undefined) {
    const lastFirst = attempts.toSorted((left, right) => right.paidAtMs - left.paidAtMs);
    const bearing = lastFirst.filter((attempt) => bearable(attempt) >= amountMinor);
    const free = bearing.find((attempt) => problemOfOpening(attempt, terms) === null);
    const [last] = bearing;
    return free ?? (last === undefined ? 'ATTEMPT_REQUIRED' : (problemOfOpening(last, terms) ?? last));
  }
  const named = attempts.find((attempt) => attempt.attemptId === attemptId);
  return named === undefined ? 'ATTEMPT_UNKNOWN' : (problemOfOpening(named, terms) ?? named);
}

function problemOfOpening(attempt: RefundableAttempt, terms: RefundRequestTerms): RefundProblem | null {
  const problem = problemOfAttempt(attempt, terms.amountMinor, terms.instrument);
  if (problem !== null || !isByHand(terms)) return problem;
  if (attempt.refundsByProvider) return 'FAILURE_NOT_PROVEN';
  return hasEvidence(terms) ? null : 'EVIDENCE_MISSING';
}

function problemOfAttempt(
  attempt: RefundableAttempt,
  amountMinor: bigint,
  instrument: RefundInstrument,
): RefundProblem | null {
  if (attempt.hasRefundInFlight) return 'REFUND_IN_FLIGHT';
  if (bearable(attempt) < amountMinor) return 'MORE_THAN_ATTEMPT_BEARS';
  const inPart = amountMinor < attempt.appliedMinor;
  return instrument === 'ORIGINAL' && inPart && attempt.refundsByProvider && !attempt.refundsInPart
    ? 'PART_NOT_POSSIBLE'
    : null;
}

function opened(amountMinor: bigint, kind: 'SALE' | 'SUSPENSE', status: 'NEW' | 'SENT'): RefundDecision {
  const isSale = kind === 'SALE';
  return {
    // A new refund begins in NEW; trying again goes on from FAILED.
    moves: status === 'NEW' ? [] : ['SENT'],
    tryStatus: status,
    reservedMinor: isSale ? amountMinor : 0n,
    refundedMinor: 0n,
    suspenseRefundedMinor: isSale ? 0n : amountMinor,
    posting: 'OPENED',
    findings: [],
  };
}

function refused({ attempts }: RefundCircumstances, problem: RefundProblem): RefundOpening {
  const bearing = attempts.map((attempt) => ({ attemptId: attempt.attemptId, bearableMinor: bearable(attempt) }));
  return { accepted: false, problem, bearable: bearing };
}

const isByHand = (terms: Pick<RefundRequestTerms, 'instrument'>): boolean => terms.instrument !== 'ORIGINAL';

const hasEvidence = ({ evidence }: Pick<RefundRequestTerms, 'evidence'>): boolean => (evidence ?? '').trim() !== '';
