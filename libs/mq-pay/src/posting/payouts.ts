import { signed } from './journal';
import type { JournalDraft } from './journal';
import { draft } from './version-1';

/** A payout of money in our custody (settlement model PLATFORM) to its merchant. */
export interface PayoutPosting {
  readonly merchantId: string;
  readonly currency: string;
  readonly payoutId: string;
  readonly amountMinor: bigint;
}

/**
 * Takes the payout's money aside and nets MERCHANT_RECEIVABLE by its balance `nettedMinor`: what the merchant owes us is
 * kept back; a balance below zero (a debt that was netted and then cancelled) is paid out. `payableAvailableMinor` is
 * the balance of MERCHANT_PAYABLE under the merchant's lock; throws `RangeError` where it does not bear both.
 */
export function postPayoutReserved(
  posting: PayoutPosting & { readonly nettedMinor: bigint; readonly payableAvailableMinor: bigint },
): JournalDraft {
  const { merchantId, amountMinor, nettedMinor, payableAvailableMinor } = posting;
  if (amountMinor + nettedMinor > payableAvailableMinor)
    throw new RangeError('A payout is never more than is payable.');
  return draft('PAYOUT_RESERVED', `payout:${posting.payoutId}:reserved:1`, posting.currency, [
    signed('DEBIT', { type: 'MERCHANT_PAYABLE', merchantId }, amountMinor + nettedMinor),
    ['CREDIT', { type: 'PAYOUT_CLEARING', merchantId }, amountMinor],
    signed('CREDIT', { type: 'MERCHANT_RECEIVABLE', merchantId }, nettedMinor),
  ]);
}

/** The bank has paid. */
export function postPayoutPaid(posting: PayoutPosting): JournalDraft {
  return draft('PAYOUT_PAID', `payout:${posting.payoutId}:paid:1`, posting.currency, [
    ['DEBIT', { type: 'PAYOUT_CLEARING', merchantId: posting.merchantId }, posting.amountMinor],
    ['CREDIT', { type: 'BANK_PLATFORM' }, posting.amountMinor],
  ]);
}

/** It is proven that the bank has not paid. What was netted stays netted. */
export function postPayoutFailed(posting: PayoutPosting): JournalDraft {
  return draft('PAYOUT_FAILED', `payout:${posting.payoutId}:failed:1`, posting.currency, [
    ['DEBIT', { type: 'PAYOUT_CLEARING', merchantId: posting.merchantId }, posting.amountMinor],
    ['CREDIT', { type: 'MERCHANT_PAYABLE', merchantId: posting.merchantId }, posting.amountMinor],
  ]);
}

/** A paid payout came back, for example from a closed account. */
export function postPayoutReturned(posting: PayoutPosting): JournalDraft {
  return draft('PAYOUT_RETURNED', `payout:${posting.payoutId}:returned:1`, posting.currency, [
    ['DEBIT', { type: 'BANK_PLATFORM' }, posting.amountMinor],
    ['CREDIT', { type: 'MERCHANT_PAYABLE', merchantId: posting.merchantId }, posting.amountMinor],
  ]);
}
