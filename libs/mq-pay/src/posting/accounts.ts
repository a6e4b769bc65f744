export type AccountType =
  | 'PROVIDER_RECEIVABLE'
  | 'IN_TRANSIT'
  | 'CASH_DRAWER'
  | 'BANK_CLAIMED'
  | 'BANK_MERCHANT'
  | 'BANK_PLATFORM'
  | 'CHARGEBACK_HELD'
  | 'MERCHANT_RECEIVABLE'
  | 'BUYER_RECEIVABLE'
  | 'FEES'
  | 'FEE_VAT'
  | 'MERCHANT_OWN'
  | 'MERCHANT_PAYABLE'
  | 'SUSPENSE'
  | 'REFUND_PAYABLE'
  | 'CHARGEBACK_RESERVE'
  | 'PAYOUT_CLEARING'
  | 'ADJUSTMENT'
  | 'SETTLEMENT_DIFF'
  | 'CASH_OVER_SHORT';

export type EntrySide = 'DEBIT' | 'CREDIT';

/** What an account of a type is kept per. */
export type AccountDimension = 'merchantId' | 'provider' | 'reason';

export interface AccountRule {
  /** The side on which the account grows. */
  readonly normalSide: EntrySide;
  readonly dimensions: readonly AccountDimension[];
}

const assetOf = (...dimensions: AccountDimension[]): AccountRule => ({ normalSide: 'DEBIT', dimensions });
const liabilityOf = (...dimensions: AccountDimension[]): AccountRule => ({ normalSide: 'CREDIT', dimensions });

/** The chart of accounts: normal side and the dimensions an account of each type must name, no more and no fewer. */
export const ACCOUNT_RULES: Readonly<Record<AccountType, AccountRule>> = {
  PROVIDER_RECEIVABLE: assetOf('merchantId', 'provider'),
  IN_TRANSIT: assetOf('merchantId', 'provider'),
  CASH_DRAWER: assetOf('merchantId'),
  BANK_CLAIMED: assetOf('merchantId'),
  BANK_MERCHANT: assetOf('merchantId'),
  BANK_PLATFORM: assetOf(),
  CHARGEBACK_HELD: assetOf('merchantId', 'provider'),
  MERCHANT_RECEIVABLE: assetOf('merchantId'),
  BUYER_RECEIVABLE: assetOf('merchantId'),
  FEES: assetOf(),
  FEE_VAT: assetOf(),
  MERCHANT_OWN: liabilityOf('merchantId'),
  MERCHANT_PAYABLE: liabilityOf('merchantId'),
  SUSPENSE: liabilityOf('merchantId', 'provider'),
  REFUND_PAYABLE: liabilityOf('merchantId'),
  CHARGEBACK_RESERVE: liabilityOf('merchantId'),
  PAYOUT_CLEARING: liabilityOf('merchantId'),
  ADJUSTMENT: liabilityOf('reason'),
  SETTLEMENT_DIFF: liabilityOf('provider'),
  CASH_OVER_SHORT: liabilityOf('merchantId'),
};

/** Names one account of the ledger; the dimensions follow `ACCOUNT_RULES`. */
export interface LedgerAccountRef {
  readonly type: AccountType;
  readonly merchantId?: string;
  readonly provider?: string;
  readonly reason?: string;
}

/** A stable text for an account: type and dimensions in fixed order, e.g. `SUSPENSE|merchantId=…|provider=…`. */
export function accountCode(account: LedgerAccountRef): string {
  const dimensions = ACCOUNT_RULES[account.type].dimensions.map((name) => `${name}=${account[name] ?? ''}`);
  return [account.type, ...dimensions].join('|');
}
