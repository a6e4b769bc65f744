import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Api, waitFor } from '../../tools/demo/http.mjs';
import type { Checkout, CheckoutOptions, Order } from '../../tools/demo/sale.mjs';
import { SPLIT_MODE, type ServiceProcess } from '../../tools/system.mjs';
import { activeQueues } from './support/active-queues';
import { CASH, COMPANY } from './support/choices';
import { openHold, type Hold } from './support/hold';
import { marked, openShop, openWorld, type Shop } from './support/world';

vi.setConfig({ testTimeout: 90_000 });

/** As long as a process may take to end after SIGTERM: `APP_ENV_SERVER_SHUTDOWN_GRACE_MS`. */
const GRACE_MS = 25_000;
const BACKLOG = 8;

let opened: Shop | undefined;
const shop = (): Shop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};

beforeAll(async () => {
  opened = await openShop(await openWorld('graceful-stop', { processes: SPLIT_MODE }));
}, 150_000);
afterAll(() => opened?.close(), 60_000);

/** Something that is under way when the signal comes, and what has to be true of it when the process is gone. */
interface Work {
  readonly held: string;
  readonly access?: 'ACCESS';
  /** Statements that wait when all of it is under way. */
  readonly statements?: number;
  /** Before anything is held. */
  prepare?(): Promise<void>;
  /** Begins it while its table is held. */
  begin(): Promise<void>;
  /** The process still runs: nothing was given up. */
  underWay?(): void;
  /** The process has ended, and nobody has taken over. */
  ended(): Promise<void>;
}

interface Count {
  readonly count: number;
}

interface Sale {
  readonly order: Order;
  readonly checked: Checkout;
}

const one = async <R extends object>(text: string, values: readonly unknown[]): Promise<R | undefined> =>
  (await shop().world.sql<R>(text, values))[0];

const sell = async (options: CheckoutOptions = CASH, channel = shop().merchant.channels.counter): Promise<Sale> => {
  const { till } = shop();
  const order = await till.order({ channel });
  return { order, checked: await till.checkout(order, options) };
};

/** A request that was taken is answered, with a word that the connection ends; the same one again has no effect. */
function request<B>(
  send: () => Promise<Response>,
  held: Pick<Work, 'held' | 'access'>,
  check: (body: B) => unknown,
): Work {
  let answer: Promise<Response> | undefined;
  let isAnswered = false;
  return {
    ...held,
    begin: async () => {
      answer = send().finally(() => (isAnswered = true));
      answer.catch(() => undefined);
    },
    underWay: () => expect(isAnswered).toBe(false),
    ended: async () => {
      const response = await answer;
      expect([response?.status, response?.headers.get('connection')]).toEqual([200, 'close']);
      await check((await response?.json()) as B);
    },
  };
}

/** A checkout in cash, in the middle of its one statement. */
function checkout(): Work {
  const { till, merchant } = shop();
  let order: Order;
  const send = (): Promise<Response> =>
    fetch(`${till.urls.payment}/payments/checkout`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-merchant-id': merchant.merchantId,
        authorization: `Bearer ${merchant.staff.cashier.token}`,
        'idempotency-key': order.id,
      },
      body: JSON.stringify(till.checkoutBody(order, CASH)),
    });
  const work = request(send, { held: 'mq_pay."IdempotencyKey"' }, async ({ transaction, attempt }: Checkout) => {
    const rows = await shop().world.sql(
      `SELECT t.id AS transaction, a.id AS attempt FROM mq_pay."Transaction" t
       JOIN mq_pay."PaymentAttempt" a ON a.transaction_id = t.id WHERE t.source_id = $1`,
      [order.id],
    );
    expect(rows).toEqual([{ transaction: transaction.id, attempt: attempt.id }]);
  });
  return { ...work, prepare: async () => void (order = await till.order()) };
}

/** The buyer has paid; the job that books it is in the middle. */
function confirmation(): Work {
  let sold: Sale;
  return {
    held: 'mq_pay."LedgerJournal"',
    prepare: async () => void (sold = await sell({})),
    begin: async () => void (await shop().till.pay(sold.checked)),
    ended: async () => {
      const { id } = sold.checked.transaction;
      const settled = `SELECT status, (SELECT count(*)::int FROM mq_pay."LedgerJournal" j WHERE j.transaction_id = t.id) AS journals
        FROM mq_pay."Transaction" t WHERE id = $1`;
      expect(await one(settled, [id])).toEqual({ status: '304_SETTLED', journals: 1 });
      expect(await activeQueues(shop().world, 'payment')).toEqual([]);
    },
  };
}

