import { takeable } from '../evidence/decide-reversal';
import type { FindingCode } from '../evidence/decision';
import { smaller } from '../smaller';
import type { RefundStatus } from '../states/machines';
import { bearable, leftInSuspense } from './refund';
import type { LateRefund, RefundDecision, RefundOutcome, RefundSource, RefundState, RefundTry } from './refund';

/**
 * What an outcome of one try changes. Safe to ask again, in any order: the first success takes the money that was set
 * aside, whichever try it belongs to; a further success, or one after the failure, is paid by the owner as far as the
 * refund could still be opened, and owed by the buyer for the rest. Throws `RangeError` for a try that does not exist.
 */
export function decideRefundResult(
  refund: RefundState,
  source: RefundSource,
  result: { readonly tryNumber: number; readonly outcome: RefundOutcome },
): RefundDecision {
  const current = refund.tries.find(({ tryNumber }) => tryNumber === result.tryNumber);
  if (current === undefined) throw new RangeError(`The refund has no try ${result.tryNumber}.`);
  switch (result.outcome) {
    case 'SUCCEEDED':
      return decideSuccess(refund, source, current);
    case 'REFUSED':
      return decideFailure(refund, source, current);
    case 'UNKNOWN':
      return current.status === 'NEW' || current.status === 'SENT' ? moveOpen(refund, 'UNKNOWN') : nothing('NO_NEWS');
    case 'ACCEPTED':
      return current.status === 'NEW' ? moveOpen(refund, 'SENT') : nothing('NO_NEWS');
  }
}

/** The state after a decision, as the database holds it after the decision's transaction. */
export function applyRefundDecision(refund: RefundState, decision: RefundDecision, tryNumber: number): RefundState {
  const { tryStatus } = decision;
  if (tryStatus === undefined) return refund;
  const known = refund.tries.some((candidate) => candidate.tryNumber === tryNumber);
  const tries = known
    ? refund.tries.map((candidate) =>
        candidate.tryNumber === tryNumber ? { tryNumber, status: tryStatus } : candidate,
      )
    : [...refund.tries, { tryNumber, status: tryStatus }];
  return { ...refund, status: decision.moves.at(-1) ?? refund.status, tries };
}

function decideSuccess(refund: RefundState, source: RefundSource, current: RefundTry): RefundDecision {
  if (current.status === 'SUCCEEDED') return nothing('DUPLICATE');
  if (refund.status === 'FAILED' || refund.status === 'SUCCEEDED') return succeedLate(refund, source);
  const isSale = source.kind === 'SALE';
  return withRefunded(source, {
    ...nothing(),
    moves: pathTo(refund.status, 'SUCCEEDED'),
    tryStatus: 'SUCCEEDED',
    reservedMinor: isSale ? -refund.amountMinor : 0n,
    refundedMinor: isSale ? refund.amountMinor : 0n,
    posting: 'SUCCEEDED',
    // Another try is on its way and may pay as well: somebody has to watch it.
    findings: current.status === 'FAILED' ? ['REFUND_SUCCEEDED_AFTER_FAILURE'] : [],
  });
}

/** Nothing is set aside for this success any more, or never again: the money comes from where it still can. */
function succeedLate(refund: RefundState, source: RefundSource): RefundDecision {
  const late = lateShares(refund.amountMinor, source);
  const repeated = refund.status === 'SUCCEEDED';
  const findings: readonly FindingCode[] = [
    repeated ? 'REFUND_PAID_TWICE' : 'REFUND_SUCCEEDED_AFTER_FAILURE',
    ...(late.fromBuyerMinor > 0n ? (['BUYER_PAID_TWICE'] as const) : []),
  ];
  return withRefunded(source, {
    ...nothing(),
    moves: repeated ? [] : ['SUCCEEDED'],
    tryStatus: 'SUCCEEDED',
    refundedMinor: late.fromOwnerMinor,
    suspenseRefundedMinor: late.fromSuspenseMinor,
    posting: 'SUCCEEDED_AFTER_FAILURE',
    late,
    findings,
  });
}

function lateShares(amountMinor: bigint, source: RefundSource): LateRefund {
  if (source.kind === 'SUSPENSE') {
    const fromSuspenseMinor = smaller(amountMinor, leftInSuspense(source.item));
    return { fromOwnerMinor: 0n, fromSuspenseMinor, fromBuyerMinor: amountMinor - fromSuspenseMinor };
  }
  const refundable = smaller(takeable(source.transaction), bearable(source.attempt));
  const fromOwnerMinor = smaller(amountMinor, refundable);
  return { fromOwnerMinor, fromSuspenseMinor: 0n, fromBuyerMinor: amountMinor - fromOwnerMinor };
}

function decideFailure(refund: RefundState, source: RefundSource, current: RefundTry): RefundDecision {
  if (current.status === 'FAILED') return nothing('DUPLICATE');
  if (current.status === 'SUCCEEDED') return { ...nothing('NO_NEWS'), findings: ['CONFLICTING_EVIDENCE'] };
  // Another try has paid meanwhile, with the money that was set aside: there is nothing to give back.
  if (refund.status === 'SUCCEEDED') return { ...nothing(), tryStatus: 'FAILED' };
  const isSale = source.kind === 'SALE';
  return {
    ...nothing(),
    moves: pathTo(refund.status, 'FAILED'),
    tryStatus: 'FAILED',
    reservedMinor: isSale ? -refund.amountMinor : 0n,
    suspenseRefundedMinor: isSale ? 0n : -refund.amountMinor,
    posting: 'FAILED',
  };
}

/** The try moves; the refund moves with it unless another try has ended it. */
function moveOpen(refund: RefundState, status: 'SENT' | 'UNKNOWN'): RefundDecision {
  return { ...nothing(), moves: refund.status === 'SUCCEEDED' ? [] : [status], tryStatus: status };
}

/** An outcome proves that the request was sent, even where nobody had noted it. */
function pathTo(from: RefundStatus, to: 'SUCCEEDED' | 'FAILED'): readonly RefundStatus[] {
  return from === 'NEW' ? ['SENT', to] : [to];
}

/** REFUNDED when everything paid has been given back; a blocked transaction finds out when it is unblocked. */
function withRefunded(source: RefundSource, decision: RefundDecision): RefundDecision {
  if (source.kind === 'SUSPENSE') return decision;
  const { status, paidMinor, refundedMinor } = source.transaction;
  const whole = paidMinor > 0n && refundedMinor + decision.refundedMinor === paidMinor;
  const open = status === '300_PARTIAL' || status === '304_SETTLED';
  return whole && open ? { ...decision, transactionStatus: '408_REFUNDED' } : decision;
}

function nothing(ignore?: 'DUPLICATE' | 'NO_NEWS'): RefundDecision {
  const none = { moves: [], reservedMinor: 0n, refundedMinor: 0n, suspenseRefundedMinor: 0n, findings: [] };
  return ignore === undefined ? none : { ...none, ignore };
}
