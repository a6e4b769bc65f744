import { EXPIRY_GRACE_MS } from '../schedule';
import { canTransition } from '../states/machine';
import { ATTEMPT_MACHINE, isOpenAttempt } from '../states/machines';
import type { AttemptStatus } from '../states/machines';
import { ignored } from './decision';
import type { AttemptState, Decision } from './decision';
import { isForgeable } from './evidence';
import type { Evidence } from './evidence';

/**
 * What evidence without money does: it ends an open attempt only when it is final by its signature, or is the trusted
 * answer to a query that we made after the attempt's end. Everything else is a note or makes the outcome unknown.
 */
export function decideNegative(attempt: AttemptState, evidence: Evidence): Decision {
  const reason = evidence.code === undefined ? evidence.verdict : `${evidence.verdict}_${evidence.code}`;
  if (isForgeable(evidence) || evidence.source === 'COUNTER') return ignored('NOT_PROOF', []);
  if (!isOpenAttempt(attempt.status)) return ignored('NO_NEWS', []);
  switch (evidence.verdict) {
    case 'IN_DOUBT':
      return moveTo(attempt, '000_UNKNOWN', reason);
    case 'PENDING':
    case 'NO_ANSWER':
      return askedAfterEnd(attempt, evidence)
        ? moveTo(attempt, '000_UNKNOWN', reason)
        : ignored('TOO_EARLY', [], reason);
    default:
      return decideRefusal(attempt, evidence, reason);
  }
}

function decideRefusal(attempt: AttemptState, evidence: Evidence, reason: string): Decision {
  // What was declined there is not what we asked for, and the edge answers it "wrong amount": it ends nothing here.
  if (evidence.amountMinor !== undefined && evidence.amountMinor !== attempt.amountMinor) {
    return ignored('NOT_PROOF', ['CONFLICTING_EVIDENCE'], reason);
  }
  const byPerson = evidence.source === 'OPERATOR' || evidence.source === 'REPORT';
  if (evidence.finalStatus !== undefined && (evidence.signed || byPerson)) {
    return moveTo(attempt, evidence.finalStatus, reason);
  }
  if (evidence.source !== 'QUERY') return ignored(evidence.signed ? 'NO_NEWS' : 'NOT_PROOF', [], reason);
  if (!evidence.signed && evidence.trustedChannel !== true) return ignored('NOT_PROOF', [], reason);
  const lostAtMs = attempt.createLostAtMs;
  if (evidence.verdict === 'NOT_FOUND' && lostAtMs !== null && (evidence.askedAtMs ?? -1) >= lostAtMs) {
    return moveTo(attempt, '500_FAIL', 'CREATE_LOST');
  }
  return askedAfterEnd(attempt, evidence) ? moveTo(attempt, '501_EXPIRED', reason) : ignored('TOO_EARLY', [], reason);
}

function askedAfterEnd(attempt: AttemptState, evidence: Evidence): boolean {
  return evidence.askedAtMs !== undefined && evidence.askedAtMs > attempt.expiresAtMs + EXPIRY_GRACE_MS;
}

function moveTo(attempt: AttemptState, attemptStatus: AttemptStatus, reason: string): Decision {
  if (!canTransition(ATTEMPT_MACHINE, attempt.status, attemptStatus)) return ignored('NO_NEWS', [], reason);
  return { attemptStatus, appliedMinor: 0n, suspenseMinor: 0n, settles: false, findings: [], reason };
}
