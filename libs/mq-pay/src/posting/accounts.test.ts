import { describe, expect, it } from 'vitest';
import { ACCOUNT_RULES, accountCode } from './accounts';
import type { AccountType } from './accounts';

/** The chart of accounts: dimensions of those that grow on the debit side, then of those that grow on the credit side. */
const CHART: Readonly<Record<'DEBIT' | 'CREDIT', Readonly<Partial<Record<AccountType, string>>>>> = {
  DEBIT: {
    PROVIDER_RECEIVABLE: 'merchantId=m|provider=p',
    IN_TRANSIT: 'merchantId=m|provider=p',
    CASH_DRAWER: 'merchantId=m',
    BANK_CLAIMED: 'merchantId=m',
    BANK_MERCHANT: 'merchantId=m',
    BANK_PLATFORM: '',
    CHARGEBACK_HELD: 'merchantId=m|provider=p',
    MERCHANT_RECEIVABLE: 'merchantId=m',
    BUYER_RECEIVABLE: 'merchantId=m',
    FEES: '',
    FEE_VAT: '',
  },
  CREDIT: {
    MERCHANT_OWN: 'merchantId=m',
    MERCHANT_PAYABLE: 'merchantId=m',
    SUSPENSE: 'merchantId=m|provider=p',
    REFUND_PAYABLE: 'merchantId=m',
    CHARGEBACK_RESERVE: 'merchantId=m',
    PAYOUT_CLEARING: 'merchantId=m',
    ADJUSTMENT: 'reason=r',
    SETTLEMENT_DIFF: 'provider=p',
    CASH_OVER_SHORT: 'merchantId=m',
  },
};

describe('the chart of accounts', () => {
  const rows = (['DEBIT', 'CREDIT'] as const).flatMap((side) =>
    Object.entries(CHART[side]).map(([type, dimensions]) => [type as AccountType, side, dimensions] as const),
  );

  it('has exactly the agreed accounts', () => {
    expect(Object.keys(ACCOUNT_RULES).sort()).toEqual(rows.map(([type]) => type).sort());
  });

  it.each(rows)('%s grows by %s and is kept per %j', (type, side, dimensions) => {
    expect(ACCOUNT_RULES[type].normalSide).toBe(side);
    const code = accountCode({ type, merchantId: 'm', provider: 'p', reason: 'r' });
    expect(code).toBe(dimensions === '' ? type : `${type}|${dimensions}`);
    expect(accountCode({ type })).toBe(code.replaceAll(/=[mpr]/g, '='));
  });
});
