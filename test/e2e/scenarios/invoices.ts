import { expect, it } from 'vitest';
import { Api, waitFor } from '../../../tools/demo/http.mjs';
import { taxDataKnown } from '../../../tools/demo/merchant.mjs';
import type { Channel } from '../../../tools/demo/merchant.mjs';
import { CASH, COMPANY } from '../support/choices';
import type { Shop } from '../support/world';

/** A sale in cash on a channel, completed in sale. */
async function sold({ till }: Shop, channel: Channel, options: object = {}): Promise<{ id: string; total: number }> {
  const order = await till.order({ channel, ...options });
  const { attempt } = await till.checkout(order, CASH);
  await till.receive(attempt, order.total);
  await till.orderIn(order.id, '303_COMPLETED');
  return order;
}

/** An invoice in the vendor's books. */
interface Book {
  readonly buyer: Readonly<Record<string, string>>;
}

/** What the vendor has in its books under an invoice's key. */
async function books({ till }: Shop, invoice: { providerKey: string }): Promise<Book[]> {
  const { data } = await till.sandbox.get('/vnpay-invoice/invoices');
  return data.filter(({ requestId }: { requestId: string }) => requestId === invoice.providerKey);
}

/** The window of the receipts that come: in minutes, which last a second in this system. */
const setClaimWindow = ({ till, merchant }: Shop, claimWindowMinutes: number): Promise<unknown> =>
  till.invoices.call('PATCH', `/invoice-provider-configs/${merchant.channels.receipt.configId}`, {
    claimWindowMinutes,
  });

export function invoiceScenarios(shop: () => Shop): void {
  it("shows a merchant's new tax data on the next invoice, and leaves those that were issued", async () => {
    const { till, world, merchant } = shop();
    const { merchantId, channels } = merchant;
    const first = await till.invoice((await sold(shop(), channels.counter)).id);
    const address = '99 Phố Mới, phường Hoàn Kiếm, Hà Nội';
    await till.sandbox.call('PATCH', `/commerce/merchants/${merchantId}`, { tax: { address } });
    await taxDataKnown(world.urls, merchant, (tax) => tax.address === address);
    const second = await till.invoice((await sold(shop(), channels.counter)).id);
    const snapshots = await world.sql<{ id: string; address: string }>(
      `SELECT id, tax_snapshot->'seller'->>'address' AS address FROM invoice."Invoice" WHERE id = ANY ($1)`,
      [[first.id, second.id]],
    );
    const of = (id: string): string | undefined => snapshots.find((row) => row.id === id)?.address;
    expect(of(second.id)).toBe(address);
    expect(of(first.id)).not.toBe(address);
    expect(Number(second.invoiceNumber)).toBeGreaterThan(Number(first.invoiceNumber));
  });

  it('skips a change of the merchant that leaves its tax data alone, and says so in the log', async () => {
    const { till, world, merchant } = shop();
    const skipped = (): number =>
      world.log('invoice-worker').split('[handleMerchantCDC] op=u tax unchanged, SKIP').length - 1;
    const before = skipped();
    const stored = (): Promise<object[]> =>
      world.sql(
        `SELECT tax_code, full_name, address, tax_method, email, phone FROM tax."TaxInfo" WHERE principal_id = $1`,
        [merchant.merchantId],
      );
    const [row] = await stored();
    await till.sandbox.call('PATCH', `/commerce/merchants/${merchant.merchantId}`, { name: 'Cà phê Demo 2' });
    await waitFor('the log marker', () => skipped() > before);
    expect(await stored()).toEqual([row]);
  });

  it('puts the buyer who claims in time on the invoice, once', async () => {
    const { till, merchant } = shop();
    await setClaimWindow(shop(), 60);
    const order = await sold(shop(), merchant.channels.receipt);
    const pending = await till.invoice(order.id, 'PENDING');
    const { claim } = await till.invoices.get(`/invoices/${pending.id}`);
    expect(claim).toMatchObject({ state: 'PENDING', qrDataUrl: expect.stringMatching(/^data:image\/png;base64,/) });
    const page = new Api(claim.url);
    const seen = await page.get('');
    expect(seen).toMatchObject({ state: 'PENDING' });
    expect(JSON.stringify(seen)).not.toContain(merchant.merchantId);
    const wrong = await page.send('POST', '', { ...COMPANY, taxCode: '0100233480' });
    expect(wrong.status).toBe(422);
    expect((await page.send('POST', '', COMPANY)).status).toBe(200);
    const issued = await till.invoice(order.id);
    expect(await books(shop(), issued)).toMatchObject([{ buyer: { buyerTaxCode: COMPANY.taxCode } }]);
    expect((await page.send('POST', '', COMPANY)).status).toBe(200);
    const late = await page.send('POST', '', { ...COMPANY, taxCode: '0104359717' });
    const unknown = await new Api(claim.url.replace(/.$/, (last: string) => (last === '0' ? '1' : '0'))).send(
      'GET',
      '',
    );
    for (const { status, body } of [late, unknown])
      expect([status, body.code]).toEqual([404, 'invoice.claim.not_available']);
    expect(await books(shop(), issued)).toHaveLength(1);
  });

  it('issues to the consumer when nobody claims', async () => {
    const { till, merchant } = shop();
    await setClaimWindow(shop(), 2);
    const order = await sold(shop(), merchant.channels.receipt);
    const issued = await till.invoice(order.id);
    const [book, ...more] = await books(shop(), issued);
    expect(more).toEqual([]);
    expect(book?.buyer).toMatchObject({ buyerTaxCode: '' });
    expect(JSON.stringify(book?.buyer).toLowerCase()).toContain('người tiêu dùng');
    const { claim } = await till.invoices.get(`/invoices/${issued.id}`);
    expect(claim).toMatchObject({ state: 'EXPIRED', url: null });
  });

  it('makes one invoice of a record that comes again, in either shape', async () => {
    const { till, world, merchant } = shop();
    const order = await sold(shop(), merchant.channels.counter, { options: { shape: 'older', duplicates: 2 } });
    const issued = await till.invoice(order.id);
    await till.sandbox.post(`/sale/orders/${order.id}/produce`, { shape: 'newer' });
    // A sale after it on the same key's topic shows that the repeated record was looked at.
    await waitFor('the repeated record', async (note) => {
      const log = world.log('invoice-worker').split('\n');
      const seen = log.filter((line) => line.includes('[handlePaymentSuccess]') && line.includes(order.id));
      note(seen.length);
      return seen.length >= 2;
    });
    const rows = await world.sql('SELECT id FROM invoice."Invoice" WHERE source_id = $1', [order.id]);
    expect(rows).toEqual([{ id: issued.id }]);
    expect(await books(shop(), issued)).toHaveLength(1);
  });

  it('finds an invoice that the vendor issued and then fell silent about, instead of issuing it twice', async () => {
    const { till, merchant } = shop();
    const fault = { kind: 'done-then-5xx', target: 'vnpay-invoice.issue', count: 1, status: 502 };
    await till.sandbox.post('/faults', fault);
    const order = await sold(shop(), merchant.channels.counter);
    const issued = await till.invoice(order.id, 'SUCCESS', { timeoutMs: 45_000 });
    await till.sandbox.call('DELETE', '/faults');
    expect(await books(shop(), issued)).toHaveLength(1);
  });
}
