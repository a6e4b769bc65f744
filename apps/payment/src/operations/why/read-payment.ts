import type { Reader } from '../../ledger/chain/chain-book';
import { INVOICE_EVENTS_OF_SALE } from '../../transactions/timeline-statement';
import type {
  AttemptSnapshot,
  CallbackSnapshot,
  ChargebackSnapshot,
  DeliverySnapshot,
  FindingSnapshot,
  FreezeSnapshot,
  InvoiceSnapshot,
  OperationSnapshot,
  PaymentSnapshot,
  RefundSnapshot,
  SuspenseSnapshot,
  WaitingEventSnapshot,
} from './payment-snapshot';

/** Columns of instants and amounts as the snapshot wants them: ms as a number, minor units as text for `BigInt`. */
const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

interface TransactionRow extends Omit<PaymentSnapshot['transaction'], AmountOfTransaction> {
  total: string;
  paid: string;
  openAmount: string;
  refunded: string;
  refundReserved: string;
  chargedBack: string;
}
type AmountOfTransaction = 'total' | 'paid' | 'openAmount' | 'refunded' | 'refundReserved' | 'chargedBack';

/** Most transactions of one source that are explained, the newest first. */
const MOST = 5;

const FIND = `
SELECT t.id, t.uid, t.merchant_id AS "merchantId", t.source_type AS "sourceType", t.source_id AS "sourceId", t.status,
  t.blocked_from AS "blockedFrom", t.total, t.paid, t.open_amount AS "openAmount", t.refunded,
  t.refund_reserved AS "refundReserved", t.charged_back AS "chargedBack", t.currency
FROM "Transaction" t
WHERE t.id IN (SELECT id FROM "Transaction" WHERE id = $1 OR uid = $1 OR source_id = $1
  UNION SELECT transaction_id FROM "PaymentAttempt" WHERE id = $1 OR uid = $1)
ORDER BY t.created_at DESC, t.id DESC LIMIT ${MOST}`;

const ATTEMPTS = `
SELECT id, uid, type, provider, status, reason, amount, applied_amount AS applied, reversed,
  provider_reference AS "providerReference", ${ms('provider_paid_at')} AS "paidAt", ${ms('expires_at')} AS "expiresAt",
  ${ms('next_query_at')} AS "nextQueryAt", ${ms('create_lost_at')} AS "createLostAt"
FROM "PaymentAttempt" WHERE transaction_id = $1 AND type = '100_PAYMENT' ORDER BY created_at, id`;

const OPERATIONS = `
SELECT attempt_id AS "attemptId", kind, ${ms('started_at')} AS "startedAt", ${ms('finished_at')} AS "finishedAt",
  outcome, provider_code AS "providerCode"
FROM "ProviderOperation" WHERE transaction_id = $1 ORDER BY started_at, id`;

const CALLBACKS = `
SELECT attempt_id AS "attemptId", answer, ${ms('received_at')} AS "receivedAt", ${ms('processed_at')} AS "processedAt",
  ${ms('next_try_at')} AS "nextTryAt", tries, last_error AS "lastError"
FROM "IpnInbox" WHERE transaction_id = $1 ORDER BY received_at, id`;

const FINDINGS = `
SELECT id, code, detail, owner, ${ms('created_at')} AS "createdAt"
FROM "Finding" WHERE transaction_id = $1 AND status = 'OPEN' ORDER BY created_at, id`;

const SUSPENSE = `
SELECT id, ${ms('auto_refund_at')} AS "autoRefundAt", attempt_id AS "attemptId", provider_reference AS "providerReference", amount,
  amount - accepted - refunded - reversed AS left, reason
FROM "SuspenseItem" WHERE transaction_id = $1
  OR attempt_id IN (SELECT id FROM "PaymentAttempt" WHERE transaction_id = $1) ORDER BY created_at, id`;

const REFUNDS = `
SELECT r.id, r.kind, r.status, r.amount, r.to_be_confirmed AS "toBeConfirmed", a.uid AS "tryUid", a.reason,
  ${ms('a.next_query_at')} AS "nextLookAt"
FROM "Refund" r LEFT JOIN LATERAL (SELECT uid, reason, next_query_at FROM "PaymentAttempt"
  WHERE transaction_id = r.transaction_id AND refund_id = r.id ORDER BY created_at DESC, id DESC LIMIT 1) a ON true
WHERE r.transaction_id = $1 ORDER BY r.created_at, r.id`;

const CHARGEBACKS = `
SELECT chargeback_reference AS reference, status, amount, ${ms('due_at')} AS "dueAt"
FROM "Chargeback" WHERE transaction_id = $1 AND status IN ('OPEN', 'SUBMITTED') ORDER BY created_at, id`;

const FREEZES = `
SELECT f.operation, CASE f.scope_type WHEN 'global' THEN 'everything' ELSE f.scope_type || ' ' || f.scope_value END AS scope,
  f.reason, ${ms('f.expires_at')} AS "expiresAt"
FROM "OperationalFreeze" f JOIN "Transaction" t ON t.id = $1
WHERE f.lifted_at IS NULL AND (f.expires_at IS NULL OR f.expires_at > now()) AND (f.scope_type = 'global'
  OR (f.scope_type = 'merchant' AND f.scope_value = t.merchant_id)
  OR (f.scope_type = 'organizer' AND f.scope_value = t.organizer_id)
  OR (f.scope_type = 'provider' AND f.scope_value IN (SELECT provider FROM "PaymentAttempt" WHERE transaction_id = t.id)))
ORDER BY f.created_at, f.id`;

