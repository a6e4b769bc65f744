import { eventually, type Wire, refuseWrites } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProcessIpn } from '../ipn/process-ipn';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import {
  BASE,
  checkoutBody,
  now,
  PaymentWorld,
  unique,
  type Answer,
  type Shop,
} from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';

/** A service without workers, whose way to PostgreSQL breaks where the test says. */
let world: PaymentWorld;
let wire: Wire;
let shop: Shop;
beforeAll(async () => {
  world = await PaymentWorld.start({ mode: 'api', wired: true });
  if (world.wire === undefined) throw new Error('the world has no wire');
  wire = world.wire;
  shop = await world.shop();
});
afterEach(() => expectBooksInOrder(world));
afterAll(() => world.stop());

/** The caller does not know what became of it, and is told to repeat. */
const isUnknown = (answer: Answer): void => {
  expect([answer.status, answer.body?.code]).toEqual([503, 'service.unavailable']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
};

const count = async (sql: string, values: unknown[]): Promise<number> => {
  const [row] = await world.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`, values);
  return row?.n ?? -1;
};
const journalsOf = (transactionId: string) => count('"LedgerJournal" WHERE transaction_id = $1', [transactionId]);
const eventsOf = (transactionId: string, type: string) =>
  count('"Outbox" WHERE aggregate_id = $1 AND event_type = $2', [transactionId, type]);

const WHEN = [['before'], ['after']] as const;

describe.each(WHEN)('a connection that breaks %s the server has got the statement', (when) => {
  it('of a checkout: the same request again has one effect and one answer', async () => {
    const body = checkoutBody();
    const key = { 'idempotency-key': unique('K') };
    const sprung = wire.trap({ text: 'transaction-open-', when });
    isUnknown(await world.post(shop, '/payments/checkout', body, key));
    expect(sprung()).toBe(1);
    const stored = () => count('"Transaction" WHERE source_id = $1', [body['source'].id]);
    expect(await stored()).toBe(when === 'after' ? 1 : 0);
    const again = await world.post(shop, '/payments/checkout', body, key);
    const third = await world.post(shop, '/payments/checkout', body, key);
    expect([again.status, third.status]).toEqual([200, 200]);
    expect(again.headers.get('idempotency-replayed')).toBe(when === 'after' ? 'true' : null);
    expect(third.body).toEqual(again.body);
    expect(await stored()).toBe(1);
    expect(await eventsOf(again.body.transaction.id, 'mq-pay:transaction.created')).toBe(1);
  });

  it('of a checkout without a key: the source is sold once', async () => {
    const body = checkoutBody();
    wire.trap({ text: 'transaction-open-', when });
    isUnknown(await world.post(shop, '/payments/checkout', body));
    const again = await world.post(shop, '/payments/checkout', body);
    expect(again.status).toBe(200);
    expect(await count('"Transaction" WHERE source_id = $1', [body['source'].id])).toBe(1);
  });

  it('of a checkout that has asked the provider: the same QR, asked for again only if it is not known', async () => {
    const body = checkoutBody({ provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' });
    const key = { 'idempotency-key': unique('K') };
    const sprung = wire.trap({ text: 'transaction-change-', when });
    isUnknown(await world.post(shop, '/payments/checkout', body, key));
    expect(sprung()).toBe(1);
    const again = await eventually(
      async () => {
        const answer = await world.post(shop, '/payments/checkout', body, key);
        return answer.status === 200 ? answer : undefined;
      },
      { timeoutMs: 25_000 },
    );
    expect(again.body.payment.qrCode).toBeTruthy();
    const id = again.body.transaction.id;
    expect(await count('"Transaction" WHERE source_id = $1', [body['source'].id])).toBe(1);
    expect(await count('"PaymentAttempt" WHERE transaction_id = $1', [id])).toBe(1);
    expect(await eventsOf(id, 'mq-pay:attempt.sent')).toBe(1);
  });

  it('of cash: it is counted once, and the repetition is told the same', async () => {
    const { body: sale } = await world.checkout(shop);
    const cash = { attempt: { id: sale.attempt.id }, tendered: 100_000 };
    const key = { 'idempotency-key': unique('K') };
    const sprung = wire.trap({ text: 'transaction-change-', when });
    isUnknown(await world.post(shop, '/payments/system/ipn', cash, key));
    expect(sprung()).toBe(1);
    const again = await world.post(shop, '/payments/system/ipn', cash, key);
    const third = await world.post(shop, '/payments/system/ipn', cash, key);
    expect([again.status, third.status]).toEqual([200, 200]);
    expect(third.body).toEqual(again.body);
    expect(await world.transaction(shop, sale.transaction.id)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(await journalsOf(sale.transaction.id)).toBe(1);
    expect(await eventsOf(sale.transaction.id, 'mq-pay:transaction.settled')).toBe(1);
  });

  it('of a refund: one refund, found again by its reference', async () => {
    const { body: sale } = await world.checkout(shop);
    await world.post(shop, '/payments/system/ipn', { attempt: { id: sale.attempt.id }, tendered: 100_000 });
    const refund = { amount: 40_000, reason: 'wrong size', clientReference: unique('RF') };
    const path = `/transactions/${sale.transaction.id}/refunds`;
    const key = { 'idempotency-key': unique('K') };
    const sprung = wire.trap({ text: 'transaction-change-', when });
    isUnknown(await world.post(shop, path, refund, key));
    expect(sprung()).toBe(1);
    const again = await world.post(shop, path, refund, key);
    expect(again.status).toBeLessThan(300);
    expect((await world.post(shop, path, refund, key)).body.id).toBe(again.body.id);
    expect(await count('"Refund" WHERE transaction_id = $1', [sale.transaction.id])).toBe(1);
    expect(await eventsOf(sale.transaction.id, 'mq-pay:refund.success')).toBe(1);
  });

  it("of a provider's callback: never a success, and stored and applied once", async () => {
    const qr = await world.qr(shop);
    const notice = ipnBody(shop, {
      txnId: qr.attempt.uid,
      amount: 100_000,
      paidAtMs: now(),
      qrTrace: newTrace(),
    });
    const stored = wire.trap({ text: 'ipn-receive', when });
    const first = (await world.ipnRaw(notice)).body;
    expect(stored()).toBe(1);
    expect(['00', '03']).not.toContain(first.code);
    expect((await world.ipnRaw(notice)).body.code).toBe('00');
    const [row, ...others] = await world.sql<{ id: string }>('SELECT id FROM "IpnInbox" WHERE attempt_id = $1', [
      qr.attempt.id,
    ]);
    expect(others).toEqual([]);
    const applied = wire.trap({ text: 'transaction-change-', when });
    const process = (): Promise<unknown> => world.app.get(ProcessIpn).execute(String(row?.id));
    await process().catch(() => undefined);
    expect(applied()).toBe(1);
    await world.sql('UPDATE "IpnInbox" SET next_try_at = now() WHERE processed_at IS NULL');
    await process();
    expect(await world.transaction(shop, qr.transaction.id)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(await journalsOf(qr.transaction.id)).toBe(1);
    expect(await eventsOf(qr.transaction.id, 'mq-pay:attempt.success')).toBe(1);
  });
});

describe('a database that takes no writes', () => {
  it('answers 503 and goes not ready; a callback is never told a success; all is well when it takes them again', async () => {
    const qr = await world.qr(shop);
    const notice = ipnBody(shop, { txnId: qr.attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() });
    const allow = await refuseWrites(world.admin, 'read-only', { cut: () => wire.breakConnections() });
    try {
      await eventually(async () => (await world.call('GET', `${BASE}/readyz`)).status === 503);
      isUnknown(await world.checkout(shop));
      const refused = (await world.ipnRaw(notice)).body;
      expect(['00', '03']).not.toContain(refused.code);
      expect(await count('"IpnInbox" WHERE attempt_id = $1', [qr.attempt.id])).toBe(0);
    } finally {
      await allow();
    }
    await eventually(async () => (await world.call('GET', `${BASE}/readyz`)).status === 200);
    expect((await world.ipnRaw(notice)).body.code).toBe('00');
    expect((await world.checkout(shop)).status).toBe(200);
  });
});
