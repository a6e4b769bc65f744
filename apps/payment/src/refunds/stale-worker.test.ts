import { hasSqlState } from '@nx/persistence';
import { WorkerFence } from '@nx/reliable';
import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayPeer } from '../testing/gateway-peer.fixture';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import { RefundWorld } from '../testing/refund-world.fixture';
import { WorkOnRefund } from './work-on-refund';

/** A service without workers of its own: the test is the worker that is stopped, and its successor. */
let world: RefundWorld;
beforeAll(async () => {
  world = await RefundWorld.start('api');
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const REFERENCE = '14999001';
const answer = (asked: Record<string, string>, status: string) => ({
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
});
const sent = (peer: GatewayPeer) => peer.asked.filter((asked) => asked['vnp_Command'] === 'refund');
const work = (tryId: string): Promise<void> => world.payment.app.get(WorkOnRefund).execute(tryId);

/** What the database sees of a worker that is stopped for longer than its lease lasts: nobody renewed it. */
const leaseEnds = (): Promise<unknown> =>
  world.payment.sql(
    `UPDATE platform."WorkerLease" SET expires_at = '-infinity' WHERE lease_name LIKE 'payment/worker/%'`,
  );

const opened = async () => {
  const sale = await world.gatewaySale();
  sale.peer.answer = (asked) => answer(asked, '06');
  const { body } = await world.refund(sale, { amount: 40_000 });
  return { sale, refund: body, tryId: String(body.tries[0]?.id) };
};
const operationsOf = (tryId: string) =>
  world.payment.sql(
    `SELECT kind, outcome, fencing_token::text AS token FROM "ProviderOperation" WHERE attempt_id = $1
     ORDER BY started_at, id`,
    [tryId],
  );

describe('a worker whose lease has ended', () => {
  it('cannot begin a refund: nothing is sent, and the next one, under a higher token, does it', async () => {
    const first = await opened();
    await work(first.tryId);
    const [earlier] = await operationsOf(first.tryId);
    const { sale, refund, tryId } = await opened();
    await leaseEnds();
    await work(tryId);
    expect(sent(sale.peer)).toHaveLength(0);
    expect(await operationsOf(tryId)).toEqual([]);
    expect(await world.one(sale, refund.id)).toMatchObject({ tries: [{ status: '100_NEW' }] });
    await work(tryId);
    expect(sent(sale.peer)).toHaveLength(1);
    const [later] = await operationsOf(tryId);
    expect(Number(later?.['token'])).toBeGreaterThan(Number(earlier?.['token']));
  });

  it('cannot settle what it sent meanwhile: that is unknown, is asked about, and paid once', async () => {
    const { sale, refund, tryId } = await opened();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    sale.peer.answer = async (asked) => {
      if (asked['vnp_Command'] === 'refund') await held;
      return answer(asked, '06');
    };
    const stopped = work(tryId);
    await eventually(() => sent(sale.peer).length === 1);
    await leaseEnds();
    release();
    await stopped;
    // Its answer was not taken, although nobody has given the call up yet.
    expect(await world.one(sale, refund.id)).toMatchObject({ status: 'SENT', tries: [{ status: '204_SENT' }] });
    expect(await operationsOf(tryId)).toMatchObject([{ kind: 'REFUND', outcome: null }]);
    await world.due(tryId);
    await work(tryId);
    expect(await world.one(sale, refund.id)).toMatchObject({ status: 'UNKNOWN', tries: [{ reason: 'NO_RESULT' }] });
    await world.due(tryId);
    await work(tryId);
    expect((await world.one(sale, refund.id)).status).toBe('SUCCEEDED');
    expect(sent(sale.peer)).toHaveLength(1);
    expect((await operationsOf(tryId)).map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['REFUND', 'UNKNOWN'],
      ['QUERY', 'SUCCEEDED'],
    ]);
  });

  it('sends nothing any more when it was stopped between its claim and the call', async () => {
    const { sale, refund, tryId } = await opened();
    // The claim waits behind this lock; when it is through, the lease that it was made under is no longer this one's.
    await world.payment.admin.query('BEGIN');
    await world.payment.admin.query('SELECT 1 FROM "Transaction" WHERE id = $1 FOR UPDATE', [sale.transactionId]);
    const stopped = work(tryId);
    await eventually(async () => {
      const { rows } = await world.payment.runtime.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length === 1;
    });
    world.payment.app.get(WorkerFence).lost();
    await world.payment.admin.query('COMMIT');
    await stopped;
    expect(sale.peer.asked).toHaveLength(0);
    expect(await world.one(sale, refund.id)).toMatchObject({ status: 'SENT', tries: [{ status: '204_SENT' }] });
    await world.due(tryId);
    await work(tryId);
    expect((await world.one(sale, refund.id)).status).toBe('UNKNOWN');
  });

  it('is refused by the database itself, whatever the program believes', async () => {
    const { sale, tryId } = await opened();
    const { merchantId } = sale.shop;
    const begin = (token: string) =>
      world.payment.runtime.query(
        `INSERT INTO "ProviderOperation" (id, attempt_id, transaction_id, merchant_id, provider, kind, started_at,
           fencing_token) VALUES ($1, $2, $3, $4, 'VNPAY_GATEWAY', 'REFUND', now(), $5)`,
        [`${tryId}-${token}`, tryId, sale.transactionId, merchantId, token],
      );
    const lease = async (expires: string): Promise<string> => {
      const [row] = await world.payment.sql<{ token: string }>(
        `INSERT INTO platform."WorkerLease" VALUES ($1, 'test', nextval('platform.fencing_token'), now(), $2)
         RETURNING fencing_token::text AS token`,
        [`test-${expires}-${tryId}`, expires],
      );
      return row?.token ?? '';
    };
    const refused = (error: unknown): boolean => hasSqlState(error, 'NXF01');
    await expect(begin('999999999')).rejects.toSatisfy(refused);
    await expect(begin(await lease('-infinity'))).rejects.toSatisfy(refused);
    const held = await lease('infinity');
    await begin(held);
    const finish = (token: string) =>
      world.payment.runtime.query(
        `UPDATE "ProviderOperation" SET finished_at = now(), outcome = 'UNKNOWN', fencing_token = $2 WHERE id = $1`,
        [`${tryId}-${held}`, token],
      );
    await expect(finish('1')).rejects.toSatisfy(refused);
    await finish(held);
    await expect(finish(held)).rejects.toSatisfy(refused);
  });
});
