import { ATTEMPT_MACHINE, canTransition } from '@nx/mq-pay';
import { dueMinor, type Attempt, type Transaction } from '../../transactions/transaction';

/** Money in suspense, as far as it matters whether it can count for a sale. */
export interface Waiting {
  readonly providerReference: string;
  /** What of it still waits (minor units). */
  readonly leftMinor: bigint;
}

export type Countable = { readonly amountMinor: bigint } | { readonly whyNot: string };

/**
 * What of money in suspense can count for the sale through an attempt: not more than is left, is due, and was asked for
 * by the attempt. An attempt is paid by one payment: its reference is what refunds and reversals go by.
 */
export const countableOf = (transaction: Transaction, attempt: Attempt, waiting: Waiting): Countable => {
  if (transaction.status !== '100_NEW' && transaction.status !== '300_PARTIAL') {
    return { whyNot: `The transaction is ${transaction.status}; nothing is due.` };
  }
  if (attempt.status !== '302_SUCCESS' && !canTransition(ATTEMPT_MACHINE, attempt.status, '302_SUCCESS')) {
    return { whyNot: `The attempt is ${attempt.status}.` };
  }
  if (attempt.appliedAmount > 0n && attempt.providerReference !== waiting.providerReference) {
    return { whyNot: 'The attempt is paid by another payment; this one can only go back.' };
  }
  if (waiting.leftMinor <= 0n) return { whyNot: 'Nothing is left of it.' };
  const bounds = [waiting.leftMinor, dueMinor(transaction), attempt.amount - attempt.appliedAmount];
  const amountMinor = bounds.reduce((least, bound) => (bound < least ? bound : least));
  return amountMinor > 0n ? { amountMinor } : { whyNot: 'Nothing of it is due.' };
};