const DELIVERIES = `
SELECT d.id, c.name AS subscriber, c.status = '201_ACTIVATED' AND c.deleted_at IS NULL AS "subscriberActive",
  d.event_type AS "eventType", d.sequence, d.status, d.tries, ${ms('d.next_try_at')} AS "nextTryAt",
  d.last_error AS "lastError", d.death
FROM "WebhookDelivery" d JOIN "WebhookConfig" c ON c.id = d.webhook_config_id
WHERE d.transaction_id = $1 AND d.status <> 'DELIVERED' ORDER BY d.webhook_config_id, d.sequence`;

const WAITING = `
SELECT o.event_type AS "eventType", ${ms('o.created_at')} AS "createdAt", CASE WHEN o.published_at IS NULL THEN o.routes ELSE ARRAY(
  SELECT w.route FROM "OutboxWaiting" w WHERE w.aggregate_type = o.aggregate_type AND w.aggregate_id = o.aggregate_id
    AND w.outbox_id = o.id ORDER BY w.route) END AS routes
FROM "Outbox" o WHERE o.aggregate_type = 'Transaction' AND o.aggregate_id = $1 AND (o.published_at IS NULL OR EXISTS (
  SELECT 1 FROM "OutboxWaiting" w WHERE w.aggregate_type = o.aggregate_type AND w.aggregate_id = o.aggregate_id
    AND w.outbox_id = o.id))
ORDER BY o.aggregate_version, o.position`;

/** The version decides; a record of a release that did not tell it counts as older, and by its time among its like. */
const INVOICES = `
SELECT * FROM (SELECT DISTINCT ON (v.invoice_id) v.invoice_id AS id, v.origin, v.status, v.invoice_form AS form,
    v.invoice_symbol AS symbol, v.invoice_number AS number, v.invoice_date AS date, v.total, v.currency,
    v.issuance_mode AS "issuanceMode", v.reason, v.waits_for AS "waitsFor", ${ms('v.due_at')} AS "dueAt",
    ${ms('v.occurred_at')} AS at
  FROM "Transaction" t JOIN ${INVOICE_EVENTS_OF_SALE}
  WHERE t.id = $1 ORDER BY v.invoice_id, v.invoice_version DESC NULLS LAST, v.occurred_at DESC, v.event_id DESC) last
ORDER BY origin, at, id`;

type Texts<T, K extends keyof T> = Omit<T, K> & { [P in K]: string };

/** Payments that an id or uid of a transaction or attempt, or the id of a source document names; the newest first. */
export const readPayments = async (reader: Reader, name: string): Promise<PaymentSnapshot[]> => {
  const snapshots: PaymentSnapshot[] = [];
  for (const row of await reader.query<TransactionRow>(FIND, [name])) snapshots.push(await readOne(reader, row));
  return snapshots;
};

const readOne = async (reader: Reader, row: TransactionRow): Promise<PaymentSnapshot> => {
  const of = [row.id];
  const attempts = await reader.query<Texts<AttemptSnapshot, 'amount' | 'applied' | 'reversed'>>(ATTEMPTS, of);
  const suspense = await reader.query<Texts<SuspenseSnapshot, 'amount' | 'left'>>(SUSPENSE, of);
  const invoices = await reader.query<Texts<InvoiceSnapshot, 'total'>>(INVOICES, of);
  const chargebacks = await reader.query<Texts<ChargebackSnapshot, 'amount'>>(CHARGEBACKS, of);
  const refunds = await reader.query<Texts<RefundSnapshot, 'amount'>>(REFUNDS, of);
  return {
    transaction: {
      ...row,
      total: BigInt(row.total),
      paid: BigInt(row.paid),
      openAmount: BigInt(row.openAmount),
      refunded: BigInt(row.refunded),
      refundReserved: BigInt(row.refundReserved),
      chargedBack: BigInt(row.chargedBack),
    },
    attempts: attempts.map((attempt) => ({
      ...attempt,
      amount: BigInt(attempt.amount),
      applied: BigInt(attempt.applied),
      reversed: BigInt(attempt.reversed),
    })),
    operations: await reader.query<OperationSnapshot>(OPERATIONS, of),
    callbacks: await reader.query<CallbackSnapshot>(CALLBACKS, of),
    findings: await reader.query<FindingSnapshot>(FINDINGS, of),
    suspense: suspense.map((item) => ({ ...item, amount: BigInt(item.amount), left: BigInt(item.left) })),
    refunds: refunds.map((refund) => ({ ...refund, amount: BigInt(refund.amount) })),
    chargebacks: chargebacks.map((chargeback) => ({ ...chargeback, amount: BigInt(chargeback.amount) })),
    freezes: await reader.query<FreezeSnapshot>(FREEZES, of),
    deliveries: await reader.query<DeliverySnapshot>(DELIVERIES, of),
    waiting: await reader.query<WaitingEventSnapshot>(WAITING, of),
    invoices: invoices.map((invoice) => ({ ...invoice, total: BigInt(invoice.total) })),
  };
};
