import { POSTING_RULES_VERSION, postingRules, type JournalDraft } from '@nx/mq-pay';
import type { Attempt } from '../transactions/transaction';
import type { Chargeback } from './chargeback';

const rules = postingRules(POSTING_RULES_VERSION);

/** The journal of a chargeback's opening or end; the end goes back to the accounts that the opening took from. */
export const chargebackJournal = (
  chargeback: Chargeback,
  attempt: Attempt,
  what: 'OPENED' | 'WON' | 'LOST',
): JournalDraft => {
  const posting = {
    merchantId: chargeback.merchantId,
    currency: chargeback.currency,
    provider: chargeback.provider,
    method: attempt.method,
    settlementModel: chargeback.settlementModel,
    chargebackId: chargeback.id,
    amountMinor: chargeback.amount,
  };
  if (what === 'LOST') return rules.postChargebackLost(posting);
  const opened = rules.postChargebackOpened({ ...posting, payableAvailableMinor: chargeback.ownerAvailable });
  return what === 'OPENED' ? opened : rules.postChargebackWon({ ...posting, opened });
};
