import { ruleFor } from '../error-table';
import type { ErrorTable } from '../error-table';
import type { OperationKind } from '../operation-kind';
import type { SendOutcome } from '../outbound';
import type { OperationResult, RawExchange } from '../provider';
import { WireObject } from '../wire-json';

/** The members of a result that say what is known and what may be tried next. */
export type Judgement = Omit<OperationResult, 'raw'>;

/** The judgements that a provider's adapter makes, each under the version of its code table. */
export interface Judge {
  /** Nobody knows what happened. */
  readonly unknown: (reason: string, detail: string, providerCode?: string) => Judgement;
  /** Nothing happened at the provider, and that is proven. */
  readonly notDone: (reason: string, detail: string, retry: boolean) => Judgement;
  /** A code other than success, by the table. */
  readonly byCode: (kind: OperationKind, code: string) => Judgement;
  readonly succeeded: (providerCode: string, detail: string) => Judgement;
}

/** Judges by one code table. */
export function judgeOf(table: ErrorTable): Judge {
  const codeTableVersion = table.version;
  return {
    unknown: (reason, detail, providerCode) => ({
      outcome: 'UNKNOWN',
      reason,
      detail,
      retry: false,
      fallbackAllowed: false,
      codeTableVersion,
      ...(providerCode === undefined ? {} : { providerCode }),
    }),
    notDone: (reason, detail, retry) => ({
      outcome: 'REFUSED',
      reason,
      detail,
      retry,
      fallbackAllowed: true,
      codeTableVersion,
    }),
    byCode: (kind, code) => {
      const rule = ruleFor(table, kind, code);
      return {
        outcome: rule.final ? 'REFUSED' : 'UNKNOWN',
        providerCode: code,
        reason: `CODE_${code}`,
        detail: rule.meaning,
        retry: rule.retry,
        fallbackAllowed: rule.fallbackAllowed,
        codeTableVersion,
      };
    },
    succeeded: (providerCode, detail) => ({
      outcome: 'SUCCEEDED',
      providerCode,
      detail,
      retry: false,
      fallbackAllowed: false,
      codeTableVersion,
    }),
  };
}

/** What there is to read of a call: a well-formed answer, or a judgement without one. */
export type Reading =
  | { readonly answer: WireObject; readonly code: string }
  | { readonly judgement: Judgement; readonly answer?: undefined };

/** How an answer is read. */
export interface ReadingRule {
  /** The member that holds the provider's code. */
  readonly codeMember: string;
  /** Whether a 4xx proves that nothing happened: for a QR that nobody has seen it does, for money it does not. */
  readonly refusedByStatus: boolean;
}

/** Reads a call's outcome. Only a 2xx with a JSON object that has a code is an answer. */
export function readAnswer(judge: Judge, sent: SendOutcome, rule: ReadingRule): Reading {
  if (sent.kind === 'NOT_SENT') return { judgement: judge.notDone('NOT_SENT', 'The request did not leave.', true) };
  if (sent.kind === 'NO_ANSWER') return { judgement: judge.unknown(sent.reason, 'No answer came.') };
  const { status, body } = sent.response;
  if (status < 200 || status > 299) {
    const retryable = status === 408 || status === 425 || status === 429;
    if (rule.refusedByStatus && status >= 400 && status < 500 && !retryable) {
      return { judgement: judge.notDone(`HTTP_${status}`, 'The address refused the request.', false) };
    }
    return { judgement: judge.unknown(`HTTP_${status}`, 'The address answered without deciding.') };
  }
  const answer = WireObject.parse(body);
  const code = answer?.text(rule.codeMember) ?? '';
  if (answer === null || code === '') {
    return { judgement: judge.unknown('BROKEN_ANSWER', 'The answer is not readable.') };
  }
  return { answer, code };
}

/** Request and, where one came, response, as evidence. */
export function exchange(request: string, sent: SendOutcome): RawExchange {
  return sent.kind === 'ANSWER' ? { request, response: sent.response.body } : { request };
}
