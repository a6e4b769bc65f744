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
import { signedText, UnsignableFieldError } from './checksum';

/** The signed fields in the vendor's order. `terminalId`, `message` and `addData` stand outside and prove nothing. */
const SIGNED_MEMBERS = [
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
] as const;

/** `msgType` of a payment; `2` places an order and moves no money. */
const PAYMENT = '1';

/** VNPAY QR-MMS "merchant payment": POST of JSON, checksum MD5, answer `{code, message, data}` with status 200. */
export const QR_MMS_CALLBACKS: CallbackProtocol = { parseCallback, verifyCallback, answerCallback };

function parseCallback(raw: RawCallback): ParsedCallback {
  const message = read(raw);
  const amountMinor = parseWholeAmount(message.text('amount'));
  if (amountMinor === null) throw new MalformedCallbackError('The amount is not a whole number.');
  for (const name of ['code', 'txnId', 'qrTrace', 'merchantCode']) {
    if (message.text(name) === '') throw new MalformedCallbackError(`${name} is missing.`);
  }
  const code = message.text('code');
  return {
    eventKey: sha256Hex(signedTexts(message)[0]),
    lookupKey: message.text('merchantCode'),
    attemptUid: message.text('txnId'),
    providerReference: message.text('qrTrace'),
    amountMinor,
    paidAtMs: parseVietnamTime(message.text('payDate')),
    bankCode: message.text('bankCode') || null,
    success: code === '00' && message.text('msgType') === PAYMENT && amountMinor > 0n,
    code,
    message: message.text('message') || null,
    untrustedTerminal: message.text('terminalId') || null,
  };
}

function verifyCallback(raw: RawCallback, secrets: readonly string[]): number | null {
  let message: WireObject;
  let texts: readonly string[];
  try {
    message = read(raw);
    texts = signedTexts(message);
  } catch (error) {
    if (error instanceof MalformedCallbackError) return null;
    throw error;
  }
  const received = message.text('checksum');
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
function signedTexts(message: WireObject): readonly [string, ...string[]] {
  try {
    const fields = SIGNED_MEMBERS.map((name) => message.scalar(name));
    const empty = signedText(fields.map((field) => field ?? ''));
    return fields.includes(null)
      ? [empty, signedText(fields.map((field) => (field === undefined ? '' : field)))]
      : [empty];
  } catch (error) {
    if (error instanceof UnsignableFieldError || error instanceof TypeError)
      throw new MalformedCallbackError(error.message);
    throw error;
  }
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
