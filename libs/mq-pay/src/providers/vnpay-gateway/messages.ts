import { buildQuerydrResponse, buildRefundResponse, readQuerydrResponse, readRefundResponse } from './api-response';
import type { QuerydrResponse, RefundResponse } from './api-response';
import { parseIpnAnswer } from './callback';
import { parseJson } from './json-message';
import { buildNotification, parseNotification } from './notification';
import { buildPayUrl, parsePayQuery } from './pay-message';
import { buildQuerydrRequest, parseQuerydrRequest } from './querydr-request';
import { buildRefundRequest, parseRefundRequest } from './refund-request';
import type { Received } from './secure-hash';

/**
 * Every message of the gateway (VNPAY 2.1.0) in both directions, for a merchant's side and for one that plays VNPAY.
 * `build` signs and throws `GatewayFieldError`; `parse` believes nothing yet (`verifyReceived`) and throws
 * `GatewayMessageError`. Amounts are whole VND, times are ms; the scale × 100 and GMT+7 stay inside.
 */
export const GATEWAY_MESSAGES = {
  /** The pay URL; parsed is its query. */
  pay: { build: buildPayUrl, parse: parsePayQuery },
  /** IPN and return URL alike: a query. */
  notification: { build: buildNotification, parse: parseNotification },
  /** The merchant's answer to an IPN, which is not signed; `callbacks.answerCallback` of the provider builds it. */
  ipnAnswer: { parse: parseIpnAnswer },
  querydrRequest: { build: buildQuerydrRequest, parse: parseQuerydrRequest },
  querydrResponse: {
    build: buildQuerydrResponse,
    parse: (body: string): Received<QuerydrResponse> => readQuerydrResponse(parseJson(body)),
  },
  refundRequest: { build: buildRefundRequest, parse: parseRefundRequest },
  refundResponse: {
    build: buildRefundResponse,
    parse: (body: string): Received<RefundResponse> => readRefundResponse(parseJson(body)),
  },
} as const;
