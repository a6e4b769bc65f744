import { buildDocument, documentProblems, list, one, optional, parseDocument, raw, sequence } from './codec';
import type { Decoded } from './codec';
import { date, decimal, emptyText, identifiedText, oneOf, pattern, text, whole } from './leaves';
import type { XmlProblem } from './xml-error';

/** A field of the seller's own, `TTKhac/TTin`. */
const TTKHAC = sequence({
  TTin: list(
    sequence({
      TTruong: one(text(100)),
      KDLieu: one(oneOf('string', 'numeric', 'date', 'dateTime')),
      DLieu: one(emptyText(2_000)),
    }),
  ),
});

/** Vendors place TCDChinh differently, so any order is read. */
const TTHDLQUAN = sequence(
  {
    TCHDon: one(text(1)),
    LHDCLQuan: one(text(1)),
    KHMSHDCLQuan: one(text(11)),
    KHHDCLQuan: one(text(8)),
    SHDCLQuan: one(text(8)),
    NLHDCLQuan: one(date),
    GChu: optional(emptyText(500)),
    TCDChinh: optional(oneOf('1', '2')),
  },
  { anyOrder: true },
);

const TTCHUNG = sequence({
  PBan: one(text(6)),
  THDon: one(text(100)),
  KHMSHDon: one(text(1)),
  KHHDon: one(text(6)),
  SHDon: one(pattern(/^\d{1,8}$/, '1 to 8 digits')),
  MHSo: optional(emptyText(20)),
  NLap: one(date),
  // Decision 1450's tables have this flag of financial leasing here; vendors' samples of 2.1.0 carry it with 0.
  HDCTTChinh: optional(text(1)),
  SBKe: optional(emptyText(50)),
  NBKe: optional(date),
  DVTTe: one(pattern(/^[A-Z]{3}$/, 'a currency of three capital letters')),
  TGia: one(decimal),
  HTTToan: one(text(50)),
  MSTTCGP: one(text(14)),
  MSTDVNUNLHDon: optional(emptyText(14)),
  TDVNUNLHDon: optional(emptyText(400)),
  DCDVNUNLHDon: optional(emptyText(400)),
  TTHDLQuan: optional(TTHDLQUAN),
  TTKhac: optional(TTKHAC),
});

const NBAN = sequence({
  Ten: one(text(400)),
  MST: one(text(14)),
  DChi: one(text(400)),
  SDThoai: optional(emptyText(20)),
  DCTDTu: optional(emptyText(254)),
  STKNHang: optional(emptyText(30)),
  TNHang: optional(emptyText(400)),
  Fax: optional(emptyText(20)),
  Website: optional(emptyText(100)),
  TTKhac: optional(TTKHAC),
});

const NMUA = sequence({
  Ten: one(text(400)),
  MST: optional(emptyText(14)),
  DChi: optional(emptyText(400)),
  MKHang: optional(emptyText(50)),
  SDThoai: optional(emptyText(20)),
  CCCDan: optional(emptyText(12)),
  DCTDTu: optional(emptyText(254)),
  HVTNMHang: optional(emptyText(100)),
  STKNHang: optional(emptyText(30)),
  TNHang: optional(emptyText(400)),
  MDVQHNSach: optional(emptyText(20)),
  TTKhac: optional(TTKHAC),
});

const HHDVU = sequence({
  /** 1 goods or service, 2 promotion, 3 trade discount, 4 note, 5 goods of special kind. */
  TChat: one(oneOf('1', '2', '3', '4', '5')),
  STT: one(whole(1, 9_999)),
  MHHDVu: optional(emptyText(50)),
  THHDVu: one(text(500)),
  DVTinh: optional(emptyText(50)),
  SLuong: optional(decimal),
  DGia: optional(decimal),
  TLCKhau: optional(decimal),
  STCKhau: optional(decimal),
  /** Required but for notes, which the validation tells. */
  ThTien: optional(decimal),
  TSuat: optional(text(11)),
  HDCTTChinh: optional(text(1)),
  /** What is inside differs by kind of goods and is carried as it stands. */
  TTHHDTrung: optional(raw()),
  TTKhac: optional(TTKHAC),
});

const LTSUAT = sequence({ TSuat: one(text(11)), ThTien: one(decimal), TThue: one(decimal) });

const TTOAN = sequence({
  /** With the tax members, absent from invoices of the direct method. */
  THTTLTSuat: optional(sequence({ LTSuat: list(LTSUAT, 1, 100) })),
  TgTCThue: optional(decimal),
  TgTThue: optional(decimal),
  /** Fees; what is inside is carried as it stands. */
  DSLPhi: optional(raw()),
  TTCKTMai: optional(decimal),
  TgTTTBSo: one(decimal),
  TgTTTBChu: one(text(255)),
});

/** The data that the seller signs. */
const DLHDON = sequence(
  {
    TTChung: one(TTCHUNG),
    NDHDon: one(
      sequence({
        NBan: one(NBAN),
        NMua: one(NMUA),
        DSHHDVu: one(sequence({ HHDVu: list(HHDVU) })),
        TToan: one(TTOAN),
      }),
    ),
    TTKhac: optional(TTKHAC),
  },
  { id: true },
);

const SIGNER = sequence({ Signature: one(raw()) });

const HDON = sequence({
  DLHDon: one(DLHDON),
  DLQRCode: optional(text(1_000)),
  MCCQT: optional(identifiedText(34)),
  DSCKS: optional(
    sequence({ NBan: optional(SIGNER), NMua: optional(SIGNER), CQT: optional(SIGNER), CCKSKhac: optional(raw()) }),
  ),
});

/**
 * An invoice document (Decision 1450/QĐ-TCT and its revision, PBan 2.1.0) under the names of its elements. Amounts,
 * numbers and dates are text exactly as they stand in the XML; signatures are XML, byte for byte.
 */
export type HDon = Decoded<typeof HDON>;
export type HDonData = Decoded<typeof DLHDON>;
export type HDonHeader = Decoded<typeof TTCHUNG>;
export type HDonLine = Decoded<typeof HHDVU>;
export type HDonTotals = Decoded<typeof TTOAN>;
export type HDonSeller = Decoded<typeof NBAN>;
export type HDonBuyer = Decoded<typeof NMUA>;
export type HDonLink = Decoded<typeof TTHDLQUAN>;
export type HDonOtherInformation = Decoded<typeof TTKHAC>;

/** The document's XML in exclusive canonical form, without declaration. Throws XmlError with path and reason. */
export function buildHDon(document: HDon): string {
  return buildDocument('HDon', HDON, document);
}

/** Reads an invoice document strictly: fixed order, nothing unknown, nothing coerced. Throws XmlError. */
export function parseHDon(source: string): HDon {
  return parseDocument('HDon', HDON, source);
}

/** The signed part alone, as `DLHDon`. Throws XmlError. */
export function parseHDonData(source: string): HDonData {
  return parseDocument('DLHDon', DLHDON, source);
}

/** What keeps a document from being built: missing members, values of the wrong form. */
export function hdonShapeProblems(document: HDon): readonly XmlProblem[] {
  return documentProblems('HDon', HDON, document);
}
