import { describe, expect, it } from 'vitest';
import { adjustment, KEY, request } from '../vendor-samples.fixture';
import { adjustXml, fkeyOf, originalFkey, patternOf, publishXml, replaceXml } from './request';
import { VNPT_DEFAULTS, vnptSettings } from './settings';
import { cdata, element, envelopeOf, parse, soapAction } from './soap';

describe('publishXml', () => {
  it('is this text', () => {
    expect(publishXml(request(), VNPT_DEFAULTS)).toBe(
      '<Invoices><Inv><key>3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10</key><Invoice><CusCode>KHACHLE</CusCode>' +
        '<CusName>Bán cho người tiêu dùng</CusName><CusAddress></CusAddress><CusTaxCode></CusTaxCode>' +
        '<PaymentMethod>TM/CK</PaymentMethod><Products><Product><Code>CF</Code>' +
        '<ProdName>Cà phê &lt;sữa&gt; &amp; đá</ProdName><ProdUnit>ly</ProdUnit><ProdQuantity>2</ProdQuantity>' +
        '<ProdPrice>41666.5</ProdPrice><Total>83333</Total><VATRate>8</VATRate><VATAmount>6667</VATAmount>' +
        '<Amount>90000</Amount><IsSum>0</IsSum></Product><Product><ProdName>Bánh mì</ProdName><ProdUnit>ổ</ProdUnit>' +
        '<ProdQuantity>1.5</ProdQuantity><ProdPrice>931</ProdPrice><DiscountAmount>8</DiscountAmount>' +
        '<Total>1389</Total><VATRate>8</VATRate><VATAmount>111</VATAmount><Amount>1500</Amount><IsSum>0</IsSum>' +
        '</Product></Products><Total>84722</Total><VATRate>8</VATRate><VATAmount>6778</VATAmount>' +
        '<Amount>91500</Amount><AmountInWords>Chín mươi mốt nghìn năm trăm đồng</AmountInWords>' +
        '<ArisingDate>20/11/2026</ArisingDate></Invoice></Inv></Invoices>',
    );
  });

  it.each([
    ['KCT', '-1'],
    ['KKKNT', '-2'],
    ['0%', '0'],
    ['10%', '10'],
    ['KHAC:03.50%', '3.5'],
    ['KHAC:10.00%', '10'],
    ['KHAC:07.25%', '7.25'],
  ])('writes the rate %s as %s', (taxRate, expected) => {
    const xml = publishXml(request({ lines: [{ name: 'x', unitPrice: '1000', taxRate }] }), VNPT_DEFAULTS);
    expect(xml.match(/<VATRate>[^<]*<\/VATRate>/g)).toEqual(Array(2).fill(`<VATRate>${expected}</VATRate>`));
  });

  it('refuses several rates until it is told how their invoice is marked', () => {
    const lines = [
      { name: 'x', unitPrice: '1000', taxRate: '8%' },
      { name: 'y', unitPrice: '1000', taxRate: '10%' },
    ];
    expect(() => publishXml(request({ lines }), VNPT_DEFAULTS)).toThrow('/invoice/taxGroups');
    expect(publishXml(request({ lines }), vnptSettings({ mixedRate: '-4' }))).toContain(
      '</Products><Total>1835</Total><VATRate>-4</VATRate>',
    );
  });

  it('marks promotions 1, discounts 2 (positive) and notes 4', () => {
    const lines = [
      { name: 'x', unitPrice: '1000', taxRate: '8%' },
      { kind: 'PROMOTION', name: 'quà', unitPrice: '0', taxRate: '8%' },
      { kind: 'DISCOUNT', name: 'giảm', unitPrice: '100', taxRate: '8%' },
      { kind: 'NOTE', name: 'ghi chú' },
    ] as const;
    const xml = publishXml(request({ lines, pricesIncludeTax: false }), VNPT_DEFAULTS);
    expect(xml.match(/<IsSum>\d<\/IsSum>/g)?.join('')).toBe(
      '<IsSum>0</IsSum><IsSum>1</IsSum><IsSum>2</IsSum><IsSum>4</IsSum>',
    );
    expect(xml).toContain(
      '<ProdName>giảm</ProdName><ProdQuantity>1</ProdQuantity><ProdPrice>100</ProdPrice><Total>100<',
    );
    expect(xml).toContain('<Product><ProdName>ghi chú</ProdName><IsSum>4</IsSum></Product></Products><Total>900<');
  });

  it.each([
    [
      { kind: 'COMPANY', taxCode: '0314409058-002', legalName: 'Công ty A & B', address: 'Huế', phone: '0901' },
      '<CusCode>0314409058-002</CusCode><CusName>Công ty A &amp; B</CusName><CusAddress>Huế</CusAddress><CusPhone>0901</CusPhone><CusTaxCode>0314409058-002</CusTaxCode>',
    ],
    [
      { kind: 'PERSON', name: 'A', personalId: '001099012345' },
      '<CusCode>001099012345</CusCode><CusName>A</CusName><CusAddress></CusAddress><CusTaxCode></CusTaxCode>',
    ],
    [{ kind: 'PERSON', name: 'A' }, '<CusCode>KHACHLE</CusCode><CusName>A</CusName>'],
  ] as const)('writes the buyer %o', (buyer, text) => {
    expect(publishXml(request({}, { buyer }), VNPT_DEFAULTS)).toContain(`<Invoice>${text}`);
  });

  it('names the field whose text XML does not allow', () => {
    const sold = request();
    const lines = sold.invoice.lines.map((line) => ({ ...line, name: 'a\u0001b' }));
    expect(() => publishXml({ ...sold, invoice: { ...sold.invoice, lines } }, VNPT_DEFAULTS)).toThrow('/lines/0/name');
  });

  it('writes sales invoices without rates', () => {
    const sale = { taxMethod: 'DIRECT', pricesIncludeTax: true, lines: [{ name: 'Phở', unitPrice: '50000' }] } as const;
    const xml = publishXml(request(sale, { form: 2 }), VNPT_DEFAULTS);
    expect(xml).not.toMatch(/VAT/);
    expect(xml).toContain('<Total>50000</Total><Amount>50000</Amount>');
  });
});

