import { buildDocument, leaf, one, optional, parseDocument, raw, sequence } from '../xml/codec';
import type { Decoded, ElementCodec } from '../xml/codec';
import { emptyText, pattern, text, whole } from '../xml/leaves';
import { XmlError } from '../xml/xml-error';
import { CONTENTS, NOTICE, UNTYPED_CONTENT } from './contents';
import type { ContentOf, ErrorNotice, TypedMessageCode, UntypedContent } from './contents';
import { MESSAGE_ID_PATTERN, PARTY_PATTERN } from './message-id';

const PARTY = pattern(PARTY_PATTERN, 'TCT, or V or K with 10 or 13 digits');
const MESSAGE_ID = 'the sender’s code and 32 capital hexadecimal digits';

const HEADER = sequence(
  {
    PBan: one(text(6)),
    MNGui: one(PARTY),
    MNNhan: one(PARTY),
    MLTDiep: one(pattern(/^(?:\d{3}|-[12])$/, 'a kind of message, three digits')),
    MTDiep: one(pattern(MESSAGE_ID_PATTERN, MESSAGE_ID)),
    /** The message that is answered; some writers leave the element empty where there is none. */
    MTDTChieu: optional(
      leaf((value) => (value === '' || MESSAGE_ID_PATTERN.test(value) ? undefined : `must be ${MESSAGE_ID}`)),
    ),
    MST: optional(emptyText(14)),
    SLuong: optional(whole(1, 10_000)),
  },
  { open: true },
);

const ENVELOPE = sequence({ TTChung: one(HEADER), DLieu: one(raw()) });

export type MessageHeader = Decoded<typeof HEADER>;

/** A message of a kind whose content is typed. */
export interface TypedMessage<C extends TypedMessageCode> {
  readonly TTChung: MessageHeader & { readonly MLTDiep: C };
  readonly DLieu: ContentOf<C>;
}

/** A message of any other kind. */
export interface UntypedMessage {
  readonly TTChung: MessageHeader;
  readonly DLieu: UntypedContent;
}

export type KnownMessage = { readonly [C in TypedMessageCode]: TypedMessage<C> }[TypedMessageCode];
export type TvanMessage = KnownMessage | UntypedMessage;

export interface HeaderInput {
  /** Default 2.1.0. */
  readonly version?: string | undefined;
  readonly sender: string;
  /** Default `TCT`, the authority. */
  readonly receiver?: string | undefined;
  /** From `newMessageId` or `messageIdOfUuid`. */
  readonly id: string;
  readonly answers?: string | undefined;
  /** The taxpayer's tax code, with its dash. */
  readonly taxCode: string;
}

/** A message of a kind with its header; SLuong is counted. */
export function tvanMessage<C extends TypedMessageCode>(
  code: C,
  header: HeaderInput,
  content: ContentOf<C>,
): TypedMessage<C> {
  return {
    TTChung: {
      PBan: header.version ?? '2.1.0',
      MNGui: header.sender,
      MNNhan: header.receiver ?? 'TCT',
      MLTDiep: code,
      MTDiep: header.id,
      ...(header.answers === undefined ? {} : { MTDTChieu: header.answers }),
      MST: header.taxCode,
      SLuong: String(countOf(content)),
    },
    DLieu: content,
  };
}

/** The message's XML, without declaration; signed documents inside stay byte for byte. Throws XmlError. */
export function buildTvanMessage(message: TvanMessage): string {
  const { TTChung, DLieu } = message;
  const codec = contentCodec(TTChung.MLTDiep);
  const content = buildDocument('DLieu', codec, DLieu, '/TDiep/DLieu');
  refuseWrongCount(TTChung, DLieu);
  return buildDocument('TDiep', ENVELOPE, { TTChung, DLieu: content });
}

/** Reads a message: its header strictly, its content by its kind. Throws XmlError. */
export function parseTvanMessage(source: string): TvanMessage {
  const { TTChung, DLieu } = parseDocument('TDiep', ENVELOPE, source);
  const content = parseDocument('DLieu', contentCodec(TTChung.MLTDiep), DLieu, '/TDiep/DLieu') as object;
  refuseWrongCount(TTChung, content);
  return { TTChung, DLieu: content };
}

/** Whether a message is of a kind, which gives its content a type. */
export function isMessage<C extends TypedMessageCode>(
  message: TvanMessage,
  code: C,
): message is TypedMessage<C> & KnownMessage {
  return message.TTChung.MLTDiep === code;
}

/** One error notice as a document of its own, to be signed before it goes into message 300 or 303. Throws XmlError. */
export function buildErrorNotice(notice: ErrorNotice): string {
  return buildDocument('TBao', NOTICE, notice);
}

/** Reads a notice, its signatures in `others`. Throws XmlError. */
export function parseErrorNotice(source: string): ErrorNotice {
  return parseDocument('TBao', NOTICE, source);
}

function contentCodec(code: string): ElementCodec<unknown> {
  return Object.hasOwn(CONTENTS, code) ? CONTENTS[code as TypedMessageCode] : UNTYPED_CONTENT;
}

function refuseWrongCount({ SLuong }: MessageHeader, content: object): void {
  const count = countOf(content);
  if (SLuong === undefined || SLuong === String(count)) return;
  throw new XmlError('/TDiep/TTChung/SLuong', `is ${SLuong}, DLieu holds ${count}`);
}

/** Documents in DLieu: each list its length, each single element one. */
function countOf(content: object): number {
  return Object.entries(content).reduce((sum, [name, value]: [string, unknown]) => {
    if (value === undefined || name === 'Id') return sum;
    return sum + (Array.isArray(value) ? value.length : 1);
  }, 0);
}
