import {
  decideAttempt,
  postPaymentSuccess,
  type Decision,
  type Evidence,
  type FindingCode,
  type JournalDraft,
  type SettlementModel,
} from '@nx/mq-pay';
import type { ActivityNotification } from '@nx/contracts';
import { toSafeNumber } from '@nx/money';
import { moveAttempt, nextLook, openAmountAfter } from './end-attempt';
import { paymentEvent, settledNotification, operationsAlert, type PaymentEventDraft } from './payment-events';
import { paymentStateOf } from './payment-state';
import { isOpen, type Attempt, type Transaction, type TransactionAggregate } from './transaction';
import type { FindingDraft, SuspenseDraft, TransactionChange } from './transaction-change';

/** What the rules need beside the aggregate: the merchant's settings and a source of ids. */
export interface ApplyContext {
  readonly settlementModel: SettlementModel;
  readonly notificationScope: ActivityNotification['recipientScope'];
  /** The merchant wants money in suspense given back by itself. */
  readonly autoRefund: boolean;
  readonly nextId: () => string;
  readonly now: number;
}

const EVENT_OF_STATUS: Partial<Record<Attempt['status'], PaymentEventDraft['type']>> = {
  '302_SUCCESS': 'mq-pay:attempt.success',
  '500_FAIL': 'mq-pay:attempt.failed',
  '501_EXPIRED': 'mq-pay:attempt.expired',
  '505_CANCELLED': 'mq-pay:attempt.cancelled',
};

const attemptAfter = (attempt: Attempt, decision: Decision, evidence: Evidence, context: ApplyContext): Attempt => {
  const moved =
    decision.attemptStatus === undefined
      ? { ...attempt, reason: decision.reason ?? attempt.reason }
      : moveAttempt(attempt, decision.attemptStatus, decision.reason ?? null, context.now);
  const looked =
    decision.attemptStatus === undefined && evidence.source === 'QUERY'
      ? afterFruitlessLook(moved, context.now)
      : moved;
  return {
    ...looked,
    appliedAmount: looked.appliedAmount + decision.appliedMinor,
    providerReference: decision.providerReference ?? looked.providerReference,
    ...(decision.bookReference === undefined || decision.providerReference === undefined
      ? {}
      : {
          bankCode: evidence.bankCode ?? looked.bankCode,
          providerPaidAt: evidence.paidAtMs ?? looked.providerPaidAt,
        }),
  };
};

/** A query that changed nothing uses up one step of the schedule, if its time had come. */
const afterFruitlessLook = (attempt: Attempt, now: number): Attempt => {
  if (attempt.nextQueryAt === null || attempt.nextQueryAt > now) return attempt;
  const queryStep = attempt.queryStep + 1;
  const open = attempt.status === '100_NEW' || attempt.status === '204_SENT';
  return {
    ...attempt,
    queryStep,
    nextQueryAt: open ? now + 15_000 : nextLook(attempt, attempt.status, queryStep, now),
  };
};

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
};

/** The schedule of queries is used up and nobody knows the outcome: from here on it is a person's task. */
const isGivenUp = (before: Attempt, after: Attempt): boolean =>
  after.status === '000_UNKNOWN' && after.nextQueryAt === null && before.nextQueryAt !== null;

const findingsOf = (decision: Decision, attempt: Attempt, after: Attempt, context: ApplyContext): FindingDraft[] =>
  [...decision.findings, ...(isGivenUp(attempt, after) ? (['OUTCOME_UNKNOWN'] as const) : [])].map((code) => ({
    id: context.nextId(),
    code,
    detail: DETAILS[code] ?? code,
    attemptId: attempt.id,
  }));

const suspenseOf = (
  decision: Decision,
  attempt: Attempt,
  findings: readonly FindingDraft[],
  context: ApplyContext,
): SuspenseDraft[] =>
  decision.bookReference === undefined || decision.suspenseMinor === 0n
    ? []
    : [
        {
          id: context.nextId(),
          provider: attempt.provider,
          providerReference: decision.bookReference,
          attemptId: attempt.id,
          amount: decision.suspenseMinor,
          reason: decision.findings[0] ?? 'SURPLUS',
          findingId: findings[0]?.id ?? null,
          autoRefundAt: context.autoRefund ? context.now : null,
        },
      ];

const journalsOf = (
  decision: Decision,
  attempt: Attempt,
  transaction: Transaction,
  context: ApplyContext,
): (JournalDraft & { id: string; attemptId: string })[] => {
  if (decision.bookReference === undefined) return [];
  const journal = postPaymentSuccess({
    merchantId: transaction.merchantId,
    currency: transaction.currency,
    provider: attempt.provider,
    method: attempt.method,
    settlementModel: context.settlementModel,
    attemptId: attempt.id,
    providerReference: decision.bookReference,
    appliedMinor: decision.appliedMinor,
    suspenseMinor: decision.suspenseMinor,
  });
  return [{ ...journal, id: context.nextId(), attemptId: attempt.id }];
};

