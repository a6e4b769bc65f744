import { stringify } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { adjustment, KEY, request } from '../vendor-samples.fixture';
import { adjustBody, publishBody, seriesQuery } from './request';
import { MISA_DEFAULTS, misaSettings } from './settings';

const wire = (body: unknown): string => stringify(body) ?? '';

describe('publishBody', () => {
  it('is this text', () => {
    expect(wire(publishBody(request(), MISA_DEFAULTS))).toBe(
      '{"SignType":2,"InvoiceData":[{"RefID":"3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10","InvSeries":"1C26TAA",' +
        '"InvDate":"2026-11-20","CurrencyCode":"VND","ExchangeRate":1,"PaymentMethodName":"TM/CK",' +
        '"BuyerLegalName":"Bán cho người tiêu dùng","BuyerTaxCode":"","BuyerAddress":"",' +
        '"BuyerFullName":"Bán cho người tiêu dùng","IsSendEmail":false,"TotalSaleAmountOC":84730,' +
        '"TotalSaleAmount":84730,"TotalDiscountAmountOC":8,"TotalDiscountAmount":8,"TotalAmountWithoutVATOC":84722,' +
        '"TotalAmountWithoutVAT":84722,"TotalVATAmountOC":6778,"TotalVATAmount":6778,"TotalAmountOC":91500,' +
        '"TotalAmount":91500,"TotalAmountInWords":"Chín mươi mốt nghìn năm trăm đồng",' +
        '"IsInvoiceCalculatingMachine":false,"IsTaxReduction43":true,"OriginalInvoiceDetail":[' +
        '{"ItemType":1,"LineNumber":1,"SortOrder":1,"ItemCode":"CF","ItemName":"Cà phê <sữa> & đá","UnitName":"ly",' +
        '"Quantity":2,"UnitPrice":41666.5,"AmountOC":83333,"Amount":83333,"DiscountAmountOC":0,"DiscountAmount":0,' +
        '"AmountWithoutVATOC":83333,"AmountWithoutVAT":83333,"VATRateName":"8%","VATAmountOC":6667,"VATAmount":6667},' +
        '{"ItemType":1,"LineNumber":2,"SortOrder":2,"ItemName":"Bánh mì","UnitName":"ổ","Quantity":1.5,' +
        '"UnitPrice":931,"AmountOC":1397,"Amount":1397,"DiscountAmountOC":8,"DiscountAmount":8,' +
        '"AmountWithoutVATOC":1389,"AmountWithoutVAT":1389,"VATRateName":"8%","VATAmountOC":111,"VATAmount":111}],' +
        '"TaxRateInfo":[{"VATRateName":"8%","AmountWithoutVATOC":84722,"VATAmountOC":6778}],' +
        '"OptionUserDefined":{"MainCurrency":"VND","AmountDecimalDigits":"0","AmountOCDecimalDigits":"0",' +
        '"UnitPriceDecimalDigits":"1","UnitPriceOCDecimalDigits":"1","QuantityDecimalDigits":"1",' +
        '"CoefficientDecimalDigits":"2","ExchangRateDecimalDigits":"0"}}],"PublishInvoiceData":null}',
    );
  });

  it.each([
    ['C26TAA', {}, 2, false],
    ['C26MAA', {}, 5, true],
    ['C26MAA', { cashRegisterSignType: 2 }, 2, true],
    ['K26TAA', { cashRegisterSignType: 5 }, 2, false],
  ])('series %s with %j: SignType %s', (symbol, own, signType, register) => {
    const body = publishBody(request({}, { symbol }), misaSettings(own));
    expect(body.SignType).toBe(signType);
    expect(body.InvoiceData[0].IsInvoiceCalculatingMachine).toBe(register);
  });

  it.each([
    [['8%'], true],
    [['10%'], false],
    [['10%', '8%', 'KCT', 'KKKNT', 'KHAC:03.50%'], true],
  ])('rates %j keep their names; the cut is flagged: %s', (rates, flag) => {
    const lines = rates.map((taxRate) => ({ name: 'x', unitPrice: '1000', taxRate }));
    const [data] = publishBody(request({ lines }), MISA_DEFAULTS).InvoiceData;
    expect(data.IsTaxReduction43).toBe(flag);
    expect(data.OriginalInvoiceDetail.map(({ VATRateName }) => VATRateName)).toEqual(rates);
    expect(data.TaxRateInfo.map(({ VATRateName }) => VATRateName)).toEqual(rates);
  });

  it('numbers neither discounts nor notes; discounts are positive, and the totals already less them', () => {
    const lines = [
      { name: 'x', unitPrice: '1000', taxRate: '10%' },
      { kind: 'DISCOUNT', name: 'giảm', unitPrice: '100', taxRate: '10%' },
      { kind: 'PROMOTION', name: 'quà', unitPrice: '0', taxRate: '10%' },
      { kind: 'NOTE', name: 'ghi chú' },
    ] as const;
    const [data] = publishBody(request({ lines, pricesIncludeTax: false }), MISA_DEFAULTS).InvoiceData;
    expect(
      data.OriginalInvoiceDetail.map((line) => [line.ItemType, line.SortOrder, line.AmountOC, line.VATAmountOC]),
    ).toEqual([
      [1, 1, 1000, 100],
      [3, null, 100, 10],
      [2, 3, 0, 0],
      [4, null, 0, undefined],
    ]);
    expect(data).toMatchObject({ TotalSaleAmountOC: 900, TotalVATAmountOC: 90, TotalAmountOC: 990 });
  });

  it('writes sales invoices without rates', () => {
    const sale = { taxMethod: 'DIRECT', pricesIncludeTax: true, lines: [{ name: 'Phở', unitPrice: '50000' }] } as const;
    const body = publishBody(request(sale, { form: 2 }), MISA_DEFAULTS);
    expect(wire(body)).not.toContain('VATRateName');
    expect(body.InvoiceData[0]).toMatchObject({ InvSeries: '2C26TAA', TaxRateInfo: [], IsTaxReduction43: false });
  });

  it.each([
    [
      {
        kind: 'COMPANY',
        taxCode: '0314409058-002',
        legalName: 'Công ty A',
        address: 'Huế',
        contactName: 'Lan',
        budgetUnitCode: '1234567',
        email: 'a@b.vn',
        phone: '0901234567',
      },
      {
        BuyerLegalName: 'Công ty A',
        BuyerTaxCode: '0314409058-002',
        BuyerAddress: 'Huế',
        BuyerFullName: 'Lan',
        BuyerBudgetCode: '1234567',
        BuyerEmail: 'a@b.vn',
        BuyerPhoneNumber: '0901234567',
        ReceiverEmail: 'a@b.vn',
        ReceiverName: 'Công ty A',
        IsSendEmail: true,
      },
    ],
    [
      { kind: 'PERSON', name: 'Nguyễn Văn A', personalId: '001099012345', address: 'Huế' },
      {
        BuyerLegalName: 'Nguyễn Văn A',
        BuyerFullName: 'Nguyễn Văn A',
        BuyerTaxCode: '',
        BuyerAddress: 'Huế',
        BuyerIDNumber: '001099012345',
        IsSendEmail: false,
      },
    ],
  ] as const)('writes the buyer %o', (buyer, members) => {
    expect(publishBody(request({}, { buyer }), MISA_DEFAULTS).InvoiceData[0]).toMatchObject(members);
  });
});

