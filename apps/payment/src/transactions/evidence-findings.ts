import type { Decision, FindingCode } from '@nx/mq-pay';
import { leftOf, type Attempt, type SuspenseItem } from './transaction';
import type { FindingDraft, FindingResolution } from './transaction-change';

const DETAILS: Partial<Record<FindingCode | 'OUTCOME_UNKNOWN', string>> = {
  OUTCOME_UNKNOWN: 'The provider never said what became of this attempt; a person has to find out.',
  SURPLUS: 'More was received than was due; the rest waits in suspense.',
  WRONG_AMOUNT: 'The provider took another amount than was asked for; it waits in suspense.',
  LATE_SUCCESS: 'The buyer paid after the attempt had ended; the money waits in suspense.',
  PAID_TIME_UNKNOWN: 'The time of payment is not known and the attempt had ended; the money waits in suspense.',
  SECOND_PAYMENT: 'The attempt was paid twice; the second payment waits in suspense.',
  TRANSACTION_CANCELLED: 'Money came in for a cancelled transaction; it waits in suspense.',
  TRANSACTION_REFUNDED: 'Money came in for a refunded transaction; it waits in suspense.',
  TRANSACTION_BLOCKED: 'Money came in for a blocked transaction; it waits in suspense.',
  UNSIGNED_SUCCESS: 'A success without a valid signature was reported; it proves nothing.',
  CONFLICTING_EVIDENCE: 'Two statements about one payment differ in amount.',
  REVERSAL_REPORTED: 'The provider says that a success was taken back; a report has to prove it.',
  REVERSAL_BEFORE_SUCCESS: 'A payment was taken back that nobody has heard of yet.',
  BUYER_PAID_TWICE: 'The provider took back what had gone to the buyer already; the buyer owes the difference.',
};

/** The schedule of queries is used up and nobody knows the outcome: from here on it is a person's task. */
const isGivenUp = (before: Attempt, after: Attempt): boolean =>
  after.status === '000_UNKNOWN' && after.nextQueryAt === null && before.nextQueryAt !== null;

/** The findings of a decision; the first is about the money that it puts aside. */
export const findingsOf = (decision: Decision, before: Attempt, after: Attempt, nextId: () => string): FindingDraft[] =>
  [...decision.findings, ...(isGivenUp(before, after) ? (['OUTCOME_UNKNOWN'] as const) : [])].map((code) => ({
    id: nextId(),
    code,
    detail: DETAILS[code] ?? code,
    attemptId: before.id,
  }));

const resolved = (code: string, attempt: Attempt, outcome: 'PROVEN' | 'REVERSED', note: string): FindingResolution => ({
  code,
  attemptId: attempt.id,
  outcome,
  note,
});

/**
 * Open findings that a change of an attempt explains: nobody doubts an outcome that is proven, a reversal that was told
 * and is now proven, and money that has left suspense.
 */
export const explainedFindings = (
  decision: Decision,
  before: Attempt,
  after: Attempt,
  items: readonly SuspenseItem[],
): FindingResolution[] => {
  const proven = before.status === '000_UNKNOWN' && after.status !== '000_UNKNOWN' && after.status !== '204_SENT';
  const note = `The attempt is proven to be ${after.status}.`;
  const taken = decision.reversal;
  return [
    ...(proven
      ? [resolved('OUTCOME_UNKNOWN', before, 'PROVEN', note), resolved('UNSIGNED_SUCCESS', before, 'PROVEN', note)]
      : []),
    ...(taken === undefined
      ? []
      : ['REVERSAL_REPORTED', 'REVERSAL_BEFORE_SUCCESS'].map((code) =>
          resolved(code, before, 'REVERSED', `The provider took payment ${taken.providerReference} back.`),
        )),
    ...items.flatMap((item) => emptied(item, taken === undefined ? 'ACCEPTED' : 'REVERSED')),
  ];
};

const NOTES = {
  ACCEPTED: 'Nothing of it waits any more: it was accepted for the sale.',
  REFUNDED: 'Nothing of it waits any more: it went back to the buyer.',
  REVERSED: 'Nothing of it waits any more: the provider took it back.',
} as const;

/** Closes the finding of an item of which nothing is left; `outcome` names what emptied it. */
export const emptied = (item: SuspenseItem, outcome: keyof typeof NOTES): FindingResolution[] =>
  item.findingId === null || leftOf(item) > 0n ? [] : [{ findingId: item.findingId, outcome, note: NOTES[outcome] }];
