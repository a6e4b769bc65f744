import { Metrics } from '@nx/observability';
import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { unique } from '../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import { TestSubscriber } from '../testing/subscriber.fixture';
import type { TransactionDetailView } from '../transactions/transaction.view';

let world: RefundWorld;
beforeAll(async () => {
  world = await RefundWorld.start();
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const transactionOf = (sale: Pick<PaidSale, 'shop' | 'transactionId'>): Promise<TransactionDetailView> =>
  world.payment.transaction(sale.shop, sale.transactionId);

describe('cash', () => {
  it('goes back over the counter at once, in parts, until everything is given back', async () => {
    const sale = await world.cashSale();
    const part = await world.refund(sale, { amount: 40_000 });
    expect(part).toMatchObject({
      status: 200,
      body: { status: 'SUCCEEDED', kind: 'SALE', amount: 40_000, attemptId: sale.attemptId, toBeConfirmed: false },
    });
    expect(part.body.tries).toMatchObject([{ type: '300_REFUND', parentId: sale.attemptId, status: '302_SUCCESS' }]);
    expect(await transactionOf(sale)).toMatchObject({ status: '304_SETTLED', refunded: 40_000, refundReserved: 0 });
    await world.refund(sale, { amount: 60_000 });
    expect(await transactionOf(sale)).toMatchObject({ status: '408_REFUNDED', refunded: 100_000 });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      CASH_DRAWER: 0n,
      MERCHANT_OWN: 0n,
      REFUND_PAYABLE: 0n,
    });
    const events = await world.events(sale);
    expect(events.map(({ event_type: type }) => type)).toEqual(['mq-pay:refund.success', 'mq-pay:refund.success']);
    expect(events[1]?.['payload']).toMatchObject({
      transaction: { id: sale.transactionId, status: '408_REFUNDED' },
      attempt: { id: sale.attemptId },
      refund: { attemptId: sale.attemptId, amount: 60_000, status: 'SUCCEEDED', kind: 'SALE' },
    });
  });

  it('that came by transfer needs the proof that it went back', async () => {
    const shop = await world.payment.shop(null);
    const { body } = await world.payment.checkout(shop, { method: '200_BANK_TRANSFER' });
    const paid = { attempt: { id: body.attempt.id }, tendered: 100_000, bankReference: unique('FT') };
    await world.payment.post(shop, '/payments/system/ipn', paid);
    const sale = { shop, transactionId: body.transaction.id, attemptId: body.attempt.id, attemptUid: body.attempt.uid };
    expect(await world.refund(sale)).toMatchObject({ status: 422, body: { code: 'payment.refund.evidence_missing' } });
    const back = await world.refund(sale, { evidence: 'FT-back' });
    expect(back.body).toMatchObject({ status: 'SUCCEEDED', evidence: 'FT-back', refundToOriginalMethod: false });
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({ BANK_MERCHANT: -100_000n });
  });
});

describe('a refund is refused', () => {
  it('beyond what was paid, for an unknown attempt, and without a claim of this merchant', async () => {
    const sale = await world.cashSale();
    const more = await world.refund(sale, { amount: 100_001 });
    expect(more).toMatchObject({ status: 409, body: { code: 'payment.refund.exceeds_refundable' } });
    expect(more.body.bearable).toEqual([{ attemptId: sale.attemptId, amount: 100_000 }]);
    const unknown = await world.refund(sale, { attemptId: 'nobody' });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'payment.attempt.not_found' } });
    const stranger = await world.payment.shop(null);
    const foreign = await world.refund({ ...sale, shop: stranger });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'payment.transaction.not_found' } });
    for (const amount of [0, -1, 1.5]) expect((await world.refund(sale, { amount })).status).toBe(422);
    expect((await world.refund(sale, { clientReference: 'automatic/x' })).status).toBe(422);
  });

  it('while the transaction is blocked', async () => {
    const sale = await world.cashSale();
    await world.payment.sql(`UPDATE "Transaction" SET status = '403_BLOCKED' WHERE id = $1`, [sale.transactionId]);
    expect(await world.refund(sale)).toMatchObject({
      status: 409,
      body: { code: 'payment.refund.transaction_blocked' },
    });
  });

  it('while a partly paid transaction has open attempts, and then only as much as an attempt bears', async () => {
    const shop = await world.payment.shop(null);
    const first = await world.payment.checkout(shop, { amount: 60_000 });
    const { transaction, attempt } = first.body;
    await world.payment.post(shop, '/payments/system/ipn', { attempt: { id: attempt.id }, tendered: 60_000 });
    const rest = { sourceId: transaction.source.id, transactionId: transaction.id };
    const second = await world.payment.checkout(shop, rest);
    const sale = { shop, transactionId: transaction.id, attemptId: attempt.id, attemptUid: attempt.uid };
    const open = await world.refund(sale, { amount: 10_000 });
    expect(open).toMatchObject({ status: 409, body: { code: 'payment.refund.attempts_open' } });
    const last = { attempt: { id: second.body.attempt.id }, tendered: 40_000 };
    await world.payment.post(shop, '/payments/system/ipn', last);
    const whole = await world.refund(sale, { amount: 60_001 });
    expect(whole).toMatchObject({ status: 422, body: { code: 'payment.refund.attempt_required' } });
    expect(whole.body.bearable).toEqual([
      { attemptId: attempt.id, amount: 60_000 },
      { attemptId: second.body.attempt.id, amount: 40_000 },
    ]);
    const named = await world.refund(sale, { amount: 40_001, attemptId: second.body.attempt.id });
    expect(named).toMatchObject({ status: 409, body: { code: 'payment.refund.exceeds_attempt' } });
    const chosen = await world.refund(sale, { amount: 40_000 });
    expect(chosen.body.attemptId).toBe(second.body.attempt.id);
  });

  it('by hand as long as the provider has not failed', async () => {
    const sale = await world.qrSale();
    const byHand = await world.refund(sale, { refundToOriginalMethod: false, evidence: 'receipt 1' });
    expect(byHand).toMatchObject({ status: 409, body: { code: 'payment.refund.failure_not_proven' } });
    expect(sale.vnpay.calls.filter(({ path }) => path === '/refund')).toHaveLength(0);
  });
});

