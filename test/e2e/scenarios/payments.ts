import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { waitFor } from '../../../tools/demo/http.mjs';
import { readJournals } from '../../../tools/demo/journal.mjs';
import { CASH } from '../support/choices';
import type { Shop } from '../support/world';

/** The journals of a transaction as `account: amount`, debits positive. */
async function posted({ world }: Shop, transactionId: string): Promise<Record<string, number>[]> {
  const { database } = world.system.describe() as { database: { adminUrl: string; name: string } };
  const journals = await readJournals(database, transactionId);
  return journals.map(({ entries }) =>
    Object.fromEntries(entries.map(({ account, side, amount }) => [account, side === 'DEBIT' ? amount : -amount])),
  );
}

/** Everything that has to happen at an attempt's end happens now: its time is moved back. */
async function letExpire({ world }: Shop, attemptId: string): Promise<void> {
  await world.sql(
    `UPDATE mq_pay."PaymentAttempt" SET expires_at = now() - interval '3 minutes', next_query_at = now() WHERE id = $1`,
    [attemptId],
  );
}

/** What a browser does: reads a page, or follows a form's answer without going on. */
async function browse(
  url: string,
  form?: Record<string, string>,
): Promise<{ status: number; text: string; location: string }> {
  const response = await fetch(url, {
    redirect: 'manual',
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  });
  return { status: response.status, text: await response.text(), location: response.headers.get('location') ?? '' };
}

