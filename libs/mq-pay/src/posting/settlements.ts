import { bankAccount, ownerDebit, providerReceivable } from './instrument';
import type { OwnerDebit, PostingContext } from './instrument';
import { signed } from './journal';
import type { JournalDraft } from './journal';
import { draft } from './version-1';

/** A settlement batch of one provider for one merchant. */
export interface SettlementPosting extends PostingContext {
  readonly settlementId: string;
}

/** The figures of the provider's report; nothing is computed from a rate. */
export interface FeePosting extends SettlementPosting {
  readonly feeMinor: bigint;
  readonly vatMinor: bigint;
}

/** The provider keeps its fee back from what it owes. */
export function postFeeCharged(posting: FeePosting): JournalDraft {
  const { settlementId, feeMinor, vatMinor } = posting;
  return draft('FEE_CHARGED', `settlement:${settlementId}:fee:1`, posting.currency, [
    ['DEBIT', { type: 'FEES' }, feeMinor],
    ['DEBIT', { type: 'FEE_VAT' }, vatMinor],
    ['CREDIT', providerReceivable(posting), feeMinor + vatMinor],
  ]);
}

/** The merchant bears the fee. */
export function postFeeRecharged(posting: FeePosting & OwnerDebit): JournalDraft {
  const { settlementId, feeMinor, vatMinor } = posting;
  return draft('FEE_RECHARGED', `settlement:${settlementId}:fee-recharged:1`, posting.currency, [
    ...ownerDebit(posting, feeMinor + vatMinor),
    ['CREDIT', { type: 'FEES' }, feeMinor],
    ['CREDIT', { type: 'FEE_VAT' }, vatMinor],
  ]);
}

/**
 * The provider reports what it will transfer. A negative net (more was given back than taken) is what it will collect;
 * throws `RangeError` for 0, which moves nothing.
 */
export function postSettlementReported(posting: SettlementPosting & { readonly netMinor: bigint }): JournalDraft {
  const { settlementId, netMinor, currency } = posting;
  return draft('SETTLEMENT_REPORTED', `settlement:${settlementId}:reported:1`, currency, [
    signed('DEBIT', inTransit(posting), netMinor),
    signed('CREDIT', providerReceivable(posting), netMinor),
  ]);
}

/** The bank statement shows the transfer; what differs from the report has to be explained to zero. */
export function postSettlementBanked(
  posting: SettlementPosting & {
    readonly statementReference: string;
    readonly netMinor: bigint;
    readonly bankedMinor: bigint;
  },
): JournalDraft {
  const { settlementId, statementReference, netMinor, bankedMinor, provider, currency } = posting;
  return draft('SETTLEMENT_BANKED', `settlement:${settlementId}:banked:${statementReference}`, currency, [
    signed('DEBIT', bankAccount(posting), bankedMinor),
    signed('DEBIT', { type: 'SETTLEMENT_DIFF', provider }, netMinor - bankedMinor),
    signed('CREDIT', inTransit(posting), netMinor),
  ]);
}

const inTransit = ({ merchantId, provider }: PostingContext) => ({ type: 'IN_TRANSIT', merchantId, provider }) as const;
