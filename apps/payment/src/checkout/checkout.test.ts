import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { checkoutBody, now, PaymentWorld, unique } from '../testing/payment-world.fixture';
import { TestVnpay } from '../testing/vnpay.fixture';

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

/** A provider of its own: what it does to the breaker meets nobody else. */
const ownVnpay = async (): Promise<TestVnpay> => {
  const vnpay = await TestVnpay.start();
  extraServers.push(vnpay);
  return vnpay;
};

const QR = { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' };

describe('checkout', () => {
  it('opens a cash payment in one statement and announces it in order', async () => {
    const shop = await world.shop(null);
    const { status, body } = await world.checkout(shop, { metadata: { table: 'A1' } });
    expect(status).toBe(200);
    expect(body.transaction).toMatchObject({
      status: '100_NEW',
      total: 100_000,
      due: 100_000,
      openAmount: 100_000,
      metadata: { table: 'A1' },
      organizerId: shop.organizerId,
    });
    expect(body.attempt).toMatchObject({ status: '204_SENT', provider: 'SYSTEM', amount: 100_000 });
    expect(body.attempt.uid).toMatch(/^ATT[0-9A-Z]{12}$/);
    expect(body.payment).toMatchObject({ qrCode: null, payUrl: null });
    const events = await world.sql(
      `SELECT event_type FROM "Outbox" WHERE aggregate_id = $1 ORDER BY aggregate_version, position`,
      [body.transaction.id],
    );
    expect(events.map((event) => event['event_type'])).toEqual([
      'mq-pay:transaction.created',
      'mq-pay:attempt.created',
      'mq-pay:attempt.sent',
    ]);
  });

  it('shows a QR of the provider, and keeps what was said to it sealed', async () => {
    const shop = await world.shop();
    const { transaction, attempt, payment } = await world.qr(shop, {
      expiration: { mode: 'duration', milliseconds: 60_000 },
    });
    expect(payment.qrCode).toContain(attempt.uid);
    expect(payment.qrImage).toMatch(/^data:image\/png;base64,/);
    expect(Date.parse(payment.expiresAt) - now()).toBeGreaterThan(50_000);
    expect(attempt.status).toBe('204_SENT');
    const [operation] = await world.sql('SELECT * FROM "ProviderOperation" WHERE transaction_id = $1', [
      transaction.id,
    ]);
    expect(operation).toMatchObject({
      kind: 'CREATE',
      outcome: 'SUCCEEDED',
      provider_code: '00',
      credential_id: shop.configurationId,
    });
    expect(operation?.['credential_key_id']).toBeTruthy();
    expect(JSON.stringify(operation)).not.toContain(attempt.uid);
  });

  it('replays a key with the present state, and refuses it for another body', async () => {
    const shop = await world.shop(null);
    const body = checkoutBody();
    const key = { 'idempotency-key': unique('k') };
    const first = await world.post(shop, '/payments/checkout', body, key);
    const reordered = Object.fromEntries(Object.entries(body).reverse());
    const again = await world.post(shop, '/payments/checkout', reordered, key);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const other = await world.post(shop, '/payments/checkout', checkoutBody(), key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.key_reused' } });
    const elsewhere = await world.post(await world.shop(null), '/payments/checkout', checkoutBody(), key);
    expect(elsewhere.status).toBe(200);
  });

  it('lets a key of yesterday be used again', async () => {
    const shop = await world.shop(null);
    const key = unique('k');
    await world.checkout(shop, {}, key);
    await world.sql(`UPDATE "IdempotencyKey" SET expires_at = now() - interval '1 s' WHERE key = $1`, [key]);
    const refused = await world.checkout(shop, {}, key);
    expect(refused).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
    expect((await world.checkout(shop, {}, key)).status).toBe(200);
  });

  it('takes the same request without a key for a retry', async () => {
    const shop = await world.shop();
    const change = { ...QR, sourceId: unique('S') };
    const first = await world.checkout(shop, change);
    const again = await world.checkout(shop, change);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body.attempt.id).toBe(first.body.attempt.id);
    expect(again.body.payment.qrCode).toBe(first.body.payment.qrCode);
    expect(world.vnpay.callsOf('/create', first.body.attempt.uid)).toHaveLength(1);
  });

  it('names the active transaction when the source is asked for in another way', async () => {
    const shop = await world.shop();
    const sourceId = unique('S');
    const first = await world.checkout(shop, { sourceId });
    const other = await world.checkout(shop, { ...QR, sourceId });
    expect(other).toMatchObject({
      status: 409,
      body: {
        code: 'payment.checkout.active_transaction_exists',
        transaction: { id: first.body.transaction.id },
        attempt: { id: first.body.attempt.id },
        attempts: [{ id: first.body.attempt.id }],
      },
    });
    await world.post(shop, '/payments/system/ipn', { attempt: { id: first.body.attempt.id }, tendered: 100_000 });
    const settled = await world.checkout(shop, { sourceId });
    expect(settled).toMatchObject({ status: 409, body: { code: 'payment.checkout.source_already_settled' } });
  });

  it('makes exactly one transaction of twenty checkouts at once', async () => {
    const shop = await world.shop();
    const change = { ...QR, sourceId: unique('S') };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => world.checkout(shop, change, index % 2 === 0 ? undefined : 'one')),
    );
    const attempts = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.attempt.id));
    expect(attempts.size).toBe(1);
    for (const { status, body } of answers) {
      if (status !== 200) expect(body.code).toMatch(/^idempotency\.in_progress$/);
      else expect(body.payment.qrCode).toBeTruthy();
    }
    const rows = await world.sql('SELECT id FROM "Transaction" WHERE merchant_id = $1', [shop.merchantId]);
    expect(rows).toHaveLength(1);
    expect(
      world.vnpay.callsOf('/create', answers.find(({ status }) => status === 200)?.body.attempt.uid ?? ''),
    ).toHaveLength(1);
  });

  it('keeps merchants apart', async () => {
    const [one, two] = [await world.shop(null), await world.shop(null)];
    const sourceId = unique('S');
    const first = await world.checkout(one, { sourceId });
    expect((await world.checkout(two, { sourceId })).status).toBe(200);
    for (const answer of [
      await world.get(two, `/transactions/${first.body.transaction.id}`),
      await world.post(two, '/payments/cancel', { transactionId: first.body.transaction.id, reason: 'mine' }),
      await world.post(two, '/payments/verify', { attemptId: first.body.attempt.id }),
      await world.post(two, '/payments/system/ipn', { attempt: { id: first.body.attempt.id }, tendered: 100_000 }),
      await world.checkout(two, { sourceId, transactionId: first.body.transaction.id }),
    ]) {
      expect(answer.status).toBe(404);
    }
  });
});

