import { describe, expect, it } from 'vitest';
import { ClaimInvoice } from '../src/claims/claim-invoice';
import { ExpireClaim } from '../src/claims/expire-claim';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus, type Merchant, type Order } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

// A minute is a minute here, so that windows stay open while the tests use them.
withService((running) => ({ world, service } = running), { APP_ENV_INVOICE_MINUTE_MS: '60000' });

const COMPANY = { kind: 'COMPANY', taxCode: '0100109106', legalName: 'Viettel', address: 'Hà Nội', email: 'a@b.vn' };
const PERSON = { kind: 'PERSON', name: 'Nguyễn Văn An' };

/** A sale whose buyer may claim. The law allows none late in the evening: paidAt decides, so the fixture moves it. */
async function claimable(): Promise<{ merchant: Merchant; order: Order; id: string; requestId: string }> {
  const merchant = await connectMerchant(world, service, { mode: 'BUYER_SELF_SERVICE', claimWindowMinutes: 1440 });
  const order = orderOf(merchant);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'PENDING');
  const { rows } = await world.sql.query<{ id: string }>(`SELECT id FROM "InvoiceRequest" WHERE source_id = $1`, [
    order.id,
  ]);
  return { merchant, order, id, requestId: rows[0]?.id ?? '' };
}

const expireNow = (requestId: string): Promise<unknown> =>
  world.sql.query(`UPDATE "InvoiceRequest" SET claim_deadline = now() WHERE id = $1`, [requestId]);

