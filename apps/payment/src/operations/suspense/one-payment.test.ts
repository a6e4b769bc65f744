import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { Operator } from '../../testing/operator.fixture';
import { now, unique, type Shop } from '../../testing/payment-world.fixture';
import { RefundWorld } from '../../testing/refund-world.fixture';
import { newTrace } from '../../testing/vnpay.fixture';
import type { SuspenseView } from './suspense.dto';

let world: RefundWorld;
let operator: Operator;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
  operator = await Operator.of(world.payment);
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const pay = async (shop: Shop, txnId: string, amount: number, qrTrace = newTrace()): Promise<string> => {
  await world.payment.ipn(shop, { txnId, amount, paidAtMs: now(), qrTrace });
  await world.payment.processed(shop);
  return qrTrace;
};
const nobody = (): string => unique('ATTX').slice(0, 15).toUpperCase();
/** What the provider owes the merchant, by the books: all that it took, whatever it was for. */
const takenFor = async ({ merchantId }: Shop): Promise<number> => {
  const [row] = await world.payment.sql<{ taken: number }>(
    `SELECT coalesce(sum(CASE e.side WHEN 'DEBIT' THEN e.amount ELSE -e.amount END), 0)::int AS taken
     FROM "LedgerEntry" e JOIN "LedgerAccount" a ON a.id = e.account_id
     WHERE a.type = 'PROVIDER_RECEIVABLE' AND a.merchant_id = $1`,
    [merchantId],
  );
  return row?.taken ?? 0;
};
const itemOf = async (shop: Shop, reference: string): Promise<SuspenseView | undefined> => {
  const { body } = await operator.get<{ data: SuspenseView[] }>(`/suspense?merchantId=${shop.merchantId}`);
  return body.data.find(({ providerReference }) => providerReference === reference);
};
const act = (item: { id: string } | undefined, verb: string, body: object = { reason: 'looked at it' }) =>
  operator.post(`/suspense/${item?.id}/${verb}`, body);

describe('one payment of a provider', () => {
  it('that waits without an attempt is not booked on one as well; a person joins the two', async () => {
    const sale = await world.unknownSale({ total: 100_000 });
    const reference = await pay(sale.shop, nobody(), 100_000);
    await pay(sale.shop, sale.attemptUid, 100_000, reference);
    expect(await world.payment.transaction(sale.shop, sale.transactionId)).toMatchObject({ paid: 0 });
    expect(await takenFor(sale.shop)).toBe(100_000);
    expect(await world.findings(sale)).toContain('CONFLICTING_EVIDENCE OPEN');
    const item = await itemOf(sale.shop, reference);
    const evidence = { source: 'both callbacks name one payment', documentHash: 'a'.repeat(64) };
    expect((await act(item, 'match', { attemptId: sale.attemptId, evidence })).status).toBe(200);
    expect((await act(item, 'accept')).body).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(await takenFor(sale.shop)).toBe(100_000);
  });

  it('is booked once, however its two names come together', { timeout: 30_000 }, async () => {
    for (let round = 0; round < 6; round += 1) {
      const sale = await world.unknownSale({ total: 100_000 });
      const reference = newTrace();
      await Promise.all([nobody(), sale.attemptUid].map((name) => pay(sale.shop, name, 100_000, reference)));
      expect(await takenFor(sale.shop)).toBe(100_000);
      await expectBooksInOrder(world.payment);
    }
  });

  it('does not take the place of another that pays the attempt', async () => {
    const { shop, ...sale } = await world.unknownSale({ total: 100_000 });
    await world.payment.sql(`UPDATE "PaymentAttempt" SET status = '204_SENT' WHERE id = $1`, [sale.attemptId]);
    await world.payment.post(shop, '/payments/cancel', { attemptId: sale.attemptId, reason: 'another way' });
    const { source } = await world.payment.transaction(shop, sale.transactionId);
    const rest = await world.payment.qr(shop, {
      total: 100_000,
      amount: 40_000,
      transactionId: sale.transactionId,
      sourceId: source.id,
    });
    const other = await pay(shop, rest.attempt.uid, 40_000);
    const first = await pay(shop, sale.attemptUid, 100_000);
    const second = await pay(shop, sale.attemptUid, 100_000);
    const reverse = (reference: string) =>
      operator.post(`/transactions/${sale.transactionId}/reverse`, { evidence: { source: 'report', reference } });
    expect((await reverse(other)).body.transaction).toMatchObject({ status: '300_PARTIAL', paid: 60_000 });
    expect((await act(await itemOf(shop, second), 'accept')).body).toMatchObject({
      code: 'payment.suspense.not_acceptable',
      detail: expect.stringContaining('another payment'),
    });
    const accepted = await act(await itemOf(shop, first), 'accept');
    expect(accepted.body).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    // The provider takes the first back: all of it leaves the owner, and the second still waits.
    expect((await reverse(first)).body).toMatchObject({ outcome: 'REVERSED', transaction: { paid: 0 } });
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      PROVIDER_RECEIVABLE: 100_000n,
      SUSPENSE: 100_000n,
      MERCHANT_OWN: 0n,
    });
  });

  it('is taken back by two persons where it is above the limit, whatever the attempt asked for', async () => {
    const sale = await world.unknownSale({ total: 100_000 });
    const reference = await pay(sale.shop, sale.attemptUid, 5_000_000);
    const evidence = { source: 'report', reference };
    const answer = await operator.post(`/transactions/${sale.transactionId}/reverse`, { evidence });
    expect(answer).toMatchObject({ status: 202, body: { operation: 'transaction.reverse' } });
    expect((await itemOf(sale.shop, reference))?.left).toBe(5_000_000);
  });
});
