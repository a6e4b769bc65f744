import { Database } from '@nx/persistence';
import { eventually, openWire, privatePostgres, type PrivatePostgresServers, type Wire } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHAIN_BOOKS } from '../ledger/chain/chain-book';
import { verifyChain } from '../ledger/chain/verify-chain';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import { Operator } from '../testing/operator.fixture';
import { BASE, now, PaymentWorld, unique, type Answer, type Shop } from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';

vi.setConfig({ testTimeout: 120_000 });
const PATIENCE = { timeoutMs: 60_000 };

let servers: PrivatePostgresServers;
let wire: Wire;
let first: PaymentWorld;
let shop: Shop;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  servers = await privatePostgres();
  closing.push(() => servers.stop());
  wire = await openWire(servers.first.url);
  closing.push(() => wire.close());
  first = await PaymentWorld.start({
    postgresAdminUrl: wire.through,
    extra: { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' },
  });
  closing.push(() => first.stop());
  shop = await first.shop();
});
afterAll(async () => {
  const failed: unknown[] = [];
  for (const close of closing.toReversed()) await close().catch((error: unknown) => failed.push(error));
  expect(failed).toEqual([]);
});

/** The position of the log up to which everything is to come back, and what the archive needs of it. */
const pointInTime = async (): Promise<{ lsn: string; file: string }> => {
  const [point] = await first.sql<{ lsn: string; file: string }>(
    'SELECT l::text AS lsn, pg_walfile_name(l) AS file FROM pg_current_wal_insert_lsn() AS l',
  );
  if (point === undefined) throw new Error('the server names no position');
  return point;
};

const archived = async (file: string): Promise<void> => {
  const admin = new pg.Client({ connectionString: servers.first.url });
  await admin.connect();
  try {
    await admin.query('SELECT pg_switch_wal()');
    await eventually(async () => {
      const { rows } = await admin.query<{ last: string }>('SELECT last_archived_wal AS last FROM pg_stat_archiver');
      return (rows[0]?.last ?? '') >= file;
    }, PATIENCE);
  } finally {
    await admin.end();
  }
};

/** What VNPAY has taken for an attempt, as it says itself, in a callback and when it is asked. */
const paidAt = (txnId: string) => {
  const [qrTrace, paidAtMs] = [newTrace(), now()];
  return {
    notice: ipnBody(shop, { txnId, amount: 100_000, paidAtMs, qrTrace }),
    known: { amount: 100_000, qrTrace, paidAtMs },
  };
};

const IDS = `SELECT id FROM "Transaction" UNION ALL SELECT id FROM "PaymentAttempt" UNION ALL SELECT id FROM "Refund"
  UNION ALL SELECT id FROM "LedgerJournal" UNION ALL SELECT id FROM "Outbox"`;
const idsOf = async (world: PaymentWorld): Promise<string[]> =>
  (await world.sql<{ id: string }>(IDS)).map(({ id }) => id);
const isReady = async (world: PaymentWorld): Promise<boolean> =>
  (await world.call('GET', `${BASE}/readyz`)).status === 200;
const refundCalls = (): number => first.vnpay.calls.filter(({ path }) => path === '/refund').length;
const FROZEN = { status: 503, body: { code: 'payment.frozen' } };

