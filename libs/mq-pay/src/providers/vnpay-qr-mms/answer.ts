import { ruleFor } from '../../error-table';
import type { SendOutcome } from '../../outbound';
import type { OperationKind } from '../../operation-kind';
import type { OperationResult, RawExchange } from '../../provider';
import { WireObject } from '../../wire-json';
import { QR_MMS_ERROR_TABLE } from './codes';

/** The members of a result that say what is known and what may be tried next. */
export type Judgement = Omit<OperationResult, 'raw'>;

const codeTableVersion = QR_MMS_ERROR_TABLE.version;

/** Nobody knows what happened. */
export function unknown(reason: string, detail: string, providerCode?: string): Judgement {
  const judgement = {
    outcome: 'UNKNOWN' as const,
    reason,
    detail,
    retry: false,
    fallbackAllowed: false,
    codeTableVersion,
  };
  return providerCode === undefined ? judgement : { ...judgement, providerCode };
}

/** Nothing happened at the provider, and that is proven. */
export function notDone(reason: string, detail: string, retry: boolean): Judgement {
  return { outcome: 'REFUSED', reason, detail, retry, fallbackAllowed: true, codeTableVersion };
}

/** Judges a code other than success by the table. */
export function byCode(kind: OperationKind, code: string): Judgement {
  const rule = ruleFor(QR_MMS_ERROR_TABLE, kind, code);
  return {
    outcome: rule.final ? 'REFUSED' : 'UNKNOWN',
    providerCode: code,
    reason: `CODE_${code}`,
    detail: rule.meaning,
    retry: rule.retry,
    fallbackAllowed: rule.fallbackAllowed,
    codeTableVersion,
  };
}

export function succeeded(providerCode: string, detail: string): Judgement {
  return { outcome: 'SUCCEEDED', providerCode, detail, retry: false, fallbackAllowed: false, codeTableVersion };
}

/** What there is to read of a call: a well-formed answer, or a judgement without one. */
export type Reading =
  | { readonly answer: WireObject; readonly code: string }
  | { readonly judgement: Judgement; readonly answer?: undefined };

/**
 * Reads a call's outcome. Only a 2xx with a JSON object that has a code is an answer. `refusedByStatus` says whether a
 * 4xx proves that nothing happened: for a QR that nobody has seen it does, for money it does not.
 */
export function readAnswer(sent: SendOutcome, refusedByStatus: boolean): Reading {
  if (sent.kind === 'NOT_SENT') return { judgement: notDone('NOT_SENT', 'The request did not leave.', true) };
  if (sent.kind === 'NO_ANSWER') return { judgement: unknown(sent.reason, 'No answer came.') };
  const { status, body } = sent.response;
  if (status < 200 || status > 299) {
    const retryable = status === 408 || status === 425 || status === 429;
    if (refusedByStatus && status >= 400 && status < 500 && !retryable) {
      return { judgement: notDone(`HTTP_${status}`, 'The address refused the request.', false) };
    }
    return { judgement: unknown(`HTTP_${status}`, 'The address answered without deciding.') };
  }
  const answer = WireObject.parse(body);
  const code = answer?.text('code') ?? '';
  if (answer === null || code === '') return { judgement: unknown('BROKEN_ANSWER', 'The answer is not readable.') };
  return { answer, code };
}

/** Request and, where one came, response, as evidence. */
export function exchange(request: string, sent: SendOutcome): RawExchange {
  return sent.kind === 'ANSWER' ? { request, response: sent.response.body } : { request };
}
