import { ATTEMPT_MACHINE, checkStateMachine, statesOf, TRANSACTION_MACHINE } from '@nx/mq-pay';
import { ATTEMPT_STATUSES, TRANSACTION_STATUSES } from '@nx/contracts';
import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { now, PaymentWorld, unique } from '../testing/payment-world.fixture';
import { newTrace, TestVnpay } from '../testing/vnpay.fixture';

let world: PaymentWorld;
const extraServers: TestVnpay[] = [];
beforeAll(async () => {
  world = await PaymentWorld.start();
});
afterEach(() => expectBooksInOrder(world));
afterAll(async () => {
  await world.stop();
  await Promise.all(extraServers.map((server) => server.stop()));
});

const ownVnpay = async (): Promise<TestVnpay> => {
  const vnpay = await TestVnpay.start();
  extraServers.push(vnpay);
  return vnpay;
};

const TRANSFER = { method: '200_BANK_TRANSFER' };
const MINUTES = 60_000;

describe('money at the counter', () => {
  it('is applied once; the same body again has no effect', async () => {
    const shop = await world.shop(null);
    const { body } = await world.checkout(shop);
    const cash = { attempt: { id: body.attempt.id }, tendered: 200_000, note: 'big note' };
    const first = await world.post(shop, '/payments/system/ipn', cash);
    expect(first).toMatchObject({
      status: 200,
      body: {
        change: 100_000,
        transaction: { status: '304_SETTLED', paid: 100_000 },
        attempt: { status: '302_SUCCESS', tendered: 200_000 },
      },
    });
    const again = await world.post(shop, '/payments/system/ipn', cash);
    expect(again.body).toEqual(first.body);
    const [row] = await world.sql('SELECT metadata FROM "PaymentAttempt" WHERE id = $1', [body.attempt.id]);
    expect(row?.['metadata']).toEqual({ note: 'big note' });
    expect(await balancesOf(world, body.transaction.id)).toEqual({ CASH_DRAWER: 100_000n, MERCHANT_OWN: 100_000n });
    const other = await world.post(shop, '/payments/system/ipn', { ...cash, tendered: 100_000 });
    expect(other).toMatchObject({ status: 409, body: { code: 'payment.attempt.not_open' } });
  });

  it('is applied once when the cashier presses twice at the same time', async () => {
    const shop = await world.shop(null);
    const { body } = await world.checkout(shop);
    const press = () =>
      world.post(shop, '/payments/system/ipn', { attempt: { id: body.attempt.id }, tendered: 100_000 });
    const answers = await Promise.all([press(), press(), press(), press()]);
    for (const answer of answers) expect(answer.status).toBe(200);
    const journals = await world.sql('SELECT 1 FROM "LedgerJournal" WHERE transaction_id = $1', [body.transaction.id]);
    expect(journals).toHaveLength(1);
  });

  it('below the amount is refused with the amount', async () => {
    const shop = await world.shop(null);
    const { body } = await world.checkout(shop);
    const answer = await world.post(shop, '/payments/system/ipn', {
      attempt: { id: body.attempt.id },
      tendered: 99_999,
    });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        code: 'payment.counter.tendered_below_amount',
        errors: [{ pointer: '/tendered', detail: 'is at least 100000' }],
      },
    });
    expect((await world.transaction(shop, body.transaction.id)).paid).toBe(0);
  });

  it('by transfer needs the exact amount and a reference that was not used', async () => {
    const shop = await world.shop(null);
    const { body } = await world.checkout(shop, TRANSFER);
    const pay = (change: object, id: string = body.attempt.id) =>
      world.post(shop, '/payments/system/ipn', { attempt: { id }, tendered: 100_000, bankReference: 'FT1', ...change });
    expect((await pay({ tendered: 100_001 })).body.code).toBe('payment.counter.tendered_not_equal');
    expect((await pay({ bankReference: undefined })).body.code).toBe('payment.counter.bank_reference_required');
    expect(await pay({ bankReference: null })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/bankReference' }] },
    });
    expect((await pay({})).status).toBe(200);
    expect((await pay({})).status).toBe(200);
    expect(await balancesOf(world, body.transaction.id)).toEqual({ BANK_CLAIMED: 100_000n, MERCHANT_OWN: 100_000n });
    const second = await world.checkout(shop, TRANSFER);
    const reused = await pay({}, second.body.attempt.id);
    expect(reused).toMatchObject({
      status: 409,
      body: { code: 'payment.counter.bank_reference_used', errors: [{ pointer: '/bankReference' }] },
    });
    const elsewhere = await world.shop(null);
    const third = await world.checkout(elsewhere, TRANSFER);
    const other = await world.post(elsewhere, '/payments/system/ipn', {
      attempt: { id: third.body.attempt.id },
      tendered: 100_000,
      bankReference: 'FT1',
    });
    expect(other.status).toBe(200);
  });

  it('is refused for an expired attempt, whose amount is free at once, and for one that is no counter payment', async () => {
    const shop = await world.shop();
    const sourceId = unique('S');
    const { body } = await world.checkout(shop, { sourceId });
    await world.age(body.attempt.id, 20 * MINUTES);
    const late = await world.post(shop, '/payments/system/ipn', {
      attempt: { id: body.attempt.id },
      tendered: 100_000,
    });
    expect(late).toMatchObject({ status: 409, body: { code: 'payment.attempt.expired' } });
    const again = await world.checkout(shop, { sourceId, transactionId: body.transaction.id });
    expect(again).toMatchObject({ status: 200, body: { transaction: { id: body.transaction.id } } });
    const qr = await world.qr(shop);
    const foreign = await world.post(shop, '/payments/system/ipn', {
      attempt: { id: qr.attempt.id },
      tendered: 100_000,
    });
    expect(foreign).toMatchObject({ status: 422, body: { code: 'payment.attempt.not_counter_payment' } });
  });
});

