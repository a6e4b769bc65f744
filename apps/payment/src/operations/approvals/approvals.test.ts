import { ROLES } from '@nx/contracts';
import { Database } from '@nx/persistence';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { PaymentSettings } from '../../configurations/payment-settings';
import { Operator } from '../../testing/operator.fixture';
import { BASE, unique } from '../../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../../testing/refund-world.fixture';
import type { ApprovalDemand } from './approval';
import { Approvals } from './approvals';

let world: RefundWorld;
let checker: Operator;
beforeAll(async () => {
  world = await RefundWorld.start('full');
  checker = await Operator.of(world.payment);
});
afterAll(() => world.stop());

/** A paid sale of 100 000 of a merchant who gives back at most 30 000 without a second person. */
const limitedSale = async (): Promise<PaidSale> => {
  const shop = await world.payment.shop(null);
  await world.payment.post(shop, '/configurations', { code: 'PAYMENT_SETTINGS', tValue: { refundLimitMinor: 30_000 } });
  return world.cashSale(shop);
};

const stateOf = async (id: string): Promise<string> => (await checker.get(`/approvals/${id}`)).body.state;

const audited = (id: string): Promise<Record<string, unknown>[]> =>
  world.payment.sql('SELECT action, actor_id, reason FROM "AuditTrail" WHERE entity_id = $1 ORDER BY created_at, id', [
    id,
  ]);

