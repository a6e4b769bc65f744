import { buyerDebit, ownerDebit, payingAccount, suspenseLine } from './instrument';
import type { OwnerDebit, PostingContext } from './instrument';
import { mirrored } from './journal';
import type { JournalDraft, JournalEntryDraft } from './journal';
import { draft } from './version-1';

/** The context is that of the instrument that pays out, which a manual refund chooses anew. */
export interface RefundPosting extends PostingContext {
  readonly refundId: string;
  /** The number of the try, from 1. */
  readonly tryNumber: number;
  readonly amountMinor: bigint;
}

export interface LateRefundPosting extends Omit<RefundPosting, 'amountMinor'>, OwnerDebit {
  readonly fromOwnerMinor: bigint;
  /** Only for the refund of a suspense item. */
  readonly fromSuspenseMinor: bigint;
  readonly fromBuyerMinor: bigint;
}

/** A refund (or one more try of a failed one) takes its money aside; the automatic one of a surplus takes it from SUSPENSE. */
export function postRefundOpened(
  posting: RefundPosting & OwnerDebit & { readonly source: 'OWNER' | 'SUSPENSE' },
): JournalDraft {
  const { merchantId, amountMinor } = posting;
  return draft('REFUND_OPENED', refundKey(posting, 'opened'), posting.currency, [
    ...(posting.source === 'OWNER' ? ownerDebit(posting, amountMinor) : suspenseLine('DEBIT', posting, amountMinor)),
    ['CREDIT', { type: 'REFUND_PAYABLE', merchantId }, amountMinor],
  ]);
}

/** The refund is proven: paid by the provider, from the drawer or from the bank, as its instrument says. */
export function postRefundSucceeded(posting: RefundPosting): JournalDraft {
  const { merchantId, amountMinor } = posting;
  return draft('REFUND_SUCCEEDED', refundKey(posting, 'succeeded'), posting.currency, [
    ['DEBIT', { type: 'REFUND_PAYABLE', merchantId }, amountMinor],
    ['CREDIT', payingAccount(posting), amountMinor],
  ]);
}

/** The refund is proven to have failed: the money goes back line by line to where the opening took it. */
export function postRefundFailed(
  posting: Pick<RefundPosting, 'refundId' | 'tryNumber'> & {
    readonly opened: Pick<JournalDraft, 'currency'> & { readonly entries: readonly JournalEntryDraft[] };
  },
): JournalDraft {
  const { currency, entries } = posting.opened;
  return draft('REFUND_FAILED', refundKey(posting, 'failed'), currency, mirrored(entries));
}

/** The provider proves a refund that had counted as failed: what is no longer refundable the buyer owes. */
export function postRefundSucceededAfterFailure(posting: LateRefundPosting): JournalDraft {
  const { fromOwnerMinor, fromSuspenseMinor, fromBuyerMinor } = posting;
  const key = refundKey(posting, 'succeeded-after-failure');
  return draft('REFUND_SUCCEEDED_AFTER_FAILURE', key, posting.currency, [
    ...ownerDebit(posting, fromOwnerMinor),
    ...suspenseLine('DEBIT', posting, fromSuspenseMinor),
    buyerDebit(posting, fromBuyerMinor),
    ['CREDIT', payingAccount(posting), fromOwnerMinor + fromSuspenseMinor + fromBuyerMinor],
  ]);
}

function refundKey(posting: Pick<RefundPosting, 'refundId' | 'tryNumber'>, event: string): string {
  return `refund:${posting.refundId}:${event}:${posting.tryNumber}`;
}
