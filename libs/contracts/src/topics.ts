/**
 * Logical names of the Kafka topics. A site's prefix is added by the messaging library, never here.
 * The merchant change feed keeps the name that Debezium gives it, whatever the prefix.
 */
export const TOPICS = {
  paymentSuccess: 'payment.success',
  activityNotification: 'signal.activity-notification',
  paymentEvents: 'payment.events',
  invoiceEvents: 'invoice.events',
} as const;

/** Names under which sites publish commerce's merchant table; the first is the default. */
export const MERCHANT_CDC_TOPICS: readonly string[] = [
  'nx.seller.public.Merchant',
  'nx.seller.public.merchant',
  'cdc.public.Merchant',
  'public.Merchant',
];

/** The topic that takes what could not be handled, with the error and the origin in its headers. */
export const deadLetterTopic = (topic: string): string => `${topic}.dlq`;

/** Envelope of `payment.events` and `invoice.events`. Consumers dedupe by `eventId`. */
export interface EventEnvelope<P extends object = object> {
  readonly eventId: string;
  readonly eventType: string;
  /** ISO 8601 with milliseconds and Z. */
  readonly occurredAt: string;
  readonly version: 1;
  readonly payload: P;
}
