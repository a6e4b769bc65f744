import { describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type RestAnswer } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, taxCode, untilStatus } from './sale.fixture';
import { issuedSale, untilIssued, type Issued } from './issued.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));

const RETURN = { cause: 'GOODS_RETURNED', reason: 'Khách trả hàng' };
const adjust = (sale: Issued, body: object): Promise<RestAnswer> =>
  sale.owner('POST', `/invoices/${sale.id}/adjust`, body);

describe('goods that come back', () => {
  it('make an adjustment of their own: the negated share, at the rates of the sale, naming the original', async () => {
    const sale = await issuedSale(world, service);
    const made = await adjust(sale, { ...RETURN, lines: [{ ordinal: 1, quantity: '1' }] });
    expect(made).toMatchObject({
      status: 200,
      body: {
        origin: '100_ADJUSTMENT',
        parentId: sale.id,
        total: -45_000,
        sourceId: sale.order.id,
        correction: { cause: 'GOODS_RETURNED', causeCode: '05', consent: 'NOTICE', original: { invoiceId: sale.id } },
      },
    });
    await untilIssued(world, made.body.id);
    const [original, adjustment] = await issuedAt(world, sale.merchant);
    expect(adjustment).toMatchObject({
      kind: 'adjustment',
      requestId: made.body.id,
      total: -45_000,
      original: { symbol: sale.merchant.symbol, number: String(original?.number) },
    });
    const detail = (await sale.owner('GET', `/invoices/${made.body.id}`)).body;
    expect(detail.items).toMatchObject([
      { name: 'Cà phê sữa', quantity: '-1', amountAfterTax: -45_000, taxRate: '10%' },
    ]);
    const print = (await sale.owner('GET', `/invoices/${made.body.id}/print-data`)).body;
    expect(print.notes[0]).toMatch(
      /^Điều chỉnh cho hóa đơn Mẫu số 1 ký hiệu C\d\dMYY số \d+ ngày \d\d tháng \d\d năm \d{4}$/,
    );
    const parent = (await sale.owner('GET', `/invoices/${sale.id}`)).body;
    expect(parent).toMatchObject({ issuanceStatus: 'SUCCESS', corrections: [{ id: made.body.id, total: -45_000 }] });
    const audit = (await sale.owner('GET', `/invoices/${sale.id}/audit`)).body;
    expect(audit.intact).toBe(true);
    expect(audit.data.at(-1)).toMatchObject({ eventType: 'ADJUSTMENT_MADE', after: { correctionId: made.body.id } });
  });

  it('come in parts until nothing is left, to the đồng', async () => {
    const sale = await issuedSale(world, service);
    const parts = [
      [{ ordinal: 2, quantity: '0.125' }],
      [
        { ordinal: 1, quantity: '1' },
        { ordinal: 2, quantity: '0.25' },
      ],
    ];
    for (const lines of parts) expect((await adjust(sale, { ...RETURN, lines })).status).toBe(200);
    const rest = await adjust(sale, RETURN);
    expect(rest.status).toBe(200);
    const over = await adjust(sale, { ...RETURN, lines: [{ ordinal: 1, quantity: '0.000001' }] });
    expect(over).toMatchObject({
      status: 422,
      body: { code: 'invoice.correction.lines', errors: [{ pointer: '/lines/0/quantity' }] },
    });
    expect((await adjust(sale, RETURN)).body).toMatchObject({
      code: 'invoice.correction.lines',
      errors: [{ pointer: '/lines' }],
    });
    await untilIssued(world, rest.body.id);
    await eventually(async () => (await issuedAt(world, sale.merchant)).length === 4);
    const total = (await issuedAt(world, sale.merchant)).reduce((sum, row) => sum + row.total, 0);
    expect(total).toBe(0);
    const tax = (await issuedAt(world, sale.merchant)).reduce((sum, row) => sum + row.totalTax, 0);
    expect(tax).toBe(0);
  });

  it('are known by the ids of sale, and a repeated reference is the first answer', async () => {
    const sale = await issuedSale(world, service);
    const itemId = (sale.order.value['order'] as { items: { id: string }[] }).items[1]?.id;
    const body = { ...RETURN, reference: 'ret-1', lines: [{ itemId, quantity: '0.5' }] };
    const calls = await Promise.all(Array.from({ length: 8 }, () => adjust(sale, body)));
    expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 200));
    expect(new Set(calls.map((call) => call.body.id)).size).toBe(1);
    expect(calls[0]?.body.total).toBe(-17_000);
    const other = await adjust(sale, { ...body, lines: [{ ordinal: 1, quantity: '1' }] });
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'invoice.correction.reference_used', invoiceId: calls[0]?.body.id },
    });
  });

  it('of many callers at once are never more than was sold', { timeout: 60_000 }, async () => {
    const sale = await issuedSale(world, service);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => adjust(sale, { ...RETURN, lines: [{ ordinal: 1, quantity: '0.25' }] })),
    );
    const made = answers.filter(({ status }) => status === 200);
    expect(made).toHaveLength(8);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(32);
    for (const { body } of made) await untilIssued(world, body.id);
    const issued = await issuedAt(world, sale.merchant);
    expect(issued.reduce((sum, row) => sum + row.total, 0)).toBe(17_000);
  });

  it('whose adjustment was given up can come back again, exactly', async () => {
    const sale = await issuedSale(world, service);
    await world.sandbox.call('POST', '/faults', {
      kind: 'refuse',
      target: 'vnpay-invoice.issue',
      count: 1,
      code: 'SYMBOL_NOT_REGISTERED',
    });
    const first = await adjust(sale, { ...RETURN, reference: 'ret-2', lines: [{ ordinal: 2, quantity: '0.2' }] });
    await eventually(
      async () => (await sale.owner('GET', `/invoices/${first.body.id}`)).body.issuanceStatus === 'FAILED',
    );
    expect((await adjust(sale, { ...RETURN, lines: [{ ordinal: 2, quantity: '0.4' }] })).status).toBe(422);
    const second = await adjust(sale, { ...RETURN, lines: [{ ordinal: 2, quantity: '0.1' }] });
    const cancelled = await sale.owner('POST', `/invoices/${first.body.id}/cancel`, { reason: 'nhầm' });
    expect(cancelled).toMatchObject({ status: 200, body: { issuanceStatus: 'CANCELLED' } });
    const third = await adjust(sale, { ...RETURN, reference: 'ret-2', lines: [{ ordinal: 2, quantity: '0.4' }] });
    expect(second.body.total + third.body.total).toBe(-17_000);
  });
});

