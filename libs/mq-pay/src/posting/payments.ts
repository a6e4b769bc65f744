import { buyerDebit, ownerAccount, ownerDebit, receivingAccount, suspenseLine } from './instrument';
import type { OwnerDebit, PostingContext } from './instrument';
import type { JournalDraft } from './journal';
import { draft } from './version-1';

export interface PaymentSuccessPosting extends PostingContext {
  readonly attemptId: string;
  readonly providerReference: string;
  /** What counts towards the transaction's `paid`. */
  readonly appliedMinor: bigint;
  /** What waits for a decision; always 0 for counter money, which is refused instead. */
  readonly suspenseMinor: bigint;
}

export interface ReversalPosting extends PostingContext, OwnerDebit {
  readonly attemptId: string;
  readonly providerReference: string;
  readonly fromOwnerMinor: bigint;
  readonly fromSuspenseMinor: bigint;
  readonly fromBuyerMinor: bigint;
}

/** QR, gateway, VietQR, cash or counter transfer succeeded: where its money is now, against OWNER and SUSPENSE. */
export function postPaymentSuccess(posting: PaymentSuccessPosting): JournalDraft {
  const { attemptId, providerReference, appliedMinor, suspenseMinor } = posting;
  return draft('PAYMENT_SUCCESS', `attempt:${attemptId}:success:${providerReference}`, posting.currency, [
    ['DEBIT', receivingAccount(posting), appliedMinor + suspenseMinor],
    ['CREDIT', ownerAccount(posting), appliedMinor],
    ...suspenseLine('CREDIT', posting, suspenseMinor),
  ]);
}

/** A verified callback that names no attempt of ours: the whole amount waits in suspense. */
export function postSuspenseWithoutAttempt(
  posting: PostingContext & {
    readonly suspenseItemId: string;
    readonly providerReference: string;
    readonly amountMinor: bigint;
  },
): JournalDraft {
  const key = `suspense:${posting.suspenseItemId}:received:${posting.providerReference}`;
  return draft('SUSPENSE_RECEIVED', key, posting.currency, [
    ['DEBIT', receivingAccount(posting), posting.amountMinor],
    ...suspenseLine('CREDIT', posting, posting.amountMinor),
  ]);
}

/** Money in suspense turns out to be due for a sale. `acceptance` numbers the acceptances of one item from 1. */
export function postSuspenseAccepted(
  posting: PostingContext & {
    readonly suspenseItemId: string;
    readonly acceptance: number;
    readonly amountMinor: bigint;
  },
): JournalDraft {
  const key = `suspense:${posting.suspenseItemId}:accepted:${posting.acceptance}`;
  return draft('SUSPENSE_ACCEPTED', key, posting.currency, [
    ...suspenseLine('DEBIT', posting, posting.amountMinor),
    ['CREDIT', ownerAccount(posting), posting.amountMinor],
  ]);
}

/** The bank statement proves a transfer that the cashier had claimed. */
export function postBankClaimProven(
  posting: Pick<PostingContext, 'merchantId' | 'currency'> & {
    readonly attemptId: string;
    readonly statementReference: string;
    readonly amountMinor: bigint;
  },
): JournalDraft {
  const { merchantId, amountMinor } = posting;
  const key = `attempt:${posting.attemptId}:bank-proven:${posting.statementReference}`;
  return draft('BANK_CLAIM_PROVEN', key, posting.currency, [
    ['DEBIT', { type: 'BANK_MERCHANT', merchantId }, amountMinor],
    ['CREDIT', { type: 'BANK_CLAIMED', merchantId }, amountMinor],
  ]);
}

/** The provider took a success back; what the owner cannot bear any more the buyer owes. */
export function postPaymentReversed(posting: ReversalPosting): JournalDraft {
  const { attemptId, providerReference, fromOwnerMinor, fromSuspenseMinor, fromBuyerMinor } = posting;
  return draft('PAYMENT_REVERSED', `attempt:${attemptId}:reversed:${providerReference}`, posting.currency, [
    ...ownerDebit(posting, fromOwnerMinor),
    buyerDebit(posting, fromBuyerMinor),
    ...suspenseLine('DEBIT', posting, fromSuspenseMinor),
    ['CREDIT', receivingAccount(posting), fromOwnerMinor + fromSuspenseMinor + fromBuyerMinor],
  ]);
}
