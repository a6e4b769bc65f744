import { createHmac } from 'node:crypto';
import type { QueryRequest, RefundQueryRequest, RefundRequest } from '../../provider';
import { parseGatewayConfiguration } from './configuration';
import type { GatewayConfiguration } from './configuration';
import { GatewayFieldError, GatewayMessageError } from './gateway-error';
import type { GatewayNotification } from './notification';
import type { PayMessage } from './pay-message';

/** The terminal and the key of the derived vectors. */
export const SECRET = 'TESTSECRETTESTSECRETTESTSECRET01';

export const SETTINGS = {
  tmnCode: 'DEMOV210',
  endpoints: { pay: 'https://pay.vnpay.example/vpcpay.html', api: 'https://api.vnpay.example/transaction' },
  returnUrl: 'https://shop.example/return',
};

export function configurationOf(change: object = {}): GatewayConfiguration {
  return parseGatewayConfiguration({ ...SETTINGS, ...change }, { hashSecret: SECRET }, 'PRODUCTION');
}

/** Computed here and not by the library, so that the tests judge it. */
export function hmac(text: string, secret = SECRET): string {
  return createHmac('sha512', secret).update(text, 'utf8').digest('hex');
}

/** 2026-11-20 12:00:00 in Vietnam, and 15 minutes later. */
export const NOON = Date.UTC(2026, 10, 20, 5);
export const EXPIRES = NOON + 15 * 60_000;
export const UID = 'ATT0123456789AB';

export const PAY: PayMessage = {
  version: '2.1.0',
  command: 'pay',
  tmnCode: 'DEMOV210',
  amountMinor: 100_000n,
  bankCode: null,
  createdAtMs: NOON,
  expiresAtMs: EXPIRES,
  ipAddress: '203.0.113.7',
  locale: 'vn',
  orderInfo: 'Thanh toan don hang :5',
  orderType: 'other',
  returnUrl: 'https://shop.example/return',
  txnRef: UID,
};

export const NOTIFICATION: GatewayNotification = {
  tmnCode: 'DEMOV210',
  txnRef: UID,
  amountMinor: 100_000n,
  orderInfo: 'Thanh toan don hang :5',
  transactionNo: '14422574',
  responseCode: '00',
  transactionStatus: '00',
  bankCode: 'NCB',
  bankTransactionNo: 'VNP14422574',
  cardType: 'ATM',
  paidAtMs: NOON + 60_000,
};

export const queryOf = (change: Partial<QueryRequest> = {}): QueryRequest => ({
  configuration: configurationOf(),
  attemptUid: UID,
  amountMinor: 100_000n,
  currency: 'VND',
  createdAtMs: NOON,
  expiresAtMs: EXPIRES,
  askedAtMs: EXPIRES + 120_000,
  ...change,
});

export const refundOf = (change: Partial<RefundRequest> = {}): RefundRequest => ({
  configuration: configurationOf(),
  refundReference: '249385230413074',
  attemptUid: UID,
  providerReference: '14422574',
  amountMinor: 100_000n,
  paidMinor: 100_000n,
  refundedBeforeMinor: 0n,
  currency: 'VND',
  createdAtMs: NOON,
  paidAtMs: NOON + 60_000,
  requestedAtMs: NOON + 3_600_000,
  description: 'Trả lại hàng',
  ...change,
});

export const refundQueryOf = (change: Partial<RefundQueryRequest> = {}): RefundQueryRequest => ({
  configuration: configurationOf(),
  refundReference: '249385230413074',
  attemptUid: UID,
  refundProviderReference: '14422999',
  amountMinor: 100_000n,
  refundedBeforeMinor: 0n,
  currency: 'VND',
  createdAtMs: NOON,
  askedAtMs: NOON + 7_200_000,
  ...change,
});

/** The 13 names that every answer of the API signs, in the published order. */
export const ANSWER_NAMES = [
  'ResponseId',
  'Command',
  'ResponseCode',
  'Message',
  'TmnCode',
  'TxnRef',
  'Amount',
  'BankCode',
  'PayDate',
  'TransactionNo',
  'TransactionType',
  'TransactionStatus',
  'OrderInfo',
];
export const PROMOTION_NAMES = ['PromotionCode', 'PromotionAmount'];

/** An answer of the API, signed as published: an absent value counts as empty. */
export function apiAnswer(
  command: 'querydr' | 'refund',
  change: Record<string, unknown> = {},
  secret = SECRET,
): object {
  const values: Record<string, unknown> = {
    vnp_ResponseId: '6ca4bd5f11f34a6b9d5a',
    vnp_Command: command,
    vnp_ResponseCode: '00',
    vnp_Message: 'OK',
    vnp_TmnCode: 'DEMOV210',
    vnp_TxnRef: UID,
    vnp_Amount: '10000000',
    vnp_BankCode: 'NCB',
    vnp_PayDate: '20261120120100',
    vnp_TransactionNo: '14422574',
    vnp_TransactionType: '01',
    vnp_TransactionStatus: '00',
    vnp_OrderInfo: 'Thanh toan',
    ...change,
  };
  const names = command === 'querydr' ? [...ANSWER_NAMES, ...PROMOTION_NAMES] : ANSWER_NAMES;
  const signed = names.map((name) => String(values[`vnp_${name}`] ?? '')).join('|');
  return { ...values, vnp_SecureHash: change['vnp_SecureHash'] ?? hmac(signed, secret) };
}

/** Field and reason of the error that the work throws, else `none`; anything but the gateway's own errors goes through. */
export function faultIn(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof GatewayMessageError || error instanceof GatewayFieldError)
      return `${error.field} ${error.reason}`;
    throw error;
  }
}
