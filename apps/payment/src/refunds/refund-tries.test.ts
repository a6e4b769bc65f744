import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayPeer } from '../testing/gateway-peer.fixture';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { Operator } from '../testing/operator.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import type { RefundView } from './refund.dto';
import { WorkOnRefund } from './work-on-refund';

let world: RefundWorld;
/** A service without workers: the test does their work, and leaves it undone. */
let alone: RefundWorld;
beforeAll(async () => {
  world = await RefundWorld.start();
  alone = await RefundWorld.start('api');
});
afterEach(() => Promise.all([expectBooksInOrder(world.payment), expectBooksInOrder(alone.payment)]));
afterAll(() => Promise.all([world.stop(), alone.stop()]));

const REFERENCE = '14999001';

/** VNPAY accepts a refund, and says of it what `status` says. */
const answerWith = (peer: GatewayPeer, status: string, change: Record<string, string> = {}): void => {
  peer.answer = (asked) => ({
    ResponseId: 'R1',
    Command: asked['vnp_Command'] ?? '',
    ResponseCode: '00',
    Message: 'OK',
    Amount: asked['vnp_Amount'] ?? '4000000',
    BankCode: 'NCB',
    PayDate: '20261121120000',
    TransactionNo: REFERENCE,
    TransactionType: '03',
    TransactionStatus: asked['vnp_Command'] === 'refund' ? '05' : status,
    OrderInfo: 'refund',
    ...change,
  });
};
const sent = (peer: GatewayPeer) => peer.asked.filter((asked) => asked['vnp_Command'] === 'refund');
const queried = (peer: GatewayPeer) => peer.asked.filter((asked) => asked['vnp_Command'] === 'querydr');

const accepted = async (): Promise<{ sale: PaidSale & { peer: GatewayPeer }; refund: RefundView; tryId: string }> => {
  const sale = await world.gatewaySale();
  answerWith(sale.peer, '05');
  const { body } = await world.refund(sale, { amount: 40_000 });
  return eventually(async () => {
    const refund = await world.one(sale, body.id);
    const [first] = refund.tries;
    return first?.providerReference === REFERENCE && { sale, refund, tryId: first.id };
  });
};