/** Attempts that were still open when the transaction became paid in full. */
const cancelledBySettling = (aggregate: TransactionAggregate, paidId: string, now: number): Attempt[] =>
  aggregate.attempts
    .filter((other) => other.id !== paidId && isOpen(other))
    .map((other) => moveAttempt(other, '505_CANCELLED', 'TRANSACTION_SETTLED', now));

const eventsOf = (
  drafts: readonly PaymentEventDraft[],
  settledBy: Attempt | undefined,
  transaction: Transaction,
  context: ApplyContext,
): NonNullable<TransactionChange['events']> => [
  ...drafts.map((draft) => paymentEvent(context.nextId(), draft, context.now)),
  ...(settledBy === undefined
    ? []
    : [settledNotification(context.nextId(), transaction, settledBy, context.notificationScope, context.now)]),
];

/**
 * What one piece of evidence about one attempt changes, as one change of its transaction. `change` is undefined when
 * the evidence is known already and there is nothing to write.
 */
export const applyEvidence = (
  aggregate: TransactionAggregate,
  attempt: Attempt,
  evidence: Evidence,
  context: ApplyContext,
): { decision: Decision; change: TransactionChange | undefined } => {
  const decision = decideAttempt(paymentStateOf(aggregate, attempt), evidence);
  const after = attemptAfter(attempt, decision, evidence, context);
  const before = aggregate.transaction;
  const cancelled = decision.settles ? cancelledBySettling(aggregate, attempt.id, context.now) : [];
  const transaction: Transaction = {
    ...before,
    paid: before.paid + decision.appliedMinor,
    openAmount: openAmountAfter(aggregate, [after, ...cancelled]),
    status: decision.transactionStatus ?? before.status,
    settledAt: decision.settles ? context.now : before.settledAt,
    version: before.version + 1,
  };
  const findings = findingsOf(decision, attempt, after, context);
  const suspense = suspenseOf(decision, attempt, findings, context);
  const drafts = draftsOf(decision, after, transaction, cancelled);
  if (isSame(after, attempt) && findings.length === 0 && decision.bookReference === undefined)
    return { decision, change: undefined };
  return {
    decision,
    change: {
      before,
      after: transaction,
      changedAttempts: [after, ...cancelled],
      journals: journalsOf(decision, attempt, transaction, context),
      findings,
      suspense,
      events: [
        ...eventsOf(drafts, decision.settles ? after : undefined, transaction, context),
        ...alertsOf(decision, after, findings, transaction, context),
      ],
    },
  };
};

/** Money of which nothing counts for the sale is told to people; a surplus beside an applied part is not urgent. */
const alertsOf = (
  decision: Decision,
  attempt: Attempt,
  findings: readonly FindingDraft[],
  transaction: Transaction,
  context: ApplyContext,
): NonNullable<TransactionChange['events']> => {
  const [finding] = findings;
  if (decision.suspenseMinor === 0n || decision.appliedMinor > 0n || finding === undefined) return [];
  const data = {
    subject: `${transaction.uid} ${attempt.uid}`,
    message: finding.detail,
    code: finding.code,
    transactionId: transaction.id,
    attemptId: attempt.id,
    amount: toSafeNumber(decision.suspenseMinor),
    currency: transaction.currency,
  };
  return [operationsAlert(context.nextId(), transaction, data, context.now)];
};

/** Whether two states of an attempt agree in every member; they are made from each other, so none is missing. */
const isSame = (left: Attempt, right: Attempt): boolean =>
  (Object.keys(left) as (keyof Attempt)[]).every((member) => left[member] === right[member]);

const draftsOf = (
  decision: Decision,
  attempt: Attempt,
  transaction: Transaction,
  cancelled: readonly Attempt[],
): PaymentEventDraft[] => {
  const drafts: PaymentEventDraft[] = [];
  const type = decision.attemptStatus === undefined ? undefined : EVENT_OF_STATUS[decision.attemptStatus];
  // A success of which nothing counts for the sale is not announced as one: sale would take it for paid.
  if (decision.appliedMinor > 0n) {
    drafts.push({ type: 'mq-pay:attempt.success', transaction, attempt, suspenseAmount: decision.suspenseMinor });
  } else if (type !== undefined && type !== 'mq-pay:attempt.success') {
    drafts.push({ type, transaction, attempt });
  }
  for (const other of cancelled) drafts.push({ type: 'mq-pay:attempt.cancelled', transaction, attempt: other });
  if (decision.settles) drafts.push({ type: 'mq-pay:transaction.settled', transaction, attempt });
  return drafts;
};
