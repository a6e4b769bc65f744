import { describe, expect, it } from 'vitest';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, issuedAt, knowTax, orderOf, produce, statusOf, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));

describe('the order of a series', () => {
  it('lets a younger day wait for an older one that is open, because the provider takes no older date later', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const old = orderOf(merchant);
    await produce(world, old);
    const { id } = await untilStatus(world, old.id, 'PENDING');
    await world.sql.query(`UPDATE "Invoice" SET tax_point = tax_point - interval '1 day' WHERE id = $1`, [id]);
    await world.sql.query(`UPDATE "InvoiceProviderConfig" SET issuance_mode = 'REAL_TIME' WHERE merchant_id = $1`, [
      merchant.id,
    ]);
    const young = orderOf(merchant);
    await produce(world, young);
    const made = await untilStatus(world, young.id, 'PENDING');
    // Far from its own deadline, whatever the time of the day is while this runs.
    const later = `UPDATE "Invoice" SET legal_deadline_at = now() + interval '5 hours' WHERE id = $1`;
    await world.sql.query(later, [made.id]);
    await world.sql.query(`UPDATE "Invoice" SET due_at = now() WHERE id = $1`, [id]);
    await untilStatus(world, young.id, 'SUCCESS');
    const [first, second] = await issuedAt(world, merchant);
    expect([first?.requestId, second?.requestId]).toEqual([id, made.id]);
  });

  it('of two workers with the tax data and a claim at once leaves no invoice behind', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 10; round += 1) {
      const merchant = await connectMerchant(world, service, {
        mode: 'BUYER_SELF_SERVICE',
        withTaxInfo: false,
        claimWindowMinutes: 1440,
      });
      const order = orderOf(merchant);
      await produce(world, order);
      await untilStatus(world, order.id, 'PENDING');
      await Promise.all([
        knowTax(world, merchant),
        world.sql.query(`UPDATE "InvoiceRequest" SET claim_deadline = now() WHERE source_id = $1`, [order.id]),
      ]);
      await untilStatus(world, order.id, 'SUCCESS');
      expect((await statusOf(world, order.id))?.findings).toEqual([]);
    }
  });
});
