import type { Send, SendRequest } from '@nx/contracts';
import { attemptSend } from '../../outbound';
import type { RefundRequest, RefundResult } from '../../provider';
import { isRefundNumber } from '../../references';
import { exchange } from '../judgement';
import type { Judgement } from '../judgement';
import { apiCall } from './api-call';
import { readRefundResponse } from './api-response';
import { asGateway } from './configuration';
import type { GatewayConfiguration } from './configuration';
import { GatewayFieldError } from './gateway-error';
import { beliefIn, GATEWAY_JUDGE, readApiAnswer, readSafely } from './judge';
import { buildRefundRequest, FULL_REFUND, PARTIAL_REFUND } from './refund-request';
import { toOrderInfo } from './wire-values';

const ACCEPTED = '00';

/**
 * Asks for a refund. A signed 00 means accepted and no more; the end (status 06 or 09) comes by `queryRefund`. Anything but a readable, authentic answer leaves it unknown.
 */
export async function refundPayment(request: RefundRequest, send: Send): Promise<RefundResult> {
  const configuration = asGateway(request.configuration);
  const outbound = refundCall(configuration, request);
  const sent = await attemptSend(send, outbound);
  const raw = exchange(outbound.body ?? '', sent);
  const result = (judgement: Judgement): RefundResult => ({
    ...judgement,
    raw,
    refundOutcome: judgement.outcome,
    toBeConfirmed: false,
  });
  const reading = readApiAnswer(sent);
  if (reading.answer === undefined) return result(reading.judgement);
  const { answer, code } = reading;
  const read = readSafely(() => readRefundResponse(answer), code);
  if (read.received === undefined) return result(read.judgement);
  const belief = beliefIn(configuration, read.received, code);
  if (!belief.believed) return result(belief.judgement);
  if (code !== ACCEPTED) return result(GATEWAY_JUDGE.byCode('REFUND', code));
  const { tmnCode, txnRef, transactionNo, amountMinor } = read.received.message;
  const ours = tmnCode === configuration.settings.tmnCode && txnRef === request.attemptUid;
  if (!ours || (amountMinor !== null && amountMinor !== request.amountMinor)) {
    return result(GATEWAY_JUDGE.unknown('ANSWER_FOR_ANOTHER', 'The answer names another refund.', code));
  }
  return {
    ...GATEWAY_JUDGE.succeeded(code, 'Accepted; the end is still to come.'),
    raw,
    refundOutcome: 'ACCEPTED',
    toBeConfirmed: false,
    ...(/[1-9]/.test(transactionNo) ? { providerReference: transactionNo } : {}),
  };
}

/**
 * The call. The number of the refund is the request's id, so that VNPAY itself refuses a repetition of the same day.
 * Throws `GatewayFieldError`.
 */
export function refundCall(configuration: GatewayConfiguration, request: RefundRequest): SendRequest {
  const { settings, hashSecret } = configuration;
  checkCarriable(request);
  // With something given back before, the whole amount is more than is left and has been refused.
  const whole = request.amountMinor === request.paidMinor;
  const body = buildRefundRequest(
    {
      requestId: request.refundReference,
      version: settings.version,
      tmnCode: settings.tmnCode,
      transactionType: whole ? FULL_REFUND : PARTIAL_REFUND,
      txnRef: request.attemptUid,
      amountMinor: request.amountMinor,
      transactionNo: request.providerReference === '' ? '0' : request.providerReference,
      transactionDateMs: request.createdAtMs,
      createBy: settings.createBy,
      createdAtMs: request.requestedAtMs,
      ipAddress: settings.ipAddress,
      orderInfo: toOrderInfo(request.description, `Hoan tien ${request.attemptUid}`),
    },
    hashSecret,
  );
  return apiCall(configuration, body);
}

function checkCarriable(request: RefundRequest): void {
  if (request.currency !== 'VND') throw new GatewayFieldError('vnp_CurrCode', 'UNEXPECTED');
  if (!isRefundNumber(request.refundReference)) {
    throw new GatewayFieldError('vnp_RequestId', 'BAD_CHARACTERS');
  }
  if (request.amountMinor <= 0n || request.amountMinor + request.refundedBeforeMinor > request.paidMinor) {
    throw new GatewayFieldError('vnp_Amount', 'OUT_OF_WINDOW');
  }
}
