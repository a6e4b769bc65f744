import { NO_WRITES, refuseWrites } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../tools/demo/http.mjs';
import type { Checkout, Order } from '../../tools/demo/sale.mjs';
import { SPLIT_MODE } from '../../tools/system.mjs';
import { CASH } from './support/choices';
import { marked, openShop, openWorld, QUICK, type Shop } from './support/world';

vi.setConfig({ testTimeout: 120_000 });

/** What has no room any more on a full disk: what is asked for, what comes from outside, and what others tell. */
const TABLES = [
  'mq_pay."Transaction"',
  'mq_pay."IpnInbox"',
  'invoice."Inbox"',
  'invoice."InvoiceIssuance"',
  'signal."NotificationEvent"',
];
/** A server that is read-only shows to everybody; a full disk to who has something to write. */
const NOT_READY: Readonly<Record<(typeof NO_WRITES)[number], readonly string[]>> = {
  'read-only': SPLIT_MODE.map(({ name }) => name),
  full: ['payment-api', 'invoice-worker', 'signal'],
};
/** For each step after the writes are taken again: seconds on a quiet machine. */
const RECOVERED_MS = 60_000;

/** How long a call to a vendor belongs to the process that made it; two minutes at a site. */
const CALL_LOCK_MS = 12_000;
const OVERRIDES = {
  ...QUICK,
  invoice: {
    ...QUICK.invoice,
    APP_ENV_INVOICE_PROVIDER_TIMEOUT_MS: '3000',
    APP_ENV_INVOICE_CALL_LOCK_MS: String(CALL_LOCK_MS),
  },
};

let opened: Shop | undefined;
let admin: pg.Client;
const shop = (): Shop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};

beforeAll(async () => {
  opened = await openShop(await openWorld('no-writes', { processes: SPLIT_MODE, overrides: OVERRIDES }));
  // A connection from before the database became read-only may still write.
  admin = new pg.Client({ connectionString: opened.world.adminUrl });
  await admin.connect();
}, 150_000);
afterAll(async () => {
  await admin?.end();
  await opened?.close();
}, 60_000);

