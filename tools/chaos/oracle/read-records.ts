import type { DatabaseOfRecord } from '../record';
import type {
  AttemptRow,
  InvoiceRow,
  JournalRow,
  NotificationRow,
  Records,
  RefundRow,
  SuspenseRow,
  TransactionRow,
} from './world';

const TRANSACTIONS = `SELECT id, source_id AS "orderId", status, total::float8, paid::float8,
  open_amount::float8 AS "openAmount", refunded::float8, refund_reserved::float8 AS "refundReserved",
  charged_back::float8 AS "chargedBack", settled_at IS NOT NULL AS settled
FROM mq_pay."Transaction" ORDER BY created_at, id`;

const ATTEMPTS = `SELECT id, uid, transaction_id AS "transactionId", type, provider, status, amount::float8,
  applied_amount::float8 AS applied, refunded::float8, refund_reserved::float8 AS "refundReserved",
  provider_reference AS reference, (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt"
FROM mq_pay."PaymentAttempt"`;

const SUSPENSE = `SELECT id, provider, provider_reference AS reference, amount::float8, accepted::float8,
  reversed::float8, refunded::float8 FROM mq_pay."SuspenseItem"`;

// Money in suspense goes back under the number by which it came, which need not be that of its attempt.
const REFUNDS = `SELECT r.id, r.transaction_id AS "transactionId",
  CASE WHEN r.by_hand IS NULL THEN coalesce(s.provider, a.provider) ELSE 'SYSTEM' END AS provider,
  coalesce(s.provider_reference, a.provider_reference) AS reference, r.suspense_item_id AS "suspenseItemId",
  r.amount::float8, r.status
FROM mq_pay."Refund" r JOIN mq_pay."PaymentAttempt" a ON a.id = r.attempt_id
LEFT JOIN mq_pay."SuspenseItem" s ON s.id = r.suspense_item_id`;

const JOURNALS = `SELECT j.id, j.key, j.kind, j.transaction_id AS "transactionId",
  json_agg(json_build_object('account', a.type, 'provider', a.provider,
    'amount', CASE e.side WHEN 'DEBIT' THEN e.amount ELSE -e.amount END)) AS entries
FROM mq_pay."LedgerJournal" j JOIN mq_pay."LedgerEntry" e ON e.journal_id = j.id
JOIN mq_pay."LedgerAccount" a ON a.id = e.account_id GROUP BY j.id`;

const INVOICES = `SELECT id, source_id AS "orderId", origin, issuance_status AS status, provider_key AS "providerKey",
  invoice_number AS number, total::float8 FROM invoice."Invoice" WHERE deleted_at IS NULL`;

const NOTIFICATIONS = `SELECT type, recipient_id AS recipient, event_id AS "eventId",
  coalesce(data->>'transactionId', data->>'invoiceId', event_id) AS subject FROM signal."ActivityNotification"`;

const INBOXES = `SELECT s.recipient_id AS recipient, s.last_sequence::float8 AS "lastSequence",
  (SELECT count(*)::float8 FROM signal."ActivityNotification" n WHERE n.recipient_id = s.recipient_id) AS rows
FROM signal."RecipientState" s`;

const TAXES = `SELECT principal_id AS merchant, address FROM tax."TaxInfo" WHERE deleted_at IS NULL`;

/** What is on its way, by what it is; the quiet after a run is its end. */
const PENDING: readonly (readonly [what: string, sql: string])[] = [
  ['callbacks to apply', `SELECT id FROM mq_pay."IpnInbox" WHERE processed_at IS NULL`],
  ["events in payment's outbox", `SELECT event_id AS id FROM mq_pay."Outbox" WHERE published_at IS NULL`],
  ["events in invoice's outbox", `SELECT event_id AS id FROM invoice."Outbox" WHERE published_at IS NULL`],
  ["events in signal's outbox", `SELECT event_id AS id FROM signal."Outbox" WHERE published_at IS NULL`],
  ...['mq_pay', 'invoice', 'signal'].map((schema): readonly [string, string] => [
    `events that wait for a route in ${schema}`,
    `SELECT outbox_id AS id FROM ${schema}."OutboxWaiting"`,
  ]),
  ['webhooks to deliver', `SELECT id FROM payment."WebhookDelivery" WHERE status IN ('PENDING', 'SENDING')`],
  [
    'webhooks that died of an outage',
    `SELECT id FROM payment."WebhookDelivery" WHERE status = 'DEAD' AND death = 'TRANSIENT'`,
  ],
  [
    // A payment has one refund at a time: behind one whose outcome a person has to find out, its surplus waits.
    'money in suspense to give back',
    `SELECT s.id FROM mq_pay."SuspenseItem" s WHERE s.auto_refund_at IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM mq_pay."Refund" r WHERE r.attempt_id = s.attempt_id AND r.status = 'UNKNOWN')`,
  ],
  [
    'refunds on their way',
    `SELECT r.id FROM mq_pay."Refund" r WHERE r.status IN ('NEW', 'SENT') OR (r.status = 'UNKNOWN' AND EXISTS (
       SELECT 1 FROM mq_pay."PaymentAttempt" a WHERE a.refund_id = r.id AND a.next_query_at IS NOT NULL))`,
  ],
  [
    'invoices on their way',
    `SELECT id FROM invoice."Invoice" WHERE deleted_at IS NULL AND issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN')`,
  ],
  ['parked records of payment', `SELECT event_id AS id FROM mq_pay."ParkedRecord" WHERE status = '100_PARKED'`],
  ['parked records of invoice', `SELECT event_id AS id FROM invoice."ParkedRecord" WHERE status = '100_PARKED'`],
  ['parked records of signal', `SELECT event_id AS id FROM signal."ParkedRecord" WHERE status = '100_PARKED'`],
];

/** Reads what our services have stored. Throws when the server is away. */
export async function readRecords(record: DatabaseOfRecord): Promise<Records> {
  return {
    transactions: await record.rows<TransactionRow>(TRANSACTIONS),
    attempts: await record.rows<AttemptRow>(ATTEMPTS),
    suspense: await record.rows<SuspenseRow>(SUSPENSE),
    refunds: await record.rows<RefundRow>(REFUNDS),
    journals: await record.rows<JournalRow>(JOURNALS),
    invoices: await record.rows<InvoiceRow>(INVOICES),
    notifications: await record.rows<NotificationRow>(NOTIFICATIONS),
    inboxes: await record.rows<Records['inboxes'][number]>(INBOXES),
    taxes: await record.rows<Records['taxes'][number]>(TAXES),
    pending: await readPending(record),
  };
}

async function readPending(record: DatabaseOfRecord): Promise<Records['pending']> {
  const pending: { what: string; count: number; example: string }[] = [];
  for (const [what, sql] of PENDING) {
    const [row] = await record.rows<{ count: number; example: string | null }>(
      `SELECT count(*)::int AS count, min(id) AS example FROM (${sql}) rows`,
    );
    if (row !== undefined && row.count > 0) pending.push({ what, count: row.count, example: row.example ?? '' });
  }
  return pending;
}
