import { describe, expect, it } from 'vitest';
import { explainPayment } from './explain-payment';
import type { PaymentSnapshot } from './payment-snapshot';
import {
  NOW,
  MINUTE,
  attempt,
  delivery,
  snapshot,
  paid,
  unknown,
  query,
  suspended,
  refund,
} from './payment-snapshot.fixture';

const waiting = { eventType: 'mq-pay:attempt.success', createdAt: NOW, routes: ['payment.events', 'webhooks'] };

const contested = (status: string, dueAt: number): PaymentSnapshot =>
  snapshot({ transaction: paid, chargebacks: [{ reference: 'CB-1', status, amount: 40_000n, dueAt }] });

/** A situation, and sentences that must be among those of a section. */
type Situation = readonly [
  name: string,
  snapshot: PaymentSnapshot,
  section: 'proven' | 'evidence' | 'guards' | 'open' | 'next',
  sentence: string,
];

const SITUATIONS: readonly Situation[] = [
  ['nothing was tried', snapshot(), 'proven', 'No payment is proven.'],
  ['nothing was tried', snapshot(), 'next', 'merchant: Start another attempt: nothing is under way for what is due.'],
  [
    'a QR is shown',
    snapshot({ attempts: [attempt()], transaction: { openAmount: 100_000n } }),
    'next',
    'buyer 2026-11-21T03:05:00Z: ATT1 waits for the buyer to pay, until then.',
  ],
  [
    'a QR is shown',
    snapshot({ attempts: [attempt()] }),
    'next',
    'scheduler 2026-11-21T03:06:00Z: The scheduler looks at it, past its expiry: ATT1 (60 s after expiry a "not paid" counts).',
  ],
  [
    'a QR is shown',
    snapshot({ attempts: [attempt()], transaction: { openAmount: 100_000n } }),
    'guards',
    'Open amount: attempts under way ask for all that is due (100.000 ₫), so no other starts.',
  ],
  [
    'a QR is shown, asked about never',
    snapshot({ attempts: [attempt()] }),
    'evidence',
    'ATT1 over 100.000 ₫ at VNPAY_QR_MMS is 204_SENT. The provider has said nothing about it.',
  ],
  [
    'an unknown outcome',
    snapshot({ attempts: [attempt(unknown)], operations: [query()] }),
    'guards',
    'Unknown outcome: ATT1 holds its part of the sale; only evidence of the provider ends it.',
  ],
  [
    'an unknown outcome',
    snapshot({
      attempts: [attempt(unknown)],
      operations: [query({ kind: 'CREATE', finishedAt: NOW - 9 * MINUTE }), query()],
    }),
    'evidence',
    'ATT1 over 100.000 ₫ at VNPAY_QR_MMS is 000_UNKNOWN (TIMEOUT). Last evidence, 2026-11-21T02:58:00Z: the QUERY was answered UNKNOWN, code 94.',
  ],
  [
    'an unknown outcome',
    snapshot({ attempts: [attempt(unknown)] }),
    'next',
    'scheduler 2026-11-21T03:06:00Z: The scheduler asks the provider about it: ATT1.',
  ],
  [
    'a lost CREATE',
    snapshot({ attempts: [attempt({ ...unknown, createLostAt: NOW - MINUTE })] }),
    'guards',
    'Unknown outcome: ATT1 holds its part of the sale; the answer to its only CREATE was lost at 2026-11-21T02:59:00Z, so one negative query ends it.',
  ],
  [
    'an unknown outcome whose schedule is used up',
    snapshot({ attempts: [attempt({ ...unknown, nextQueryAt: null })] }),
    'next',
    "operator: The schedule of ATT1 is used up: ask the provider's support, or verify it by hand.",
  ],
  [
    'an open attempt that nobody will look at',
    snapshot({ attempts: [attempt({ nextQueryAt: null })] }),
    'next',
    'operator: ATT1 is open and nobody will look at it: verify it by hand.',
  ],
  [
    'due work that nobody takes',
    snapshot({ attempts: [attempt({ ...unknown, nextQueryAt: NOW - 120_001 })] }),
    'next',
    'operator: ATT1 was due at 2026-11-21T02:57:59.999Z and no worker took it: see whether workers run.',
  ],
  [
    'due work of this moment',
    snapshot({ attempts: [attempt({ ...unknown, nextQueryAt: NOW - 120_000 })] }),
    'next',
    'scheduler 2026-11-21T02:58:00Z: The scheduler asks the provider about it: ATT1.',
  ],
  [
    'a call without an end',
    snapshot({ attempts: [attempt(unknown)], operations: [query({ finishedAt: null, outcome: null })] }),
    'open',
    'ATT1: the QUERY of 2026-11-21T02:58:00Z has no end; its outcome is not known.',
  ],
  [
    'an expired attempt that is asked about again',
    snapshot({ attempts: [attempt({ status: '501_EXPIRED', nextQueryAt: NOW + MINUTE })] }),
    'next',
    'scheduler 2026-11-21T03:01:00Z: ATT1 is asked about once more: a payment may still turn up.',
  ],
  [
    'a paid sale',
    snapshot({
      transaction: paid,
      attempts: [
        attempt({ status: '302_SUCCESS', applied: 100_000n, providerReference: 'Q1', paidAt: NOW, nextQueryAt: null }),
      ],
    }),
    'proven',
    'ATT1: 100.000 ₫ by VNPAY_QR_MMS, reference Q1, paid at 2026-11-21T03:00:00Z.',
  ],
  [
    'a paid sale',
    snapshot({ transaction: paid }),
    'next',
    'nobody: Nothing: it is paid and everybody who wants to know was told.',
  ],
  [
    'a cancelled sale',
    snapshot({ transaction: { status: '505_CANCELLED' } }),
    'next',
    'nobody: Nothing: it was cancelled. Money that still comes goes to suspense.',
  ],
  [
    'a refunded sale',
    snapshot({ transaction: { ...paid, status: '408_REFUNDED', refunded: 100_000n } }),
    'proven',
    '100.000 ₫ was refunded.',
  ],
  ['a chargeback', snapshot({ transaction: { ...paid, chargedBack: 40_000n } }), 'proven', '40.000 ₫ is charged back.'],
  ['an open case', contested('OPEN', NOW + MINUTE), 'open', 'Case CB-1 over 40.000 ₫ is OPEN.'],
  [
    'an open case',
    contested('OPEN', NOW + MINUTE),
    'next',
    'merchant 2026-11-21T03:01:00Z: Send the evidence for case CB-1 by then, and say so.',
  ],
  [
    'a case whose evidence is overdue',
    contested('OPEN', NOW),
    'next',
    'operator: Evidence for case CB-1 was due at 2026-11-21T03:00:00Z: ask the provider whether it still counts.',
  ],
  [
    'a case that is answered',
    contested('SUBMITTED', NOW),
    'next',
    'provider: Decides case CB-1; an operator records it with what proves it.',
  ],
  [
    'a refund under way',
    snapshot({ transaction: { ...paid, refundReserved: 30_000n } }),
    'guards',
    'Refund reserve: 30.000 ₫ is kept for refunds whose outcome is not proven.',
  ],
  [
    'a blocked transaction',
    snapshot({ transaction: { status: '403_BLOCKED', blockedFrom: '300_PARTIAL' } }),
    'guards',
    'BLOCKED: money that comes in goes to suspense and none goes out; before it was 300_PARTIAL.',
  ],
  [
    'a blocked transaction',
    snapshot({ transaction: { status: '403_BLOCKED' } }),
    'next',
    'operator: Find out which invariant broke (the findings say), then unblock.',
  ],
  [
    'money in suspense',
    snapshot({
      suspense: [suspended({ left: 20_000n })],
    }),
    'proven',
    '70.000 ₫ came with reference Q2 and went to suspense (LATE); 20.000 ₫ of it is still there.',
  ],
  [
    'money in suspense that a person decides over',
    snapshot({ suspense: [suspended()] }),
    'next',
    'operator: Decide over suspense s1: suspense accept or suspense refund.',
  ],
  [
    'money in suspense that goes back by itself',
    snapshot({ suspense: [suspended({ autoRefundAt: NOW + MINUTE })] }),
    'next',
    'worker 2026-11-21T03:01:00Z: Suspense s1 goes back by itself.',
  ],
  [
    'money in suspense without an attempt',
    snapshot({ suspense: [suspended({ attemptId: null })] }),
    'next',
    'operator: Find the attempt of suspense s1, then suspense match s1.',
  ],
  [
    'money in suspense of a blocked transaction',
    snapshot({ transaction: { status: '403_BLOCKED' }, suspense: [suspended({ autoRefundAt: NOW })] }),
    'next',
    'operator: Suspense s1 is judged again when the transaction is unblocked.',
  ],
  ['a failed refund', snapshot({ refunds: [refund()] }), 'open', 'The refund r1 over 30.000 ₫ is FAILED (91).'],
  [
    'a failed refund',
    snapshot({ refunds: [refund()] }),
    'next',
    'operator: Try refund r1 again (retry-refund r1), or give it back by hand with evidence.',
  ],
  [
    'a refund that is asked about',
    snapshot({ refunds: [refund({ status: 'SENT', nextLookAt: NOW + MINUTE })] }),
    'next',
    'scheduler 2026-11-21T03:01:00Z: The provider is asked about refund r1.',
  ],
  [
    'a refund that nobody can ask about',
    snapshot({ refunds: [refund({ status: 'UNKNOWN', kind: 'SUSPENSE' })] }),
    'next',
    "operator: Nobody has proven refund r1 from suspense: ask the provider's support, then resolve-stuck-transaction with --attempt=ATT9.",
  ],
  [
    'a refund that waits for its worker',
    snapshot({ refunds: [refund({ status: 'NEW' })] }),
    'next',
    'worker 2026-11-21T03:00:00Z: The refund r1 is sent.',
  ],
  [
    'a refund that the report has to confirm',
    snapshot({ refunds: [refund({ status: 'SUCCEEDED', toBeConfirmed: true })] }),
    'open',
    "The success of refund r1 waits for the provider's report.",
  ],
  [
    'a chargeback that is open',
    snapshot({ transaction: { ...paid, chargedBack: 40_000n } }),
    'guards',
    'Chargeback: while 40.000 ₫ is contested, no refund is opened.',
  ],
  [
    'a freeze',
    snapshot({ freezes: [{ operation: 'REFUND', scope: 'merchant m1', reason: 'audit', expiresAt: NOW }] }),
    'guards',
    'Frozen: REFUND of merchant m1 until 2026-11-21T03:00:00Z: audit.',
  ],
  [
    'a payment that was taken back',
    snapshot({ attempts: [attempt({ status: '507_REVERSED', applied: 100_000n, reversed: 60_000n })] }),
    'proven',
    'ATT1: the provider took 60.000 ₫ of it back.',
  ],
  [
    'an open finding',
    snapshot({ findings: [{ id: 'f1', code: 'LATE', detail: 'Paid late.', owner: null, createdAt: NOW }] }),
    'open',
    'Finding LATE since 2026-11-21T03:00:00Z: Paid late.',
  ],
  [
    'an open finding',
    snapshot({ findings: [{ id: 'f1', code: 'LATE', detail: 'Paid late.', owner: 'An', createdAt: NOW }] }),
    'next',
    'operator: An has to judge finding f1 (LATE).',
  ],
  [
    'a callback that does not open',
    snapshot({
      callbacks: [
        {
          attemptId: 'a1',
          answer: 'APPLIED',
          receivedAt: NOW,
          processedAt: null,
          nextTryAt: NOW + MINUTE,
          tries: 3,
          lastError: 'no key',
        },
      ],
    }),
    'open',
    'A callback of 2026-11-21T03:00:00Z is stored and not applied; 3 tries failed, the last time: no key.',
  ],
  [
    'a callback that does not open',
    snapshot({
      callbacks: [
        {
          attemptId: 'a1',
          answer: 'APPLIED',
          receivedAt: NOW,
          processedAt: null,
          nextTryAt: NOW + MINUTE,
          tries: 3,
          lastError: null,
        },
      ],
    }),
    'next',
    'worker 2026-11-21T03:01:00Z: The stored callback is applied again.',
  ],
  [
    'a callback that was applied',
    snapshot({
      attempts: [attempt({ status: '302_SUCCESS', nextQueryAt: null })],
      callbacks: [
        {
          attemptId: 'a1',
          answer: 'APPLIED',
          receivedAt: NOW,
          processedAt: NOW,
          nextTryAt: null,
          tries: 1,
          lastError: null,
        },
      ],
    }),
    'evidence',
    'ATT1 over 100.000 ₫ at VNPAY_QR_MMS is 302_SUCCESS. Last evidence, 2026-11-21T03:00:00Z: a signed callback came and was answered APPLIED.',
  ],
  [
    'a webhook that waits',
    snapshot({ transaction: paid, deliveries: [delivery()] }),
    'next',
    'worker 2026-11-21T03:01:00Z: Webhook mq-pay:transaction.settled (no. 2) to sale is sent again.',
  ],
  [
    'a webhook that waits',
    snapshot({ deliveries: [delivery()] }),
    'open',
    'Webhook mq-pay:transaction.settled (no. 2) to sale waits after 1 tries: status 500.',
  ],
  [
    'a webhook whose subscription is off',
    snapshot({ deliveries: [delivery({ subscriberActive: false })] }),
    'next',
    'merchant: Switch the subscription sale on; it is off.',
  ],
  [
    'a webhook that died of an outage',
    snapshot({ deliveries: [delivery({ status: 'DEAD', death: 'TRANSIENT', tries: 4 })] }),
    'next',
    "operator: Webhook mq-pay:transaction.settled (no. 2) to sale goes out by itself after the subscriber's next 2xx within 72 h; else replay delivery d1.",
  ],
  [
    'a webhook that was refused',
    snapshot({ deliveries: [delivery({ status: 'DEAD', death: 'FINAL' })] }),
    'next',
    'operator: Mend what the subscriber refuses, then replay delivery d1.',
  ],
  [
    'events that wait',
    snapshot({ waiting: [waiting, { ...waiting, eventType: 'PAYMENT_SUCCESS' }] }),
    'open',
    'mq-pay:attempt.success of 2026-11-21T03:00:00Z waits for payment.events, webhooks.',
  ],
  [
    'events that wait',
    snapshot({ waiting: [waiting, waiting] }),
    'next',
    'worker: The relay hands on what waits for webhooks as soon as that takes it.',
  ],
];

describe('why', () => {
  it.each(SITUATIONS)('%s: %#', (_name, given, section, sentence) => {
    const explained = explainPayment(given, NOW);
    const next = explained.next.map(
      ({ who, at, what }) =>
        `${who}${at === null ? '' : ` ${new Date(at).toISOString().replace('.000Z', 'Z')}`}: ${what}`,
    );
    expect(section === 'next' ? next : explained[section]).toContain(sentence);
  });

  it('says nothing that is not so', () => {
    expect(explainPayment(snapshot({ transaction: paid }), NOW)).toMatchObject({
      summary: 'Transaction TXN1 (t1) of merchant m1 for SaleOrder s1 is 304_SETTLED: 100.000 ₫ of 100.000 ₫ paid.',
      guards: [],
      open: [],
      evidence: [expect.stringContaining('Nothing was heard of an invoice')],
    });
  });
});
