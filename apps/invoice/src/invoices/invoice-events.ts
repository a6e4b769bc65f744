import {
  TOPICS,
  type ActivityNotification,
  type InvoiceEventPayload,
  type InvoiceEventType,
  type InvoiceProgress,
  type IssuanceStatus,
  type NotificationType,
} from '@nx/contracts';
import type { OutboxEvent } from '@nx/reliable';
import type { Invoice } from './invoice';

/** Ways out of the outbox. Each is one publisher of `publishing/`. */
export const ROUTES = { kafka: TOPICS.invoiceEvents, push: 'push', notification: TOPICS.activityNotification } as const;

const EVENT_OF_STATUS: Readonly<Record<IssuanceStatus, InvoiceEventType>> = {
  PENDING: 'invoice.created',
  PROCESSING: 'invoice.processing',
  SUCCESS: 'invoice.success',
  FAILED: 'invoice.failed',
  UNKNOWN: 'invoice.unknown',
  CANCELLED: 'invoice.cancelled',
};

/** The event that tells of an invoice's present status. */
export const eventOfStatus = (status: IssuanceStatus): InvoiceEventType => EVENT_OF_STATUS[status];

/** The public form of an invoice. */
export const publicInvoice = (invoice: Invoice): InvoiceEventPayload['invoice'] => ({
  id: invoice.id,
  merchantId: invoice.merchantId,
  organizerId: invoice.organizerId,
  sourceType: invoice.sourceType,
  sourceId: invoice.sourceId,
  sourceNumber: invoice.sourceNumber,
  origin: invoice.origin,
  parentId: invoice.parentId,
  issuanceStatus: invoice.status,
  invoiceForm: String(invoice.invoiceForm),
  invoiceSymbol: invoice.invoiceSymbol,
  invoiceNumber: invoice.invoiceNumber,
  invoiceDate: invoice.invoiceDate,
  lookupCode: invoice.lookupCode,
  cqtCode: invoice.cqtCode,
  currency: invoice.currency,
  total: invoice.total,
  progress: progressOf(invoice),
});

const LONGEST_REASON = 300;

const progressOf = ({ version, issuanceMode, dueAt, findings, metadata }: Invoice): InvoiceProgress => {
  const { errorMessage } = metadata;
  return {
    version: Number(version),
    issuanceMode,
    dueAt: dueAt?.toISOString() ?? null,
    waitsFor: findings,
    reason: typeof errorMessage === 'string' ? errorMessage.slice(0, LONGEST_REASON) : null,
  };
};

/** One event for Kafka and for the screens that watch. `now` in ms. */
export function invoiceEvent(eventId: string, type: InvoiceEventType, invoice: Invoice, now: number): OutboxEvent {
  const occurredAt = new Date(now);
  const payload: InvoiceEventPayload = { timestamp: occurredAt.toISOString(), invoice: publicInvoice(invoice) };
  return {
    eventId,
    eventType: type,
    routes: [ROUTES.kafka, ROUTES.push],
    key: invoice.sourceId,
    payload,
    occurredAt,
  };
}

/** Tells the merchant's people. The scope is the provider configuration's. */
export function invoiceNotification(
  eventId: string,
  type: NotificationType,
  invoice: Invoice,
  now: number,
): OutboxEvent {
  const occurredAt = new Date(now);
  const toOrganizer = invoice.config.notificationScope === 'org' && invoice.organizerId !== null;
  const notification: ActivityNotification = {
    eventType: type,
    recipientScope: toOrganizer ? 'org' : 'merchant',
    actorId: null,
    actor: null,
    organizerId: invoice.organizerId,
    merchantId: invoice.merchantId,
    data: {
      invoiceId: invoice.id,
      invoiceNumber: invoice.invoiceNumber,
      invoiceSymbol: invoice.invoiceSymbol,
      orderId: invoice.sourceId,
      orderNumber: invoice.sourceNumber,
      amount: invoice.total,
      currency: invoice.currency,
      provider: invoice.provider,
    },
    occurredAt: occurredAt.toISOString(),
    eventId,
    version: 1,
  };
  const key = toOrganizer && invoice.organizerId !== null ? invoice.organizerId : invoice.merchantId;
  return { eventId, eventType: type, routes: [ROUTES.notification], key, payload: notification, occurredAt };
}
