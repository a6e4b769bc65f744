import { parseWireAmount, toWireAmount } from './amount';
import { REQUEST_FIELDS } from './api-fields';
import { checkOutgoing } from './fields';
import type { FieldRule } from './fields';
import { parseJson, readJsonFields, signedJson } from './json-message';
import type { Received } from './secure-hash';
import { parseWireTime, toWireAddress, toWireTime } from './wire-values';

/** `vnp_TransactionType` of a refund. */
export const FULL_REFUND = '02';
export const PARTIAL_REFUND = '03';

export interface GatewayRefundRequest {
  /** Unique per day. */
  readonly requestId: string;
  readonly version: string;
  readonly tmnCode: string;
  readonly transactionType: typeof FULL_REFUND | typeof PARTIAL_REFUND;
  readonly txnRef: string;
  /** At most the amount of the payment. */
  readonly amountMinor: bigint;
  /** VNPAY's reference of the payment; `0` or empty when it is not known. The value sent is the value hashed. */
  readonly transactionNo: string;
  /** `vnp_CreateDate` of the payment. */
  readonly transactionDateMs: number;
  readonly createBy: string;
  readonly createdAtMs: number;
  readonly ipAddress: string;
  readonly orderInfo: string;
}

/** The values that a refund signs, in order (VNPAY 2.1.0 refund). */
const REFUND_ORDER = [
  'vnp_RequestId',
  'vnp_Version',
  'vnp_Command',
  'vnp_TmnCode',
  'vnp_TransactionType',
  'vnp_TxnRef',
  'vnp_Amount',
  'vnp_TransactionNo',
  'vnp_TransactionDate',
  'vnp_CreateBy',
  'vnp_CreateDate',
  'vnp_IpAddr',
  'vnp_OrderInfo',
] as const;

const REFUND_FIELDS = {
  ...REQUEST_FIELDS,
  vnp_Command: { minimum: 1, maximum: 16, exactly: 'refund' },
  vnp_TransactionType: { minimum: 2, maximum: 2, pattern: /^0[23]$/ },
  vnp_Amount: { minimum: 1, maximum: 12, kind: 'AMOUNT' },
  vnp_CreateBy: { minimum: 1, maximum: 245, pattern: /^[A-Za-z0-9 ._@-]+$/ },
} as const satisfies Record<string, FieldRule>;

/** The signed JSON body. Throws `GatewayFieldError`, which names the field. */
export function buildRefundRequest(request: GatewayRefundRequest, secret: string): string {
  const values: Record<string, string> = {
    vnp_RequestId: request.requestId,
    vnp_Version: request.version,
    vnp_Command: 'refund',
    vnp_TmnCode: request.tmnCode,
    vnp_TransactionType: request.transactionType,
    vnp_TxnRef: request.txnRef,
    vnp_Amount: toWireAmount(request.amountMinor),
    vnp_OrderInfo: request.orderInfo,
    vnp_TransactionNo: request.transactionNo,
    vnp_TransactionDate: toWireTime(request.transactionDateMs),
    vnp_CreateBy: request.createBy,
    vnp_CreateDate: toWireTime(request.createdAtMs),
    vnp_IpAddr: toWireAddress(request.ipAddress),
  };
  checkOutgoing(REFUND_FIELDS, values);
  return signedJson(values, REFUND_ORDER, secret);
}

/** Reads a refund, as VNPAY's side does. Check `verifyReceived` before believing it. Throws `GatewayMessageError`. */
export function parseRefundRequest(body: string): Received<GatewayRefundRequest> {
  const { message: fields, ...signature } = readJsonFields(parseJson(body), REFUND_FIELDS, REFUND_ORDER);
  return {
    ...signature,
    message: {
      requestId: fields.vnp_RequestId,
      version: fields.vnp_Version,
      tmnCode: fields.vnp_TmnCode,
      transactionType: fields.vnp_TransactionType === FULL_REFUND ? FULL_REFUND : PARTIAL_REFUND,
      txnRef: fields.vnp_TxnRef,
      // Read already, by the rules of the table.
      amountMinor: parseWireAmount(fields.vnp_Amount) ?? 0n,
      transactionNo: fields.vnp_TransactionNo,
      transactionDateMs: parseWireTime(fields.vnp_TransactionDate) ?? 0,
      createBy: fields.vnp_CreateBy,
      createdAtMs: parseWireTime(fields.vnp_CreateDate) ?? 0,
      ipAddress: fields.vnp_IpAddr,
      orderInfo: fields.vnp_OrderInfo,
    },
  };
}
