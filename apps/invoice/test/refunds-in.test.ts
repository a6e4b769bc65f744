import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EVENT_ID_HEADER, KafkaProducer } from '@nx/messaging';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { issuedSale, untilIssued, type Issued } from './issued.fixture';
import type { RestAnswer } from './rest.fixture';
import { connectMerchant, orderOf, produce, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));

const newId = (): string => `r${randomBytes(5).toString('hex')}`;

/** Payment tells that money went back, as often as wanted under one event id. */
async function refund(
  sale: { readonly merchant: { readonly id: string }; readonly order: { readonly id: string } },
  amount: number,
  { id = newId(), times = 1, kind = 'SALE' } = {},
): Promise<string> {
  const transactionId = `tx${sale.order.id}`;
  const value = {
    eventId: `e-${id}`,
    eventType: 'mq-pay:refund.success',
    occurredAt: new Date().toISOString(),
    version: 1,
    payload: {
      timestamp: new Date().toISOString(),
      source: 'payment',
      merchantId: sale.merchant.id,
      transaction: { id: transactionId, sourceType: 'SaleOrder', sourceId: sale.order.id, currency: 'VND' },
      refund: { id, clientReference: id, attemptId: 'a', amount, status: 'SUCCEEDED', kind },
    },
  };
  const message = { topic: 'payment.events', key: transactionId, value, headers: { [EVENT_ID_HEADER]: `e-${id}` } };
  await service.app.get(KafkaProducer).send(Array.from({ length: times }, () => message));
  return id;
}

interface FindingRow {
  readonly status: string;
  readonly outcome: string | null;
  readonly metadata: { readonly refunded: number; readonly takenBack: number };
}

async function findingOf(invoiceId: string): Promise<FindingRow[]> {
  const { rows } = await world.sql.query<FindingRow>(
    `SELECT status, outcome, metadata FROM "Finding" WHERE subject = $1 AND code = 'REFUND_WITHOUT_ADJUSTMENT'
     ORDER BY created_at`,
    [invoiceId],
  );
  return rows;
}

const untilNoted = (refundId: string): Promise<unknown> =>
  eventually(async () => {
    const { rowCount } = await world.sql.query(`SELECT 1 FROM "SaleRefund" WHERE refund_id = $1`, [refundId]);
    return rowCount === 1;
  });
const adjust = (sale: Issued, quantity: string): Promise<RestAnswer> =>
  sale.owner('POST', `/invoices/${sale.id}/adjust`, {
    cause: 'GOODS_RETURNED',
    reason: 'Khách trả hàng',
    lines: [{ ordinal: 1, quantity }],
  });

describe('money that goes back alone', () => {
  it('opens one case for a person, and the adjustment that explains it closes it', { timeout: 60_000 }, async () => {
    const sale = await issuedSale(world, service);
    const first = await refund(sale, 45_000, { times: 3 });
    await untilNoted(first);
    expect(await findingOf(sale.id)).toMatchObject([{ status: 'OPEN', metadata: { refunded: 45_000, takenBack: 0 } }]);
    await untilNoted(await refund(sale, 22_500));
    const half = await adjust(sale, '1');
    await untilIssued(world, half.body.id);
    expect(await findingOf(sale.id)).toMatchObject([{ status: 'OPEN' }]);
    const rest = await adjust(sale, '0.5');
    await untilIssued(world, rest.body.id);
    expect(await findingOf(sale.id)).toMatchObject([{ status: 'RESOLVED', outcome: 'CAUSE_GONE' }]);
    const { rows } = await world.sql.query(`SELECT 1 FROM "SaleRefund" WHERE source_id = $1`, [sale.order.id]);
    expect(rows).toHaveLength(2);
  });

  it(
    'is explained by an adjustment that was issued before, and by a smaller replacement',
    { timeout: 60_000 },
    async () => {
      const adjusted = await issuedSale(world, service);
      await untilIssued(world, (await adjust(adjusted, '1')).body.id);
      await untilNoted(await refund(adjusted, 45_000));
      expect(await findingOf(adjusted.id)).toEqual([]);
      const replaced = await issuedSale(world, service);
      const item = { name: 'Trà', quantity: '1', unitPrice: '30000', total: 30_000, taxRate: '10%' };
      const body = { cause: 'MATERIAL_ERROR', reason: 'Sai hàng', items: [item], total: 30_000 };
      const made = await replaced.owner('POST', `/invoices/${replaced.id}/replace`, body);
      await untilIssued(world, made.body.id);
      await untilNoted(await refund(replaced, 77_000));
      expect(await findingOf(replaced.id)).toEqual([]);
      await untilNoted(await refund(replaced, 1));
      expect(await findingOf(replaced.id)).toMatchObject([
        { status: 'OPEN', metadata: { refunded: 77_001, takenBack: 77_000 } },
      ]);
    },
  );

  it('before the invoice is issued is told as soon as it says more than was kept', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    const early = await refund({ merchant, order }, 7_000);
    await untilNoted(early);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    expect(await findingOf(id)).toEqual([]);
    await world.sql.query(`UPDATE "Invoice" SET due_at = now() WHERE id = $1`, [id]);
    await untilStatus(world, order.id, 'SUCCESS');
    expect(await findingOf(id)).toMatchObject([{ status: 'OPEN', metadata: { refunded: 7_000 } }]);
  });

  it('that never counted for the sale, or of a sale without an invoice, needs nothing', async () => {
    const sale = await issuedSale(world, service);
    await refund(sale, 45_000, { kind: 'SUSPENSE' });
    const nobody = { merchant: sale.merchant, order: { id: newId() } };
    await untilNoted(await refund(nobody, 1_000));
    await untilNoted(await refund(sale, 1));
    expect(await findingOf(sale.id)).toMatchObject([{ metadata: { refunded: 1 } }]);
  });

  it('and the adjustment at the same moment leave no case behind', { timeout: 90_000 }, async () => {
    const sales = await Promise.all(Array.from({ length: 12 }, () => issuedSale(world, service)));
    const adjustments = await Promise.all(
      sales.map(async (sale) => {
        const [made] = await Promise.all([adjust(sale, '1'), refund(sale, 45_000)]);
        return { sale, id: String(made.body.id) };
      }),
    );
    for (const { id } of adjustments) await untilIssued(world, id, 40_000);
    await eventually(async () => {
      const { rows } = await world.sql.query<{ count: string }>(
        `SELECT count(*) FROM "SaleRefund" WHERE source_id = ANY ($1)`,
        [sales.map(({ order }) => order.id)],
      );
      return rows[0]?.count === '12';
    });
    for (const { sale } of adjustments) {
      expect((await findingOf(sale.id)).filter(({ status }) => status === 'OPEN')).toEqual([]);
    }
  });

  it('parks a record that is none of payment’s, and goes on with other keys', async () => {
    await service.app
      .get(KafkaProducer)
      .send([{ topic: 'payment.events', key: 'broken', value: { eventType: 'mq-pay:refund.success', payload: 7 } }]);
    await eventually(async () => {
      const { rows } = await world.sql.query(`SELECT 1 FROM "ParkedRecord" WHERE key = 'broken'`);
      return rows.length === 1;
    });
    const sale = await issuedSale(world, service);
    await untilNoted(await refund(sale, 5));
  });
});
