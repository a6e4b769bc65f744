import { describe, expect, it } from 'vitest';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, knowTax, orderOf, produce, untilStatus, type Merchant } from './sale.fixture';

/** More than a sweeper takes up in one round: due invoices, and what waits for tax data or for the legal clock. */
const STUCK = { due: 510, waiting: 210 };

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running), { APP_ENV_LOG_LEVEL: 'silent' });

/** A pending invoice that nobody has nudged: only the sweeper can find it once it is due. */
async function pending(merchant: Merchant): Promise<{ id: string; orderId: string }> {
  const order = orderOf(merchant);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'PENDING');
  return { id, orderId: order.id };
}

/** Many copies of an invoice, each with some columns changed. */
async function copies(id: string, count: number, changed: Readonly<Record<string, string>>): Promise<void> {
  const { rows } = await world.sql.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'invoice' AND table_name = 'Invoice' AND is_generated = 'NEVER'`,
  );
  const columns = rows.map(({ name }) => name);
  const values = columns.map((name) => changed[name] ?? name);
  await world.sql.query(
    `INSERT INTO "Invoice" (${columns.join(', ')}) SELECT ${values.join(', ')} FROM "Invoice", generate_series(1, $2) AS n
     WHERE id = $1`,
    [id, count],
  );
}

/** Near its deadline, and open for longer than late sales are given to be issued. */
const NEAR = `UPDATE "Invoice" SET legal_deadline_at = now() + interval '1 hour', created_at = now() - interval '2 hours'
 WHERE id = $1`;

const COPY = { id: `'stuck' || n || id`, source_id: `'stuck' || n || source_id` };

describe('work that always fails', () => {
  it('does not keep a healthy invoice from its turn, however many there are of it', { timeout: 60_000 }, async () => {
    const broken = await connectMerchant(world, service, { mode: 'MANUAL' });
    const { id } = await pending(broken);
    await copies(id, STUCK.due, {
      ...COPY,
      due_at: `now() - interval '1 hour'`,
      provider_config_snapshot: `jsonb_set(provider_config_snapshot, '{invoiceProviderId}', '"gone"')`,
    });
    const healthy = await pending(await connectMerchant(world, service, { mode: 'MANUAL' }));
    await world.sql.query(`UPDATE "Invoice" SET due_at = now() WHERE id = $1`, [healthy.id]);
    await untilStatus(world, healthy.orderId, 'SUCCESS', 40_000);
    const { rows } = await world.sql.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM "Invoice" WHERE merchant_id = $1 AND due_at <= now()`,
      [broken.id],
    );
    expect(rows).toEqual([{ count: STUCK.due }]);
    await world.sql.query(`UPDATE "Invoice" SET due_at = NULL WHERE merchant_id = $1`, [broken.id]);
  });

  it('does not keep what waits for tax data, nor what comes near its deadline', { timeout: 60_000 }, async () => {
    const broken = await connectMerchant(world, service, { mode: 'MANUAL', withTaxInfo: false });
    const { id } = await pending(broken);
    // A sale that cannot be read any more: releasing it throws each time.
    await copies(id, STUCK.waiting, {
      ...COPY,
      tax_point: `tax_point - interval '1 hour'`,
      sale_snapshot: `'{"lines": [null]}'`,
      legal_deadline_at: `now() - interval '2 days'`,
    });
    await world.sql.query(NEAR, [id]);
    await knowTax(world, broken);
    const released = async (): Promise<boolean> => {
      const { rows } = await world.sql.query(`SELECT 1 FROM "Invoice" WHERE id = $1 AND findings = '{}'`, [id]);
      return rows.length === 1;
    };
    await expect.poll(released, { timeout: 40_000 }).toBe(true);
    const told = async (code: string): Promise<number> => {
      const { rows } = await world.sql.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM "Finding" WHERE merchant_id = $1 AND code = $2`,
        [broken.id, code],
      );
      return rows[0]?.count ?? 0;
    };
    await expect.poll(() => told('LEGAL_DEADLINE_NEAR'), { timeout: 40_000 }).toBe(1);
    await expect.poll(() => told('LEGAL_DEADLINE_PASSED'), { timeout: 40_000 }).toBe(STUCK.waiting);
    // Those whose deadline has passed are none that come near it.
    expect(await told('LEGAL_DEADLINE_NEAR')).toBe(1);
  });
});
