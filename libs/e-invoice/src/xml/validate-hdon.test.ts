import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountInWords } from '../calculation/amount-in-words';
import { calculateInvoice } from '../calculation/calculate-invoice';
import type { InvoiceLineInput } from '../invoice';
import { negateInvoice } from '../calculation/negate-invoice';
import { buildHDon, parseHDon } from './hdon';
import type { HDon } from './hdon';
import { changed, DOCUMENT, hdon, SALE } from './hdon.fixture';
import { hdonOf, REDUCTION_FIELD } from './hdon-of-invoice';
import type { InvoiceLink } from './hdon-of-invoice';
import { validateHDon } from './validate-hdon';
import type { HDonExpectations } from './validate-hdon';

const LINK: InvoiceLink = {
  origin: 'ADJUSTMENT',
  original: { form: 1, symbol: 'C26TYY', number: '60', date: '2026-11-01' },
};
const GOOD = hdon();
const HEAD = ['DLHDon', 'TTChung'] as const;
const BODY = ['DLHDon', 'NDHDon'] as const;
const LINE = [...BODY, 'DSHHDVu', 'HHDVu', 0] as const;
const TOTAL = [...BODY, 'TToan'] as const;
const GROUP = [...TOTAL, 'THTTLTSuat', 'LTSuat', 0] as const;
const REGISTER = hdon({ symbol: 'C26MYY', authorityCode: 'M1-26-7FGBT-00000000315' });
const ADJUSTING = hdonOf({ ...DOCUMENT, invoice: negateInvoice(DOCUMENT.invoice), link: LINK });

function found(document: HDon, expected?: HDonExpectations): string[] {
  return validateHDon(document, expected).map(({ rule, path }) => `${rule} ${path.replace('/HDon/DLHDon/', '')}`);
}

