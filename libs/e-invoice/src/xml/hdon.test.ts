import fc from 'fast-check';
import { create } from 'xmlbuilder2';
import { describe, expect, it } from 'vitest';
import { buildHDon, parseHDon, parseHDonData } from './hdon';
import type { HDon } from './hdon';
import { changed, hdon } from './hdon.fixture';
import { XmlError } from './xml-error';

const SIGNATURE = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo> </SignedInfo></Signature>';
const TTKHAC = {
  TTin: [
    { TTruong: 'Ghi chú', KDLieu: 'string', DLieu: '' },
    { TTruong: 'Số', KDLieu: 'numeric', DLieu: '001' },
    { TTruong: 'Ngày', KDLieu: 'date', DLieu: '2026-11-20' },
    { TTruong: 'Giờ', KDLieu: 'dateTime', DLieu: '2026-11-20T08:00:00' },
  ],
} as const;

/** Every element of the format, in its order. */
const FULL: HDon = {
  DLHDon: {
    Id: 'DLHDon-1',
    TTChung: {
      PBan: '2.1.0',
      THDon: 'Hóa đơn giá trị gia tăng',
      KHMSHDon: '1',
      KHHDon: 'C26TYY',
      SHDon: '0000061',
      MHSo: 'H1',
      NLap: '2026-11-20',
      HDCTTChinh: '0',
      SBKe: 'B1',
      NBKe: '2026-11-19',
      DVTTe: 'VND',
      TGia: '1.00',
      HTTToan: 'TM/CK',
      MSTTCGP: '0101243150',
      MSTDVNUNLHDon: '0100109106',
      TDVNUNLHDon: 'Đơn vị',
      DCDVNUNLHDon: 'Hà Nội',
      TTHDLQuan: {
        TCHDon: '2',
        LHDCLQuan: '1',
        KHMSHDCLQuan: '1',
        KHHDCLQuan: 'C26TYY',
        SHDCLQuan: '60',
        NLHDCLQuan: '2026-11-01',
        GChu: 'Điều chỉnh',
        TCDChinh: '2',
      },
      TTKhac: TTKHAC,
    },
    NDHDon: {
      NBan: {
        Ten: 'Quán',
        MST: '0104359717',
        DChi: 'Hà Nội',
        SDThoai: '0901234567',
        DCTDTu: 'a@b.vn',
        STKNHang: '001',
        TNHang: 'VCB',
        Fax: '024',
        Website: 'https://x.vn',
        TTKhac: TTKHAC,
      },
      NMua: {
        Ten: 'Lê A',
        MST: '0100109106',
        DChi: 'Huế',
        MKHang: 'KH1',
        SDThoai: '',
        CCCDan: '001099012345',
        DCTDTu: 'c@d.vn',
        HVTNMHang: 'Lê B',
        STKNHang: '002',
        TNHang: 'BIDV',
        MDVQHNSach: '1234567',
        TTKhac: TTKHAC,
      },
      DSHHDVu: {
        HHDVu: [
          {
            TChat: '5',
            STT: '1',
            MHHDVu: 'M1',
            THHDVu: 'Vận chuyển',
            DVTinh: 'km',
            SLuong: '-1.5',
            DGia: '18518518.52',
            TLCKhau: '0.5',
            STCKhau: '0',
            ThTien: '-27777778',
            TSuat: 'KHAC:03.50%',
            HDCTTChinh: '1',
            TTHHDTrung: '<TTHHDTrung><LHHDTrung>2</LHHDTrung></TTHHDTrung>',
            TTKhac: TTKHAC,
          },
          { TChat: '4', STT: '2', THHDVu: 'Ghi chú' },
        ],
      },
      TToan: {
        THTTLTSuat: { LTSuat: [{ TSuat: 'KHAC:03.50%', ThTien: '-27777778', TThue: '-972222' }] },
        TgTCThue: '-27777778',
        TgTThue: '-972222',
        DSLPhi: '<DSLPhi><LPhi><TPhi>1</TPhi></LPhi></DSLPhi>',
        TTCKTMai: '0',
        TgTTTBSo: '-28750000',
        TgTTTBChu: 'Âm hai mươi tám triệu bảy trăm năm mươi nghìn đồng',
      },
    },
    TTKhac: TTKHAC,
  },
  DLQRCode: '00020101021226',
  MCCQT: { Id: 'MCCQT-1', text: '00ABCDEF0123456789ABCDEF0123456789' },
  DSCKS: {
    NBan: { Signature: SIGNATURE },
    NMua: { Signature: SIGNATURE },
    CQT: { Signature: SIGNATURE },
    CCKSKhac: `<CCKSKhac>${SIGNATURE}</CCKSKhac>`,
  },
};

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof XmlError) return `${error.path} ${error.reason}`;
    throw error;
  }
  return 'accepted';
}

