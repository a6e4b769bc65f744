/** Shapes of the payment service that cross a border. Amounts are safe integers in the currency's minor unit. */

export const ATTEMPT_STATUSES = [
  '100_NEW',
  '204_SENT',
  '302_SUCCESS',
  '500_FAIL',
  '501_EXPIRED',
  '505_CANCELLED',
  '507_REVERSED',
  '000_UNKNOWN',
] as const;
export type AttemptStatusCode = (typeof ATTEMPT_STATUSES)[number];

export const TRANSACTION_STATUSES = [
  '100_NEW',
  '300_PARTIAL',
  '304_SETTLED',
  '403_BLOCKED',
  '408_REFUNDED',
  '505_CANCELLED',
] as const;
export type TransactionStatusCode = (typeof TRANSACTION_STATUSES)[number];

/** The nine events of the engine, and ours about money that goes back. */
export const PAYMENT_EVENT_TYPES = [
  'mq-pay:transaction.created',
  'mq-pay:attempt.created',
  'mq-pay:attempt.sent',
  'mq-pay:transaction.settled',
  'mq-pay:transaction.cancelled',
  'mq-pay:attempt.success',
  'mq-pay:attempt.failed',
  'mq-pay:attempt.expired',
  'mq-pay:attempt.cancelled',
  'mq-pay:refund.success',
  'mq-pay:refund.failed',
  'mq-pay:chargeback.opened',
  'mq-pay:attempt.reversed',
  'mq-pay:transaction.blocked',
] as const;
export type PaymentEventType = (typeof PAYMENT_EVENT_TYPES)[number];

/** Events that subscribers can receive by webhook; the others are pushed and go to Kafka only. */
export const WEBHOOK_EVENT_TYPES: readonly PaymentEventType[] = [
  'mq-pay:transaction.settled',
  'mq-pay:transaction.cancelled',
  'mq-pay:attempt.success',
  'mq-pay:attempt.failed',
  'mq-pay:attempt.expired',
  'mq-pay:attempt.cancelled',
  'mq-pay:refund.success',
  'mq-pay:refund.failed',
  'mq-pay:chargeback.opened',
  'mq-pay:attempt.reversed',
  'mq-pay:transaction.blocked',
];

export interface TransactionEventPart {
  readonly id: string;
  readonly uid: string;
  readonly status: TransactionStatusCode;
  readonly total: number;
  readonly paid: number;
  readonly currency: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface AttemptEventPart {
  readonly id: string;
  readonly uid: string;
  readonly status: AttemptStatusCode;
  readonly amount: number;
  readonly paymentProvider: string;
  readonly method: string;
  readonly reason?: string;
  /** Only on `attempt.success`: what counts for the sale, and what was received beyond it. */
  readonly appliedAmount?: number;
  readonly suspenseAmount?: number;
  readonly metadata: { readonly source: { readonly id: string; readonly uid: string; readonly type: string } };
}

export const REFUND_STATUSES = ['NEW', 'SENT', 'UNKNOWN', 'SUCCEEDED', 'FAILED'] as const;
export type RefundStatusCode = (typeof REFUND_STATUSES)[number];

/** SALE: it takes back a part of what was paid for the sale. SUSPENSE: money that never counted for it. */
export const REFUND_KINDS = ['SALE', 'SUSPENSE'] as const;
export type RefundKind = (typeof REFUND_KINDS)[number];

export interface RefundEventPart {
  readonly id: string;
  readonly clientReference: string;
  /** The paid attempt whose money goes back. */
  readonly attemptId: string;
  readonly amount: number;
  readonly status: RefundStatusCode;
  readonly kind: RefundKind;
}

export const CHARGEBACK_STATUSES = ['OPEN', 'SUBMITTED', 'WON', 'LOST'] as const;
export type ChargebackStatusCode = (typeof CHARGEBACK_STATUSES)[number];

export interface ChargebackEventPart {
  readonly id: string;
  /** The provider's number of the case. */
  readonly chargebackReference: string;
  /** The contested attempt. */
  readonly attemptId: string;
  readonly amount: number;
  readonly status: ChargebackStatusCode;
}

/** Payload of webhooks, of `payment.events` and of pushes: one shape for all three. */
export interface PaymentEventPayload {
  /** ISO 8601 with milliseconds and Z. */
  readonly timestamp: string;
  readonly source: string;
  readonly merchantId: string;
  readonly transaction?: TransactionEventPart;
  readonly attempt?: AttemptEventPart;
  /** Only with events of a refund. */
  readonly refund?: RefundEventPart;
  /** Only with events of a chargeback. */
  readonly chargeback?: ChargebackEventPart;
  /** Position in the order of this transaction's events for one subscriber; only in webhooks. */
  readonly sequence?: number;
}

/** Body of a webhook to a subscriber. */
export interface PaymentWebhookBody {
  readonly eventType: PaymentEventType | typeof WEBHOOK_TEST_EVENT;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly payload: PaymentEventPayload;
}

export const WEBHOOK_HEADERS = {
  eventType: 'X-Webhook-Event-Type',
  timestamp: 'X-Webhook-Timestamp',
  sequence: 'X-Webhook-Sequence',
  signature: 'X-Webhook-Signature',
  /** By the secret that was replaced, as long as it is valid. */
  previousSignature: 'X-Webhook-Signature-Previous',
} as const;

/** The headers of Standard Webhooks 1.0; `id` comes with every webhook and is the same for every try. */
export const STANDARD_WEBHOOK_HEADERS = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

/** Sent on request only, to see whether a subscriber is reached and can verify; no event of a payment. */
export const WEBHOOK_TEST_EVENT = 'webhook.test';

/** Rooms of the bus in which one payment's changes are pushed. */
export const paymentRooms = (transactionId: string, merchantId: string): readonly string[] => [
  `payment/transactions/${transactionId}`,
  `payment/merchants/${merchantId}`,
];

/** `mq-pay:attempt.success` is pushed as `observation/payment/attempt/success`. */
export const paymentPushTopic = (eventType: PaymentEventType): string => {
  const [entity = '', action = ''] = eventType.replace('mq-pay:', '').split('.');
  return `observation/payment/${entity}/${action}`.toLowerCase();
};