/** Ends the services' connections, so that they meet the database as it is now. */
const cut = (): Promise<unknown> =>
  admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename IN ('nx_payment', 'nx_invoice', 'nx_signal')`);

const readiness = (names: readonly string[]): Promise<boolean[]> =>
  Promise.all(names.map((name) => shop().world.process(name).ready()));

/** What others tell meanwhile: an order again that is known, and something for the bell. Gives the id of the latter. */
async function tell(known: Order): Promise<string> {
  const { till, world, merchant } = shop();
  const eventId = marked('event');
  const { merchantId, organizerId } = merchant;
  const data = { transactionId: eventId, orderNumber: 'SO-FULL', amount: 1_000, currency: 'VND' };
  const record = { eventType: 'PAYMENT_SUCCESS', recipientScope: 'merchant', organizerId, merchantId, data, eventId };
  await world.produce('signal.activity-notification', merchantId, [{ ...record, version: 1 }]);
  await till.sandbox.post(`/sale/orders/${known.id}/produce`, { shape: 'newer' });
  return eventId;
}

interface Sale {
  readonly order: Order;
  readonly checked: Checkout;
}

async function begin(options: object = {}): Promise<Sale> {
  const { till, merchant } = shop();
  const order = await till.order({ channel: merchant.channels.counter });
  return { order, checked: await till.checkout(order, options) };
}

describe.each(NO_WRITES)('a database that is %s', (how) => {
  it('is answered with 503, nobody is ready, and afterwards all is done, once, in a bounded time', async () => {
    const { till, merchant, world } = shop();
    const [known, paid, unpaid, scanned] = await Promise.all([begin(CASH), begin(CASH), begin(CASH), begin()]);
    await till.receive(known.checked.attempt, known.order.total);
    await till.invoice(known.order.id);
    const refusedOrder = await till.order({ channel: merchant.channels.counter });
    const body = till.checkoutBody(refusedOrder, CASH);
    // Its webhook, its invoice and its bells are on their way when the writes end.
    await till.receive(paid.checked.attempt, paid.order.total);
    const allow = await refuseWrites(admin, how, { tables: TABLES, cut });
    let qrTrace: string;
    let told: string;
    try {
      const cash = { attempt: { id: unpaid.checked.attempt.id }, tendered: unpaid.order.total };
      const refused = [
        await till.cashier.send('POST', '/payments/checkout', body),
        await till.cashier.send('POST', '/payments/system/ipn', cash),
      ];
      expect(refused.map((answer) => [answer.status, answer.body.code])).toEqual(
        refused.map(() => [503, 'service.unavailable']),
      );
      told = await tell(known.order);
      await waitFor('nobody to be ready', async (note) => {
        const ready = await readiness(NOT_READY[how]);
        note(ready);
        return !ready.includes(true);
      });
      const { payment, callbacks } = await till.pay(scanned.checked);
      qrTrace = payment.qrTrace;
      for (const { answer } of callbacks) expect(['00', '03']).not.toContain(answer?.code);
    } finally {
      await allow();
    }
    await waitFor('everybody to be ready', async () => !(await readiness(NOT_READY['read-only'])).includes(false), {
      timeoutMs: RECOVERED_MS,
    });
    await world.sandbox.post('/vnpay/qr-mms/buyers/callback', { qrTrace });
    await till.receive(unpaid.checked.attempt, unpaid.order.total);
    const late = await till.checkout(refusedOrder, CASH);
    await till.receive(late.attempt, refusedOrder.total);
    const all = [known, paid, unpaid, scanned, { order: refusedOrder, checked: late }];
    await Promise.all(
      all.map(async ({ order, checked }) => {
        await till.orderIn(order.id, '303_COMPLETED', { timeoutMs: RECOVERED_MS });
        await till.invoice(order.id, 'SUCCESS', { timeoutMs: RECOVERED_MS });
        await till.notification(
          'owner',
          'PAYMENT_SUCCESS',
          (row) => row.data?.transactionId === checked.transaction.id,
        );
      }),
    );
    await till.notification('owner', 'PAYMENT_SUCCESS', (row) => row.data?.transactionId === told);
    const { data: books } = await world.sandbox.get('/vnpay-invoice/invoices');
    for (const { order, checked } of all) {
      const { providerKey } = await till.invoice(order.id);
      expect(books.filter(({ requestId }: { requestId: string }) => requestId === providerKey)).toHaveLength(1);
      const journals = 'SELECT id FROM mq_pay."LedgerJournal" WHERE transaction_id = $1';
      expect(await world.sql(journals, [checked.transaction.id])).toHaveLength(1);
    }
    const parked = ['mq_pay', 'invoice', 'signal'].map((schema) => `SELECT key FROM ${schema}."ParkedRecord"`);
    expect(await world.sql(parked.join(' UNION ALL '))).toEqual([]);
  });
});

describe('a call to the vendor that is under way when the database becomes read-only', () => {
  it('is looked up when its lock is over, and the invoice is issued once', async () => {
    const { till, world } = shop();
    await till.sandbox.post('/faults', { kind: 'delay', target: 'vnpay-invoice.issue', count: 1, ms: 1_500 });
    const { order, checked } = await begin(CASH);
    await till.receive(checked.attempt, order.total);
    const issued = async (): Promise<number> => {
      const { data } = await world.sandbox.get('/vnpay-invoice/invoices');
      const [row] = (
        await admin.query<{ key: string }>('SELECT provider_key AS key FROM invoice."Invoice" WHERE source_id = $1', [
          order.id,
        ])
      ).rows;
      return data.filter(({ requestId }: { requestId: string }) => requestId === row?.key).length;
    };
    const calls = `SELECT c.outcome FROM invoice."InvoiceIssuance" c
      JOIN invoice."Invoice" i ON i.id = c.invoice_id WHERE i.source_id = $1 ORDER BY c.started_at`;
    await waitFor('the call', async () => (await admin.query(calls, [order.id])).rows.length === 1, { everyMs: 10 });
    const allow = await refuseWrites(admin, 'read-only', { cut });
    try {
      await waitFor('the vendor to have issued', async () => (await issued()) === 1);
      await waitFor('nobody to be ready', async () => !(await readiness(['invoice-worker'])).includes(true));
    } finally {
      await allow();
    }
    await till.invoice(order.id, 'SUCCESS', { timeoutMs: CALL_LOCK_MS + RECOVERED_MS });
    expect(await issued()).toBe(1);
    expect((await admin.query(calls, [order.id])).rows.length).toBeGreaterThan(1);
  });
});
