import type { PaymentMethod, ProviderCode, SettlementModel } from '../provider';
import type { LedgerAccountRef } from './accounts';
import { draftJournal } from './journal';
import type { JournalDraft, Line } from './journal';

/** What every rule has to know: whose money, in what currency, through which instrument. */
export interface PostingContext {
  readonly merchantId: string;
  readonly currency: string;
  readonly provider: ProviderCode;
  readonly method: PaymentMethod;
  readonly settlementModel: SettlementModel;
}

export interface PaymentSuccessPosting extends PostingContext {
  readonly attemptId: string;
  readonly providerReference: string;
  /** What counts towards the transaction's `paid`. */
  readonly appliedMinor: bigint;
  /** What waits for a decision; always 0 for counter money, which is refused instead. */
  readonly suspenseMinor: bigint;
}

/** A debit of the owner's money. For PLATFORM the balance of MERCHANT_PAYABLE must be given (reserved under its row lock). */
export interface OwnerDebit {
  readonly payableAvailableMinor?: bigint;
}

export interface ReversalPosting extends PostingContext, OwnerDebit {
  readonly attemptId: string;
  readonly providerReference: string;
  readonly fromOwnerMinor: bigint;
  readonly fromSuspenseMinor: bigint;
  readonly fromBuyerMinor: bigint;
}

export interface RefundPosting extends PostingContext {
  readonly refundId: string;
  /** The number of the try, from 1. */
  readonly tryNumber: number;
  readonly amountMinor: bigint;
}