describe('prices that were wrong, and discounts after the sale', () => {
  it('take money off without goods; goods that come back later bring the price that stands', async () => {
    const sale = await issuedSale(world, service);
    const discount = { cause: 'TRADE_DISCOUNT', reason: 'Chiết khấu cuối tháng' };
    const off = await adjust(sale, { ...discount, lines: [{ ordinal: 1, amount: -10_000 }] });
    expect(off.body).toMatchObject({ total: -10_000, totalTax: -909, correction: { causeCode: '04' } });
    const wrong = await adjust(sale, {
      ...discount,
      lines: [
        { ordinal: 1, quantity: '1' },
        { ordinal: 2, amount: 5 },
      ],
    });
    expect(wrong.body.errors.map(({ pointer }) => pointer)).toEqual(['/lines/0/amount', '/lines/1/amount']);
    const back = await adjust(sale, { ...RETURN, lines: [{ ordinal: 1, quantity: '1' }] });
    expect(back.body.total).toBe(-40_000);
    await Promise.all([untilIssued(world, off.body.id), untilIssued(world, back.body.id)]);
  });

  it('are named line by line, and apart from goods of the same line', async () => {
    const sale = await issuedSale(world, service, { ordinary: true });
    expect((await adjust(sale, { cause: 'TRADE_DISCOUNT', reason: 'Chiết khấu' })).body).toMatchObject({
      code: 'invoice.correction.lines',
      errors: [{ pointer: '/lines' }],
    });
    const lines = [
      { ordinal: 1, quantity: '2' },
      { ordinal: 2, amount: -1_000 },
      { ordinal: 1, amount: -10_000 },
    ];
    expect(await adjust(sale, { cause: 'MATERIAL_ERROR', reason: 'Sai', lines })).toMatchObject({
      status: 422,
      body: { code: 'invoice.correction.lines', errors: [{ pointer: '/lines/2/amount' }] },
    });
    const apart = await adjust(sale, { cause: 'MATERIAL_ERROR', reason: 'Sai', lines: lines.slice(0, 2) });
    expect(apart.body.total).toBe(-91_000);
  });

  it('are adjusted upwards too where the law lets a wrong invoice be adjusted', async () => {
    const sale = await issuedSale(world, service, { ordinary: true });
    const up = await adjust(sale, {
      cause: 'MATERIAL_ERROR',
      reason: 'Sai đơn giá',
      lines: [{ ordinal: 1, amount: 5_500 }],
    });
    expect(up.body).toMatchObject({ total: 5_500, totalTax: 500, correction: { causeCode: '13' } });
    await untilIssued(world, up.body.id);
    // A second error keeps the method of the first.
    const replace = { cause: 'MATERIAL_ERROR', reason: 'Sai lần nữa', buyer: { kind: 'PERSON', name: 'Lê Thị Hoa' } };
    expect((await sale.owner('POST', `/invoices/${sale.id}/replace`, replace)).body).toMatchObject({
      code: 'invoice.correction.method',
      allowed: ['ADJUST'],
    });
  });
});

