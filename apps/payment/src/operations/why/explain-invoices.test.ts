import { describe, expect, it } from 'vitest';
import { explainPayment } from './explain-payment';
import type { PaymentSnapshot } from './payment-snapshot';
import { invoice, NOW, paid, snapshot } from './payment-snapshot.fixture';

const invoiced = (change: Parameters<typeof invoice>[0] = {}): PaymentSnapshot =>
  snapshot({ transaction: paid, invoices: [invoice(change)] });

const NO_INVOICE =
  'Nothing was heard of an invoice: none is wanted for its channel, or it is not made yet; invoice show --source-id=s1 tells which.';

/** A situation, and a sentence that must be among those of a section. */
const SITUATIONS: readonly (readonly [string, PaymentSnapshot, 'proven' | 'evidence' | 'open' | 'next', string])[] = [
  ['a paid order of whose invoice nothing was heard', snapshot({ transaction: paid }), 'evidence', NO_INVOICE],
  [
    'an issued invoice',
    invoiced({ status: 'SUCCESS', number: '17', date: '2026-11-21', dueAt: null }),
    'proven',
    'Invoice i1 over 100.000 ₫ is issued: form 1, series C26MAA, number 17 of 2026-11-21.',
  ],
  [
    'an issued invoice',
    invoiced({ status: 'SUCCESS', number: '17', dueAt: null }),
    'next',
    'nobody: Nothing: it is paid and everybody who wants to know was told.',
  ],
  [
    'a cancelled adjustment',
    invoiced({ status: 'CANCELLED', origin: '100_ADJUSTMENT' }),
    'proven',
    'Adjustment i1 was cancelled at 2026-11-21T02:59:00Z.',
  ],
  [
    'an invoice that is tried again',
    invoiced({ reason: 'status 503' }),
    'open',
    'Invoice i1 is PENDING since 2026-11-21T02:59:00Z: status 503.',
  ],
  [
    'an invoice that is tried again',
    invoiced(),
    'next',
    'worker 2026-11-21T03:01:00Z: The invoice service goes on with Invoice i1.',
  ],
  [
    'an invoice of this moment',
    invoiced({ status: 'PROCESSING', dueAt: NOW - 120_000 }),
    'next',
    'worker 2026-11-21T02:58:00Z: The invoice service goes on with Invoice i1.',
  ],
  [
    'an invoice of which nothing was heard when it was due',
    invoiced({ dueAt: NOW - 120_001 }),
    'next',
    'operator: Invoice i1 was due at 2026-11-21T02:57:59.999Z and nothing was heard since: invoice show --source-id=s1 says why.',
  ],
  [
    'an invoice without tax data',
    invoiced({ waitsFor: ['SELLER_TAX_MISSING'], dueAt: null }),
    'open',
    'Invoice i1 is PENDING since 2026-11-21T02:59:00Z, waits for SELLER_TAX_MISSING.',
  ],
  [
    'an invoice without tax data',
    invoiced({ waitsFor: ['SELLER_TAX_MISSING'], dueAt: null }),
    'next',
    'operator: Invoice i1 goes on when what it waits for is there: invoice show --source-id=s1.',
  ],
  [
    'an invoice by hand',
    invoiced({ issuanceMode: 'MANUAL', dueAt: null }),
    'next',
    'merchant: Issue Invoice i1: its channel does by hand.',
  ],
  [
    'an invoice that the buyer may claim',
    invoiced({ issuanceMode: 'BUYER_SELF_SERVICE', dueAt: null }),
    'next',
    'buyer: Claims Invoice i1 from the receipt; unclaimed, it is issued when the time to claim is over.',
  ],
  [
    'an invoice that stands still',
    invoiced({ issuanceMode: null, dueAt: null }),
    'next',
    'operator: Invoice i1 does not go on by itself: invoice show --source-id=s1 says why.',
  ],
  [
    'an invoice that may have been issued',
    invoiced({ status: 'UNKNOWN', dueAt: NOW - 600_000 }),
    'next',
    'worker: Invoice i1 is looked up at the provider until its outcome is proven; invoice show --source-id=s1 tells how far that is.',
  ],
  [
    'an invoice that was refused',
    invoiced({ status: 'FAILED', reason: 'wrong series', dueAt: null }),
    'open',
    'Invoice i1 is FAILED since 2026-11-21T02:59:00Z: wrong series.',
  ],
  [
    'a replacement that was refused',
    invoiced({ status: 'FAILED', origin: '200_REPLACEMENT', dueAt: null }),
    'next',
    'operator: Replacement i1 was given up: invoice show --source-id=s1 says why; mend that, then invoice replay.',
  ],
];

describe('why, of invoices', () => {
  it.each([
    ['an order that is paid in part', { ...paid, status: '300_PARTIAL', paid: 99_999n }],
    ['a sale that is no order', { ...paid, sourceType: 'SaleCheck' }],
    ['an order that is free of charge', { ...paid, paid: 0n, total: 0n }],
  ])('%s is not asked for an invoice', (_name, transaction) => {
    expect(explainPayment(snapshot({ transaction }), NOW).evidence).toEqual([]);
  });

  it('an invoice that was heard of is not missed', () => {
    expect(explainPayment(invoiced(), NOW).evidence).toEqual([]);
  });

  it.each(SITUATIONS)('%s: %#', (_name, given, section, sentence) => {
    const explained = explainPayment(given, NOW);
    const next = explained.next.map(
      ({ who, at, what }) =>
        `${who}${at === null ? '' : ` ${new Date(at).toISOString().replace('.000Z', 'Z')}`}: ${what}`,
    );
    expect(section === 'next' ? next : explained[section]).toContain(sentence);
  });
});
