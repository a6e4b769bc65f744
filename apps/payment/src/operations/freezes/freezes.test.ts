import { Metrics } from '@nx/observability';
import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { Operator } from '../../testing/operator.fixture';
import { BASE, now, unique, type Shop } from '../../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../../testing/refund-world.fixture';
import { RefundSuspense } from '../../refunds/refund-suspense';
import { WorkOnRefund } from '../../refunds/work-on-refund';
import { newTrace, type TestVnpay } from '../../testing/vnpay.fixture';
import { Freezes } from './freezes';

let world: RefundWorld;
/** A service without workers: the test does their work, when it wants. */
let alone: RefundWorld;
let first: Operator;
let second: Operator;
beforeAll(async () => {
  [world, alone] = await Promise.all([RefundWorld.start(), RefundWorld.start('api')]);
  [first, second] = await Promise.all([Operator.of(world.payment), Operator.of(world.payment)]);
});
afterEach(async () => {
  for (const each of [world, alone]) {
    await thaw(each);
    await expectBooksInOrder(each.payment);
  }
});
afterAll(() => Promise.all([world.stop(), alone.stop()]));

const thaw = async ({ payment }: RefundWorld): Promise<void> => {
  await payment.sql(
    `UPDATE "OperationalFreeze" SET lifted_at = now(), lifted_by = 'a', approved_by = 'b' WHERE lifted_at IS NULL`,
  );
  await payment.app.get(Freezes).reload();
};
/** Refunds of a merchant of the service without workers. */
const setAlone = async ({ shop }: PaidSale): Promise<void> => {
  const operator = await Operator.of(alone.payment);
  const freeze = { operation: 'REFUND', ...merchant(shop), reason: 'a test', ticket: 'T-1' };
  expect((await operator.post('/freezes', freeze)).status).toBe(201);
};
const callsOf = ({ vnpay }: { vnpay: TestVnpay }) => vnpay.calls.filter(({ path }) => path === '/refund');

const set = (change: object) =>
  first.post('/freezes', {
    operation: 'PAYMENT_CREATE',
    scopeType: 'global',
    reason: 'a test',
    ticket: 'T-1',
    ...change,
  });
const merchant = (shop: Shop) => ({ scopeType: 'merchant', scopeValue: shop.merchantId });
const FROZEN = { status: 503, body: { code: 'payment.frozen' } };
const sources = (shop: Shop) =>
  world.payment.sql('SELECT id FROM "Transaction" WHERE merchant_id = $1', [shop.merchantId]);

