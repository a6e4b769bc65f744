import type { CallbackAnswerKind, ParsedCallback } from '../callback';
import { isLate } from '../schedule';
import type { AttemptStatus } from '../states/machines';
import type { Evidence } from './evidence';

/** What the edge reads of the attempt while it stores a verified callback. */
export interface CallbackAttempt {
  readonly status: AttemptStatus;
  readonly amountMinor: bigint;
  readonly appliedMinor: bigint;
  readonly expiresAtMs: number;
}

/**
 * The answer to a verified callback. `attempt` is null when there is none, or when the callback was not signed with a
 * secret of the attempt's own credential. The order of the checks is the one of the vendor's acceptance test:
 * reference, amount, not yet final. A repeated callback gets its first answer again, an applied success DUPLICATE.
 */
export function callbackAnswerKind(attempt: CallbackAttempt | null, callback: ParsedCallback): CallbackAnswerKind {
  if (attempt === null) return 'UNKNOWN_REFERENCE';
  if (callback.amountMinor !== attempt.amountMinor) return 'WRONG_AMOUNT';
  if (!callback.success) return 'NOTED';
  if (attempt.appliedMinor > 0n || attempt.status === '507_REVERSED') return 'DUPLICATE';
  if (callback.paidAtMs !== null && isLate(callback.paidAtMs, attempt.expiresAtMs)) return 'LATE';
  return 'APPLIED';
}

/** Turns a verified callback into evidence. `receivedAtMs` is when it was stored, not when it is processed. */
export function evidenceOfCallback(callback: ParsedCallback, receivedAtMs: number): Evidence {
  return {
    source: 'IPN' as const,
    verdict: callback.success ? ('PAID' as const) : (callback.failure ?? ('DECLINED' as const)),
    signed: true,
    receivedAtMs,
    providerReference: callback.providerReference,
    amountMinor: callback.amountMinor,
    code: callback.code,
    ...(callback.paidAtMs === null ? {} : { paidAtMs: callback.paidAtMs }),
    ...(callback.success || callback.finalStatus === undefined ? {} : { finalStatus: callback.finalStatus }),
    ...(callback.bankCode === null ? {} : { bankCode: callback.bankCode }),
  };
}
