import type { ActivityNotification } from '@nx/contracts';
import type { SettlementModel } from '@nx/mq-pay';
import { moveAttempt, openAmountAfter } from '../../transactions/end-attempt';
import { emptied } from '../../transactions/evidence-findings';
import { accepted, acceptanceJournal, postingContext } from '../../transactions/evidence-money';
import { paymentEvent, settledNotification, type PaymentEventDraft } from '../../transactions/payment-events';
import {
  isOpen,
  leftOf,
  type Attempt,
  type SuspenseItem,
  type Transaction,
  type TransactionAggregate,
} from '../../transactions/transaction';
import type { TransactionChange } from '../../transactions/transaction-change';

/** Money in suspense that comes to count for the sale, through the attempt that brought it. */
export interface Acceptance {
  readonly item: SuspenseItem;
  readonly attempt: Attempt;
  /** > 0, at most what is left of the item and due of the sale. */
  readonly amountMinor: bigint;
  readonly settlementModel: SettlementModel;
}

export interface AcceptContext {
  readonly status: Transaction['status'];
  /** The sale is paid in full by this. */
  readonly settles: boolean;
  readonly notificationScope: ActivityNotification['recipientScope'];
  readonly nextId: () => string;
  readonly now: number;
}

const paidBy = ({ attempt, item, amountMinor }: Acceptance, now: number): Attempt => {
  const moved = attempt.status === '302_SUCCESS' ? attempt : moveAttempt(attempt, '302_SUCCESS', 'ACCEPTED', now);
  return {
    ...moved,
    appliedAmount: moved.appliedAmount + amountMinor,
    providerReference: item.providerReference,
  };
};

/**
 * What accepting does, as one change: journals `suspense accepted for a sale`, the attempts' successes, and the end of
 * the sale with everything that follows from it. What is left of an item may go back by itself from now on.
 */
export const acceptanceChange = (
  aggregate: TransactionAggregate,
  acceptances: readonly Acceptance[],
  context: AcceptContext,
): TransactionChange => {
  const { now, nextId, settles } = context;
  const before = aggregate.transaction;
  const items = acceptances.map(({ item, amountMinor }) => accepted(item, amountMinor));
  const paid = acceptances.map((acceptance) => paidBy(acceptance, now));
  const ids = new Set(paid.map(({ id }) => id));
  const cancelled = settles
    ? aggregate.attempts
        .filter((other) => !ids.has(other.id) && isOpen(other))
        .map((other) => moveAttempt(other, '505_CANCELLED', 'TRANSACTION_SETTLED', now))
    : [];
  const transaction: Transaction = {
    ...before,
    paid: acceptances.reduce((sum, { amountMinor }) => sum + amountMinor, before.paid),
    openAmount: openAmountAfter(aggregate, [...paid, ...cancelled]),
    status: context.status,
    blockedFrom: context.status === '403_BLOCKED' ? before.blockedFrom : null,
    settledAt: settles ? now : before.settledAt,
    version: before.version + 1,
  };
  const last = paid.at(-1);
  return {
    before,
    after: transaction,
    changedAttempts: [...paid, ...cancelled],
    changedSuspense: items,
    journals: acceptances.map((acceptance, index) => {
      const posting = postingContext(before, acceptance.attempt, acceptance.settlementModel);
      const journal = acceptanceJournal(posting, items[index] ?? acceptance.item, acceptance.amountMinor);
      return { ...journal, id: nextId(), attemptId: acceptance.attempt.id };
    }),
    resolvedFindings: items.flatMap((item) => emptied(item, 'ACCEPTED')),
    events: [
      ...draftsOf(transaction, paid, items, cancelled, settles).map((draft) => paymentEvent(nextId(), draft, now)),
      ...(settles ? [settledNotification(nextId(), transaction, last, context.notificationScope, now)] : []),
    ],
  };
};

const draftsOf = (
  transaction: Transaction,
  paid: readonly Attempt[],
  items: readonly SuspenseItem[],
  cancelled: readonly Attempt[],
  settles: boolean,
): PaymentEventDraft[] => {
  const last = paid.at(-1);
  return [
    ...paid.map((attempt, index): PaymentEventDraft => {
      const item = items[index];
      const suspenseAmount = item === undefined ? 0n : leftOf(item);
      return { type: 'mq-pay:attempt.success', transaction, attempt, suspenseAmount };
    }),
    ...cancelled.map((attempt): PaymentEventDraft => ({ type: 'mq-pay:attempt.cancelled', transaction, attempt })),
    ...(settles
      ? [{ type: 'mq-pay:transaction.settled' as const, transaction, ...(last === undefined ? {} : { attempt: last }) }]
      : []),
  ];
};
