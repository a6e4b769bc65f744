import {
  TOPICS,
  WEBHOOK_EVENT_TYPES,
  type ActivityNotification,
  type AttemptEventPart,
  type ChargebackEventPart,
  type PaymentEventPayload,
  type PaymentEventType,
  type RefundEventPart,
  type TransactionEventPart,
} from '@nx/contracts';
import type { OutboxEvent } from '@nx/reliable';
import { toSafeNumber } from '@nx/money';
import type { Chargeback } from '../chargebacks/chargeback';
import type { Refund } from '../refunds/refund';
import type { Attempt, Transaction } from './transaction';

/** Ways out of the outbox. Each is one publisher of `publishing/`. */
export const ROUTES = {
  kafka: TOPICS.paymentEvents,
  webhooks: 'webhooks',
  push: 'push',
  notification: TOPICS.activityNotification,
} as const;

const transactionPart = (transaction: Transaction): TransactionEventPart => ({
  id: transaction.id,
  uid: transaction.uid,
  status: transaction.status,
  total: toSafeNumber(transaction.total),
  paid: toSafeNumber(transaction.paid),
  currency: transaction.currency,
  sourceType: transaction.sourceType,
  sourceId: transaction.sourceId,
  metadata: transaction.metadata,
});

const attemptPart = (
  attempt: Attempt,
  transaction: Transaction,
  suspenseAmount: bigint | undefined,
): AttemptEventPart => ({
  id: attempt.id,
  uid: attempt.uid,
  status: attempt.status,
  amount: toSafeNumber(attempt.amount),
  paymentProvider: attempt.provider,
  method: attempt.method,
  ...(attempt.reason === null ? {} : { reason: attempt.reason }),
  ...(suspenseAmount === undefined
    ? {}
    : { appliedAmount: toSafeNumber(attempt.appliedAmount), suspenseAmount: toSafeNumber(suspenseAmount) }),
  metadata: { source: { id: transaction.sourceId, uid: transaction.sourceUid, type: transaction.sourceType } },
});

const refundPart = (refund: Refund): RefundEventPart => ({
  id: refund.id,
  clientReference: refund.clientReference,
  attemptId: refund.attemptId,
  amount: toSafeNumber(refund.amount),
  status: refund.status,
  kind: refund.kind,
});

const chargebackPart = (chargeback: Chargeback): ChargebackEventPart => ({
  id: chargeback.id,
  chargebackReference: chargeback.chargebackReference,
  attemptId: chargeback.attemptId,
  amount: toSafeNumber(chargeback.amount),
  status: chargeback.status,
});

export interface PaymentEventDraft {
  readonly type: PaymentEventType;
  /** The transaction as it is after the change. */
  readonly transaction: Transaction;
  readonly attempt?: Attempt;
  /** Only with `attempt.success`: what was received beyond the applied amount. */
  readonly suspenseAmount?: bigint;
  /** Only with events of a refund. */
  readonly refund?: Refund;
  /** Only with events of a chargeback. */
  readonly chargeback?: Chargeback;
}

/** One event of the engine as an outbox row. `now` in ms. */
export const paymentEvent = (eventId: string, draft: PaymentEventDraft, now: number): OutboxEvent => {
  const occurredAt = new Date(now);
  const payload: PaymentEventPayload = {
    timestamp: occurredAt.toISOString(),
    source: 'mq-pay',
    merchantId: draft.transaction.merchantId,
    transaction: transactionPart(draft.transaction),
    ...(draft.attempt === undefined
      ? {}
      : { attempt: attemptPart(draft.attempt, draft.transaction, draft.suspenseAmount) }),
    ...(draft.refund === undefined ? {} : { refund: refundPart(draft.refund) }),
    ...(draft.chargeback === undefined ? {} : { chargeback: chargebackPart(draft.chargeback) }),
  };
  return {
    eventId,
    eventType: draft.type,
    routes: [ROUTES.kafka, ...(WEBHOOK_EVENT_TYPES.includes(draft.type) ? [ROUTES.webhooks] : []), ROUTES.push],
    key: draft.transaction.id,
    payload,
    occurredAt,
  };
};

/** Tells the merchant's people of money that somebody has to look after. */
export const operationsAlert = (
  eventId: string,
  about: { readonly merchantId: string; readonly organizerId: string | null },
  data: { readonly subject: string; readonly message: string; readonly [member: string]: unknown },
  now: number,
): OutboxEvent => {
  const occurredAt = new Date(now);
  const notification: ActivityNotification = {
    eventType: 'OPERATIONS_ALERT',
    recipientScope: 'merchant',
    actorId: null,
    actor: null,
    organizerId: about.organizerId,
    merchantId: about.merchantId,
    data,
    occurredAt: occurredAt.toISOString(),
    eventId,
    version: 1,
  };
  return {
    eventId,
    eventType: 'OPERATIONS_ALERT',
    routes: [ROUTES.notification],
    key: about.merchantId,
    payload: notification,
    occurredAt,
  };
};

/** A scope that names nobody here (no organizer, no cashier) falls back to the merchant: somebody must be told. */
const recipientsOf = (
  scope: ActivityNotification['recipientScope'],
  transaction: Transaction,
  actorId: string | null,
): Pick<ActivityNotification, 'recipientScope' | 'recipientIds'> => {
  if (scope === 'users' && actorId !== null) return { recipientScope: 'users', recipientIds: [actorId] };
  return { recipientScope: scope === 'org' && transaction.organizerId !== null ? 'org' : 'merchant' };
};

/** Tells the merchant's people that a sale is paid. The scope is the merchant's setting. */
export const settledNotification = (
  eventId: string,
  transaction: Transaction,
  attempt: Attempt | undefined,
  recipientScope: ActivityNotification['recipientScope'],
  now: number,
): OutboxEvent => {
  const occurredAt = new Date(now);
  const actorId = attempt?.createdBy ?? null;
  const notification: ActivityNotification = {
    eventType: 'PAYMENT_SUCCESS',
    ...recipientsOf(recipientScope, transaction, actorId),
    actorId,
    actor: null,
    organizerId: transaction.organizerId,
    merchantId: transaction.merchantId,
    data: {
      transactionId: transaction.id,
      transactionUid: transaction.uid,
      orderId: transaction.sourceId,
      orderNumber: transaction.sourceUid,
      amount: toSafeNumber(transaction.total),
      currency: transaction.currency,
      ...(attempt === undefined ? {} : { provider: attempt.provider, method: attempt.method }),
    },
    occurredAt: occurredAt.toISOString(),
    eventId,
    version: 1,
  };
  return {
    eventId,
    eventType: 'PAYMENT_SUCCESS',
    routes: [ROUTES.notification],
    key: notification.recipientScope === 'org' ? (transaction.organizerId ?? '') : transaction.merchantId,
    payload: notification,
    occurredAt,
  };
};
