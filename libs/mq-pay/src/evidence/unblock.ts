import { statusForPaid } from './decide-reversal';
import type { FindingCode, TransactionState } from './decision';
import { smaller } from '../smaller';
import { transition } from '../states/machine';
import { TRANSACTION_MACHINE } from '../states/machines';
import type { TransactionStatus } from '../states/machines';

/** Money of a blocked transaction that waits in suspense. */
export interface BlockedSuspense {
  readonly suspenseItemId: string;
  readonly attemptId: string;
  /** Another payment of its attempt counts already; then this one is a second payment. */
  readonly attemptIsPaid: boolean;
  /** Still in suspense: neither accepted nor given back. */
  readonly suspenseMinor: bigint;
  readonly finding: FindingCode;
  readonly paidAtMs: number;
}

export interface UnblockDecision {
  readonly transactionStatus: TransactionStatus;
  /** What to accept from suspense, in this order, each > 0. */
  readonly acceptances: readonly { readonly suspenseItemId: string; readonly amountMinor: bigint }[];
  /** Is paid in full by this: the other open attempts are cancelled. */
  readonly settles: boolean;
}

/**
 * Unblocking runs the merge again: successes that only the block kept out (finding `TRANSACTION_BLOCKED`: paid in time
 * and with the right amount) are accepted up to what is due, the earliest first and one per attempt; the rest stays in
 * suspense. Throws `IllegalTransitionError` for a transaction that is not blocked.
 */
export function decideUnblock(transaction: TransactionState, items: readonly BlockedSuspense[]): UnblockDecision {
  let paidMinor = transaction.paidMinor;
  const acceptances: { suspenseItemId: string; amountMinor: bigint }[] = [];
  const paidAttempts = new Set(items.filter((item) => item.attemptIsPaid).map((item) => item.attemptId));
  const waiting = items
    .filter((item) => item.finding === 'TRANSACTION_BLOCKED' && item.suspenseMinor > 0n)
    .toSorted((left, right) => left.paidAtMs - right.paidAtMs || (left.suspenseItemId < right.suspenseItemId ? -1 : 1));
  for (const item of waiting) {
    const due = transaction.totalMinor - paidMinor;
    if (due <= 0n || paidAttempts.has(item.attemptId)) continue;
    const amountMinor = smaller(item.suspenseMinor, due);
    acceptances.push({ suspenseItemId: item.suspenseItemId, amountMinor });
    paidAttempts.add(item.attemptId);
    paidMinor += amountMinor;
  }
  const proven = statusForPaid(paidMinor, transaction.totalMinor, transaction.refundedMinor);
  return {
    transactionStatus: transition(TRANSACTION_MACHINE, transaction.status, proven),
    acceptances,
    settles: proven === '304_SETTLED' && transaction.paidMinor < transaction.totalMinor,
  };
}
