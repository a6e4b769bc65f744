import { Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { eventually, openWire, privatePostgres, type PrivatePostgresServers, type Wire } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHAIN_BOOKS } from '../ledger/chain/chain-book';
import { verifyChain } from '../ledger/chain/verify-chain';
import type { CheckoutAnswer } from '../checkout/checkout.dto';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import { BASE, now, PaymentWorld, unique, type Answer, type Shop } from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';

vi.setConfig({ testTimeout: 120_000 });
const PATIENCE = { timeoutMs: 60_000 };

/** A service and a standby, each of which reaches the primary over a wire of its own. */
let servers: PrivatePostgresServers;
let wire: Wire;
let replication: Wire;
let primary: pg.Client;
let standby: pg.Client;
let standbyUrl = '';
let world: PaymentWorld;
let shop: Shop;
const closing: (() => Promise<unknown>)[] = [];

const connected = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  closing.push(() => client.end());
  return client;
};

beforeAll(async () => {
  servers = await privatePostgres();
  closing.push(() => servers.stop());
  wire = await openWire(servers.first.url);
  replication = await openWire(servers.first.url);
  closing.push(() => Promise.all([wire.close(), replication.close()]));
  standbyUrl = (await servers.standby(replication.through)).url;
  [primary, standby] = [await connected(servers.first.url), await connected(standbyUrl)];
  // Nothing is acknowledged that the standby does not have.
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await primary.query('SELECT pg_reload_conf()');
  await eventually(async () => {
    const { rows } = await primary.query(`SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`);
    return rows.length === 1;
  }, PATIENCE);
  world = await PaymentWorld.start({
    postgresAdminUrl: wire.through,
    extra: { APP_ENV_POSTGRES_POOL_MAX: '40', APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '2000' },
  });
  closing.push(() => world.stop());
  shop = await world.shop();
});
afterAll(async () => {
  // Who waits for a standby that is not there would be waited for.
  replication.mend();
  const failed: unknown[] = [];
  for (const close of closing.toReversed()) await close().catch((error: unknown) => failed.push(error));
  expect(failed).toEqual([]);
});

interface Sale {
  readonly sourceId: string;
  readonly key: string;
}

const newSale = (): Sale => ({ sourceId: unique('S'), key: unique('K') });
const several = (count: number): Sale[] => Array.from({ length: count }, newSale);

const checkOut = ({ sourceId, key }: Sale): ReturnType<PaymentWorld['checkout']> =>
  world.checkout(shop, { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', sourceId }, key);

/** The same request under the same key until it is answered. */
const insist = (sale: Sale): ReturnType<typeof checkOut> =>
  eventually(async () => {
    const answer = await checkOut(sale);
    return answer.status === 200 ? answer : undefined;
  }, PATIENCE);

/** The vendor comes again until somebody says that it is taken, now or before. */
const pay = async (uid: string): Promise<void> => {
  const notice = ipnBody(shop, { txnId: uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() });
  await eventually(async () => ['00', '03'].includes((await world.ipnRaw(notice)).body.code), PATIENCE);
};

/** Checkouts that the primary has written and may not acknowledge, for want of the standby's word. */
const waiting = async (count: number): Promise<void> => {
  await eventually(async () => {
    const { rows } = await primary.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE wait_event = 'SyncRep' AND query LIKE '%INSERT INTO "Transaction"%'`,
    );
    return (rows[0]?.n ?? 0) >= count;
  }, PATIENCE);
};

/** The standby has got everything that the primary has written up to now. */
const received = async (): Promise<void> => {
  const { rows } = await primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  await eventually(async () => {
    const answer = await standby.query<{ has: boolean }>('SELECT pg_last_wal_receive_lsn() >= $1::pg_lsn AS has', [
      rows[0]?.lsn,
    ]);
    return answer.rows[0]?.has;
  }, PATIENCE);
};

const stored = async (sales: readonly Sale[]): Promise<Record<string, unknown>[]> =>
  world.sql('SELECT source_id, id, status, paid::int AS paid FROM "Transaction" WHERE source_id = ANY ($1)', [
    sales.map(({ sourceId }) => sourceId),
  ]);

/** What of an answer stays, whatever becomes of the sale. */
const sold = ({ transaction, attempt, payment }: CheckoutAnswer): unknown => [transaction.id, attempt.id, payment];

const isReplay = ({ headers }: Pick<Answer, 'headers'>): boolean => headers.get('idempotency-replayed') === 'true';

describe('a primary that dies in the middle of commits, and a standby that is promoted', () => {
  it('hold what every caller was told; commits without an answer are what the idempotency row says', async () => {
    const told = await Promise.all(several(6).map(async (sale) => ({ sale, answer: await insist(sale) })));
    for (const { answer } of told.slice(0, 3)) await pay(answer.body.attempt.uid);
    // The standby has these, and its word does not come back.
    replication.freeze('requests');
    const arrived = several(4);
    const unanswered = arrived.map(checkOut);
    await waiting(4);
    await received();
    // Of these it never hears.
    replication.freeze();
    const lost = several(4);
    unanswered.push(...lost.map(checkOut));
    await waiting(8);
    await servers.first.kill();
    for (const answer of await Promise.all(unanswered)) {
      expect([answer.status, answer.body?.code]).toEqual([503, 'service.unavailable']);
    }
    await eventually(async () => (await world.call('GET', `${BASE}/readyz`)).status === 503, PATIENCE);
    // Sold while nobody takes writes: their tills go on asking.
    const meanwhile = several(3);
    const insisting = meanwhile.map(insist);

    await standby.query('SELECT pg_promote()');
    wire.lead(standbyUrl);
    await eventually(async () => (await world.call('GET', `${BASE}/readyz`)).status === 200, PATIENCE);
    await world.reconnect();
    expect(await world.app.get(Metrics).render()).toMatch(/^postgres_timeline\{.*\} 2$/m);

    expect(await stored(arrived)).toHaveLength(4);
    expect(await stored(lost)).toEqual([]);
    const again = await Promise.all([...arrived, ...lost].map(insist));
    expect(again.map(isReplay)).toEqual([...arrived.map(() => true), ...lost.map(() => false)]);
    for (const { sale, answer } of told) {
      const repeated = await insist(sale);
      expect([isReplay(repeated), sold(repeated.body)]).toEqual([true, sold(answer.body)]);
    }
    const answers = [...told.slice(3).map(({ answer }) => answer), ...again, ...(await Promise.all(insisting))];
    await Promise.all(answers.map(({ body }) => pay(body.attempt.uid)));
    await world.processed(shop);
    const all = [...told.map(({ sale }) => sale), ...arrived, ...lost, ...meanwhile];
    const rows = await stored(all);
    expect(rows).toHaveLength(all.length);
    for (const row of rows) expect(row).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    await expectBooksInOrder(world);
    for (const book of CHAIN_BOOKS) {
      expect(await verifyChain(world.app.get(Database), book)).toMatchObject({ findings: [], unnamed: 0 });
    }
  });
});
