import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { Api, waitFor } from '../../../tools/demo/http.mjs';
import { CASH, COMPANY } from '../support/choices';
import { HOUR_MS, isToday, sellForCash, type ClockedShop, type Jump } from '../support/clocked-shop';

/** A test must not see the day end. */
const MARGIN_MS = 5 * 60_000;

/** As much of a jump as leaves the day what it is. */
function withinToday(byMs: number): number {
  let jumpMs = byMs;
  while (jumpMs !== 0 && !isToday(jumpMs + Math.sign(jumpMs) * MARGIN_MS)) jumpMs = Math.trunc(jumpMs / 2);
  return jumpMs;
}

/** What becomes of claims, notices and invoices while the clock of the process that issues them jumps. */
export function claimScenarios(shop: () => ClockedShop, { byMs }: Jump): void {
  const isAhead = byMs > 0;
  const setClock = (ms: number): Promise<void> => shop().clocks.invoice.set(shop().service('invoice'), ms);
  afterAll(() => setClock(0));

  it('issues each invoice once, under the lease that the worker had', async () => {
    const { till, world } = shop();
    const fences = (): Promise<object[]> =>
      world.sql(`SELECT lease_name, fencing_token FROM platform."WorkerLease"
        WHERE lease_name LIKE 'invoice/worker/%' AND expires_at > clock_timestamp()`);
    const before = await sellForCash(shop());
    await till.invoice(before.order.id);
    const fence = await fences();
    expect(fence).toHaveLength(1);
    await setClock(withinToday(byMs));
    const after = await sellForCash(shop());
    await till.invoice(after.order.id);
    expect(await fences()).toEqual(fence);
    for (const { order } of [before, after]) {
      const { providerKey } = await till.invoice(order.id);
      const { data } = await world.sandbox.get('/vnpay-invoice/invoices');
      expect(data.filter(({ requestId }: { requestId: string }) => requestId === providerKey)).toHaveLength(1);
    }
    await setClock(0);
  });

  it(`ends the time for a claim ${isAhead ? 'early' : 'late'}`, async () => {
    const { till, merchant, world } = shop();
    const order = await till.order({ channel: merchant.channels.receipt });
    const { attempt } = await till.checkout(order, CASH);
    await till.receive(attempt, order.total);
    const { id } = await till.invoice(order.id, 'PENDING');
    const { claim } = await till.invoices.get(`/invoices/${id}`);
    const page = new Api(claim.url);
    const endsIn = (ms: number): Promise<{ claim_state: string }[]> =>
      world.sql(
        `UPDATE invoice."InvoiceRequest" SET claim_deadline = now() + $2 * interval '1 millisecond'
         WHERE source_id = $1 RETURNING claim_state`,
        [order.id, ms],
      );
    if (isAhead) {
      expect(await endsIn(HOUR_MS)).toEqual([{ claim_state: 'PENDING' }]);
      await setClock(byMs);
      const late = await page.send('POST', '', COMPANY);
      expect([late.status, late.body.code]).toEqual([404, 'invoice.claim.not_available']);
      await waitFor('the claim to be over', async (note) => {
        const { claim: now } = await till.invoices.get(`/invoices/${id}`);
        note(now);
        return now.state === 'EXPIRED';
      });
    } else {
      await setClock(byMs);
      expect(await endsIn(-HOUR_MS)).toEqual([{ claim_state: 'PENDING' }]);
      expect((await page.send('POST', '', COMPANY)).body).toMatchObject({ state: 'CLAIMED' });
    }
    await setClock(0);
  });

  it('refuses notices of the day that it really is, and takes them, sent again, once the clock is mended', async () => {
    const { till, world } = shop();
    const secret = world.system.environment('invoice', 'full')['WEBHOOK_SECRET'] ?? '';
    const body = JSON.stringify({ id: randomUUID(), type: 'order.noted', data: {} });
    const notify = (): Promise<Response> => {
      const timestamp = String(Date.now());
      const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
      return fetch(`${till.urls.invoice}/webhooks`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-webhook-source': 'merchant',
          'x-webhook-timestamp': timestamp,
          'x-webhook-signature': `sha256=${signature}`,
        },
        body,
      });
    };
    await setClock(byMs);
    const refused = await notify();
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      401,
      'invoice.webhook.signature',
    ]);
    await setClock(0);
    expect((await notify()).ok).toBe(true);
  });
}
