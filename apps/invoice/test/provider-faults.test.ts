import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { SendNotSentError } from '@nx/contracts';
import { Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { eventually } from '@nx/testing';
import { InvoiceRepository } from '../src/invoices/invoice.repository';
import { CallIssuer } from '../src/issuance/call-issuer';
import { issueRequestOf, readyInvoice, type ReadyInvoice } from '../src/issuance/issue-request';
import { SendPort } from '../src/issuance/send-port';
import { SettleIssuance } from '../src/issuance/settle-issuance';
import { ProviderCredentials, type ProviderConnection } from '../src/providers/provider-credentials';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, statusOf, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));
afterEach(async () => {
  await world.sandbox.call('DELETE', '/faults');
});

const arm = (fault: Record<string, unknown>): Promise<unknown> => world.sandbox.call('POST', '/faults', fault);
const callsOf = async (orderId: string): Promise<string[]> => {
  const { rows } = await world.sql.query<{ call: string }>(
    `SELECT kind || ' ' || coalesce(outcome, '-') AS call FROM "InvoiceIssuance" WHERE source_id = $1 ORDER BY sequence`,
    [orderId],
  );
  return rows.map(({ call }) => call);
};

const findingsOf = async (orderId: string): Promise<string[]> => {
  const { rows } = await world.sql.query<{ finding: string }>(
    `SELECT code || ' ' || status AS finding FROM "Finding" WHERE source_id = $1 ORDER BY created_at, id`,
    [orderId],
  );
  return rows.map(({ finding }) => finding);
};
/** The day in Vietnam: the server's own is another one for seven hours. */
const TODAY = `(now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date`;
/** A call of which nobody knows what it did. */
const earlierCall = (id: string, merchantId: string, orderId: string, sequence = 1): Promise<unknown> =>
  world.sql.query(
    `INSERT INTO "InvoiceIssuance" (id, invoice_id, merchant_id, source_id, sequence, kind, provider, provider_key,
       invoice_date, request_fingerprint, outcome, error_code, started_at, finished_at)
     VALUES ($5, $1, $2, $3, $4, 'ISSUE', 'VNPAY', $1, ${TODAY}, 'x', 'UNKNOWN', 'TIMEOUT', now(), now())`,
    [id, merchantId, orderId, sequence, `open-${sequence}-${id}`],
  );

/** An invoice that nobody issues before it is asked for, with what its provider is sent. */
const readyToIssue = async (): Promise<{
  invoice: ReadyInvoice;
  request: ReturnType<typeof issueRequestOf>;
  connection: ProviderConnection;
}> => {
  const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
  const order = orderOf(merchant);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'PENDING');
  await world.sql.query(`UPDATE "Invoice" SET provider_key = id, invoice_date = ${TODAY} WHERE id = $1`, [id]);
  const invoices = service.app.get(InvoiceRepository);
  const [found, lines] = [await invoices.find(id), await invoices.items(id)];
  if (found === undefined) throw new Error('the invoice is gone');
  const connection = await service.app.get(ProviderCredentials).connection(found.config.invoiceProviderId);
  if (connection === undefined) throw new Error('the provider is gone');
  const invoice = readyInvoice(found);
  return { invoice, request: issueRequestOf(invoice, lines), connection };
};