/** QR, gateway, cash or counter transfer succeeded: the instrument's receivable against OWNER and SUSPENSE. */
export function postPaymentSuccess(posting: PaymentSuccessPosting): JournalDraft {
  const { attemptId, providerReference, appliedMinor, suspenseMinor } = posting;
  return draftJournal('PAYMENT_SUCCESS', `attempt:${attemptId}:success:${providerReference}`, posting.currency, [
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
  return draftJournal('SUSPENSE_RECEIVED', key, posting.currency, [
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
  return draftJournal('SUSPENSE_ACCEPTED', key, posting.currency, [
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
  return draftJournal('BANK_CLAIM_PROVEN', key, posting.currency, [
    ['DEBIT', { type: 'BANK_MERCHANT', merchantId }, amountMinor],
    ['CREDIT', { type: 'BANK_CLAIMED', merchantId }, amountMinor],
  ]);
}

/** The provider took a success back; what the owner cannot bear any more the buyer owes. */
export function postPaymentReversed(posting: ReversalPosting): JournalDraft {
  const { attemptId, providerReference, fromOwnerMinor, fromSuspenseMinor, fromBuyerMinor, merchantId } = posting;
  return draftJournal('PAYMENT_REVERSED', `attempt:${attemptId}:reversed:${providerReference}`, posting.currency, [
    ...ownerDebit(posting, fromOwnerMinor),
    ['DEBIT', { type: 'BUYER_RECEIVABLE', merchantId }, fromBuyerMinor],
    ...suspenseLine('DEBIT', posting, fromSuspenseMinor),
    ['CREDIT', receivingAccount(posting), fromOwnerMinor + fromSuspenseMinor + fromBuyerMinor],
  ]);
}

/** A refund (or one more try of a failed one) takes its money aside; the automatic one of a surplus takes it from SUSPENSE. */
export function postRefundOpened(
  posting: RefundPosting & OwnerDebit & { readonly source: 'OWNER' | 'SUSPENSE' },
): JournalDraft {
  const { merchantId, amountMinor } = posting;
  return draftJournal('REFUND_OPENED', refundKey(posting, 'opened'), posting.currency, [
    ...(posting.source === 'OWNER' ? ownerDebit(posting, amountMinor) : suspenseLine('DEBIT', posting, amountMinor)),
    ['CREDIT', { type: 'REFUND_PAYABLE', merchantId }, amountMinor],
  ]);
}

/** The refund is proven: paid by the provider, from the drawer or from the bank, as its instrument says. */
export function postRefundSucceeded(posting: RefundPosting): JournalDraft {
  const { merchantId, amountMinor } = posting;
  return draftJournal('REFUND_SUCCEEDED', refundKey(posting, 'succeeded'), posting.currency, [
    ['DEBIT', { type: 'REFUND_PAYABLE', merchantId }, amountMinor],
    ['CREDIT', payingAccount(posting), amountMinor],
  ]);
}

/** The refund is proven to have failed: the money goes back line by line to where the opening took it. */
export function postRefundFailed(
  posting: Pick<RefundPosting, 'refundId' | 'tryNumber'> & {
    readonly opened: Pick<JournalDraft, 'currency' | 'entries'>;
  },
): JournalDraft {
  const lines = posting.opened.entries.map(({ account, side, amountMinor }): Line => [
    side === 'DEBIT' ? 'CREDIT' : 'DEBIT',
    account,
    amountMinor,
  ]);
  return draftJournal('REFUND_FAILED', refundKey(posting, 'failed'), posting.opened.currency, lines);
}

/** The provider proves a refund that had counted as failed: what is no longer refundable the buyer owes. */
export function postRefundSucceededAfterFailure(
  posting: Omit<RefundPosting, 'amountMinor'> &
    OwnerDebit & { readonly fromOwnerMinor: bigint; readonly fromBuyerMinor: bigint },
): JournalDraft {
  const { merchantId, fromOwnerMinor, fromBuyerMinor } = posting;
  const key = refundKey(posting, 'succeeded-after-failure');
  return draftJournal('REFUND_SUCCEEDED_AFTER_FAILURE', key, posting.currency, [
    ...ownerDebit(posting, fromOwnerMinor),
    ['DEBIT', { type: 'BUYER_RECEIVABLE', merchantId }, fromBuyerMinor],
    ['CREDIT', payingAccount(posting), fromOwnerMinor + fromBuyerMinor],
  ]);
}

/** OWNER of the rules: in our custody only with a provider that settles to the platform. */
export function ownerAccount(context: PostingContext): LedgerAccountRef {
  const platform = context.provider !== 'SYSTEM' && context.settlementModel === 'PLATFORM';
  return { type: platform ? 'MERCHANT_PAYABLE' : 'MERCHANT_OWN', merchantId: context.merchantId };
}

/** Where money of this instrument is before anybody has counted it. */
export function receivingAccount(context: PostingContext): LedgerAccountRef {
  const { merchantId, provider, method } = context;
  if (provider === 'VIETQR') return { type: 'BANK_MERCHANT', merchantId };
  if (provider !== 'SYSTEM') return { type: 'PROVIDER_RECEIVABLE', merchantId, provider };
  return { type: method === '000_CASH' ? 'CASH_DRAWER' : 'BANK_CLAIMED', merchantId };
}

/** What a refund through this instrument is paid from; a transfer by hand leaves the merchant's bank account. */
function payingAccount(context: PostingContext): LedgerAccountRef {
  const byTransfer = context.provider === 'SYSTEM' && context.method !== '000_CASH';
  return byTransfer ? { type: 'BANK_MERCHANT', merchantId: context.merchantId } : receivingAccount(context);
}

function ownerDebit(context: PostingContext & OwnerDebit, amountMinor: bigint): readonly Line[] {
  const owner = ownerAccount(context);
  if (owner.type === 'MERCHANT_OWN') return [['DEBIT', owner, amountMinor]];
  const available = context.payableAvailableMinor;
  if (available === undefined || available < 0n) {
    throw new RangeError('A debit of MERCHANT_PAYABLE needs its balance, which is never negative.');
  }
  const fromPayable = amountMinor < available ? amountMinor : available;
  return [
    ['DEBIT', owner, fromPayable],
    ['DEBIT', { type: 'MERCHANT_RECEIVABLE', merchantId: context.merchantId }, amountMinor - fromPayable],
  ];
}

function suspenseLine(side: 'DEBIT' | 'CREDIT', context: PostingContext, amountMinor: bigint): readonly Line[] {
  if (amountMinor === 0n) return [];
  if (context.provider === 'SYSTEM') throw new RangeError('Counter money that cannot be applied is refused, not kept.');
  return [[side, { type: 'SUSPENSE', merchantId: context.merchantId, provider: context.provider }, amountMinor]];
}

function refundKey(posting: Pick<RefundPosting, 'refundId' | 'tryNumber'>, event: string): string {
  return `refund:${posting.refundId}:${event}:${posting.tryNumber}`;
}
