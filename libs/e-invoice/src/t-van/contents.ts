import { list, one, optional, raw, sequence } from '../xml/codec';
import type { Decoded, ElementCodec } from '../xml/codec';
import { date, dateTime, emptyText, oneOf, paragraph, pattern, text, whole } from '../xml/leaves';

/** Reason of a refusal; 204 writes MTLoi, HDXLy and GChu, the others MTa. */
const REASON = sequence(
  {
    MLoi: one(text(50)),
    MTa: optional(paragraph(4_000)),
    MTLoi: optional(paragraph(4_000)),
    HDXLy: optional(paragraph(4_000)),
    GChu: optional(paragraph(4_000)),
  },
  { open: true },
);
const REASONS = sequence({ LDo: list(REASON, 0) }, { open: true });

/** A notice: its data, and beside them signatures as they stand. */
function notice<T>(data: ElementCodec<T>) {
  return sequence({ DLTBao: one(data) }, { open: true });
}

const DECLARATIONS = sequence({ TKhai: list(raw()) });
const INVOICES = sequence({ HDon: list(raw()) });
/** What no public source describes: each element as it stands. */
const UNDESCRIBED = sequence({}, { open: true });

const RECEIVED_DECLARATION = sequence(
  {
    /** 1 and 3 received, 2 and 4 not: new declarations and changes. */
    THop: one(text(1)),
    DSLDKTNhan: optional(REASONS),
    DSLDKCNhan: optional(REASONS),
  },
  { open: true },
);

const ACCEPTED_DECLARATION = sequence({ TTXNCQT: one(oneOf('1', '2')), DSLDKCNhan: optional(REASONS) }, { open: true });

/** Public samples of 104 carry one result a delegation, inside elements that differ; those stay as they stand. */
const ACCEPTED_DELEGATION = sequence(
  { TTXNCQT: optional(oneOf('1', '2')), DSLDKCNhan: optional(REASONS) },
  { open: true },
);

const CHECK_RESULT = sequence(
  {
    MSo: optional(text(30)),
    /** 1 not eligible for a code, 2 package valid, 3 list of invalid invoices, 9 other. */
    LTBao: one(pattern(/^\d{1,2}$/, 'one or two digits')),
    LHDKMa: optional(raw()),
    KHLKhac: optional(raw()),
  },
  { open: true },
);

const NOTICED_INVOICE = sequence(
  {
    STT: one(whole(1, 9_999)),
    MCQTCap: optional(emptyText(34)),
    KHMSHDon: one(text(11)),
    KHHDon: one(text(8)),
    SHDon: one(text(8)),
    Ngay: one(date),
    /** 1: an invoice of Decree 123/2020 and after it. */
    LADHDDT: one(text(1)),
    /** 1 cancel, 2 adjust, 3 replace, 4 explain. */
    TCTBao: one(oneOf('1', '2', '3', '4')),
    LDo: one(text(255)),
  },
  { open: true },
);

const ERROR_NOTICE = sequence(
  {
    PBan: one(text(6)),
    MSo: one(text(30)),
    Ten: one(text(100)),
    /** 1 on the seller's own account, 2 on a notice of the authority, which So and NTBCCQT name then. */
    Loai: one(oneOf('1', '2')),
    So: optional(emptyText(30)),
    NTBCCQT: optional(date),
    MCQT: one(text(5)),
    TCQT: one(text(100)),
    TNNT: one(text(400)),
    MST: one(text(14)),
    MDVQHNSach: optional(emptyText(20)),
    DDanh: one(text(50)),
    NTBao: one(date),
    DSHDon: one(sequence({ HDon: list(NOTICED_INVOICE, 1, 9_999) })),
  },
  { open: true },
);

const NOTICE_RESULT = sequence(
  {
    DSHDon: optional(
      sequence(
        {
          HDon: list(
            sequence(
              {
                KHMSHDon: optional(emptyText(11)),
                KHHDon: optional(emptyText(8)),
                SHDon: optional(emptyText(8)),
                /** 1 received, 2 not, by invoice. */
                TTTNCCQT: optional(oneOf('1', '2')),
                DSLDKTNhan: optional(REASONS),
              },
              { open: true },
            ),
            0,
          ),
        },
        { open: true },
      ),
    ),
  },
  { open: true },
);

const TECHNICAL_ANSWER = sequence(
  {
    /** The message that is answered. */
    MTDiep: one(text(46)),
    MNGui: one(text(14)),
    NNhan: one(dateTime),
    TTTNhan: one(oneOf('0', '1')),
    DSLDo: optional(REASONS),
  },
  { open: true },
);

/** What stands in DLieu, by MLTDiep; kinds that are not here are carried as they stand. */
export const CONTENTS = {
  '100': DECLARATIONS,
  '101': DECLARATIONS,
  '102': sequence({ TBao: one(notice(RECEIVED_DECLARATION)) }),
  '103': sequence({ TBao: one(notice(ACCEPTED_DECLARATION)) }),
  '104': sequence({ TBao: one(notice(ACCEPTED_DELEGATION)) }),
  '200': INVOICES,
  '201': INVOICES,
  '202': INVOICES,
  '203': INVOICES,
  '204': sequence({ TBao: one(notice(CHECK_RESULT)) }),
  '205': sequence({ TBao: one(UNDESCRIBED) }),
  '206': INVOICES,
  '300': sequence({ TBao: list(notice(ERROR_NOTICE), 1, 100) }),
  '301': sequence({ TBao: one(notice(NOTICE_RESULT)) }),
  '302': sequence({ TBao: one(UNDESCRIBED) }),
  '303': sequence({ TBao: list(notice(ERROR_NOTICE), 1, 100) }),
  '999': sequence({ TBao: one(TECHNICAL_ANSWER) }),
} as const;

/** Kinds whose content is typed. */
export type TypedMessageCode = keyof typeof CONTENTS;
export type ContentOf<C extends TypedMessageCode> = Decoded<(typeof CONTENTS)[C]>;

/** One error notice 04/SS-HĐĐT, as `TBao`; signatures in `others`. */
export const NOTICE = notice(ERROR_NOTICE);
export type ErrorNotice = Decoded<typeof NOTICE>;
export type Reason = Decoded<typeof REASON>;

/** Content of a kind that is not typed. */
export const UNTYPED_CONTENT = UNDESCRIBED;
export type UntypedContent = Decoded<typeof UNDESCRIBED>;