describe('split payment', () => {
  it('settles with QR and cash together, once', async () => {
    const shop = await world.shop();
    const sourceId = unique('S');
    const { transaction, attempt } = await world.qr(shop, { sourceId, amount: 60_000 });
    const over = await world.checkout(shop, { sourceId, transactionId: transaction.id, amount: 40_001 });
    expect(over).toMatchObject({ status: 409, body: { code: 'payment.checkout.amount_exceeds_due' } });
    const cash = await world.checkout(shop, { sourceId, transactionId: transaction.id });
    expect(cash.body.attempt.amount).toBe(40_000);
    await world.post(shop, '/payments/system/ipn', { attempt: { id: cash.body.attempt.id }, tendered: 50_000 });
    expect((await world.transaction(shop, transaction.id)).status).toBe('300_PARTIAL');
    await world.ipn(shop, { txnId: attempt.uid, amount: 60_000, paidAtMs: now() });
    await world.processed(shop);
    const settled = await world.transaction(shop, transaction.id);
    expect(settled).toMatchObject({ status: '304_SETTLED', paid: 100_000, due: 0, openAmount: 0 });
    expect(await balancesOf(world, transaction.id)).toEqual({
      CASH_DRAWER: 40_000n,
      PROVIDER_RECEIVABLE: 60_000n,
      MERCHANT_OWN: 100_000n,
    });
    const closed = await world.checkout(shop, { sourceId, transactionId: transaction.id, amount: 1 });
    expect(closed).toMatchObject({ status: 409, body: { code: 'payment.checkout.transaction_closed' } });
  });

  it('refuses a further attempt that does not fit its transaction', async () => {
    const shop = await world.shop(null);
    const sourceId = unique('S');
    const { body } = await world.checkout(shop, { sourceId, amount: 1000 });
    const transactionId = body.transaction.id;
    const wrong = [
      [{ transactionId }, 'payment.checkout.source_mismatch'],
      [{ transactionId, sourceId, total: 1 }, 'payment.checkout.total_mismatch'],
      [{ transactionId: 'nobody', sourceId }, 'payment.transaction.not_found'],
    ] as const;
    for (const [change, code] of wrong) expect((await world.checkout(shop, change)).body.code).toBe(code);
  });

  it('lets only as many attempts in as there is money due, however many come at once', async () => {
    const shop = await world.shop(null);
    const sourceId = unique('S');
    const { body } = await world.checkout(shop, { sourceId, amount: 40_000 });
    const add = () => world.checkout(shop, { sourceId, transactionId: body.transaction.id, amount: 20_000 });
    const answers = await Promise.all([add(), add(), add(), add(), add()]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect((await world.transaction(shop, body.transaction.id)).openAmount).toBe(100_000);
  });
});

describe('a provider that does not play along', () => {
  it('times out: 504, and the retry repeats CREATE for the same reference', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    const change = { ...QR, sourceId: unique('S') };
    vnpay.create = 'hang';
    const key = unique('k');
    const lost = await world.checkout(shop, change, key);
    expect(lost).toMatchObject({
      status: 504,
      body: {
        code: 'payment.provider.outcome_unknown',
        attempt: { status: '000_UNKNOWN' },
        transaction: { status: '100_NEW' },
      },
    });
    expect(lost.headers.get('retry-after')).toBeTruthy();
    vnpay.create = 'success';
    const again = await world.checkout(shop, change, key);
    expect(again.status).toBe(200);
    expect(again.body.attempt).toMatchObject({ id: lost.body.attempt.id, status: '204_SENT' });
    expect(vnpay.callsOf('/create', lost.body.attempt.uid)).toHaveLength(2);
    expect((await world.checkout(shop, change, key)).headers.get('idempotency-replayed')).toBe('true');
  });

  it.each(['error', 'bad-checksum'] as const)('answers %s: the outcome is unknown', async (behaviour) => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    vnpay.create = behaviour;
    const answer = await world.checkout(shop, QR);
    expect(answer).toMatchObject({ status: 504, body: { attempt: { status: '000_UNKNOWN' } } });
  });

  it('refuses: 422, and the key is free again at once', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    vnpay.create = 'refuse';
    const key = unique('k');
    const change = { ...QR, sourceId: unique('S') };
    const refused = await world.checkout(shop, change, key);
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'payment.provider.refused',
        providerCode: '11',
        attempt: { status: '500_FAIL' },
        transaction: { openAmount: 0 },
      },
    });
    expect(await world.sql('SELECT 1 FROM "IdempotencyKey" WHERE key = $1', [key])).toEqual([]);
    vnpay.create = 'success';
    const again = await world.checkout(shop, { ...change, transactionId: refused.body.transaction.id }, key);
    expect(again.status).toBe(200);
    expect(again.body.attempt.id).not.toBe(refused.body.attempt.id);
  });

  it('cannot be reached: 503, nothing was sent', async () => {
    const vnpay = await TestVnpay.start();
    const shop = await world.shop(vnpay);
    await vnpay.stop();
    const answer = await world.checkout(shop, QR);
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'payment.provider.unavailable', attempt: { status: '500_FAIL' }, transaction: { openAmount: 0 } },
    });
  });

  it('lost the only CREATE: one negative query ends it, and no retry answers 200 without a QR', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    vnpay.create = 'error';
    const key = unique('k');
    const change = { ...QR, sourceId: unique('S') };
    const lost = await world.checkout(shop, change, key);
    const verified = await world.post(shop, '/payments/verify', { attemptId: lost.body.attempt.id });
    expect(verified.body).toMatchObject({
      provider: 'ANSWERED',
      attempt: { status: '500_FAIL', reason: 'CREATE_LOST' },
    });
    const retried = await world.checkout(shop, change, key);
    expect(retried).toMatchObject({ status: 409, body: { code: 'payment.attempt.not_open' } });
  });

  it('answers a cancelled attempt late: its QR is watched until its end', async () => {
    const vnpay = await ownVnpay();
    const shop = await world.shop(vnpay);
    vnpay.create = 'hang';
    const sourceId = unique('S');
    const running = world.checkout(shop, { ...QR, sourceId });
    await new Promise<void>((resolve) => {
      const look = (): unknown => (vnpay.calls.length > 0 ? resolve() : setTimeout(look, 10));
      look();
    });
    const [row] = await world.sql<{ id: string }>('SELECT id FROM "PaymentAttempt" WHERE merchant_id = $1', [
      shop.merchantId,
    ]);
    const busy = await world.checkout(shop, { ...QR, sourceId });
    expect(busy).toMatchObject({ status: 409, body: { code: 'idempotency.in_progress' } });
    expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
    const cancelled = await world.post(shop, '/payments/cancel', { attemptId: row?.id, reason: 'left' });
    expect(cancelled.body.cancelledAttempts).toMatchObject([{ id: row?.id, status: '505_CANCELLED' }]);
    vnpay.release();
    const answer = await running;
    expect(answer.body.attempt.status).toBe('505_CANCELLED');
    const [watched] = await world.sql<{ status: string; pause: string }>(
      'SELECT status, (next_query_at - expires_at)::text AS pause FROM "PaymentAttempt" WHERE id = $1',
      [row?.id],
    );
    expect(watched).toEqual({ status: '505_CANCELLED', pause: '00:01:00.001' });
  });
});
