/** What a code says about the buyer's money. */
export interface MoneyMeaning {
  readonly verdict: 'PAID' | 'DECLINED' | 'IN_DOUBT' | 'REVERSED';
  /** The end that a signed code proves for the attempt. */
  readonly finalStatus?: '500_FAIL' | '501_EXPIRED' | '505_CANCELLED';
}

const PAID: MoneyMeaning = { verdict: 'PAID' };
const IN_DOUBT: MoneyMeaning = { verdict: 'IN_DOUBT' };
const FAILED: MoneyMeaning = { verdict: 'DECLINED', finalStatus: '500_FAIL' };
const EXPIRED: MoneyMeaning = { verdict: 'DECLINED', finalStatus: '501_EXPIRED' };
const CANCELLED: MoneyMeaning = { verdict: 'DECLINED', finalStatus: '505_CANCELLED' };

/**
 * `vnp_TransactionStatus` of a payment. 05, 06 and 09 are states of a refund, and there is none without a success; 07 is
 * what the pay code 07 says, debited and not yet judged. None of them may end an attempt as failed.
 */
const BY_STATUS: ReadonlyMap<string, MoneyMeaning> = new Map([
  ['00', PAID],
  ['01', IN_DOUBT],
  ['02', FAILED],
  ['04', { verdict: 'REVERSED' }],
  ['05', IN_DOUBT],
  ['06', IN_DOUBT],
  ['07', IN_DOUBT],
  ['08', EXPIRED],
  ['09', IN_DOUBT],
  ['11', CANCELLED],
]);

/** The pay code for "debited, the merchant has to accept or decline". */
const SUSPICIOUS = '07';
const END_BY_CODE: ReadonlyMap<string, MoneyMeaning> = new Map([
  ['11', EXPIRED],
  ['24', CANCELLED],
]);

/** What a querydr's status of a payment means; a status that nobody knows decides nothing. */
export function meaningOfStatus(transactionStatus: string): MoneyMeaning {
  return BY_STATUS.get(transactionStatus) ?? IN_DOUBT;
}

/**
 * What code and status of an IPN mean together. Paid needs both to be 00 (VNPAY's samples disagree on "and" and "or"). A
 * failing code beside a status of success contradicts itself, so it decides nothing and the provider is asked.
 */
export function meaningOf(responseCode: string, transactionStatus: string): MoneyMeaning {
  const byStatus = meaningOfStatus(transactionStatus);
  if (byStatus.verdict === 'PAID') return responseCode === '00' ? PAID : IN_DOUBT;
  if (byStatus.verdict !== 'DECLINED') return byStatus;
  if (responseCode === SUSPICIOUS) return IN_DOUBT;
  return END_BY_CODE.get(responseCode) ?? byStatus;
}
