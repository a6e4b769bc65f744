import {
  CHARGEBACK_STATUSES,
  type ChargebackEventPart,
  ATTEMPT_STATUSES,
  INVOICE_EVENT_TYPES,
  INVOICE_ORIGINS,
  ISSUANCE_STATUSES,
  NOTIFICATION_TYPES,
  PAYMENT_EVENT_TYPES,
  REFUND_KINDS,
  REFUND_STATUSES,
  TRANSACTION_STATUSES,
  WEBHOOK_EVENT_TYPES,
  type ActivityNotification,
  type AttemptEventPart,
  type EventEnvelope,
  type InvoiceEventPayload,
  type InvoiceProgress,
  type PaymentEventPayload,
  type PaymentWebhookBody,
  type RefundEventPart,
  type TransactionEventPart,
} from '@nx/contracts';
import { amount, anyObject, id, instant, listOf, nullable, oneOfTexts, shape, text, type Schema } from './schema';

const transactionPart = shape<TransactionEventPart>({
  properties: {
    id,
    uid: text('Human-readable reference.'),
    status: oneOfTexts(TRANSACTION_STATUSES),
    total: amount,
    paid: amount,
    currency: text('ISO 4217.'),
    sourceType: text(),
    sourceId: text(),
    metadata: anyObject,
  },
  optional: {},
});

const attemptSource = shape<AttemptEventPart['metadata']['source']>({
  properties: { id: text(), uid: text(), type: text() },
  optional: {},
});

const attemptPart = shape<AttemptEventPart>({
  properties: {
    id,
    uid: text('Human-readable reference; the one given to the provider.'),
    status: oneOfTexts(ATTEMPT_STATUSES),
    amount,
    paymentProvider: text(),
    method: text(),
    reason: text('Why it did not succeed.'),
    appliedAmount: { ...amount, description: 'What counts for the sale; only with attempt.success.' },
    suspenseAmount: { ...amount, description: 'What was received beyond it; only with attempt.success.' },
    metadata: shape<AttemptEventPart['metadata']>({ properties: { source: attemptSource }, optional: {} }),
  },
  optional: { reason: true, appliedAmount: true, suspenseAmount: true },
});

const refundPart = shape<RefundEventPart>({
  properties: {
    id,
    clientReference: text('The reference that the caller gave it; unique in its transaction.'),
    attemptId: { ...id, description: 'The paid attempt whose money goes back.' },
    amount,
    status: oneOfTexts(REFUND_STATUSES),
    kind: { ...oneOfTexts(REFUND_KINDS), description: 'SUSPENSE never counted for the sale.' },
  },
  optional: {},
});

const chargebackPart = shape<ChargebackEventPart>({
  properties: {
    id,
    chargebackReference: text("The provider's number of the case."),
    attemptId: { ...id, description: 'The contested attempt.' },
    amount,
    status: oneOfTexts(CHARGEBACK_STATUSES),
  },
  optional: {},
});

export const paymentPayload = shape<PaymentEventPayload>({
  description: 'The same for webhooks, Kafka and pushes.',
  properties: {
    timestamp: instant,
    source: text(),
    merchantId: id,
    transaction: transactionPart,
    attempt: attemptPart,
    refund: { ...refundPart, description: 'Only with events of a refund.' },
    chargeback: { ...chargebackPart, description: 'Only with events of a chargeback.' },
    sequence: {
      type: 'integer',
      minimum: 1,
      description: "Place among this transaction's events for one subscriber, without gaps; in webhooks alone.",
    },
  },
  optional: { transaction: true, attempt: true, refund: true, chargeback: true, sequence: true },
});

export const paymentWebhook = shape<PaymentWebhookBody>({
  properties: {
    eventType: oneOfTexts(WEBHOOK_EVENT_TYPES),
    timestamp: { type: 'integer', description: 'When it happened, ms since the Unix epoch.' },
    payload: { $ref: '#/components/schemas/PaymentPayload' },
  },
  optional: {},
});

const invoiceProgress = shape<InvoiceProgress>({
  description: 'How far it is and what it waits for. Missing in older records.',
  properties: {
    version: { type: 'integer', description: 'Of two events the one with the higher version is the later.' },
    issuanceMode: text('`REAL_TIME`, `SCHEDULED`, `MANUAL` or `BUYER_SELF_SERVICE`.'),
    dueAt: nullable({ ...instant, description: 'When it goes on by itself.' }),
    waitsFor: listOf(text('A code, as `SELLER_TAX_MISSING`.')),
    reason: nullable(text('What was said when it was not issued the last time.')),
  },
  optional: {},
});

const invoicePart = shape<InvoiceEventPayload['invoice']>({
  properties: {
    id,
    merchantId: id,
    organizerId: nullable(id),
    sourceType: text(),
    sourceId: text(),
    sourceNumber: nullable(text()),
    origin: oneOfTexts(INVOICE_ORIGINS),
    parentId: nullable({ ...id, description: 'The invoice that an adjustment or a replacement corrects.' }),
    issuanceStatus: oneOfTexts(ISSUANCE_STATUSES),
    invoiceForm: text('Form of the invoice, as `1`.'),
    invoiceSymbol: text('Symbol of the invoice, as `C26MAA`.'),
    invoiceNumber: nullable(text('Number given at issuance.')),
    invoiceDate: nullable(text()),
    lookupCode: nullable(text('With it the buyer finds the invoice at the provider.')),
    cqtCode: nullable(text('Code of the tax authority.')),
    currency: text('ISO 4217.'),
    total: { type: 'integer', description: 'In the minor unit; below zero for an adjustment that takes back.' },
    progress: invoiceProgress,
  },
  optional: { progress: true },
});

export const invoicePayload = shape<InvoiceEventPayload>({
  properties: { timestamp: instant, invoice: invoicePart },
  optional: {},
});

const envelopeOf = (types: readonly string[], payload: string): Schema =>
  shape<EventEnvelope>({
    description: 'Deduplicate by `eventId`; the header `x-event-id` carries the same.',
    properties: {
      eventId: id,
      eventType: oneOfTexts(types),
      occurredAt: instant,
      version: { type: 'integer', const: 1 },
      payload: { $ref: `#/components/schemas/${payload}` },
    },
    optional: {},
  });

export const paymentEnvelope = envelopeOf(PAYMENT_EVENT_TYPES, 'PaymentPayload');
export const invoiceEnvelope = envelopeOf(INVOICE_EVENT_TYPES, 'InvoicePayload');

const actor = shape<{ readonly id: string; readonly name: string; readonly type: string }>({
  properties: { id: text(), name: text(), type: text() },
  optional: {},
});

export const activityNotification = shape<ActivityNotification>({
  properties: {
    eventType: text(`${NOTIFICATION_TYPES.join(', ')}; another one needs a title in \`data\`.`),
    recipientScope: oneOfTexts(['org', 'merchant', 'users'] satisfies ActivityNotification['recipientScope'][]),
    actorId: nullable(text()),
    actor: { ...actor, type: ['object', 'null'] },
    organizerId: nullable(text()),
    merchantId: text(),
    recipientIds: listOf(text()),
    data: anyObject,
    occurredAt: instant,
    eventId: id,
    version: { type: 'integer' },
    locale: text('`vi` or `en`.'),
  },
  optional: {
    merchantId: true,
    recipientIds: true,
    occurredAt: true,
    eventId: true,
    version: true,
    locale: true,
  },
});
