import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { Operator } from '../testing/operator.fixture';
import { BASE, unique, type Answer } from '../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';

let world: RefundWorld;
let operator: Operator;
beforeAll(async () => {
  world = await RefundWorld.start('api');
  operator = await Operator.of(world.payment);
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const contest = (sale: PaidSale, change: object = {}, alias = 'chargebacks'): Promise<Answer> =>
  world.payment.post(sale.shop, `/transactions/${sale.transactionId}/${alias}`, {
    chargebackReference: unique('CB-'),
    amount: 40_000,
    reason: 'goods not received',
    ...change,
  });
const act = (sale: PaidSale, id: string, what: 'submit' | 'won' | 'lost', as: { token: string }): Promise<Answer> =>
  world.payment.post(as, `/transactions/${sale.transactionId}/chargebacks/${id}/${what}`, {
    evidence: `proof of ${what}`,
  });
const chargedBack = async (sale: PaidSale): Promise<unknown> => {
  const [row] = await world.payment.sql('SELECT status, charged_back FROM "Transaction" WHERE id = $1', [
    sale.transactionId,
  ]);
  return row;
};
const findings = (sale: PaidSale): Promise<unknown[]> =>
  world.payment.sql('SELECT code FROM "Finding" WHERE transaction_id = $1', [sale.transactionId]);

describe('a chargeback', () => {
  it('takes what the buyer contests out of the owner’s hands, and tells everybody', async () => {
    const sale = await world.qrSale();
    const dueAt = '2027-01-01T00:00:00.000Z';
    const { status, body } = await contest(sale, { dueAt }, 'chargeback');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'OPEN',
      amount: 40_000,
      dueAt,
      provider: 'VNPAY_QR_MMS',
      attemptId: sale.attemptId,
    });
    expect(await chargedBack(sale)).toEqual({ status: '304_SETTLED', charged_back: '40000' });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 60_000n,
      MERCHANT_OWN: 60_000n,
      CHARGEBACK_HELD: 40_000n,
      CHARGEBACK_RESERVE: 40_000n,
    });
    const [event] = await world.payment.sql(
      `SELECT routes, payload FROM "Outbox" WHERE aggregate_id = $1 AND event_type = 'mq-pay:chargeback.opened'`,
      [sale.transactionId],
    );
    expect(event).toMatchObject({
      routes: ['payment.events', 'webhooks', 'push'],
      payload: {
        transaction: { id: sale.transactionId },
        attempt: { id: sale.attemptId },
        chargeback: { id: body.id, amount: 40_000, status: 'OPEN', chargebackReference: body.chargebackReference },
      },
    });
    const path = `/transactions/${sale.transactionId}/chargebacks`;
    expect((await world.payment.get(sale.shop, path)).body.data).toEqual([body]);
    expect((await world.payment.get(sale.shop, `${path}/${body.id}`)).body).toEqual(body);
    expect(await findings(sale)).toEqual([]);
  });

  it('is opened once for each case of a provider, also by many at once and on another sale', async () => {
    const [sale, other] = [await world.qrSale(), await world.qrSale()];
    const chargebackReference = unique('CB-');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => contest(sale, { chargebackReference, amount: 1000 })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    expect(await contest(other, { chargebackReference })).toMatchObject({
      status: 409,
      body: { code: 'payment.chargeback.exists' },
    });
    expect(await chargedBack(sale)).toMatchObject({ charged_back: '1000' });
    expect(await chargedBack(other)).toMatchObject({ charged_back: '0' });
  });

  it.each([
    ['more than was paid', { amount: 100_001 }, 'payment.chargeback.exceeds_paid'],
    ['another attempt', { attemptId: 'nobody' }, 'payment.chargeback.nothing_to_contest'],
  ])('is not opened about %s', async (_what, change, code) => {
    const sale = await world.qrSale();
    expect(await contest(sale, change)).toMatchObject({ status: 409, body: { code } });
    expect(await chargedBack(sale)).toMatchObject({ charged_back: '0' });
  });

  it('is not opened twice about the same money, nor about cash', async () => {
    const sale = await world.qrSale();
    expect((await contest(sale, { amount: 60_000 })).status).toBe(201);
    expect((await contest(sale, { amount: 40_001 })).body.code).toBe('payment.chargeback.exceeds_paid');
    expect((await contest(sale, { amount: 40_000 })).status).toBe(201);
    const cash = await world.cashSale();
    expect((await contest(cash)).body.code).toBe('payment.chargeback.nothing_to_contest');
  });

  it('lets no refund out until it is decided', async () => {
    const sale = await world.qrSale();
    const { body } = await contest(sale);
    const refused = { status: 409, body: { code: 'payment.refund.chargeback_open' } };
    expect(await world.refund(sale, { amount: 10_000 })).toMatchObject(refused);
    expect(await act(sale, body.id, 'submit', sale.shop)).toMatchObject({
      status: 200,
      body: { status: 'SUBMITTED', evidence: 'proof of submit' },
    });
    expect(await world.refund(sale, { amount: 10_000 })).toMatchObject(refused);
    expect((await act(sale, body.id, 'lost', operator)).status).toBe(200);
    expect((await world.refund(sale, { amount: 60_001 })).body.code).toBe('payment.refund.exceeds_refundable');
    expect((await world.refund(sale, { amount: 60_000 })).status).toBe(200);
  });

  it('that is won gives the money back to where it was', async () => {
    const sale = await world.qrSale();
    const { body } = await contest(sale);
    const won = await act(sale, body.id, 'won', operator);
    expect(won).toMatchObject({ status: 200, body: { status: 'WON', outcomeEvidence: 'proof of won' } });
    expect((await act(sale, body.id, 'won', operator)).status).toBe(200);
    expect(await chargedBack(sale)).toMatchObject({ charged_back: '0' });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      MERCHANT_OWN: 100_000n,
      CHARGEBACK_HELD: 0n,
      CHARGEBACK_RESERVE: 0n,
    });
    const audit = await world.payment.sql('SELECT action, actor_id, reason FROM "AuditTrail" WHERE entity_id = $1', [
      body.id,
    ]);
    expect(audit).toEqual([{ action: 'chargeback.won', actor_id: operator.userId, reason: 'proof of won' }]);
    expect((await contest(sale, { amount: 100_000 })).status).toBe(201);
  });

  it('that is lost keeps it counted, and a word to the contrary is a finding', async () => {
    const sale = await world.qrSale();
    const { body } = await contest(sale);
    expect((await act(sale, body.id, 'lost', operator)).body.status).toBe('LOST');
    expect(await chargedBack(sale)).toMatchObject({ charged_back: '40000' });
    const books = {
      PROVIDER_RECEIVABLE: 60_000n,
      MERCHANT_OWN: 60_000n,
      CHARGEBACK_HELD: 0n,
      CHARGEBACK_RESERVE: 0n,
    };
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual(books);
    expect(await act(sale, body.id, 'won', operator)).toMatchObject({
      status: 409,
      body: { code: 'payment.chargeback.ended' },
    });
    expect(await findings(sale)).toEqual([{ code: 'CONFLICTING_EVIDENCE' }]);
    expect((await act(sale, body.id, 'submit', sale.shop)).status).toBe(409);
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual(books);
  });

  it('after a refund asks to be contested with its evidence', async () => {
    const sale = await world.qrSale();
    expect((await world.refund(sale, { amount: 100_000 })).status).toBe(200);
    expect((await contest(sale)).status).toBe(201);
    expect(await findings(sale)).toEqual([{ code: 'CHARGEBACK_AFTER_REFUND' }]);
  });

  it('of money in our custody takes what is there, and the merchant owes the rest', async () => {
    const sale = await world.gatewaySale({ settlementModel: 'PLATFORM' });
    expect((await world.refund(sale, { amount: 70_000 })).status).toBe(200);
    const { body } = await contest(sale);
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      MERCHANT_PAYABLE: 0n,
      MERCHANT_RECEIVABLE: 10_000n,
      CHARGEBACK_RESERVE: 40_000n,
    });
    await act(sale, body.id, 'won', operator);
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      MERCHANT_PAYABLE: 30_000n,
      MERCHANT_RECEIVABLE: 0n,
      CHARGEBACK_RESERVE: 0n,
    });
  });
});

