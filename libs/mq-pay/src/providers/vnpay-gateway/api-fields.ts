import { DIGITS, ORDER_INFO, PLAIN } from './fields';
import type { FieldRule } from './fields';

/** Fields that the requests of the transaction API share. */
export const REQUEST_FIELDS = {
  vnp_RequestId: { minimum: 1, maximum: 32, pattern: PLAIN },
  vnp_Version: { minimum: 1, maximum: 8, pattern: PLAIN },
  vnp_TmnCode: { minimum: 8, maximum: 8, pattern: /^[A-Za-z0-9]+$/ },
  vnp_TxnRef: { minimum: 1, maximum: 100, pattern: PLAIN },
  vnp_OrderInfo: { minimum: 1, maximum: 255, pattern: ORDER_INFO },
  vnp_TransactionNo: { minimum: 1, maximum: 15, optional: true, pattern: DIGITS },
  vnp_TransactionDate: { minimum: 14, maximum: 14, kind: 'TIME' },
  vnp_CreateDate: { minimum: 14, maximum: 14, kind: 'TIME' },
  vnp_IpAddr: { minimum: 7, maximum: 45, kind: 'ADDRESS' },
} as const satisfies Record<string, FieldRule>;

const text = (maximum: number): FieldRule => ({ minimum: 1, maximum, optional: true });
const digits = (maximum: number): FieldRule => ({ minimum: 1, maximum, optional: true, pattern: DIGITS });

/**
 * Fields that the answers share. All but the code may be missing (91 and 97 come without most of them), and texts for
 * people may be longer than ours.
 */
export const RESPONSE_FIELDS = {
  vnp_ResponseId: text(64),
  vnp_Command: text(16),
  vnp_ResponseCode: { minimum: 2, maximum: 2, pattern: /^[A-Za-z0-9]+$/ },
  vnp_Message: text(1_000),
  vnp_TmnCode: text(32),
  vnp_TxnRef: text(100),
  vnp_Amount: { minimum: 1, maximum: 12, optional: true, kind: 'AMOUNT' },
  vnp_BankCode: text(20),
  vnp_PayDate: text(14),
  vnp_TransactionNo: digits(15),
  vnp_TransactionType: text(2),
  vnp_TransactionStatus: text(2),
  vnp_OrderInfo: text(255),
} as const satisfies Record<string, FieldRule>;

/** The 13 values that the answer to a refund signs, in order (VNPAY 2.1.0 refund). */
export const REFUND_RESPONSE_ORDER = [
  'vnp_ResponseId',
  'vnp_Command',
  'vnp_ResponseCode',
  'vnp_Message',
  'vnp_TmnCode',
  'vnp_TxnRef',
  'vnp_Amount',
  'vnp_BankCode',
  'vnp_PayDate',
  'vnp_TransactionNo',
  'vnp_TransactionType',
  'vnp_TransactionStatus',
  'vnp_OrderInfo',
] as const;

/** The 15 values that the answer to a querydr signs: the same and the promotion (VNPAY 2.1.0 querydr). */
export const QUERYDR_RESPONSE_ORDER = [...REFUND_RESPONSE_ORDER, 'vnp_PromotionCode', 'vnp_PromotionAmount'] as const;