describe('the same client reference', () => {
  it('is the same refund, at any path and with any key; another amount is a conflict', async () => {
    const sale = await world.cashSale();
    const clientReference = unique('RF');
    const first = await world.refund(sale, { amount: 30_000, clientReference });
    const again = await world.refund(sale, { amount: 30_000, clientReference }, { 'idempotency-key': unique('K') });
    expect(again.body).toEqual(first.body);
    const alias = await world.payment.post(sale.shop, `/transactions/${sale.transactionId}/refund`, {
      amount: 30_000,
      reason: 'wrong size',
      clientReference,
    });
    expect(alias.body).toEqual(first.body);
    const other = await world.refund(sale, { amount: 30_001, clientReference });
    expect(other).toMatchObject({ status: 409, body: { code: 'payment.refund.reference_used' } });
    expect(other.body.refund.id).toBe(first.body.id);
    const list = await world.payment.get(sale.shop, `/transactions/${sale.transactionId}/refunds`);
    expect(list.body.data).toEqual([first.body]);
  });

  it('sixteen times at once is one refund; sixteen references never give back more than was paid', async () => {
    const one = await world.cashSale();
    const clientReference = unique('RF');
    const sixteen = Array.from({ length: 16 }, (_, index) => index);
    const same = await Promise.all(sixteen.map(() => world.refund(one, { amount: 70_000, clientReference })));
    const settled = same.filter(({ status }) => status === 200);
    expect(settled.length).toBeGreaterThan(0);
    expect(new Set(settled.map(({ body }) => body.id)).size).toBe(1);
    expect((await transactionOf(one)).refunded).toBe(70_000);
    const many = await world.cashSale();
    const answers = await Promise.all(sixteen.map(() => world.refund(many, { amount: 30_000 })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect((await transactionOf(many)).refunded).toBe(90_000);
  });
});

describe('a refund over QR-MMS', () => {
  it('is sent once, succeeds on the word of the provider, and waits for the report', async () => {
    const sale = await world.qrSale();
    const opened = await world.refund(sale, { amount: 40_000 });
    expect(opened.body).toMatchObject({ status: 'NEW', tries: [{ status: '100_NEW' }] });
    const refund = await world.comesTo(sale, opened.body.id, 'SUCCEEDED');
    expect(refund).toMatchObject({ toBeConfirmed: true, tries: [{ status: '302_SUCCESS' }] });
    const calls = sale.vnpay.calls.filter(({ path }) => path === '/refund');
    expect(calls).toHaveLength(1);
    expect(calls[0]?.body).toMatchObject({ payTxnId: sale.attemptUid, typeRefund: '2', amount: '40000' });
    expect(String(calls[0]?.body['refundTxnId'])).toBe(refund.tries[0]?.refundReference);
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      PROVIDER_RECEIVABLE: 60_000n,
      MERCHANT_OWN: 60_000n,
      REFUND_PAYABLE: 0n,
    });
    const [operation] = await world.payment.sql(
      `SELECT outcome, finished_at FROM "ProviderOperation" WHERE transaction_id = $1 AND kind = 'REFUND'`,
      [sale.transactionId],
    );
    expect(operation).toMatchObject({ outcome: 'SUCCEEDED' });
    const metrics = world.payment.app.get(Metrics);
    const timed = /^refund_processing_seconds_count\{[^}]*provider="VNPAY_QR_MMS",outcome="SUCCEEDED"[^}]*\} [1-9]/m;
    await eventually(async () => timed.test(await metrics.render()));
    const timeline = await world.payment.get(sale.shop, `/transactions/${sale.transactionId}/timeline`);
    const what = timeline.body.data.map((entry: { what: string }) => entry.what);
    expect(what).toEqual(
      expect.arrayContaining(['REFUND', 'REFUND_OPENED', 'REFUND_SUCCEEDED', 'mq-pay:refund.success']),
    );
  });

  it('that is refused is told, listed, and tried again under another number, or given back by hand', async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'refuse';
    const { body } = await world.refund(sale);
    const failed = await world.comesTo(sale, body.id, 'FAILED');
    expect(failed.tries).toMatchObject([{ status: '500_FAIL', reason: 'CODE_12' }]);
    expect(await transactionOf(sale)).toMatchObject({ status: '304_SETTLED', refunded: 0, refundReserved: 0 });
    const listed = await world.payment.get(sale.shop, '/refunds?status=FAILED');
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([body.id]);
    const none = await world.payment.get(sale.shop, `/transactions/${sale.transactionId}/refunds?status=UNKNOWN`);
    expect(none.body.data).toEqual([]);
    await world.retry(sale, body.id);
    await eventually(async () => (await world.one(sale, body.id)).tries[1]?.status === '500_FAIL');
    const twice = await world.one(sale, body.id);
    expect(twice.tries[1]?.refundReference).not.toBe(twice.tries[0]?.refundReference);
    expect((await world.retry(sale, body.id, { refundToOriginalMethod: false })).body.code).toBe(
      'payment.refund.evidence_missing',
    );
    const byHand = await world.retry(sale, body.id, { refundToOriginalMethod: false, evidence: 'receipt 7' });
    expect(byHand.body).toMatchObject({ status: 'SUCCEEDED', evidence: 'receipt 7', refundToOriginalMethod: false });
    expect((await world.retry(sale, body.id)).body.code).toBe('payment.refund.not_failed');
    expect(await transactionOf(sale)).toMatchObject({ status: '408_REFUNDED', refunded: 100_000 });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      CASH_DRAWER: -100_000n,
      MERCHANT_OWN: 0n,
      REFUND_PAYABLE: 0n,
    });
    const events = await world.events(sale);
    expect(events.map(({ event_type: type }) => type)).toEqual([
      'mq-pay:refund.failed',
      'mq-pay:refund.failed',
      'mq-pay:refund.success',
    ]);
  });

  it('without an answer is unknown for good: it keeps its reserve and is not sent again', async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'error';
    const { body } = await world.refund(sale);
    const unknown = await world.comesTo(sale, body.id, 'UNKNOWN');
    expect(unknown.tries).toMatchObject([{ status: '000_UNKNOWN' }]);
    expect(await transactionOf(sale)).toMatchObject({ refunded: 0, refundReserved: 100_000 });
    expect((await world.retry(sale, body.id)).body.code).toBe('payment.refund.not_failed');
    const another = await world.refund(sale, { amount: 1 });
    expect(another.status).toBe(409);
    const findings = await world.payment.sql('SELECT code FROM "Finding" WHERE transaction_id = $1', [
      sale.transactionId,
    ]);
    expect(findings).toEqual([{ code: 'REFUND_UNKNOWN' }]);
    expect(sale.vnpay.calls.filter(({ path }) => path === '/refund')).toHaveLength(1);
    expect(await world.events(sale)).toEqual([]);
  });

  it('is one at a time for an attempt', async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'error';
    await world.refund(sale, { amount: 10_000 });
    const second = await world.refund(sale, { amount: 10_000 });
    expect(second).toMatchObject({ status: 409, body: { code: 'payment.refund.in_flight' } });
  });
});

