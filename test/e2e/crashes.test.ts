import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../tools/demo/http.mjs';
import { readJournals } from '../../tools/demo/journal.mjs';
import type { ProcessPlan } from '../../tools/system.mjs';
import { GATEWAY } from './support/choices';
import { openShop, openWorld, QUICK, type Shop } from './support/world';

vi.setConfig({ testTimeout: 180_000 });

/** What a killed process held is free again when its lock has run out: half a minute, on a busy machine more. */
const RECOVERED = { timeoutMs: 120_000 };

let opened: Shop | undefined;
const shop = (): Shop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};

beforeAll(async () => {
  const processes: ProcessPlan[] = [
    { name: 'payment-api', service: 'payment', mode: 'api' },
    { name: 'payment-worker', service: 'payment', mode: 'worker' },
  ];
  // Long enough to be killed in by a busy machine, short enough that the key of a dead process is free soon.
  const payment = { ...QUICK.payment, APP_ENV_PROVIDER_TIMEOUT_MS: '6000' };
  opened = await openShop(await openWorld('crashes', { processes, overrides: { ...QUICK, payment } }), false);
}, 150_000);
afterAll(() => opened?.close(), 60_000);

/** Kills a process without a word and starts it again. */
async function killAndRestart(name: string): Promise<void> {
  const child = shop().world.process(name);
  await child.kill();
  await child.start();
}

/** What the ledger says came in for a transaction, and in how many journals. */
async function booked(transactionId: string): Promise<{ journals: number; owner: number }> {
  const { database } = shop().world.system.describe() as { database: { adminUrl: string; name: string } };
  const journals = await readJournals(database, transactionId);
  const own = journals.flatMap(({ entries }) => entries).filter(({ account }) => account === 'MERCHANT_OWN');
  return { journals: journals.length, owner: own.reduce((sum, { amount }) => sum + amount, 0) };
}

