import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GatewayPeer } from '../../apps/payment/src/testing/gateway-peer.fixture';
import { ipnBody } from '../../apps/payment/src/testing/vnpay.fixture';
import { Api, waitFor } from '../../tools/demo/http.mjs';
import type { Checkout } from '../../tools/demo/sale.mjs';
import type { ProcessPlan } from '../../tools/system.mjs';
import { CASH, GATEWAY } from './support/choices';
import { atOnce, shuffled } from './support/crowd';
import { insist } from './support/insist';
import { Victim } from './support/victim';
import { openShop, openWorld, QUICK, type Shop } from './support/world';

const LONG = process.env['TEST_LONG'] === '1';
const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(Date.now() / 86_400_000));
const CALLERS = LONG ? 64 : 16;
const PAYMENTS = LONG ? 2000 : 200;
const REPETITIONS = LONG ? 20 : 10;

vi.setConfig({ testTimeout: LONG ? 1_800_000 : 240_000 });

const APIS = ['payment-api', 'payment-api-2'] as const;
const PROCESSES: readonly ProcessPlan[] = [
  ...APIS.map((name) => ({ name, service: 'payment' as const, mode: 'api' as const })),
  { name: 'payment-worker', service: 'payment', mode: 'worker' },
];
const environments: Record<(typeof APIS)[number], Record<string, string>> = { 'payment-api': {}, 'payment-api-2': {} };

let opened: Shop | undefined;
const shop = (): Shop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};

beforeAll(async () => {
  const processes = PROCESSES.map((plan) => ({
    ...plan,
    overrides: plan.name === 'payment-worker' ? {} : environments[plan.name as (typeof APIS)[number]],
  }));
  // A call is given up soon, so that the key of a dead process is free soon.
  const payment = { ...QUICK.payment, APP_ENV_PROVIDER_TIMEOUT_MS: '2000' };
  opened = await openShop(await openWorld('callers', { processes, overrides: { ...QUICK, payment } }), false);
}, 200_000);
afterAll(() => opened?.close(), 60_000);

/** The same person at every api of the service, in turn. */
const doors = (person: 'cashier' | 'owner'): Api[] =>
  APIS.map((name) => new Api(shop().world.process(name).baseUrl, shop().till[person].who));

/** What a caller hears: a checkout, or with its id a refund. */
type Answered = Checkout & Refund;

interface Refund {
  readonly id: string;
  readonly status: string;
}

/** One request that many callers send under one key, and where its process dies. */
interface Question {
  readonly person: 'cashier' | 'owner';
  readonly path: string;
  readonly body: object;
  readonly points: readonly string[];
}

/** The points of a question by full name; a short run dies at the first two. */
const armedFor = ({ path, points }: Question): string[] => {
  const route = path.replace(/\/transactions\/[^/]+/, '/transactions/{id}');
  return points.slice(0, LONG ? points.length : 2).map((point) => `${point}:POST${route}`);
};

/** All callers at once, at either api in turn, each until it is answered. */
const askAll = ({ person, path, body }: Question): Promise<Answered[]> => {
  const key = { 'idempotency-key': randomUUID() };
  const open = doors(person);
  return Promise.all(
    Array.from({ length: CALLERS }, (_, caller) =>
      insist<Answered>(open[caller % open.length] ?? shop().till[person], 'POST', path, body, key),
    ),
  );
};

/** Answers to a question that is asked while both apis die at its points, one after the other. */
async function askWhileTheyDie(question: Question): Promise<Answered[]> {
  const points = armedFor(question);
  const victims = APIS.map((name, turn) => {
    const own = points.filter((_point, index) => index % APIS.length === turn);
    return new Victim(shop().world.process(name), environments[name], own);
  });
  const lives = Promise.all(victims.map((victim) => victim.live()));
  await waitFor('the points to be armed', () => victims.every(({ armings }) => armings > 0), { timeoutMs: 300_000 });
  const answers = await askAll(question);
  // A point that the last answers did not pass is passed by nobody any more.
  await Promise.all(victims.map((victim) => victim.spare()));
  await lives;
  expect(victims.flatMap(({ deaths }) => deaths).length).toBeGreaterThan(0);
  return answers;
}

const count = async (text: string, id: string): Promise<number> => {
  const [row] = await shop().world.sql<{ count: number }>(text, [id]);
  return row?.count ?? -1;
};

const OPENED = { 'mq-pay:transaction.created': 1, 'mq-pay:attempt.created': 1, 'mq-pay:attempt.sent': 1 };

