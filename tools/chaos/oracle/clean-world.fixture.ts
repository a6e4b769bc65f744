import type { JournalRow, World } from './world';

const QR = 'VNPAY_QR_MMS';

const journal = (key: string, kind: string, transactionId: string, entries: Record<string, number>): JournalRow => ({
  id: `journal ${key}`,
  key,
  kind,
  transactionId,
  entries: Object.entries(entries).map(([account, amount]) => {
    return { account, provider: account === 'PROVIDER_RECEIVABLE' || account === 'SUSPENSE' ? QR : null, amount };
  }),
});

/**
 * A small shop's day: a sale of 90 000 ₫ by QR of which 30 000 ₫ went back, a sale of 45 000 ₫ in cash, a payment of
 * 44 000 ₫ that fitted nothing and waits in suspense, and one more QR that nobody paid yet.
 */
export function cleanWorld(): World {
  const counts = { refunded: 0, refundReserved: 0, chargedBack: 0, openAmount: 0 };
  return {
    at: 1_000_000,
    recipients: ['owner', 'cashier'],
    truth: {
      charges: [
        { provider: QR, reference: '111', amount: 90_000 },
        { provider: QR, reference: '222', amount: 44_000 },
      ],
      refunds: [{ provider: QR, reference: '111', amount: 30_000, done: true }],
      invoices: [
        { providerKey: 'key-1', series: '0100109106 C26MDM', number: 1, total: 90_000 },
        { providerKey: 'key-2', series: '0100109106 C26MDM', number: 2, total: 45_000 },
      ],
      orders: [
        { id: 'order-1', status: '303_COMPLETED', total: 90_000, hasChannel: true, findings: [] },
        { id: 'order-2', status: '303_COMPLETED', total: 45_000, hasChannel: true, findings: [] },
        { id: 'order-3', status: '203_PROCESSING', total: 45_000, hasChannel: true, findings: [] },
      ],
      taxes: [{ merchant: 'm1', address: '1 Tràng Tiền' }],
    },
    records: {
      taxes: [{ merchant: 'm1', address: '1 Tràng Tiền' }],
      transactions: [
        {
          ...counts,
          id: 't1',
          orderId: 'order-1',
          status: '304_SETTLED',
          total: 90_000,
          paid: 90_000,
          refunded: 30_000,
          settled: true,
        },
        { ...counts, id: 't2', orderId: 'order-2', status: '304_SETTLED', total: 45_000, paid: 45_000, settled: true },
        {
          ...counts,
          id: 't3',
          orderId: 'order-3',
          status: '100_NEW',
          total: 45_000,
          paid: 0,
          openAmount: 45_000,
          settled: false,
        },
      ],
      attempts: [
        attempt({
          id: 'a1',
          transactionId: 't1',
          status: '302_SUCCESS',
          amount: 90_000,
          applied: 90_000,
          refunded: 30_000,
          reference: '111',
        }),
        attempt({
          id: 'a2',
          transactionId: 't2',
          provider: 'SYSTEM',
          status: '302_SUCCESS',
          amount: 45_000,
          applied: 45_000,
        }),
        attempt({ id: 'a3', transactionId: 't3', status: '302_SUCCESS', amount: 45_000, reference: '222' }),
        attempt({ id: 'a4', transactionId: 't3', status: '204_SENT', amount: 45_000, expiresAt: 990_000 }),
      ],
      suspense: [{ id: 's1', provider: QR, reference: '222', amount: 44_000, accepted: 0, reversed: 0, refunded: 0 }],
      refunds: [
        {
          id: 'r1',
          transactionId: 't1',
          provider: QR,
          reference: '111',
          suspenseItemId: null,
          amount: 30_000,
          status: 'SUCCEEDED',
        },
      ],
      journals: [
        journal('attempt:a1:success:111', 'PAYMENT_SUCCESS', 't1', {
          PROVIDER_RECEIVABLE: 90_000,
          MERCHANT_OWN: -90_000,
        }),
        journal('refund:r1:opened:1', 'REFUND_OPENED', 't1', { MERCHANT_OWN: 30_000, REFUND_PAYABLE: -30_000 }),
        journal('refund:r1:succeeded:1', 'REFUND_SUCCEEDED', 't1', {
          REFUND_PAYABLE: 30_000,
          PROVIDER_RECEIVABLE: -30_000,
        }),
        journal('attempt:a2:success:cash', 'PAYMENT_SUCCESS', 't2', { CASH_DRAWER: 45_000, MERCHANT_OWN: -45_000 }),
        journal('attempt:a3:success:222', 'PAYMENT_SUCCESS', 't3', { PROVIDER_RECEIVABLE: 44_000, SUSPENSE: -44_000 }),
      ],
      invoices: [
        {
          id: 'i1',
          orderId: 'order-1',
          origin: '000_ORIGIN',
          status: 'SUCCESS',
          providerKey: 'key-1',
          number: '1',
          total: 90_000,
        },
        {
          id: 'i2',
          orderId: 'order-2',
          origin: '000_ORIGIN',
          status: 'SUCCESS',
          providerKey: 'key-2',
          number: '2',
          total: 45_000,
        },
      ],
      notifications: ['t1', 't2'].flatMap((subject) =>
        ['owner', 'cashier'].map((recipient) => ({
          type: 'PAYMENT_SUCCESS',
          recipient,
          eventId: `event ${subject}`,
          subject,
        })),
      ),
      inboxes: ['owner', 'cashier'].map((recipient) => ({ recipient, lastSequence: 2, rows: 2 })),
      pending: [],
    },
  };
}

function attempt(given: Partial<World['records']['attempts'][number]> & { id: string; transactionId: string }) {
  return {
    uid: `ATT${given.id}`,
    type: '100_PAYMENT',
    provider: QR,
    status: '302_SUCCESS',
    amount: 0,
    applied: 0,
    refunded: 0,
    refundReserved: 0,
    reference: null,
    expiresAt: 0,
    ...given,
  };
}