describe('validateHDon', () => {
  it('finds nothing wrong with what we write', () => {
    expect(found(GOOD)).toEqual([]);
    expect(found(REGISTER)).toEqual([]);
    expect(found(ADJUSTING, { origin: 'ADJUSTMENT' })).toEqual([]);
    expect(
      found(hdon({ link: { ...LINK, origin: 'REPLACEMENT', direction: 'INCREASE' } }), { origin: 'REPLACEMENT' }),
    ).toEqual([]);
    expect(found(hdon({ authorityCode: '00ABCDEF0123456789abcdef0123456789' }))).toEqual([]);
    expect(found(parseHDon(buildHDon(GOOD)))).toEqual([]);
  });

  const cases: [string, readonly (string | number)[], unknown, string[]][] = [
    ['a missing member', [...HEAD, 'SHDon'], undefined, ['SHAPE TTChung/SHDon']],
    ['no Id', ['DLHDon', 'Id'], undefined, ['ID_MISSING @Id']],
    ['another version', [...HEAD, 'PBan'], '2.0.0', ['VERSION TTChung/PBan']],
    ['a form that is none', [...HEAD, 'KHMSHDon'], '0', ['FORM_PATTERN TTChung/KHMSHDon']],
    ['a series of five', [...HEAD, 'KHHDon'], 'C26TY', ['SERIES_PATTERN TTChung/KHHDon']],
    ['a series with a digit', [...HEAD, 'KHHDon'], 'C26TY1', ['SERIES_PATTERN TTChung/KHHDon']],
    ['a series of another letter', [...HEAD, 'KHHDon'], 'C26AYY', ['SERIES_PATTERN TTChung/KHHDon']],
    ['a series of another year', [...HEAD, 'KHHDon'], 'C25TYY', ['SERIES_YEAR TTChung/KHHDon']],
    ['number zero', [...HEAD, 'SHDon'], '000', ['NUMBER_RANGE TTChung/SHDon']],
    ['a rate of exchange for đồng', [...HEAD, 'TGia'], '25000', ['EXCHANGE_RATE TTChung/TGia']],
    ['a wrong check digit of the software', [...HEAD, 'MSTTCGP'], '0101243151', ['TAX_CODE TTChung/MSTTCGP']],
    [
      'a wrong check digit of the delegate',
      [...HEAD, 'MSTDVNUNLHDon'],
      '0101243151',
      ['TAX_CODE TTChung/MSTDVNUNLHDon'],
    ],
    ['a wrong check digit of the seller', [...BODY, 'NBan', 'MST'], '0104359718', ['TAX_CODE NDHDon/NBan/MST']],
    ['a wrong check digit of the buyer', [...BODY, 'NMua', 'MST'], '0100109107', ['TAX_CODE NDHDon/NMua/MST']],
    ['a branch without its dash', [...BODY, 'NMua', 'MST'], '0314409058002', ['TAX_CODE NDHDon/NMua/MST']],
    ['an empty tax code of the buyer', [...BODY, 'NMua', 'MST'], '', []],
    ['a personal number of eleven', [...BODY, 'NMua', 'CCCDan'], '00109901234', ['PERSONAL_ID NDHDon/NMua/CCCDan']],
    ['a personal number', [...BODY, 'NMua', 'CCCDan'], '001099012345', []],
    ['an ordinal out of order', [...LINE, 'STT'], '2', ['LINE_ORDER NDHDon/DSHHDVu/HHDVu[1]/STT']],
    [
      'no rate',
      [...LINE, 'TSuat'],
      undefined,
      ['TAX_MEMBER NDHDon/DSHHDVu/HHDVu[1]/TSuat', 'SUM_GROUP NDHDon/TToan/THTTLTSuat/LTSuat[1]/ThTien'],
    ],
    [
      'a rate that is none',
      [...LINE, 'TSuat'],
      '7%',
      [
        'TAX_RATE NDHDon/DSHHDVu/HHDVu[1]/TSuat',
        'SUM_GROUP NDHDon/TToan/THTTLTSuat/LTSuat[1]/ThTien',
        'GROUP_MISSING NDHDon/TToan/THTTLTSuat',
      ],
    ],
    ['special goods without their data', [...LINE, 'TChat'], '5', ['LINE_MEMBER NDHDon/DSHHDVu/HHDVu[1]/TTHHDTrung']],
    ['a line that does not multiply', [...LINE, 'DGia'], '41668', ['LINE_AMOUNT NDHDon/DSHHDVu/HHDVu[1]/ThTien']],
    [
      'a group repeated',
      [...GROUP, 'TSuat'],
      '10%',
      [
        'SUM_GROUP NDHDon/TToan/THTTLTSuat/LTSuat[1]/ThTien',
        'GROUP_TAX NDHDon/TToan/THTTLTSuat/LTSuat[1]/TThue',
        'GROUP_REPEATED NDHDon/TToan/THTTLTSuat/LTSuat[2]/TSuat',
        'GROUP_MISSING NDHDon/TToan/THTTLTSuat',
      ],
    ],
    [
      'a group of no rate',
      [...GROUP, 'TSuat'],
      '8',
      [
        'TAX_RATE NDHDon/TToan/THTTLTSuat/LTSuat[1]/TSuat',
        'SUM_GROUP NDHDon/TToan/THTTLTSuat/LTSuat[1]/ThTien',
        'GROUP_MISSING NDHDon/TToan/THTTLTSuat',
      ],
    ],
    [
      'a group one đồng off its lines',
      [...GROUP, 'ThTien'],
      '83334',
      ['SUM_GROUP NDHDon/TToan/THTTLTSuat/LTSuat[1]/ThTien'],
    ],
    [
      'tax one đồng off the groups',
      [...TOTAL, 'TgTThue'],
      '6802',
      ['SUM_TAX NDHDon/TToan/TgTThue', 'SUM_TOTAL NDHDon/TToan/TgTTTBSo'],
    ],
    [
      'an amount one đồng off the lines',
      [...TOTAL, 'TgTCThue'],
      '84698',
      ['SUM_LINES NDHDon/TToan/TgTCThue', 'SUM_TOTAL NDHDon/TToan/TgTTTBSo'],
    ],
    ['a discount that is not taken off', [...TOTAL, 'TTCKTMai'], '1', ['SUM_TOTAL NDHDon/TToan/TgTTTBSo']],
    [
      'fractions of đồng',
      [...TOTAL, 'TTCKTMai'],
      '0.5',
      ['WHOLE_DONG NDHDon/TToan/TTCKTMai', 'SUM_TOTAL NDHDon/TToan/TgTTTBSo'],
    ],
    ['decimals that are whole', [...TOTAL, 'TTCKTMai'], '0.000000', []],
    [
      'no tax members on a VAT form',
      [...TOTAL, 'TgTThue'],
      undefined,
      ['TAX_MEMBER NDHDon/TToan/TgTThue', 'SUM_TOTAL NDHDon/TToan/TgTTTBSo'],
    ],
    ['other words', [...TOTAL, 'TgTTTBChu'], 'Một đồng', ['WORDS NDHDon/TToan/TgTTTBChu']],
    ['a code of the wrong length', ['MCCQT'], { text: '00ABC' }, ['AUTHORITY_CODE /HDon/MCCQT']],
    [
      'a code that begins otherwise',
      ['MCCQT'],
      { text: '01ABCDEF0123456789ABCDEF0123456789' },
      ['AUTHORITY_CODE /HDon/MCCQT'],
    ],
    [
      'a cash register code on an ordinary series',
      ['MCCQT'],
      { text: 'M1-26-7FGBT-00000000315' },
      ['AUTHORITY_CODE /HDon/MCCQT'],
    ],
    ['decomposed text', [...BODY, 'NBan', 'Ten'], 'Quán'.normalize('NFD'), ['TEXT_NFC NDHDon/NBan/Ten']],
    [
      'decomposed text in a line',
      [...LINE, 'THHDVu'],
      'Phở'.normalize('NFD'),
      ['TEXT_NFC NDHDon/DSHHDVu/HHDVu[1]/THHDVu'],
    ],
  ];
  it.each(cases)('%s', (_, path, value, expected) => {
    expect(found(changed(GOOD, path, value))).toEqual(expected);
  });

  it('holds cash-register codes against form and year, and wants them at once', () => {
    const code = (text: string | undefined) =>
      found(changed(REGISTER, ['MCCQT'], text === undefined ? undefined : { text }));
    expect(code('M1-26-7FGBT-00000000315')).toEqual([]);
    expect(code('M2-26-7FGBT-00000000315')).toEqual(['AUTHORITY_CODE /HDon/MCCQT']);
    expect(code('M1-25-7FGBT-00000000315')).toEqual(['AUTHORITY_CODE /HDon/MCCQT']);
    expect(code('M1-26-7FGB-00000000315')).toEqual(['AUTHORITY_CODE /HDon/MCCQT']);
    expect(code(undefined)).toEqual(['AUTHORITY_CODE /HDon/MCCQT']);
    const uncoded = hdon({ symbol: 'K26TYY' });
    expect(found(uncoded)).toEqual([]);
    expect(found({ ...uncoded, MCCQT: { text: '00ABCDEF0123456789ABCDEF0123456789' } })).toEqual([
      'AUTHORITY_CODE /HDon/MCCQT',
    ]);
  });

  it('wants the seller to have signed, but for cash registers', () => {
    expect(found(GOOD, { signed: true })).toEqual(['SIGNATURE_MISSING /HDon/DSCKS/NBan/Signature']);
    expect(found({ ...GOOD, DSCKS: { NBan: { Signature: '<Signature></Signature>' } } }, { signed: true })).toEqual([]);
    expect(found(REGISTER, { signed: true })).toEqual([]);
  });

  it('lets an installation say which versions pass', () => {
    const old = changed(GOOD, [...HEAD, 'PBan'], '2.0.1');
    expect(found(old, { versions: ['2.0.1', '2.1.0'] })).toEqual([]);
    expect(found(GOOD, { versions: ['3.0.0'] })).toEqual(['VERSION TTChung/PBan']);
    const before = changed(changed(GOOD, [...HEAD, 'NLap'], '2024-12-31'), [...HEAD, 'KHHDon'], 'C24TYY');
    expect(found(before)).toEqual(['VERSION TTChung/PBan']);
    expect(found(changed(before, [...HEAD, 'PBan'], '2.0.0'))).toEqual([]);
    expect(found(changed(before, [...HEAD, 'NLap'], '2020-01-01'))).toContain('VERSION TTChung/PBan');
  });

  const links: [string, readonly string[], unknown, HDonExpectations['origin'], string[]][] = [
    ['an adjustment', [], undefined, 'ADJUSTMENT', []],
    ['an adjustment that shall replace', [], undefined, 'REPLACEMENT', ['LINK_KIND TTChung/TTHDLQuan/TCHDon']],
    ['an adjustment that shall be an original', [], undefined, 'ORIGIN', ['LINK_UNEXPECTED TTChung/TTHDLQuan']],
    ['a kind that is none', ['TCHDon'], '3', undefined, ['LINK_KIND TTChung/TTHDLQuan/TCHDon']],
    ['a replacement below zero', ['TCHDon'], '1', undefined, ['LINK_KIND TTChung/TTHDLQuan/TCHDon']],
    ['a replacement that shall adjust', ['TCHDon'], '1', 'ADJUSTMENT', ['LINK_KIND TTChung/TTHDLQuan/TCHDon']],
    ['a kind of invoice that is none', ['LHDCLQuan'], 'x', undefined, ['LINK_ORIGINAL TTChung/TTHDLQuan/LHDCLQuan']],
    ['an original of no form', ['KHMSHDCLQuan'], '01', undefined, ['LINK_ORIGINAL TTChung/TTHDLQuan/KHMSHDCLQuan']],
    ['an original of no series', ['KHHDCLQuan'], 'AA/20E', undefined, ['LINK_ORIGINAL TTChung/TTHDLQuan/KHHDCLQuan']],
    ['an original without number', ['SHDCLQuan'], '00', undefined, ['LINK_ORIGINAL TTChung/TTHDLQuan/SHDCLQuan']],
    ['an original of tomorrow', ['NLHDCLQuan'], '2026-11-21', undefined, ['LINK_DATE TTChung/TTHDLQuan/NLHDCLQuan']],
    ['an original of the same day', ['NLHDCLQuan'], '2026-11-20', undefined, []],
  ];
  it.each(links)('%s', (_, path, value, origin, expected) => {
    const document = path.length === 0 ? ADJUSTING : changed(ADJUSTING, [...HEAD, 'TTHDLQuan', ...path], value);
    expect(found(document, { origin })).toEqual(expected);
  });

  it('takes originals before Decree 123 as they were written', () => {
    const old = { LHDCLQuan: '3', KHMSHDCLQuan: '01GTKT0/001', KHHDCLQuan: 'AA/20E', SHDCLQuan: '0000012' };
    const link = { ...ADJUSTING.DLHDon.TTChung.TTHDLQuan, ...old };
    expect(found(changed(ADJUSTING, [...HEAD, 'TTHDLQuan'], link))).toEqual([]);
  });

  it('wants the link of a correction, and of any invoice below zero', () => {
    expect(found(GOOD, { origin: 'REPLACEMENT' })).toEqual(['LINK_MISSING TTChung/TTHDLQuan']);
    expect(found(GOOD, { origin: 'ADJUSTMENT' })).toEqual(['LINK_MISSING TTChung/TTHDLQuan']);
    expect(found(GOOD, { origin: 'ORIGIN' })).toEqual([]);
    expect(found(changed(ADJUSTING, [...HEAD, 'TTHDLQuan'], undefined))).toEqual(['LINK_MISSING TTChung/TTHDLQuan']);
  });

  it('keeps the fields of the seller’s own within 500 characters a block', () => {
    const fields = (length: number) => ({ TTin: [{ TTruong: 'a', KDLieu: 'string', DLieu: 'x'.repeat(length - 7) }] });
    expect(found(changed(GOOD, ['DLHDon', 'TTKhac'], fields(500)))).toEqual([]);
    expect(found(changed(GOOD, ['DLHDon', 'TTKhac'], fields(501)))).toEqual(['OTHER_LENGTH TTKhac']);
    expect(found(changed(GOOD, [...LINE, 'TTKhac'], fields(501)))).toEqual([
      'OTHER_LENGTH NDHDon/DSHHDVu/HHDVu[1]/TTKhac',
    ]);
  });

  it('bears a đồng a line between tax and rate × base, or what the caller says', () => {
    const shift = (by: number) => {
      const tax = changed(GOOD, [...GROUP, 'TThue'], String(6_667 + by));
      const total = changed(
        changed(tax, [...TOTAL, 'TgTThue'], String(6_803 + by)),
        [...TOTAL, 'TgTTTBSo'],
        String(91_500 + by),
      );
      return changed(total, [...TOTAL, 'TgTTTBChu'], amountInWords(91_500 + by));
    };
    expect(GOOD.DLHDon.NDHDon.TToan).toMatchObject({ TgTCThue: '84697', TgTThue: '6803', TgTTTBSo: '91500' });
    expect(found(shift(1))).toEqual([]);
    expect(found(shift(-1))).toEqual([]);
    expect(found(shift(2))).toEqual(['GROUP_TAX NDHDon/TToan/THTTLTSuat/LTSuat[1]/TThue']);
    expect(found(shift(-3))).toEqual(['GROUP_TAX NDHDon/TToan/THTTLTSuat/LTSuat[1]/TThue']);
    expect(found(shift(2), { roundingPerLine: 2 })).toEqual([]);
    expect(found(shift(1), { roundingPerLine: 0 })).toEqual(['GROUP_TAX NDHDon/TToan/THTTLTSuat/LTSuat[1]/TThue']);
  });

  it('keeps VAT away from the direct method', () => {
    const lines: InvoiceLineInput[] = [{ name: 'Phở', unitPrice: '100000', directCategory: 'SERVICE_WITH_GOODS' }];
    const invoice = calculateInvoice({ ...SALE, taxMethod: 'DIRECT', pricesIncludeTax: false, lines });
    const direct = hdon({ form: 2, invoice });
    expect(direct.DLHDon.TTKhac?.TTin).toEqual([{ TTruong: REDUCTION_FIELD, KDLieu: 'numeric', DLieu: '600' }]);
    expect(direct.DLHDon.NDHDon.DSHHDVu.HHDVu[1]).toMatchObject({ TChat: '4', STT: '2' });
    expect(direct.DLHDon.NDHDon.TToan).toEqual({ TgTTTBSo: '99400', TgTTTBChu: 'Chín mươi chín nghìn bốn trăm đồng' });
    expect(found(direct)).toEqual([]);
    expect(found(changed(direct, ['DLHDon', 'TTKhac'], undefined))).toEqual(['SUM_TOTAL NDHDon/TToan/TgTTTBSo']);
    expect(found(changed(direct, [...LINE, 'TSuat'], '8%'))).toEqual(['TAX_MEMBER NDHDon/DSHHDVu/HHDVu[1]/TSuat']);
    expect(found(changed(direct, [...TOTAL, 'TgTCThue'], '1'))).toEqual(['TAX_MEMBER NDHDon/TToan/TgTCThue']);
  });

  it('cannot add up fees that no public source describes', () => {
    const withFee = changed(changed(GOOD, [...TOTAL, 'DSLPhi'], '<DSLPhi/>'), [...HEAD, 'KHMSHDon'], '8');
    expect(
      found(changed(changed(withFee, [...TOTAL, 'TgTTTBSo'], '91501'), [...TOTAL, 'TgTTTBChu'], amountInWords(91_501))),
    ).toEqual([]);
  });

  it('finds nothing wrong with any calculated sale or its reversal', () => {
    const line = fc.record({
      name: fc.constantFrom('Phở', 'Trà đá'),
      kind: fc.constantFrom('GOODS' as const, 'PROMOTION' as const, 'DISCOUNT' as const),
      quantity: fc
        .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 0, max: 999 }))
        .map(([a, b]) => `${a}.${String(b).padStart(3, '0')}`),
      unitPrice: fc.integer({ min: 0, max: 2_000_000 }).map(String),
      taxRate: fc.constantFrom('0%', '5%', '8%', '10%', 'KCT', 'KKKNT', 'KHAC:03.50%'),
    });
    const sale = fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 6 }), pricesIncludeTax: fc.boolean() });
    fc.assert(
      fc.property(sale, ({ lines, pricesIncludeTax }) => {
        // Discounts may not exceed what is sold at their rate, which calculateInvoice refuses.
        const rates = [...new Set(lines.map(({ taxRate }) => taxRate))];
        const all = [...lines, ...rates.map((taxRate) => ({ name: 'Bia', unitPrice: '900000000', taxRate }))];
        const invoice = calculateInvoice({ ...SALE, lines: all, pricesIncludeTax });
        expect(found(hdon({ invoice }))).toEqual([]);
        expect(found(hdon({ invoice: negateInvoice(invoice), link: LINK }))).toEqual([]);
      }),
    );
  });
});