describe('a database that was restored to a point in time', () => {
  it('finds again what providers did after it, charges and pays back nothing twice, and its books prove it', async () => {
    const backup = await servers.backup(servers.first.url);
    const [sold, open, due] = [await first.qr(shop), await first.qr(shop), await first.qr(shop)];
    const before = paidAt(sold.attempt.uid);
    expect((await first.ipnRaw(before.notice)).body.code).toBe('00');
    await first.processed(shop);
    const point = await pointInTime();

    // What will be missing: payments of two sales that stay, a whole sale, and a refund.
    const [late, silent] = [paidAt(open.attempt.uid), paidAt(due.attempt.uid)];
    const gone = await first.qr(shop);
    const lost = paidAt(gone.attempt.uid);
    for (const { notice } of [late, silent, lost]) expect((await first.ipnRaw(notice)).body.code).toBe('00');
    await first.processed(shop);
    const refund = { amount: 100_000, reason: 'wrong size', clientReference: unique('RF') };
    const askForRefund = (world: PaymentWorld): Promise<Answer> =>
      world.post(shop, `/transactions/${sold.transaction.id}/refunds`, refund);
    expect((await askForRefund(first)).status).toBeLessThan(300);
    await eventually(async () => {
      const [row] = await first.sql(`SELECT status FROM "Refund" WHERE transaction_id = $1`, [sold.transaction.id]);
      return row?.['status'] === 'SUCCEEDED';
    }, PATIENCE);
    expect(refundCalls()).toBe(1);
    const given = new Set(await idsOf(first));
    await archived(point.file);
    await first.app.close();
    await servers.first.kill();

    const restored = await servers.restore(backup, { lsn: point.lsn });
    wire.lead(restored.url);
    const world = await first.replica();
    closing.push(() => world.app.close());
    await eventually(() => isReady(world), PATIENCE);
    await world.reconnect();
    closing.push(() => world.admin.end());
    const kept = new Set(await idsOf(world));
    expect((await world.get(shop, `/transactions/${gone.transaction.id}`)).status).toBe(404);
    expect(await world.transaction(shop, sold.transaction.id)).toMatchObject({ paid: 100_000, refunded: 0 });

    // Nothing moves before it was compared.
    const [operator, second] = [await Operator.of(world), await Operator.of(world)];
    const freezes: string[] = [];
    for (const operation of ['PAYMENT_CREATE', 'REFUND']) {
      const freeze = { operation, scopeType: 'global', reason: 'restored', ticket: 'INC-1' };
      freezes.push((await operator.post('/freezes', freeze)).body.id);
    }
    expect(await world.checkout(shop)).toMatchObject(FROZEN);
    expect(await askForRefund(world)).toMatchObject(FROZEN);

    // The scheduler asks about what is open here when its time comes, while nothing new may begin.
    Object.assign(world.vnpay, { check: 'paid', paid: silent.known });
    await world.sql('UPDATE "PaymentAttempt" SET next_query_at = now() WHERE id = $1 AND next_query_at > now()', [
      due.attempt.id,
    ]);
    await eventually(async () => {
      const { status, paid } = await world.transaction(shop, due.transaction.id);
      return status === '304_SETTLED' && paid === 100_000;
    }, PATIENCE);
    // A person may ask at once; and the provider says again what it has told before.
    Object.assign(world.vnpay, { check: 'paid', paid: late.known });
    await world.post(shop, '/payments/verify', { attemptId: open.attempt.id });
    expect(await world.transaction(shop, open.transaction.id)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    for (const [{ notice }, code] of [
      [before, '03'],
      [late, '03'],
      [silent, '03'],
      [lost, '06'],
    ] as const) {
      expect((await world.ipnRaw(notice)).body.code).toBe(code);
    }
    await eventually(async () => {
      const rows = await world.sql(`SELECT FROM "IpnInbox" WHERE processed_at IS NULL`);
      return rows.length === 0;
    }, PATIENCE);
    for (const { transaction } of [sold, open, due]) {
      const journals = await world.sql('SELECT FROM "LedgerJournal" WHERE transaction_id = $1', [transaction.id]);
      expect(journals).toHaveLength(1);
    }
    // The money of the sale that is gone is kept apart, and a person is told.
    expect(await world.sql('SELECT code FROM "Finding"')).toEqual([{ code: 'NO_ATTEMPT' }]);
    const [waits] = await world.sql(
      'SELECT sum(amount - accepted - reversed - refunded)::int AS amount FROM "SuspenseItem"',
    );
    expect(waits).toEqual({ amount: 100_000 });
    // The provider's report shows a refund that nobody here knows of: it is booked, and cannot be paid again.
    const path = `/transactions/${sold.transaction.id}/reverse`;
    const evidence = { source: 'settlement report', reference: JSON.parse(before.notice).qrTrace as string };
    const reversed = await operator.post(path, { evidence });
    expect([reversed.status, reversed.text]).toEqual([200, expect.any(String)]);
    for (const id of freezes) {
      const lift = { reason: 'compared' };
      const { approvalId } = (await operator.post(`/freezes/${id}/lift`, lift)).body;
      await second.approve(approvalId);
      expect((await operator.post(`/freezes/${id}/lift`, { ...lift, approvalId })).status).toBe(200);
    }
    await eventually(async () => (await world.checkout(shop)).status === 200, PATIENCE);
    expect((await askForRefund(world)).status).toBe(409);
    expect(refundCalls()).toBe(1);

    const fresh = (await idsOf(world)).filter((id) => !kept.has(id));
    expect(fresh.length).toBeGreaterThan(0);
    expect(fresh.filter((id) => given.has(id))).toEqual([]);
    await expectBooksInOrder(world);
    for (const book of CHAIN_BOOKS) {
      expect(await verifyChain(world.app.get(Database), book)).toMatchObject({ findings: [], unnamed: 0 });
    }
  });
});
