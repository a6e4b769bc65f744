import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { now } from '../testing/payment-world.fixture';
import { Operator } from '../testing/operator.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import { SetAsideCases, type SetAside } from '../testing/set-aside.fixture';
import { newTrace, stamp } from '../testing/vnpay.fixture';
import type { RefundView } from './refund.dto';
import { RefundSuspense } from './refund-suspense';

let world: RefundWorld;
let operator: Operator;
let cases: SetAsideCases;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
  operator = await Operator.of(world.payment);
  cases = new SetAsideCases(world, operator, await Operator.of(world.payment));
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

/** The item of a payment, with its finding, its refunds, and what of it was asked of the provider. */
const standOf = async ({ notice }: SetAside) => {
  const [item] = await world.payment.sql<{
    id: string;
    reason: string;
    left: string;
    attempt: string | null;
    goes_back: boolean;
    finding: string;
    refunds: string[];
  }>(
    `SELECT s.id, s.reason, s.amount - s.accepted - s.refunded - s.reversed AS left, s.attempt_id AS attempt,
       s.auto_refund_at IS NOT NULL AS goes_back,
       (SELECT concat_ws(' ', f.code, f.status, f.outcome) FROM "Finding" f WHERE f.id = s.finding_id) AS finding,
       array(SELECT concat_ws(' ', r.kind, r.amount, r.status) FROM "Refund" r WHERE r.suspense_item_id = s.id) AS refunds
     FROM "SuspenseItem" s WHERE s.provider_reference = $1`,
    [notice.qrTrace],
  );
  if (item === undefined) throw new Error('nothing was set aside');
  const asked = world.payment.vnpay.calls.filter(({ path, body }) => {
    return path === '/refund' && body['qrTrace'] === notice.qrTrace;
  });
  return { ...item, asked: asked.map(({ body }) => body) };
};

/** The provider tells it again, and three workers find the item due at once. */
const again = async (aside: SetAside): Promise<void> => {
  const { id } = await standOf(aside);
  const giving = world.payment.app.get(RefundSuspense);
  const told = world.payment.ipn(aside.shop, aside.notice);
  await Promise.all([told, ...[1, 2, 3].map(() => giving.execute(aside.transactionId, id))]);
  await world.processed(aside.shop);
};

const untilGone = async (aside: SetAside) =>
  eventually(async () => {
    const stand = await standOf(aside);
    return stand.finding.endsWith('RESOLVED REFUNDED') ? stand : undefined;
  });

type Prepare = (autoRefund: boolean) => Promise<SetAside>;
const REASONS: readonly (readonly [reason: string, prepare: Prepare])[] = [
  ['LATE_SUCCESS', (wish) => cases.late(wish)],
  ['WRONG_AMOUNT', (wish) => cases.wrongAmount(wish)],
  ['SURPLUS', (wish) => cases.surplus(wish)],
  ['SECOND_PAYMENT', (wish) => cases.secondPayment(wish)],
  ['TRANSACTION_CANCELLED', (wish) => cases.cancelled(wish)],
  ['TRANSACTION_REFUNDED', (wish) => cases.refunded(wish)],
  ['TRANSACTION_BLOCKED', (wish) => cases.blocked(wish)],
  ['NO_ATTEMPT', (wish) => cases.noAttempt(wish)],
];

describe.each(REASONS)('money set aside because of %s', (reason, prepare) => {
  it('goes back once where the merchant wants it so, as soon as nothing stands in the way', async () => {
    const aside = await prepare(true);
    if (aside.release !== undefined) {
      await again(aside);
      const left = String(aside.amount);
      expect(await standOf(aside)).toMatchObject({ reason, left, finding: `${reason} OPEN`, refunds: [], asked: [] });
      await aside.release();
    }
    await again(aside);
    await untilGone(aside);
    await again(aside);
    const { notice, amount } = aside;
    expect(await standOf(aside)).toMatchObject({
      reason,
      left: '0',
      goes_back: false,
      finding: `${reason} RESOLVED REFUNDED`,
      refunds: [`SUSPENSE ${amount} SUCCEEDED`],
      // Named as the provider knows it.
      asked: [{ payTxnId: notice.txnId, payDate: stamp(notice.paidAtMs), amount: String(amount) }],
    });
  });

  it('waits for a person where the merchant has not said so', async () => {
    const aside = await prepare(false);
    await aside.release?.();
    await again(aside);
    expect(await standOf(aside)).toMatchObject({
      reason,
      left: String(aside.amount),
      attempt: expect.any(String),
      goes_back: false,
      finding: `${reason} OPEN`,
      refunds: [],
      asked: [],
    });
  });
});

describe('money without an attempt that its sale still waits for', () => {
  const matched = async () => {
    const aside = await cases.wanted(true);
    await aside.release?.();
    const { id, refunds, goes_back } = await standOf(aside);
    expect([refunds, goes_back]).toEqual([[], true]);
    const [row] = await world.payment.sql(
      `SELECT auto_refund_at > now() + interval '23 hours' AS later FROM "SuspenseItem" WHERE id = $1`,
      [id],
    );
    expect(row).toEqual({ later: true });
    return { aside, id };
  };

  it('can be accepted as long as a second person may take', async () => {
    const { aside, id } = await matched();
    const accepted = await operator.post(`/suspense/${id}/accept`, { reason: 'it was meant for this sale' });
    expect(accepted.body).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    await again(aside);
    expect(await standOf(aside)).toMatchObject({ finding: 'NO_ATTEMPT RESOLVED ACCEPTED', refunds: [], asked: [] });
  });

  it('goes back once when nobody did', async () => {
    const { aside, id } = await matched();
    await world.payment.sql('UPDATE "SuspenseItem" SET auto_refund_at = now() WHERE id = $1', [id]);
    const stand = await untilGone(aside);
    expect(stand).toMatchObject({ refunds: ['SUSPENSE 100000 SUCCEEDED'], asked: [{ payTxnId: aside.notice.txnId }] });
    const refused = await operator.post(`/suspense/${id}/accept`, { reason: 'too late' });
    expect(refused.body.code).toBe('payment.suspense.not_acceptable');
  });
});
