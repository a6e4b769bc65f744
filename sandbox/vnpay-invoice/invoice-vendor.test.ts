import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isoDate } from '../shared/vietnam-time';
import { openSandbox, type Answer, type Harness } from '../testing/harness';
import { lineProblem } from './amounts';

const TAX_CODE = '0104359717';
const TODAY = isoDate(Date.now());
const SYMBOL = `C${TODAY.slice(2, 4)}MYY`;
const open: Harness[] = [];
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
});

interface Desk {
  readonly harness: Harness;
  readonly token: string;
  post(path: string, body: unknown): Promise<Answer>;
  get(path: string, query: Record<string, string>): Promise<Answer>;
}

async function start(): Promise<Desk> {
  const harness = openSandbox();
  open.push(harness);
  await harness.call('POST', '/vnpay-invoice/clients', { clientId: 'c', clientSecret: 's', taxCode: TAX_CODE });
  const answer = await harness.call('POST', '/user/client/token', { clientId: 'c', clientSecret: 's' });
  const token = (answer.body['data'] as { accessToken: string }).accessToken;
  const headers = { authorization: `Bearer ${token}` };
  return {
    harness,
    token,
    post: (path, body) => harness.call('POST', path, body, headers),
    get: (path, query) => harness.call('GET', `${path}?${new URLSearchParams(query)}`, undefined, headers),
  };
}

type Change = Record<string, unknown>;

function body(requestId: string, invoice: Change = {}, line: Change = {}, head: Change = {}): Change {
  const product = {
    ordinalNumber: 1,
    name: 'Cà phê sữa',
    property: 1,
    unit: 'ly',
    quantity: 2,
    price: 50000,
    amountWithoutDiscount: 100000,
    amount: 100000,
    taxAmount: 8000,
    amountAfterTax: 108000,
    tax: '8%',
    ...line,
  };
  return {
    taxCode: TAX_CODE,
    autoRelease: true,
    autoSign: true,
    autoSendCQT: true,
    ...head,
    invoice: {
      requestId,
      invoiceCreatedDate: TODAY,
      invoiceSymbol: SYMBOL,
      paymentMethod: 'CK',
      currencyUnit: 'VND',
      currencyExchangeRate: 1,
      buyerTaxCode: '',
      buyerName: 'Bán cho người tiêu dùng',
      buyerFullName: '',
      buyerAddress: '',
      buyerEmail: '',
      isSendMail: false,
      totalAmountWithoutDiscount: 100000,
      totalDiscountAmount: 0,
      totalAmount: 100000,
      totalTaxAmount: 8000,
      totalAmountAfterTax: 108000,
      products: [product],
      taxTypes: [{ tax: '8%', amount: 100000, taxAmount: 8000 }],
      ...invoice,
    },
  };
}

const key = (requestId: string, invoiceDate = TODAY): Record<string, string> => ({
  taxCode: TAX_CODE,
  invoiceDate,
  requestId,
});
const numberOf = (answer: Answer): unknown =>
  (answer.body['data'] as { invoiceNumber?: unknown } | undefined)?.invoiceNumber;

