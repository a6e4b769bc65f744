import { POSTING_RULES_VERSION, postingRules } from './rules';
import type { PostingContext } from './instrument';
import type { JournalDraft } from './journal';

/** A row of the posting table: the event, its journal, and that journal in one line. */
export type PostingCase = readonly [event: string, journal: () => JournalDraft, expected: string];

export const rules = postingRules(POSTING_RULES_VERSION);
const {
  postAdjustment,
  postCashBanked,
  postChargebackOpened,
  postCorrection,
  postFeeCharged,
  postFeeRecharged,
  postPayoutFailed,
  postPayoutPaid,
  postPayoutReserved,
  postPayoutReturned,
  postRefundOpened,
  postSettlementBanked,
  postSettlementReported,
} = rules;

export const base = { merchantId: 'M', currency: 'VND' };
export const direct = { ...base, provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', settlementModel: 'DIRECT' } as const;
export const platform = { ...direct, settlementModel: 'PLATFORM' } as const;
export const cash = { ...base, provider: 'SYSTEM', method: '000_CASH', settlementModel: 'PLATFORM' } as const;
export const transfer = { ...cash, method: '200_BANK_TRANSFER' } as const;
export const vietqr = { ...platform, provider: 'VIETQR' } as const;
export const attempt = { attemptId: 'A', providerReference: 'R' };
export const refund = { refundId: 'F', tryNumber: 1, amountMinor: 60n };
export const chargeback = { chargebackId: 'C', amountMinor: 60n };
export const settlement = { settlementId: 'S' };
export const payout = { ...base, payoutId: 'P', amountMinor: 60n };

export const opened = (
  context: PostingContext,
  source: 'OWNER' | 'SUSPENSE',
  payableAvailableMinor = 0n,
): JournalDraft => postRefundOpened({ ...context, ...refund, source, payableAvailableMinor });
export const contested = (context: PostingContext, payableAvailableMinor = 0n): JournalDraft =>
  postChargebackOpened({ ...context, ...chargeback, payableAvailableMinor });
export const late = { refundId: 'F', tryNumber: 1, fromOwnerMinor: 20n, fromSuspenseMinor: 0n, fromBuyerMinor: 40n };

export const adjustment = {
  adjustmentId: 'X',
  currency: 'VND',
  lines: [
    ['DEBIT', { type: 'ADJUSTMENT', reason: 'drawer' }, 2n],
    ['CREDIT', { type: 'CASH_OVER_SHORT', merchantId: 'M' }, 2n],
  ],
} as const;

/** The rows of settlements, payouts, cash and corrections. */
export const HOUSE_CASES: readonly PostingCase[] = [
  [
    'fee',
    () => postFeeCharged({ ...direct, ...settlement, feeMinor: 10n, vatMinor: 1n }),
    'FEES 10 + FEE_VAT 1 = PROVIDER_RECEIVABLE 11',
  ],
  [
    'fee without VAT',
    () => postFeeCharged({ ...direct, ...settlement, feeMinor: 10n, vatMinor: 0n }),
    'FEES 10 = PROVIDER_RECEIVABLE 10',
  ],
  [
    'fee recharged',
    () => postFeeRecharged({ ...direct, ...settlement, feeMinor: 10n, vatMinor: 1n }),
    'MERCHANT_OWN 11 = FEES 10 + FEE_VAT 1',
  ],
  [
    'fee recharged from custody',
    () => postFeeRecharged({ ...platform, ...settlement, feeMinor: 10n, vatMinor: 1n, payableAvailableMinor: 11n }),
    'MERCHANT_PAYABLE 11 = FEES 10 + FEE_VAT 1',
  ],
  [
    'settlement reported',
    () => postSettlementReported({ ...direct, ...settlement, netMinor: 89n }),
    'IN_TRANSIT 89 = PROVIDER_RECEIVABLE 89',
  ],
  [
    'settlement that the provider collects',
    () => postSettlementReported({ ...direct, ...settlement, netMinor: -9n }),
    'PROVIDER_RECEIVABLE 9 = IN_TRANSIT 9',
  ],
  [
    'settlement on the merchant’s account',
    () => postSettlementBanked({ ...direct, ...settlement, statementReference: 'B', netMinor: 89n, bankedMinor: 89n }),
    'BANK_MERCHANT 89 = IN_TRANSIT 89',
  ],
  [
    'settlement on our account, less than reported',
    () =>
      postSettlementBanked({ ...platform, ...settlement, statementReference: 'B', netMinor: 89n, bankedMinor: 80n }),
    'BANK_PLATFORM 80 + SETTLEMENT_DIFF 9 = IN_TRANSIT 89',
  ],
  [
    'settlement on our account, more than reported',
    () =>
      postSettlementBanked({ ...platform, ...settlement, statementReference: 'B', netMinor: 89n, bankedMinor: 90n }),
    'BANK_PLATFORM 90 = SETTLEMENT_DIFF 1 + IN_TRANSIT 89',
  ],
  [
    'settlement that the provider collected',
    () => postSettlementBanked({ ...direct, ...settlement, statementReference: 'B', netMinor: -9n, bankedMinor: -9n }),
    'IN_TRANSIT 9 = BANK_MERCHANT 9',
  ],
  [
    'payout reserved',
    () => postPayoutReserved({ ...payout, nettedMinor: 0n, payableAvailableMinor: 60n }),
    'MERCHANT_PAYABLE 60 = PAYOUT_CLEARING 60',
  ],
  [
    'payout reserved, debt netted',
    () => postPayoutReserved({ ...payout, nettedMinor: 15n, payableAvailableMinor: 75n }),
    'MERCHANT_PAYABLE 75 = PAYOUT_CLEARING 60 + MERCHANT_RECEIVABLE 15',
  ],
  [
    'payout reserved, netted debt given back',
    () => postPayoutReserved({ ...payout, nettedMinor: -15n, payableAvailableMinor: 45n }),
    'MERCHANT_PAYABLE 45 + MERCHANT_RECEIVABLE 15 = PAYOUT_CLEARING 60',
  ],
  ['payout paid', () => postPayoutPaid(payout), 'PAYOUT_CLEARING 60 = BANK_PLATFORM 60'],
  ['payout failed', () => postPayoutFailed(payout), 'PAYOUT_CLEARING 60 = MERCHANT_PAYABLE 60'],
  ['payout returned', () => postPayoutReturned(payout), 'BANK_PLATFORM 60 = MERCHANT_PAYABLE 60'],
  [
    'cash banked',
    () => postCashBanked({ ...base, depositId: 'D', drawerMinor: 60n, bankedMinor: 60n }),
    'BANK_MERCHANT 60 = CASH_DRAWER 60',
  ],
  [
    'cash short',
    () => postCashBanked({ ...base, depositId: 'D', drawerMinor: 60n, bankedMinor: 58n }),
    'BANK_MERCHANT 58 + CASH_OVER_SHORT 2 = CASH_DRAWER 60',
  ],
  [
    'cash over',
    () => postCashBanked({ ...base, depositId: 'D', drawerMinor: 60n, bankedMinor: 63n }),
    'BANK_MERCHANT 63 = CASH_OVER_SHORT 3 + CASH_DRAWER 60',
  ],
  [
    'cash gone',
    () => postCashBanked({ ...base, depositId: 'D', drawerMinor: 60n, bankedMinor: 0n }),
    'CASH_OVER_SHORT 60 = CASH_DRAWER 60',
  ],
  [
    'adjustment',
    () => postAdjustment({ ...adjustment, madeBy: 'U1', approvedBy: 'U2' }),
    'ADJUSTMENT 2 = CASH_OVER_SHORT 2',
  ],
  [
    'correction',
    () => postCorrection({ journalId: 'J', journal: contested(platform, 50n) }),
    'PROVIDER_RECEIVABLE 60 + CHARGEBACK_RESERVE 60 = CHARGEBACK_HELD 60 + MERCHANT_PAYABLE 50 + MERCHANT_RECEIVABLE 10',
  ],
];
