import type { RefundQueryRequest, RefundRequest } from '@nx/mq-pay';
import { bookedPayments } from '../transactions/payment-state';
import type { Attempt, SuspenseItem, TransactionAggregate } from '../transactions/transaction';
import type { Refund } from './refund';
import { originOf } from './refund-state';

type Unconfigured<Request> = Omit<Request, 'configuration'>;

/** The payment that a refund gives back, and what of it went back before or is on its way. */
const paymentOf = (
  aggregate: TransactionAggregate,
  paid: Attempt,
  item: SuspenseItem | undefined,
  refund: Refund,
): { reference: string; amountMinor: bigint; refundedBeforeMinor: bigint } => {
  const reference = item?.providerReference ?? paid.providerReference ?? '';
  const booked = bookedPayments(paid, aggregate.suspense).find(
    ({ providerReference }) => providerReference === reference,
  );
  const own = paid.providerReference === reference ? paid.refunded + paid.refundReserved : 0n;
  const aside = aggregate.suspense
    .filter((other) => other.attemptId === paid.id && other.providerReference === reference)
    .reduce((sum, other) => sum + other.refunded, 0n);
  return {
    reference,
    amountMinor: booked?.amountMinor ?? paid.amount,
    // The refund itself is set aside already.
    refundedBeforeMinor: own + aside - refund.amount,
  };
};

/** What the provider is asked to do. */
export const refundRequestOf = (
  aggregate: TransactionAggregate,
  refund: Refund,
  current: Attempt,
  now: number,
): Unconfigured<RefundRequest> => {
  const { paid, item } = originOf(aggregate, refund);
  const payment = paymentOf(aggregate, paid, item, refund);
  return {
    refundReference: current.refundReference ?? '',
    attemptUid: item?.namedReference ?? paid.uid,
    providerReference: payment.reference,
    amountMinor: refund.amount,
    paidMinor: payment.amountMinor,
    refundedBeforeMinor: payment.refundedBeforeMinor,
    currency: refund.currency,
    createdAtMs: paid.createdAt,
    paidAtMs: item?.providerPaidAt ?? paid.providerPaidAt ?? paid.finishedAt ?? paid.createdAt,
    requestedAtMs: now,
    description: refund.reason,
  };
};

/** What the provider is asked about it. */
export const refundQuestionOf = (
  aggregate: TransactionAggregate,
  refund: Refund,
  current: Attempt,
  now: number,
): Unconfigured<RefundQueryRequest> => {
  const { paid, item } = originOf(aggregate, refund);
  return {
    refundReference: current.refundReference ?? '',
    attemptUid: item?.namedReference ?? paid.uid,
    refundProviderReference: current.refundProviderReference,
    amountMinor: refund.amount,
    refundedBeforeMinor: paymentOf(aggregate, paid, item, refund).refundedBeforeMinor,
    currency: refund.currency,
    createdAtMs: paid.createdAt,
    askedAtMs: now,
  };
};