describe('a provider that fails', () => {
  it.each([
    ['issued, then no answer', { kind: 'issued-then-timeout', ms: 3000 }],
    ['issued, then no answer, and found late', { kind: 'issued-then-timeout', ms: 3000, visibleAfterMs: 800 }],
    ['issued, then a server error', { kind: 'done-then-5xx' }],
    ['a connection that breaks', { kind: 'drop' }],
    ['a server error', { kind: '5xx' }],
    ['an answer that nobody can read', { kind: 'malformed' }],
  ])('%s: exactly one invoice is issued', async (_what, fault) => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await arm({ ...fault, target: 'vnpay-invoice.issue', count: 1 });
    await produce(world, order);
    await untilStatus(world, order.id, 'SUCCESS');
    expect(await issuedAt(world, merchant)).toHaveLength(1);
    const calls = await callsOf(order.id);
    expect(calls[0]).toBe('ISSUE UNKNOWN');
    // Between two issues stand two look-ups that found nothing.
    const again = calls.indexOf('ISSUE ISSUED');
    if (again > 0)
      expect(calls.slice(0, again).filter((call) => call === 'LOOK_UP NOT_FOUND').length).toBeGreaterThanOrEqual(2);
  });

  it('does not send again while the look-up itself fails', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await arm({ kind: 'drop', target: 'vnpay-invoice.issue', count: 1 });
    await arm({ kind: 'look-up-failure', target: 'vnpay-invoice.look-up' });
    await produce(world, order);
    await eventually(async () => (await callsOf(order.id)).filter((call) => call === 'LOOK_UP FAILED').length >= 5);
    expect((await callsOf(order.id)).filter((call) => call.startsWith('ISSUE'))).toEqual(['ISSUE UNKNOWN']);
    expect((await statusOf(world, order.id))?.issuance_status).toBe('UNKNOWN');
    const metrics = await service.app.get(Metrics).render();
    expect(metrics).toMatch(/^invoice_unfinished\{status="UNKNOWN"[^}]*\} [1-9]/m);
    expect(metrics).toMatch(
      /^invoice_provider_requests_total\{provider="VNPAY",result="(NETWORK|TIMEOUT)"[^}]*\} [1-9]/m,
    );
    expect(Number(/^invoice_unknown_outcomes_age_seconds\{[^}]*\} (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    await world.sandbox.call('DELETE', '/faults');
    await untilStatus(world, order.id, 'SUCCESS');
    expect(await issuedAt(world, merchant)).toHaveLength(1);
  });

  it('says that it knows the key and finds nothing: never sent again, and a case for a person', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await arm({ kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'DUPLICATE_REQUEST_ID' });
    await produce(world, order);
    await eventually(async () => (await findingsOf(order.id)).includes('OUTCOME_NOT_PROVABLE OPEN'));
    await eventually(async () => (await callsOf(order.id)).filter((call) => call === 'LOOK_UP NOT_FOUND').length >= 6);
    expect((await callsOf(order.id)).filter((call) => call.startsWith('ISSUE'))).toEqual(['ISSUE UNKNOWN']);
    expect((await statusOf(world, order.id))?.issuance_status).toBe('UNKNOWN');
  });

  it('writes down that an unknown call issued nothing before it sends again', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await arm({ kind: 'drop', target: 'vnpay-invoice.issue', count: 1 });
    await produce(world, order);
    await untilStatus(world, order.id, 'SUCCESS');
    const { rows } = await world.sql.query<{ proven: boolean; outcome: string }>(
      `SELECT outcome, absence_proven_at IS NOT NULL AS proven FROM "InvoiceIssuance"
       WHERE source_id = $1 AND kind = 'ISSUE' ORDER BY sequence`,
      [order.id],
    );
    expect(rows).toEqual([
      { outcome: 'UNKNOWN', proven: true },
      { outcome: 'ISSUED', proven: false },
    ]);
    const again = `UPDATE "InvoiceIssuance" SET absence_proven_at = now() WHERE source_id = $1 AND outcome = 'ISSUED'`;
    await expect(world.sql.query(again, [order.id])).rejects.toThrow(/proven absent/);
  });

  it('is not given up at a refusal while an earlier call is open: that is looked up first', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    await earlierCall(id, merchant.id, order.id);
    await arm({ kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'SYMBOL_NOT_REGISTERED' });
    await world.sql.query(`UPDATE "Invoice" SET due_at = now() WHERE id = $1`, [id]);
    await untilStatus(world, order.id, 'SUCCESS');
    const calls = await callsOf(order.id);
    expect(calls.slice(0, 2)).toEqual(['ISSUE UNKNOWN', 'ISSUE REFUSED']);
    expect(calls.slice(2, -1).filter((call) => call === 'LOOK_UP NOT_FOUND').length).toBeGreaterThanOrEqual(2);
    expect(calls.at(-1)).toBe('ISSUE ISSUED');
  });

  it("brings the authority's no with a look-up: given up, and replayed only because it is proven", async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    await earlierCall(id, merchant.id, order.id);
    await world.sql.query(
      `UPDATE "Invoice" SET issuance_status = 'UNKNOWN', provider_key = id, invoice_date = $2 WHERE id = $1`,
      [id, new Date()],
    );
    const invoice = await service.app.get(InvoiceRepository).find(id);
    if (invoice === undefined) throw new Error('the invoice is gone');
    const settle = service.app.get(SettleIssuance);
    const no = { code: 'TDIEP_301', message: 'Refused by the authority' };
    await service.app.get(Database).transaction((tx) => settle.refusedLater(tx, invoice, no));
    expect(await statusOf(world, order.id)).toMatchObject({
      issuance_status: 'FAILED',
      metadata: { errorCode: 'TDIEP_301', permanent: true },
    });
    await earlierCall(id, merchant.id, order.id, 2);
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    expect((await owner('POST', `/invoices/${id}/retry`)).status).toBe(409);
    await world.sql.query(
      `UPDATE "InvoiceIssuance" SET absence_proven_at = now() WHERE invoice_id = $1 AND sequence = 2`,
      [id],
    );
    expect((await owner('POST', `/invoices/${id}/retry`)).status).toBe(200);
    await untilStatus(world, order.id, 'SUCCESS');
  });

  it('hears nothing from a process that was stopped until its lock had nearly ended', async () => {
    const port = service.app.get(SendPort);
    const request = { method: 'GET', url: `${world.sandbox.url}/jw-certs`, headers: {} } as const;
    const late = port.for({ provider: 'VNPAY', call: 'issue', lockedUntil: new Date(Date.now() + 1000) });
    await expect(late(request)).rejects.toBeInstanceOf(SendNotSentError);
    const early = port.for({ provider: 'VNPAY', call: 'issue', lockedUntil: new Date(Date.now() + 60_000) });
    expect((await early(request)).status).toBe(200);
    const { invoice, request: sale, connection } = await readyToIssue();
    const issuer = service.app.get(CallIssuer);
    const held = { ...invoice, lockedUntil: new Date(Date.now() + 1000) };
    expect(await issuer.issue(held, sale, connection)).toMatchObject({ outcome: 'NOT_ISSUED' });
    expect(await issuer.issue({ ...invoice, lockedUntil: null }, sale, connection)).toMatchObject({
      outcome: 'ISSUED',
    });
  });

  it('of which the adapter breaks is unknown: the request may have left', async () => {
    const { invoice, request, connection } = await readyToIssue();
    const broken = { ...connection, connection: undefined as never };
    const issuer = service.app.get(CallIssuer);
    expect(await issuer.issue(invoice, request, broken)).toMatchObject({ outcome: 'UNKNOWN' });
    expect(await issuer.lookUp(invoice, request.key, broken)).toMatchObject({ outcome: 'FAILED' });
  });

  it('could not read what is to be sent: failed at once, nothing sent, and the field is named', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    await world.sql.query(`UPDATE "Invoice" SET invoice_form = '9', due_at = now() WHERE id = $1`, [id]);
    const { metadata } = await untilStatus(world, order.id, 'FAILED');
    expect(JSON.stringify(metadata)).toContain('/form');
    expect(await issuedAt(world, merchant)).toEqual([]);
  });

  it('brings a number after the invoice was given up: nothing is undone, and a person hears of it', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await arm({ kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'SYMBOL_NOT_REGISTERED' });
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'FAILED');
    const invoice = await service.app.get(InvoiceRepository).find(id);
    if (invoice === undefined) throw new Error('the invoice is gone');
    const settle = service.app.get(SettleIssuance);
    await service.app.get(Database).transaction((tx) => settle.succeed(tx, invoice, { invoiceNumber: '77' }));
    expect((await statusOf(world, order.id))?.issuance_status).toBe('FAILED');
    expect(await findingsOf(order.id)).toEqual(['ISSUED_TOO_LATE OPEN']);
  });

  it('refused: failed at once, with what the provider said', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await arm({ kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'SYMBOL_NOT_REGISTERED' });
    await produce(world, order);
    const row = await untilStatus(world, order.id, 'FAILED');
    expect(row.metadata).toMatchObject({ errorCode: 'SYMBOL_NOT_REGISTERED' });
    expect(await callsOf(order.id)).toEqual(['ISSUE REFUSED']);
    expect(await issuedAt(world, merchant)).toEqual([]);
  });

  it('never reached: retried, and given up when the retries are used up', async () => {
    const merchant = await connectMerchant(world, service, { baseUrl: 'http://127.0.0.1:9', retries: 2 });
    const order = orderOf(merchant);
    await produce(world, order);
    const row = await untilStatus(world, order.id, 'FAILED');
    expect(row).toMatchObject({ retry_count: 2, metadata: { errorCode: 'RETRIES_USED_UP' } });
    expect(await callsOf(order.id)).toEqual(Array.from({ length: 3 }, () => 'ISSUE NOT_ISSUED'));
  });

  it('of many orders under random faults each is issued once, without a gap', { timeout: 120_000 }, async () => {
    const merchant = await connectMerchant(world, service, { retries: 20 });
    const orders = Array.from({ length: 30 }, () => orderOf(merchant));
    await arm({ kind: 'issued-then-timeout', target: 'vnpay-invoice.issue', probability: 0.2, ms: 2500, seed: 's1' });
    await arm({ kind: 'look-up-failure', target: 'vnpay-invoice.look-up', probability: 0.1, seed: 's2' });
    await Promise.all(orders.map((order) => produce(world, order, 2)));
    for (const order of orders) await untilStatus(world, order.id, 'SUCCESS', 90_000);
    const issued = await issuedAt(world, merchant);
    expect(issued.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(orders.map((_, index) => index + 1));
    const { rows } = await world.sql.query(`SELECT DISTINCT invoice_number FROM "Invoice" WHERE merchant_id = $1`, [
      merchant.id,
    ]);
    expect(rows).toHaveLength(orders.length);
  });
});

