import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Api, waitFor } from '../../tools/demo/http.mjs';
import { connectInvoicing } from '../../tools/demo/invoicing.mjs';
import { makeDemoSecrets, MERCHANT_TAX } from '../../tools/demo/merchant.mjs';
import type { ProcessPlan } from '../../tools/system.mjs';
import { openWorld, QUICK, type World } from './support/world';

const LONG = process.env['TEST_LONG'] === '1';
const ORDERS = LONG ? 1000 : 100;
const SEED = process.env['TEST_SEED'] ?? randomBytes(4).toString('hex');
/** A worker dies when so many more calls to the provider have begun since the last death. */
const CALLS_PER_DEATH = LONG ? 40 : 15;
const PATIENCE = { timeoutMs: LONG ? 900_000 : 150_000 };

vi.setConfig({ testTimeout: LONG ? 1_200_000 : 180_000 });

const PROCESSES: ProcessPlan[] = [
  { name: 'invoice-api', service: 'invoice', mode: 'api' },
  { name: 'invoice-worker-1', service: 'invoice', mode: 'worker' },
  { name: 'invoice-worker-2', service: 'invoice', mode: 'worker' },
];
const WORKERS = ['invoice-worker-1', 'invoice-worker-2'];

let opened: World | undefined;
const world = (): World => {
  if (opened === undefined) throw new Error('the system did not start');
  return opened;
};

beforeAll(async () => {
  const invoice = {
    ...QUICK.invoice,
    APP_ENV_INVOICE_PROVIDER_TIMEOUT_MS: '1000',
    APP_ENV_INVOICE_LONGEST_PROCESSING_MS: '1000',
    APP_ENV_INVOICE_CALL_LOCK_MS: '3000',
    // Slow enough that workers die while there is work.
    APP_ENV_INVOICE_ISSUANCE_WORKER_CONCURRENCY: '1',
    // What a dead worker held is free again soon.
    APP_ENV_QUEUE_LOCK_MS: '2000',
    APP_ENV_KAFKA_SESSION_TIMEOUT_MS: '6000',
  };
  opened = await openWorld('invoices-under-fire', { processes: PROCESSES, overrides: { ...QUICK, invoice } });
}, 150_000);
afterAll(() => opened?.stop(), 60_000);

interface Shop {
  readonly merchantId: string;
  readonly organizerId: string;
  readonly channelId: string;
}

/** A merchant with known tax data, an account at the vendor and one series for its counter. */
async function openShop(): Promise<Shop> {
  const { urls, sandbox } = world();
  const { data } = await sandbox.get('/identity/personas');
  const owner = (data as { name: string; userId: string; merchantId: string; organizerId: string }[]).find(
    ({ name }) => name === 'owner',
  );
  if (owner === undefined) throw new Error('identity knows no owner');
  const { userId, merchantId, organizerId } = owner;
  await sandbox.post('/identity/members', { userId, merchantId, organizerId, role: '500_owner' });
  const { token } = await sandbox.post('/identity/tokens', { persona: 'owner' });
  await sandbox.post('/commerce/merchants', { id: merchantId, organizerId, name: 'Cà phê', tax: MERCHANT_TAX });
  const { taxCode } = MERCHANT_TAX;
  const secrets = makeDemoSecrets();
  const staff = { owner: { token } };
  const { counter } = await connectInvoicing(urls, { staff, merchantId, taxCode, sandbox, secrets });
  const api = new Api(urls.invoice, { token, merchantId });
  // Each proof that nothing was issued costs a retry: deaths must not use them up.
  const retryMetadata = { maxRetryCount: 20, retryDelayMinutes: [1] };
  await api.call('PATCH', `/invoice-provider-configs/${counter.configId}`, { retryMetadata });
  await waitFor("the merchant's tax data", async () => {
    const { status } = await api.send('GET', `/tax-info/merchants/${merchantId}`);
    return status === 200;
  });
  return { merchantId, organizerId, channelId: counter.saleChannelId };
}

/** The merchant of the test before this one, or a new one. */
let sold: Promise<Shop> | undefined;
const soldBefore = (): Promise<Shop> => (sold ??= openShop());

