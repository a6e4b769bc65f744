import { eventually, type Wire } from '@nx/testing';
import { describe, expect, it } from 'vitest';
import { withWiredService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { issuedSale } from './issued.fixture';
import { restOf, type Rest, type RestAnswer } from './rest.fixture';
import { connectMerchant, orderOf, seriesOf, type Merchant } from './sale.fixture';

/** A service whose way to PostgreSQL breaks where the test says. */
let world: InvoiceWorld;
let wire: Wire;
let service: RunningInvoice;

withWiredService((running) => ({ world, service, wire } = running));

interface Case {
  readonly merchant: Merchant;
  readonly owner: Rest;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

const connected = async (): Promise<{ merchant: Merchant; owner: Rest; configId: string }> => {
  const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
  const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
  const { body } = await owner('GET', '/invoice-provider-configs');
  return { merchant, owner, configId: body.data[0]?.id ?? '' };
};

const provider = async (): Promise<Case> => {
  const { merchant, owner } = await connected();
  const body = {
    name: 'Another',
    provider: 'VNPAY',
    baseUrl: world.sandbox.url,
    taxCode: merchant.taxCode,
    clientId: 'a',
    clientSecret: 'once-very-secret',
  };
  return { merchant, owner, path: '/invoice-providers', body };
};

const providerConfig = async (): Promise<Case> => {
  const { merchant, owner } = await connected();
  const body = {
    invoiceProviderId: merchant.providerId,
    name: 'Another',
    serial: seriesOf(new Date()),
    form: 1,
    category: 'POS_VAT',
    issuanceMode: 'MANUAL',
  };
  return { merchant, owner, path: '/invoice-provider-configs', body };
};

const mapping = async (): Promise<Case> => {
  const { merchant, owner, configId } = await connected();
  const body = { saleChannelId: 'ch1', invoiceProviderConfigId: configId };
  return { merchant, owner, path: '/invoice-config-mappings', body };
};

const invoice = async (): Promise<Case> => {
  const { merchant, owner, configId } = await connected();
  const body = {
    invoiceProviderConfigId: configId,
    sourceId: orderOf(merchant).id,
    paidAt: new Date().toISOString(),
    paymentMethod: 'CASH',
    items: [{ name: 'Trà', quantity: '1', unitPrice: '30000', total: 30_000, taxRate: '10%' }],
    total: 30_000,
  };
  return { merchant, owner, path: '/invoices', body };
};

const COMPANY = { kind: 'COMPANY', taxCode: '0100109106', legalName: 'Viettel', address: 'Hà Nội' };

const request = async (): Promise<Case> => {
  const { merchant, owner } = await connected();
  return {
    merchant,
    owner,
    path: '/invoice-requests',
    body: { sourceId: orderOf(merchant).id, buyer: COMPANY },
  };
};

const adjustment = async (): Promise<Case> => {
  const { merchant, owner, id } = await issuedSale(world, service);
  const body = { cause: 'GOODS_RETURNED', reason: 'Khách trả hàng', lines: [{ ordinal: 1, quantity: '1' }] };
  return { merchant, owner, path: `/invoices/${id}/adjust`, body };
};

const replacement = async (): Promise<Case> => {
  const { merchant, owner, id } = await issuedSale(world, service);
  const body = { cause: 'LATE_BUYER_DATA', reason: 'Khách lấy hóa đơn công ty', buyer: COMPANY };
  return { merchant, owner, path: `/invoices/${id}/replace`, body };
};

const CASES = [
  ['an account at a provider', provider, 'InvoiceProvider', 201],
  ['a series', providerConfig, 'InvoiceProviderConfig', 201],
  ['a mapped channel', mapping, 'InvoiceConfigMapping', 201],
  ['an invoice by hand', invoice, 'Invoice', 201],
  ['the buyer of a sale', request, 'InvoiceRequest', 201],
  ['an adjustment without a reference', adjustment, 'Invoice', 200],
  ['a replacement', replacement, 'Invoice', 200],
] as const;

const rowsOf = async (table: string, { merchant }: Case): Promise<number> => {
  const { rows } = await world.sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM "${table}" WHERE merchant_id = $1`,
    [merchant.id],
  );
  return rows[0]?.n ?? -1;
};

/** As a caller does it: what was not answered is sent again. Connections that were cut are made anew meanwhile. */
const answered = (send: () => Promise<RestAnswer>): Promise<RestAnswer> =>
  eventually(async () => {
    const answer = await send();
    return answer.status === 503 ? undefined : answer;
  });

describe.each(CASES)('%s under one key', (what, prepare, table, status) => {
  it('is made once when nobody knows what became of its COMMIT, and the retry has the answer', async () => {
    const made = await eventually(prepare);
    const before = await rowsOf(table, made);
    const send = () => made.owner('POST', made.path, made.body, { 'idempotency-key': `lost ${what}` });
    const sprung = wire.trap({ text: `INSERT INTO "${table}" (`, atCommit: true, when: 'after', thenCut: true });
    // A request that finds no connection after the cut before it is refused before it has begun anything.
    const lost = await eventually(async () => {
      const answer = await send();
      return sprung() > 0 ? answer : undefined;
    }).finally(() => wire.mend());
    expect([sprung(), lost.status, lost.body.code]).toEqual([1, 503, 'service.unavailable']);
    expect(await rowsOf(table, made)).toBe(before + 1);
    const again = await answered(send);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([status, 'true']);
    expect((await answered(send)).body).toEqual(again.body);
    expect(await rowsOf(table, made)).toBe(before + 1);
    const { rows } = await world.sql.query(`SELECT body FROM "IdempotencyKey" WHERE key = $1`, [`lost ${what}`]);
    expect(JSON.stringify(rows)).not.toContain('once-very-secret');
  });

  it('is made once by two at the same moment, who hear the same', async () => {
    const made = await eventually(prepare);
    const before = await rowsOf(table, made);
    const send = () => made.owner('POST', made.path, made.body, { 'idempotency-key': `both ${what}` });
    const both = await Promise.all([answered(send), answered(send)]);
    expect(both.map((answer) => answer.status)).toEqual([status, status]);
    expect(both[0]?.body).toEqual(both[1]?.body);
    expect(await rowsOf(table, made)).toBe(before + 1);
  });
});