describe('PAYMENT_CREATE', () => {
  it('stops new payments and further attempts, says when to come again, and leaves no key behind', async () => {
    const shop = await world.payment.shop(null);
    const part = await world.payment.checkout(shop, { amount: 40_000, sourceId: 'part' });
    expect((await set(merchant(shop))).status).toBe(201);
    const refused = await world.payment.checkout(shop, {}, 'key-1');
    expect(refused).toMatchObject({ ...FROZEN, body: { code: 'payment.frozen', operation: 'PAYMENT_CREATE' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const further = { transactionId: part.body.transaction.id, sourceId: 'part' };
    expect(await world.payment.checkout(shop, further)).toMatchObject(FROZEN);
    expect(await sources(shop)).toHaveLength(1);
    const keys = await world.payment.sql('SELECT key FROM "IdempotencyKey" WHERE scope = $1', [shop.merchantId]);
    expect(keys).toEqual([]);
    const taken = { attempt: { id: part.body.attempt.id }, tendered: 40_000 };
    expect((await world.payment.post(shop, '/payments/system/ipn', taken)).status).toBe(200);
  });

  it.each([
    ['global', () => ({ scopeType: 'global' }), true],
    ['the merchant', merchant, true],
    ['another merchant', () => ({ scopeType: 'merchant', scopeValue: 'M-other' }), false],
    ['the organizer', (shop: Shop) => ({ scopeType: 'organizer', scopeValue: shop.organizerId }), true],
    ['another organizer', () => ({ scopeType: 'organizer', scopeValue: 'O-other' }), false],
    ['the provider, in any case', () => ({ scopeType: 'provider', scopeValue: 'system' }), true],
    ['another provider', () => ({ scopeType: 'provider', scopeValue: 'VNPAY_GATEWAY' }), false],
  ] as const)('for %s', async (_name, scope, stops) => {
    const shop = await world.payment.shop(null);
    expect((await set({ operation: 'payment_create_freeze', ...scope(shop) })).status).toBe(201);
    expect((await world.payment.checkout(shop)).status).toBe(stops ? 503 : 200);
  });

  it('ends by itself at its time', async () => {
    const shop = await world.payment.shop(null);
    await set({ ...merchant(shop), expiresAt: new Date(now() + 1500).toISOString() });
    expect((await world.payment.checkout(shop)).status).toBe(503);
    await eventually(async () => (await world.payment.checkout(shop)).status === 200);
    expect((await first.get('/freezes?active=true')).body.data).toEqual([]);
  });
});

describe('CONFIRM', () => {
  it('gives no buyer anything to pay with, and does not repeat a create whose answer was lost', async () => {
    const sale = await world.qrSale();
    const body = { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', sourceId: unique('S') };
    sale.vnpay.create = 'hang';
    expect((await world.payment.checkout(sale.shop, body)).status).toBe(504);
    sale.vnpay.create = 'success';
    const creates = () => sale.vnpay.calls.filter(({ path }) => path === '/create').length;
    const before = creates();
    await set({ operation: 'CONFIRM', ...merchant(sale.shop) });
    expect(await world.payment.checkout(sale.shop, body)).toMatchObject(FROZEN);
    expect(await world.payment.checkout(sale.shop, { ...body, sourceId: unique('S') })).toMatchObject(FROZEN);
    expect(creates()).toBe(before);
  });
});

describe('REFUND', () => {
  it('opens none and tries none again, over whatever way', async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'refuse';
    const { body } = await world.refund(sale, { amount: 100_000 });
    await world.comesTo(sale, body.id, 'FAILED');
    await set({ operation: 'REFUND_FREEZE', ...merchant(sale.shop) });
    expect(await world.retry(sale, body.id)).toMatchObject(FROZEN);
    expect(await world.retry(sale, body.id, { refundToOriginalMethod: false, evidence: 'r' })).toMatchObject(FROZEN);
    const cash = await world.cashSale(sale.shop);
    expect(await world.refund(cash)).toMatchObject(FROZEN);
    expect((await world.payment.checkout(sale.shop)).status).toBe(200);
  });

  it('keeps an opened one from being sent: it waits, and goes out when the freeze has ended', async () => {
    const sale = await alone.qrSale();
    const { body } = await alone.refund(sale);
    const attemptId = body.tries[0]?.id ?? '';
    await setAlone(sale);
    const working = alone.payment.app.get(WorkOnRefund);
    await working.execute(attemptId);
    expect(callsOf(sale)).toEqual([]);
    const waiting =
      'SELECT status, next_query_at > now() + interval \'1 min\' AS later FROM "PaymentAttempt" WHERE id = $1';
    expect(await alone.payment.sql(waiting, [attemptId])).toEqual([{ status: '100_NEW', later: true }]);
    expect((await alone.one(sale, body.id)).status).toBe('NEW');
    await thaw(alone);
    await alone.due(attemptId);
    await working.execute(attemptId);
    expect((await alone.one(sale, body.id)).status).toBe('SUCCEEDED');
    expect(callsOf(sale)).toHaveLength(1);
  });

  it('lets an automatic one wait and does not lose it', async () => {
    const sale = await alone.qrSale();
    await alone.payment.post(sale.shop, '/configurations', { code: 'PAYMENT_SETTINGS', tValue: { autoRefund: true } });
    const again = { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() };
    await alone.payment.ipn(sale.shop, again);
    await alone.processed(sale.shop);
    await setAlone(sale);
    const item = async (): Promise<{ id: string; later: boolean } | undefined> =>
      (
        await alone.payment.sql<{ id: string; later: boolean }>(
          `SELECT id, auto_refund_at > now() + interval '1 min' AS later FROM "SuspenseItem" WHERE transaction_id = $1`,
          [sale.transactionId],
        )
      )[0];
    const id = (await item())?.id ?? '';
    const giving = alone.payment.app.get(RefundSuspense);
    await giving.execute(sale.transactionId, id);
    expect(await item()).toEqual({ id, later: true });
    await thaw(alone);
    await giving.execute(sale.transactionId, id);
    expect(await item()).toEqual({ id, later: null });
    const refunds = await alone.payment.get(sale.shop, `/transactions/${sale.transactionId}/refunds`);
    expect(refunds.body.data).toMatchObject([{ kind: 'SUSPENSE', status: 'NEW', amount: 100_000 }]);
  });
});

describe('ALL of a provider', () => {
  it('stops its money and no other, and neither questions nor callbacks', async () => {
    const sale = await world.qrSale();
    const open = await world.payment.qr(sale.shop);
    await set({ operation: 'ALL', scopeType: 'provider', scopeValue: 'vnpay_qr_mms' });
    const qr = { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' };
    expect(await world.payment.checkout(sale.shop, qr)).toMatchObject(FROZEN);
    expect(await world.refund(sale)).toMatchObject(FROZEN);
    expect((await world.payment.checkout(sale.shop)).status).toBe(200);
    expect((await world.payment.post(sale.shop, '/payments/verify', { attemptId: open.attempt.id })).status).toBe(200);
    expect(sale.vnpay.calls.filter(({ path }) => path === '/check').length).toBeGreaterThan(0);
    const notice = { txnId: open.attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() };
    expect(await world.payment.ipn(sale.shop, notice)).toMatchObject({ code: '00' });
    await world.processed(sale.shop);
    expect((await world.payment.transaction(sale.shop, open.transaction.id)).status).toBe('304_SETTLED');
  });
});

describe('a freeze', () => {
  it('is seen by probes, metrics and lists, and fails no readiness', async () => {
    const shop = await world.payment.shop(null);
    const { body } = await set(merchant(shop));
    expect((await world.payment.call('GET', `${BASE}/readyz`)).status).toBe(200);
    const deep = await world.payment.call('GET', `${BASE}/health/deep`, { token: first.token });
    expect(deep.text).toContain(`PAYMENT_CREATE merchant ${shop.merchantId} (T-1)`);
    const metrics = await world.payment.app.get(Metrics).registry.metrics();
    expect(metrics).toMatch(/payment_freeze_active\{operation="PAYMENT_CREATE",scope_type="merchant".*\} 1/);
    expect((await first.get(`/freezes/${body.id}`)).body).toMatchObject({ active: true, createdBy: first.userId });
  });

  it.each([
    [{ operation: 'ALL' }, '/operation'],
    [{ operation: 'EVERYTHING' }, '/operation'],
    [{ scopeType: 'merchant' }, '/scopeValue'],
    [{ scopeValue: 'M1' }, '/scopeValue'],
    [{ scopeType: 'provider', scopeValue: 'VNPAX' }, '/scopeValue'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ ticket: '' }, '/ticket'],
    [{ reason: ' ' }, '/reason'],
  ])('%j is refused', async (change, pointer) => {
    const { status, body } = await set(change);
    expect(status).toBe(422);
    expect(body.errors.map(({ pointer }) => pointer)).toContain(pointer);
    expect((await first.get('/freezes?active=true')).body.data).toEqual([]);
  });

  it('is set by one person or the machine, and lifted by two persons only', async () => {
    const shop = await world.payment.shop(null);
    const args = [`--scope=merchant:${shop.merchantId}`, '--reason=x', '--ticket=T-9', '--expires=2h'];
    const made = await first.command(
      ['freeze', 'set', '--operation=PAYMENT_CREATE_FREEZE', ...args, '--json'],
      'machine',
    );
    expect(made.code).toBe(0);
    const freeze = JSON.parse(made.out);
    expect(freeze).toMatchObject({ createdBy: expect.stringMatching(/^pod:/), operation: 'PAYMENT_CREATE' });
    const lift = ['freeze', 'lift', freeze.id, '--reason=mended'];
    expect(await first.command(lift, 'machine')).toMatchObject({
      code: 4,
      error: expect.stringContaining('payment.approval.person_required'),
    });
    const asked = await first.command([...lift, '--json']);
    expect(asked.code).toBe(1);
    const { approvalId } = JSON.parse(asked.out);
    expect((await first.approve(approvalId)).status).toBe(403);
    expect((await first.command([...lift, `--approval=${approvalId}`])).code).toBe(4);
    expect((await world.payment.checkout(shop)).status).toBe(503);
    expect((await second.approve(approvalId)).status).toBe(200);
    const other = ['freeze', 'lift', freeze.id, '--reason=another', `--approval=${approvalId}`];
    expect((await first.command(other)).code).toBe(4);
    expect(await first.command([...lift, `--approval=${approvalId}`])).toMatchObject({ code: 0 });
    expect((await world.payment.checkout(shop)).status).toBe(200);
    expect((await first.get(`/freezes/${freeze.id}`)).body).toMatchObject({
      active: false,
      liftedBy: first.userId,
      approvedBy: second.userId,
      liftReason: 'mended',
    });
    expect(await first.post(`/freezes/${freeze.id}/lift`, { reason: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'payment.freeze.not_active' },
    });
    const audit = await world.payment.sql(
      'SELECT action, actor_id FROM "AuditTrail" WHERE entity_id = $1 ORDER BY created_at, id',
      [freeze.id],
    );
    expect(audit).toMatchObject([{ action: 'freeze.set' }, { action: 'freeze.lift', actor_id: first.userId }]);
    const listed = await first.command(['freeze', 'list', '--all']);
    expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(`lifted by ${first.userId}`) });
  });

  it('keeps the machine from lifting even with an approval of somebody', async () => {
    const { body } = await set({});
    const path = `/internal/api/payment/operations/freezes/${body.id}/lift`;
    const init = { body: JSON.stringify({ reason: 'x', approvalId: 'A1' }) };
    expect((await world.payment.call('POST', path, init)).body.code).toBe('payment.approval.person_required');
    expect((await first.get('/freezes?active=true')).body.data).toHaveLength(1);
    expect((await world.payment.checkout(await world.payment.shop(null))).status).toBe(503);
  });
});
