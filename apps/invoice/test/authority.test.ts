import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf } from './rest.fixture';
import { connectMerchant, orderOf, produce, untilStatus } from './sale.fixture';
import { openTvanDesk } from './tvan-desk.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));
afterEach(() => world.sandbox.call('DELETE', '/faults'));

/** An invoice that its provider has issued; the code of the authority came with it, or comes so much later. */
async function issued({ codedAfterMs }: { codedAfterMs?: number } = {}) {
  const merchant = await connectMerchant(world, service);
  const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
  const order = orderOf(merchant);
  if (codedAfterMs !== undefined) {
    const target = 'vnpay-invoice.issue';
    await world.sandbox.call('POST', '/faults', { kind: 'coded-later', target, count: 1, ms: codedAfterMs });
  }
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'SUCCESS');
  return { merchant, owner, id };
}

describe("the authority's code", () => {
  it('is asked for at the provider until it is there; until then the invoice is shown as not valid', async () => {
    const { owner, id } = await issued({ codedAfterMs: 1500 });
    expect((await owner('GET', `/invoices/${id}`)).body).toMatchObject({
      issuanceStatus: 'SUCCESS',
      authorityStatus: 'PENDING',
      cqtCode: null,
      valid: false,
    });
    const coded = await eventually(async () => {
      const { body } = await owner('GET', `/invoices/${id}`);
      return body.authorityStatus === 'CODED' ? body : undefined;
    });
    expect(coded).toMatchObject({ valid: true, cqtCode: expect.stringMatching(/^M1-/) });
    const { rows } = await world.sql.query<{ asks: number; told: number }>(
      `SELECT authority_asks AS asks, (SELECT count(*)::int FROM "Outbox" o
         WHERE o.aggregate_id = i.id AND o.event_type = 'invoice.success') AS told FROM "Invoice" i WHERE id = $1`,
      [id],
    );
    expect(rows[0]?.asks).toBeGreaterThan(1);
    // Once when it was issued, once when it became valid.
    expect(rows[0]?.told).toBe(2);
  });

  it('that came with the answer is not asked for, and a refused invoice is not valid', async () => {
    const { owner, id } = await issued();
    expect((await owner('GET', `/invoices/${id}`)).body).toMatchObject({ authorityStatus: 'CODED', valid: true });
    await world.sql.query(`UPDATE "Invoice" SET authority_status = 'REJECTED' WHERE id = $1`, [id]);
    expect((await owner('GET', `/invoices/${id}`)).body).toMatchObject({ valid: false });
    const { rows } = await world.sql.query(`SELECT authority_asks FROM "Invoice" WHERE id = $1`, [id]);
    expect(rows).toEqual([{ authority_asks: 0 }]);
  });

  it('that is refused when it is asked for makes the invoice invalid, and a person hears of it', async () => {
    const { merchant, owner, id } = await issued({ codedAfterMs: 3_600_000 });
    const desk = await openTvanDesk();
    try {
      await desk.take(world, id, merchant);
      const refused = await eventually(async () => {
        const { body } = await owner('GET', `/invoices/${id}`);
        return body.authorityStatus === 'PENDING' ? undefined : body;
      });
      expect(refused).toMatchObject({ issuanceStatus: 'SUCCESS', authorityStatus: 'REJECTED', valid: false });
    } finally {
      await desk.close();
    }
    const { code, message } = desk.refusal;
    const { rows } = await world.sql.query<{ detail: string }>(
      `SELECT code, status, detail FROM "Finding" WHERE invoice_id = $1`,
      [id],
    );
    expect(rows).toMatchObject([{ code: 'AUTHORITY_REJECTED', status: 'OPEN' }]);
    expect(rows[0]?.detail).toContain(`${code} ${message}`);
  });
});
