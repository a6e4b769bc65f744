import type { ParkedRecordPage } from '@nx/reliable';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { opsOn } from './ops.fixture';
import { restOf } from './rest.fixture';
import { connectMerchant, issuedAt, knowTax, orderOf, produce, statusOf, taxCode, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running), {
  APP_ENV_PARKING_DELAYS_MS: '20,20',
  APP_ENV_PARKING_SWEEP_MS: '50',
});

const countOf = async (sql: string, params: unknown[] = []): Promise<number> =>
  Number((await world.sql.query<{ count: string }>(`SELECT count(*) AS count FROM ${sql}`, params)).rows[0]?.count);

describe('a paid sale', () => {
  it('becomes one issued invoice with its trail, however often Kafka says it', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await produce(world, order, 4);
    const row = await untilStatus(world, order.id, 'SUCCESS');
    expect(row).toMatchObject({ invoice_number: '1', total: String(order.total), findings: [] });
    const [issued, ...others] = await issuedAt(world, merchant);
    expect(others).toEqual([]);
    expect(issued).toMatchObject({ requestId: row.id, total: order.total, totalTax: 9727 });
    expect(await countOf(`"Invoice" WHERE source_id = $1`, [order.id])).toBe(1);

    const steps = await world.sql.query<{ event_type: string }>(
      `SELECT event_type FROM "InvoiceAuditTracing" WHERE source_id = $1 ORDER BY position`,
      [order.id],
    );
    expect(steps.rows.map(({ event_type: type }) => type)).toEqual(['MADE', 'TAKEN', 'ISSUED']);
    const calls = await world.sql.query(`SELECT kind, outcome FROM "InvoiceIssuance" WHERE source_id = $1`, [order.id]);
    expect(calls.rows).toEqual([{ kind: 'ISSUE', outcome: 'ISSUED' }]);
    await eventually(async () => {
      const { rows } = await world.sql.query<{ event_type: string; published_at: Date | null }>(
        `SELECT event_type, published_at FROM "Outbox" WHERE aggregate_id = $1 ORDER BY aggregate_version, position`,
        [row.id],
      );
      expect(rows.map(({ event_type: type }) => type)).toEqual([
        'invoice.created',
        'invoice.processing',
        'invoice.success',
        'INVOICE_ISSUED',
      ]);
      return rows.every(({ published_at: at }) => at !== null);
    });
  });

  it('of the older shape is completed by asking sale', async () => {
    const merchant = await connectMerchant(world, service);
    const made = await world.sandbox.call<{ order: { id: string; total: number } }>('POST', '/sale/orders', {
      merchantId: merchant.id,
      organizerId: merchant.organizerId,
      saleChannelId: merchant.channelId,
      items: [{ name: 'Phở', quantity: 1, unitPrice: 50_000, taxRate: 10 }],
    });
    const { id } = made.order;
    await world.sandbox.call('POST', `/sale/orders/${id}/produce`, {
      value: {
        saleOrderId: id,
        saleOrderNumber: 'SO1',
        saleOrderStatus: '303_COMPLETED',
        merchantId: merchant.id,
        saleChannelId: merchant.channelId,
        payment: { total: 50_000, paid: 50_000, currency: 'VND', isFullyPaid: true, paidAt: new Date().toISOString() },
      },
    });
    expect(await untilStatus(world, id, 'SUCCESS')).toMatchObject({ total: '50000' });
  });

  it.each([
    ['partial', { status: '300_PARTIAL' }],
    ['without channel', { saleChannelId: null }],
    ['of a channel that nobody mapped', { saleChannelId: 'nowhere' }],
  ])('%s is left alone', async (_what, change) => {
    const merchant = await connectMerchant(world, service);
    const skipped = orderOf(merchant, change);
    const marker = orderOf(merchant);
    await produce(world, skipped);
    await produce(world, marker);
    await untilStatus(world, marker.id, 'SUCCESS');
    expect(await statusOf(world, skipped.id)).toBeUndefined();
  });

  it('with a fraction of a đồng is parked, and holds up nobody else', async () => {
    const merchant = await connectMerchant(world, service);
    const wrong = orderOf(merchant, { total: '107000.5000' });
    const right = orderOf(merchant);
    await produce(world, wrong);
    await produce(world, right);
    await untilStatus(world, right.id, 'SUCCESS');
    await eventually(async () => (await countOf(`"ParkedRecord" WHERE key = $1`, [wrong.id])) === 1);
    expect(await statusOf(world, wrong.id)).toBeUndefined();
  });

  it('that could not be handled comes back by a person and is invoiced once, with who and why', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    const admin = new pg.Client({ connectionString: world.database.urlFor('admin') });
    await admin.connect();
    try {
      // A defect of this release.
      await admin.query(`CREATE FUNCTION invoice.defect() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a defect of this release'; END $$`);
      await admin.query(`CREATE TRIGGER defect BEFORE INSERT ON invoice."Invoice" FOR EACH ROW
        WHEN (NEW.source_id = '${order.id}') EXECUTE FUNCTION invoice.defect()`);
      await produce(world, order);
      const operator = await restOf(world, service, { role: '600_operator', merchantIds: [] });
      const path = `/operations/parked-records?key=${order.id}&status=505_DEAD_LETTERED`;
      const dead = await eventually(async () => (await operator<ParkedRecordPage>('GET', path)).body.data[0], {
        timeoutMs: 30_000,
      });
      expect(dead.errorMessage).toContain('a defect of this release');
      const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
      expect((await owner('GET', path)).status).toBe(403);
      await admin.query('DROP TRIGGER defect ON invoice."Invoice"');
      const replay = ['invoice', 'replay-parked', `--id=${dead.id}`, '--reason=the release is out'];
      expect((await opsOn(service, ['invoice', 'list-parked', `--key=${order.id}`])).out).toContain(dead.eventId);
      expect(await opsOn(service, replay)).toEqual({ code: 0, out: '1 on their way again' });
      await untilStatus(world, order.id, 'SUCCESS');
      await eventually(async () => (await opsOn(service, replay)).code === 1);
      expect(await countOf(`"Invoice" WHERE source_id = $1`, [order.id])).toBe(1);
      const audit = `"AuditTrail" WHERE entity_id = $1 AND action = 'dead-letter.replay' AND reason = 'the release is out'`;
      expect(await countOf(audit, [dead.id])).toBe(1);
    } finally {
      await admin.end();
    }
  });

  it('waits for the tax data of its seller, which comes by CDC; an unchanged record changes nothing', async () => {
    const merchant = await connectMerchant(world, service, { withTaxInfo: false });
    const order = orderOf(merchant);
    await produce(world, order);
    await untilStatus(world, order.id, 'PENDING');
    expect((await statusOf(world, order.id))?.findings).toEqual(['SELLER_TAX_MISSING']);
    const tax = { taxCode: merchant.taxCode, fullName: 'Công ty A', address: '1 Huế', taxMethod: 'DEDUCTION' };
    await world.sandbox.call('POST', '/commerce/merchants', {
      id: merchant.id,
      organizerId: merchant.organizerId,
      name: 'Shop A',
      tax,
    });
    await untilStatus(world, order.id, 'SUCCESS');
    const before = await world.sql.query(`SELECT modified_at, full_name FROM tax."TaxInfo" WHERE principal_id = $1`, [
      merchant.id,
    ]);
    expect(before.rows[0]).toMatchObject({ full_name: 'Công ty A' });

    await world.sandbox.call('PATCH', `/commerce/merchants/${merchant.id}`, { status: '401_DEACTIVATED' });
    await world.sandbox.call('PATCH', `/commerce/merchants/${merchant.id}`, {
      tax: { taxCode: '0100109107', address: '2 Huế' },
    });
    const info = await eventually(async () => {
      const { rows } = await world.sql.query<{ findings: unknown[]; address: string; tax_code: string }>(
        `SELECT findings, address, tax_code FROM tax."TaxInfo" WHERE principal_id = $1`,
        [merchant.id],
      );
      return rows[0]?.findings.length === 1 ? rows[0] : undefined;
    });
    expect(info).toMatchObject({ address: '1 Huế', tax_code: merchant.taxCode });

    const next = taxCode();
    await world.sandbox.call('PATCH', `/commerce/merchants/${merchant.id}`, {
      tax: { ...tax, taxCode: next, address: '3 Huế' },
    });
    await eventually(async () => {
      const { rows } = await world.sql.query(
        `SELECT 1 FROM "MerchantInvoiceProfile" WHERE merchant_id = $1 AND needs_registration`,
        [merchant.id],
      );
      return rows.length === 1;
    });
    const { rows } = await world.sql.query(`SELECT seller_tax_code FROM "Invoice" WHERE source_id = $1`, [order.id]);
    expect(rows).toEqual([{ seller_tax_code: merchant.taxCode }]);
  });

  it('leaves rows that nobody rewrites', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    await untilStatus(world, order.id, 'PENDING');
    await expect(world.sql.query(`DELETE FROM "InvoiceAuditTracing"`)).rejects.toThrow(/permission denied/);
    await expect(world.sql.query(`UPDATE "InvoiceAuditTracing" SET outcome = 'x'`)).rejects.toThrow(
      /permission denied/,
    );
    await expect(world.sql.query(`TRUNCATE "InvoiceAuditTracing"`)).rejects.toThrow(/permission denied/);
    // The sale has one invoice: the database itself refuses a second.
    await knowTax(world, await connectMerchant(world, service, { withTaxInfo: false }));
  });
});
