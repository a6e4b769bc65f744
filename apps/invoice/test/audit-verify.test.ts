import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '@nx/ops';
import { Database } from '@nx/persistence';
import { COMMANDS } from '../src/operations/commands/commands';
import { openWorld, startInvoice, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, orderOf, produce, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;
/** The owner of the tables, who alone can switch their triggers off. */
let owner: pg.Client;
const ids: string[] = [];

beforeAll(async () => {
  world = await openWorld();
  service = await startInvoice(world.environment);
  owner = new pg.Client({ connectionString: world.database.urlFor('owner') });
  await owner.connect();
  const merchant = await connectMerchant(world, service);
  const orders = Array.from({ length: 4 }, () => orderOf(merchant));
  for (const order of orders) await produce(world, order);
  for (const order of orders) ids.push((await untilStatus(world, order.id, 'SUCCESS')).id);
}, 120_000);
afterAll(async () => {
  await owner?.end();
  await service?.stop();
  await world?.close();
});

async function verify(): Promise<{ code: number; report: Record<string, unknown> }> {
  const out: string[] = [];
  const code = await runCommand(
    ['invoice', 'audit', 'verify', '--json'],
    { out: (line) => out.push(line), error: (line) => out.push(line) },
    {
      commands: COMMANDS,
      open: () => ({
        database: service.app.get(Database),
        now: Date.now(),
        service: () => Promise.reject(new Error('reads tables alone')),
      }),
    },
  );
  return { code, report: JSON.parse(out.join('\n')) as Record<string, unknown> };
}

/** Does something that triggers forbid, looks what is found, and takes it back. */
async function tampered(sql: string, params: unknown[]): Promise<Awaited<ReturnType<typeof verify>>> {
  const table = 'invoice."InvoiceAuditTracing"';
  await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER; CREATE TABLE invoice.kept AS SELECT * FROM ${table}`);
  try {
    expect((await owner.query(sql, params)).rowCount).toBe(1);
    return await verify();
  } finally {
    await owner.query(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM invoice.kept; DROP TABLE invoice.kept;
      ALTER TABLE ${table} ENABLE ALWAYS TRIGGER invoice_audit_append_only`);
  }
}

const UPDATE = 'UPDATE invoice."InvoiceAuditTracing" SET';

describe('the audit chains of all invoices', () => {
  it('are in order while nobody touched them', async () => {
    const { code, report } = await verify();
    expect(report).toMatchObject({ ok: true, invoices: ids.length, findings: [], unnamed: 0 });
    expect(report['rows']).toBeGreaterThanOrEqual(ids.length * 3);
    expect(code).toBe(0);
  });

  it.each([
    ['event_type', `'RETRY_ASKED'`, 'CHAIN_BROKEN'],
    ['outcome', `'FAILED'`, 'CHAIN_BROKEN'],
    ['before', `'{"x": 1}'`, 'CHAIN_BROKEN'],
    ['after', `'{}'`, 'CHAIN_BROKEN'],
    ['actor_id', `'nobody'`, 'CHAIN_BROKEN'],
    ['created_at', `created_at + interval '1 second'`, 'CHAIN_BROKEN'],
    ['position', 'position + 100', 'CHAIN_BROKEN'],
    ['previous_hash', `repeat('0', 63) || '1'`, 'CHAIN_BROKEN'],
    ['hash', `repeat('a', 64)`, 'CHAIN_BROKEN'],
    ['merchant_id', `'other'`, 'ROW_MISPLACED'],
    ['source_id', `'other'`, 'ROW_MISPLACED'],
  ])('name a row whose %s was changed', async (column, value, finding) => {
    const [, id] = ids;
    const { code, report } = await tampered(`${UPDATE} ${column} = ${value} WHERE invoice_id = $1 AND position = 2`, [
      id,
    ]);
    expect(report).toMatchObject({
      ok: false,
      findings: [{ code: finding, invoiceId: id, position: '2' }],
      unnamed: 0,
    });
    expect(code).toBe(1);
  });

  it.each([
    ['the first one', 'position = 1'],
    ['the last one', 'position = (SELECT version FROM invoice."Invoice" i WHERE i.id = invoice_id)'],
  ])('name an invoice of which %s was removed', async (_what, which) => {
    const [id] = ids;
    const sql = `DELETE FROM invoice."InvoiceAuditTracing" WHERE invoice_id = $1 AND ${which}`;
    expect((await tampered(sql, [id])).report).toMatchObject({ findings: [{ code: 'CHAIN_BROKEN', invoiceId: id }] });
  });

  it('name rows of an invoice that is not there', async () => {
    const sql = `INSERT INTO invoice."InvoiceAuditTracing" SELECT 'x' || id, 'gone', merchant_id, source_id, position,
      event_type, outcome, before, after, actor_id, request_id, previous_hash, hash, created_at
      FROM invoice."InvoiceAuditTracing" WHERE invoice_id = $1 AND position = 1`;
    const { report } = await tampered(sql, [ids[0]]);
    expect(report).toMatchObject({ findings: [{ code: 'INVOICE_GONE', invoiceId: 'gone', position: null }] });
  });
});
