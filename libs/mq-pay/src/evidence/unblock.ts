import { statusForPaid } from './decide-reversal';
import type { FindingCode, TransactionState } from './decision';
import type { TransactionStatus } from '../states/machines';

/** Money of a blocked transaction that waits in suspense. */
export interface BlockedSuspense {
  readonly suspenseItemId: string;
  /** Still in suspense: neither accepted nor given back. */
  readonly suspenseMinor: bigint;
  readonly finding: FindingCode;
  readonly paidAtMs: number;
}

export interface UnblockDecision {
  readonly transactionStatus: TransactionStatus;
  /** What to accept from suspense, in this order, each > 0. */
  readonly acceptances: readonly { readonly suspenseItemId: string; readonly amountMinor: bigint }[];
}

/**
 * Unblocking runs the merge again: successes that only the block kept out (finding `TRANSACTION_BLOCKED`: paid in time
 * and with the right amount) are accepted up to what is due, the earliest first; the rest stays in suspense.
 */
export function decideUnblock(transaction: TransactionState, items: readonly BlockedSuspense[]): UnblockDecision {
  let paidMinor = transaction.paidMinor;
  const acceptances: { suspenseItemId: string; amountMinor: bigint }[] = [];
  const waiting = items
    .filter((item) => item.finding === 'TRANSACTION_BLOCKED' && item.suspenseMinor > 0n)
    .toSorted((left, right) => left.paidAtMs - right.paidAtMs || (left.suspenseItemId < right.suspenseItemId ? -1 : 1));
  for (const item of waiting) {
    const due = transaction.totalMinor - paidMinor;
    if (due <= 0n) break;
    const amountMinor = item.suspenseMinor < due ? item.suspenseMinor : due;
    acceptances.push({ suspenseItemId: item.suspenseItemId, amountMinor });
    paidMinor += amountMinor;
  }
  const transactionStatus = statusForPaid(paidMinor, transaction.totalMinor, transaction.refundedMinor);
  return { transactionStatus, acceptances };
}
