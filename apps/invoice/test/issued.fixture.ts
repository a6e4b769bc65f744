import { eventually } from '@nx/testing';
import type { InvoiceWorld, RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest } from './rest.fixture';
import {
  connectMerchant,
  orderOf,
  produce,
  untilStatus,
  type Merchant,
  type MerchantOptions,
  type Order,
} from './sale.fixture';

export interface Issued {
  readonly merchant: Merchant;
  readonly order: Order;
  /** Of the invoice. */
  readonly id: string;
  readonly owner: Rest;
}

/**
 * An issued invoice of a sale of two lines: 2 cups for 90,000 đ and half a loaf for 17,000 đ. `ordinary`: in a series of
 * no cash register.
 */
export async function issuedSale(
  world: InvoiceWorld,
  service: RunningInvoice,
  options: MerchantOptions & { readonly ordinary?: boolean } = {},
): Promise<Issued> {
  const merchant = await connectMerchant(world, service, options);
  if (options.ordinary === true) {
    await world.sql.query(
      `UPDATE "InvoiceProviderConfig" SET serial = replace(serial, 'M', 'T') WHERE merchant_id = $1`,
      [merchant.id],
    );
  }
  const order = orderOf(merchant);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'SUCCESS');
  const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
  return { merchant, order, id, owner };
}

/** Waits until one invoice, a correction too, is issued. */
export async function untilIssued(world: InvoiceWorld, id: string, timeoutMs = 15_000): Promise<void> {
  await eventually(
    async () => {
      const { rows } = await world.sql.query<{ issuance_status: string }>(
        `SELECT issuance_status FROM "Invoice" WHERE id = $1`,
        [id],
      );
      return rows[0]?.issuance_status === 'SUCCESS';
    },
    { timeoutMs },
  );
}
