import { stringify } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { adjustment, request } from '../vendor-samples.fixture';
import { adjustBody, issueBody, knownTemplate, templateCode } from './request';
import { viettelSettings } from './settings';

const SETTINGS = viettelSettings({ templateCode: '1/770', templateCodes: { '1C26TBB': '1/771' } });
const wire = (body: unknown): string => stringify(body) ?? '';

/** 2026-11-20 and 2026-11-01, 00:00 in Vietnam. */
const ISSUE_DAY = 1_795_107_600_000;
const ORIGINAL_DAY = 1_793_466_000_000;

describe('issueBody', () => {
  it('is this text', () => {
    expect(wire(issueBody(request(), SETTINGS))).toBe(
      '{"generalInvoiceInfo":{"transactionUuid":"3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10","invoiceType":"1",' +
        '"templateCode":"1/770","invoiceSeries":"C26TAA","invoiceIssuedDate":1795107600000,"currencyCode":"VND",' +
        '"adjustmentType":"1","paymentStatus":true,"cusGetInvoiceRight":true},' +
        '"buyerInfo":{"buyerName":"Bán cho người tiêu dùng"},' +
        '"sellerInfo":{"sellerLegalName":"Quán","sellerTaxCode":"0104359717","sellerAddressLine":"Hà Nội"},' +
        '"payments":[{"paymentMethodName":"TM/CK"}],"itemInfo":[' +
        '{"lineNumber":1,"selection":1,"itemCode":"CF","itemName":"Cà phê <sữa> & đá","unitName":"ly","quantity":2,' +
        '"unitPrice":41666.5,"itemTotalAmountWithoutTax":83333,"taxPercentage":8,"taxAmount":6667,' +
        '"itemTotalAmountWithTax":90000},' +
        '{"lineNumber":2,"selection":1,"itemName":"Bánh mì","unitName":"ổ","quantity":1.5,"unitPrice":931,' +
        '"itemDiscount":8,"itemTotalAmountWithoutTax":1389,"taxPercentage":8,"taxAmount":111,' +
        '"itemTotalAmountWithTax":1500}],' +
        '"taxBreakdowns":[{"taxPercentage":8,"taxableAmount":84722,"taxAmount":6778}]}',
    );
  });

  it('writes the digits of a price that a double cannot hold', () => {
    const lines = [{ name: 'x', unitPrice: '900719925474.099321', taxRate: '0%', quantity: '0.123457' }];
    const text = wire(issueBody(request({ lines, pricesIncludeTax: false }), SETTINGS));
    expect(text).toContain('"quantity":0.123457,"unitPrice":900719925474.099321,');
  });

  it.each([
    ['KCT', -2],
    ['KKKNT', -1],
    ['0%', 0],
    ['5%', 5],
    ['10%', 10],
    ['KHAC:03.50%', 3.5],
    ['KHAC:07.00%', 7],
  ])('writes the rate %s as %s', (taxRate, expected) => {
    const lines = [{ name: 'x', unitPrice: '1000', taxRate }];
    const body = issueBody(request({ lines }), SETTINGS);
    expect(JSON.parse(wire(body))).toMatchObject({
      itemInfo: [{ taxPercentage: expected }],
      taxBreakdowns: [{ taxPercentage: expected }],
    });
  });

  it('takes the rates that sources disagree about from the settings', () => {
    const settings = viettelSettings({ templateCode: 't', notSubjectPercentage: -1, notDeclaredPercentage: -2 });
    const lines = [
      { name: 'x', unitPrice: '1000', taxRate: 'KCT' },
      { name: 'y', unitPrice: '1000', taxRate: 'KKKNT' },
    ];
    expect(JSON.parse(wire(issueBody(request({ lines }), settings)))).toMatchObject({
      itemInfo: [{ taxPercentage: -1 }, { taxPercentage: -2 }],
    });
  });

  it('marks notes 2 and discounts 3, these positive and not increasing', () => {
    const lines = [
      { name: 'x', unitPrice: '1000', taxRate: '8%' },
      { kind: 'DISCOUNT', name: 'giảm', unitPrice: '100', taxRate: '8%' },
      { kind: 'NOTE', name: 'ghi chú' },
    ] as const;
    const { itemInfo } = JSON.parse(wire(issueBody(request({ lines, pricesIncludeTax: false }), SETTINGS))) as {
      itemInfo: unknown[];
    };
    expect(itemInfo[0]).not.toHaveProperty('isIncreaseItem');
    expect(itemInfo[1]).toMatchObject({ selection: 3, itemTotalAmountWithoutTax: 100, isIncreaseItem: false });
    expect(itemInfo[2]).toEqual({ lineNumber: 3, selection: 2, itemName: 'ghi chú' });
  });

  it('refuses free goods until it is told how they are marked', () => {
    const lines = [{ kind: 'PROMOTION', name: 'quà', unitPrice: '0', taxRate: '8%' }] as const;
    expect(() => issueBody(request({ lines }), SETTINGS)).toThrow('/lines/0/kind');
    const told = viettelSettings({ templateCode: 't', promotionSelection: 5 });
    expect(issueBody(request({ lines }), told).itemInfo[0]?.selection).toBe(5);
  });

  it('writes totals of lines before the discount where the settings say so', () => {
    const gross = viettelSettings({ templateCode: 't', itemTotalBasis: 'GROSS' });
    expect(issueBody(request(), gross).itemInfo[1]).toMatchObject({
      itemTotalAmountWithoutTax: 1_397,
      itemDiscount: 8,
    });
  });

  it('dates by the settings, within the day of the key', () => {
    const noon = viettelSettings({ templateCode: 't', issueTimeMs: 12 * 3_600_000 });
    expect(issueBody(request(), noon).generalInvoiceInfo.invoiceIssuedDate).toBe(ISSUE_DAY + 12 * 3_600_000);
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
        phone: '+84901234567',
      },
      {
        buyerName: 'Lan',
        buyerLegalName: 'Công ty A',
        buyerTaxCode: '0314409058-002',
        buyerAddressLine: 'Huế',
        buyerEmail: 'a@b.vn',
        buyerPhoneNumber: '84901234567',
      },
    ],
    [
      { kind: 'PERSON', name: 'Nguyễn Văn A', personalId: '001099012345', address: 'Huế' },
      { buyerName: 'Nguyễn Văn A', buyerAddressLine: 'Huế', buyerIdNo: '001099012345' },
    ],
    [{ kind: 'PERSON', name: 'A' }, { buyerName: 'A' }],
  ] as const)('writes the buyer %o', (buyer, expected) => {
    expect(issueBody(request({}, { buyer }), SETTINGS).buyerInfo).toEqual(expected);
  });

  it('writes a sales invoice without tax, as type 2', () => {
    const sale = { taxMethod: 'DIRECT', pricesIncludeTax: true, lines: [{ name: 'Phở', unitPrice: '50000' }] } as const;
    const body = issueBody(request(sale, { form: 2 }), SETTINGS);
    expect(body.generalInvoiceInfo.invoiceType).toBe('2');
    expect(wire(body)).not.toMatch(/taxPercentage|"taxAmount"/);
    expect(body.taxBreakdowns).toEqual([]);
  });
});