describe('changing an invoice', () => {
  it('adjusts with positive amounts, their words, and a type', () => {
    const xml = adjustXml(adjustment(), VNPT_DEFAULTS);
    expect(xml).toMatch(
      /^<AdjustInv><key>3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10<\/key><LDo>Hàng trả lại<\/LDo><CusCode>/,
    );
    expect(xml).toContain('<ProdQuantity>2</ProdQuantity><ProdPrice>41666.5</ProdPrice><Total>83333</Total>');
    expect(xml).toContain('<Amount>90000</Amount><AmountInWords>Chín mươi nghìn đồng</AmountInWords>');
    expect(xml).toMatch(/<ArisingDate>20\/11\/2026<\/ArisingDate><Type>3<\/Type><\/AdjustInv>$/);
    expect(xml).not.toContain('>-');
  });
  it.each([
    [1, '2'],
    [0, '4'],
  ])('raises by type 2 and informs by type 4', (factor, type) => {
    const sent = adjustment();
    const lines = sent.invoice.lines.map((line) => ({ ...line, amountAfterTax: factor }));
    const xml = adjustXml({ ...sent, invoice: { ...sent.invoice, lines } }, VNPT_DEFAULTS);
    expect(xml).toContain(`<Type>${type}</Type>`);
  });
  it('replaces without a type', () => {
    const xml = replaceXml({ ...adjustment(), ...request(), origin: 'REPLACEMENT' }, VNPT_DEFAULTS);
    expect(xml).toMatch(/^<ReplaceInv><key>[^<]*<\/key><LDo>Hàng trả lại<\/LDo>.*<\/ArisingDate><\/ReplaceInv>$/);
  });
  it('knows originals by their Fkey alone', () => {
    expect(originalFkey(adjustment())).toBe('original-1');
    const foreign = { form: 1, symbol: 'C26TAA', number: '61', date: '2026-11-01' } as const;
    expect(() => originalFkey(adjustment({ original: foreign }))).toThrow('/original/requestId');
  });
});

describe('keys and templates', () => {
  it.each([
    ['IQBapalCzY', 'IQBapalCzY'],
    [KEY.requestId, KEY.requestId],
    ['a_b', ''],
    ['a,b', ''],
    ['', ''],
    ['x'.repeat(37), ''],
  ])('%s as Fkey', (requestId, expected) => {
    const fkey = fkeyOf({ ...KEY, requestId });
    if (fkey === requestId) expect(fkey).toBe(expected);
    else expect(fkey).toMatch(/^[0-9a-f-]{36}$/);
    expect(fkey).not.toMatch(/[_,;]/);
  });
  it('takes templates by series, then by account', () => {
    const settings = vnptSettings({ pattern: '1/001', patterns: { '1C26TBB': '1/002' } });
    expect(patternOf({ form: 1, symbol: 'C26TBB' }, settings)).toBe('1/002');
    expect(patternOf({ form: 1, symbol: 'C26TAA' }, settings)).toBe('1/001');
    expect(() => patternOf({ form: 1, symbol: 'C26TAA' }, VNPT_DEFAULTS)).toThrow('/settings/pattern');
  });
});

describe('SOAP', () => {
  it('wraps a method', () => {
    expect(envelopeOf('cancel', ['<a>1</a>', '<b/>'])).toBe(
      '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">' +
        '<soap:Body><cancel xmlns="http://tempuri.org/"><a>1</a><b/></cancel></soap:Body></soap:Envelope>',
    );
    expect(soapAction('cancel')).toBe('"http://tempuri.org/cancel"');
  });
  it.each([['plain <x>'], ['a]]>b'], [']]>'], ['a]]]>b'], ['a]]>]]>b']])('carries %s as one text', (text) => {
    expect(parse(`<a>${cdata(text)}</a>`).text).toBe(text);
  });
  it('escapes', () => {
    expect(element('a', `<&>"'`, '/x')).toBe(`<a>&lt;&amp;&gt;"'</a>`);
    expect(() => element('a', '\ud800', '/x')).toThrow('/x');
  });
});
