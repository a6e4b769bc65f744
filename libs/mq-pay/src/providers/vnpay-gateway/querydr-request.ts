import { REQUEST_FIELDS } from './api-fields';
import { checkOutgoing } from './fields';
import type { FieldRule } from './fields';
import { parseJson, readJsonFields, signedJson } from './json-message';
import type { Received } from './secure-hash';
import { parseWireTime, toWireAddress, toWireTime } from './wire-values';

/** The question after a payment or a refund. */
export interface QuerydrRequest {
  /** Unique per day. */
  readonly requestId: string;
  readonly version: string;
  readonly tmnCode: string;
  readonly txnRef: string;
  /** Narrows the question to one transaction of VNPAY's; empty = the payment. Not covered by the hash. */
  readonly transactionNo: string;
  /** `vnp_CreateDate` of the payment. */
  readonly transactionDateMs: number;
  readonly createdAtMs: number;
  readonly ipAddress: string;
  readonly orderInfo: string;
}

/** The values that a querydr signs, in order (VNPAY 2.1.0 querydr). */
const QUERYDR_ORDER = [
  'vnp_RequestId',
  'vnp_Version',
  'vnp_Command',
  'vnp_TmnCode',
  'vnp_TxnRef',
  'vnp_TransactionDate',
  'vnp_CreateDate',
  'vnp_IpAddr',
  'vnp_OrderInfo',
] as const;

const QUERYDR_FIELDS = {
  ...REQUEST_FIELDS,
  vnp_Command: { minimum: 1, maximum: 16, exactly: 'querydr' },
} as const satisfies Record<string, FieldRule>;

/** The signed JSON body. Throws `GatewayFieldError`, which names the field. */
export function buildQuerydrRequest(request: QuerydrRequest, secret: string): string {
  const values: Record<string, string> = {
    vnp_RequestId: request.requestId,
    vnp_Version: request.version,
    vnp_Command: 'querydr',
    vnp_TmnCode: request.tmnCode,
    vnp_TxnRef: request.txnRef,
    vnp_OrderInfo: request.orderInfo,
    ...(request.transactionNo === '' ? {} : { vnp_TransactionNo: request.transactionNo }),
    vnp_TransactionDate: toWireTime(request.transactionDateMs),
    vnp_CreateDate: toWireTime(request.createdAtMs),
    vnp_IpAddr: toWireAddress(request.ipAddress),
  };
  checkOutgoing(QUERYDR_FIELDS, values);
  return signedJson(values, QUERYDR_ORDER, secret);
}

/** Reads a querydr, as VNPAY's side does. Check `verifyReceived` before believing it. Throws `GatewayMessageError`. */
export function parseQuerydrRequest(body: string): Received<QuerydrRequest> {
  const { message: fields, ...signature } = readJsonFields(parseJson(body), QUERYDR_FIELDS, QUERYDR_ORDER);
  return {
    ...signature,
    message: {
      requestId: fields.vnp_RequestId,
      version: fields.vnp_Version,
      tmnCode: fields.vnp_TmnCode,
      txnRef: fields.vnp_TxnRef,
      transactionNo: fields.vnp_TransactionNo,
      // Read already, by the rules of the table.
      transactionDateMs: parseWireTime(fields.vnp_TransactionDate) ?? 0,
      createdAtMs: parseWireTime(fields.vnp_CreateDate) ?? 0,
      ipAddress: fields.vnp_IpAddr,
      orderInfo: fields.vnp_OrderInfo,
    },
  };
}
