import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import { openWorld, startInvoice, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, orderOf, produce, statusOf } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

beforeAll(async () => {
  world = await openWorld();
  service = await startInvoice(world.environment);
}, 120_000);
afterAll(async () => {
  await service?.stop();
  await world?.close();
});

describe('a paid sale', () => {
  it('becomes one issued invoice, with events, audit trail and the very total of the sale', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await produce(world, order);
    const row = await eventually(
      async () => {
        const found = await statusOf(world, order.id);
        return found?.issuance_status === 'SUCCESS' ? found : undefined;
      },
      { timeoutMs: 20_000 },
    );
    expect(row).toMatchObject({ invoice_number: '1', total: String(order.total) });
  });
});