/** One paid sale as sale writes it. */
function recordOf({ merchantId, organizerId, channelId }: Shop, orderId: string): object {
  const line = { id: `${orderId}i`, itemType: 'PRODUCT', name: 'Cà phê', unit: 'ly', quantity: '1.0000' };
  const money = { unitPrice: '54000.0000', discount: '0.0000', tax: '4000.0000', taxRate: 8, total: '54000.0000' };
  return {
    order: {
      id: orderId,
      number: `SO-${orderId}`,
      status: '303_COMPLETED',
      merchantId,
      organizerId,
      saleChannelId: channelId,
      currency: 'VND',
      subtotal: '54000.0000',
      discount: '0.0000',
      tax: '4000.0000',
      total: '54000.0000',
      items: [{ ...line, ...money }],
    },
    payment: {
      total: '54000.0000',
      paid: '54000.0000',
      currency: 'VND',
      isFullyPaid: true,
      paidAt: new Date().toISOString(),
      attempt: { id: `${orderId}a`, uid: `${orderId}u`, provider: 'SYSTEM', method: '000_CASH', amount: '54000.0000' },
    },
    actor: { id: 'sale', name: 'sale', type: 'SYSTEM' },
  };
}

const counted = async (sql: string, values: readonly unknown[] = []): Promise<number> => {
  const [row] = await world().sql<{ count: number }>(sql, values);
  return row?.count ?? 0;
};
const callsBegun = (): Promise<number> => counted(`SELECT count(*)::int AS count FROM invoice."InvoiceIssuance"`);
const issuedOf = ({ merchantId }: Shop): Promise<number> =>
  counted(
    `SELECT count(*)::int AS count FROM invoice."Invoice" WHERE merchant_id = $1 AND issuance_status = 'SUCCESS'`,
    [merchantId],
  );

/**
 * Kills the workers in turn, each in the middle of its calls, until everything is issued. Returns how many died. The one
 * that died starts again while the other is killed.
 */
async function killWorkers(shop: Shop): Promise<number> {
  const deadline = performance.now() + PATIENCE.timeoutMs;
  const starting = new Map<string, Promise<void>>();
  let deaths = 0;
  for (;;) {
    const begun = await callsBegun();
    const over = await waitFor(
      'further calls to the provider',
      async (note) => {
        const issued = await issuedOf(shop);
        note({ issued, orders: ORDERS, deaths });
        if (issued === ORDERS) return 'done';
        if (performance.now() > deadline) throw new Error(`only ${issued} of ${ORDERS} are issued`);
        return (await callsBegun()) >= begun + CALLS_PER_DEATH && 'kill';
      },
      { timeoutMs: PATIENCE.timeoutMs, everyMs: 20 },
    );
    const name = WORKERS[deaths % WORKERS.length] ?? '';
    await starting.get(name);
    if (over === 'done') {
      await Promise.all(starting.values());
      return deaths;
    }
    const victim = world().process(name);
    await victim.kill();
    deaths += 1;
    starting.set(name, victim.start());
  }
}

interface VendorInvoice {
  readonly taxCode: string;
  readonly symbol: string;
  readonly requestId: string;
  readonly number: number;
}