const XML = buildHDon(FULL);

describe('building and reading', () => {
  it('keeps every element of the format, in both directions', () => {
    expect(parseHDon(XML)).toEqual(FULL);
    expect(buildHDon(parseHDon(XML))).toBe(XML);
    expect(parseHDonData(/<DLHDon.*<\/DLHDon>/.exec(XML)?.[0] ?? '')).toEqual(FULL.DLHDon);
  });

  it('writes what a builder library writes, in canonical form', () => {
    const text = 'a & b < c > d "e" \'f\' ế';
    const xml = buildHDon(changed(hdon(), ['DLHDon', 'NDHDon', 'NMua', 'Ten'], text));
    // xmlbuilder2 writes the same bytes; it would also write control characters, which we refuse.
    const library = create().ele('Ten').txt(text).end({ headless: true });
    expect(xml).toContain(library);
    expect(xml).toContain('<NMua><Ten>a &amp; b &lt; c &gt; d "e" \'f\' ế</Ten>');
    expect(xml).not.toContain('<?xml');
  });

  it('reads documents that were laid out, and the declaration', () => {
    const laidOut = `<?xml version="1.0" encoding="UTF-8"?>\n${XML.replaceAll(/><(?!\/)/g, '>\n  <')}`;
    expect(parseHDon(laidOut).DLHDon.NDHDon.NMua).toEqual(FULL.DLHDon.NDHDon.NMua);
  });

  it('reads the link in any order and writes it in ours', () => {
    const moved = XML.replace('<TCHDon>2</TCHDon>', '').replace('</TTHDLQuan>', '<TCHDon>2</TCHDon></TTHDLQuan>');
    expect(moved).not.toBe(XML);
    expect(buildHDon(parseHDon(moved))).toBe(XML);
  });

  const CHUNG = '/HDon/DLHDon/TTChung';
  const LINE = '/HDon/DLHDon/NDHDon/DSHHDVu/HHDVu[1]';
  const refused: [string, string, string][] = [
    ['<SHDon>0000061</SHDon>', '<SHDon>61</SHDon><SHDon>61</SHDon>', `${CHUNG}/SHDon is given twice`],
    ['<SHDon>0000061</SHDon>', '', `${CHUNG}/SHDon is required`],
    ['<SHDon>0000061</SHDon>', '<SHDon></SHDon>', `${CHUNG}/SHDon must be 1 to 8 digits`],
    ['<SHDon>0000061</SHDon>', '<SHDon> 61</SHDon>', `${CHUNG}/SHDon must be 1 to 8 digits`],
    ['<SHDon>0000061</SHDon>', '<SHDon>123456789</SHDon>', `${CHUNG}/SHDon must be 1 to 8 digits`],
    ['<SHDon>0000061</SHDon>', '<SHDon><x/></SHDon>', `${CHUNG}/SHDon must hold text, not elements`],
    ['<SHDon>0000061</SHDon>', '<SHDon a="1">61</SHDon>', `${CHUNG}/SHDon/@a is not known here`],
    ['<SHDon>0000061</SHDon>', '<SHDon xmlns="u">61</SHDon>', `${CHUNG}/SHDon/@xmlns is not known here`],
    [
      '<KHHDon>C26TYY</KHHDon><SHDon>0000061</SHDon>',
      '<SHDon>61</SHDon><KHHDon>C26TYY</KHHDon>',
      `${CHUNG}/KHHDon is out of order`,
    ],
    ['<PBan>', '<Moi>1</Moi><PBan>', `${CHUNG}/Moi is not known here`],
    ['<PBan>', '<constructor>1</constructor><PBan>', `${CHUNG}/constructor is not known here`],
    ['<PBan>2.1.0</PBan>', '<PBan>2.1.0.1.1</PBan>', `${CHUNG}/PBan must have at most 6 characters`],
    ['<NLap>2026-11-20', '<NLap>2026-11-31', `${CHUNG}/NLap must be a day, yyyy-MM-dd`],
    ['<NLap>2026-11-20', '<NLap>20/11/2026', `${CHUNG}/NLap must be a day, yyyy-MM-dd`],
    ['<DVTTe>VND', '<DVTTe>vnd', `${CHUNG}/DVTTe must be a currency of three capital letters`],
    ['<TChat>5', '<TChat>6', `${LINE}/TChat must be 1, 2, 3, 4, 5`],
    ['<STT>1', '<STT>01', `${LINE}/STT must be a whole number from 1 to 9999`],
    ['<STT>1', '<STT>0', `${LINE}/STT must be a whole number from 1 to 9999`],
    ['<STT>1', '<STT>10000', `${LINE}/STT must be a whole number from 1 to 9999`],
    ...['001', '1e3', '+1', ' 1', '1.', '.5', '-0', '-0.00', '1,5', '1.1234567', '1234567890123456', '', 'NaN'].map(
      (text): [string, string, string] => [
        '<SLuong>-1.5<',
        `<SLuong>${text}<`,
        `${LINE}/SLuong must be a decimal such as 1806000 or -1.5`,
      ],
    ),
    ['<KDLieu>string', '<KDLieu>text', `${CHUNG}/TTKhac/TTin[1]/KDLieu must be string, numeric, date, dateTime`],
    ['Id="MCCQT-1"', 'Id="a b"', '/HDon/MCCQT/@Id must be letters, digits, "_", "." and "-"'],
    ['Id="MCCQT-1"', 'id="x"', '/HDon/MCCQT/@id is not known here'],
    ['<NBan><Ten>Quán<', '<NBan><Ten>Qu\u0080án<', '/HDon/DLHDon/NDHDon/NBan/Ten holds the control character U+0080'],
    ['<NBan><Ten>Quán<', '<NBan><Ten>Qu\tán<', '/HDon/DLHDon/NDHDon/NBan/Ten holds the control character U+0009'],
    ['<NBan><Ten>Quán<', '<NBan><Ten>Qu&#xA;án<', '/HDon/DLHDon/NDHDon/NBan/Ten holds the control character U+000A'],
    ['<NBan><Ten>Quán<', '<NBan><Ten><', '/HDon/DLHDon/NDHDon/NBan/Ten must not be empty'],
    ['<DLHDon Id="DLHDon-1">', '<DLHDon Id="DLHDon-1" x="1">', '/HDon/DLHDon/@x is not known here'],
    ['<HDon>', '<HDon xmlns="u">', '/HDon must not be in a namespace'],
    ['<DSHHDVu>', '<DSHHDVu><HHDVu/>', '/HDon/DLHDon/NDHDon/DSHHDVu/HHDVu[1]/TChat is required'],
  ];
  it.each(refused)('refuses %s as %s', (from, to, message) => {
    const broken = XML.replace(from, () => to);
    expect(broken).not.toBe(XML);
    expect(refusal(() => parseHDon(broken))).toBe(message);
  });

  it('keeps numbers as they are written', () => {
    const read = parseHDon(XML.replace('<SLuong>-1.5<', '<SLuong>1.50<'));
    expect(read.DLHDon.NDHDon.DSHHDVu.HHDVu[0]?.SLuong).toBe('1.50');
    expect(read.DLHDon.TTChung.SHDon).toBe('0000061');
  });

  it('refuses a list without an entry, another root and text for elements', () => {
    expect(refusal(() => parseHDon(XML.replace(/<HHDVu>.*<\/HHDVu>/, '')))).toBe(
      '/HDon/DLHDon/NDHDon/DSHHDVu/HHDVu is required',
    );
    expect(refusal(() => parseHDon('<HDonX/>'))).toBe('/HDonX is not the root HDon');
    expect(refusal(() => parseHDon('<HDon>x</HDon>'))).toBe('/HDon must hold elements, not text');
  });

  const unbuildable: [readonly (string | number)[], unknown, string][] = [
    [['DLHDon', 'TTChung', 'SHDon'], undefined, `${CHUNG}/SHDon is required`],
    [['DLHDon', 'TTChung', 'SHDon'], 61, `${CHUNG}/SHDon must be text`],
    [['DLHDon', 'TTChung', 'TTHDLQuan'], 'x', `${CHUNG}/TTHDLQuan must be an object`],
    [['DLHDon', 'TTChung', 'Moi'], 'x', `${CHUNG}/Moi is not known`],
    [['DLHDon', 'NDHDon', 'NMua'], undefined, '/HDon/DLHDon/NDHDon/NMua is required'],
    [['DLHDon', 'NDHDon', 'DSHHDVu', 'HHDVu'], [], '/HDon/DLHDon/NDHDon/DSHHDVu/HHDVu must be given 1 to 10000 times'],
    [['DLHDon', 'NDHDon', 'DSHHDVu', 'HHDVu'], {}, '/HDon/DLHDon/NDHDon/DSHHDVu/HHDVu must be a list'],
    [
      ['DLHDon', 'NDHDon', 'NMua', 'Ten'],
      'a\u0000b',
      '/HDon/DLHDon/NDHDon/NMua/Ten holds the control character U+0000',
    ],
    [['DLHDon', 'NDHDon', 'NMua', 'Ten'], 'a\ud800', '/HDon/DLHDon/NDHDon/NMua/Ten holds half a surrogate pair'],
    [
      ['DLHDon', 'NDHDon', 'NMua', 'Ten'],
      'a\u2028b',
      '/HDon/DLHDon/NDHDon/NMua/Ten holds the control character U+2028',
    ],
    [['DLHDon', 'Id'], 'a"b', '/HDon/DLHDon/@Id must be letters, digits, "_", "." and "-"'],
    [['MCCQT'], 'x', '/HDon/MCCQT must be text'],
    [['DSCKS', 'NBan', 'Signature'], '<a/>', '/HDon/DSCKS/NBan/Signature must be the element Signature'],
    [
      ['DSCKS', 'NBan', 'Signature'],
      ' <Signature/>',
      '/HDon/DSCKS/NBan/Signature must be one element and nothing around it',
    ],
    [
      ['DSCKS', 'NBan', 'Signature'],
      '<Signature>',
      '/HDon/DSCKS/NBan/Signature is not well-formed: /Signature is not closed',
    ],
    [['DSCKS', 'NBan', 'Signature'], 5, '/HDon/DSCKS/NBan/Signature must be XML text'],
  ];
  it.each(unbuildable)('does not build %j = %j', (path, value, message) => {
    expect(refusal(() => buildHDon(changed(FULL, path, value)))).toBe(message);
  });
});

