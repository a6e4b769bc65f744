import { ownerAccount, ownerDebit, providerReceivable } from './instrument';
import type { OwnerDebit, PostingContext } from './instrument';
import type { JournalDraft, JournalEntryDraft, Line } from './journal';
import { draft } from './version-1';

/** The context is that of the attempt that is contested. */
export interface ChargebackPosting extends PostingContext {
  readonly chargebackId: string;
  readonly amountMinor: bigint;
}

/** The provider keeps the money back while the claim is decided; the owner cannot dispose of it meanwhile. */
export function postChargebackOpened(posting: ChargebackPosting & OwnerDebit): JournalDraft {
  const { chargebackId, amountMinor } = posting;
  return draft('CHARGEBACK_OPENED', `chargeback:${chargebackId}:opened:1`, posting.currency, [
    ['DEBIT', held(posting), amountMinor],
    ...ownerDebit(posting, amountMinor),
    ['CREDIT', providerReceivable(posting), amountMinor],
    ['CREDIT', reserve(posting), amountMinor],
  ]);
}

/** The claim was refused: the provider owes the money again, and it goes back to where the opening took it. */
export function postChargebackWon(
  posting: ChargebackPosting & { readonly opened: { readonly entries: readonly JournalEntryDraft[] } },
): JournalDraft {
  const { chargebackId, amountMinor } = posting;
  const lender = new Set([ownerAccount(posting).type, 'MERCHANT_RECEIVABLE']);
  const taken = posting.opened.entries.filter(({ side, account }) => side === 'DEBIT' && lender.has(account.type));
  return draft('CHARGEBACK_WON', `chargeback:${chargebackId}:won:1`, posting.currency, [
    ['DEBIT', providerReceivable(posting), amountMinor],
    ['DEBIT', reserve(posting), amountMinor],
    ['CREDIT', held(posting), amountMinor],
    ...taken.map((entry): Line => ['CREDIT', entry.account, entry.amountMinor]),
  ]);
}

/** The claim was upheld: what was held is gone, and the reserve pays for it. */
export function postChargebackLost(posting: ChargebackPosting): JournalDraft {
  const { chargebackId, amountMinor } = posting;
  return draft('CHARGEBACK_LOST', `chargeback:${chargebackId}:lost:1`, posting.currency, [
    ['DEBIT', reserve(posting), amountMinor],
    ['CREDIT', held(posting), amountMinor],
  ]);
}

const held = ({ merchantId, provider }: PostingContext) => ({ type: 'CHARGEBACK_HELD', merchantId, provider }) as const;

const reserve = ({ merchantId }: PostingContext) => ({ type: 'CHARGEBACK_RESERVE', merchantId }) as const;
