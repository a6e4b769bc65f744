import type { AttemptStatusCode } from '@nx/contracts';
import {
  PROVIDERS,
  type RefundableAttempt,
  type RefundableSuspense,
  type RefundCircumstances,
  type RefundSource,
  type RefundState,
  type RefundStatus,
} from '@nx/mq-pay';
import { paymentStateOf } from '../transactions/payment-state';
import { isOpen, type Attempt, type SuspenseItem, type TransactionAggregate } from '../transactions/transaction';
import { isUndecided } from '../chargebacks/chargeback';
import { isInFlight, type Refund } from './refund';

/** A try's state as refunds know it. Nothing else comes about: a try neither expires nor is it cancelled. */
const STATUS_OF_TRY: Partial<Record<AttemptStatusCode, RefundStatus>> = {
  '100_NEW': 'NEW',
  '204_SENT': 'SENT',
  '000_UNKNOWN': 'UNKNOWN',
  '302_SUCCESS': 'SUCCEEDED',
};

/** The tries of a refund, in the order in which they began. */
export const triesOf = (aggregate: TransactionAggregate, refundId: string): readonly Attempt[] =>
  aggregate.attempts.filter((attempt) => attempt.refundId === refundId);

/** The number of a try, from 1. */
export const tryNumberOf = (aggregate: TransactionAggregate, attempt: Attempt): number =>
  triesOf(aggregate, attempt.refundId ?? '').findIndex(({ id }) => id === attempt.id) + 1;

export const refundStateOf = (aggregate: TransactionAggregate, refund: Refund): RefundState => ({
  status: refund.status,
  amountMinor: refund.amount,
  tries: triesOf(aggregate, refund.id).map(({ status }, index) => ({
    tryNumber: index + 1,
    status: STATUS_OF_TRY[status] ?? 'FAILED',
  })),
});

const refundableAttempt = (aggregate: TransactionAggregate, attempt: Attempt): RefundableAttempt => {
  const capabilities = PROVIDERS.get(attempt.provider)?.capabilities;
  return {
    attemptId: attempt.id,
    status: attempt.status,
    paidAtMs: attempt.providerPaidAt ?? attempt.finishedAt ?? attempt.createdAt,
    appliedMinor: attempt.appliedAmount,
    refundedMinor: attempt.refunded,
    refundReservedMinor: attempt.refundReserved,
    hasRefundInFlight: hasRefundInFlight(aggregate, attempt.id),
    refundsByProvider: capabilities?.refund === true,
    refundsInPart: capabilities?.partialRefund === true,
  };
};

export const hasRefundInFlight = (aggregate: TransactionAggregate, attemptId: string): boolean =>
  aggregate.refunds.some((refund) => refund.attemptId === attemptId && isInFlight(refund));

/** What a buyer contests may come back to him through his bank: nothing else goes out until it is decided. */
export const hasChargeback = ({ chargebacks }: TransactionAggregate): boolean => chargebacks.some(isUndecided);

/** What the rules look at before a refund of a sale begins. */
export const circumstancesOf = (aggregate: TransactionAggregate): RefundCircumstances => {
  const paid = aggregate.attempts.filter(({ type, appliedAmount }) => type === '100_PAYMENT' && appliedAmount > 0n);
  const [any] = aggregate.attempts;
  if (any === undefined) throw new Error('a transaction always has an attempt');
  return {
    transaction: paymentStateOf(aggregate, any).transaction,
    attempts: paid.map((attempt) => refundableAttempt(aggregate, attempt)),
    hasOpenAttempts: aggregate.attempts.some(isOpen),
    hasOpenChargeback: hasChargeback(aggregate),
  };
};

export const refundableSuspense = (item: SuspenseItem): RefundableSuspense => ({
  amountMinor: item.amount,
  acceptedMinor: item.accepted,
  refundedMinor: item.refunded,
  reversedMinor: item.reversed,
});

/** The attempt that a refund gives back, and the item in suspense where it is one of those. */
export const originOf = (
  aggregate: TransactionAggregate,
  refund: Refund,
): { readonly paid: Attempt; readonly item: SuspenseItem | undefined } => {
  const paid = aggregate.attempts.find(({ id }) => id === refund.attemptId);
  if (paid === undefined) throw new Error(`refund ${refund.id} has lost its attempt`);
  return { paid, item: aggregate.suspense.find(({ id }) => id === refund.suspenseItemId) };
};

/** Whose money a refund gives back. */
export const sourceOf = (aggregate: TransactionAggregate, refund: Refund): RefundSource => {
  const { paid, item } = originOf(aggregate, refund);
  return item === undefined
    ? {
        kind: 'SALE',
        transaction: paymentStateOf(aggregate, paid).transaction,
        attempt: refundableAttempt(aggregate, paid),
      }
    : { kind: 'SUSPENSE', item: refundableSuspense(item) };
};
