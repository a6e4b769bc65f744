import { Metrics } from '@nx/observability';
import { eventually, openWire, type Wire } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, startInvoice, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus, type Merchant, type Order } from './sale.fixture';

/** A service whose way to PostgreSQL breaks where the test says: its transactions then stand, or they do not. */
let world: InvoiceWorld;
let wire: Wire;
let service: RunningInvoice;

beforeAll(async () => {
  world = await openWorld({ APP_ENV_INVOICE_MINUTE_MS: '60000', APP_ENV_INVOICE_CALL_LOCK_MS: '2000' });
  wire = await openWire(world.environment['APP_ENV_POSTGRES_URL'] ?? '');
  service = await startInvoice({
    ...world.environment,
    APP_ENV_POSTGRES_URL: wire.through,
    // So long the server is asked what became of a commit, and then nobody knows.
    APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '300',
  });
}, 120_000);
afterAll(async () => {
  await service?.stop();
  await wire?.close();
  await world?.close();
});

const BUYER = { kind: 'COMPANY', taxCode: '0100109106', legalName: 'Viettel', address: 'Hà Nội' };

const ownerOf = (merchant: Merchant): Promise<Rest> =>
  restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });

const count = async (from: string, values: unknown[]): Promise<number> => {
  const { rows } = await world.sql.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`, values);
  return rows[0]?.n ?? -1;
};

/** The sale has one invoice, the vendor has issued it once, its history is whole, and all heard of it once. */
async function expectIssuedOnce(merchant: Merchant, order: Order): Promise<void> {
  const { id } = await untilStatus(world, order.id, 'SUCCESS', 20_000);
  expect(await count(`"Invoice" WHERE source_id = $1`, [order.id])).toBe(1);
  expect(await issuedAt(world, merchant)).toHaveLength(1);
  const owner = await ownerOf(merchant);
  // While the server comes back, one question may be answered by 503: it is to be asked again.
  const { body } = await eventually(async () => {
    const answer = await owner('GET', `/invoices/${id}/audit`);
    return answer.status === 503 ? undefined : answer;
  });
  expect(body).toMatchObject({ intact: true });
  for (const event of ['MADE', 'ISSUED']) {
    expect(body.data.filter(({ eventType }) => eventType === event)).toHaveLength(1);
  }
  expect(await count(`"Outbox" WHERE aggregate_id = $1 AND event_type = 'invoice.success'`, [id])).toBe(1);
  expect(await count(`"ParkedRecord" WHERE key = $1`, [order.id])).toBe(0);
}

const STEPS = [
  ['the invoice of a paid sale', 'INSERT INTO "Invoice" (', undefined, 0],
  ['the beginning of a call', 'INSERT INTO "InvoiceIssuance"', undefined, 0],
  ['the number that came back', 'UPDATE "InvoiceIssuance" SET outcome = $2', undefined, 0],
  ['what a look-up found', 'UPDATE "InvoiceIssuance" SET outcome = $2', { kind: 'done-then-5xx' }, 1],
] as const;

/** How often nobody could say what became of a commit. */
const unknowns = async (): Promise<number> => {
  const text = await service.app.get(Metrics).render();
  return Number(/postgres_lost_commits_total\{[^}]*outcome="unknown"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
};

/** Mends the wire when the service has given up asking what became of its commit. */
async function mendedOnceUnknown(before: number): Promise<void> {
  await eventually(async () => (await unknowns()) > before);
  wire.mend();
}

describe.each([
  ['does not get the COMMIT', { when: 'before' }],
  ['gets the COMMIT', { when: 'after' }],
  ['gets the COMMIT and is away then', { when: 'after', thenCut: true }],
] as const)('a server that %s of', (_how, how) => {
  const away = 'thenCut' in how;

  it.each(STEPS)('%s: the sale is invoiced once', { timeout: 40_000 }, async (_what, text, fault, spared) => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    if (fault !== undefined) {
      await world.sandbox.call('POST', '/faults', { ...fault, target: 'vnpay-invoice.issue', count: 1 });
    }
    const before = await unknowns();
    const sprung = wire.trap({ text, atCommit: true, spared, ...how });
    await produce(world, order);
    if (away) await mendedOnceUnknown(before);
    await expectIssuedOnce(merchant, order);
    expect(sprung()).toBe(1);
  });

  it('a claim: whoever is told to repeat is answered then, and the invoice names the buyer', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'BUYER_SELF_SERVICE', claimWindowMinutes: 1440 });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    const { claim } = (await (await ownerOf(merchant))('GET', `/invoices/${id}`)).body;
    const path = `/claims/${String(claim.url).split('/').at(-1)}`;
    const buyer = await restOf(world, service);
    const sprung = wire.trap({ text: `SET claim_state = 'CLAIMED'`, atCommit: true, ...how });
    const first = await buyer('POST', path, BUYER);
    expect(sprung()).toBe(1);
    const stands = how.when === 'after';
    if (stands && !away) expect(first).toMatchObject({ status: 200, body: { state: 'CLAIMED' } });
    else expect([first.status, first.body.code]).toEqual([503, 'service.unavailable']);
    wire.mend();
    const claimed = `"InvoiceRequest" WHERE source_id = $1 AND claim_state = 'CLAIMED'`;
    expect(await count(claimed, [order.id])).toBe(stands ? 1 : 0);
    expect(await buyer('POST', path, BUYER)).toMatchObject({ status: 200, body: { state: 'CLAIMED' } });
    expect((await buyer('POST', path, { ...BUYER, legalName: 'Somebody else' })).status).toBe(404);
    await expectIssuedOnce(merchant, order);
    expect(await issuedAt(world, merchant)).toMatchObject([{ buyer: { buyerTaxCode: BUYER.taxCode } }]);
  });
});

describe.each([
  ['does not get the COMMIT', 'before', 503],
  ['gets the COMMIT', 'after', 201],
] as const)('a server that %s of an invoice by hand', (_how, when, status) => {
  it('has one of it for the same key, and all hear of that one', async () => {
    const merchant = await connectMerchant(world, service);
    const owner = await ownerOf(merchant);
    const order = orderOf(merchant);
    const key = { 'idempotency-key': `key-${order.id}` };
    const { rows } = await world.sql.query<{ id: string }>(
      `SELECT id FROM "InvoiceProviderConfig" WHERE merchant_id = $1`,
      [merchant.id],
    );
    const body = {
      invoiceProviderConfigId: rows[0]?.id,
      sourceId: order.id,
      paidAt: new Date().toISOString(),
      paymentMethod: 'CASH',
      items: [{ name: 'Trà', quantity: '1', unitPrice: '30000', total: 30_000, taxRate: '10%' }],
      total: 30_000,
    };
    const sprung = wire.trap({ text: 'INSERT INTO "Invoice" (', atCommit: true, when });
    const first = await owner('POST', '/invoices', body, key);
    expect([sprung(), first.status]).toEqual([1, status]);
    const again = await owner('POST', '/invoices', body, key);
    const third = await owner('POST', '/invoices', body, key);
    expect([again.status, third.status, third.body.id]).toEqual([201, 201, again.body.id]);
    if (status === 201) expect(again.body.id).toBe(first.body.id);
    expect((await owner('POST', `/invoices/${again.body.id}/issue`)).status).toBe(200);
    await expectIssuedOnce(merchant, order);
  });
});