/** The buyer's claim of an invoice. */
function claim(): Work {
  const { till, merchant } = shop();
  let token = '';
  const send = (): Promise<Response> =>
    fetch(`${till.urls.invoice}/claims/${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(COMPANY),
    });
  const work = request(send, { held: 'invoice."InvoiceRequest"' }, (body) =>
    expect(body).toMatchObject({ state: 'CLAIMED' }),
  );
  const prepare = async (): Promise<void> => {
    const { order, checked } = await sell(CASH, merchant.channels.receipt);
    await till.receive(checked.attempt, order.total);
    const pending = await till.invoice(order.id, 'PENDING');
    const { claim: receipt } = await till.invoices.get(`/invoices/${pending.id}`);
    token = new URL(receipt.url).pathname.split('/').at(-1) ?? '';
  };
  return { ...work, prepare };
}

const invoiceOf = (orderId: string): Promise<{ id: string; issuance_status: string } | undefined> =>
  one('SELECT id, issuance_status FROM invoice."Invoice" WHERE source_id = $1', [orderId]);

/** Every sale so far has its invoice, so that the next one to be issued is the one that is meant. */
const everythingIssued = (): Promise<unknown> =>
  waitFor(
    'an invoice of each sale',
    async (note) => {
      const row = await one<{ sales: string; issued: string }>(
        `SELECT (SELECT count(*) FROM mq_pay."Transaction" WHERE status = '304_SETTLED') AS sales,
           (SELECT count(*) FROM invoice."Invoice" WHERE issuance_status = 'SUCCESS') AS issued`,
        [],
      );
      note(row);
      return row !== undefined && row.sales === row.issued;
    },
    { timeoutMs: 40_000 },
  );

/** The job that issues an invoice stands before its call to the vendor. */
function issuance(): Work {
  let sold: Sale;
  return {
    held: 'invoice."InvoiceIssuance"',
    prepare: async () => {
      await everythingIssued();
      sold = await sell();
    },
    begin: async () => void (await shop().till.receive(sold.checked.attempt, sold.order.total)),
    ended: async () => {
      const invoice = await invoiceOf(sold.order.id);
      expect(invoice?.issuance_status).toBe('SUCCESS');
      const calls = 'SELECT kind, outcome FROM invoice."InvoiceIssuance" WHERE invoice_id = $1';
      expect(await shop().world.sql(calls, [invoice?.id])).toEqual([{ kind: 'ISSUE', outcome: 'ISSUED' }]);
      expect(await activeQueues(shop().world, 'invoice')).toEqual([]);
    },
  };
}

/** Sales that were paid, more than are handled before the stop; all of them would make an invoice. */
function sales(): Work {
  const handled = `SELECT count(*)::int AS count FROM invoice."Invoice"`;
  let sold: Sale[] = [];
  return {
    held: 'invoice."Inbox"',
    prepare: async () => {
      sold = await Promise.all(Array.from({ length: BACKLOG }, () => sell()));
    },
    begin: async () => {
      await Promise.all(sold.map(({ order, checked }) => shop().till.receive(checked.attempt, order.total)));
      await Promise.all(sold.map(({ order }) => shop().till.orderIn(order.id, '303_COMPLETED')));
    },
    // Every sale of this shop makes one: so many records are done, and not one more is committed.
    ended: async () =>
      expect(await shop().world.committed('SVC-00150-INVOICE_CONSUMER_GROUP', 'payment.success')).toBe(
        (await one<Count>(handled, []))?.count,
      ),
  };
}

const activities: string[] = [];

/** Activities that come faster than they are stored. */
function activityRecords(): Work {
  const { world, merchant } = shop();
  const stored = 'SELECT count(*)::int AS count FROM signal."NotificationEvent"';
  return {
    held: 'signal."NotificationEvent"',
    begin: async () => {
      const records = Array.from({ length: BACKLOG }, () => {
        const eventId = marked('event');
        activities.push(eventId);
        const data = { transactionId: eventId, orderNumber: 'SO-STOP', amount: 1_000, currency: 'VND' };
        const { merchantId, organizerId } = merchant;
        return {
          eventType: 'PAYMENT_SUCCESS',
          recipientScope: 'merchant',
          organizerId,
          merchantId,
          data,
          eventId,
          version: 1,
        };
      });
      await world.produce('signal.activity-notification', merchant.merchantId, records);
    },
    ended: async () =>
      expect(await world.committed('SVC-00090-SIGNAL_NOTIF_CONSUMER_GROUP', 'signal.activity-notification')).toBe(
        (await one<Count>(stored, []))?.count,
      ),
  };
}

/** Somebody opens the bell. */
function bell(): Work {
  const { till, merchant } = shop();
  const headers = { authorization: `Bearer ${merchant.staff.owner.token}` };
  const send = (): Promise<Response> => fetch(`${till.urls.signal}/notifications`, { headers });
  const held = { held: 'signal."ActivityNotification"', access: 'ACCESS' } as const;
  return request(send, held, (body: { data: object[] }) => expect(body.data.length).toBeGreaterThan(0));
}

/** Screens of two people: they are told why, so that they come back somewhere else. */
function screens(): Work {
  const { merchant } = shop();
  let streams: Awaited<ReturnType<Shop['screen']>>[] = [];
  return {
    held: 'signal."RecipientState"',
    statements: 0,
    prepare: async () => {
      const rooms = [`merchant/${merchant.merchantId}`];
      streams = await Promise.all((['owner', 'cashier'] as const).map((who) => shop().screen(who, 'signal', rooms)));
    },
    begin: async () => undefined,
    underWay: () => expect(streams.map(({ closed }) => closed)).toEqual([null, null]),
    ended: async () =>
      expect(streams.map(({ closed }) => closed)).toEqual(
        streams.map(() => ({ code: 1001, reason: 'Server shutting down' })),
      ),
  };
}

const accepts = ({ port }: ServiceProcess): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });

/** SIGTERM while all the work is in the middle; it goes on when the process takes nothing new any more. */
async function stopInTheMiddle(child: ServiceProcess, works: readonly Work[], hold: Hold): Promise<void> {
  for (const { prepare } of works) await prepare?.();
  for (const { held, access, statements, begin } of works) {
    await hold.take(held, access);
    await begin();
    await hold.untilWaits(held, statements);
  }
  expect(await child.ready()).toBe(true);
  child.signal('SIGTERM');
  await waitFor(`${child.name} to take no connection`, async () => !(await accepts(child)), { everyMs: 10 });
  expect(await child.ready()).toBe(false);
  expect(child.exitStatus).toBeNull();
  for (const { underWay } of works) underWay?.();
  await hold.release();
  await waitFor(`${child.name} to end`, () => child.exitStatus !== null, { timeoutMs: GRACE_MS, everyMs: 20 });
  expect(child.exitStatus).toMatchObject({ code: 0, signal: null });
  for (const { ended } of works) await ended();
}

const FULL = { variables: { RUN_MODE: 'full' } };

interface Row {
  readonly name: string;
  /** The mode in which it is when it is stopped; another one than the plan's is started for that. */
  readonly mode: 'api' | 'worker' | 'full';
  readonly works: () => readonly Work[];
}

/** In this order: who is needed to bring the work of another about runs as long as that one does. */
const ROWS: readonly Row[] = [
  { name: 'invoice-api', mode: 'api', works: () => [claim()] },
  { name: 'invoice-worker', mode: 'worker', works: () => [issuance(), sales()] },
  { name: 'invoice-api', mode: 'full', works: () => [issuance(), sales(), claim()] },
  { name: 'payment-worker', mode: 'worker', works: () => [confirmation()] },
  { name: 'payment-api', mode: 'api', works: () => [checkout()] },
  { name: 'payment-api', mode: 'full', works: () => [confirmation(), checkout()] },
  { name: 'signal', mode: 'full', works: () => [screens(), activityRecords(), bell()] },
];

describe('a graceful stop', () => {
  it.each(ROWS)('of $name in mode $mode ends what is under way, takes nothing new, and exits with 0', async (row) => {
    const { world } = shop();
    const child = world.process(row.name);
    if (row.mode !== child.mode) await child.start(FULL);
    const hold = await openHold(world);
    try {
      await stopInTheMiddle(child, row.works(), hold);
    } finally {
      await hold.release();
    }
  });

  it('has lost and doubled nothing when everybody is back', async () => {
    const { world, till, merchant } = shop();
    await Promise.all(['payment-api', 'invoice-api', 'signal'].map((name) => world.process(name).start(FULL)));
    const attempts = await world.sql<{ source_id: string; transaction_id: string; paid: boolean; journals: number }>(
      `SELECT t.source_id, t.id AS transaction_id, t.status = '304_SETTLED' AS paid,
         (SELECT count(*)::int FROM mq_pay."LedgerJournal" j WHERE j.transaction_id = t.id) AS journals
       FROM mq_pay."Transaction" t`,
    );
    const paid = attempts.filter((row) => row.paid);
    expect(attempts.filter(({ journals, paid: isPaid }) => journals !== (isPaid ? 1 : 0))).toEqual([]);
    expect(paid.length).toBeGreaterThan(2 * BACKLOG);
    for (const { source_id: order } of paid) await till.orderIn(order, '303_COMPLETED', { timeoutMs: 30_000 });
    for (const { source_id: order } of paid) await till.invoice(order, 'SUCCESS');
    const { data } = await till.sandbox.get('/vnpay-invoice/invoices');
    expect(data).toHaveLength(paid.length);
    const told = [...activities, ...paid.map(({ transaction_id: id }) => id)];
    const notified = `SELECT count(*)::int AS rows, count(DISTINCT data ->> 'transactionId')::int AS about
      FROM signal."ActivityNotification" WHERE type = 'PAYMENT_SUCCESS' AND data ->> 'transactionId' = ANY ($1)`;
    const seen = await waitFor('all notifications', async (note) => {
      const row = await one<{ about: number; rows: number }>(notified, [told]);
      note(row);
      return (row?.about ?? 0) >= told.length && row;
    });
    expect(seen).toEqual({ about: told.length, rows: told.length * Object.keys(merchant.staff).length });
    // Who was not answered in time asks again, with the same key.
    const repeated = new Api(till.urls.payment, till.cashier.who);
    const open = attempts.filter((row) => !row.paid);
    expect(open.length).toBeGreaterThan(0);
    for (const { source_id: order, transaction_id: id } of open) {
      const file = await till.sandbox.get(`/sale/orders/${order}`);
      const body = till.checkoutBody(file.order, CASH);
      const again = await repeated.call('POST', '/payments/checkout', body, { 'idempotency-key': order });
      expect(again.transaction.id).toBe(id);
    }
  });
});
