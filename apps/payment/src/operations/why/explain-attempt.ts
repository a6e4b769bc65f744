import { EXPIRY_GRACE_MS } from '@nx/mq-pay';
import { amountText, iso, type NextAction } from './sentence';
import type { AttemptSnapshot, PaymentSnapshot } from './payment-snapshot';

export interface ExplainedAttempt {
  readonly evidence: string;
  readonly guards: readonly string[];
  readonly open: readonly string[];
  readonly next: readonly NextAction[];
}

/** An attempt that is due for so long (ms) is one that nobody takes. */
export const OVERDUE_MS = 120_000;

const OPEN = new Set(['100_NEW', '204_SENT', '000_UNKNOWN']);

/** What is known of one attempt, what keeps it from ending, and who moves next. */
export const explainAttempt = (snapshot: PaymentSnapshot, attempt: AttemptSnapshot, now: number): ExplainedAttempt => {
  const running = snapshot.operations.filter(
    ({ attemptId, finishedAt }) => attemptId === attempt.id && finishedAt === null,
  );
  return {
    evidence: `${headOf(snapshot, attempt)} ${lastEvidence(snapshot, attempt)}`,
    guards: guardsOf(attempt),
    open: running.map(
      ({ kind, startedAt }) => `${attempt.uid}: the ${kind} of ${iso(startedAt)} has no end; its outcome is not known.`,
    ),
    next: nextOf(attempt, now),
  };
};

const headOf = ({ transaction }: PaymentSnapshot, attempt: AttemptSnapshot): string => {
  const reason = attempt.reason === null ? '' : ` (${attempt.reason})`;
  return `${attempt.uid} over ${amountText(attempt.amount, transaction.currency)} at ${attempt.provider} is ${attempt.status}${reason}.`;
};

/** The newest of what the provider said or was asked. */
const lastEvidence = ({ operations, callbacks }: PaymentSnapshot, attempt: AttemptSnapshot): string => {
  const said = [
    ...operations
      .filter(({ attemptId, finishedAt }) => attemptId === attempt.id && finishedAt !== null)
      .map(({ kind, finishedAt, outcome, providerCode }) => ({
        at: finishedAt ?? 0,
        what: `the ${kind} was answered ${outcome ?? 'nothing'}, code ${providerCode ?? 'none'}`,
      })),
    ...callbacks
      .filter(({ attemptId }) => attemptId === attempt.id)
      .map(({ receivedAt, answer }) => ({ at: receivedAt, what: `a signed callback came and was answered ${answer}` })),
  ].toSorted((a, b) => b.at - a.at);
  const [newest] = said;
  return newest === undefined
    ? 'The provider has said nothing about it.'
    : `Last evidence, ${iso(newest.at)}: ${newest.what}.`;
};

const guardsOf = (attempt: AttemptSnapshot): string[] => {
  if (attempt.status !== '000_UNKNOWN') return [];
  const lost =
    attempt.createLostAt === null
      ? 'only evidence of the provider ends it'
      : `the answer to its only CREATE was lost at ${iso(attempt.createLostAt)}, so one negative query ends it`;
  return [`Unknown outcome: ${attempt.uid} holds its part of the sale; ${lost}.`];
};

const nextOf = (attempt: AttemptSnapshot, now: number): NextAction[] => {
  const { uid, nextQueryAt, expiresAt, status } = attempt;
  if (!OPEN.has(status)) {
    if (nextQueryAt === null) return [];
    return [
      { who: 'scheduler', at: nextQueryAt, what: `${uid} is asked about once more: a payment may still turn up.` },
    ];
  }
  const asked = status === '000_UNKNOWN' ? 'asks the provider about it' : 'looks at it, past its expiry';
  const next: NextAction[] = [];
  if (status === '204_SENT' && now <= expiresAt) {
    next.push({ who: 'buyer', at: expiresAt, what: `${uid} waits for the buyer to pay, until then.` });
  }
  if (nextQueryAt === null) {
    const what =
      status === '000_UNKNOWN'
        ? `The schedule of ${uid} is used up: ask the provider's support, or verify it by hand.`
        : `${uid} is open and nobody will look at it: verify it by hand.`;
    return [...next, { who: 'operator', at: null, what }];
  }
  if (now - nextQueryAt > OVERDUE_MS) {
    const what = `${uid} was due at ${iso(nextQueryAt)} and no worker took it: see whether workers run.`;
    return [...next, { who: 'operator', at: null, what }];
  }
  const grace = status === '204_SENT' ? ` (${EXPIRY_GRACE_MS / 1000} s after expiry a "not paid" counts)` : '';
  return [...next, { who: 'scheduler', at: nextQueryAt, what: `The scheduler ${asked}: ${uid}${grace}.` }];
};
