import { expect } from 'vitest';

const SETTLED = { status: '304_SETTLED', paid: 120_000 };
const ORIGINAL = { origin: '000_ORIGIN', issuance_status: 'SUCCESS', total: 120_000, findings: null };

/**
 * What flows come to when nobody dies, as far as it is what they are there for: that all ends are alike would be worth
 * nothing if none of them were right.
 */
export const UNDISTURBED: Readonly<Record<string, object>> = {
  qr: {
    payment: { transactions: [SETTLED], journals: [{ kind: 'PAYMENT_SUCCESS' }] },
    invoice: [ORIGINAL],
    vendors: { qr: [{ status: 'PAID' }], invoices: [['original', expect.any(String), 120_000]] },
    inboxes: [{ type: 'INVOICE_ISSUED' }, { type: 'PAYMENT_SUCCESS' }],
  },
  unclaimed: {
    payment: { transactions: [SETTLED] },
    invoice: [{ ...ORIGINAL, claim_state: 'EXPIRED', buyer: 'CONSUMER', events: { 'invoice.claim_expired': 1 } }],
    vendors: { invoices: [['original', expect.any(String), 120_000]] },
  },
  adjusted: {
    payment: { transactions: [SETTLED] },
    invoice: [ORIGINAL, { ...ORIGINAL, origin: '100_ADJUSTMENT', total: -45_000 }],
    vendors: {
      invoices: [
        ['original', expect.any(String), 120_000],
        ['adjustment', expect.any(String), -45_000],
      ],
    },
  },
  replaced: {
    payment: { transactions: [SETTLED] },
    invoice: [ORIGINAL, { ...ORIGINAL, origin: '200_REPLACEMENT', buyer: 'COMPANY' }],
    vendors: {
      invoices: [
        ['original', expect.any(String), 120_000],
        ['replacement', expect.any(String), 120_000],
      ],
    },
  },
  failedOver: {
    payment: { transactions: [SETTLED] },
    invoice: [{ ...ORIGINAL, provider_try: 2, events: { 'invoice.failed': 1, 'invoice.success': 1 } }],
    vendors: { invoices: [['original', expect.stringMatching(/MEW$/), 120_000]] },
  },
  matched: {
    payment: {
      transactions: [SETTLED],
      journals: [{ kind: 'SUSPENSE_ACCEPTED', entries: 'SUSPENSE DEBIT 120000, MERCHANT_OWN CREDIT 120000' }],
      suspense: [{ reason: 'NO_ATTEMPT', amount: 120_000, accepted: 120_000, refunded: 0 }],
      acts: [
        { action: 'suspense.accept', count: 1 },
        { action: 'suspense.match', count: 1 },
      ],
    },
    vendors: { qr: [{ status: 'PAID', amount: 120_000, refunds: [] }] },
  },
  reversed: {
    payment: {
      transactions: [{ status: '100_NEW', paid: 0 }],
      attempts: [{ status: '507_REVERSED', reversed: 120_000 }],
      journals: [{ kind: 'PAYMENT_REVERSED' }, { kind: 'PAYMENT_SUCCESS' }],
      acts: [{ action: 'transaction.reverse', count: 1 }],
    },
    sale: { webhooks: [expect.any(String), expect.any(String), '3 mq-pay:attempt.reversed'] },
  },
  contested: {
    payment: {
      transactions: [{ ...SETTLED, charged_back: 30_000 }],
      balances: [
        { type: 'CHARGEBACK_HELD', balance: 0 },
        { type: 'CHARGEBACK_RESERVE', balance: 0 },
        { type: 'MERCHANT_OWN', balance: 90_000 },
        { type: 'PROVIDER_RECEIVABLE', balance: 90_000 },
      ],
      chargebacks: [
        { status: 'LOST', amount: 30_000, count: 1 },
        { status: 'WON', amount: 40_000, count: 1 },
      ],
      acts: [
        { action: 'chargeback.lost', count: 1 },
        { action: 'chargeback.submitted', count: 1 },
        { action: 'chargeback.won', count: 1 },
      ],
    },
  },
};
