/**
 * Joins what was told of the invoices `v` of the order that the transaction `t` pays. A cancelled one has taken no money:
 * what is invoiced was paid by another transaction of the order.
 */
export const INVOICE_EVENTS_OF_SALE = `"InvoiceEvent" v ON v.source_id = t.source_id AND v.merchant_id = t.merchant_id
  AND v.source_type = '001_SALE_ORDER' AND t.source_type = 'SaleOrder' AND t.status <> '505_CANCELLED'`;

const ENTRIES = `
SELECT o.created_at AS at, 'EVENT' AS kind, o.event_id AS id, o.payload->'attempt'->>'id' AS attempt_id,
  o.event_type AS what, jsonb_build_object('version', o.aggregate_version, 'publishedAt', o.published_at,
    'attemptStatus', o.payload->'attempt'->>'status', 'transactionStatus', o.payload->'transaction'->>'status',
    'waitsFor', ARRAY(
      SELECT w.route FROM "OutboxWaiting" w
      WHERE w.aggregate_type = o.aggregate_type AND w.aggregate_id = o.aggregate_id AND w.outbox_id = o.id)) AS detail,
  1 AS rank, o.position::bigint AS place
FROM "Outbox" o WHERE o.aggregate_type = 'Transaction' AND o.aggregate_id = $1 AND o.routes <> ARRAY[$2::text]
UNION ALL
SELECT coalesce(o.published_at, o.created_at), 'PUSH', o.event_id, o.payload->'attempt'->>'id', o.event_type,
  jsonb_build_object('channel', CASE route.route WHEN $2 THEN 'PEOPLE' ELSE 'SCREENS' END,
    'recipientScope', o.payload->'recipientScope', 'waiting', push.waits,
    'publishedAt', CASE WHEN NOT push.waits THEN o.published_at END), 2, o.position
FROM "Outbox" o CROSS JOIN LATERAL unnest(o.routes) AS route(route)
  CROSS JOIN LATERAL (SELECT o.published_at IS NULL OR EXISTS (
    SELECT 1 FROM "OutboxWaiting" w WHERE w.aggregate_type = o.aggregate_type AND w.aggregate_id = o.aggregate_id
      AND w.outbox_id = o.id AND w.route = route.route) AS waits) push
WHERE o.aggregate_type = 'Transaction' AND o.aggregate_id = $1 AND route.route IN ($2, $3)
UNION ALL
SELECT v.occurred_at, 'INVOICE', v.event_id, NULL, v.event_type,
  jsonb_build_object('invoiceId', v.invoice_id, 'origin', v.origin, 'parentId', v.parent_id, 'status', v.status,
    'version', v.invoice_version, 'form', v.invoice_form, 'symbol', v.invoice_symbol, 'number', v.invoice_number,
    'date', v.invoice_date, 'lookupCode', v.lookup_code, 'cqtCode', v.cqt_code, 'total', v.total,
    'currency', v.currency, 'issuanceMode', v.issuance_mode, 'reason', v.reason, 'waitsFor', v.waits_for,
    'dueAt', v.due_at), 3, coalesce(v.invoice_version, 0)
FROM "Transaction" t JOIN ${INVOICE_EVENTS_OF_SALE} WHERE t.id = $1
UNION ALL
SELECT p.started_at, 'PROVIDER_CALL', p.id, p.attempt_id, p.kind,
  jsonb_build_object('provider', p.provider, 'outcome', p.outcome, 'providerCode', p.provider_code,
    'durationMs', p.duration_ms, 'finishedAt', p.finished_at, 'codeTableVersion', p.code_table_version), 0, 0
FROM "ProviderOperation" p WHERE p.transaction_id = $1
UNION ALL
SELECT i.received_at, 'CALLBACK', i.id, i.attempt_id, i.answer,
  jsonb_build_object('provider', i.provider, 'outcome', i.outcome, 'processedAt', i.processed_at), 0, 0
FROM "IpnInbox" i WHERE i.transaction_id = $1
UNION ALL
SELECT j.created_at, 'JOURNAL', j.id, j.attempt_id, j.kind,
  jsonb_build_object('key', j.key, 'currency', j.currency, 'effectiveDate', j.effective_date, 'entries',
    (SELECT jsonb_agg(jsonb_build_object('account', a.type, 'side', e.side, 'amount', e.amount) ORDER BY e.line)
     FROM "LedgerEntry" e JOIN "LedgerAccount" a ON a.id = e.account_id
     WHERE e.journal_id = j.id AND e.created_at = j.created_at)), 0, 1
FROM "LedgerJournal" j WHERE j.transaction_id = $1
UNION ALL
SELECT s.started_at, 'WEBHOOK_TRY', s.id, NULL, d.event_type,
  jsonb_build_object('deliveryId', d.id, 'webhookConfigId', d.webhook_config_id, 'sequence', d.sequence,
    'number', s.number, 'statusCode', s.status_code, 'error', s.error, 'durationMs', s.duration_ms), 2, 0
FROM "WebhookDelivery" d JOIN "WebhookTry" s ON s.delivery_id = d.id WHERE d.transaction_id = $1
UNION ALL
SELECT f.created_at, 'FINDING', f.id, f.attempt_id, f.code,
  jsonb_build_object('detail', f.detail, 'status', f.status, 'owner', f.owner), 3, 0
FROM "Finding" f WHERE f.transaction_id = $1
UNION ALL
SELECT f.resolved_at, 'FINDING_RESOLVED', f.id, f.attempt_id, f.code,
  jsonb_build_object('outcome', f.outcome, 'note', f.note, 'resolvedBy', f.resolved_by), 4, 0
FROM "Finding" f WHERE f.transaction_id = $1 AND f.resolved_at IS NOT NULL
UNION ALL
SELECT r.created_at, 'REFUND', r.id, r.attempt_id, r.kind,
  jsonb_build_object('clientReference', r.client_reference, 'amount', r.amount, 'currency', r.currency,
    'status', r.status, 'reason', r.reason, 'finishedAt', r.finished_at), 0, 0
FROM "Refund" r WHERE r.transaction_id = $1
UNION ALL
SELECT a.created_at, 'REFUND_TRY', a.id, a.parent_id, a.status,
  jsonb_build_object('refundId', a.refund_id, 'uid', a.uid, 'provider', a.provider, 'refundReference', a.refund_reference,
    'reason', a.reason, 'sentAt', a.sent_at, 'finishedAt', a.finished_at), 0, 1
FROM "PaymentAttempt" a WHERE a.transaction_id = $1 AND a.type = '300_REFUND'
UNION ALL
SELECT a.created_at, 'CANCEL', a.id, a.parent_id, 'CANCEL_PAYMENT',
  jsonb_build_object('uid', a.uid, 'provider', a.provider, 'reason', a.reason, 'actorId', a.created_by), 0, 1
FROM "PaymentAttempt" a WHERE a.transaction_id = $1 AND a.type = '200_CANCEL_PAYMENT'
UNION ALL
SELECT s.created_at, 'STATE', s.transaction_id || '-' || s.version || '-' || s.position, s.attempt_id, s.to_status,
  jsonb_build_object('from', s.from_status, 'reason', s.reason, 'actorId', s.actor_id, 'version', s.version), 1, s.position
FROM "StateChange" s WHERE s.transaction_id = $1
UNION ALL
SELECT step.at, 'CHARGEBACK', c.id, c.attempt_id, step.status,
  jsonb_build_object('chargebackReference', c.chargeback_reference, 'provider', c.provider, 'amount', c.amount,
    'currency', c.currency, 'reason', c.reason, 'dueAt', c.due_at), 0, 0
FROM "Chargeback" c CROSS JOIN LATERAL (VALUES (c.created_at, 'OPEN'), (c.submitted_at, 'SUBMITTED'),
  (c.finished_at, c.status)) AS step(at, status) WHERE c.transaction_id = $1 AND step.at IS NOT NULL
UNION ALL
SELECT e.created_at, 'EVIDENCE', e.id, e.attempt_id, e.operation,
  jsonb_build_object('actorId', e.actor_id, 'approvalId', e.approval_id, 'fingerprint', e.fingerprint), 0, 0
FROM "OperatorEvidence" e WHERE e.transaction_id = $1
UNION ALL
SELECT u.created_at, 'OPERATOR', u.id, NULL, u.action, jsonb_build_object('actorId', u.actor_id), 5, 0
FROM "AuditTrail" u WHERE u.entity_type = 'Transaction' AND u.entity_id = $1`;

/**
 * One page of everything that a payment left behind in this service, the newest entry first; it happened in the order of
 * `n`: of what happened at one instant, what was heard comes before what it changed, and that before who was told. `$1`
 * transaction, `$2` the route of notifications, `$3` that of screens, `$4` mark and `$5` instant (ms) of the last entry of
 * the page before, `$6` rows. An entry whose instant has moved since (a push that went out) is told again, none is lost.
 */
export const TIMELINE = `
WITH entry AS (${ENTRIES}
), numbered AS (
  SELECT e.at, e.kind, e.id, e.attempt_id, e.what, e.detail, md5(e.kind || ' ' || e.id || ' ' || e.what) AS mark,
    row_number() OVER (ORDER BY e.at, e.rank, e.place, e.id, e.kind) AS n
  FROM entry e
)
SELECT at, kind, id, attempt_id, what, detail, mark FROM numbered
WHERE $4::text IS NULL OR n < coalesce(
  (SELECT min(b.n) FROM numbered b WHERE b.mark = $4),
  (SELECT min(b.n) FROM numbered b WHERE b.at >= to_timestamp($5::double precision / 1000)))
ORDER BY n DESC LIMIT $6`;
