import type { SendResponse } from '@nx/contracts';
import { retryAfterMs, type LostCallError } from './exchange';
import type { IssueOutcome, RawExchange, UnknownReason } from './issuer';
import { LoginError } from './token-session';

/** Statuses that say that the account may not do this, whatever the invoice. */
const ACCOUNT_STATUSES: ReadonlySet<number> = new Set([401, 403]);

/** The invoice may exist. */
export function unknownOutcome(reason: UnknownReason, message: string, raw?: RawExchange): IssueOutcome {
  return { outcome: 'UNKNOWN', reason, message, ...(raw === undefined ? {} : { raw }) };
}

/** Status 429. `doubtful`: an earlier try of the same call may have acted, so that nothing is proved. */
export function rateLimited(response: SendResponse, raw: RawExchange, message: string, doubtful = false): IssueOutcome {
  if (doubtful) return unknownOutcome('SERVER_ERROR', 'an earlier try of the call may have acted', raw);
  const afterMs = retryAfterMs(response);
  return {
    outcome: 'NOT_ISSUED',
    transient: true,
    proof: 'RATE_LIMITED',
    reason: message || 'too many requests',
    ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
    raw,
  };
}

/**
 * What a status of the 400s says without a code that says more: the vendor's no, but for 408, which a proxy in between
 * may give while the vendor works, and 409, which may mean that the invoice is there already (RFC 9110 §15.5).
 */
export function clientErrorOutcome(
  status: number,
  code: string | undefined,
  message: string,
  raw: RawExchange,
): IssueOutcome {
  const told = `status ${status} ${code ?? ''} ${message}`.replaceAll(/ +/g, ' ').trim();
  if (status === 408) return unknownOutcome('TIMEOUT', told, raw);
  if (status === 409) return unknownOutcome('DUPLICATE_REQUEST', told, raw);
  return {
    outcome: 'REFUSED',
    permanent: !ACCOUNT_STATUSES.has(status),
    code: code ?? `HTTP_${status}`,
    message: message || `status ${status}`,
    httpStatus: status,
    raw,
  };
}

/** What a call that came to no answer proves about an invoice. */
export function unansweredOutcome(error: LostCallError | LoginError): IssueOutcome {
  if (error instanceof LoginError) return withoutToken(error);
  const { message, raw } = error;
  if (error.neverSent && !error.doubtful) {
    return { outcome: 'NOT_ISSUED', transient: true, proof: 'NEVER_SENT', reason: message, raw };
  }
  // Any other rejection, also one that the sender should not make, may have come after the vendor acted.
  return unknownOutcome(error.timedOut ? 'TIMEOUT' : 'NETWORK', message, raw);
}

/** Without a token the issuing request was never sent, or was refused for its token alone: nothing can be issued. */
function withoutToken(error: LoginError): IssueOutcome {
  const { raw, message, code, httpStatus } = error;
  if (error.doubtful) return unknownOutcome('SERVER_ERROR', message, raw);
  if (error.refused) return { outcome: 'REFUSED', permanent: false, code, message, httpStatus, raw };
  return {
    outcome: 'NOT_ISSUED',
    transient: true,
    proof: 'NEVER_SENT',
    reason: message,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    raw,
  };
}