describe('a refund above the limit', () => {
  const ask = { amount: 30_001, reason: 'broken', refundToOriginalMethod: true };

  it('waits for a second person, and is then made once', async () => {
    const sale = await limitedSale();
    const request = { ...ask, clientReference: unique('RF') };
    const first = await world.refund(sale, request);
    expect(first).toMatchObject({ status: 202, body: { operation: 'refund.open', state: 'PENDING' } });
    const { approvalId } = first.body;
    expect((await world.refund(sale, request)).body.approvalId).toBe(approvalId);
    expect(await world.refund(sale, { ...request, approvalId })).toMatchObject({
      status: 409,
      body: { code: 'payment.approval.not_approved' },
    });
    expect((await checker.get(`/approvals/${approvalId}`)).body).toMatchObject({
      payload: { transactionId: sale.transactionId, merchantId: sale.shop.merchantId, ...request },
      reason: 'broken',
    });
    expect(await checker.approve(approvalId)).toMatchObject({ status: 200, body: { approvedBy: checker.userId } });
    const made = await world.refund(sale, { ...request, approvalId });
    expect(made).toMatchObject({ status: 200, body: { status: 'SUCCEEDED', amount: 30_001 } });
    expect(await stateOf(approvalId)).toBe('USED');
    expect((await audited(approvalId)).map(({ action }) => action)).toEqual([
      'approval.request',
      'approval.approve',
      'approval.use',
    ]);
    await expectBooksInOrder(world.payment);
  });

  it('is not needed up to the limit, and small ones count together', async () => {
    const sale = await limitedSale();
    expect((await world.refund(sale, { amount: 20_000 })).status).toBe(200);
    expect((await world.refund(sale, { amount: 10_000 })).status).toBe(200);
    expect((await world.refund(sale, { amount: 1 })).status).toBe(202);
  });

  it('is refused with an approval of something else', async () => {
    const sale = await limitedSale();
    const request = { ...ask, clientReference: unique('RF') };
    const { approvalId } = (await world.refund(sale, request)).body;
    await checker.approve(approvalId);
    const more = await world.refund(sale, { ...request, amount: 90_000, approvalId });
    expect(more).toMatchObject({ status: 422, body: { code: 'payment.approval.payload_differs' } });
    const other = await limitedSale();
    const foreign = await world.refund(other, { ...request, approvalId });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'payment.approval.not_found' } });
    expect((await world.payment.transaction(other.shop, other.transactionId)).refunded).toBe(0);
    expect(await stateOf(approvalId)).toBe('APPROVED');
  });

  it('of two at once with one approval only one is made', async () => {
    const sale = await limitedSale();
    const request = { ...ask, clientReference: unique('RF') };
    const { approvalId } = (await world.refund(sale, request)).body;
    await checker.approve(approvalId);
    const answers = await Promise.all([1, 2, 3, 4].map(() => world.refund(sale, { ...request, approvalId })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(
      await world.payment.sql('SELECT id FROM "Refund" WHERE transaction_id = $1', [sale.transactionId]),
    ).toHaveLength(1);
  });

  it('is not made by a refund that failed and is tried again after another, by whomever', async () => {
    const sale = await world.qrSale();
    const settings = { code: 'PAYMENT_SETTINGS', tValue: { refundLimitMinor: 30_000 } };
    await world.payment.post(sale.shop, '/configurations', settings);
    sale.vnpay.refund = 'refuse';
    const { body } = await world.refund(sale, { amount: 30_000 });
    await world.comesTo(sale, body.id, 'FAILED');
    sale.vnpay.refund = 'success';
    const other = await world.refund(sale, { amount: 30_000 });
    await world.comesTo(sale, other.body.id, 'SUCCEEDED');
    const byOwner = await world.retry(sale, body.id);
    expect(byOwner).toMatchObject({ status: 202, body: { operation: 'refund.retry' } });
    const inCash = { refundToOriginalMethod: false, method: '000_CASH', evidence: 'receipt 7' };
    expect((await world.retry(sale, body.id, inCash)).body.approvalId).not.toBe(byOwner.body.approvalId);
    const operator = await Operator.of(world.payment);
    const command = ['retry-refund', body.id, '--reason=the bank is back'];
    const asked = await operator.command([...command, '--json']);
    expect(asked.code).toBe(1);
    const { approvalId } = JSON.parse(asked.out).approval;
    expect(await operator.command([...command, `--approval=${approvalId}`])).toMatchObject({ code: 4 });
    expect((await operator.approve(approvalId)).status).toBe(403);
    expect((await checker.approve(approvalId)).status).toBe(200);
    expect((await world.retry(sale, body.id, { approvalId })).status).toBe(404);
    expect(await operator.command([...command, `--approval=${approvalId}`])).toMatchObject({ code: 0 });
    await world.comesTo(sale, body.id, 'SUCCEEDED');
    expect(await stateOf(approvalId)).toBe('USED');
    expect((await world.payment.transaction(sale.shop, sale.transactionId)).refunded).toBe(60_000);
    await expectBooksInOrder(world.payment);
  });

  it('is given by operators alone, never by people of a merchant, and serves him alone who asked', async () => {
    const sale = await limitedSale();
    const request = { ...ask, clientReference: unique('RF') };
    const { approvalId } = (await world.refund(sale, request)).body;
    const path = `/approvals/${approvalId}`;
    const { merchantId, organizerId } = sale.shop;
    const tokenOf = (role: string, merchants: string[] = [merchantId]) =>
      world.payment.token({ role, merchantIds: merchants, organizerIds: [organizerId] });
    const people: Record<string, string> = {
      'he who asked': sale.shop.token,
      'another owner of the merchant': await tokenOf(ROLES.owner),
      'a cashier of the merchant': await tokenOf(ROLES.cashier),
      'an employee of the merchant': await tokenOf(ROLES.employee),
      'the owner of another merchant': (await world.payment.shop(null)).token,
      'a service': await tokenOf(ROLES.service, []),
    };
    for (const [who, token] of Object.entries(people)) {
      const init = { token, body: JSON.stringify({ reason: 'mine' }), headers: { 'x-merchant-id': merchantId } };
      for (const act of ['approve', 'reject']) {
        expect((await world.payment.call('POST', `${BASE}/operations${path}/${act}`, init)).status, who).toBe(403);
      }
      expect((await world.payment.call('GET', `${BASE}/operations${path}`, { token })).status, who).toBe(403);
    }
    expect(await stateOf(approvalId)).toBe('PENDING');
    const admin = await Operator.of(world.payment, ROLES.admin);
    expect((await admin.approve(approvalId)).status).toBe(200);
    const colleague = { ...sale, shop: { ...sale.shop, token: people['another owner of the merchant'] ?? '' } };
    expect((await world.refund(colleague, { ...request, approvalId })).body.code).toBe('payment.approval.not_found');
    expect((await world.refund(sale, { ...request, approvalId })).status).toBe(200);
  });

  it('that an administrator asks for is approved by somebody else', async () => {
    const sale = await limitedSale();
    const admin = await Operator.of(world.payment, ROLES.admin);
    const body = JSON.stringify({ ...ask, clientReference: unique('RF') });
    const headers = { 'x-merchant-id': sale.shop.merchantId };
    const path = `${BASE}/transactions/${sale.transactionId}/refunds`;
    const asked = await world.payment.call('POST', path, { token: admin.token, body, headers });
    expect(asked.status).toBe(202);
    expect(await admin.approve(asked.body.approvalId)).toMatchObject({
      status: 403,
      body: { code: 'payment.approval.own' },
    });
    expect((await checker.approve(asked.body.approvalId)).status).toBe(200);
  });

  it('takes a second person, however small, where the limit cannot be read', async () => {
    const sale = await limitedSale();
    const { merchantId } = sale.shop;
    await world.payment.sql(`UPDATE "Configuration" SET t_value = 'v1.gone.AAAA' WHERE principal_id = $1`, [
      merchantId,
    ]);
    world.payment.app.get(PaymentSettings).drop(merchantId);
    expect((await world.refund(sale, { amount: 1 })).status).toBe(202);
  });

  it('asks nobody when it would be refused anyway', async () => {
    const sale = await limitedSale();
    expect((await world.refund(sale, { ...ask, amount: 100_001 })).status).toBe(409);
    const asked = await world.payment.sql('SELECT id FROM "Approval" WHERE merchant_id = $1', [sale.shop.merchantId]);
    expect(asked).toEqual([]);
  });
});