describe('a correction', () => {
  const again = { ...RETURN, lines: [{ ordinal: 1, quantity: '0.5' }] };

  it('is of the seller as he is today, and only under the tax code and method of the original', async () => {
    const sale = await issuedSale(world, service);
    const set = (column: string, value: string): Promise<unknown> =>
      world.sql.query(`UPDATE tax."TaxInfo" SET ${column} = $2 WHERE principal_id = $1`, [sale.merchant.id, value]);
    const refused = { status: 409, body: { code: 'invoice.correction.seller', invoiceId: sale.id } };
    await set('tax_code', taxCode());
    expect(await adjust(sale, again)).toMatchObject(refused);
    await set('tax_code', sale.merchant.taxCode);
    await set('tax_method', 'DIRECT');
    expect(await adjust(sale, again)).toMatchObject(refused);
    await set('tax_method', 'DEDUCTION');
    await set('full_name', 'Công ty Thử Mới');
    const sellerOf = async (id: string): Promise<unknown> => {
      const query = `SELECT tax_snapshot #>> '{seller,name}' AS name FROM "Invoice" WHERE id = $1`;
      return (await world.sql.query<{ name: string }>(query, [id])).rows[0]?.name;
    };
    const made = await adjust(sale, again);
    expect(await sellerOf(made.body.id)).toBe('Công ty Thử Mới');
    await world.sql.query(`UPDATE tax."TaxInfo" SET deleted_at = now() WHERE principal_id = $1`, [sale.merchant.id]);
    const unknown = await adjust(sale, again);
    expect(await sellerOf(unknown.body.id)).toBe('Công ty Thử');
  });

  it("goes into an active series of the original's form and of this year", async () => {
    const sale = await issuedSale(world, service);
    const set = (column: string, value: unknown): Promise<unknown> =>
      world.sql.query(`UPDATE "InvoiceProviderConfig" SET ${column} = $2 WHERE merchant_id = $1`, [
        sale.merchant.id,
        value,
      ]);
    const refusal = async (): Promise<string> => {
      const { status, body } = await adjust(sale, again);
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'invoice.correction.configuration' });
      return body.detail;
    };
    await set('serial', 'C24MYY');
    expect(await refusal()).toMatch(/series C24MYY of 2024/);
    await set('serial', sale.merchant.symbol);
    await set('form', 2);
    expect(await refusal()).toMatch(/issues form 2/);
    await set('form', 1);
    await set('status', '401_DEACTIVATED');
    expect(await refusal()).toMatch(/no active configuration/);
    const other = await issuedSale(world, service);
    const { rows } = await world.sql.query<{ id: string }>(
      `SELECT id FROM "InvoiceProviderConfig" WHERE merchant_id = $1`,
      [other.merchant.id],
    );
    const foreign = await adjust(sale, { ...again, invoiceProviderConfigId: rows[0]?.id });
    expect(foreign.body.code).toBe('invoice.correction.configuration');
  });
});