describe('e-invoice v6', () => {
  it('issues with numbers without gaps per series, and finds by the whole key only', async () => {
    const { post, get } = await start();
    const results = await Promise.all(['a', 'b', 'c'].map((id) => post('/api/v6/vat/original', body(id))));
    expect(results.map((answer) => answer.body['code'])).toEqual(['00', '00', '00']);
    expect(results.map(numberOf)).toEqual(['1', '2', '3']);
    expect(numberOf(await post('/api/v6/vat/original', body('d', { invoiceSymbol: `C${TODAY.slice(2, 4)}MAA` })))).toBe(
      '1',
    );
    const found = await get('/api/v6/invoices', key('b'));
    expect(found.body['data']).toMatchObject({
      invoiceNumber: '2',
      requestId: 'b',
      taxAuthorityCode: expect.stringMatching(/^M1-\d\d-[0-9A-F]{5}-0{10}2$/),
    });
    expect((await get('/api/v6/invoices', key('b', '2025-01-01'))).body['code']).toBe('404');
    expect((await get('/api/v6/invoices', key('x'))).body['code']).toBe('404');
  });

  it('refuses a repeated key and uses no number for it', async () => {
    const { post } = await start();
    await post('/api/v6/vat/original', body('a'));
    const again = await post('/api/v6/vat/original', body('a'));
    expect([again.status, again.body['code']]).toEqual([200, 'DUPLICATE_REQUEST_ID']);
    expect(numberOf(await post('/api/v6/vat/original', body('b')))).toBe('2');
  });

  it.each([
    ['a total that is not the sum', body('x', { totalAmountAfterTax: 108001 }), 'INVALID_AMOUNT'],
    [
      'a tax that is not the rate',
      body(
        'x',
        {
          totalTaxAmount: 8002,
          totalAmountAfterTax: 108002,
          taxTypes: [{ tax: '8%', amount: 100000, taxAmount: 8002 }],
        },
        { taxAmount: 8002, amountAfterTax: 108002 },
      ),
      'INVALID_AMOUNT',
    ],
    [
      'groups that differ from the lines',
      body('x', { taxTypes: [{ tax: '10%', amount: 100000, taxAmount: 8000 }] }),
      'INVALID_AMOUNT',
    ],
    ['price times quantity elsewhere', body('x', {}, { quantity: 3 }), 'INVALID_AMOUNT'],
    ['a fraction of a dong', body('x', { totalAmount: 100000.5 }), 'INVALID_REQUEST'],
    ['a text for a number', body('x', { totalAmount: '100000' }), 'INVALID_REQUEST'],
    ['an unknown member', body('x', { surprise: 1 }), 'INVALID_REQUEST'],
    ['a missing flag', body('x', {}, {}, { autoSign: undefined }), 'INVALID_REQUEST'],
    ['a buyer who is not shown', body('x', { buyerName: '' }), 'INVALID_REQUEST'],
    ['a tax code without address', body('x', { buyerTaxCode: '0100109106' }), 'INVALID_REQUEST'],
    ['another payment method', body('x', { paymentMethod: 'CASH' }), 'INVALID_REQUEST'],
    ['a day to come', body('x', { invoiceCreatedDate: isoDate(Date.now() + 86_400_000) }), 'INVALID_DATE'],
    ['a series of another year', body('x', { invoiceSymbol: 'C19MYY' }), 'INVALID_DATE'],
    ['another seller', body('x', {}, {}, { taxCode: '0100109106' }), 'TAX_CODE_NOT_ALLOWED'],
    ['a negative line', body('x', {}, { quantity: -2 }), 'INVALID_REQUEST'],
  ])('refuses %s', async (_what, request, code) => {
    const { post, harness } = await start();
    const answer = await post('/api/v6/vat/original', request);
    expect([answer.status, answer.body['code']]).toEqual([200, code]);
    expect(harness.sandbox.invoices.all()).toHaveLength(0);
  });

  it('refuses an older date once a newer one is issued in the series', async () => {
    const { post } = await start();
    const on = async (id: string, invoiceCreatedDate: string): Promise<unknown> =>
      (await post('/api/v6/vat/original', body(id, { invoiceCreatedDate, invoiceSymbol: 'C25MYY' }))).body['code'];
    expect(await on('a', '2025-03-01')).toBe('00');
    expect(await on('b', '2025-03-02')).toBe('00');
    expect(await on('c', '2025-03-02')).toBe('00');
    expect(await on('d', '2025-03-01')).toBe('INVOICE_DATE_TOO_OLD');
  });

  it('takes the direct method without tax members, and adjustments of what exists', async () => {
    const { post } = await start();
    const without = (from: Change, ...names: string[]): Change =>
      Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
    const sale = (id: string, change: Change = {}, line: Change = {}): Change => {
      const full = body(id, change, line) as { invoice: Change & { products: Change[] } };
      const products = full.invoice.products.map((row) => without(row, 'tax', 'taxAmount', 'amountAfterTax'));
      return {
        ...full,
        invoice: { ...without(full.invoice, 'totalTaxAmount', 'totalAmountAfterTax', 'taxTypes'), products },
      };
    };
    expect((await post('/api/v6/sale/original', body('a'))).body['code']).toBe('INVALID_REQUEST');
    expect(numberOf(await post('/api/v6/sale/original', sale('a')))).toBe('1');
    const back = { totalAmountWithoutDiscount: -50000, totalAmount: -50000 };
    const original = {
      originalInvoiceSymbol: SYMBOL,
      originalInvoiceNumber: '1',
      originalInvoiceDate: TODAY,
      reason: 'Trả hàng',
    };
    const line = { quantity: -1, amountWithoutDiscount: -50000, amount: -50000 };
    expect(numberOf(await post('/api/v6/sale/adjustment', sale('b', { ...back, ...original }, line)))).toBe('2');
    expect(
      (await post('/api/v6/sale/adjustment', sale('c', { ...back, ...original, originalInvoiceNumber: '9' }, line)))
        .body['code'],
    ).toBe('ORIGINAL_NOT_FOUND');
    expect((await post('/api/v6/sale/replacement', sale('d', back, line))).body['code']).toBe('INVALID_REQUEST');
    expect(numberOf(await post('/api/v6/sale/replacement', sale('e', original)))).toBe('3');
    for (const kind of ['adjustment', 'replacement']) {
      expect((await post(`/api/v6/sale/${kind}`, sale(`f-${kind}`, original))).body['code']).toBe('ORIGINAL_REPLACED');
    }
  });

  it('answers 401 without a living token', async () => {
    const { harness, post } = await start();
    expect((await harness.call('POST', '/api/v6/vat/original', body('a'))).status).toBe(401);
    expect((await harness.call('POST', '/user/client/token', { clientId: 'c', clientSecret: 'wrong' })).status).toBe(
      401,
    );
    await harness.call('PUT', '/settings', { invoiceTokenLifetimeMs: 0 });
    const dead = await harness.call('POST', '/user/client/token', { clientId: 'c', clientSecret: 's' });
    const headers = { authorization: `Bearer ${(dead.body['data'] as { accessToken: string }).accessToken}` };
    expect((await harness.call('POST', '/api/v6/vat/original', body('a'), headers)).status).toBe(401);
    expect((await post('/api/v6/vat/original', body('a'))).status).toBe(200);
    await harness.call('DELETE', '/vnpay-invoice/tokens');
    expect((await post('/api/v6/vat/original', body('b'))).status).toBe(401);
  });

  it('gives a PDF with a true cross-reference table', async () => {
    const { post, get } = await start();
    await post('/api/v6/vat/original', body('a'));
    const answer = await get('/api/v6/invoices/pdf', key('a'));
    const pdf = Buffer.from(String(answer.body['data']), 'base64').toString('latin1');
    expect(pdf.startsWith('%PDF-1.4\n')).toBe(true);
    const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf)?.[1]);
    expect(pdf.slice(table, table + 4)).toBe('xref');
    const offsets = [...pdf.slice(table).matchAll(/^(\d{10}) 00000 n /gm)].map((match) => Number(match[1]));
    expect(offsets).toHaveLength(5);
    offsets.forEach((offset, index) => expect(pdf.slice(offset)).toMatch(new RegExp(`^${index + 1} 0 obj`)));
    expect((await get('/api/v6/invoices/pdf', key('x'))).body['code']).toBe('404');
  });

  it('issues and then times out: the invoice exists, first unseen, then found', async () => {
    const { harness, token, get } = await start();
    await harness.call('POST', '/faults', {
      kind: 'issued-then-timeout',
      target: 'vnpay-invoice.issue',
      ms: 20,
      visibleAfterMs: 400,
      count: 1,
    });
    const url = await harness.app.listen({ port: 0, host: '127.0.0.1' });
    const lost = fetch(`${url}/api/v6/vat/original`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body('a')),
    });
    await expect(lost).rejects.toThrow();
    expect((await get('/api/v6/invoices', key('a'))).body['code']).toBe('404');
    expect(harness.sandbox.invoices.all()).toHaveLength(1);
    await expect.poll(async () => (await get('/api/v6/invoices', key('a'))).body['code'], { timeout: 5000 }).toBe('00');
  });

  it('accepts every line that was split from a price with tax inside', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), fc.constantFrom(0, 5, 8, 10), (gross, rate) => {
        const amount = Number((BigInt(gross) * 200n + BigInt(100 + rate)) / BigInt(2 * (100 + rate)));
        const line = {
          property: 1,
          quantity: 1,
          price: amount,
          amountWithoutDiscount: amount,
          amount,
          taxAmount: gross - amount,
          amountAfterTax: gross,
          tax: `${rate}%`,
        };
        expect(lineProblem(line, true)).toBeUndefined();
        expect(
          lineProblem(
            { ...line, amount: amount + 2, amountWithoutDiscount: amount + 2, amountAfterTax: gross + 2 },
            true,
          ),
        ).toBeDefined();
      }),
    );
  });
});
