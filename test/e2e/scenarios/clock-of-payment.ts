import { randomUUID } from 'node:crypto';
import { parseSnowflake } from '@nx/snowflake';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api, waitFor } from '../../../tools/demo/http.mjs';
import type { Checkout, Order } from '../../../tools/demo/sale.mjs';
import { CASH } from '../support/choices';
import {
  HOUR_MS,
  isToday,
  sellForCash,
  sellingWhile,
  type ClockedShop,
  type Jump,
  type Sold,
} from '../support/clocked-shop';

const MINUTE_MS = 60_000;

/** Ids in the order in which one caller was given them: under one node id each is later than the one before. */
function expectNeverBack(ids: readonly string[]): void {
  const last = new Map<number, bigint>();
  for (const id of ids) {
    const { node, value } = parseSnowflake(id);
    expect(value).toBeGreaterThan(last.get(node) ?? 0n);
    last.set(node, value);
  }
}

/** What becomes of sales while the clock of the process that sells jumps, and when it has been mended. */
export function paymentScenarios(shop: () => ClockedShop, { byMs }: Jump): void {
  const isAhead = byMs > 0;
  const key = randomUUID();
  let order: Order;
  let answered: Checkout;
  let paid: Sold;
  let shown: Checkout[];
  let counterOrder: Order;
  let counter: Checkout;
  let untold: Sold;

  const rows = <R extends object>(text: string, ...values: unknown[]): Promise<R[]> =>
    shop().world.sql<R>(text, values);
  const setClock = (ms: number): Promise<void> => shop().clocks.payment.set(shop().service('payment'), ms);

  beforeAll(async () => {
    const { till } = shop();
    order = await till.order();
    answered = await till.checkout(order, { ...CASH, key });
    paid = await sellForCash(shop());
    shown = await Promise.all([1, 2].map(async () => till.checkout(await till.order())));
    counterOrder = await till.order();
    counter = await till.checkout(counterOrder, CASH);
  });
  afterAll(() => setClock(0));

  it('lets it go on selling through the jump, and no id comes twice or goes back', async () => {
    const sold = await sellingWhile(shop(), async (soFar) => {
      await waitFor('sales before the jump', () => soFar.length > 2);
      await setClock(byMs);
      const before = soFar.length;
      await waitFor('sales after the jump', () => soFar.length > before + 3);
    });
    const ids = sold.flatMap(({ checked }) => [checked.transaction.id, checked.attempt.id]);
    expectNeverBack(ids);
    const last = parseSnowflake(ids.at(-1) ?? '');
    expect(Math.abs(last.timeMs - Date.now() - byMs)).toBeLessThan(MINUTE_MS);
    expect(new Set(ids.map((id) => parseSnowflake(id).node)).size).toBe(isAhead ? 1 : 2);
    const booked = await rows(
      `SELECT count(*)::int AS journals, count(DISTINCT transaction_id)::int AS sales
       FROM mq_pay."LedgerJournal" WHERE transaction_id = ANY ($1)`,
      sold.map(({ checked }) => checked.transaction.id),
    );
    expect(booked).toEqual([{ journals: sold.length, sales: sold.length }]);
    untold = sold.at(-1) as Sold;
  });

  it('ends no lease of a node id: it is held until a time of the database', async () => {
    const held = await rows<{ left: number }>(
      `SELECT extract(epoch FROM expires_at - clock_timestamp())::float AS left
       FROM platform."NodeLease" WHERE owner LIKE 'payment@%'`,
    );
    expect(held).toHaveLength(1);
    expect(Math.abs(held[0]?.left ?? Infinity)).toBeLessThan(10);
  });

  it('forgets no key of a checkout: the same answer, and the source is sold once', async () => {
    const { till } = shop();
    const again = await till.checkout(order, { ...CASH, key });
    expect([again.transaction.id, again.attempt.id]).toEqual([answered.transaction.id, answered.attempt.id]);
    expect(await rows('SELECT id FROM mq_pay."Transaction" WHERE source_id = $1', order.id)).toHaveLength(1);
  });

  it('does not make a payment late, nor one in time of a late one: the time of the provider does', async () => {
    const { till } = shop();
    const [inTime, late] = shown as [Checkout, Checkout];
    await till.pay(inTime);
    const settled = await till.transaction(inTime.transaction.id, '304_SETTLED');
    expect(settled.attempts).toMatchObject([{ status: '302_SUCCESS' }]);
    await till.pay(late, { paidAt: new Date(Date.now() + 18 * MINUTE_MS).toISOString() });
    const held = (): Promise<object[]> =>
      rows('SELECT reason, amount::int FROM mq_pay."SuspenseItem" WHERE attempt_id = $1', late.attempt.id);
    await waitFor('the late payment in suspense', async () => (await held()).length > 0);
    expect(await held()).toEqual([{ reason: 'LATE_SUCCESS', amount: late.attempt.amount }]);
    expect(await rows('SELECT id FROM mq_pay."SuspenseItem" WHERE attempt_id = $1', inTime.attempt.id)).toEqual([]);
  });

  it(`shows codes that the provider ${isAhead ? 'takes' : 'holds for expired'}`, async () => {
    const { till, world } = shop();
    const code = await till.checkout(await till.order());
    const scanned = await world.sandbox.send('POST', '/vnpay/qr-mms/buyers/pay', {
      qrContent: code.payment.qrCode,
      wait: true,
    });
    expect(scanned.status).toBe(isAhead ? 200 : 422);
    if (isAhead) await till.transaction(code.transaction.id, '304_SETTLED');
  });

  it(`ends attempts at the counter ${isAhead ? 'early: another one sells' : 'late: cash is taken'}`, async () => {
    const { till } = shop();
    const cash = { attempt: { id: counter.attempt.id }, tendered: counter.attempt.amount };
    const statusOf = (): Promise<object[]> =>
      rows('SELECT status FROM mq_pay."PaymentAttempt" WHERE id = $1', counter.attempt.id);
    if (isAhead) {
      await waitFor('the attempt to expire', async () => JSON.stringify(await statusOf()).includes('501_EXPIRED'));
      const refused = await till.cashier.send('POST', '/payments/system/ipn', cash);
      expect(refused.body).toMatchObject({ code: 'payment.attempt.expired' });
      const { transaction, attempt } = await till.checkout(counterOrder, {
        ...CASH,
        transactionId: counter.transaction.id,
      });
      await till.receive(attempt, counterOrder.total);
      expect(transaction.id).toBe(counter.transaction.id);
      return;
    }
    await rows(
      `UPDATE mq_pay."PaymentAttempt" SET expires_at = now() - interval '1 hour', next_query_at = now() - interval '1 hour'
       WHERE id = $1`,
      counter.attempt.id,
    );
    await till.receive(counter.attempt, counter.attempt.amount);
    expect(await statusOf()).toEqual([{ status: '302_SUCCESS' }]);
  });

  it(`lets a freeze end ${isAhead ? 'early' : "in time, which is the database's"}`, async () => {
    const { till, operator, merchant } = shop();
    const refund = (): Promise<{ status: number; body: object }> =>
      till.owner.send(
        'POST',
        `/transactions/${paid.checked.transaction.id}/refunds`,
        { amount: 1_000, reason: 'broken', clientReference: randomUUID() },
        { 'idempotency-key': randomUUID() },
      );
    const frozen = { status: 503, body: { code: 'payment.frozen' } };
    const scope = { scopeType: 'merchant', scopeValue: merchant.merchantId };
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
    if (isAhead) await setClock(0);
    const why = { reason: 'an account was stolen', ticket: 'INC-9' };
    const { id } = await operator.post('/operations/freezes', { operation: 'REFUND', ...scope, ...why, expiresAt });
    expect(await refund()).toMatchObject(frozen);
    if (isAhead) await setClock(byMs);
    else {
      const end = `UPDATE payment."OperationalFreeze" SET created_at = now() - interval '1 day', expires_at = now() WHERE id = $1`;
      await rows(end, id);
    }
    await waitFor('a refund', async () => (await refund()).status === 200);
    if (!isAhead) return;
    await setClock(0);
    expect(await refund()).toMatchObject(frozen);
    await rows(
      `UPDATE payment."OperationalFreeze" SET lifted_at = now(), lifted_by = 'a', approved_by = 'b' WHERE id = $1`,
      id,
    );
    await setClock(byMs);
  });

  it('has webhooks refused by who gets them, and they are taken once the clock is mended', async () => {
    const { till, world } = shop();
    const { order: sold, checked } = untold;
    const pending = await waitFor('a refused delivery', async (note) => {
      const all = await till.deliveries(checked.transaction.id);
      note(all);
      return all.some(({ lastError }) => lastError !== null) && all;
    });
    // A try that was under way when the test before this one mended the clock for a moment was taken; those behind it were not.
    expect(pending.some(({ status }) => status === 'PENDING')).toBe(true);
    const { rejects } = await world.sandbox.get('/sale/webhooks');
    expect(rejects.at(-1)).toMatchObject({ reason: expect.stringContaining('outside five minutes') });
    expect((await till.sandbox.get(`/sale/orders/${sold.id}`)).order.status).not.toBe('303_COMPLETED');
    await setClock(0);
    if (isAhead) {
      // Times that were written two hours ahead come two hours late, unless somebody moves them. The first one may have
      // been under way when the clock was mended; the last one has waited for it all the time.
      const [waits] = await rows<{ hours: number }>(
        `SELECT max(extract(epoch FROM next_try_at - now()) / 3600)::float AS hours FROM payment."WebhookDelivery"
         WHERE transaction_id = $1 AND status = 'PENDING'`,
        checked.transaction.id,
      );
      expect(waits?.hours).toBeGreaterThan(1.9);
      await rows(`UPDATE payment."WebhookDelivery" SET next_try_at = now() WHERE status = 'PENDING'`);
    }
    await till.orderIn(sold.id, '303_COMPLETED', { timeoutMs: 45_000 });
    // Cash is taken by the clock of payment, and so is the day of its invoice.
    if (isToday(byMs)) await till.invoice(sold.id);
    await waitFor('all deliveries to be noted', async (note) => {
      const told = await till.deliveries(checked.transaction.id);
      note(told);
      return told.every(({ status }) => status === 'DELIVERED');
    });
  });

  it('lets nobody in whose token is of the day that it really is, until it is mended', async () => {
    const { token, merchant, till } = shop();
    const fresh = await token('cashier', 0, 10 * MINUTE_MS);
    const cashier = new Api(till.urls.payment, { token: fresh, merchantId: merchant.merchantId });
    const look = (): Promise<{ status: number }> => cashier.send('GET', `/transactions/${answered.transaction.id}`);
    await setClock(byMs);
    expect((await look()).status).toBe(401);
    await setClock(0);
    expect((await look()).status).toBe(200);
  });

  it('leaves a process that sells with the right time again, under a node id of its own', async () => {
    await setClock(0);
    const { checked } = await sellForCash(shop());
    const { timeMs, node } = parseSnowflake(checked.transaction.id);
    expect(Math.abs(timeMs - Date.now())).toBeLessThan(MINUTE_MS);
    const [held] = await rows(`SELECT node_id FROM platform."NodeLease" WHERE owner LIKE 'payment@%'`);
    expect(held).toEqual({ node_id: node });
    if (isAhead) expect(node).not.toBe(parseSnowflake(untold.checked.transaction.id).node);
  });
}
