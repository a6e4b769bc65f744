import { constantTimeEqualHex, md5Hex } from '@nx/crypto';
import { attemptSend } from '../../outbound';
import type { SendRequest, Send } from '@nx/contracts';
import { toPlainAscii } from '../../plain-text';
import type { RefundRequest, RefundResult } from '../../provider';
import { isRefundNumber } from '../../references';
import { vietnamClock } from '../../vietnam-time';
import type { WireObject } from '../../wire-json';
import { exchange } from '../judgement';
import type { Judgement } from '../judgement';
import { QR_MMS_JUDGE, readAnswer } from './answer';
import { asQrMms } from './configuration';
import type { QrMmsConfiguration } from './configuration';
import { writeQrMmsMessage } from './message-codec';
import { REFUND_REQUEST, REFUND_RESPONSE } from './messages';

const FULL = '1';
const PARTIAL = '2';
/** The vendor publishes no limit; ours keeps a long text from being a reason to refuse money. */
const CONTENT_LENGTH = 100;

/**
 * Gives money back. The answer's checksum holds no secret, so a success rests on TLS alone and waits for the report;
 * anything but a well-formed answer leaves the refund unknown, and it is never sent again under a new number.
 */
export async function refundPayment(request: RefundRequest, send: Send): Promise<RefundResult> {
  const configuration = asQrMms(request.configuration);
  const outbound = refundCall(configuration, request);
  const sent = await attemptSend(send, outbound);
  const raw = exchange(outbound.body ?? '', sent);
  const reading = readAnswer(sent, false);
  const result = (judgement: Judgement): RefundResult => ({
    ...judgement,
    raw,
    refundOutcome: judgement.outcome,
    toBeConfirmed: false,
  });
  if (reading.answer === undefined) return result(reading.judgement);
  const { answer, code } = reading;
  const received = answer.text('checkSum');
  // An answer about the request's own faults may lack the checksum; one that has it must be whole.
  if ((code === '00' || received !== '') && !constantTimeEqualHex(refundResponseChecksum(answer), received)) {
    return result(QR_MMS_JUDGE.unknown('BAD_CHECKSUM', 'The checksum of the answer is wrong.', code));
  }
  if (!configuration.trusts(outbound.url))
    return result(QR_MMS_JUDGE.unknown('UNTRUSTED_CHANNEL', 'The answer is not authentic.', code));
  if (code !== '00') return result(QR_MMS_JUDGE.byCode('REFUND', code));
  return {
    ...QR_MMS_JUDGE.succeeded(code, 'Refunded, to be confirmed by the report.'),
    raw,
    refundOutcome: 'SUCCEEDED',
    toBeConfirmed: true,
    providerReference: answer.text('qrTraceRefund'),
  };
}

/**
 * The call: a plain concatenation with the secret first is signed, in lower-case hex. The number of the refund has at
 * most 15 digits, so that no JSON reader that knows only doubles changes it before it checks the signature.
 */
export function refundCall(configuration: QrMmsConfiguration, request: RefundRequest): SendRequest {
  checkCarriable(request);
  const { merchantCode, endpoints } = configuration.settings;
  const clock = vietnamClock(request.paidAtMs);
  const payDate = `${clock.year}${clock.month}${clock.day}${clock.hour}${clock.minute}${clock.second}`;
  const values = {
    merchantCode,
    qrTrace: request.providerReference,
    payTxnId: request.attemptUid,
    refundTxnId: request.refundReference,
    typeRefund: request.amountMinor === request.paidMinor && request.refundedBeforeMinor === 0n ? FULL : PARTIAL,
    amount: request.amountMinor.toString(),
    refundContent: toPlainAscii(request.description).slice(0, CONTENT_LENGTH) || `Refund ${request.attemptUid}`,
    payDate,
  };
  return {
    method: 'POST',
    url: endpoints.refund,
    headers: { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' },
    body: writeQrMmsMessage(REFUND_REQUEST, values, configuration.secrets.refundSecret),
  };
}

/** Integrity only: everybody can compute it. */
export function refundResponseChecksum(answer: WireObject): string {
  return md5Hex(REFUND_RESPONSE.covered.map((name) => answer.text(name)).join(''));
}

function checkCarriable(request: RefundRequest): void {
  if (request.currency !== 'VND') throw new RangeError('VNPAY QR-MMS takes VND only.');
  if (!isRefundNumber(request.refundReference)) {
    throw new RangeError('The number of a refund has 1 to 15 digits and no leading zero.');
  }
  if (request.amountMinor <= 0n || request.amountMinor + request.refundedBeforeMinor > request.paidMinor) {
    throw new RangeError('A refund is positive and at most what is left of the payment.');
  }
}