describe('hdonOf', () => {
  it('writes the fixed line of corrections', () => {
    expect(hdon({ link: { ...LINK, direction: 'DECREASE' } }).DLHDon.TTChung.TTHDLQuan).toEqual({
      TCHDon: '2',
      LHDCLQuan: '1',
      KHMSHDCLQuan: '1',
      KHHDCLQuan: 'C26TYY',
      SHDCLQuan: '60',
      NLHDCLQuan: '2026-11-01',
      GChu: 'Điều chỉnh cho hóa đơn Mẫu số 1 ký hiệu C26TYY số 60 ngày 01 tháng 11 năm 2026',
      TCDChinh: '2',
    });
    const replacement = hdon({ link: { ...LINK, origin: 'REPLACEMENT' } }).DLHDon.TTChung.TTHDLQuan;
    expect(replacement?.GChu).toMatch(/^Thay thế cho hóa đơn /);
  });

  it('names the three kinds of buyer', () => {
    const buyer = (value: Parameters<typeof hdon>[0] & object) => hdon(value).DLHDon.NDHDon.NMua;
    expect(buyer({})).toEqual({ Ten: 'Tập đoàn Viettel', MST: '0100109106', DChi: 'Hà Nội', HVTNMHang: 'Lê A' });
    expect(buyer({ buyer: { kind: 'CONSUMER', phone: '0901' } })).toEqual({
      Ten: 'Bán cho người tiêu dùng',
      SDThoai: '0901',
    });
    expect(buyer({ buyer: { kind: 'PERSON', name: 'Lê A'.normalize('NFD'), personalId: '001099012345' } })).toEqual({
      Ten: 'Lê A',
      CCCDan: '001099012345',
    });
  });

  it('writes header, seller and lines as the format wants them', () => {
    const { TTChung, NDHDon } = GOOD.DLHDon;
    expect(TTChung).toEqual({
      PBan: '2.1.0',
      THDon: 'Hóa đơn giá trị gia tăng',
      KHMSHDon: '1',
      KHHDon: 'C26TYY',
      SHDon: '61',
      NLap: '2026-11-20',
      DVTTe: 'VND',
      TGia: '1',
      HTTToan: 'TM/CK',
      MSTTCGP: '0101243150',
    });
    expect(NDHDon.NBan.TTKhac?.TTin).toEqual([{ TTruong: 'Mã địa điểm kinh doanh', KDLieu: 'string', DLieu: '00001' }]);
    expect(NDHDon.DSHHDVu.HHDVu[1]).toEqual({
      TChat: '1',
      STT: '2',
      THHDVu: 'Bánh mì',
      DVTinh: 'ổ',
      SLuong: '1.5',
      DGia: '914.7',
      STCKhau: '8',
      ThTien: '1364',
      TSuat: '10%',
    });
    expect(NDHDon.DSHHDVu.HHDVu[2]).toEqual({ TChat: '4', STT: '3', THHDVu: 'Giao tại quầy' });
  });
});
