import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { now, PaymentWorld, unique, type Shop } from '../testing/payment-world.fixture';
import { ipnBody, newTrace, TestVnpay } from '../testing/vnpay.fixture';

let world: PaymentWorld;
let vnpay: TestVnpay;
let shop: Shop;
beforeAll(async () => {
  world = await PaymentWorld.start();
  vnpay = await TestVnpay.start();
  shop = await world.shop(vnpay);
});
afterAll(async () => {
  await world.stop();
  await vnpay.stop();
});

const STEPS = ['ipn', 'repeat', 'second', 'query', 'cash', 'cancel-attempt', 'cancel-transaction', 'expire'] as const;
type Step = (typeof STEPS)[number];
/** Steps of one group start at the same time. */
const interleavings = fc.array(fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
});

interface Sale {
  readonly transactionId: string;
  readonly qr: { readonly id: string; readonly uid: string };
  readonly cashId: string;
  readonly first: string;
  readonly second: string;
  readonly qrTraces: Set<string>;
}

const QR_AMOUNT = 60_000;
const CASH_AMOUNT = 40_000;

const openSale = async (): Promise<Sale> => {
  const sourceId = unique('S');
  const { transaction, attempt } = await world.qr(shop, { sourceId, amount: QR_AMOUNT });
  const cash = await world.checkout(shop, { sourceId, transactionId: transaction.id });
  const [one, two] = [newTrace(), newTrace()];
  vnpay.paid = { amount: QR_AMOUNT, qrTrace: one, paidAtMs: now() };
  const first = ipnBody(shop, { txnId: attempt.uid, amount: QR_AMOUNT, paidAtMs: now(), qrTrace: one });
  const second = ipnBody(shop, { txnId: attempt.uid, amount: QR_AMOUNT, paidAtMs: now(), qrTrace: two });
  return {
    transactionId: transaction.id,
    qr: attempt,
    cashId: cash.body.attempt.id,
    first,
    second,
    qrTraces: new Set(),
  };
};

/** What each step tries, and the money that it brings when it succeeds: the fact that the end state must account for. */
const play = async (sale: Sale, step: Step, given: { qr: Set<string>; cash: boolean }): Promise<void> => {
  switch (step) {
    case 'ipn':
    case 'repeat':
    case 'second': {
      const body = step === 'second' ? sale.second : sale.first;
      const answer = await world.ipnRaw(body);
      expect(['00', '03']).toContain(answer.body.code);
      given.qr.add(body);
      return;
    }
    case 'query': {
      vnpay.check = given.qr.has(sale.first) ? 'paid' : 'not-found';
      const answer = await world.post(shop, '/payments/verify', { attemptId: sale.qr.id });
      expect(answer.status).toBe(200);
      return;
    }
    case 'cash': {
      const answer = await world.post(shop, '/payments/system/ipn', { attempt: { id: sale.cashId }, tendered: 50_000 });
      expect([200, 409]).toContain(answer.status);
      if (answer.status === 200) given.cash = true;
      return;
    }
    case 'cancel-attempt':
    case 'cancel-transaction': {
      const target = step === 'cancel-attempt' ? { attemptId: sale.qr.id } : { transactionId: sale.transactionId };
      const answer = await world.post(shop, '/payments/cancel', { ...target, reason: 'race' });
      expect([200, 409]).toContain(answer.status);
      return;
    }
    case 'expire':
      await world.sql(
        `UPDATE "PaymentAttempt" SET expires_at = now() - interval '1 s', next_query_at = now() WHERE id = $1`,
        [sale.cashId],
      );
  }
};

describe('one payment, everything at once', () => {
  it('ends in a state that accounts for every đồng, with each effect once', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(interleavings, async (groups) => {
        const sale = await openSale();
        const given = { qr: new Set<string>(), cash: false };
        for (const group of groups) await Promise.all(group.map((step) => play(sale, step, given)));
        await world.processed(shop);
        await expectBooksInOrder(world);
        const { paid, status, attempts } = await world.transaction(shop, sale.transactionId);
        const money = BigInt(given.qr.size * QR_AMOUNT + (given.cash ? CASH_AMOUNT : 0));
        const [aside] = await world.sql<{ amount: string }>(
          'SELECT coalesce(sum(amount), 0)::text AS amount FROM "SuspenseItem" WHERE transaction_id = $1',
          [sale.transactionId],
        );
        expect(BigInt(paid) + BigInt(aside?.amount ?? 0)).toBe(money);
        const { PROVIDER_RECEIVABLE = 0n, CASH_DRAWER = 0n } = await balancesOf(world, sale.transactionId);
        expect(PROVIDER_RECEIVABLE).toBe(BigInt(given.qr.size * QR_AMOUNT));
        expect(CASH_DRAWER).toBe(given.cash ? BigInt(CASH_AMOUNT) : 0n);
        const expected = paid === 100_000 ? ['304_SETTLED'] : paid > 0 ? ['300_PARTIAL'] : ['100_NEW', '505_CANCELLED'];
        expect(expected).toContain(status);
        await expectEffectsOnce(sale, status, attempts);
      }),
      { numRuns: 25 },
    );
  });
});

const expectEffectsOnce = async (
  sale: Sale,
  status: string,
  attempts: { id: string; appliedAmount: number }[],
): Promise<void> => {
  const events = await world.sql<{ event_type: string; attempt: string | null; version: string }>(
    `SELECT event_type, payload->'attempt'->>'id' AS attempt, aggregate_version AS version FROM "Outbox"
     WHERE aggregate_id = $1 ORDER BY aggregate_version, position`,
    [sale.transactionId],
  );
  const count = (type: string, attempt?: string): number =>
    events.filter((event) => event.event_type === type && (attempt === undefined || event.attempt === attempt)).length;
  expect(count('mq-pay:transaction.settled')).toBe(status === '304_SETTLED' ? 1 : 0);
  expect(count('PAYMENT_SUCCESS')).toBe(status === '304_SETTLED' ? 1 : 0);
  expect(count('mq-pay:transaction.cancelled')).toBe(status === '505_CANCELLED' ? 1 : 0);
  for (const attempt of attempts) {
    expect(count('mq-pay:attempt.success', attempt.id)).toBe(attempt.appliedAmount > 0 ? 1 : 0);
    expect(count('mq-pay:attempt.cancelled', attempt.id)).toBeLessThanOrEqual(1);
  }
};
