import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SealChains } from '../../ledger/chain/seal-chains';
import { balancesOf, expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { Operator } from '../../testing/operator.fixture';
import { now, unique } from '../../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../../testing/refund-world.fixture';
import { newTrace } from '../../testing/vnpay.fixture';
import type { SuspenseView } from '../suspense/suspense.dto';
import { WatchInvariants } from './watch-invariants';

let world: RefundWorld;
let operator: Operator;
let other: Operator;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
  [operator, other] = [await Operator.of(world.payment), await Operator.of(world.payment)];
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const block = (sale: Pick<PaidSale, 'transactionId'>) =>
  operator.post(`/transactions/${sale.transactionId}/block`, { reason: 'the figures look wrong' });
const unblock = async (sale: Pick<PaidSale, 'transactionId'>) => {
  const path = `/transactions/${sale.transactionId}/unblock`;
  const asked = await operator.post(path, { reason: 'looked at it' });
  if (asked.status !== 202) return asked;
  await other.approve(asked.body.approvalId);
  return operator.post(path, { reason: 'looked at it', approvalId: asked.body.approvalId });
};
const pay = async (sale: PaidSale, change: object = {}): Promise<string> => {
  const qrTrace = newTrace();
  await world.payment.ipn(sale.shop, { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace, ...change });
  await world.payment.processed(sale.shop);
  return qrTrace;
};
const read = (sale: PaidSale) => world.payment.transaction(sale.shop, sale.transactionId);
const events = async (sale: PaidSale, type: string): Promise<number> => {
  const [row] = await world.payment.sql(
    'SELECT count(*)::int AS count FROM "Outbox" WHERE aggregate_id = $1 AND event_type = $2',
    [sale.transactionId, `mq-pay:${type}`],
  );
  return Number(row?.['count']);
};

describe('a blocked transaction', () => {
  it('keeps aside what comes in, gives nothing out, and is told once', async () => {
    const sale = await world.unknownSale({ total: 100_000 });
    expect((await block(sale)).body).toMatchObject({ status: '403_BLOCKED' });
    expect((await block(sale)).status).toBe(200);
    await pay(sale);
    expect(await read(sale)).toMatchObject({ status: '403_BLOCKED', paid: 0 });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      SUSPENSE: 100_000n,
    });
    expect(await world.findings(sale)).toEqual([
      'BLOCKED_BY_OPERATOR OPEN',
      'OUTCOME_UNKNOWN RESOLVED PROVEN',
      'TRANSACTION_BLOCKED OPEN',
    ]);
    expect([await events(sale, 'transaction.blocked'), await events(sale, 'attempt.success')]).toEqual([1, 0]);
    const { source } = await read(sale);
    const more = await world.payment.checkout(sale.shop, { sourceId: source.id, transactionId: sale.transactionId });
    expect(more).toMatchObject({ status: 409, body: { code: 'payment.checkout.transaction_closed' } });
  });

  it('opens no refund and sends none that is open', async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'success';
    await world.payment.sql(`UPDATE "Transaction" SET status = '403_BLOCKED', blocked_from = status WHERE id = $1`, [
      sale.transactionId,
    ]);
    expect((await world.refund(sale)).body.code).toBe('payment.refund.transaction_blocked');
    expect((await operator.post(`/transactions/${sale.transactionId}/unblock`, { reason: 'x' })).status).toBe(202);
    await unblock(sale);
    expect((await read(sale)).status).toBe('304_SETTLED');
    const { body } = await world.refund(sale, { amount: 10_000 });
    await world.comesTo(sale, body.id, 'SUCCEEDED');
  });

  it('goes on in the state that the evidence proves, and what came in time counts', async () => {
    const sale = await world.unknownSale({ total: 100_000 });
    await block(sale);
    const qrTrace = await pay(sale);
    const done = await unblock(sale);
    expect(done.body).toMatchObject({ status: '304_SETTLED', paid: 100_000, openAmount: 0 });
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      SUSPENSE: 0n,
      MERCHANT_OWN: 100_000n,
    });
    expect(await world.findings(sale)).toEqual([
      'BLOCKED_BY_OPERATOR RESOLVED UNBLOCKED',
      'OUTCOME_UNKNOWN RESOLVED PROVEN',
      'TRANSACTION_BLOCKED RESOLVED ACCEPTED',
    ]);
    expect([await events(sale, 'attempt.success'), await events(sale, 'transaction.settled')]).toEqual([1, 1]);
    const again = { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace };
    await world.payment.ipn(sale.shop, again);
    await world.payment.processed(sale.shop);
    expect(await read(sale)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(await unblock(sale)).toMatchObject({ status: 409, body: { code: 'payment.transaction.not_blocked' } });
    // What was accepted can be taken back like any payment.
    const evidence = { source: 'report', reference: qrTrace };
    const reversed = await operator.post(`/transactions/${sale.transactionId}/reverse`, { evidence });
    expect(reversed.body).toMatchObject({ outcome: 'REVERSED', transaction: { status: '100_NEW', paid: 0 } });
  });

  it('lets only the rest go back by itself, and only after it was unblocked', async () => {
    const sale = await world.unknownSale({ total: 100_000, amount: 60_000 });
    await world.payment.post(sale.shop, '/configurations', { code: 'PAYMENT_SETTINGS', tValue: { autoRefund: true } });
    sale.vnpay.refund = 'success';
    await block(sale);
    const first = await pay(sale, { amount: 60_000 });
    const second = await pay(sale, { amount: 60_000 });
    await world.payment.sql('UPDATE "SuspenseItem" SET auto_refund_at = now() WHERE transaction_id = $1', [
      sale.transactionId,
    ]);
    await eventually(async () => {
      const rows = await world.payment.sql(
        'SELECT auto_refund_at > now() AS later FROM "SuspenseItem" WHERE transaction_id = $1',
        [sale.transactionId],
      );
      return rows.length === 2 && rows.every((row) => row['later'] === true);
    });
    await unblock(sale);
    expect(await read(sale)).toMatchObject({ status: '300_PARTIAL', paid: 60_000 });
    const calls = await eventually(() => {
      const found = sale.vnpay.calls.filter(({ path }) => path === '/refund');
      return Promise.resolve(found.length > 0 ? found : undefined);
    });
    expect([first, second]).toContain(calls[0]?.body['qrTrace']);
    await eventually(async () => (await world.findings(sale)).includes('TRANSACTION_BLOCKED RESOLVED REFUNDED'));
    expect(await world.findings(sale)).toContain('TRANSACTION_BLOCKED RESOLVED ACCEPTED');
    expect((await balancesOf(world.payment, sale.transactionId))['SUSPENSE']).toBe(0n);
    expect(sale.vnpay.calls.filter(({ path }) => path === '/refund')).toHaveLength(1);
  });

  it('is not one that is closed', async () => {
    const shop = await world.payment.shop(null);
    const { body } = await world.payment.checkout(shop);
    const transactionId = String(body.transaction.id);
    await world.payment.post(shop, '/payments/cancel', { transactionId, reason: 'left' });
    expect((await block({ transactionId })).body.code).toBe('payment.transaction.not_blockable');
  });

  it('and a callback at once never lose the money', { timeout: 30_000 }, async () => {
    for (let round = 0; round < 4; round += 1) {
      const sale = await world.unknownSale({ total: 100_000 });
      await Promise.all([block(sale), pay(sale), block(sale)]);
      const { status, paid } = await read(sale);
      expect(status).toBe('403_BLOCKED');
      const aside = (await balancesOf(world.payment, sale.transactionId))['SUSPENSE'] ?? 0n;
      expect(BigInt(paid) + aside).toBe(100_000n);
      await Promise.all([unblock(sale), pay(sale, { amount: 90_000 })]);
      expect(await read(sale)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
      await expectBooksInOrder(world.payment);
    }
  });
});