describe('a wrong invoice', () => {
  const LATE = { cause: 'LATE_BUYER_DATA', reason: 'Khách lấy hóa đơn công ty' };
  const COMPANY = { kind: 'COMPANY', taxCode: '0100109106', legalName: 'Viettel', address: 'Hà Nội' };
  const replace = (sale: Issued, body: object): Promise<RestAnswer> =>
    sale.owner('POST', `/invoices/${sale.id}/replace`, body);

  it('of a cash register is replaced, not adjusted, and the answer says so', async () => {
    const sale = await issuedSale(world, service);
    const refused = await adjust(sale, {
      cause: 'MATERIAL_ERROR',
      reason: 'Sai tiền',
      lines: [{ ordinal: 1, amount: -1 }],
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'invoice.correction.method', allowed: ['REPLACE'], errors: [{ pointer: '/cause' }] },
    });
    const item = { name: 'Trà đá', quantity: '1', unitPrice: '30000', total: 30_000, taxRate: '10%' };
    const body = { cause: 'MATERIAL_ERROR', reason: 'Sai hàng', items: [item], total: 30_000 };
    expect((await replace(sale, { ...body, total: 31_000 })).body.code).toBe('invoice.invoice.totals');
    const made = await replace(sale, body);
    expect(made.body).toMatchObject({ origin: '200_REPLACEMENT', total: 30_000, correction: { causeCode: '14' } });
    await untilIssued(world, made.body.id);
    expect(await adjust(sale, RETURN)).toMatchObject({
      status: 409,
      body: { code: 'invoice.correction.state', replacementId: made.body.id },
    });
    // What comes back afterwards adjusts the replacement.
    const back = await sale.owner('POST', `/invoices/${made.body.id}/adjust`, RETURN);
    expect(back.body).toMatchObject({ total: -30_000, parentId: made.body.id });
    await untilIssued(world, back.body.id);
    const kinds = (await issuedAt(world, sale.merchant)).map((row) => row.kind);
    expect(kinds).toEqual(['original', 'replacement', 'adjustment']);
    expect((await sale.owner('POST', `/invoices/${back.body.id}/adjust`, RETURN)).body).toMatchObject({
      code: 'invoice.correction.state',
      originalInvoiceId: made.body.id,
    });
  });

  it('gets another buyer by a replacement of the same lines, once among many callers', async () => {
    const sale = await issuedSale(world, service);
    expect((await replace(sale, LATE)).body.code).toBe('invoice.correction.buyer');
    const answers = await Promise.all(Array.from({ length: 12 }, () => replace(sale, { ...LATE, buyer: COMPANY })));
    const [made, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11);
    await untilIssued(world, made?.body.id ?? '');
    expect((await issuedAt(world, sale.merchant)).at(-1)).toMatchObject({
      kind: 'replacement',
      total: 107_000,
      buyer: { buyerTaxCode: '0100109106' },
    });
  });

  it('is not replaced while an adjustment of it stands', async () => {
    const sale = await issuedSale(world, service);
    const { body } = await adjust(sale, { ...RETURN, lines: [{ ordinal: 2, quantity: '0.1' }] });
    await untilIssued(world, body.id);
    expect((await replace(sale, { ...LATE, buyer: COMPANY })).body).toMatchObject({
      code: 'invoice.correction.state',
      adjustmentIds: [body.id],
    });
  });

  it('with a harmless error calls for the notice 04/SS, which no public protocol carries', async () => {
    const sale = await issuedSale(world, service);
    const harmless = { cause: 'HARMLESS_ERROR', reason: 'Sai tên khách' };
    expect((await adjust(sale, { ...harmless, lines: [{ ordinal: 1, amount: -1 }] })).body).toMatchObject({
      code: 'invoice.correction.method',
      allowed: ['ERROR_NOTICE'],
    });
    expect(await sale.owner('POST', `/invoices/${sale.id}/error-notice`, harmless)).toMatchObject({
      status: 501,
      body: { code: 'invoice.correction.not_supported', provider: 'VNPAY', action: 'ERROR_NOTICE' },
    });
    expect((await sale.owner('POST', `/invoices/${sale.id}/error-notice`, RETURN)).body.code).toBe(
      'invoice.correction.method',
    );
  });

  it('cannot be cancelled once it is issued, and nobody else may touch it', async () => {
    const sale = await issuedSale(world, service);
    expect(await sale.owner('POST', `/invoices/${sale.id}/cancel`, { reason: 'khách đổi ý' })).toMatchObject({
      status: 409,
      body: { code: 'invoice.invoice.issued', citation: expect.stringContaining('Thông tư') },
    });
    const stranger = await restOf(world, service, { role: '500_owner', merchantIds: ['someoneelse'] });
    const cashier = await restOf(world, service, { role: '110_cashier', merchantIds: [sale.merchant.id] });
    for (const action of ['adjust', 'replace', 'error-notice']) {
      expect((await stranger('POST', `/invoices/${sale.id}/${action}`, RETURN)).body.code).toBe(
        'invoice.invoice.not_found',
      );
      expect((await cashier('POST', `/invoices/${sale.id}/${action}`, RETURN)).status).toBe(403);
    }
    expect((await adjust(sale, { cause: 'MOOD', reason: 'x' })).body.errors.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/cause', '/reason']),
    );
  });

  it('that is not issued yet is changed or cancelled instead', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    expect((await owner('POST', `/invoices/${id}/adjust`, RETURN)).body).toMatchObject({
      code: 'invoice.correction.state',
      detail: expect.stringContaining('cancel'),
    });
  });
});