describe('a refund over the gateway', () => {
  it('is only accepted by 00, and succeeds when VNPAY says that it went to the bank', async () => {
    const { sale, refund, tryId } = await accepted();
    expect(refund).toMatchObject({ status: 'SENT', tries: [{ status: '204_SENT' }] });
    expect(sent(sale.peer)[0]).toMatchObject({ vnp_TransactionType: '03', vnp_Amount: '4000000' });
    expect(await world.events(sale)).toEqual([]);
    await world.due(tryId);
    await eventually(() => Promise.resolve(queried(sale.peer).length === 1));
    expect((await world.one(sale, refund.id)).status).toBe('SENT');
    answerWith(sale.peer, '06');
    await eventually(async () => (await stepOf(world, tryId)) === 1);
    await world.due(tryId);
    const done = await world.comesTo(sale, refund.id, 'SUCCEEDED');
    expect(done).toMatchObject({ toBeConfirmed: false, tries: [{ status: '302_SUCCESS' }] });
    expect(sent(sale.peer)).toHaveLength(1);
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 60_000n,
      MERCHANT_OWN: 60_000n,
      REFUND_PAYABLE: 0n,
    });
  });

  it('that the bank refuses has failed, and can be asked for again', async () => {
    const { sale, refund, tryId } = await accepted();
    answerWith(sale.peer, '09');
    await world.due(tryId);
    await world.comesTo(sale, refund.id, 'FAILED');
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      MERCHANT_OWN: 100_000n,
      REFUND_PAYABLE: 0n,
    });
    answerWith(sale.peer, '06', { TransactionNo: '14999002' });
    const again = await world.retry(sale, refund.id);
    expect(again.body).toMatchObject({ status: 'SENT', tries: [{ status: '500_FAIL' }, { status: '100_NEW' }] });
    await eventually(() => Promise.resolve(sent(sale.peer).length === 2));
    const [first, second] = sent(sale.peer);
    expect(second?.['vnp_RequestId']).not.toBe(first?.['vnp_RequestId']);
    await eventually(async () => (await world.one(sale, refund.id)).tries[1]?.providerReference === '14999002');
    await world.due(again.body.tries[1]?.id ?? '');
    await world.comesTo(sale, refund.id, 'SUCCEEDED');
  });

  it('takes what the platform holds for the merchant, and gives it back there when it fails', async () => {
    const sale = await world.gatewaySale({ settlementModel: 'PLATFORM' });
    answerWith(sale.peer, '05', { ResponseCode: '02' });
    const { body } = await world.refund(sale, { amount: 40_000 });
    await world.comesTo(sale, body.id, 'FAILED');
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      MERCHANT_PAYABLE: 100_000n,
      REFUND_PAYABLE: 0n,
    });
    answerWith(sale.peer, '06');
    const again = await world.retry(sale, body.id);
    await eventually(async () => (await world.one(sale, body.id)).tries[1]?.providerReference === REFERENCE);
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      MERCHANT_PAYABLE: 60_000n,
      REFUND_PAYABLE: 40_000n,
    });
    await world.due(again.body.tries[1]?.id ?? '');
    await world.comesTo(sale, body.id, 'SUCCEEDED');
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({ PROVIDER_RECEIVABLE: 60_000n });
  });

  it('is asked about later when VNPAY was asked too soon, without using up a step', async () => {
    const { sale, refund, tryId } = await accepted();
    answerWith(sale.peer, '05', { ResponseCode: '94' });
    await world.due(tryId);
    await eventually(() => Promise.resolve(queried(sale.peer).length === 1));
    await eventually(async () => {
      const [row] = await world.payment.sql(
        `SELECT query_step, next_query_at > now() + interval '1 min' AS later FROM "PaymentAttempt" WHERE id = $1`,
        [tryId],
      );
      return row?.['later'] === true && row['query_step'] === 0;
    });
    expect((await world.one(sale, refund.id)).status).toBe('SENT');
  });

  it('whose answer was lost is asked about once more when a person checks, its schedule being used up', async () => {
    const sale = await world.gatewaySale();
    sale.peer.answer = () => null;
    const { body } = await world.refund(sale, { amount: 40_000 });
    await world.comesTo(sale, body.id, 'UNKNOWN');
    await world.payment.sql('UPDATE "PaymentAttempt" SET next_query_at = NULL WHERE id = $1', [
      body.tries[0]?.id ?? '',
    ]);
    answerWith(sale.peer, '06');
    const operator = await Operator.of(world.payment);
    expect((await operator.post(`/transactions/${sale.transactionId}/check`)).status).toBe(200);
    // The payment is asked about first; then it is the refund's turn at the terminal.
    await world.due(body.tries[0]?.id ?? '');
    await world.comesTo(sale, body.id, 'SUCCEEDED');
    expect(sent(sale.peer)).toHaveLength(1);
  });

  it('is handed to a person when the schedule is used up', async () => {
    const { sale, refund, tryId } = await accepted();
    await world.payment.sql('UPDATE "PaymentAttempt" SET query_step = 6 WHERE id = $1', [tryId]);
    await world.due(tryId);
    await eventually(async () => {
      const rows = await world.payment.sql('SELECT code FROM "Finding" WHERE transaction_id = $1', [
        sale.transactionId,
      ]);
      return rows.length === 1 && rows[0]?.['code'] === 'REFUND_UNKNOWN';
    });
    expect(await world.one(sale, refund.id)).toMatchObject({ status: 'SENT' });
  });
});

const stepOf = async (of: RefundWorld, attemptId: string): Promise<unknown> => {
  const [row] = await of.payment.sql('SELECT query_step FROM "PaymentAttempt" WHERE id = $1', [attemptId]);
  return row?.['query_step'];
};

