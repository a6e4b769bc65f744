import { constantTimeEqualHex, md5Hex, sha256Hex } from '@nx/crypto';
import { MalformedCallbackError } from '../../callback';
import type {
  CallbackAnswer,
  CallbackAnswerContext,
  CallbackAnswerKind,
  CallbackProtocol,
  ParsedCallback,
  RawCallback,
} from '../../callback';
import { parseVietnamTime } from '../../vietnam-time';
import { parseWholeAmount, WireObject } from '../../wire-json';
import { signedText } from './checksum';

/** What a "merchant payment" callback says, by our names for it. */
export type CallbackMember =
  | 'code'
  | 'msgType'
  | 'txnId'
  | 'qrTrace'
  | 'bankCode'
  | 'mobile'
  | 'accountNo'
  | 'amount'
  | 'payDate'
  | 'merchantCode'
  | 'message'
  | 'terminalId'
  | 'checksum';

/** How one product of the family spells the callback and which members it signs, in which order. */
export interface CallbackShape {
  readonly names: Readonly<Record<CallbackMember, string>>;
  readonly signed: readonly CallbackMember[];
  /** `msgType` of a payment; anything else moves no money. */
  readonly paymentType: string;
}

/** VNPAY QR-MMS. `terminalId`, `message` and `addData` stand outside the checksum and prove nothing. */
export const QR_MMS_CALLBACK_SHAPE: CallbackShape = {
  names: {
    code: 'code',
    msgType: 'msgType',
    txnId: 'txnId',
    qrTrace: 'qrTrace',
    bankCode: 'bankCode',
    mobile: 'mobile',
    accountNo: 'accountNo',
    amount: 'amount',
    payDate: 'payDate',
    merchantCode: 'merchantCode',
    message: 'message',
    terminalId: 'terminalId',
    checksum: 'checksum',
  },
  signed: [
    'code',
    'msgType',
    'txnId',
    'qrTrace',
    'bankCode',
    'mobile',
    'accountNo',
    'amount',
    'payDate',
    'merchantCode',
  ],
  paymentType: '1',
};

/** Characters. The longest documented field has 30; a message about money must not be lost for a few more. */
const LONGEST_FIELD = 100;

/** A callback of the family: POST of JSON, checksum MD5, answer `{code, message, data}` with status 200. */
export function callbackProtocol(shape: CallbackShape): CallbackProtocol {
  return {
    parseCallback: (raw) => parseCallback(shape, raw),
    verifyCallback: (raw, secrets) => verifyCallback(shape, raw, secrets),
    answerCallback,
  };
}

/** VNPAY QR-MMS "merchant payment". */
export const QR_MMS_CALLBACKS: CallbackProtocol = callbackProtocol(QR_MMS_CALLBACK_SHAPE);

function parseCallback(shape: CallbackShape, raw: RawCallback): ParsedCallback {
  const message = read(raw);
  const text = (member: CallbackMember): string => message.text(shape.names[member]);
  const amountMinor = parseWholeAmount(text('amount'));
  if (amountMinor === null) throw malformed(shape.names.amount, 'is not a whole number');
  for (const member of ['code', 'txnId', 'qrTrace', 'merchantCode'] as const) {
    if (text(member) === '') throw malformed(shape.names[member], 'is missing');
  }
  const code = text('code');
  return {
    eventKey: sha256Hex(signedTexts(shape, message)[0]),
    lookupKey: text('merchantCode'),
    attemptUid: text('txnId'),
    providerReference: text('qrTrace'),
    amountMinor,
    paidAtMs: parseVietnamTime(text('payDate')),
    bankCode: text('bankCode') || null,
    success: code === '00' && text('msgType') === shape.paymentType && amountMinor > 0n,
    code,
    message: text('message') || null,
    untrustedTerminal: text('terminalId') || null,
  };
}

function verifyCallback(shape: CallbackShape, raw: RawCallback, secrets: readonly string[]): number | null {
  let message: WireObject;
  let texts: readonly string[];
  try {
    message = read(raw);
    texts = signedTexts(shape, message);
  } catch (error) {
    if (error instanceof MalformedCallbackError) return null;
    throw error;
  }
  const received = message.text(shape.names.checksum);
  let found: number | null = null;
  // Every secret is tried, so that the time tells nothing about which one it was.
  for (const [index, secret] of secrets.entries()) {
    for (const text of texts) {
      if (constantTimeEqualHex(md5Hex(`${text}|${secret}`), received)) found ??= index;
    }
  }
  return found;
}

function read(raw: RawCallback): WireObject {
  const message = WireObject.parse(raw.body);
  if (message === null) throw new MalformedCallbackError('The body is not a JSON object.');
  return message;
}

/** Missing members count as empty; a JSON null is empty too, or the word `null` as elsewhere in this protocol. */
function signedTexts(shape: CallbackShape, message: WireObject): readonly [string, ...string[]] {
  const fields = shape.signed.map((member) => signable(message, shape.names[member]));
  const empty = signedText(fields.map((field) => field ?? ''));
  return fields.includes(null)
    ? [empty, signedText(fields.map((field) => (field === undefined ? '' : field)))]
    : [empty];
}

/** A member that the checksum covers: a text or number without the separator, or nothing. */
function signable(message: WireObject, name: string): string | null | undefined {
  let value: string | null | undefined;
  try {
    value = message.scalar(name);
  } catch {
    throw malformed(name, 'is neither a text nor a number');
  }
  if (value !== undefined && value !== null && value.length > LONGEST_FIELD) throw malformed(name, 'is too long');
  if (value?.includes('|') === true) throw malformed(name, 'contains “|”');
  return value;
}

function malformed(name: string, problem: string): MalformedCallbackError {
  return new MalformedCallbackError(`${name} ${problem}.`, name);
}

function answerCallback(kind: CallbackAnswerKind, context: CallbackAnswerContext): CallbackAnswer {
  const body = JSON.stringify(ANSWERS[kind](context));
  return { status: 200, contentType: 'application/json; charset=utf-8', body };
}

interface WireAnswer {
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, string>>;
}

const about = (code: string, message: string, { attemptUid }: CallbackAnswerContext): WireAnswer =>
  attemptUid === undefined ? { code, message } : { code, message, data: { txnId: attemptUid } };

/** The vendor knows no code for an unknown reference; code bases answer as for a wrong signature. */
const ANSWERS: Readonly<Record<CallbackAnswerKind, (context: CallbackAnswerContext) => WireAnswer>> = {
  APPLIED: (context) => about('00', 'Success', context),
  NOTED: (context) => about('00', 'Success', context),
  LATE: (context) => about('00', 'Success', context),
  DUPLICATE: (context) => about('03', 'Order already paid', context),
  WRONG_AMOUNT: ({ expectedAmountMinor }) => {
    const answer = { code: '07', message: 'Wrong amount' };
    return expectedAmountMinor === undefined ? answer : { ...answer, data: { amount: expectedAmountMinor.toString() } };
  },
  UNKNOWN_REFERENCE: () => ({ code: '06', message: 'Order not found' }),
  BAD_SIGNATURE: () => ({ code: '06', message: 'Wrong authentication' }),
  UNAVAILABLE: () => ({ code: '04', message: 'Internal error' }),
  MALFORMED: () => ({ code: '04', message: 'Malformed request' }),
  ADDRESS_REFUSED: () => ({ code: '10', message: 'IP not allowed' }),
};