describe('approving', () => {
  const demandOf = (userId: string, change: Partial<ApprovalDemand> = {}): ApprovalDemand => ({
    operation: 'test.act',
    payload: { thing: unique('T'), amount: 5 },
    actor: { userId, isPod: false },
    merchantId: null,
    reason: 'a test',
    ...change,
  });

  const inTransaction = <T>(work: (approvals: Approvals, tx: Parameters<Approvals['use']>[0]) => Promise<T>) =>
    world.payment.app.get(Database).transaction((tx) => work(world.payment.app.get(Approvals), tx));

  it('is not for him who asked, but refusing is', async () => {
    const demand = demandOf(checker.userId);
    const { approvalId } = await inTransaction((approvals, tx) => approvals.request(tx, demand));
    expect(await checker.approve(approvalId)).toMatchObject({ status: 403, body: { code: 'payment.approval.own' } });
    expect(await stateOf(approvalId)).toBe('PENDING');
    expect((await checker.post(`/approvals/${approvalId}/reject`, { reason: 'not any more' })).status).toBe(200);
    expect(await stateOf(approvalId)).toBe('REJECTED');
    const other = await Operator.of(world.payment);
    expect(await other.approve(approvalId)).toMatchObject({
      status: 409,
      body: { code: 'payment.approval.not_pending' },
    });
  });

  it('is not for merchants, nor for the machine itself, which may look', async () => {
    const { approvalId } = await inTransaction((approvals, tx) => approvals.request(tx, demandOf('somebody')));
    const owner = await Operator.of(world.payment, ROLES.owner);
    expect((await owner.approve(approvalId)).status).toBe(403);
    const path = `/internal/api/payment/operations/approvals/${approvalId}`;
    expect((await world.payment.call('GET', path)).status).toBe(200);
    const approved = await world.payment.call('POST', `${path}/approve`, { body: '{"reason":"me"}' });
    expect(approved).toMatchObject({ status: 403, body: { code: 'payment.approval.person_required' } });
    expect(await stateOf(approvalId)).toBe('PENDING');
  });

  it('cannot be asked for by the machine, and the table knows two persons only', async () => {
    const demand = demandOf('pod:host', { actor: { userId: 'pod:host', isPod: true } });
    await expect(inTransaction((approvals, tx) => approvals.request(tx, demand))).rejects.toMatchObject({
      code: 'payment.approval.person_required',
    });
    const { approvalId } = await inTransaction((approvals, tx) => approvals.request(tx, demandOf('maker')));
    for (const name of ['maker', 'pod:host']) {
      const sql = `UPDATE "Approval" SET state = 'APPROVED', approved_by = $2 WHERE id = $1`;
      await expect(world.payment.sql(sql, [approvalId, name])).rejects.toThrow('violates check constraint');
    }
  });

  it('stays unused when the action is undone', async () => {
    const demand = demandOf('maker');
    const { approvalId } = await inTransaction((approvals, tx) => approvals.request(tx, demand));
    await checker.approve(approvalId);
    const undone = inTransaction(async (approvals, tx) => {
      await approvals.use(tx, approvalId, demand);
      throw new Error('the action failed');
    });
    await expect(undone).rejects.toThrow('the action failed');
    expect(await stateOf(approvalId)).toBe('APPROVED');
    const used = await inTransaction((approvals, tx) => approvals.use(tx, approvalId, demand));
    expect(used.approvedBy).toBe(checker.userId);
    await expect(inTransaction((approvals, tx) => approvals.use(tx, approvalId, demand))).rejects.toMatchObject({
      code: 'payment.approval.used',
    });
  });

  it('ends: what is over cannot be approved or used, and asking again is another one', async () => {
    const demand = demandOf('maker');
    const ask = () => inTransaction((approvals, tx) => approvals.request(tx, demand));
    const { approvalId } = await ask();
    await checker.approve(approvalId);
    await world.payment.sql(`UPDATE "Approval" SET expires_at = now() WHERE id = $1`, [approvalId]);
    await expect(inTransaction((approvals, tx) => approvals.use(tx, approvalId, demand))).rejects.toMatchObject({
      code: 'payment.approval.expired',
    });
    expect(await stateOf(approvalId)).toBe('EXPIRED');
    expect((await ask()).approvalId).not.toBe(approvalId);
    await eventually(async () => {
      const [row] = await world.payment.sql('SELECT state FROM "Approval" WHERE id = $1', [approvalId]);
      return row?.['state'] === 'EXPIRED';
    });
  });
});

describe('the commands', () => {
  it('list, approve and reject', async () => {
    const sale = await limitedSale();
    const { approvalId } = (await world.refund(sale, { amount: 50_000 })).body;
    const listed = await checker.command(['approvals', 'list']);
    expect(listed.code).toBe(1);
    expect(listed.out).toMatch(new RegExp(`${approvalId} +PENDING +refund.open .*"amount":50000`));
    expect(await checker.command(['approvals', 'approve', approvalId, '--reason=ok', '--dry-run'])).toMatchObject({
      code: 0,
      out: expect.stringContaining(`/operations/approvals/${approvalId}/approve`),
    });
    expect(await stateOf(approvalId)).toBe('PENDING');
    expect(await checker.command(['approvals', 'approve', approvalId, '--reason=ok'], 'machine')).toMatchObject({
      code: 4,
      error: expect.stringContaining('payment.approval.person_required'),
    });
    const approved = await checker.command(['approvals', 'approve', approvalId, '--reason=ok']);
    expect(approved).toMatchObject({ code: 0, out: expect.stringContaining('refund.open is APPROVED') });
    expect((await checker.command(['approvals', 'reject', approvalId, '--reason=no'])).code).toBe(4);
  });
});
