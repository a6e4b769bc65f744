import { postChargebackLost, postChargebackOpened, postChargebackWon } from './chargebacks';
import { postAdjustment, postCashBanked, postCorrection } from './corrections';
import {
  postBankClaimProven,
  postPaymentReversed,
  postPaymentSuccess,
  postSuspenseAccepted,
  postSuspenseWithoutAttempt,
} from './payments';
import { postPayoutFailed, postPayoutPaid, postPayoutReserved, postPayoutReturned } from './payouts';
import { postRefundFailed, postRefundOpened, postRefundSucceeded, postRefundSucceededAfterFailure } from './refunds';
import { postFeeCharged, postFeeRecharged, postSettlementBanked, postSettlementReported } from './settlements';

const VERSION_1 = {
  postPaymentSuccess,
  postSuspenseWithoutAttempt,
  postSuspenseAccepted,
  postBankClaimProven,
  postPaymentReversed,
  postRefundOpened,
  postRefundSucceeded,
  postRefundFailed,
  postRefundSucceededAfterFailure,
  postChargebackOpened,
  postChargebackWon,
  postChargebackLost,
  postFeeCharged,
  postFeeRecharged,
  postSettlementReported,
  postSettlementBanked,
  postPayoutReserved,
  postPayoutPaid,
  postPayoutFailed,
  postPayoutReturned,
  postCashBanked,
  postAdjustment,
  postCorrection,
} as const;

/** The posting rules by version. A version that journals were made by is never changed and never removed. */
export const POSTING_RULES = { '1': VERSION_1 } as const;

/** The version that new journals are made by; it stands on every journal. */
export const POSTING_RULES_VERSION = '1' satisfies keyof typeof POSTING_RULES;

/** The rules that a journal was made by. Throws `RangeError` for a version that never existed. */
export function postingRules(version: string): (typeof POSTING_RULES)[keyof typeof POSTING_RULES] {
  if (!isVersion(version)) throw new RangeError(`There are no posting rules of version ${version}.`);
  return POSTING_RULES[version];
}

function isVersion(version: string): version is keyof typeof POSTING_RULES {
  return Object.hasOwn(POSTING_RULES, version);
}