describe('cancel', () => {
  it('of an attempt leaves the transaction open, is a row of its own, and may be repeated', async () => {
    const shop = await world.shop();
    const sourceId = unique('S');
    const { transaction, attempt } = await world.qr(shop, { sourceId });
    const cancel = () => world.post(shop, '/payments/cancel', { attemptId: attempt.id, reason: 'left' });
    const first = await cancel();
    expect(first.body).toMatchObject({
      transaction: { status: '100_NEW', openAmount: 0 },
      cancelledAttempts: [{ id: attempt.id, status: '505_CANCELLED', reason: 'left' }],
    });
    expect((await cancel()).status).toBe(200);
    const rows = await world.sql(
      `SELECT status, reason FROM "PaymentAttempt" WHERE parent_id = $1 AND type = '200_CANCEL_PAYMENT'`,
      [attempt.id],
    );
    expect(rows).toEqual([{ status: '302_SUCCESS', reason: 'left' }]);
    const cash = await world.checkout(shop, { sourceId, transactionId: transaction.id });
    expect(cash.body.attempt.amount).toBe(100_000);
  });

  it('of a transaction ends everything and frees the source', async () => {
    const shop = await world.shop();
    const sourceId = unique('S');
    const { transaction, attempt } = await world.qr(shop, { sourceId, amount: 60_000 });
    await world.checkout(shop, { sourceId, transactionId: transaction.id });
    const cancel = () => world.post(shop, '/payments/cancel', { transactionId: transaction.id, reason: 'closed' });
    const first = await cancel();
    expect(first.body.transaction).toMatchObject({ status: '505_CANCELLED', openAmount: 0 });
    expect(first.body.cancelledAttempts).toHaveLength(2);
    expect((await cancel()).body.cancelledAttempts).toHaveLength(2);
    expect((await world.checkout(shop, { sourceId })).status).toBe(200);
    // The buyer paid the QR all the same: nothing counts, nothing is lost.
    expect((await world.ipn(shop, { txnId: attempt.uid, amount: 60_000, paidAtMs: now() })).code).toBe('00');
    await world.processed(shop);
    expect(await world.transaction(shop, transaction.id)).toMatchObject({ status: '505_CANCELLED', paid: 0 });
    const [item] = await world.sql('SELECT amount, reason FROM "SuspenseItem" WHERE merchant_id = $1', [
      shop.merchantId,
    ]);
    expect(item).toEqual({ amount: '60000', reason: 'TRANSACTION_CANCELLED' });
  });

  it('is refused for what was paid', async () => {
    const shop = await world.shop(null);
    const { body } = await world.checkout(shop);
    await world.post(shop, '/payments/system/ipn', { attempt: { id: body.attempt.id }, tendered: 100_000 });
    for (const target of [{ attemptId: body.attempt.id }, { transactionId: body.transaction.id }]) {
      const answer = await world.post(shop, '/payments/cancel', { ...target, reason: 'x' });
      expect(answer).toMatchObject({ status: 409, body: { code: 'payment.cancel.already_paid' } });
    }
  });

  it('is refused while an outcome is unknown', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    vnpay.create = 'error';
    const lost = await world.checkout(shop, { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' });
    for (const target of [{ attemptId: lost.body.attempt.id }, { transactionId: lost.body.transaction.id }]) {
      const answer = await world.post(shop, '/payments/cancel', { ...target, reason: 'x' });
      expect(answer).toMatchObject({ status: 409, body: { code: 'payment.attempt.outcome_unknown' } });
    }
  });

  it('of a partial transaction ends its open attempts alone', async () => {
    const shop = await world.shop(null);
    const sourceId = unique('S');
    const first = await world.checkout(shop, { sourceId, amount: 30_000 });
    const transactionId = first.body.transaction.id;
    await world.checkout(shop, { sourceId, transactionId });
    await world.post(shop, '/payments/system/ipn', { attempt: { id: first.body.attempt.id }, tendered: 30_000 });
    const answer = await world.post(shop, '/payments/cancel', { transactionId, reason: 'rest later' });
    expect(answer.body).toMatchObject({ transaction: { status: '300_PARTIAL', openAmount: 0, due: 70_000 } });
    expect(answer.body.cancelledAttempts).toHaveLength(1);
  });
});

describe('verify', () => {
  it('asks the provider and applies what it proves', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    const { transaction, attempt } = await world.qr(shop);
    const early = await world.post(shop, '/payments/verify', { attemptId: attempt.id });
    expect(early.body).toMatchObject({ provider: 'ANSWERED', attempt: { status: '204_SENT' } });
    vnpay.check = 'error';
    expect((await world.post(shop, '/payments/verify', { attemptId: attempt.id })).body.provider).toBe('NO_ANSWER');
    vnpay.check = 'paid';
    vnpay.paid = { amount: 100_000, qrTrace: newTrace(), paidAtMs: now() };
    const paid = await world.post(shop, '/payments/verify', { attemptId: attempt.id });
    expect(paid.body).toMatchObject({ attempt: { status: '302_SUCCESS' }, transaction: { status: '304_SETTLED' } });
    expect((await world.post(shop, '/payments/verify', { attemptId: attempt.id })).body.provider).toBe('NOT_ASKED');
    // The callback of the same payment comes later: known.
    await world.ipn(shop, {
      txnId: attempt.uid,
      amount: 100_000,
      paidAtMs: vnpay.paid.paidAtMs,
      qrTrace: vnpay.paid.qrTrace,
    });
    await world.processed(shop);
    expect(await world.sql('SELECT 1 FROM "SuspenseItem" WHERE merchant_id = $1', [shop.merchantId])).toEqual([]);
    expect((await world.transaction(shop, transaction.id)).paid).toBe(100_000);
  });
});

