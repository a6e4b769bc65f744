import { decideAttempt, type Decision, type Evidence, type SettlementModel } from '@nx/mq-pay';
import type { ActivityNotification } from '@nx/contracts';
import { toSafeNumber } from '@nx/money';
import { moveAttempt, nextLook, openAmountAfter } from './end-attempt';
import { explainedFindings, findingsOf } from './evidence-findings';
import { changedSuspense, journalsOf, newSuspense } from './evidence-money';
import { paymentEvent, settledNotification, operationsAlert, type PaymentEventDraft } from './payment-events';
import { paymentStateOf } from './payment-state';
import { isOpen, type Attempt, type Transaction, type TransactionAggregate } from './transaction';
import type { FindingDraft, TransactionChange } from './transaction-change';

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
  '507_REVERSED': 'mq-pay:attempt.reversed',
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
  const reference = evidence.providerReference;
  const awaits = decision.findings.includes('REVERSAL_BEFORE_SUCCESS') && reference !== undefined;
  const isPaidNow = decision.providerReference !== undefined;
  return {
    ...looked,
    appliedAmount: looked.appliedAmount + decision.appliedMinor,
    reversed: looked.reversed + (decision.reversal?.fromOwnerMinor ?? 0n),
    awaitedReversals: awaits ? [...looked.awaitedReversals, reference] : looked.awaitedReversals,
    providerReference: decision.providerReference ?? looked.providerReference,
    bankCode: (isPaidNow ? evidence.bankCode : undefined) ?? looked.bankCode,
    providerPaidAt: (isPaidNow ? evidence.paidAtMs : undefined) ?? looked.providerPaidAt,
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
  const cancelled = decision.settles ? cancelledBySettling(aggregate, attempt.id, context.now) : [];
  const findings = findingsOf(decision, attempt, after, context.nextId);
  const items = changedSuspense(decision, aggregate, attempt, context.now);
  if (isSame(after, attempt) && findings.length === 0 && items.length === 0 && decision.bookReference === undefined)
    return { decision, change: undefined };
  const transaction = transactionAfter(aggregate, decision, [after, ...cancelled], context.now);
  const drafts = draftsOf(decision, after, transaction, cancelled);
  return {
    decision,
    change: {
      before: aggregate.transaction,
      after: transaction,
      changedAttempts: [after, ...cancelled],
      journals: journalsOf(decision, aggregate, attempt, context.settlementModel).map((journal) => ({
        ...journal,
        id: context.nextId(),
        attemptId: attempt.id,
      })),
      findings,
      resolvedFindings: explainedFindings(decision, attempt, after, items),
      suspense: newSuspense(decision, attempt, findings[0], evidence.paidAtMs, context),
      changedSuspense: items,
      events: [
        ...eventsOf(drafts, decision.settles ? after : undefined, transaction, context),
        ...alertsOf(decision, after, findings, transaction, context),
      ],
    },
  };
};

const transactionAfter = (
  aggregate: TransactionAggregate,
  decision: Decision,
  moved: readonly Attempt[],
  now: number,
): Transaction => {
  const before = aggregate.transaction;
  const status = decision.transactionStatus ?? before.status;
  const unsettled = status === '100_NEW' || status === '300_PARTIAL';
  return {
    ...before,
    paid: before.paid + decision.appliedMinor - (decision.reversal?.fromOwnerMinor ?? 0n),
    openAmount: openAmountAfter(aggregate, moved),
    status,
    settledAt: decision.settles ? now : unsettled ? null : before.settledAt,
    version: before.version + 1,
  };
};

/**
 * Money of which nothing counts for the sale, and money that went away again, is told to people; a surplus beside an
 * applied part is not urgent.
 */
const alertsOf = (
  decision: Decision,
  attempt: Attempt,
  findings: readonly FindingDraft[],
  transaction: Transaction,
  context: ApplyContext,
): NonNullable<TransactionChange['events']> => {
  const [finding] = findings;
  const taken = decision.reversal;
  const aside = decision.suspenseMinor > 0n && decision.appliedMinor === 0n;
  if (!(aside && finding !== undefined) && taken === undefined) return [];
  const amount =
    taken === undefined
      ? decision.suspenseMinor
      : taken.fromOwnerMinor + taken.fromSuspenseMinor + taken.fromBuyerMinor;
  const data = {
    subject: `${transaction.uid} ${attempt.uid}`,
    message: finding?.detail ?? TAKEN_BACK,
    code: finding?.code ?? 'REVERSED',
    transactionId: transaction.id,
    attemptId: attempt.id,
    amount: toSafeNumber(amount),
    currency: transaction.currency,
  };
  return [operationsAlert(context.nextId(), transaction, data, context.now)];
};

const TAKEN_BACK = 'The provider took a payment back.';

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
  // One that was taken back in the same step is announced as that alone.
  if (decision.appliedMinor > 0n && decision.reversal === undefined) {
    drafts.push({ type: 'mq-pay:attempt.success', transaction, attempt, suspenseAmount: decision.suspenseMinor });
  } else if (type !== undefined && type !== 'mq-pay:attempt.success') {
    drafts.push({ type, transaction, attempt });
  }
  for (const other of cancelled) drafts.push({ type: 'mq-pay:attempt.cancelled', transaction, attempt: other });
  if (decision.settles) drafts.push({ type: 'mq-pay:transaction.settled', transaction, attempt });
  return drafts;
};