describe('adjustBody', () => {
  it('names the original and keeps the signs', () => {
    const [data] = adjustBody(adjustment(), MISA_DEFAULTS).InvoiceData;
    expect(data).toMatchObject({
      ReferenceType: 2,
      OrgInvoiceType: 1,
      OrgInvTemplateNo: '1',
      OrgInvSeries: 'C26TAA',
      OrgInvNo: '00000061',
      OrgInvDate: '2026-11-01',
      InvoiceNote: 'Hàng trả lại',
      TotalAmountOC: -90_000,
    });
    expect(wire(data.OriginalInvoiceDetail)).toContain('"Quantity":-2,"UnitPrice":41666.5,"AmountOC":-83333,');
    expect(wire(data)).not.toMatch(/:-0[,}]/);
  });
  it('replaces as type 1', () => {
    const [data] = adjustBody(adjustment({ origin: 'REPLACEMENT' }), MISA_DEFAULTS).InvoiceData;
    expect(data.ReferenceType).toBe(1);
  });
});

describe('seriesQuery', () => {
  it.each([
    ['1C26TAA', {}, { invoiceWithCode: 'true', invoiceCalcu: 'false' }],
    ['1K26TAA', {}, { invoiceWithCode: 'false', invoiceCalcu: 'false' }],
    ['2C26MAA', { cashRegister: false }, { invoiceWithCode: 'true', invoiceCalcu: 'true' }],
    [undefined, {}, { invoiceWithCode: 'true', invoiceCalcu: 'false' }],
    [undefined, { withCode: false, cashRegister: true }, { invoiceWithCode: 'false', invoiceCalcu: 'true' }],
  ])('%s with %j', (series, own, expected) => {
    expect(seriesQuery({ ...KEY, series }, misaSettings(own))).toEqual(expected);
  });
});
