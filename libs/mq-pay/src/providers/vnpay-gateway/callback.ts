import { sha256Hex } from '@nx/crypto';
import { MalformedCallbackError } from '../../callback';
import type { CallbackAnswer, CallbackAnswerKind, CallbackProtocol, ParsedCallback, RawCallback } from '../../callback';
import { GATEWAY_ERROR_TABLE, IPN_ANSWERS } from './codes';
import type { IpnAnswerCode } from './codes';
import { ruleFor } from '../../error-table';
import { GatewayMessageError } from './gateway-error';
import { memberOf, parseJson } from './json-message';
import { meaningOf } from './meaning';
import type { MoneyMeaning } from './meaning';
import { parseNotification } from './notification';
import type { GatewayNotification } from './notification';
import { verifyReceived } from './secure-hash';
import type { Received } from './secure-hash';

/** VNPAY's IPN: GET with a signed query (a form by POST is read alike), answered by `{RspCode, Message}` with 200. */
export const GATEWAY_CALLBACKS: CallbackProtocol = { parseCallback, verifyCallback, answerCallback };

function parseCallback(raw: RawCallback): ParsedCallback {
  const { message, candidates } = read(raw);
  const { verdict, finalStatus } = provable(message);
  return {
    eventKey: sha256Hex(candidates[0]),
    lookupKey: message.tmnCode,
    attemptUid: message.txnRef,
    providerReference: message.transactionNo,
    amountMinor: message.amountMinor,
    paidAtMs: message.paidAtMs,
    bankCode: message.bankCode,
    success: verdict === 'PAID',
    ...(verdict === 'PAID' ? {} : { failure: verdict }),
    ...(finalStatus === undefined ? {} : { finalStatus }),
    code: message.responseCode === '00' ? message.transactionStatus : message.responseCode,
    message: ruleFor(GATEWAY_ERROR_TABLE, 'CALLBACK', message.responseCode).meaning,
    untrustedTerminal: null,
  };
}

/** A payment without amount or reference cannot be booked; the provider has to be asked about it. */
function provable(message: GatewayNotification): MoneyMeaning {
  const meaning = meaningOf(message.responseCode, message.transactionStatus);
  const bookable = message.amountMinor > 0n && /[1-9]/.test(message.transactionNo);
  return meaning.verdict === 'PAID' && !bookable ? { verdict: 'IN_DOUBT' } : meaning;
}

function verifyCallback(raw: RawCallback, secrets: readonly string[]): number | null {
  try {
    return verifyReceived(read(raw), secrets);
  } catch (error) {
    if (error instanceof MalformedCallbackError) return null;
    throw error;
  }
}

/** Query and body are one message: a name in both is a repeated one. */
function read(raw: RawCallback): Received<GatewayNotification> {
  try {
    return parseNotification([raw.query, raw.body].filter((part) => part !== '').join('&'));
  } catch (error) {
    if (error instanceof GatewayMessageError) throw new MalformedCallbackError(error.message, error.field);
    throw error;
  }
}

/**
 * The order of VNPAY's acceptance test is 97, 01, 04, 02, 00. What cannot be read cannot be verified, so it is a 97 too;
 * what could not be stored is a 99 and never a success.
 */
const CODES: Readonly<Record<CallbackAnswerKind, IpnAnswerCode>> = {
  APPLIED: '00',
  NOTED: '00',
  LATE: '00',
  DUPLICATE: '02',
  WRONG_AMOUNT: '04',
  UNKNOWN_REFERENCE: '01',
  BAD_SIGNATURE: '97',
  MALFORMED: '97',
  UNAVAILABLE: '99',
  ADDRESS_REFUSED: '99',
};

function answerCallback(kind: CallbackAnswerKind): CallbackAnswer {
  const RspCode = CODES[kind];
  const body = JSON.stringify({ RspCode, Message: IPN_ANSWERS[RspCode].message });
  return { status: 200, contentType: 'application/json; charset=utf-8', body };
}

/** Reads an answer to an IPN, as VNPAY's side does. Throws `GatewayMessageError`. */
export function parseIpnAnswer(body: string): { readonly code: IpnAnswerCode; readonly message: string } {
  const answer = parseJson(body);
  const code = memberOf(answer, 'RspCode');
  if (code === '') throw new GatewayMessageError('RspCode', 'MISSING');
  const known = (Object.keys(IPN_ANSWERS) as IpnAnswerCode[]).find((candidate) => candidate === code);
  if (known === undefined) throw new GatewayMessageError('RspCode', 'UNEXPECTED');
  return { code: known, message: memberOf(answer, 'Message') };
}