describe('properties', () => {
  const safe = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !/[\p{Cc}\u2028\u2029\ufffe\uffff]/u.test(text));
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), fc.option(fc.stringMatching(/^\d{1,6}$/)))
    .map(([whole, fraction]) => (fraction === null || whole === 0n ? String(whole) : `${whole}.${fraction}`));
  const line = fc.record(
    {
      TChat: fc.constantFrom('1', '2', '3', '4', '5'),
      STT: fc.integer({ min: 1, max: 9_999 }).map(String),
      THHDVu: safe,
      SLuong: decimal,
      DGia: decimal,
      ThTien: decimal,
      DVTinh: fc.oneof(fc.constant(''), safe),
    },
    { requiredKeys: ['TChat', 'STT', 'THHDVu'] },
  );
  const document = fc
    .record({
      name: safe,
      address: safe,
      lines: fc.array(line, { minLength: 1, maxLength: 5 }),
      qr: fc.option(safe, { nil: undefined }),
    })
    .map(({ name, address, lines, qr }) => {
      const base = changed(
        changed(
          changed(FULL, ['DLHDon', 'NDHDon', 'DSHHDVu', 'HHDVu'], lines),
          ['DLHDon', 'NDHDon', 'NBan', 'Ten'],
          name,
        ),
        ['DLHDon', 'NDHDon', 'NMua', 'DChi'],
        address,
      );
      return changed(base, ['DLQRCode'], qr);
    });

  it('gives back whatever it wrote', () => {
    fc.assert(
      fc.property(document, (value) => {
        const xml = buildHDon(value);
        expect(parseHDon(xml)).toEqual(value);
        expect(buildHDon(parseHDon(xml))).toBe(xml);
      }),
    );
  });

  it('reads a damaged document as a value or refuses it by its own error', () => {
    const damage = fc.tuple(
      fc.nat(XML.length),
      fc.nat(60),
      fc.oneof(fc.string(), fc.constantFrom('<', '>', '&', '</HDon>', '<HHDVu>', '\u0000')),
    );
    fc.assert(
      fc.property(damage, ([at, length, put]) => {
        const outcome = refusal(() => {
          const value = parseHDon(XML.slice(0, at) + put + XML.slice(at + length));
          // What was read can be written, and reads the same again.
          expect(parseHDon(buildHDon(value))).toEqual(value);
        });
        expect(outcome).toMatch(/^accepted$|^\//);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => refusal(() => parseHDon(text)).startsWith('/')));
  });
});
