import type { PaymentMethod, ProviderCode, SettlementModel } from '../provider';
import { smaller } from '../smaller';
import type { LedgerAccountRef } from './accounts';
import type { Line } from './journal';

/** What every rule has to know: whose money, in what currency, through which instrument. */
export interface PostingContext {
  readonly merchantId: string;
  readonly currency: string;
  readonly provider: ProviderCode;
  readonly method: PaymentMethod;
  readonly settlementModel: SettlementModel;
}

/**
 * A debit of the owner's money. For PLATFORM the balance of MERCHANT_PAYABLE must be given, read under the merchant's
 * reservation lock: what goes beyond it the merchant owes.
 */
export interface OwnerDebit {
  readonly payableAvailableMinor?: bigint;
}

/** OWNER of the rules: in our custody only with a provider that settles to the platform. */
export function ownerAccount(context: PostingContext): LedgerAccountRef {
  return { type: isInCustody(context) ? 'MERCHANT_PAYABLE' : 'MERCHANT_OWN', merchantId: context.merchantId };
}

/** BANK of the rules: where the settled money of an instrument arrives. */
export function bankAccount(context: PostingContext): LedgerAccountRef {
  return isInCustody(context) ? { type: 'BANK_PLATFORM' } : { type: 'BANK_MERCHANT', merchantId: context.merchantId };
}

/** Where money of this instrument is before anybody has counted it. */
export function receivingAccount(context: PostingContext): LedgerAccountRef {
  const { merchantId, provider, method } = context;
  if (provider === 'VIETQR') return { type: 'BANK_MERCHANT', merchantId };
  if (provider !== 'SYSTEM') return { type: 'PROVIDER_RECEIVABLE', merchantId, provider };
  return { type: method === '000_CASH' ? 'CASH_DRAWER' : 'BANK_CLAIMED', merchantId };
}

/** What a refund through this instrument is paid from; a transfer by hand leaves the merchant's bank account. */
export function payingAccount(context: PostingContext): LedgerAccountRef {
  const byTransfer = context.provider === 'SYSTEM' && context.method !== '000_CASH';
  return byTransfer ? { type: 'BANK_MERCHANT', merchantId: context.merchantId } : receivingAccount(context);
}

/** What a provider owes a merchant or us. Throws `RangeError` for an instrument without a provider in between. */
export function providerReceivable(context: PostingContext): LedgerAccountRef {
  const account = receivingAccount(context);
  if (account.type === 'PROVIDER_RECEIVABLE') return account;
  throw new RangeError(`${context.provider} owes nobody: its money is never with a provider.`);
}

/**
 * Takes an amount from OWNER: what custody does not hold becomes the merchant's debt. Nothing needs no balance; else
 * throws `RangeError` without one.
 */
export function ownerDebit(context: PostingContext & OwnerDebit, amountMinor: bigint): readonly Line[] {
  if (amountMinor === 0n) return [];
  const owner = ownerAccount(context);
  if (owner.type === 'MERCHANT_OWN') return [['DEBIT', owner, amountMinor]];
  const available = context.payableAvailableMinor;
  if (available === undefined || available < 0n) {
    throw new RangeError('A debit of MERCHANT_PAYABLE needs its balance, which is never negative.');
  }
  const fromPayable = smaller(amountMinor, available);
  return [
    ['DEBIT', owner, fromPayable],
    ['DEBIT', { type: 'MERCHANT_RECEIVABLE', merchantId: context.merchantId }, amountMinor - fromPayable],
  ];
}

/** A line on SUSPENSE, none for 0. Throws `RangeError` for counter money, which is refused instead of kept. */
export function suspenseLine(side: 'DEBIT' | 'CREDIT', context: PostingContext, amountMinor: bigint): readonly Line[] {
  if (amountMinor === 0n) return [];
  if (context.provider === 'SYSTEM') throw new RangeError('Counter money that cannot be applied is refused, not kept.');
  return [[side, { type: 'SUSPENSE', merchantId: context.merchantId, provider: context.provider }, amountMinor]];
}

/** A line on what a buyer who was paid twice owes. */
export function buyerDebit(context: PostingContext, amountMinor: bigint): Line {
  return ['DEBIT', { type: 'BUYER_RECEIVABLE', merchantId: context.merchantId }, amountMinor];
}

/** VietQR, cash and counter transfer reach the merchant himself, whatever the settlement model says. */
function isInCustody({ provider, settlementModel }: PostingContext): boolean {
  return settlementModel === 'PLATFORM' && provider !== 'SYSTEM' && provider !== 'VIETQR';
}