describe('who may', () => {
  it('decide are operators, and a merchant sees his own', async () => {
    const sale = await world.qrSale();
    const { body } = await contest(sale);
    expect((await act(sale, body.id, 'won', sale.shop)).status).toBe(403);
    const stranger = await world.payment.shop(null);
    const path = `/transactions/${sale.transactionId}/chargebacks`;
    expect((await world.payment.get(stranger, path)).status).toBe(404);
    expect((await act(sale, body.id, 'submit', stranger)).status).toBe(404);
    expect((await world.payment.get(sale.shop, `${path}/nothing`)).body.code).toBe('payment.chargeback.not_found');
    expect(await chargedBack(sale)).toMatchObject({ charged_back: '40000' });
  });

  it('look are operators, by command too', async () => {
    const sale = await world.qrSale();
    const { body } = await contest(sale, { dueAt: '2027-01-01T00:00:00Z' });
    const listed = await operator.command(['chargebacks', 'list'], 'machine');
    expect(listed.code).toBe(1);
    expect(listed.out).toMatch(new RegExp(`2027-01-01T00:00:00.000Z +${body.id} +OPEN +VNPAY_QR_MMS .*40.000 ₫`));
    expect((await world.payment.call('GET', `${BASE}/operations/chargebacks`, { token: sale.shop.token })).status).toBe(
      403,
    );
  });
});
