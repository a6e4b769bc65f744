import { checkAmount } from '../../amount-window';
import type { AmountWindow } from '../../amount-window';
import { checkVnpayQr } from '../../emv/vnpay-profile';
import { attemptSend } from '../../outbound';
import type { SendRequest, Send } from '@nx/contracts';
import { toPlainAscii } from '../../plain-text';
import type { CreateRequest, CreateResult } from '../../provider';
import { isProviderSafeReference } from '../../references';
import { vietnamClock } from '../../vietnam-time';
import type { WireObject } from '../../wire-json';
import { exchange } from '../judgement';
import type { Judgement } from '../judgement';
import { QR_MMS_JUDGE, readAnswer } from './answer';
import { checksumMatches } from './checksum';
import { asQrMms } from './configuration';
import type { QrMmsConfiguration } from './configuration';
import { writeQrMmsMessage } from './message-codec';
import { CREATE_REQUEST, CREATE_RESPONSE } from './messages';

/** What the field `amount` can carry; a contract may allow less. */
export const QR_MMS_AMOUNT_WINDOW: AmountWindow = {
  currency: 'VND',
  minimumMinor: 1n,
  maximumMinor: 9_999_999_999_999n,
};
const COUNTRY = 'VN';
const CURRENCY = '704';
/** A bill shown at a terminal: the normal case of a point of sale. */
const PAY_TYPE_TERMINAL_BILL = '03';
const DESCRIPTION_LENGTH = 19;

/** Asks VNPAY for a dynamic merchant QR. The QR is believed only when its checksum and its own content are right. */
export async function createQr(request: CreateRequest, send: Send): Promise<CreateResult> {
  const configuration = asQrMms(request.configuration);
  const outbound = createCall(configuration, request);
  const sent = await attemptSend(send, outbound);
  const raw = exchange(outbound.body ?? '', sent);
  const reading = readAnswer(sent, true);
  if (reading.answer === undefined) return { ...reading.judgement, raw };
  if (reading.code !== '00') return { ...QR_MMS_JUDGE.byCode('CREATE', reading.code), raw };
  const problem = problemOf(configuration, request, reading.answer);
  if (problem !== null) return { ...problem, raw };
  return { ...QR_MMS_JUDGE.succeeded('00', 'The QR was made.'), qrContent: reading.answer.text('data'), raw };
}

/** The call as VNPAY wants it: JSON in a `text/plain` body; empty keys stand for what a terminal bill does not use. */
export function createCall(configuration: QrMmsConfiguration, request: CreateRequest): SendRequest {
  const { settings } = configuration;
  checkCarriable(request);
  const reference = request.attemptUid;
  const values = {
    appId: settings.appId,
    merchantName: settings.merchantName,
    serviceCode: settings.serviceCode,
    countryCode: COUNTRY,
    masterMerCode: settings.masterMerCode,
    merchantType: settings.merchantType,
    merchantCode: settings.merchantCode,
    payloadFormat: '',
    terminalId: settings.terminalId,
    payType: PAY_TYPE_TERMINAL_BILL,
    productId: '',
    txnId: reference,
    billNumber: reference,
    amount: request.amountMinor.toString(),
    tipAndFee: '',
    ccy: CURRENCY,
    expDate: expiry(request.expiresAtMs),
    desc: toPlainAscii(request.description).slice(0, DESCRIPTION_LENGTH).trim(),
    consumerID: '',
    purpose: '',
  };
  return {
    method: 'POST',
    url: settings.endpoints.create,
    headers: { 'content-type': 'text/plain; charset=utf-8', accept: 'application/json' },
    body: writeQrMmsMessage(CREATE_REQUEST, values, configuration.secrets.createSecret),
  };
}

/** Code, message, data and url of the answer; null and absent count as the word `null`. */
export function createResponseFields(answer: WireObject): readonly (string | null)[] {
  return CREATE_RESPONSE.covered.map((name) => answer.scalar(name) ?? null);
}

function problemOf(configuration: QrMmsConfiguration, request: CreateRequest, answer: WireObject): Judgement | null {
  try {
    const fields = createResponseFields(answer);
    if (!checksumMatches(fields, configuration.secrets.createSecret, answer.text('checksum'))) {
      return QR_MMS_JUDGE.unknown('BAD_CHECKSUM', 'The checksum of the answer is wrong.', '00');
    }
  } catch {
    return QR_MMS_JUDGE.unknown('BROKEN_ANSWER', 'A signed member of the answer is not a text.', '00');
  }
  const problems = checkVnpayQr(answer.text('data'), {
    merchantCode: configuration.settings.merchantCode,
    amountMinor: request.amountMinor,
    billNumber: request.attemptUid,
  });
  return problems.length === 0 ? null : QR_MMS_JUDGE.unknown('QR_MISMATCH', problems.join(' '), '00');
}

/**
 * `yyMMddHHmm` in GMT+7, rounded up to the minute: rounded down, an attempt of one minute could be dead when it is
 * shown, and what is paid within the last minute is still in time by our grace.
 */
function expiry(expiresAtMs: number): string {
  const clock = vietnamClock(Math.ceil(expiresAtMs / 60_000) * 60_000);
  return `${clock.year.slice(2)}${clock.month}${clock.day}${clock.hour}${clock.minute}`;
}

function checkCarriable(request: CreateRequest): void {
  if (!isProviderSafeReference(request.attemptUid)) throw new RangeError('The reference must be 1 to 15 of [A-Z0-9_].');
  if (!checkAmount(QR_MMS_AMOUNT_WINDOW, request.amountMinor, request.currency).fits) {
    throw new RangeError('VNPAY QR-MMS takes whole VND: positive and at most 13 digits.');
  }
}