describe('the watch over invariants', () => {
  const look = async (): Promise<void> => {
    await world.payment.app.get(SealChains).round();
    await world.payment.app.get(WatchInvariants).round();
  };

  it('blocks a transaction that does not add up, and none that does', async () => {
    const sale = await world.unknownSale({ total: 100_000 });
    const sound = await world.qrSale();
    const set = (by: string) =>
      world.payment.sql(`UPDATE "Transaction" SET open_amount = open_amount + $2 WHERE id = $1`, [
        sale.transactionId,
        by,
      ]);
    await set('1');
    await pay(sale);
    await eventually(async () => {
      await look();
      return (await read(sale)).status === '403_BLOCKED';
    });
    expect((await read(sound)).status).toBe('304_SETTLED');
    const [finding] = await world.payment.sql(
      `SELECT detail FROM "Finding" WHERE transaction_id = $1 AND code = 'INVARIANT_BROKEN'`,
      [sale.transactionId],
    );
    expect(finding?.['detail']).toBe(
      'The transaction does not add up: the open amount is 1, but its open attempts ask for 0.',
    );
    expect(await unblock(sale)).toMatchObject({
      status: 409,
      body: { code: 'payment.transaction.still_broken', broken: [expect.stringContaining('the open amount is 1')] },
    });
    await set('-1');
    expect((await unblock(sale)).body).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(await world.findings(sale)).toContain('INVARIANT_BROKEN RESOLVED UNBLOCKED');
  });
});

