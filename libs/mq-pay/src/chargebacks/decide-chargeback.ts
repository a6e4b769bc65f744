import type { FindingCode, TransactionState } from '../evidence/decision';
import { canTransition } from '../states/machine';
import { CHARGEBACK_MACHINE } from '../states/machines';
import type { AttemptStatus, ChargebackStatus } from '../states/machines';

/** The attempt whose payment a buyer contests with his bank. */
export interface ContestedAttempt {
  readonly status: AttemptStatus;
  readonly appliedMinor: bigint;
  /** The sum of its chargebacks that are not WON. */
  readonly contestedMinor: bigint;
}

export type ChargebackProblem =
  /** The payment was not applied to a sale, or was taken back already. */
  | 'NOTHING_TO_CONTEST'
  /** More than was paid and is not contested yet. */
  | 'MORE_THAN_PAID';

export type ChargebackOpening =
  | {
      readonly accepted: true;
      /** Change of the transaction's `charged_back`; its state stays. */
      readonly chargedBackMinor: bigint;
      readonly findings: readonly FindingCode[];
    }
  | { readonly accepted: false; readonly problem: ChargebackProblem };

/** What a chargeback's next state changes. */
export interface ChargebackDecision {
  readonly ignore?: 'DUPLICATE';
  readonly status?: ChargebackStatus;
  readonly chargedBackMinor: bigint;
  readonly posting?: 'WON' | 'LOST';
  readonly findings: readonly FindingCode[];
}

/**
 * A provider tells of a chargeback; the caller's unique (provider, reference) keeps it from being opened twice. What the
 * buyer got or may still get back by a refund makes a finding: contest with the refund's evidence.
 * Throws `RangeError` unless amount > 0.
 */
export function decideChargebackOpening(
  transaction: TransactionState,
  attempt: ContestedAttempt,
  amountMinor: bigint,
): ChargebackOpening {
  if (amountMinor <= 0n) throw new RangeError('A chargeback is about more than nothing.');
  if (attempt.status !== '302_SUCCESS' || attempt.appliedMinor === 0n) {
    return { accepted: false, problem: 'NOTHING_TO_CONTEST' };
  }
  if (attempt.contestedMinor + amountMinor > attempt.appliedMinor)
    return { accepted: false, problem: 'MORE_THAN_PAID' };
  const refunded = transaction.refundedMinor + transaction.refundReservedMinor > 0n;
  return {
    accepted: true,
    chargedBackMinor: amountMinor,
    findings: refunded ? ['CHARGEBACK_AFTER_REFUND'] : [],
  };
}

/**
 * The chargeback goes on. WON gives the money back to the owner; LOST keeps it counted. The same again is ignored, and
 * an end that contradicts the other end is a finding.
 */
export function decideChargebackMove(
  chargeback: { readonly status: ChargebackStatus; readonly amountMinor: bigint },
  to: Exclude<ChargebackStatus, 'OPEN'>,
): ChargebackDecision {
  const { status, amountMinor } = chargeback;
  if (status === to) return { ignore: 'DUPLICATE', chargedBackMinor: 0n, findings: [] };
  if (!canTransition(CHARGEBACK_MACHINE, status, to)) {
    // SUBMITTED told again after the end is old news; the other end is a contradiction.
    const findings: readonly FindingCode[] = to === 'SUBMITTED' ? [] : ['CONFLICTING_EVIDENCE'];
    return { ignore: 'DUPLICATE', chargedBackMinor: 0n, findings };
  }
  if (to === 'SUBMITTED') return { status: to, chargedBackMinor: 0n, findings: [] };
  return { status: to, chargedBackMinor: to === 'WON' ? -amountMinor : 0n, posting: to, findings: [] };
}
