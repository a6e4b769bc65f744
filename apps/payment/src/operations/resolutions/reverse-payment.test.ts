import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { Operator } from '../../testing/operator.fixture';
import { now, unique } from '../../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../../testing/refund-world.fixture';
import { newTrace, type TestVnpay } from '../../testing/vnpay.fixture';

let world: RefundWorld;
let operator: Operator;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
  operator = await Operator.of(world.payment);
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const reverse = (sale: Pick<PaidSale, 'transactionId'>, reference: string, change: object = {}) =>
  operator.post(`/transactions/${sale.transactionId}/reverse`, {
    evidence: { source: 'settlement report of November', reference },
    ...change,
  });
const referenceOf = async (sale: PaidSale): Promise<string> => {
  const { attempts } = await world.payment.transaction(sale.shop, sale.transactionId);
  return attempts.find(({ id }) => id === sale.attemptId)?.providerReference ?? '';
};
const eventsOf = async (sale: PaidSale): Promise<string[]> => {
  const rows = await world.payment.sql(
    `SELECT event_type FROM "Outbox" WHERE aggregate_id = $1 AND event_type LIKE 'mq-pay:%' ORDER BY aggregate_version, position`,
    [sale.transactionId],
  );
  return rows.map((row) => String(row['event_type']).replace('mq-pay:', ''));
};
/** A refund of the sale that has come to its end, or stays unknown. */
const refunded = async (sale: PaidSale & { vnpay: TestVnpay }, amount: number, end = 'SUCCEEDED') => {
  sale.vnpay.refund = end === 'SUCCEEDED' ? 'success' : 'error';
  const { body } = await world.refund(sale, { amount });
  await world.comesTo(sale, body.id, end);
};

type Balances = Record<string, bigint>;
type Row = readonly [
  name: string,
  prepare: () => Promise<PaidSale>,
  end: { status: string; paid: number; balances: Balances; findings: string[] },
];
const ROWS: readonly Row[] = [
  [
    'the only payment: nothing is paid any more',
    () => world.qrSale(),
    { status: '100_NEW', paid: 0, balances: { PROVIDER_RECEIVABLE: 0n, MERCHANT_OWN: 0n }, findings: [] },
  ],
  [
    'one of two: a part is paid',
    async () => {
      const sale = await world.unknownSale({ total: 100_000, amount: 60_000 });
      const sold = { sourceId: await sourceOf(sale), transactionId: sale.transactionId };
      const { body } = await world.payment.checkout(sale.shop, sold);
      await world.payment.post(sale.shop, '/payments/system/ipn', {
        attempt: { id: body.attempt.id },
        tendered: 40_000,
      });
      await world.payment.ipn(sale.shop, {
        txnId: sale.attemptUid,
        amount: 60_000,
        paidAtMs: now(),
        qrTrace: newTrace(),
      });
      await world.payment.processed(sale.shop);
      return sale;
    },
    {
      status: '300_PARTIAL',
      paid: 40_000,
      balances: { PROVIDER_RECEIVABLE: 0n, CASH_DRAWER: 40_000n, MERCHANT_OWN: 40_000n },
      findings: ['OUTCOME_UNKNOWN RESOLVED PROVEN'],
    },
  ],
  [
    'a payment of which a part went back: the buyer owes that part',
    async () => {
      const sale = await world.qrSale();
      await refunded(sale, 40_000);
      return sale;
    },
    {
      status: '408_REFUNDED',
      paid: 40_000,
      balances: { PROVIDER_RECEIVABLE: -40_000n, MERCHANT_OWN: 0n, REFUND_PAYABLE: 0n, BUYER_RECEIVABLE: 40_000n },
      findings: ['BUYER_PAID_TWICE OPEN'],
    },
  ],
  [
    'a payment that went back whole: the buyer owes all of it',
    async () => {
      const sale = await world.qrSale();
      await refunded(sale, 100_000);
      return sale;
    },
    {
      status: '408_REFUNDED',
      paid: 100_000,
      balances: { PROVIDER_RECEIVABLE: -100_000n, MERCHANT_OWN: 0n, REFUND_PAYABLE: 0n, BUYER_RECEIVABLE: 100_000n },
      findings: ['BUYER_PAID_TWICE OPEN'],
    },
  ],
  [
    'a payment of which a part is on its way back: what is set aside stays',
    async () => {
      const sale = await world.qrSale();
      await refunded(sale, 30_000, 'UNKNOWN');
      return sale;
    },
    {
      status: '300_PARTIAL',
      paid: 30_000,
      balances: { PROVIDER_RECEIVABLE: 0n, MERCHANT_OWN: 0n, REFUND_PAYABLE: 30_000n, BUYER_RECEIVABLE: 30_000n },
      findings: ['BUYER_PAID_TWICE OPEN', 'REFUND_UNKNOWN OPEN'],
    },
  ],
  [
    'money that the platform holds',
    () => world.gatewaySale({ settlementModel: 'PLATFORM' }),
    { status: '100_NEW', paid: 0, balances: { PROVIDER_RECEIVABLE: 0n, MERCHANT_PAYABLE: 0n }, findings: [] },
  ],
];

