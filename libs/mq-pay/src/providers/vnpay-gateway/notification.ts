import { parseWireAmount, toWireAmount } from './amount';
import { checkOutgoing, DIGITS, ORDER_INFO, PLAIN, readFields } from './fields';
import type { FieldRule } from './fields';
import { meaningOf } from './meaning';
import type { MoneyMeaning } from './meaning';
import { canonicalForm, secureHash, verifyReceived } from './secure-hash';
import type { Received } from './secure-hash';
import { parseVnpParameters } from './vnp-parameters';
import { parseWireTime, toWireTime } from './wire-values';

/** What VNPAY says of a payment in the IPN and, through the buyer's browser, at the return URL. */
export interface GatewayNotification {
  readonly tmnCode: string;
  readonly txnRef: string;
  readonly amountMinor: bigint;
  readonly orderInfo: string;
  /** VNPAY's reference; empty or `0` where no payment was made. */
  readonly transactionNo: string;
  /** Why (`vnp_ResponseCode`). */
  readonly responseCode: string;
  /** The state of the payment (`vnp_TransactionStatus`). */
  readonly transactionStatus: string;
  readonly bankCode: string | null;
  readonly bankTransactionNo: string | null;
  /** ATM, QRCODE and others. */
  readonly cardType: string | null;
  /** Null when there is none that can be read. */
  readonly paidAtMs: number | null;
}

const CODE = /^[A-Za-z0-9]+$/;

/**
 * VNPAY 2.1.0, return URL and IPN. Lengths as published, but never stricter with a text that decides nothing: a
 * notification about money must not be lost for it.
 */
const RECEIVED_FIELDS = {
  vnp_TmnCode: { minimum: 1, maximum: 32, pattern: PLAIN },
  vnp_TxnRef: { minimum: 1, maximum: 100 },
  vnp_Amount: { minimum: 1, maximum: 12, kind: 'AMOUNT' },
  vnp_OrderInfo: { minimum: 1, maximum: 255, optional: true },
  vnp_TransactionNo: { minimum: 1, maximum: 15, optional: true, pattern: DIGITS },
  vnp_ResponseCode: { minimum: 2, maximum: 2, pattern: CODE },
  vnp_TransactionStatus: { minimum: 2, maximum: 2, pattern: CODE },
  vnp_BankCode: { minimum: 1, maximum: 20, optional: true },
  vnp_BankTranNo: { minimum: 1, maximum: 255, optional: true },
  vnp_CardType: { minimum: 1, maximum: 20, optional: true },
  vnp_PayDate: { minimum: 1, maximum: 14, optional: true },
} as const satisfies Record<string, FieldRule>;

const SENT_FIELDS = {
  ...RECEIVED_FIELDS,
  vnp_TxnRef: { minimum: 1, maximum: 100, pattern: PLAIN },
  vnp_OrderInfo: { minimum: 1, maximum: 255, pattern: ORDER_INFO },
  vnp_BankCode: { minimum: 3, maximum: 20, optional: true, pattern: PLAIN },
  vnp_BankTranNo: { minimum: 1, maximum: 255, optional: true, pattern: PLAIN },
  vnp_CardType: { minimum: 2, maximum: 20, optional: true, pattern: PLAIN },
} as const satisfies Record<string, FieldRule>;

/** Reads an IPN or a return query. Check `verifyReceived` before believing it. Throws `GatewayMessageError`. */
export function parseNotification(query: string): Received<GatewayNotification> {
  const { message: values, ...signature } = parseVnpParameters(query);
  const fields = readFields(RECEIVED_FIELDS, (name) => values.get(name) ?? '');
  return {
    ...signature,
    message: {
      tmnCode: fields.vnp_TmnCode,
      txnRef: fields.vnp_TxnRef,
      // Read already, by the rules of the table.
      amountMinor: parseWireAmount(fields.vnp_Amount) ?? 0n,
      orderInfo: fields.vnp_OrderInfo,
      transactionNo: fields.vnp_TransactionNo,
      responseCode: fields.vnp_ResponseCode,
      transactionStatus: fields.vnp_TransactionStatus,
      bankCode: fields.vnp_BankCode || null,
      bankTransactionNo: fields.vnp_BankTranNo || null,
      cardType: fields.vnp_CardType || null,
      paidAtMs: parseWireTime(fields.vnp_PayDate),
    },
  };
}

/** The signed query of a notification, as VNPAY's side sends it. Throws `GatewayFieldError`. */
export function buildNotification(notification: GatewayNotification, secret: string): string {
  const values: Record<string, string> = {
    vnp_TmnCode: notification.tmnCode,
    vnp_TxnRef: notification.txnRef,
    vnp_Amount: toWireAmount(notification.amountMinor),
    vnp_OrderInfo: notification.orderInfo,
    vnp_TransactionNo: notification.transactionNo,
    vnp_ResponseCode: notification.responseCode,
    vnp_TransactionStatus: notification.transactionStatus,
    vnp_BankCode: notification.bankCode ?? '',
    vnp_BankTranNo: notification.bankTransactionNo ?? '',
    vnp_CardType: notification.cardType ?? '',
    vnp_PayDate: notification.paidAtMs === null ? '' : toWireTime(notification.paidAtMs),
  };
  checkOutgoing(SENT_FIELDS, values);
  const signed = canonicalForm(values);
  return `${signed}&vnp_SecureHash=${secureHash(signed, secret)}`;
}

/** What the buyer's browser brought back. */
export interface GatewayReturn extends GatewayNotification {
  /** Index of the secret that signed it; null: forged or damaged, show nothing of it as true. */
  readonly verifiedBy: number | null;
  /** What to show. It settles nothing: the browser may repeat it, keep it or never bring it. */
  readonly meaning: MoneyMeaning['verdict'];
}

/**
 * Reads the query of the return URL, for showing and for asking the provider at once; it proves nothing and is no
 * evidence. Throws `GatewayMessageError`.
 */
export function readGatewayReturn(query: string, secrets: readonly string[]): GatewayReturn {
  const received = parseNotification(query);
  const { responseCode, transactionStatus } = received.message;
  return {
    ...received.message,
    verifiedBy: verifyReceived(received, secrets),
    meaning: meaningOf(responseCode, transactionStatus).verdict,
  };
}