describe('SIGKILL', () => {
  it('of the api while the provider is asked leaves one attempt, which the retry goes on with', async () => {
    const { till, world, merchant } = shop();
    const order = await till.order();
    await till.sandbox.post('/faults', { kind: 'delay', target: 'vnpay-qr-mms.create', count: 1, ms: 5000 });
    const body = till.checkoutBody(order);
    const headers = { 'idempotency-key': `killed-${order.id}` };
    const cut = till.cashier.send('POST', '/payments/checkout', body, headers).then(
      ({ status }) => status,
      () => 'cut',
    );
    const [started] = await waitFor('the call to be on its way', async () => {
      const rows = await world.sql<{ uid: string; attempt_id: string }>(
        `SELECT a.uid, o.attempt_id FROM mq_pay."ProviderOperation" o JOIN mq_pay."PaymentAttempt" a ON a.id = o.attempt_id
         JOIN mq_pay."Transaction" t ON t.id = a.transaction_id
         WHERE t.source_id = $1 AND o.kind = 'CREATE' AND o.finished_at IS NULL`,
        [order.id],
      );
      return rows.length > 0 && rows;
    });
    await killAndRestart('payment-api');
    expect(await cut).toBe('cut');
    const statuses: number[] = [];
    const again = await waitFor(
      'the retry to be answered',
      async (note) => {
        const answer = await till.cashier.send('POST', '/payments/checkout', body, headers);
        statuses.push(answer.status);
        note(answer.body);
        return answer.status === 200 && answer.body;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    // A restart that takes longer than the lock finds the key free at once.
    expect(statuses.slice(0, -1).filter((status) => status !== 409)).toEqual([]);
    expect(again.attempt).toMatchObject({ id: started?.attempt_id, uid: started?.uid, status: '204_SENT' });
    expect(again.payment.qrCode).toEqual(expect.any(String));
    const counted = await world.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM mq_pay."PaymentAttempt" a JOIN mq_pay."Transaction" t ON t.id = a.transaction_id
       WHERE t.source_id = $1 AND t.merchant_id = $2`,
      [order.id, merchant.merchantId],
    );
    expect(counted).toEqual([{ count: 1 }]);
    await till.pay(again);
    await till.transaction(again.transaction.id, '304_SETTLED');
    expect(await booked(again.transaction.id)).toEqual({ journals: 1, owner: order.total });
  });

  it('of the worker again and again, and of the api between answers, loses no payment and books none twice', async () => {
    const { till, merchant } = shop();
    // The lock of a delivery is as long as a try may take.
    await till.owner.call('PATCH', `/webhook-configs/${merchant.webhook.id}`, { metadata: { timeoutMs: 2000 } });
    const sales = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const order = await till.order();
        return { order, checkout: await till.checkout(order) };
      }),
    );
    const paying = (async () => {
      for (const { checkout } of sales) expect((await till.pay(checkout, { wait: false })).payment.status).toBe('PAID');
    })();
    for (const name of ['payment-worker', 'payment-worker', 'payment-api', 'payment-worker'])
      await killAndRestart(name);
    await paying;
    for (const { order, checkout } of sales) {
      const { id } = checkout.transaction;
      await till.transaction(id, '304_SETTLED', RECOVERED);
      expect(await booked(id)).toEqual({ journals: 1, owner: order.total });
      await till.delivered(id, 'mq-pay:transaction.settled', RECOVERED);
      await till.orderIn(order.id, '303_COMPLETED', RECOVERED);
    }
  });
});

/** As the kernel has it: `T` is stopped by a signal. */
const stateOf = (pid: number | undefined): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.charAt(0) ?? '';

describe('SIGSTOP', () => {
  it('of a worker between its claim of a refund and the call: it sends nothing when it goes on, and nobody sends it again', async () => {
    const { till, world, merchant } = shop();
    await till.sandbox.call('PUT', '/settings', { gatewayQueryPauseMs: 0, gatewayRefundMs: 0 });
    const account = `/configurations/${merchant.gateway.configurationId}`;
    const { tValue } = await till.owner.get(account);
    await till.owner.call('PATCH', account, { tValue: { ...tValue, queryPauseMs: 0 } });
    const { transaction, payment } = await till.checkout(await till.order(), GATEWAY);
    await till.sandbox.post('/vnpay/gateway/buyers/pay', { payUrl: payment.payUrl, ending: 'paid' });
    await till.transaction(transaction.id, '304_SETTLED', RECOVERED);
    const stopped = world.process('payment-worker');
    await stopped.stop();
    const point = 'payment.commit.after:transaction-change-before-call:work-on-refund=pause';
    await stopped.start({ variables: { APP_ENV_FAIL_POINTS: point } });
    const refunds = `/transactions/${transaction.id}/refunds`;
    const opening = await till.owner.post(refunds, { amount: 30_000, reason: 'Trả hàng', clientReference: 'stopped' });
    await waitFor('the worker to be stopped', () => stateOf(stopped.pid) === 'T', RECOVERED);
    const successor = await world.system.add({ name: 'payment-worker-2', service: 'payment', mode: 'worker' });
    await successor.start();
    const seen = async (): Promise<{ status: string; tries: { id: string }[] }> =>
      till.owner.get(`${refunds}/${opening.id}`);
    await waitFor('its call to be given up', async () => (await seen()).status === 'UNKNOWN', RECOVERED);
    stopped.signal('SIGCONT');
    const word = 'a refund is left to the next worker: the lease of this one has ended';
    await waitFor('the stopped one to notice', () => world.log('payment-worker').includes(word), RECOVERED);
    const sent = async (): Promise<number> => {
      const { data } = await till.sandbox.get('/vnpay/gateway/payments');
      return data.flatMap((paid: { refunds?: object[] }) => paid.refunds ?? []).length;
    };
    expect(await sent()).toBe(0);
    await stopped.untilReady();
    // The next look asks the provider, which cannot prove that it was never asked: a person finds out, nobody sends again.
    await waitFor(
      'the successor to have asked',
      async () => {
        await world.sql(
          `UPDATE mq_pay."PaymentAttempt" SET next_query_at = now()
           WHERE transaction_id = $1 AND type = '300_REFUND' AND next_query_at > now()`,
          [transaction.id],
        );
        const [asked] = await world.sql(
          `SELECT 1 FROM mq_pay."ProviderOperation" o JOIN mq_pay."PaymentAttempt" a ON a.id = o.attempt_id
           WHERE a.transaction_id = $1 AND a.type = '300_REFUND' AND o.kind = 'QUERY' AND o.finished_at IS NOT NULL`,
          [transaction.id],
        );
        return asked !== undefined;
      },
      { ...RECOVERED, everyMs: 500 },
    );
    expect([await sent(), (await seen()).status]).toEqual([0, 'UNKNOWN']);
    await successor.stop();
    expect(successor.exitStatus).toMatchObject({ code: 0 });
  });
});
