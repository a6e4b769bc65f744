import { firstConclusiveQueryAt, nextQueryAt, EXPIRED_SCHEDULE_MS, PROVIDERS, QUERY_SCHEDULE_MS } from '@nx/mq-pay';
import type { AttemptStatusCode } from '@nx/contracts';
import { isOpen, type Attempt, type TransactionAggregate } from './transaction';

/** Whether the provider of an attempt can be asked what became of it. */
export const canBeQueried = (attempt: Attempt): boolean => PROVIDERS.get(attempt.provider)?.capabilities.query === true;

/**
 * When an attempt is looked at next, given the state it has just come to (ms; null = never again).
 * An open attempt is looked at when its end is conclusive; an unknown one on the query schedule; one that counts as
 * expired thrice more, and a cancelled one once after its expiry, because its QR can still be paid.
 */
export const nextLook = (attempt: Attempt, status: AttemptStatusCode, step: number, now: number): number | null => {
  const queried = canBeQueried(attempt);
  switch (status) {
    case '100_NEW':
    case '204_SENT':
      return queried ? firstConclusiveQueryAt(attempt.expiresAt) : attempt.expiresAt;
    case '000_UNKNOWN':
      return nextQueryAt(step, now, QUERY_SCHEDULE_MS);
    case '501_EXPIRED':
      return queried ? nextQueryAt(step, now, EXPIRED_SCHEDULE_MS) : null;
    case '505_CANCELLED': {
      const conclusive = firstConclusiveQueryAt(attempt.expiresAt);
      return queried && attempt.sentAt !== null && conclusive > now ? conclusive : null;
    }
    default:
      return null;
  }
};

/** An attempt moved to another state, with what follows from it. Steps of the schedule start again. */
export const moveAttempt = (
  attempt: Attempt,
  status: AttemptStatusCode,
  reason: string | null,
  now: number,
): Attempt => {
  const open = status === '100_NEW' || status === '204_SENT' || status === '000_UNKNOWN';
  return {
    ...attempt,
    status,
    reason: reason ?? attempt.reason,
    finishedAt: open ? null : now,
    queryStep: 0,
    nextQueryAt: nextLook(attempt, status, 0, now),
  };
};

/** The sum that open attempts ask for, after some of them have moved: one that is open no longer gives its amount back. */
export const openAmountAfter = (aggregate: TransactionAggregate, moved: readonly Attempt[]): bigint =>
  moved.reduce((open, attempt) => {
    const before = aggregate.attempts.find((candidate) => candidate.id === attempt.id);
    return before !== undefined && isOpen(before) && !isOpen(attempt) ? open - before.amount : open;
  }, aggregate.transaction.openAmount);
