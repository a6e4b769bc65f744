import { constantTimeEqualHex, md5Hex } from '@nx/crypto';
import { attemptSend } from '../../outbound';
import type { SendRequest, Send } from '@nx/contracts';
import { toPlainAscii } from '../../plain-text';
import { REFUND_STATUS_AFTER } from '../../provider';
import type { RefundRequest, RefundResult } from '../../provider';
import { vietnamClock } from '../../vietnam-time';
import type { WireObject } from '../../wire-json';
import { exchange } from '../judgement';
import type { Judgement } from '../judgement';
import { QR_MMS_JUDGE, readAnswer } from './answer';
import { asQrMms } from './configuration';
import type { QrMmsConfiguration } from './configuration';

const FULL = '1';
const PARTIAL = '2';

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
    refundStatus: REFUND_STATUS_AFTER[judgement.outcome],
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
    refundStatus: 'SUCCEEDED',
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
  const amount = request.amountMinor.toString();
  const typeRefund = request.amountMinor === request.paidMinor && request.refundedBeforeMinor === 0n ? FULL : PARTIAL;
  const fields = [
    merchantCode,
    request.providerReference,
    request.attemptUid,
    request.refundReference,
    typeRefund,
    amount,
    payDate,
  ];
  const body = JSON.stringify({
    merchantCode,
    qrTrace: request.providerReference,
    payTxnId: request.attemptUid,
    refundTxnId: Number(request.refundReference),
    typeRefund,
    amount,
    refundContent: toPlainAscii(request.description) || `Refund ${request.attemptUid}`,
    payDate,
    checkSum: refundChecksum(fields, configuration.secrets.refundSecret),
  });
  return {
    method: 'POST',
    url: endpoints.refund,
    headers: { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' },
    body,
  };
}

/** Secret and fields, one after the other without a separator; lower-case hex. */
export function refundChecksum(fields: readonly string[], secret: string): string {
  return md5Hex(secret + fields.join(''));
}

/** Integrity only: everybody can compute it. */
export function refundResponseChecksum(answer: WireObject): string {
  return md5Hex(['code', 'message', 'qrTraceRefund', 'refundDate'].map((name) => answer.text(name)).join(''));
}

function checkCarriable(request: RefundRequest): void {
  if (request.currency !== 'VND') throw new RangeError('VNPAY QR-MMS takes VND only.');
  if (!/^[1-9][0-9]{0,14}$/.test(request.refundReference)) {
    throw new RangeError('The number of a refund has 1 to 15 digits and no leading zero.');
  }
  if (request.amountMinor <= 0n || request.amountMinor + request.refundedBeforeMinor > request.paidMinor) {
    throw new RangeError('A refund is positive and at most what is left of the payment.');
  }
}
