import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAttempt } from '../evidence/decide';
import { applyDecision } from '../evidence/apply-decision';
import { AFTER_END, paid, reversed, stateOf } from '../evidence/evidence.fixture';
import { ACCOUNT_RULES, accountCode } from './accounts';
import { checkJournal, draftJournal } from './journal';
import type { JournalDraft } from './journal';
import {
  postBankClaimProven,
  postPaymentReversed,
  postPaymentSuccess,
  postRefundFailed,
  postRefundOpened,
  postRefundSucceeded,
  postRefundSucceededAfterFailure,
  postSuspenseAccepted,
  postSuspenseWithoutAttempt,
} from './rules';
import type { PostingContext } from './rules';

const base = { merchantId: 'M', currency: 'VND' };
const direct = { ...base, provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', settlementModel: 'DIRECT' } as const;
const platform = { ...direct, settlementModel: 'PLATFORM' } as const;
const cash = { ...base, provider: 'SYSTEM', method: '000_CASH', settlementModel: 'PLATFORM' } as const;
const transfer = { ...cash, method: '200_BANK_TRANSFER' } as const;
const vietqr = { ...direct, provider: 'VIETQR' } as const;
const attempt = { attemptId: 'A', providerReference: 'R' };
const refund = { refundId: 'F', tryNumber: 1, amountMinor: 60n };

/** A journal in one line: debits, then credits, without dimensions. */
function line(journal: JournalDraft): string {
  const side = (name: string): string =>
    journal.entries
      .filter((entry) => entry.side === name)
      .map((entry) => `${entry.account.type} ${entry.amountMinor}`)
      .join(' + ');
  return `${side('DEBIT')} = ${side('CREDIT')}`;
}

const opened = (context: PostingContext, source: 'OWNER' | 'SUSPENSE', payableAvailableMinor = 0n): JournalDraft =>
  postRefundOpened({ ...context, ...refund, source, payableAvailableMinor });

const CASES: readonly (readonly [string, () => JournalDraft, string])[] = [
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
    () =>
      postRefundSucceededAfterFailure({
        ...direct,
        refundId: 'F',
        tryNumber: 1,
        fromOwnerMinor: 20n,
        fromBuyerMinor: 40n,
      }),
    'MERCHANT_OWN 20 + BUYER_RECEIVABLE 40 = PROVIDER_RECEIVABLE 60',
  ],
];

describe('posting rules', () => {
  it.each(CASES)('%s', (_name, journal, expected) => {
    expect(line(journal())).toBe(expected);
    expect(() => checkJournal(journal())).not.toThrow();
  });

  it('name their journals so that no event is posted twice', () => {
    const keys = CASES.map(([, journal]) => journal().key);
    expect(new Set(keys)).toEqual(
      new Set([
        'attempt:A:success:R',
        'suspense:S:received:R',
        'attempt:A:bank-proven:B',
        'suspense:S:accepted:1',
        'attempt:A:reversed:R',
        'refund:F:opened:1',
        'refund:F:succeeded:1',
        'refund:F:failed:1',
        'refund:F:succeeded-after-failure:1',
      ]),
    );
  });

  it('refuse counter money in suspense, a debit of custody without its balance, and empty journals', () => {
    expect(() => postPaymentSuccess({ ...cash, ...attempt, appliedMinor: 1n, suspenseMinor: 1n })).toThrow(RangeError);
    expect(() => postRefundOpened({ ...platform, ...refund, source: 'OWNER' })).toThrow(RangeError);
    expect(() => postPaymentSuccess({ ...direct, ...attempt, appliedMinor: 0n, suspenseMinor: 0n })).toThrow(
      RangeError,
    );
  });

  it('refuse a journal that does not balance, is negative or names its account wrongly', () => {
    const own = { type: 'MERCHANT_OWN', merchantId: 'M' } as const;
    const drawer = { type: 'CASH_DRAWER', merchantId: 'M' } as const;
    const draft =
      (...lines: Parameters<typeof draftJournal>[3]) =>
      () =>
        draftJournal('PAYMENT_SUCCESS', 'k', 'VND', lines);
    expect(draft(['DEBIT', drawer, 2n], ['CREDIT', own, 1n])).toThrow('does not balance');
    expect(draft(['DEBIT', drawer, -1n], ['CREDIT', own, -1n])).toThrow('not positive');
    expect(draft(['DEBIT', { type: 'CASH_DRAWER' }, 1n], ['CREDIT', own, 1n])).toThrow('merchantId');
    expect(draft(['DEBIT', { ...drawer, provider: 'X' }, 1n], ['CREDIT', own, 1n])).toThrow('provider');
  });

  it('name each account by its dimensions', () => {
    expect(accountCode({ type: 'SUSPENSE', merchantId: 'M', provider: 'P' })).toBe('SUSPENSE|merchantId=M|provider=P');
    expect(ACCOUNT_RULES.BUYER_RECEIVABLE.normalSide).toBe('DEBIT');
    expect(ACCOUNT_RULES.SUSPENSE.normalSide).toBe('CREDIT');
  });
});

