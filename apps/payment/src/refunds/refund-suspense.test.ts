import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { now } from '../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import { newTrace } from '../testing/vnpay.fixture';
import type { RefundView } from './refund.dto';

let world: RefundWorld;
beforeAll(async () => {
  world = await RefundWorld.start();
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

/** A sale that was paid twice: the second payment lies in suspense. */
const paidTwice = async (autoRefund: boolean) => {
  const sale = await world.qrSale();
  const settings = { code: 'PAYMENT_SETTINGS', tValue: { autoRefund } };
  const created = await world.payment.post(sale.shop, '/configurations', settings);
  expect(created.status).toBe(201);
  const notice = { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() };
  return { sale, pay: () => world.payment.ipn(sale.shop, notice), trace: notice.qrTrace };
};
const refundsOf = async (sale: Pick<PaidSale, 'shop' | 'transactionId'>): Promise<readonly RefundView[]> =>
  (await world.payment.get<{ data: RefundView[] }>(sale.shop, `/transactions/${sale.transactionId}/refunds`)).body.data;

describe('money in suspense', () => {
  it('goes back by itself, once, where the merchant wants it so, and touches neither the sale nor its counters', async () => {
    const { sale, pay, trace } = await paidTwice(true);
    await pay();
    const [refund] = await eventually(async () => {
      const found = await refundsOf(sale);
      return found[0]?.status === 'SUCCEEDED' ? found : undefined;
    });
    expect(refund).toMatchObject({ kind: 'SUSPENSE', amount: 100_000, attemptId: sale.attemptId });
    expect(sale.vnpay.calls.filter(({ path }) => path === '/refund')).toMatchObject([{ body: { qrTrace: trace } }]);
    const transaction = await world.payment.transaction(sale.shop, sale.transactionId);
    expect(transaction).toMatchObject({ status: '304_SETTLED', paid: 100_000, refunded: 0, refundReserved: 0 });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      MERCHANT_OWN: 100_000n,
      SUSPENSE: 0n,
      REFUND_PAYABLE: 0n,
    });
    expect((await world.events(sale))[0]?.['payload']).toMatchObject({ refund: { kind: 'SUSPENSE' } });
    const [item] = await world.payment.sql(
      'SELECT refunded, auto_refund_at FROM "SuspenseItem" WHERE transaction_id = $1',
      [sale.transactionId],
    );
    expect(item).toEqual({ refunded: '100000', auto_refund_at: null });
    expect(await refundsOf(sale)).toHaveLength(1);
  });

  it('that could not go back lies in suspense again, and is tried again by a person as it came', async () => {
    const { sale, pay } = await paidTwice(true);
    sale.vnpay.refund = 'refuse';
    await pay();
    const failed = await eventually(async () => {
      const [found] = await refundsOf(sale);
      return found?.status === 'FAILED' ? found : undefined;
    });
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({ SUSPENSE: 100_000n });
    const byHand = await world.retry(sale, failed.id, { refundToOriginalMethod: false, evidence: 'receipt' });
    expect(byHand.status).toBe(422);
    sale.vnpay.refund = 'success';
    expect((await world.retry(sale, failed.id)).status).toBe(200);
    await world.comesTo(sale, failed.id, 'SUCCEEDED');
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({ SUSPENSE: 0n });
  });

  it('stays where the merchant has not said so', async () => {
    const { sale, pay } = await paidTwice(false);
    await pay();
    await world.processed(sale.shop);
    const [item] = await world.payment.sql(
      'SELECT refunded, auto_refund_at FROM "SuspenseItem" WHERE transaction_id = $1',
      [sale.transactionId],
    );
    expect(item).toEqual({ refunded: '0', auto_refund_at: null });
    expect(await refundsOf(sale)).toEqual([]);
  });
});
