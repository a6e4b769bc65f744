import { WireObject } from '../../wire-json';
import { QrMmsMessageError, scalar } from './message-codec';

/** A merchant's reply to the callback, as VNPAY reads it. It is not signed. */
export interface QrMmsReply {
  readonly code: string;
  readonly message: string;
  /** With 00, 03 and 05. */
  readonly txnId?: string;
  /** With 07: the amount that was expected, whole VND as digits. */
  readonly amount?: string;
}

/** What each code of a reply says (VNPAY QR-MMS, merchant payment); 01 and 02 belong to the sale of goods by QR. */
export const QR_MMS_REPLY_CODES: Readonly<Record<string, string>> = {
  '00': 'Accepted.',
  '01': 'Not enough stock.',
  '02': 'Out of stock.',
  '03': 'The order has already been paid.',
  '04': 'The order could not be made; internal error.',
  '05': 'The order is being processed.',
  '06': 'Wrong authentication.',
  '07': 'Wrong amount.',
  '08': 'The transaction timed out.',
  '09': 'The QR has expired.',
  '10': 'The address is not allowed.',
};

/** Reads a reply. Throws `QrMmsMessageError` that names the member. */
export function readQrMmsReply(text: string): QrMmsReply {
  const reply = WireObject.parse(text);
  if (reply === null) throw new QrMmsMessageError('', 'NOT_JSON');
  const code = scalar(reply, 'code') ?? '';
  if (code === '') throw new QrMmsMessageError('code', 'MISSING');
  if (!Object.hasOwn(QR_MMS_REPLY_CODES, code)) throw new QrMmsMessageError('code', 'BAD_VALUE');
  const data = reply.object('data');
  const txnId = data === null ? '' : (scalar(data, 'txnId') ?? '');
  const amount = data === null ? '' : (scalar(data, 'amount') ?? '');
  return {
    code,
    message: scalar(reply, 'message') ?? '',
    ...(txnId === '' ? {} : { txnId }),
    ...(amount === '' ? {} : { amount }),
  };
}
