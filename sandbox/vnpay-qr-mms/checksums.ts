import { createHash, timingSafeEqual } from 'node:crypto';

/** The five MD5 rules of the QR-MMS protocol. MD5 is the vendor's choice. */
function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/** A member that is JSON null is hashed as the word `null`. */
function word(value: unknown): string {
  return value === undefined ? '' : String(value);
}

function signedByPipes(values: readonly unknown[], secret: string): string {
  return md5([...values.map(word), secret].join('|'));
}

const CREATE_MEMBERS = [
  'appId',
  'merchantName',
  'serviceCode',
  'countryCode',
  'masterMerCode',
  'merchantType',
  'merchantCode',
  'terminalId',
  'payType',
  'productId',
  'txnId',
  'amount',
  'tipAndFee',
  'ccy',
  'expDate',
] as const;

export function createChecksum(body: Readonly<Record<string, unknown>>, secret: string): string {
  return signedByPipes(
    CREATE_MEMBERS.map((name) => body[name]),
    secret,
  ).toUpperCase();
}

export function createAnswerChecksum(
  code: string,
  message: string,
  data: string | null,
  url: string | null,
  secret: string,
): string {
  return signedByPipes([code, message, data, url], secret).toUpperCase();
}

const CALLBACK_MEMBERS = [
  'code',
  'msgType',
  'txnId',
  'qrTrace',
  'bankCode',
  'mobile',
  'accountNo',
  'amount',
  'payDate',
  'merchantCode',
] as const;

export function callbackChecksum(body: Readonly<Record<string, unknown>>, secret: string): string {
  return signedByPipes(
    CALLBACK_MEMBERS.map((name) => body[name]),
    secret,
  ).toUpperCase();
}

export function checkChecksum(body: Readonly<Record<string, unknown>>, secret: string): string {
  return signedByPipes([body['payDate'], body['txnId'], body['merchantCode'], body['terminalID']], secret);
}

const CHECK_ANSWER_MEMBERS = [
  'masterMerchantCode',
  'merchantCode',
  'terminalID',
  'txnId',
  'payDate',
  'bankCode',
  'qrTrace',
  'debitAmount',
  'realAmount',
] as const;

export function checkAnswerChecksum(body: Readonly<Record<string, unknown>>, secret: string): string {
  return signedByPipes(
    CHECK_ANSWER_MEMBERS.map((name) => body[name]),
    secret,
  ).toUpperCase();
}

const REFUND_MEMBERS = [
  'merchantCode',
  'qrTrace',
  'payTxnId',
  'refundTxnId',
  'typeRefund',
  'amount',
  'payDate',
] as const;

/** Plain concatenation, the secret first. */
export function refundChecksum(body: Readonly<Record<string, unknown>>, secret: string): string {
  return md5(secret + REFUND_MEMBERS.map((name) => word(body[name])).join(''));
}

/** No secret in it: the vendor protects this answer against accidents only. */
export function refundAnswerChecksum(code: string, message: string, qrTraceRefund: string, refundDate: string): string {
  return md5(code + message + qrTraceRefund + refundDate).toUpperCase();
}

/** Hex of either case. */
export function sameChecksum(expected: string, given: unknown): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(expected.toLowerCase()), Buffer.from(given.toLowerCase()));
}