describe('what waits', () => {
  it('is found again after Redis was emptied', async () => {
    const merchant = await connectMerchant(world, service);
    const redis = new Redis(world.redis.url);
    const orders = Array.from({ length: 10 }, () => orderOf(merchant));
    await Promise.all(orders.map((order) => produce(world, order)));
    await redis.flushall();
    for (const order of orders) await untilStatus(world, order.id, 'SUCCESS', 20_000);
    await redis.quit();
    expect(await issuedAt(world, merchant)).toHaveLength(orders.length);
  });

  it('a call whose process died is looked up, not sent again', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    // What a worker leaves behind that was killed while the provider was issuing.
    await world.sql.query('BEGIN');
    await world.sql.query(
      `UPDATE "Invoice" SET issuance_status = 'PROCESSING', provider_key = id, invoice_date = ${TODAY},
         locked_until = now(), due_at = now() WHERE id = $1`,
      [id],
    );
    await world.sql.query('COMMIT');
    await world.sql.query(
      `INSERT INTO "InvoiceIssuance" (id, invoice_id, merchant_id, source_id, sequence, kind, provider, provider_key,
         invoice_date, request_fingerprint, started_at)
       VALUES ('dead' || $1, $1, $2, $3, 1, 'ISSUE', 'VNPAY', $1, ${TODAY}, 'x', now())`,
      [id, merchant.id, order.id],
    );
    await untilStatus(world, order.id, 'SUCCESS');
    const calls = await callsOf(order.id);
    expect(calls[0]).toBe('ISSUE UNKNOWN');
    expect(
      calls.slice(0, calls.indexOf('ISSUE ISSUED')).filter((call) => call === 'LOOK_UP NOT_FOUND').length,
    ).toBeGreaterThanOrEqual(2);
    expect(await issuedAt(world, merchant)).toHaveLength(1);
  });
});