export function paymentScenarios(shop: () => Shop): void {
  it('takes a payment on the pay page, and shows the buyer who comes back what is proven', async () => {
    const { till, merchant } = shop();
    const order = await till.order();
    const gateway = { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY' };
    const abandoned = await till.checkout(order, { ...gateway, amount: 20_000 });
    const checkout = await till.checkout(order, { ...gateway, transactionId: abandoned.transaction.id });
    const page = await browse(checkout.payment.payUrl);
    expect(page.text).toContain((order.total - 20_000).toLocaleString('vi-VN'));
    const confirm = `${till.urls.sandbox}/paymentv2/confirm`;
    const paid = await browse(confirm, { txnRef: checkout.attempt.uid });
    await till.transaction(checkout.transaction.id, '300_PARTIAL');
    expect(await browse(paid.location)).toMatchObject({ status: 200, text: expect.stringContaining('Đã thanh toán') });
    await browse(abandoned.payment.payUrl);
    const cancelled = await browse(confirm, { txnRef: abandoned.attempt.uid, ending: 'cancelled' });
    await waitFor('the cancelled attempt', async () => {
      const { attempts } = await till.cashier.get(`/transactions/${checkout.transaction.id}`);
      return attempts.some(({ status }: { status: string }) => status === '505_CANCELLED');
    });
    expect((await browse(cancelled.location)).text).toContain('Chưa thanh toán');
    const rest = await till.checkout(order, { ...CASH, transactionId: checkout.transaction.id });
    await till.receive(rest.attempt, 20_000);
    await till.orderIn(order.id, '303_COMPLETED');
    expect(await posted(shop(), checkout.transaction.id)).toEqual([
      { PROVIDER_RECEIVABLE: order.total - 20_000, MERCHANT_OWN: 20_000 - order.total },
      { CASH_DRAWER: 20_000, MERCHANT_OWN: -20_000 },
    ]);
    const { data } = await till.sandbox.get('/vnpay/gateway/payments');
    const own = data.filter(({ tmnCode }: { tmnCode: string }) => tmnCode === merchant.gateway.tmnCode);
    expect(own.every(({ ipns }: { ipns: object[] }) => ipns.length === 1)).toBe(true);
  });

  it('takes cash at the counter and gives change', async () => {
    const { till } = shop();
    const order = await till.order();
    const checkout = await till.checkout(order, CASH);
    const short = await till.cashier.send('POST', '/payments/system/ipn', {
      attempt: { id: checkout.attempt.id },
      tendered: order.total - 1,
    });
    expect(short).toMatchObject({ status: 422, body: { code: 'payment.counter.tendered_below_amount' } });
    const paid = await till.receive(checkout.attempt, 200_000);
    expect(paid).toMatchObject({ change: 200_000 - order.total, transaction: { status: '304_SETTLED' } });
    expect(await till.receive(checkout.attempt, 200_000)).toMatchObject({ attempt: { status: '302_SUCCESS' } });
    await till.orderIn(order.id, '303_COMPLETED');
    expect(await posted(shop(), checkout.transaction.id)).toEqual([
      { CASH_DRAWER: order.total, MERCHANT_OWN: -order.total },
    ]);
  });

  it('gives a part back over the provider and then the rest, and the vendor agrees to the đồng', async () => {
    const { till } = shop();
    const order = await till.order();
    const checkout = await till.checkout(order);
    const { payment } = await till.pay(checkout);
    const { id } = await till.transaction(checkout.transaction.id, '304_SETTLED');
    const refund = (amount: number, clientReference: string) =>
      till.owner.send('POST', `/transactions/${id}/refunds`, { amount, reason: 'Trả hàng', clientReference });
    const ended = (reference: string) =>
      waitFor(`refund ${reference}`, async (note) => {
        const { data } = await till.owner.get(`/transactions/${id}/refunds`);
        note(data);
        return data.find(
          (row: { clientReference: string; status: string }) =>
            row.clientReference === reference && row.status === 'SUCCEEDED',
        );
      });
    const first = await refund(30_000, 'return-1');
    expect((await refund(30_000, 'return-1')).body.id).toBe(first.body.id);
    await ended('return-1');
    expect(await refund(order.total, 'return-2')).toMatchObject({ status: 409 });
    await refund(order.total - 30_000, 'return-2');
    await ended('return-2');
    expect(await till.transaction(id, '408_REFUNDED')).toMatchObject({ paid: order.total, refunded: order.total });
    const { data } = await till.sandbox.get('/vnpay/qr-mms/payments');
    const own = data.find(({ qrTrace }: { qrTrace: string }) => qrTrace === payment.qrTrace);
    expect(
      own.refunds.map(({ amount, typeRefund }: { amount: number; typeRefund: string }) => [amount, typeRefund]),
    ).toEqual([
      [30_000, '2'],
      [order.total - 30_000, '2'],
    ]);
    const sums: Record<string, number> = {};
    for (const journal of await posted(shop(), id))
      for (const [account, amount] of Object.entries(journal)) sums[account] = (sums[account] ?? 0) + amount;
    expect(sums).toEqual({ PROVIDER_RECEIVABLE: 0, MERCHANT_OWN: 0, REFUND_PAYABLE: 0 });
  });

  it('takes one order in two parts, by QR and in cash', async () => {
    const { till } = shop();
    const order = await till.order();
    const first = await till.checkout(order, { amount: 70_000 });
    await till.pay(first);
    await till.transaction(first.transaction.id, '300_PARTIAL');
    await till.orderIn(order.id, '300_PARTIAL');
    const transactionId = first.transaction.id;
    const second = await till.checkout(order, { ...CASH, transactionId });
    expect(second.attempt.amount).toBe(order.total - 70_000);
    await till.receive(second.attempt, second.attempt.amount);
    const settled = await till.transaction(transactionId, '304_SETTLED');
    expect(settled).toMatchObject({ paid: order.total, due: 0, openAmount: 0 });
    const file = await till.orderIn(order.id, '303_COMPLETED');
    expect(file).toMatchObject({ paid: order.total, findings: [] });
    expect(file.attempts.map(({ amount }: { amount: number }) => amount)).toEqual([70_000, order.total - 70_000]);
    expect(await posted(shop(), transactionId)).toEqual([
      { PROVIDER_RECEIVABLE: 70_000, MERCHANT_OWN: -70_000 },
      { CASH_DRAWER: order.total - 70_000, MERCHANT_OWN: 70_000 - order.total },
    ]);
  });

  it('lets a QR that nobody paid expire by the word of the provider, and cash by the clock', async () => {
    const { till } = shop();
    const order = await till.order();
    const { transaction, attempt } = await till.checkout(order);
    await letExpire(shop(), attempt.id);
    await till.delivered(transaction.id, 'mq-pay:attempt.expired');
    const after = await till.cashier.get(`/transactions/${transaction.id}`);
    expect(after).toMatchObject({ status: '100_NEW', openAmount: 0, attempts: [{ status: '501_EXPIRED' }] });
    const again = await till.checkout(order, { ...CASH, transactionId: transaction.id });
    await letExpire(shop(), again.attempt.id);
    await waitFor('the cash attempt expired', async () => {
      const { attempts } = await till.cashier.get(`/transactions/${transaction.id}`);
      return attempts.every(({ status }: { status: string }) => status === '501_EXPIRED');
    });
    const refused = await till.cashier.send('POST', '/payments/system/ipn', {
      attempt: { id: again.attempt.id },
      tendered: order.total,
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'payment.attempt.expired' } });
    expect(await posted(shop(), transaction.id)).toEqual([]);
  });

  it('cancels an attempt, then the transaction, and sale hears of both', async () => {
    const { till } = shop();
    const order = await till.order();
    const { transaction, attempt } = await till.checkout(order);
    const first = await till.cashier.post('/payments/cancel', { attemptId: attempt.id, reason: 'another method' });
    expect(first).toMatchObject({ transaction: { status: '100_NEW', openAmount: 0 } });
    await till.checkout(order, { ...CASH, transactionId: transaction.id });
    const cancel = { transactionId: transaction.id, reason: 'the buyer left' };
    const all = await till.cashier.post('/payments/cancel', cancel);
    expect(all).toMatchObject({ transaction: { status: '505_CANCELLED', openAmount: 0 } });
    expect(all.cancelledAttempts).toHaveLength(1);
    const file = await till.orderIn(order.id, '505_CANCELLED');
    const types = file.webhooks.map(({ eventType }: { eventType: string }) => eventType);
    expect(types.filter((type: string) => type === 'mq-pay:attempt.cancelled')).toHaveLength(2);
    expect(file.findings).toEqual([]);
  });

  it('refuses a forged callback and leaves everything as it was', async () => {
    const { till, world } = shop();
    const order = await till.order();
    const { transaction, attempt } = await till.checkout(order);
    const { callbacks } = await till.sandbox.post('/vnpay/qr-mms/buyers/callback', {
      txnId: attempt.uid,
      forged: true,
    });
    expect(callbacks).toMatchObject([{ forged: true, answer: { code: '06' } }]);
    expect(await till.cashier.get(`/transactions/${transaction.id}`)).toMatchObject({ status: '100_NEW', paid: 0 });
    const log = world.log('payment-api').split('\n');
    expect(log.some((line) => line.includes('"stream":"security"') && /forged/i.test(line))).toBe(true);
    await till.cashier.post('/payments/cancel', { transactionId: transaction.id, reason: 'end of the test' });
  });

  it('applies a duplicated callback once and answers the copy as a duplicate', async () => {
    const { till } = shop();
    const order = await till.order();
    const checkout = await till.checkout(order);
    const { payment } = await till.pay(checkout, { callback: 'duplicate' });
    const codes = payment.callbacks.map(({ answer }: { answer: { code: string } }) => answer.code);
    // The copy gets the first answer, or is called a duplicate when the first was applied meanwhile.
    expect(codes).toEqual(['00', expect.stringMatching(/^0[03]$/)]);
    await till.transaction(checkout.transaction.id, '304_SETTLED');
    const { callbacks } = await till.sandbox.post('/vnpay/qr-mms/buyers/callback', { qrTrace: payment.qrTrace });
    expect(callbacks).toMatchObject([{ answer: { code: '03' } }]);
    const file = await till.orderIn(order.id, '303_COMPLETED');
    expect(file).toMatchObject({ paid: order.total, findings: [] });
    expect(file.attempts).toHaveLength(1);
    expect(await posted(shop(), checkout.transaction.id)).toHaveLength(1);
  });

  it('answers a retried checkout with the same attempt and its QR', async () => {
    const { till } = shop();
    const order = await till.order();
    const key = { 'idempotency-key': randomUUID() };
    const body = till.checkoutBody(order);
    const first = await till.cashier.send('POST', '/payments/checkout', body, key);
    const same = await till.cashier.send('POST', '/payments/checkout', body, key);
    const keyless = await till.cashier.send('POST', '/payments/checkout', body);
    expect(first.status).toBe(200);
    for (const retry of [same, keyless]) {
      expect(retry.status).toBe(200);
      expect(retry.headers.get('idempotency-replayed')).toBe('true');
      expect(retry.body.attempt.id).toBe(first.body.attempt.id);
      expect(retry.body.payment.qrCode).toBe(first.body.payment.qrCode);
    }
    const other = await till.cashier.send('POST', '/payments/checkout', till.checkoutBody(order, CASH), key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.key_reused' } });
    const second = await till.cashier.send('POST', '/payments/checkout', till.checkoutBody(order, CASH));
    expect(second).toMatchObject({ status: 409, body: { code: 'payment.checkout.active_transaction_exists' } });
    expect(second.body.transaction.id).toBe(first.body.transaction.id);
    await till.cashier.post('/payments/cancel', {
      transactionId: first.body.transaction.id,
      reason: 'end of the test',
    });
  });

  it('lets one of many checkouts at once win, and tells the others of it', async () => {
    const { till, world } = shop();
    const order = await till.order();
    const ways = [CASH, {}, CASH, {}, CASH, {}];
    const answers = await Promise.all(
      ways.map((way) =>
        till.cashier.send('POST', '/payments/checkout', till.checkoutBody(order, way), {
          'idempotency-key': randomUUID(),
        }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeGreaterThan(0);
    expect(new Set(won.map(({ body }) => body.attempt.id)).size).toBe(1);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const rows = await world.sql(
      `SELECT t.id FROM mq_pay."Transaction" t JOIN mq_pay."PaymentAttempt" a ON a.transaction_id = t.id
       WHERE t.source_id = $1`,
      [order.id],
    );
    expect(rows).toHaveLength(1);
    const transactionId = won[0]?.body.transaction.id;
    await till.cashier.post('/payments/cancel', { transactionId, reason: 'end of the test' });
    await till.orderIn(order.id, '505_CANCELLED');
  });

  it('keeps its word to a subscriber that is down, in order, until it is back', async () => {
    const { till } = shop();
    await till.sandbox.post('/sale/subscriber', { mode: 'down' });
    const order = await till.order();
    const checkout = await till.checkout(order);
    await till.pay(checkout);
    await till.transaction(checkout.transaction.id, '304_SETTLED');
    await waitFor('failed tries', async (note) => {
      const rows = await till.deliveries(checkout.transaction.id);
      note(rows.map(({ eventType, status, tries }) => ({ eventType, status, tries })));
      return rows.some(({ tries }) => tries >= 2);
    });
    expect((await till.sandbox.get(`/sale/orders/${order.id}`)).webhooks).toEqual([]);
    await till.sandbox.post('/sale/subscriber', { mode: 'up' });
    const file = await till.orderIn(order.id, '303_COMPLETED');
    expect(file.findings).toEqual([]);
    const sequences = file.webhooks.map(({ sequence }: { sequence: number }) => sequence);
    expect(sequences).toEqual([...sequences].toSorted((left, right) => left - right));
  });
}
