import type { WireObject } from '../../wire-json';
import { parseWireAmount, toWireAmount } from './amount';
import { QUERYDR_RESPONSE_ORDER, REFUND_RESPONSE_ORDER, RESPONSE_FIELDS } from './api-fields';
import { checkOutgoing } from './fields';
import type { FieldRule } from './fields';
import { readJsonFields, signedJson } from './json-message';
import type { Received } from './secure-hash';
import { parseWireTime, toWireTime } from './wire-values';

/** What the answers to querydr and refund share. Empty = absent. */
export interface RefundResponse {
  readonly responseId: string;
  /** Whether the question was answered; says nothing of the payment. */
  readonly responseCode: string;
  readonly message: string;
  readonly tmnCode: string;
  readonly txnRef: string;
  readonly amountMinor: bigint | null;
  readonly bankCode: string;
  readonly paidAtMs: number | null;
  readonly transactionNo: string;
  /** 01 payment, 02 full refund, 03 partial refund. */
  readonly transactionType: string;
  /** The state of that payment or refund. */
  readonly transactionStatus: string;
  readonly orderInfo: string;
}

export interface QuerydrResponse extends RefundResponse {
  readonly promotionCode: string;
  readonly promotionAmountMinor: bigint | null;
}

const QUERYDR_RESPONSE_FIELDS = {
  ...RESPONSE_FIELDS,
  vnp_PromotionCode: { minimum: 1, maximum: 64, optional: true },
  vnp_PromotionAmount: { minimum: 1, maximum: 12, optional: true, kind: 'AMOUNT' },
} as const satisfies Record<string, FieldRule>;

/** Reads an answer to a querydr. Check `verifyReceived` before believing it. Throws `GatewayMessageError`. */
export function readQuerydrResponse(answer: WireObject): Received<QuerydrResponse> {
  const { message: fields, ...signature } = readJsonFields(answer, QUERYDR_RESPONSE_FIELDS, QUERYDR_RESPONSE_ORDER);
  return {
    ...signature,
    message: {
      ...responseOf(fields),
      promotionCode: fields.vnp_PromotionCode,
      promotionAmountMinor: parseWireAmount(fields.vnp_PromotionAmount),
    },
  };
}

/** Reads an answer to a refund. Check `verifyReceived` before believing it. Throws `GatewayMessageError`. */
export function readRefundResponse(answer: WireObject): Received<RefundResponse> {
  const { message: fields, ...signature } = readJsonFields(answer, RESPONSE_FIELDS, REFUND_RESPONSE_ORDER);
  return { ...signature, message: responseOf(fields) };
}

/** The JSON of an answer to a querydr, as VNPAY's side signs it. Throws `GatewayFieldError`. */
export function buildQuerydrResponse(response: QuerydrResponse, secret: string): string {
  const values = {
    ...valuesOf('querydr', response),
    vnp_PromotionCode: response.promotionCode,
    vnp_PromotionAmount: amountText(response.promotionAmountMinor),
  };
  checkOutgoing(QUERYDR_RESPONSE_FIELDS, values);
  return signedJson(values, QUERYDR_RESPONSE_ORDER, secret);
}

/** The JSON of an answer to a refund, as VNPAY's side signs it. Throws `GatewayFieldError`. */
export function buildRefundResponse(response: RefundResponse, secret: string): string {
  const values = valuesOf('refund', response);
  checkOutgoing(RESPONSE_FIELDS, values);
  return signedJson(values, REFUND_RESPONSE_ORDER, secret);
}

function responseOf(fields: Readonly<Record<keyof typeof RESPONSE_FIELDS, string>>): RefundResponse {
  return {
    responseId: fields.vnp_ResponseId,
    responseCode: fields.vnp_ResponseCode,
    message: fields.vnp_Message,
    tmnCode: fields.vnp_TmnCode,
    txnRef: fields.vnp_TxnRef,
    amountMinor: parseWireAmount(fields.vnp_Amount),
    bankCode: fields.vnp_BankCode,
    paidAtMs: parseWireTime(fields.vnp_PayDate),
    transactionNo: fields.vnp_TransactionNo,
    transactionType: fields.vnp_TransactionType,
    transactionStatus: fields.vnp_TransactionStatus,
    orderInfo: fields.vnp_OrderInfo,
  };
}

function valuesOf(command: 'querydr' | 'refund', response: RefundResponse): Record<string, string> {
  return {
    vnp_ResponseId: response.responseId,
    vnp_Command: command,
    vnp_ResponseCode: response.responseCode,
    vnp_Message: response.message,
    vnp_TmnCode: response.tmnCode,
    vnp_TxnRef: response.txnRef,
    vnp_Amount: amountText(response.amountMinor),
    vnp_BankCode: response.bankCode,
    vnp_PayDate: response.paidAtMs === null ? '' : toWireTime(response.paidAtMs),
    vnp_TransactionNo: response.transactionNo,
    vnp_TransactionType: response.transactionType,
    vnp_TransactionStatus: response.transactionStatus,
    vnp_OrderInfo: response.orderInfo,
  };
}

function amountText(amountMinor: bigint | null): string {
  return amountMinor === null ? '' : toWireAmount(amountMinor);
}