describe(`${CALLERS} callers with one key, while the apis are killed`, () => {
  it('open one payment with a QR, one in cash, and give one refund, and all hear of the same one', async () => {
    const { till } = shop();
    const paid = await till.checkout(await till.order());
    const { payment } = await till.pay(paid);
    const { id } = await till.transaction(paid.transaction.id, '304_SETTLED');
    const [qrOrder, cashOrder] = [await till.order(), await till.order()];
    const qr = await askWhileTheyDie({
      person: 'cashier',
      path: '/payments/checkout',
      body: till.checkoutBody(qrOrder),
      points: [
        'payment.commit.after:transaction-open-before-call',
        'payment.call.after:VNPAY_QR_MMS.CREATE',
        'payment.call.before:VNPAY_QR_MMS.CREATE',
        'payment.commit.after:transaction-change-after-call',
        'payment.answer.before:200',
      ],
    });
    const cash = await askWhileTheyDie({
      person: 'cashier',
      path: '/payments/checkout',
      body: till.checkoutBody(cashOrder, CASH),
      points: [
        'payment.commit.after:transaction-open',
        'payment.commit.before:transaction-open',
        'payment.answer.before:200',
      ],
    });
    const refunded = await askWhileTheyDie({
      person: 'owner',
      path: `/transactions/${id}/refunds`,
      body: { amount: 30_000, reason: 'Trả hàng', clientReference: 'once' },
      points: [
        'payment.commit.after:transaction-change',
        'payment.commit.before:update-mq_pay.IdempotencyKey',
        'payment.commit.after:insert-mq_pay.IdempotencyKey',
        'payment.commit.before:transaction-change',
        'payment.answer.before:201',
      ],
    });
    const idsOf = ({ transaction, attempt, payment: shown }: Checkout): string =>
      JSON.stringify([transaction.id, attempt.id, shown.qrCode]);
    for (const [answers, order] of [
      [qr, qrOrder],
      [cash, cashOrder],
    ] as const) {
      expect(answers).toHaveLength(CALLERS);
      expect(new Set(answers.map(idsOf)).size).toBe(1);
      expect(await count(ATTEMPTS_OF, order.id)).toBe(1);
      expect(await events(answers[0]?.transaction.id ?? '')).toEqual(OPENED);
    }
    expect(qr[0]).toMatchObject({ payment: { qrCode: expect.any(String) } });
    expect(new Set(refunded.map((refund) => refund.id)).size).toBe(1);
    await waitFor('the refund', async () => (await refunds(id)).every(({ status }) => status === 'SUCCEEDED'), {
      timeoutMs: 120_000,
    });
    expect(await refunds(id)).toMatchObject([{ id: refunded[0]?.id, amount: 30_000 }]);
    const { data } = await till.sandbox.get('/vnpay/qr-mms/payments');
    expect(data.find(({ qrTrace }: { qrTrace: string }) => qrTrace === payment.qrTrace).refunds).toHaveLength(1);
  });
});

const ATTEMPTS_OF = `SELECT count(*)::int FROM mq_pay."PaymentAttempt" a
  JOIN mq_pay."Transaction" t ON t.id = a.transaction_id WHERE t.source_id = $1`;

const refunds = async (transactionId: string): Promise<readonly Refund[]> =>
  (await shop().till.owner.get<{ readonly data: readonly Refund[] }>(`/transactions/${transactionId}/refunds`)).data;

const events = async (transactionId: string): Promise<Record<string, number>> => {
  const rows = await shop().world.sql<{ event_type: string; count: number }>(
    'SELECT event_type, count(*)::int FROM mq_pay."Outbox" WHERE aggregate_id = $1 GROUP BY 1',
    [transactionId],
  );
  return Object.fromEntries(rows.map((row) => [row.event_type, row.count]));
};

/** A callback as a vendor sends it to any of the apis, and what its rules call an answer. */
interface Callback {
  readonly transactionId: string;
  send(door: string): Promise<Response>;
  /** True = taken, now or before; false = not now, so the vendor comes again. Throws for anything else. */
  isTaken(answer: unknown): boolean;
}

const takenBy = (code: unknown, taken: readonly string[], later: string): boolean => {
  if (taken.includes(String(code))) return true;
  if (code === later) return false;
  throw new Error(`answered ${String(code)}`);
};