/** Balances on the normal side of each account type after a run of journals. */
function balances(journals: readonly JournalDraft[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { account, side, amountMinor } of journals.flatMap((journal) => journal.entries)) {
    const sign = ACCOUNT_RULES[account.type].normalSide === side ? 1n : -1n;
    sums[account.type] = (sums[account.type] ?? 0n) + sign * amountMinor;
  }
  return sums;
}

describe('decisions and their journals', () => {
  const references = ['R1', 'R2', 'R3'];
  const evidence = fc.oneof(
    fc
      .record({
        providerReference: fc.constantFrom(...references),
        amountMinor: fc.constantFrom(100n, 100n, 70n),
        paidAtMs: fc.constantFrom(1, AFTER_END),
      })
      .map((change) => paid(change)),
    fc.constantFrom(...references).map((providerReference) => reversed({ providerReference })),
  );

  it('keep OWNER equal to paid, SUSPENSE to what waits, and the receivable to both less what the buyer owes', () => {
    fc.assert(
      fc.property(
        fc.array(evidence, { maxLength: 12 }),
        fc.bigInt(50n, 300n),
        fc.boolean(),
        (all, totalMinor, custody) => {
          const context = custody ? platform : direct;
          const journals: JournalDraft[] = [];
          let state = stateOf({}, { totalMinor });
          for (const item of all) {
            const decision = decideAttempt(state, item);
            const posting = { ...context, attemptId: 'A', providerReference: item.providerReference ?? '' };
            if (decision.bookReference !== undefined)
              journals.push(postPaymentSuccess({ ...posting, ...decision, providerReference: decision.bookReference }));
            const payableAvailableMinor = balances(journals)['MERCHANT_PAYABLE'] ?? 0n;
            if (decision.reversal)
              journals.push(postPaymentReversed({ ...posting, ...decision.reversal, payableAvailableMinor }));
            state = applyDecision(state, decision, item);
          }
          const sums = balances(journals);
          const owner =
            (sums['MERCHANT_OWN'] ?? 0n) + (sums['MERCHANT_PAYABLE'] ?? 0n) - (sums['MERCHANT_RECEIVABLE'] ?? 0n);
          const waiting = state.attempt.payments.reduce((sum, payment) => sum + payment.suspenseMinor, 0n);
          expect(owner).toBe(state.transaction.paidMinor);
          expect(sums['SUSPENSE'] ?? 0n).toBe(waiting);
          expect(sums['PROVIDER_RECEIVABLE'] ?? 0n).toBe(owner + waiting - (sums['BUYER_RECEIVABLE'] ?? 0n));
          expect(new Set(journals.map((journal) => journal.key)).size).toBe(journals.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
