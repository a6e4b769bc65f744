import { describe, expect, it } from 'vitest';
import { accountCode } from './accounts';
import { balance, line } from './books.fixture';
import {
  HOUSE_CASES,
  adjustment,
  attempt,
  base,
  cash,
  chargeback,
  contested,
  direct,
  late,
  opened,
  payout,
  platform,
  refund,
  settlement,
  transfer,
  vietqr,
  rules,
} from './rules.fixture';
import type { PostingCase } from './rules.fixture';
import { checkJournal, draftsOfVersion } from './journal';
import type { JournalDraft } from './journal';
import { POSTING_RULES, POSTING_RULES_VERSION, postingRules } from './rules';

const {
  postAdjustment,
  postBankClaimProven,
  postChargebackLost,
  postChargebackWon,
  postCorrection,
  postPaymentReversed,
  postPaymentSuccess,
  postPayoutReserved,
  postRefundFailed,
  postRefundOpened,
  postRefundSucceeded,
  postRefundSucceededAfterFailure,
  postSettlementReported,
  postSuspenseAccepted,
  postSuspenseWithoutAttempt,
} = rules;

const CASES: readonly PostingCase[] = [
  [
    'QR, settled to the merchant',
    () => postPaymentSuccess({ ...direct, ...attempt, appliedMinor: 100n, suspenseMinor: 0n }),
    'PROVIDER_RECEIVABLE 100 = MERCHANT_OWN 100',
  ],
  [
    'QR, settled to us',
    () => postPaymentSuccess({ ...platform, ...attempt, appliedMinor: 100n, suspenseMinor: 0n }),
    'PROVIDER_RECEIVABLE 100 = MERCHANT_PAYABLE 100',
  ],
  [
    'surplus',
    () => postPaymentSuccess({ ...direct, ...attempt, appliedMinor: 40n, suspenseMinor: 60n }),
    'PROVIDER_RECEIVABLE 100 = MERCHANT_OWN 40 + SUSPENSE 60',
  ],
  [
    'whole to suspense',
    () => postPaymentSuccess({ ...platform, ...attempt, appliedMinor: 0n, suspenseMinor: 100n }),
    'PROVIDER_RECEIVABLE 100 = SUSPENSE 100',
  ],
  [
    'no attempt',
    () => postSuspenseWithoutAttempt({ ...direct, suspenseItemId: 'S', providerReference: 'R', amountMinor: 5n }),
    'PROVIDER_RECEIVABLE 5 = SUSPENSE 5',
  ],
  [
    'cash, whatever the settlement model',
    () => postPaymentSuccess({ ...cash, ...attempt, appliedMinor: 100n, suspenseMinor: 0n }),
    'CASH_DRAWER 100 = MERCHANT_OWN 100',
  ],
  [
    'transfer, said by the cashier',
    () => postPaymentSuccess({ ...transfer, ...attempt, appliedMinor: 100n, suspenseMinor: 0n }),
    'BANK_CLAIMED 100 = MERCHANT_OWN 100',
  ],
  [
    'transfer, proven',
    () => postBankClaimProven({ ...base, attemptId: 'A', statementReference: 'B', amountMinor: 100n }),
    'BANK_MERCHANT 100 = BANK_CLAIMED 100',
  ],
  [
    'VietQR by statement',
    () => postPaymentSuccess({ ...vietqr, ...attempt, appliedMinor: 100n, suspenseMinor: 0n }),
    'BANK_MERCHANT 100 = MERCHANT_OWN 100',
  ],
  [
    'suspense accepted',
    () => postSuspenseAccepted({ ...direct, suspenseItemId: 'S', acceptance: 1, amountMinor: 30n }),
    'SUSPENSE 30 = MERCHANT_OWN 30',
  ],
  [
    'reversal',
    () =>
      postPaymentReversed({ ...direct, ...attempt, fromOwnerMinor: 40n, fromSuspenseMinor: 0n, fromBuyerMinor: 60n }),
    'MERCHANT_OWN 40 + BUYER_RECEIVABLE 60 = PROVIDER_RECEIVABLE 100',
  ],
  [
    'reversal of what was not applied',
    () =>
      postPaymentReversed({ ...direct, ...attempt, fromOwnerMinor: 0n, fromSuspenseMinor: 100n, fromBuyerMinor: 0n }),
    'SUSPENSE 100 = PROVIDER_RECEIVABLE 100',
  ],
  [
    'reversal of what was not applied, without a look at the balance',
    () =>
      postPaymentReversed({ ...platform, ...attempt, fromOwnerMinor: 0n, fromSuspenseMinor: 70n, fromBuyerMinor: 30n }),
    'BUYER_RECEIVABLE 30 + SUSPENSE 70 = PROVIDER_RECEIVABLE 100',
  ],
  [
    'reversal beyond the balance',
    () =>
      postPaymentReversed({
        ...platform,
        ...attempt,
        fromOwnerMinor: 100n,
        fromSuspenseMinor: 0n,
        fromBuyerMinor: 0n,
        payableAvailableMinor: 70n,
      }),
    'MERCHANT_PAYABLE 70 + MERCHANT_RECEIVABLE 30 = PROVIDER_RECEIVABLE 100',
  ],
  ['refund opened', () => opened(direct, 'OWNER'), 'MERCHANT_OWN 60 = REFUND_PAYABLE 60'],
  ['refund opened from the balance', () => opened(platform, 'OWNER', 60n), 'MERCHANT_PAYABLE 60 = REFUND_PAYABLE 60'],
  ['refund opened without balance', () => opened(platform, 'OWNER', 0n), 'MERCHANT_RECEIVABLE 60 = REFUND_PAYABLE 60'],
  ['refund of a surplus', () => opened(platform, 'SUSPENSE'), 'SUSPENSE 60 = REFUND_PAYABLE 60'],
  [
    'refund done by the provider',
    () => postRefundSucceeded({ ...direct, ...refund }),
    'REFUND_PAYABLE 60 = PROVIDER_RECEIVABLE 60',
  ],
  ['refund in cash', () => postRefundSucceeded({ ...cash, ...refund }), 'REFUND_PAYABLE 60 = CASH_DRAWER 60'],
  ['refund by transfer', () => postRefundSucceeded({ ...transfer, ...refund }), 'REFUND_PAYABLE 60 = BANK_MERCHANT 60'],
  [
    'refund failed: back to where it came from',
    () => postRefundFailed({ ...refund, opened: opened(platform, 'OWNER', 10n) }),
    'REFUND_PAYABLE 60 = MERCHANT_PAYABLE 10 + MERCHANT_RECEIVABLE 50',
  ],
  [
    'refund of a surplus failed',
    () => postRefundFailed({ ...refund, opened: opened(direct, 'SUSPENSE') }),
    'REFUND_PAYABLE 60 = SUSPENSE 60',
  ],
  [
    'refund succeeded after all',
    () => postRefundSucceededAfterFailure({ ...direct, ...late }),
    'MERCHANT_OWN 20 + BUYER_RECEIVABLE 40 = PROVIDER_RECEIVABLE 60',
  ],
  [
    'refund succeeded after all, beyond the balance',
    () => postRefundSucceededAfterFailure({ ...platform, ...late, payableAvailableMinor: 5n }),
    'MERCHANT_PAYABLE 5 + MERCHANT_RECEIVABLE 15 + BUYER_RECEIVABLE 40 = PROVIDER_RECEIVABLE 60',
  ],
  [
    'refund of a surplus succeeded after all',
    () => postRefundSucceededAfterFailure({ ...platform, ...late, fromOwnerMinor: 0n, fromSuspenseMinor: 20n }),
    'SUSPENSE 20 + BUYER_RECEIVABLE 40 = PROVIDER_RECEIVABLE 60',
  ],
  [
    'VietQR refunded by its bank account',
    () => postRefundSucceeded({ ...vietqr, ...refund }),
    'REFUND_PAYABLE 60 = BANK_MERCHANT 60',
  ],
  [
    'chargeback',
    () => contested(direct),
    'CHARGEBACK_HELD 60 + MERCHANT_OWN 60 = PROVIDER_RECEIVABLE 60 + CHARGEBACK_RESERVE 60',
  ],
  [
    'chargeback beyond the balance',
    () => contested(platform, 50n),
    'CHARGEBACK_HELD 60 + MERCHANT_PAYABLE 50 + MERCHANT_RECEIVABLE 10 = PROVIDER_RECEIVABLE 60 + CHARGEBACK_RESERVE 60',
  ],
  [
    'chargeback won',
    () => postChargebackWon({ ...direct, ...chargeback, opened: contested(direct) }),
    'PROVIDER_RECEIVABLE 60 + CHARGEBACK_RESERVE 60 = CHARGEBACK_HELD 60 + MERCHANT_OWN 60',
  ],
  [
    'chargeback won: back to what was debited',
    () => postChargebackWon({ ...platform, ...chargeback, opened: contested(platform, 50n) }),
    'PROVIDER_RECEIVABLE 60 + CHARGEBACK_RESERVE 60 = CHARGEBACK_HELD 60 + MERCHANT_PAYABLE 50 + MERCHANT_RECEIVABLE 10',
  ],
  [
    'chargeback lost',
    () => postChargebackLost({ ...direct, ...chargeback }),
    'CHARGEBACK_RESERVE 60 = CHARGEBACK_HELD 60',
  ],
  ...HOUSE_CASES,
];