describe('workers that die', () => {
  const work = (attemptId: string): Promise<void> => alone.payment.app.get(WorkOnRefund).execute(attemptId);
  const opened = async () => {
    const sale = await alone.gatewaySale();
    answerWith(sale.peer, '06');
    const { body } = await alone.refund(sale, { amount: 40_000 });
    return { sale, refund: body, tryId: String(body.tries[0]?.id ?? '') };
  };
  /** The row of a try as a worker leaves it that dies after its claim. */
  const die = async (sale: PaidSale, tryId: string): Promise<void> => {
    await alone.payment.sql(
      `UPDATE "PaymentAttempt" SET status = '204_SENT', sent_at = now(), next_query_at = now() WHERE id = $1`,
      [tryId],
    );
    await alone.payment.sql(`UPDATE "Refund" SET status = 'SENT' WHERE transaction_id = $1`, [sale.transactionId]);
    await alone.payment.sql(
      `INSERT INTO "ProviderOperation" (id, attempt_id, transaction_id, merchant_id, provider, kind, started_at)
       VALUES ($1, $1, $2, $3, 'VNPAY_GATEWAY', 'REFUND', now())`,
      [tryId, sale.transactionId, sale.shop.merchantId],
    );
  };

  it('before they begin leave the refund to the next one', async () => {
    const { sale, refund, tryId } = await opened();
    expect(sent(sale.peer)).toHaveLength(0);
    await work(tryId);
    expect(sent(sale.peer)).toHaveLength(1);
    expect((await alone.one(sale, refund.id)).status).toBe('SENT');
  });

  it('after their claim leave an unknown outcome: it is asked about and never sent again', async () => {
    const { sale, refund, tryId } = await opened();
    await die(sale, tryId);
    await work(tryId);
    const unknown = await alone.one(sale, refund.id);
    expect(unknown).toMatchObject({ status: 'UNKNOWN', tries: [{ status: '000_UNKNOWN', reason: 'NO_RESULT' }] });
    await work(tryId);
    expect(sale.peer.asked).toHaveLength(0);
    // The first refund of this payment that VNPAY knows can only be this one.
    answerWith(sale.peer, '06', { Amount: '4000000' });
    await alone.due(tryId);
    await work(tryId);
    expect(queried(sale.peer)).toHaveLength(1);
    expect((await alone.one(sale, refund.id)).status).toBe('SUCCEEDED');
    expect(sent(sale.peer)).toHaveLength(0);
  });

  it('during the call are overtaken without a second call; their late answer changes nothing', async () => {
    const { sale, refund, tryId } = await opened();
    sale.peer.answer = () => null;
    const hanging = work(tryId);
    await eventually(() => Promise.resolve(sent(sale.peer).length === 1));
    await work(tryId);
    expect((await alone.one(sale, refund.id)).status).toBe('SENT');
    await alone.due(tryId);
    await work(tryId);
    expect((await alone.one(sale, refund.id)).status).toBe('UNKNOWN');
    await hanging;
    expect(await alone.one(sale, refund.id)).toMatchObject({ status: 'UNKNOWN', tries: [{ reason: 'NO_RESULT' }] });
    expect(sent(sale.peer)).toHaveLength(1);
    const [operation] = await alone.payment.sql(`SELECT outcome FROM "ProviderOperation" WHERE attempt_id = $1`, [
      tryId,
    ]);
    expect(operation).toEqual({ outcome: 'UNKNOWN' });
  });

  it('at once are one: eight workers send once, and a job that comes again sends nothing', async () => {
    const { sale, refund, tryId } = await opened();
    await Promise.all(Array.from({ length: 8 }, () => work(tryId)));
    await work(tryId);
    expect(sent(sale.peer)).toHaveLength(1);
    expect((await alone.one(sale, refund.id)).tries).toMatchObject([{ providerReference: REFERENCE }]);
    const operations = await alone.payment.sql('SELECT 1 FROM "ProviderOperation" WHERE attempt_id = $1', [tryId]);
    expect(operations).toHaveLength(1);
  });

  it('find a blocked transaction and send nothing', async () => {
    const { sale, tryId } = await opened();
    await alone.payment.sql(`UPDATE "Transaction" SET status = '403_BLOCKED' WHERE id = $1`, [sale.transactionId]);
    await work(tryId);
    expect(sale.peer.asked).toHaveLength(0);
    await alone.payment.sql(`UPDATE "Transaction" SET status = '304_SETTLED' WHERE id = $1`, [sale.transactionId]);
    await alone.due(tryId);
    await work(tryId);
    expect(sent(sale.peer)).toHaveLength(1);
  });

  it('reach nobody: what provably did not leave has failed', async () => {
    const { sale, refund, tryId } = await opened();
    await sale.peer.stop();
    await work(tryId);
    expect(await alone.one(sale, refund.id)).toMatchObject({
      status: 'FAILED',
      tries: [{ status: '500_FAIL', reason: 'NOT_SENT' }],
    });
  });
});