describe('a provider that issues and then says nothing, look-ups that fail, workers that die', () => {
  it(`of ${ORDERS} orders each has exactly one invoice, and the series has no gap (seed ${SEED})`, async () => {
    const shop = await soldBefore();
    const { sandbox } = world();
    const arm = (fault: object): Promise<unknown> => sandbox.post('/faults', fault);
    const target = 'vnpay-invoice.issue';
    await arm({
      kind: 'issued-then-timeout',
      target,
      probability: 0.2,
      ms: 1500,
      visibleAfterMs: 1800,
      seed: `${SEED}1`,
    });
    await arm({ kind: 'look-up-failure', target: 'vnpay-invoice.look-up', probability: 0.05, seed: `${SEED}2` });
    // A call takes a while, so that a worker dies with some of them in the air.
    await arm({ kind: 'delay', target, probability: 0.7, ms: 150, seed: `${SEED}3` });
    const ids = Array.from({ length: ORDERS }, (_, index) => `o${SEED}x${String(index).padStart(4, '0')}`);
    const keys = 12;
    const lanes = Array.from({ length: keys }, (_, lane) => ids.filter((_id, index) => index % keys === lane));
    const dying = killWorkers(shop);
    for (const [lane, orders] of lanes.entries()) {
      const records = orders.map((id) => recordOf(shop, id));
      // Kafka repeats.
      await world().produce('payment.success', `lane-${lane}`, [...records, ...records.slice(0, 3)]);
    }
    const deaths = await dying;
    expect(deaths).toBeGreaterThanOrEqual(LONG ? 10 : 2);

    const { data } = await sandbox.get('/vnpay-invoice/invoices');
    const issued = (data as VendorInvoice[]).filter(({ taxCode }) => taxCode === MERCHANT_TAX.taxCode);
    const rows = await world().sql<{
      id: string;
      source_id: string;
      invoice_number: string;
      calls: number;
      status: string;
    }>(
      `SELECT i.id, i.source_id, i.invoice_number, i.issuance_status AS status,
         (SELECT count(*)::int FROM invoice."InvoiceIssuance" c WHERE c.invoice_id = i.id AND c.kind = 'ISSUE') AS calls
       FROM invoice."Invoice" i WHERE i.merchant_id = $1`,
      [shop.merchantId],
    );
    // One invoice for each order here, and the same one at the vendor, under the same number.
    expect(rows.map((row) => row.source_id).toSorted()).toEqual(ids);
    expect(new Map(issued.map(({ requestId, number }) => [requestId, String(number)]))).toEqual(
      new Map(rows.map(({ id, invoice_number: number }) => [id, number])),
    );
    expect(issued).toHaveLength(ORDERS);
    expect(issued.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1));
    // What makes the test worth something: calls were lost, and deaths left calls open.
    const lost = `SELECT count(*)::int AS count FROM invoice."InvoiceIssuance" WHERE kind = 'ISSUE' AND outcome = 'UNKNOWN'`;
    expect(await counted(lost)).toBeGreaterThanOrEqual(ORDERS / 10);
    expect(await counted(`${lost} AND error_code = 'ABANDONED'`)).toBeGreaterThan(0);
    // Nothing was sent again without a proof.
    expect(
      await counted(
        `SELECT count(*)::int AS count FROM invoice."InvoiceIssuance" c WHERE c.kind = 'ISSUE' AND c.outcome = 'UNKNOWN'
           AND c.absence_proven_at IS NULL AND EXISTS (SELECT 1 FROM invoice."InvoiceIssuance" n
             WHERE n.invoice_id = c.invoice_id AND n.kind = 'ISSUE' AND n.sequence > c.sequence)`,
      ),
    ).toBe(0);
    expect(await counted(`SELECT count(*)::int AS count FROM invoice."Finding" WHERE status = 'OPEN'`)).toBe(0);
  });

  it('changes the number of partitions while jobs run and workers die: none is lost, none is doubled', async () => {
    const { sandbox, urls } = world();
    await sandbox.call('DELETE', '/faults');
    await sandbox.post('/faults', { kind: 'delay', target: 'vnpay-invoice.issue', ms: 200 });
    const shop = await soldBefore();
    const machine = new Api(new URL('/internal/api/invoice', urls.invoice).href);
    const issuedBefore = await issuedOf(shop);
    const orders = Array.from({ length: 40 }, (_, index) => `p${SEED}x${index}`);
    await world().produce(
      'payment.success',
      'moved',
      orders.map((id) => recordOf(shop, id)),
    );
    for (const [step, to] of [5, 2].entries()) {
      const { partitions } = await machine.get('/operations/partitions');
      const change = { from: partitions, to, reason: 'while jobs run' };
      expect((await machine.post('/operations/partitions', change)).state).toBe('MOVING');
      const victim = world().process(WORKERS[step] ?? '');
      await victim.kill();
      await victim.start();
    }
    await waitFor(
      'every order to be issued',
      async (note) => {
        const issued = (await issuedOf(shop)) - issuedBefore;
        note({ issued });
        return issued === orders.length;
      },
      PATIENCE,
    );
    await waitFor(
      'the move to end',
      async (note) => {
        const present = await machine.get('/operations/partitions');
        note(present);
        return present.state === 'SETTLED' && present.partitions === 2;
      },
      PATIENCE,
    );
    const { data } = await sandbox.get('/vnpay-invoice/invoices');
    const numbers = (data as VendorInvoice[]).map(({ number }) => number).toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: issuedBefore + orders.length }, (_, index) => index + 1));
  });
});