describe('templates', () => {
  it('go by series, then by account', () => {
    expect(templateCode({ form: 1, symbol: 'C26TBB' }, SETTINGS)).toBe('1/771');
    expect(templateCode({ form: 2, symbol: 'C26TBB' }, SETTINGS)).toBe('1/770');
    expect(() => templateCode({ form: 1, symbol: 'C26TAA' }, viettelSettings({}))).toThrow('/settings/templateCode');
    expect(knownTemplate('C26TBB', SETTINGS)).toBe('1/771');
    expect(knownTemplate('C26TAA', viettelSettings({}))).toBe('');
  });
});

describe('adjustBody', () => {
  it('adjusts money with positive amounts and flags', () => {
    const body = adjustBody(adjustment(), SETTINGS);
    expect(body.generalInvoiceInfo).toMatchObject({
      adjustmentType: '5',
      adjustmentInvoiceType: '1',
      originalInvoiceId: 'C26TAA00000061',
      originalInvoiceIssueDate: ORIGINAL_DAY,
      originalTemplateCode: '1/770',
      additionalReferenceDesc: 'Hàng trả lại',
      additionalReferenceDate: ISSUE_DAY,
    });
    expect(wire(body)).toContain(
      '"quantity":2,"unitPrice":41666.5,"itemTotalAmountWithoutTax":83333,"taxPercentage":8,"taxAmount":6667,' +
        '"itemTotalAmountWithTax":90000,"isIncreaseItem":false}],"taxBreakdowns":[{"taxPercentage":8,' +
        '"taxableAmount":83333,"taxAmount":6667,"taxableAmountPos":false,"taxAmountPos":false}]',
    );
  });

  it('adjusts with signed amounts, and names the day as text, where the settings say so', () => {
    const settings = viettelSettings({ templateCode: 't', adjustmentSigns: 'SIGNED', originalDateFormat: 'ISO_DATE' });
    const body = adjustBody(adjustment(), settings);
    expect(body.generalInvoiceInfo.originalInvoiceIssueDate).toBe('2026-11-01');
    expect(wire(body)).toContain('"quantity":-2,"unitPrice":41666.5,"itemTotalAmountWithoutTax":-83333,');
    expect(wire(body)).not.toMatch(/isIncreaseItem|Pos"/);
  });

  it('replaces as type 3, without a kind of adjustment', () => {
    const body = adjustBody({ ...adjustment(), ...request(), origin: 'REPLACEMENT' }, SETTINGS);
    expect(body.generalInvoiceInfo.adjustmentType).toBe('3');
    expect(body.generalInvoiceInfo).not.toHaveProperty('adjustmentInvoiceType');
    expect(wire(body)).not.toContain('isIncreaseItem');
  });

  it('tells information from money', () => {
    const sent = adjustment();
    const lines = sent.invoice.lines.map((line) => ({ ...line, amountAfterTax: 0 }));
    const body = adjustBody({ ...sent, invoice: { ...sent.invoice, lines } }, SETTINGS);
    expect(body.generalInvoiceInfo.adjustmentInvoiceType).toBe('2');
  });
});