describe('posting rules', () => {
  it.each(CASES)('%s', (_name, journal, expected) => {
    const made = journal();
    expect(line(made)).toBe(expected);
    expect(made).toMatchObject({ rulesVersion: '1', currency: 'VND' });
    expect(() => checkJournal(made)).not.toThrow();
  });

  it('name their journals so that no event is posted twice', () => {
    const names = new Set(CASES.map(([, journal]) => `${journal().kind} ${journal().key}`));
    expect([...names]).toEqual([
      'PAYMENT_SUCCESS attempt:A:success:R',
      'SUSPENSE_RECEIVED suspense:S:received:R',
      'BANK_CLAIM_PROVEN attempt:A:bank-proven:B',
      'SUSPENSE_ACCEPTED suspense:S:accepted:1',
      'PAYMENT_REVERSED attempt:A:reversed:R',
      'REFUND_OPENED refund:F:opened:1',
      'REFUND_SUCCEEDED refund:F:succeeded:1',
      'REFUND_FAILED refund:F:failed:1',
      'REFUND_SUCCEEDED_AFTER_FAILURE refund:F:succeeded-after-failure:1',
      'CHARGEBACK_OPENED chargeback:C:opened:1',
      'CHARGEBACK_WON chargeback:C:won:1',
      'CHARGEBACK_LOST chargeback:C:lost:1',
      'FEE_CHARGED settlement:S:fee:1',
      'FEE_RECHARGED settlement:S:fee-recharged:1',
      'SETTLEMENT_REPORTED settlement:S:reported:1',
      'SETTLEMENT_BANKED settlement:S:banked:B',
      'PAYOUT_RESERVED payout:P:reserved:1',
      'PAYOUT_PAID payout:P:paid:1',
      'PAYOUT_FAILED payout:P:failed:1',
      'PAYOUT_RETURNED payout:P:returned:1',
      'CASH_BANKED cash-deposit:D:banked:1',
      'ADJUSTMENT adjustment:X:posted:1',
      'CORRECTION journal:J:corrected:1',
    ]);
  });

  it('stay callable by the version that stands on a journal', () => {
    expect(POSTING_RULES_VERSION).toBe('1');
    expect(Object.keys(POSTING_RULES)).toEqual(['1']);
    expect(postingRules('1')).toBe(POSTING_RULES['1']);
    for (const version of ['0', '', 'toString']) {
      expect(() => postingRules(version)).toThrow(new RangeError(`There are no posting rules of version ${version}.`));
    }
  });

  it('name the journal that a correction undoes, and leave nothing of both', () => {
    const journal = contested(platform, 50n);
    const correction = postCorrection({ journalId: 'J', journal });
    expect(correction.reversesJournalId).toBe('J');
    for (const { account } of journal.entries) expect(balance([journal, correction], account.type)).toBe(0n);
  });

  it('keep each provider, merchant and reason apart', () => {
    const codes = CASES.flatMap(([, journal]) => journal().entries.map(({ account }) => accountCode(account)));
    expect([...new Set(codes)].sort()).toEqual([
      'ADJUSTMENT|reason=drawer',
      'BANK_CLAIMED|merchantId=M',
      'BANK_MERCHANT|merchantId=M',
      'BANK_PLATFORM',
      'BUYER_RECEIVABLE|merchantId=M',
      'CASH_DRAWER|merchantId=M',
      'CASH_OVER_SHORT|merchantId=M',
      'CHARGEBACK_HELD|merchantId=M|provider=VNPAY_QR_MMS',
      'CHARGEBACK_RESERVE|merchantId=M',
      'FEES',
      'FEE_VAT',
      'IN_TRANSIT|merchantId=M|provider=VNPAY_QR_MMS',
      'MERCHANT_OWN|merchantId=M',
      'MERCHANT_PAYABLE|merchantId=M',
      'MERCHANT_RECEIVABLE|merchantId=M',
      'PAYOUT_CLEARING|merchantId=M',
      'PROVIDER_RECEIVABLE|merchantId=M|provider=VNPAY_QR_MMS',
      'REFUND_PAYABLE|merchantId=M',
      'SETTLEMENT_DIFF|provider=VNPAY_QR_MMS',
      'SUSPENSE|merchantId=M|provider=VNPAY_QR_MMS',
    ]);
  });
});

