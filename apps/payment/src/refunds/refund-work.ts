import {
  POSTING_RULES_VERSION,
  postingRules,
  type JournalDraft,
  type RefundDecision,
  type SettlementModel,
} from '@nx/mq-pay';
import { toSafeNumber } from '@nx/money';
import { operationsAlert, paymentEvent } from '../transactions/payment-events';
import type { Attempt, SuspenseItem, Transaction, TransactionAggregate } from '../transactions/transaction';
import { emptied } from '../transactions/evidence-findings';
import type { FindingDraft, FindingResolution, TransactionChange } from '../transactions/transaction-change';
import type { Refund } from './refund';

/** A refund and everything that it moves, as far as decisions have been taken into account. */
export interface RefundWork {
  readonly transaction: Transaction;
  readonly paid: Attempt;
  readonly item: SuspenseItem | undefined;
  readonly refund: Refund;
  /** The try that this is about, and its number from 1. */
  readonly current: Attempt;
  readonly tryNumber: number;
  readonly journals: readonly JournalDraft[];
  readonly findings: readonly string[];
}

const rules = postingRules(POSTING_RULES_VERSION);

/** What the try's instrument settles by, as it was when the try began: its journals go back to the same accounts. */
const settlementModelOf = (attempt: Attempt): SettlementModel =>
  attempt.metadata['settlementModel'] === 'PLATFORM' ? 'PLATFORM' : 'DIRECT';

const journalOf = (work: RefundWork, decision: RefundDecision): JournalDraft[] => {
  const { current, refund, tryNumber } = work;
  const posting = {
    merchantId: refund.merchantId,
    currency: refund.currency,
    provider: current.provider,
    method: current.method,
    settlementModel: settlementModelOf(current),
    refundId: refund.id,
    tryNumber,
    amountMinor: refund.amount,
    // Nothing but refunds leaves custody in this service, so what the attempt still bears is there, whole.
    payableAvailableMinor: refund.amount,
  };
  const opened = (): JournalDraft =>
    rules.postRefundOpened({ ...posting, source: refund.kind === 'SALE' ? 'OWNER' : 'SUSPENSE' });
  switch (decision.posting) {
    case 'OPENED':
      return [opened()];
    case 'SUCCEEDED':
      return [rules.postRefundSucceeded(posting)];
    case 'FAILED':
      return [rules.postRefundFailed({ ...posting, opened: opened() })];
    case 'SUCCEEDED_AFTER_FAILURE': {
      const late = decision.late ?? { fromOwnerMinor: 0n, fromSuspenseMinor: 0n, fromBuyerMinor: refund.amount };
      return [rules.postRefundSucceededAfterFailure({ ...posting, ...late })];
    }
    default:
      return [];
  }
};

/** What a decision of the rules changes: counters, states, journals, findings. The try's own row is the caller's. */
export const takeDecision = (work: RefundWork, decision: RefundDecision, now: number): RefundWork => {
  const status = decision.moves.at(-1) ?? work.refund.status;
  const ended = status === 'SUCCEEDED' || status === 'FAILED';
  const counted = <Row extends Attempt | Transaction>(row: Row): Row => ({
    ...row,
    refunded: row.refunded + decision.refundedMinor,
    refundReserved: row.refundReserved + decision.reservedMinor,
  });
  return {
    ...work,
    transaction: {
      ...counted(work.transaction),
      status: decision.transactionStatus ?? work.transaction.status,
    },
    paid: counted(work.paid),
    item:
      work.item === undefined
        ? undefined
        : { ...work.item, refunded: work.item.refunded + decision.suspenseRefundedMinor },
    refund: { ...work.refund, status, finishedAt: ended ? (work.refund.finishedAt ?? now) : null },
    journals: [...work.journals, ...journalOf(work, decision)],
    findings: [...work.findings, ...decision.findings],
  };
};

const DETAILS: Readonly<Record<string, string>> = {
  REFUND_SUCCEEDED_AFTER_FAILURE: 'The provider paid a refund that had counted as failed.',
  REFUND_PAID_TWICE: 'Two tries of one refund were paid.',
  BUYER_PAID_TWICE: 'More went back to the buyer than was left; the buyer owes the difference.',
  CONFLICTING_EVIDENCE: 'The provider says that a refund failed which it had paid.',
  REFUND_UNKNOWN: 'The provider never said what became of this refund; a person has to find out.',
};

const findingsOf = (work: RefundWork, nextId: () => string): FindingDraft[] =>
  work.findings.map((code) => ({
    id: nextId(),
    code,
    detail: DETAILS[code] ?? code,
    attemptId: work.current.id,
  }));

const alertOf = (finding: FindingDraft, work: RefundWork, eventId: string, now: number) =>
  operationsAlert(
    eventId,
    work.transaction,
    {
      subject: `${work.transaction.uid} ${work.current.uid}`,
      message: finding.detail,
      code: finding.code,
      transactionId: work.transaction.id,
      refundId: work.refund.id,
      attemptId: work.paid.id,
      amount: toSafeNumber(work.refund.amount),
      currency: work.refund.currency,
    },
    now,
  );

const EVENT_OF_END = { SUCCEEDED: 'mq-pay:refund.success', FAILED: 'mq-pay:refund.failed' } as const;

const eventsOf = (aggregate: TransactionAggregate, work: RefundWork, context: WorkContext) => {
  const { refund, transaction, paid } = work;
  const before = aggregate.refunds.find(({ id }) => id === refund.id)?.status;
  if ((refund.status !== 'SUCCEEDED' && refund.status !== 'FAILED') || refund.status === before) return [];
  const draft = { type: EVENT_OF_END[refund.status], transaction, attempt: paid, refund };
  return [paymentEvent(context.nextId(), draft, context.now)];
};

/** A try whose end is proven leaves nothing to find out, and an item that went back whole nothing to decide. */
const explainedBy = ({ refund, current, item }: RefundWork): FindingResolution[] => {
  if (refund.status !== 'SUCCEEDED' && refund.status !== 'FAILED') return [];
  const note = `The refund is proven to have ${refund.status === 'FAILED' ? 'failed' : 'succeeded'}.`;
  return [
    { code: 'REFUND_UNKNOWN', attemptId: current.id, outcome: 'PROVEN', note },
    ...(item === undefined || refund.status === 'FAILED' ? [] : emptied(item, 'REFUNDED')),
  ];
};

interface WorkContext {
  readonly nextId: () => string;
  readonly now: number;
}

/** Everything that the work comes to, as one change of its transaction. */
export const changeOf = (
  aggregate: TransactionAggregate,
  work: RefundWork,
  context: WorkContext,
): TransactionChange => {
  const isNew = !aggregate.refunds.some(({ id }) => id === work.refund.id);
  const begins = !aggregate.attempts.some(({ id }) => id === work.current.id);
  const transaction = { ...work.transaction, version: aggregate.transaction.version + 1 };
  const findings = findingsOf(work, context.nextId);
  return {
    before: aggregate.transaction,
    after: transaction,
    ...(isNew ? { newRefund: work.refund } : { changedRefund: work.refund }),
    newAttempts: begins ? [work.current] : [],
    changedAttempts: begins ? [work.paid] : [work.paid, work.current],
    changedSuspense: work.item === undefined ? [] : [work.item],
    resolvedFindings: explainedBy(work),
    journals: work.journals.map((journal) => ({ ...journal, id: context.nextId(), attemptId: work.current.id })),
    findings,
    events: [
      ...eventsOf(aggregate, { ...work, transaction }, context),
      ...findings.map((finding) => alertOf(finding, work, context.nextId(), context.now)),
    ],
  };
};