describe('subscribers', () => {
  it('are told the end of a refund', async () => {
    const sale = await world.cashSale();
    const subscriber = await TestSubscriber.start();
    const created = await world.payment.post(sale.shop, '/webhook-configs', {
      name: 'sale',
      url: subscriber.url,
      eventTypes: ['mq-pay:refund.success', 'mq-pay:refund.failed'],
    });
    const { body } = await world.refund(sale);
    await eventually(() => Promise.resolve(subscriber.received.length === 1));
    const told = JSON.parse(subscriber.received[0]?.raw ?? '{}');
    expect(told).toMatchObject({
      eventType: 'mq-pay:refund.success',
      payload: {
        transaction: { id: sale.transactionId, status: '408_REFUNDED' },
        refund: {
          id: body.id,
          clientReference: body.clientReference,
          attemptId: sale.attemptId,
          amount: 100_000,
          status: 'SUCCEEDED',
          kind: 'SALE',
        },
      },
    });
    const again = await world.payment.post(sale.shop, `/webhook-configs/${created.body.id}/replay`, {
      transactionId: sale.transactionId,
    });
    expect(again.body).toEqual({ replayed: 1 });
    await eventually(() => Promise.resolve(subscriber.received.length === 2));
    expect(subscriber.received[1]?.body.payload).toMatchObject({ refund: told.payload.refund, sequence: 2 });
    await subscriber.stop();
  });
});