describe('a claim', () => {
  it('in time: the buyer stands on the invoice; the same body again is answered, another one is not', async () => {
    const { merchant, order, id } = await claimable();
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    const buyer = await restOf(world, service);
    const { claim } = (await owner('GET', `/invoices/${id}`)).body;
    expect(claim).toMatchObject({ state: 'PENDING', qrDataUrl: expect.stringMatching(/^data:image\/png;base64,/) });
    const token = String(claim.url).split('/').at(-1) ?? '';
    const { rows } = await world.sql.query(
      `SELECT 1 FROM "InvoiceRequest" r WHERE to_jsonb(r)::text LIKE '%' || $1 || '%'`,
      [token],
    );
    expect(rows).toEqual([]);

    const page = await buyer('GET', `/claims/${token}`);
    expect(page).toMatchObject({ status: 200, body: { state: 'PENDING', total: 107_000, itemCount: 2 } });
    expect(JSON.stringify(page.body)).not.toContain(order.id);

    const refused = await buyer('POST', `/claims/${token}`, { ...COMPANY, taxCode: '0100109107' });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'invoice.buyer.invalid', errors: [{ pointer: '/taxCode' }] },
    });
    expect((await buyer('POST', `/claims/${token}`, { ...PERSON, taxCode: '0100109106' })).status).toBe(422);
    expect((await buyer('POST', `/claims/${token}`, { ...COMPANY, extra: 1 })).body.code).toBe('request.invalid');

    expect(await buyer('POST', `/claims/${token}`, COMPANY)).toMatchObject({ status: 200, body: { state: 'CLAIMED' } });
    expect(await buyer('POST', `/claims/${token}`, COMPANY)).toMatchObject({ status: 200, body: { state: 'CLAIMED' } });
    expect(await buyer('POST', `/claims/${token}`, PERSON)).toMatchObject({ status: 404 });
    await untilStatus(world, order.id, 'SUCCESS');
    expect(await issuedAt(world, merchant)).toMatchObject([
      { buyer: { buyerTaxCode: '0100109106', buyerFullName: 'Viettel' } },
    ]);

    // Used, unknown and malformed look the same to the public, and not to staff.
    const used = (await buyer('GET', `/claims/${token}`)).body;
    const unknown = (await buyer('GET', '/claims/00000000-0000-8000-8000-000000000000')).body;
    const { requestId: _a, instance: _b, ...shown } = used;
    const { requestId: _c, instance: _d, ...other } = unknown;
    expect(shown).toEqual(other);
    expect(shown).toMatchObject({ status: 404, code: 'invoice.claim.not_available' });
    expect((await owner('GET', `/invoice-requests/by-token/${token}`)).body.code).toBe('invoice.claim.used');
    expect((await owner('GET', '/invoice-requests/by-token/nothing')).body.code).toBe('invoice.request.not_found');
  });

  it('not in time: the invoice goes to consumers, and the buyer is told nothing', async () => {
    const { merchant, order, id, requestId } = await claimable();
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    const token =
      String((await owner('GET', `/invoices/${id}`)).body.claim.url)
        .split('/')
        .at(-1) ?? '';
    await expireNow(requestId);
    await untilStatus(world, order.id, 'SUCCESS');
    expect(await issuedAt(world, merchant)).toMatchObject([{ buyer: { buyerName: 'Bán cho người tiêu dùng' } }]);
    const buyer = await restOf(world, service);
    expect((await buyer('POST', `/claims/${token}`, COMPANY)).status).toBe(404);
    expect((await owner('GET', `/invoice-requests/by-token/${token}`)).body.code).toBe('invoice.claim.expired');
    expect((await owner('POST', `/invoice-requests/${requestId}/reissue`)).body.code).toBe('invoice.claim.expired');
    const { rows } = await world.sql.query(
      `SELECT event_type FROM "Outbox" WHERE aggregate_id = $1 AND event_type = 'CLAIM_EXPIRED'`,
      [id],
    );
    expect(rows).toHaveLength(1);
  });

  it('reissued: the old code is worthless, the new one works', async () => {
    const { merchant, order, requestId } = await claimable();
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    const buyer = await restOf(world, service);
    const tokenOf = (claim: { url: string }): string => claim.url.split('/').at(-1) ?? '';
    const old = tokenOf((await owner('GET', `/invoice-requests/${requestId}`)).body.claim);
    const fresh = tokenOf((await owner('POST', `/invoice-requests/${requestId}/reissue`)).body.claim);
    expect(fresh).not.toBe(old);
    expect((await buyer('POST', `/claims/${old}`, PERSON)).status).toBe(404);
    expect((await buyer('POST', `/claims/${fresh}`, PERSON)).status).toBe(200);
    await untilStatus(world, order.id, 'SUCCESS');
  });

  it('of a buyer who was named before the payment needs nobody', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'BUYER_SELF_SERVICE' });
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    const order = orderOf(merchant);
    const named = await owner('POST', '/invoice-requests', { sourceId: order.id, buyer: COMPANY });
    expect(named.status).toBe(201);
    await produce(world, order);
    await untilStatus(world, order.id, 'SUCCESS');
    expect(await issuedAt(world, merchant)).toMatchObject([{ buyer: { buyerTaxCode: '0100109106' } }]);
  });

  it('and its deadline at once: one of them wins, and the invoice says the same', { timeout: 120_000 }, async () => {
    const claiming = service.app.get(ClaimInvoice);
    const expiring = service.app.get(ExpireClaim);
    const won = { CLAIMED: 0, EXPIRED: 0 };
    for (let round = 0; round < 25; round += 1) {
      const { merchant, order, id, requestId } = await claimable();
      const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
      const token =
        String((await owner('GET', `/invoices/${id}`)).body.claim.url)
          .split('/')
          .at(-1) ?? '';
      const deadline = new Date(Date.now() + 30);
      await world.sql.query(`UPDATE "InvoiceRequest" SET claim_deadline = $2 WHERE id = $1`, [requestId, deadline]);
      const race = async (work: () => Promise<unknown>, untilWon: boolean): Promise<boolean> => {
        for (;;) {
          try {
            await work();
            if (!untilWon || Date.now() > deadline.getTime() + 20) return true;
          } catch {
            return false;
          }
        }
      };
      // Claims begin around the deadline, expiries hammer it.
      const pauseMs = 20 + (round % 5) * 5;
      const [claimed] = await Promise.all([
        new Promise<boolean>((resolve) =>
          setTimeout(() => resolve(race(() => claiming.execute(token, COMPANY), false)), pauseMs),
        ),
        race(() => expiring.execute(requestId), true),
      ]);
      await untilStatus(world, order.id, 'SUCCESS');
      const { rows } = await world.sql.query<{ claim_state: 'CLAIMED' | 'EXPIRED' }>(
        `SELECT claim_state FROM "InvoiceRequest" WHERE id = $1`,
        [requestId],
      );
      const state = rows[0]?.claim_state ?? 'EXPIRED';
      won[state] += 1;
      expect(claimed).toBe(state === 'CLAIMED');
      const [issued, ...others] = await issuedAt(world, merchant);
      expect(others).toEqual([]);
      expect(issued?.buyer['buyerTaxCode']).toBe(state === 'CLAIMED' ? '0100109106' : '');
    }
    expect(won.CLAIMED + won.EXPIRED).toBe(25);
  });
});
