import { applyDecision } from './apply-decision';
import { decideAttempt } from './decide';
import type { FindingCode, PaymentState } from './decision';
import type { Evidence } from './evidence';

export interface MergeResult {
  readonly state: PaymentState;
  /** Every finding that was made on the way, each once, sorted. */
  readonly findings: readonly FindingCode[];
}

/**
 * The end state that a set of evidence proves, starting from a state: any order and any repetition give the same.
 * Of two payments that could each pay the attempt, the earlier one (then the smaller reference) is the attempt's own;
 * of two negatives that each end it, the first of a fixed order names the end.
 */
export function merge(state: PaymentState, evidence: readonly Evidence[]): MergeResult {
  return fold(state, evidence.toSorted(canonicalOrder));
}

/** Applies evidence one after the other, as it arrives. */
export function fold(start: PaymentState, evidence: readonly Evidence[]): MergeResult {
  const findings = new Set<FindingCode>();
  let state = start;
  for (const item of evidence) {
    const decision = decideAttempt(state, item);
    for (const finding of decision.findings) findings.add(finding);
    state = applyDecision(state, decision, item);
  }
  return { state, findings: [...findings].sort() };
}

const RANK: Readonly<Record<Evidence['verdict'], number>> = {
  PAID: 0,
  REVERSED: 1,
  DECLINED: 2,
  NOT_FOUND: 3,
  IN_DOUBT: 4,
  PENDING: 5,
  NO_ANSWER: 6,
};

function canonicalOrder(left: Evidence, right: Evidence): number {
  return (
    RANK[left.verdict] - RANK[right.verdict] ||
    (left.paidAtMs ?? left.receivedAtMs) - (right.paidAtMs ?? right.receivedAtMs) ||
    compareText(left.providerReference ?? '', right.providerReference ?? '') ||
    compareText(left.source, right.source) ||
    left.receivedAtMs - right.receivedAtMs ||
    (left.askedAtMs ?? 0) - (right.askedAtMs ?? 0) ||
    Number((left.amountMinor ?? 0n) - (right.amountMinor ?? 0n)) ||
    compareText(left.code ?? '', right.code ?? '') ||
    compareText(left.finalStatus ?? '', right.finalStatus ?? '')
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
