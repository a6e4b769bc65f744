import type { SendOutcome } from '../../outbound';
import { judgeOf, readAnswer } from '../judgement';
import type { Judge, Judgement, Reading } from '../judgement';
import { GATEWAY_ERROR_TABLE } from './codes';
import type { GatewayConfiguration } from './configuration';
import { GatewayMessageError } from './gateway-error';
import { verifyReceived } from './secure-hash';
import type { Received } from './secure-hash';

/** Judges by the gateway's table. */
export const GATEWAY_JUDGE: Judge = judgeOf(GATEWAY_ERROR_TABLE);

/** Codes whose answer VNPAY may leave unsigned: it knows no transaction, or no secret that fits. */
const MAY_BE_UNSIGNED = new Set(['91', '97']);

/** How far an answer of the transaction API can be believed. */
export type Belief =
  { readonly believed: true; readonly signed: boolean } | { readonly believed: false; readonly judgement: Judgement };

/** Reads an answer of the transaction API. A status in 4xx proves nothing about money. */
export function readApiAnswer(sent: SendOutcome): Reading {
  return readAnswer(GATEWAY_JUDGE, sent, { codeMember: 'vnp_ResponseCode', refusedByStatus: false });
}

/** An answer with a wrong hash is nobody's; one without a hash counts for 91 and 97 alone, and only over TLS. */
export function beliefIn(configuration: GatewayConfiguration, received: Received<unknown>, code: string): Belief {
  if (received.secureHash !== '') {
    return verifyReceived(received, [configuration.hashSecret]) === 0
      ? { believed: true, signed: true }
      : { believed: false, judgement: GATEWAY_JUDGE.unknown('BAD_CHECKSUM', 'The hash of the answer is wrong.', code) };
  }
  if (MAY_BE_UNSIGNED.has(code) && configuration.trusted) return { believed: true, signed: false };
  return { believed: false, judgement: GATEWAY_JUDGE.unknown('UNSIGNED', 'The answer is not signed.', code) };
}

/** Runs a parser over an answer; what cannot be read decides nothing. */
export function readSafely<Message>(
  read: () => Received<Message>,
  code: string,
): { readonly received: Received<Message> } | { readonly received?: undefined; readonly judgement: Judgement } {
  try {
    return { received: read() };
  } catch (error) {
    if (!(error instanceof GatewayMessageError)) throw error;
    return { judgement: GATEWAY_JUDGE.unknown('BROKEN_ANSWER', error.message, code) };
  }
}