describe('posting rules refuse', () => {
  const own = { type: 'MERCHANT_OWN', merchantId: 'M' } as const;
  const drawer = { type: 'CASH_DRAWER', merchantId: 'M' } as const;
  const draft = (...lines: Parameters<ReturnType<typeof draftsOfVersion>>[3]) =>
    draftsOfVersion('7')('PAYMENT_SUCCESS', 'k', 'VND', lines);
  const balanceMissing = 'A debit of MERCHANT_PAYABLE needs its balance, which is never negative.';

  it.each<[string, () => JournalDraft, string]>([
    [
      'counter money in suspense',
      () => postPaymentSuccess({ ...cash, ...attempt, appliedMinor: 1n, suspenseMinor: 1n }),
      'Counter money that cannot be applied is refused, not kept.',
    ],
    ['custody without balance', () => postRefundOpened({ ...platform, ...refund, source: 'OWNER' }), balanceMissing],
    ['a negative balance', () => opened(platform, 'OWNER', -1n), balanceMissing],
    [
      'a payment of nothing',
      () => postPaymentSuccess({ ...direct, ...attempt, appliedMinor: 0n, suspenseMinor: 0n }),
      'journal attempt:A:success:R has fewer than two lines',
    ],
    [
      'a payout beyond the balance',
      () => postPayoutReserved({ ...payout, nettedMinor: 1n, payableAvailableMinor: 60n }),
      'A payout is never more than is payable.',
    ],
    [
      'a settlement without provider',
      () => postSettlementReported({ ...cash, ...settlement, netMinor: 1n }),
      'SYSTEM owes nobody: its money is never with a provider.',
    ],
    ['a chargeback of a transfer', () => contested(vietqr), 'VIETQR owes nobody: its money is never with a provider.'],
    [
      'an adjustment that one person makes alone',
      () => postAdjustment({ ...adjustment, madeBy: 'U1', approvedBy: 'U1' }),
      'Nobody approves an adjustment of his own.',
    ],
    ['sides that differ', () => draft(['DEBIT', drawer, 2n], ['CREDIT', own, 1n]), 'journal k does not balance'],
    [
      'negative lines',
      () => draft(['DEBIT', drawer, -1n], ['CREDIT', own, -1n]),
      'journal k has a line that is not positive',
    ],
    [
      'an account without merchant',
      () => draft(['DEBIT', { type: 'CASH_DRAWER' }, 1n], ['CREDIT', own, 1n]),
      'journal k: account CASH_DRAWER names its merchantId wrongly',
    ],
    [
      'an account of an empty merchant',
      () => draft(['DEBIT', { type: 'CASH_DRAWER', merchantId: '' }, 1n], ['CREDIT', own, 1n]),
      'journal k: account CASH_DRAWER names its merchantId wrongly',
    ],
    [
      'an account with a provider too many',
      () => draft(['DEBIT', { ...drawer, provider: 'X' }, 1n], ['CREDIT', own, 1n]),
      'journal k: account CASH_DRAWER names its provider wrongly',
    ],
    [
      'an account with a reason too many',
      () => draft(['DEBIT', { ...drawer, reason: 'X' }, 1n], ['CREDIT', own, 1n]),
      'journal k: account CASH_DRAWER names its reason wrongly',
    ],
  ])('%s', (_what, journal, message) => {
    expect(journal).toThrow(new RangeError(message));
  });

  it('no line of 0: it is dropped, and the version stands on the journal', () => {
    expect(draft(['DEBIT', drawer, 1n], ['DEBIT', own, 0n], ['CREDIT', own, 1n])).toEqual({
      kind: 'PAYMENT_SUCCESS',
      key: 'k',
      rulesVersion: '7',
      currency: 'VND',
      entries: [
        { account: drawer, side: 'DEBIT', amountMinor: 1n },
        { account: own, side: 'CREDIT', amountMinor: 1n },
      ],
    });
  });
});