const sourceOf = async (sale: PaidSale): Promise<string> => {
  const { source } = await world.payment.transaction(sale.shop, sale.transactionId);
  return source.id;
};

describe('a reversal', () => {
  it.each(ROWS)('of %s', { timeout: 20_000 }, async (_name, prepare, end) => {
    const sale = await prepare();
    const reference = await referenceOf(sale);
    const done = await reverse(sale, reference);
    expect(done).toMatchObject({ status: 200, body: { outcome: 'REVERSED', attemptId: sale.attemptId } });
    const { status, paid, attempts, settledAt } = done.body.transaction;
    expect({ status, paid }).toEqual({ status: end.status, paid: end.paid });
    expect(attempts[0]).toMatchObject({ status: '507_REVERSED', reason: 'REVERSED' });
    if (status !== '408_REFUNDED') expect(settledAt).toBeNull();
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual(end.balances);
    expect(await world.findings(sale)).toEqual(end.findings);
    expect((await eventsOf(sale)).at(-1)).toBe('attempt.reversed');
    expect((await reverse(sale, reference)).body.outcome).toBe('DUPLICATE');
    expect((await eventsOf(sale)).filter((type) => type === 'attempt.reversed')).toHaveLength(1);
  });

  it('of a second payment takes what lies in suspense, closes its finding and leaves the sale', async () => {
    const sale = await world.qrSale();
    const qrTrace = newTrace();
    await world.payment.ipn(sale.shop, { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace });
    await world.payment.processed(sale.shop);
    const done = await reverse(sale, qrTrace);
    expect(done.body).toMatchObject({ outcome: 'REVERSED', transaction: { status: '304_SETTLED', paid: 100_000 } });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      MERCHANT_OWN: 100_000n,
      SUSPENSE: 0n,
    });
    expect(await world.findings(sale)).toEqual(['SECOND_PAYMENT RESOLVED REVERSED']);
    expect(await eventsOf(sale)).not.toContain('attempt.reversed');
    expect((await reverse(sale, qrTrace)).body.outcome).toBe('DUPLICATE');
  });

  it('of money in suspense that went back already is owed by the buyer, once', async () => {
    const sale = await world.qrSale();
    await world.payment.post(sale.shop, '/configurations', { code: 'PAYMENT_SETTINGS', tValue: { autoRefund: true } });
    const qrTrace = newTrace();
    await world.payment.ipn(sale.shop, { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace });
    await world.payment.processed(sale.shop);
    await world.comesTo(sale, await firstRefund(sale), 'SUCCEEDED');
    expect((await reverse(sale, qrTrace)).body.findings).toEqual(['BUYER_PAID_TWICE']);
    expect((await reverse(sale, qrTrace)).body.outcome).toBe('DUPLICATE');
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      BUYER_RECEIVABLE: 100_000n,
      SUSPENSE: 0n,
      MERCHANT_OWN: 100_000n,
    });
  });

  it('that is heard of before its payment waits for it, and both together leave nothing', async () => {
    const sale = await world.unknownSale();
    const qrTrace = newTrace();
    const first = await reverse(sale, qrTrace, { attemptId: sale.attemptUid });
    expect(first.body).toMatchObject({ outcome: 'NO_NEWS', findings: ['REVERSAL_BEFORE_SUCCESS'] });
    expect((await reverse(sale, qrTrace)).body.outcome).toBe('DUPLICATE');
    await world.payment.ipn(sale.shop, { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace });
    await world.payment.processed(sale.shop);
    const { status, paid, attempts } = await world.payment.transaction(sale.shop, sale.transactionId);
    expect([status, paid, attempts[0]?.status]).toEqual(['100_NEW', 0, '507_REVERSED']);
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({ PROVIDER_RECEIVABLE: 0n, MERCHANT_OWN: 0n });
    expect(await world.findings(sale)).toEqual([
      'OUTCOME_UNKNOWN RESOLVED PROVEN',
      'REVERSAL_BEFORE_SUCCESS RESOLVED REVERSED',
    ]);
    expect(await eventsOf(sale)).not.toContain('attempt.success');
    expect((await eventsOf(sale)).at(-1)).toBe('attempt.reversed');
  });

  it('names its payment, and none of the counter or of another amount', async () => {
    const sale = await world.qrSale();
    const nameless = await operator.post(`/transactions/${sale.transactionId}/reverse`, { evidence: { source: 'x' } });
    expect(nameless.body.errors[0]?.pointer).toBe('/evidence/reference');
    const evidence = { source: 'report', reference: await referenceOf(sale), amount: 90_000 };
    const other = await operator.post(`/transactions/${sale.transactionId}/reverse`, { evidence });
    expect(other.body).toMatchObject({ outcome: 'NOT_PROOF', findings: ['CONFLICTING_EVIDENCE'] });
    const cash = await world.cashSale();
    const named = { evidence, attemptId: cash.attemptUid };
    expect((await operator.post(`/transactions/${cash.transactionId}/reverse`, named)).body.code).toBe(
      'payment.resolution.counter_money',
    );
  });

  it('that the gateway tells of a success is a finding, one while it is open, until it is proven', async () => {
    const sale = await world.gatewaySale();
    const reference = await referenceOf(sale);
    sale.peer.answer = (asked) => ({
      ResponseId: unique('R'),
      Command: asked['vnp_Command'] ?? '',
      ResponseCode: '00',
      Message: 'OK',
      Amount: '10000000',
      BankCode: 'NCB',
      PayDate: '20261121120000',
      TransactionNo: reference,
      TransactionType: '01',
      TransactionStatus: '04',
      OrderInfo: 'sale',
    });
    for (let round = 0; round < 2; round += 1) {
      await world.payment.sql('UPDATE "QueryLane" SET free_at = now()');
      const checked = await operator.post(`/transactions/${sale.transactionId}/check`);
      expect(checked.body.replayed).toMatchObject([{ outcome: 'ANSWERED' }]);
    }
    const { status, attempts } = await world.payment.transaction(sale.shop, sale.transactionId);
    expect([status, attempts[0]?.status]).toEqual(['304_SETTLED', '302_SUCCESS']);
    expect(await world.findings(sale)).toEqual(['REVERSAL_REPORTED OPEN']);
    await reverse(sale, reference);
    expect(await world.findings(sale)).toEqual(['REVERSAL_REPORTED RESOLVED REVERSED']);
  });

  it('can be paid again with another attempt, and settles again', async () => {
    const sale = await world.qrSale();
    await reverse(sale, await referenceOf(sale));
    const sold = { sourceId: await sourceOf(sale), transactionId: sale.transactionId };
    const { body } = await world.payment.checkout(sale.shop, sold);
    const cash = { attempt: { id: body.attempt.id }, tendered: 100_000 };
    expect((await world.payment.post(sale.shop, '/payments/system/ipn', cash)).status).toBe(200);
    expect(await world.payment.transaction(sale.shop, sale.transactionId)).toMatchObject({
      status: '304_SETTLED',
      paid: 100_000,
    });
    expect((await eventsOf(sale)).filter((type) => type === 'transaction.settled')).toHaveLength(2);
  });

  it('and a refund at once never take the same money twice', { timeout: 30_000 }, async () => {
    for (let round = 0; round < 5; round += 1) {
      const sale = await world.qrSale();
      sale.vnpay.refund = 'success';
      const reference = await referenceOf(sale);
      const [reversal, refund] = await Promise.all([
        reverse(sale, reference),
        world.refund(sale, { amount: 60_000 }),
        reverse(sale, reference),
      ]);
      expect(reversal.status).toBe(200);
      // The reversal was first: nothing is left to give back, or nothing that one attempt bears.
      const refusals = ['payment.refund.exceeds_refundable', 'payment.refund.attempt_required'];
      if (refund.status !== 200) expect(refusals).toContain(refund.body.code);
      if (refund.status === 200) await world.comesTo(sale, refund.body.id, 'SUCCEEDED');
      const balances = await balancesOf(world.payment, sale.transactionId);
      const back = refund.status === 200 ? 60_000n : 0n;
      expect(balances['BUYER_RECEIVABLE'] ?? 0n).toBe(back);
      expect(balances['PROVIDER_RECEIVABLE']).toBe(-back);
      await expectBooksInOrder(world.payment);
    }
  });
});

const firstRefund = async (sale: PaidSale): Promise<string> => {
  const refund = await eventually(async () => {
    const { body } = await world.payment.get(sale.shop, `/transactions/${sale.transactionId}/refunds`);
    return body.data[0];
  });
  return String(refund.id);
};