describe('expiry', () => {
  const attemptOf = async (id: string): Promise<Record<string, unknown>> =>
    (
      await world.sql('SELECT status, reason, next_query_at, query_step FROM "PaymentAttempt" WHERE id = $1', [id])
    )[0] ?? {};
  const becomes = (id: string, status: string) =>
    eventually(async () => ((await attemptOf(id))['status'] === status ? attemptOf(id) : undefined));

  it('of a counter attempt comes by the clock and leaves the transaction open', async () => {
    const shop = await world.shop(null);
    const { body } = await world.checkout(shop);
    await world.age(body.attempt.id, 16 * MINUTES);
    expect(await becomes(body.attempt.id, '501_EXPIRED')).toMatchObject({ next_query_at: null });
    expect(await world.transaction(shop, body.transaction.id)).toMatchObject({ status: '100_NEW', openAmount: 0 });
  });

  it.each([
    { paidMinutesAgo: 5, paid: '0', status: '100_NEW', aside: [{ reason: 'LATE_SUCCESS' }] },
    { paidMinutesAgo: 20, paid: '100000', status: '304_SETTLED', aside: [] },
  ])("of a QR needs the provider's word after its end; then it is asked again: $status", async (found) => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    const { transaction, attempt } = await world.qr(shop);
    await world.age(attempt.id, 15 * MINUTES);
    expect(vnpay.callsOf('/check', attempt.uid)).toEqual([]);
    await world.age(attempt.id, 2 * MINUTES);
    const expired = await becomes(attempt.id, '501_EXPIRED');
    const pause = (expired['next_query_at'] as Date).getTime() - now();
    expect(pause).toBeGreaterThan(14 * MINUTES);
    expect(pause).toBeLessThanOrEqual(15 * MINUTES);
    vnpay.check = 'paid';
    vnpay.paid = { amount: 100_000, qrTrace: newTrace(), paidAtMs: now() - found.paidMinutesAgo * MINUTES };
    await world.age(attempt.id, 15 * MINUTES);
    await becomes(attempt.id, '302_SUCCESS');
    // The end lies 17 minutes back by now: only the provider's own time of payment decides.
    const [row] = await world.sql('SELECT paid, status FROM "Transaction" WHERE id = $1', [transaction.id]);
    expect(row).toEqual({ paid: found.paid, status: found.status });
    expect(await world.sql('SELECT reason FROM "SuspenseItem" WHERE attempt_id = $1', [attempt.id])).toEqual(
      found.aside,
    );
  });

  it('without an answer becomes unknown, follows the schedule, and in the end a person is called', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    const { attempt } = await world.qr(shop);
    vnpay.check = 'pending';
    await world.age(attempt.id, 17 * MINUTES);
    await becomes(attempt.id, '000_UNKNOWN');
    for (let step = 1; step <= 7; step += 1) {
      await world.age(attempt.id, 25 * 60 * MINUTES);
      await eventually(async () => Number((await attemptOf(attempt.id))['query_step']) === step);
    }
    expect(await attemptOf(attempt.id)).toMatchObject({ status: '000_UNKNOWN', next_query_at: null });
    const findings = await world.sql('SELECT code FROM "Finding" WHERE attempt_id = $1', [attempt.id]);
    expect(findings).toEqual([{ code: 'OUTCOME_UNKNOWN' }]);
    expect(vnpay.callsOf('/check', attempt.uid).length).toBeGreaterThanOrEqual(8);
  });

  it('of an attempt that cannot be asked about does not come up at every sweep', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    const { attempt } = await world.qr(shop);
    await world.sql(`UPDATE "Configuration" SET t_value = 'broken' WHERE id = $1`, [shop.configurationId]);
    // Another's change empties what this process keeps opened.
    await world.shop(vnpay);
    await world.age(attempt.id, 17 * MINUTES);
    await eventually(
      async () => ((await attemptOf(attempt.id))['next_query_at'] as Date).getTime() > now() + 4 * MINUTES,
    );
    expect((await attemptOf(attempt.id))['status']).toBe('204_SENT');
  });
});

describe('state machines', () => {
  it('hold exactly the states of the contract and pass their own check', () => {
    checkStateMachine(ATTEMPT_MACHINE);
    checkStateMachine(TRANSACTION_MACHINE);
    expect([...statesOf(ATTEMPT_MACHINE)].sort()).toEqual([...ATTEMPT_STATUSES].sort());
    expect([...statesOf(TRANSACTION_MACHINE)].sort()).toEqual([...TRANSACTION_STATUSES].sort());
  });
});