describe('an adjustment whose outcome is unknown', () => {
  it('is looked up under its own key, and issued once under faults', { timeout: 90_000 }, async () => {
    const sale = await issuedSale(world, service, { retries: 20 });
    const arm = (fault: object): Promise<unknown> => world.sandbox.call('POST', '/faults', fault);
    await arm({ kind: 'issued-then-timeout', target: 'vnpay-invoice.issue', probability: 0.4, ms: 2500, seed: 'c1' });
    await arm({ kind: 'drop', target: 'vnpay-invoice.issue', probability: 0.2, seed: 'c2' });
    await arm({ kind: 'look-up-failure', target: 'vnpay-invoice.look-up', probability: 0.2, seed: 'c3' });
    const made = await Promise.all(
      Array.from({ length: 10 }, () => adjust(sale, { ...RETURN, lines: [{ ordinal: 1, quantity: '0.2' }] })),
    );
    for (const { body } of made) await untilIssued(world, body.id, 60_000);
    await world.sandbox.call('DELETE', '/faults');
    const issued = await issuedAt(world, sale.merchant);
    expect(issued.map(({ number }) => number)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
    expect(issued.reduce((sum, row) => sum + row.total, 0)).toBe(17_000);
    const truth = await world.sandbox.call<{ data: unknown[] }>('GET', '/vnpay-invoice/invoices');
    expect(truth.data.length).toBeGreaterThanOrEqual(11);
  });
});