async function qrCallback(): Promise<Callback> {
  const { till, merchant, secrets } = shop();
  const { transaction, attempt } = await till.checkout(await till.order());
  const notice = { txnId: attempt.uid, amount: attempt.amount, paidAtMs: Date.now() };
  const codes = { createSecret: '', checkSecret: '', refundSecret: '', callbackSecret: secrets.qr.callback };
  const body = ipnBody({ merchantCode: merchant.qr.merchantCode, secrets: codes }, notice);
  const headers = { 'content-type': 'application/json' };
  return {
    transactionId: transaction.id,
    send: (door) => fetch(`${door}/vnpay/qr-mms/ipn`, { method: 'POST', body, headers }),
    isTaken: (answer) => {
      expect(answer).toMatchObject({ message: expect.any(String), data: { txnId: attempt.uid } });
      return takenBy((answer as { code: unknown }).code, ['00', '03'], '04');
    },
  };
}

async function gatewayCallback(): Promise<Callback> {
  const { till, merchant, secrets } = shop();
  const { transaction, payment } = await till.checkout(await till.order(), GATEWAY);
  const change = { vnp_TmnCode: merchant.gateway.tmnCode, vnp_TransactionNo: String(15_000_000 + (serial += 1)) };
  const query = new GatewayPeer().notice(payment.payUrl, change, secrets.gateway);
  return {
    transactionId: transaction.id,
    send: (door) => fetch(`${door}/vnpay/gateway/ipn?${query}`),
    isTaken: (answer) => {
      expect(answer).toEqual({ RspCode: expect.any(String), Message: expect.any(String) });
      return takenBy((answer as { RspCode: unknown }).RspCode, ['00', '02'], '99');
    },
  };
}
let serial = 0;

describe(`a storm of ${PAYMENTS} payments called back ${REPETITIONS} times each, over two apis (seed ${SEED})`, () => {
  it('has one effect each, no failure, and every answer in the format of the vendor', async () => {
    const { till, world, merchant } = shop();
    await till.owner.call('PATCH', `/webhook-configs/${merchant.webhook.id}`, { status: '401_DEACTIVATED' });
    const makers = Array.from({ length: PAYMENTS }, (_, index) => (index % 2 === 0 ? qrCallback : gatewayCallback));
    const callbacks = await atOnce(8, makers, (make) => make());
    const all = shuffled(
      callbacks.flatMap((callback) => Array.from({ length: REPETITIONS }, () => callback)),
      SEED,
    );
    const urls = APIS.map((name) => world.process(name).baseUrl);
    const taken = new Set<Callback>();
    const call = async (callback: Callback, turn: number): Promise<void> => {
      const answer = await callback.send(urls[turn % urls.length] ?? '');
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
      if (callback.isTaken(await answer.json())) taken.add(callback);
    };
    await atOnce(64, all, call);
    // A vendor comes again until somebody takes it.
    await waitFor('every callback to be taken', async () => {
      const left = callbacks.filter((callback) => !taken.has(callback));
      await atOnce(8, left, call);
      return left.length === 0;
    });
    const ids = callbacks.map(({ transactionId }) => transactionId);
    const settled = `SELECT count(*)::int FROM mq_pay."Transaction" WHERE id = ANY ($1) AND status = '304_SETTLED' AND paid = total`;
    await waitFor(
      'every payment to be settled',
      async (note) => {
        const [row] = await world.sql<{ count: number }>(settled, [ids]);
        note(row);
        return row?.count === PAYMENTS;
      },
      { timeoutMs: LONG ? 300_000 : 60_000, everyMs: 250 },
    );
    const once = await world.sql(
      `SELECT count(*)::int AS payments, max(journals)::int AS journals, min(journals)::int AS least,
         max(successes)::int AS successes, max(settled)::int AS settled, max(inbox)::int AS inbox
       FROM (SELECT t.id,
         (SELECT count(*) FROM mq_pay."LedgerJournal" j WHERE j.transaction_id = t.id) AS journals,
         (SELECT count(*) FROM mq_pay."Outbox" o WHERE o.aggregate_id = t.id AND o.event_type = 'mq-pay:attempt.success') AS successes,
         (SELECT count(*) FROM mq_pay."Outbox" o WHERE o.aggregate_id = t.id AND o.event_type = 'mq-pay:transaction.settled') AS settled,
         (SELECT count(*) FROM mq_pay."IpnInbox" i WHERE i.transaction_id = t.id) AS inbox
       FROM mq_pay."Transaction" t WHERE t.id = ANY ($1)) each`,
      [ids],
    );
    expect(once).toEqual([{ payments: PAYMENTS, journals: 1, least: 1, successes: 1, settled: 1, inbox: 1 }]);
    const [suspense] = await world.sql('SELECT count(*)::int FROM mq_pay."SuspenseItem"');
    expect(suspense).toEqual({ count: 0 });
  });
});