describe('money in suspense', () => {
  const itemOf = async (sale: PaidSale): Promise<SuspenseView | undefined> =>
    (await operator.get<{ data: SuspenseView[] }>(`/suspense?merchantId=${sale.shop.merchantId}`)).body.data[0];

  it('of another amount is accepted by a person as far as it is due', async () => {
    const sale = await world.unknownSale({ total: 100_000 });
    await pay(sale, { amount: 90_000 });
    const item = await itemOf(sale);
    expect(item).toMatchObject({ reason: 'WRONG_AMOUNT', left: 90_000, attemptId: sale.attemptId });
    const accepted = await operator.post(`/suspense/${item?.id}/accept`, { reason: 'the buyer pays the rest in cash' });
    expect(accepted.body).toMatchObject({ status: '300_PARTIAL', paid: 90_000 });
    expect(await world.findings(sale)).toContain('WRONG_AMOUNT RESOLVED ACCEPTED');
    expect((await operator.post(`/suspense/${item?.id}/accept`, { reason: 'again' })).body.code).toBe(
      'payment.suspense.not_acceptable',
    );
    expect(await itemOf(sale)).toBeUndefined();
  });

  it('goes back because a person says so, once, and not from what is settled into the sale', async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'success';
    await pay(sale);
    const item = await itemOf(sale);
    expect((await operator.post(`/suspense/${item?.id}/accept`, { reason: 'x' })).body.code).toBe(
      'payment.suspense.not_acceptable',
    );
    const done = await operator.command(['suspense', 'refund', item?.id ?? '', '--reason=paid twice']);
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining('0 waits, 100000 went back') });
    expect((await operator.post(`/suspense/${item?.id}/refund`, { reason: 'again' })).body).toMatchObject({
      code: 'payment.suspense.not_refundable',
      because: 'OPENED_BEFORE',
    });
    await eventually(async () => (await world.findings(sale)).includes('SECOND_PAYMENT RESOLVED REFUNDED'));
  });

  it('without an attempt is matched to one by evidence, and then accepted', async () => {
    const sale = await world.unknownSale({ total: 100_000 });
    const qrTrace = newTrace();
    const stray = { txnId: unique('ATTX').slice(0, 15).toUpperCase(), amount: 100_000, paidAtMs: now(), qrTrace };
    await world.payment.ipn(sale.shop, stray);
    await world.payment.processed(sale.shop);
    const item = await itemOf(sale);
    expect(item).toMatchObject({ reason: 'NO_ATTEMPT', attemptId: null, transactionId: null });
    const refused = await operator.post(`/suspense/${item?.id}/accept`, { reason: 'x' });
    expect(refused.body.code).toBe('payment.suspense.not_matched');
    const foreign = await world.unknownSale();
    const evidence = { source: "the buyer's receipt", documentHash: 'a'.repeat(64) };
    const match = (attemptId: string) => operator.post(`/suspense/${item?.id}/match`, { attemptId, evidence });
    expect((await match(foreign.attemptUid)).body.errors[0]?.pointer).toBe('/attemptId');
    const answers = await Promise.all([match(sale.attemptUid), match(sale.attemptId)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const accepted = await operator.post(`/suspense/${item?.id}/accept`, { reason: 'it was meant for this sale' });
    expect(accepted.body).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(accepted.body.attempts[0]).toMatchObject({ status: '302_SUCCESS', providerReference: qrTrace });
    expect(await world.findings(sale)).toContain('NO_ATTEMPT RESOLVED ACCEPTED');
    // The same payment under its right name, later, is known.
    await world.payment.ipn(sale.shop, { ...stray, txnId: sale.attemptUid });
    await world.payment.processed(sale.shop);
    expect(await read(sale)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
  });

  it('is accepted or given back, never both', { timeout: 30_000 }, async () => {
    for (let round = 0; round < 4; round += 1) {
      const sale = await world.unknownSale({ total: 100_000 });
      sale.vnpay.refund = 'success';
      await pay(sale, { amount: 90_000 });
      const item = await itemOf(sale);
      const answers = await Promise.all(
        ['accept', 'refund', 'accept'].map((act) => operator.post(`/suspense/${item?.id}/${act}`, { reason: 'race' })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      await expectBooksInOrder(world.payment);
    }
  });
});
