import { stringify } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import type { AdjustRequest } from '../issuer';
import { adjustBody, adjustPath, issueBody, issuePath, keyQuery } from './request';
import { KEY, request } from './samples.fixture';
import { VNPAY_DEFAULTS } from './settings';

const onTheWire = (body: unknown): unknown => JSON.parse(stringify(body) ?? '');

describe('issueBody', () => {
  it('writes a VAT invoice', () => {
    expect(onTheWire(issueBody(request()))).toEqual({
      taxCode: '0104359717',
      autoRelease: true,
      autoSign: true,
      autoSendCQT: true,
      invoice: {
        requestId: KEY.requestId,
        invoiceCreatedDate: '2026-11-20',
        invoiceSymbol: 'C26MYY',
        paymentMethod: 'CK',
        currencyUnit: 'VND',
        currencyExchangeRate: 1,
        buyerTaxCode: '',
        buyerName: 'Bán cho người tiêu dùng',
        buyerFullName: '',
        buyerAddress: '',
        buyerEmail: '',
        isSendMail: false,
        totalAmountWithoutDiscount: 84_705,
        totalDiscountAmount: 8,
        totalAmount: 84_697,
        totalTaxAmount: 6_803,
        totalAmountAfterTax: 91_500,
        products: [
          {
            ordinalNumber: 1,
            name: 'Cà phê sữa',
            property: 1,
            unit: 'ly',
            quantity: 2,
            price: 41_666.5,
            amountWithoutDiscount: 83_333,
            amount: 83_333,
            taxAmount: 6_667,
            amountAfterTax: 90_000,
            tax: '8%',
          },
          {
            ordinalNumber: 2,
            name: 'Bánh mì',
            property: 1,
            unit: 'ổ',
            quantity: 1.5,
            price: 914.7,
            amountWithoutDiscount: 1_372,
            amount: 1_364,
            taxAmount: 136,
            amountAfterTax: 1_500,
            tax: '10%',
          },
        ],
        taxTypes: [
          { tax: '8%', amount: 83_333, taxAmount: 6_667 },
          { tax: '10%', amount: 1_364, taxAmount: 136 },
        ],
      },
    });
  });

  it('writes a sales invoice without tax members, and prints the note as a line', () => {
    const sale = {
      taxMethod: 'DIRECT',
      pricesIncludeTax: false,
      lines: [{ name: 'Phở', unitPrice: '50000', directCategory: 'SERVICE_WITH_GOODS' }],
    } as const;
    const direct = request(sale, { form: 2 });
    const text = stringify(issueBody(direct)) ?? '';
    expect(text).not.toMatch(/"(tax|taxAmount|taxTypes|totalTaxAmount)"/);
    const { invoice } = issueBody(direct);
    expect(invoice).toMatchObject({ totalAmount: 50_000, totalAmountAfterTax: 49_700 });
    expect(invoice.products.map(({ property, name }) => [property, name.slice(0, 13)])).toEqual([
      [1, 'Phở'],
      [4, 'Đã giảm 300 đ'],
    ]);
    expect(issuePath(direct, VNPAY_DEFAULTS)).toBe('/api/v6/sale/original');
    expect(issuePath(request(), VNPAY_DEFAULTS)).toBe('/api/v6/vat/original');
  });

  it('writes the digits of a price that a double cannot hold', () => {
    const lines = [{ name: 'x', unitPrice: '900719925474.099321', taxRate: '0%', quantity: '0.123457' }];
    const text = stringify(issueBody(request({ lines, pricesIncludeTax: false })));
    expect(text).toContain('"price":900719925474.099321,');
    expect(text).toContain('"quantity":0.123457,');
  });

  it.each([
    [
      {
        kind: 'COMPANY',
        taxCode: '0314409058-002',
        legalName: 'Công ty A',
        address: 'Huế',
        contactName: 'Lan',
        email: 'a@b.vn',
      },
      {
        buyerTaxCode: '0314409058-002',
        buyerFullName: 'Công ty A',
        buyerName: 'Lan',
        buyerAddress: 'Huế',
        isSendMail: true,
      },
    ],
    [
      { kind: 'PERSON', name: 'Nguyễn Văn A', personalId: '001099012345' },
      {
        buyerTaxCode: '001099012345',
        buyerFullName: '',
        buyerName: 'Nguyễn Văn A',
        buyerAddress: '',
        isSendMail: false,
      },
    ],
  ] as const)('writes the buyer %o', (buyer, members) => {
    expect(issueBody(request({}, { buyer })).invoice).toMatchObject(members);
  });

  it('refuses a form that has no path', () => {
    expect(() => issueBody(request({}, { form: 7 }))).toThrow('/form');
  });
});

describe('lines that are subtracted', () => {
  it('are refused', () => {
    const lines = [
      { name: 'x', unitPrice: '1000', taxRate: '8%' },
      { kind: 'DISCOUNT', name: 'y', unitPrice: '100', taxRate: '8%' },
    ] as const;
    expect(() => issueBody(request({ lines }))).toThrow('/lines/1/kind');
  });
});

describe('adjustBody', () => {
  const adjust: AdjustRequest = {
    ...request(),
    origin: 'REPLACEMENT',
    original: { form: 1, symbol: 'C26MAA', number: '00000061', date: '2026-11-01' },
    reason: 'Sai mã số thuế',
  };
  it('names the original, with leading zeros', () => {
    expect(adjustBody(adjust).invoice).toMatchObject({
      requestId: KEY.requestId,
      originalInvoiceSymbol: 'C26MAA',
      originalInvoiceNumber: '00000061',
      originalInvoiceDate: '2026-11-01',
      reason: 'Sai mã số thuế',
    });
  });
  it('has a path for each kind', () => {
    expect(adjustPath(adjust, VNPAY_DEFAULTS)).toBe('/api/v6/vat/replacement');
    expect(adjustPath({ ...adjust, origin: 'ADJUSTMENT' }, VNPAY_DEFAULTS)).toBe('/api/v6/vat/adjustment');
  });
});

describe('keyQuery', () => {
  it('escapes', () => {
    expect(keyQuery({ ...KEY, requestId: 'a&b=c' })).toBe(
      'taxCode=0104359717&invoiceDate=2026-11-20&requestId=a%26b%3Dc',
    );
  });
});
