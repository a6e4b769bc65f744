import type { FindingCode } from '@nx/mq-pay';
import { LEDGER_PARTS } from '../ledger/ledger-statement';

const COMPLETION = `finished_at = n.finished_at, duration_ms = n.duration_ms, outcome = n.outcome,
    provider_code = n.provider_code, code_table_version = n.code_table_version,
    request_fingerprint = n.request_fingerprint, credential_key_id = n.credential_key_id,
    request_sealed = n.request_sealed, response_sealed = n.response_sealed`;

/** Findings about no money of their own: one that is open says all that the next would say. */
const SAID_ONCE: readonly (FindingCode | 'OUTCOME_UNKNOWN' | 'REFUND_UNKNOWN')[] = [
  'UNSIGNED_SUCCESS',
  'CONFLICTING_EVIDENCE',
  'REVERSAL_REPORTED',
  'OUTCOME_UNKNOWN',
  'REFUND_UNKNOWN',
];

/**
 * What a change of a transaction may write, each part from one JSON parameter of rows: instants in it are ISO 8601,
 * amounts decimal text. Every part stands behind `guard`, so that a version that has moved on writes nothing.
 */
const PARTS = {
  newAttempts: (rows: string): string => `new_attempts AS (
  INSERT INTO "PaymentAttempt" (id, uid, transaction_id, merchant_id, parent_id, type, provider, method, credential_id,
    terminal, amount, applied_amount, reversed, awaited_reversals, tendered, status, reason, provider_reference, bank_code, bank_reference,
    provider_created_at, provider_paid_at, qr_content, pay_url, expires_at, sent_at, finished_at, next_query_at,
    query_step, create_lost_at, refund_id, refund_reference, created_at, modified_at, created_by, modified_by, metadata)
  SELECT n.id, n.uid, n.transaction_id, n.merchant_id, n.parent_id, n.type, n.provider, n.method, n.credential_id,
    n.terminal, n.amount, n.applied_amount, n.reversed, n.awaited_reversals, n.tendered, n.status, n.reason, n.provider_reference, n.bank_code,
    n.bank_reference, n.provider_created_at, n.provider_paid_at, n.qr_content, n.pay_url, n.expires_at, n.sent_at,
    n.finished_at, n.next_query_at, n.query_step, n.create_lost_at, n.refund_id, n.refund_reference, n.created_at, n.modified_at, n.created_by,
    n.modified_by, n.metadata
  FROM guard, jsonb_populate_recordset(NULL::"PaymentAttempt", ${rows}::jsonb) n
)`,
  changedAttempts: (rows: string): string => `changed_attempts AS (
  UPDATE "PaymentAttempt" a SET credential_id = n.credential_id, terminal = n.terminal,
    applied_amount = n.applied_amount, reversed = n.reversed, awaited_reversals = n.awaited_reversals,
    refunded = n.refunded, refund_reserved = n.refund_reserved, tendered = n.tendered, status = n.status, reason = n.reason,
    provider_reference = n.provider_reference, bank_code = n.bank_code, bank_reference = n.bank_reference,
    provider_created_at = n.provider_created_at, provider_paid_at = n.provider_paid_at, qr_content = n.qr_content,
    pay_url = n.pay_url, sent_at = n.sent_at, finished_at = n.finished_at, next_query_at = n.next_query_at,
    query_step = n.query_step, create_lost_at = n.create_lost_at,
    refund_provider_reference = n.refund_provider_reference, modified_at = n.modified_at,
    modified_by = n.modified_by, metadata = n.metadata
  FROM guard, jsonb_populate_recordset(NULL::"PaymentAttempt", ${rows}::jsonb) n
  WHERE a.id = n.id
)`,
  startedOperations: (rows: string): string => `started AS (
  INSERT INTO "ProviderOperation" (id, attempt_id, transaction_id, merchant_id, provider, kind, credential_id,
    started_at, request_id, fencing_token)
  SELECT n.id, n.attempt_id, n.transaction_id, n.merchant_id, n.provider, n.kind, n.credential_id, n.started_at,
    n.request_id, n.fencing_token
  FROM guard, jsonb_populate_recordset(NULL::"ProviderOperation", ${rows}::jsonb) n
)`,
  completedOperations: (rows: string): string => `completed AS (
  UPDATE "ProviderOperation" o SET ${COMPLETION}
  FROM guard, jsonb_populate_recordset(NULL::"ProviderOperation", ${rows}::jsonb) n
  WHERE o.id = n.id AND o.finished_at IS NULL
)`,
  /** A call under a lease. One that was given up meanwhile is met too: the database refuses the change as a whole. */
  fencedOperation: (rows: string): string => `fenced AS (
  UPDATE "ProviderOperation" o SET ${COMPLETION}, fencing_token = n.fencing_token
  FROM guard, jsonb_populate_record(NULL::"ProviderOperation", ${rows}::jsonb->0) n
  WHERE o.id = n.id
)`,
  ...LEDGER_PARTS,
  findings: (rows: string): string => `findings AS (
  INSERT INTO "Finding" (id, code, merchant_id, transaction_id, attempt_id, detail, created_at, modified_at)
  SELECT n.id, n.code, n.merchant_id, n.transaction_id, n.attempt_id, n.detail, n.created_at, n.created_at
  FROM guard, jsonb_populate_recordset(NULL::"Finding", ${rows}::jsonb) n
  WHERE n.code NOT IN (${SAID_ONCE.map((code) => `'${code}'`).join(', ')}) OR NOT EXISTS (
    SELECT 1 FROM "Finding" o WHERE o.transaction_id = n.transaction_id AND o.status = 'OPEN' AND o.code = n.code
      AND o.attempt_id IS NOT DISTINCT FROM n.attempt_id)
)`,
  // The change that explains a finding closes it: a named one, or those of one kind about one attempt.
  resolvedFindings: (rows: string): string => `resolved_findings AS (
  UPDATE "Finding" f SET status = 'RESOLVED', outcome = n.outcome, note = n.note, resolved_by = n.resolved_by,
    resolved_at = n.resolved_at, modified_at = n.resolved_at
  FROM guard, jsonb_populate_recordset(NULL::"Finding", ${rows}::jsonb) n
  WHERE f.transaction_id = n.transaction_id AND f.status = 'OPEN'
    AND (f.id = n.id OR (n.id IS NULL AND f.code = n.code AND (n.attempt_id IS NULL OR f.attempt_id = n.attempt_id)))
)`,
  suspense: (rows: string): string => `suspense AS (
  INSERT INTO "SuspenseItem" (id, merchant_id, provider, provider_reference, provider_paid_at, attempt_id,
    transaction_id, amount, reversed, reversed_at, currency, reason, finding_id, auto_refund_at, created_at, modified_at)
  SELECT n.id, n.merchant_id, n.provider, n.provider_reference, n.provider_paid_at, n.attempt_id, n.transaction_id, n.amount,
    n.reversed, n.reversed_at, n.currency, n.reason, n.finding_id, n.auto_refund_at, n.created_at, n.created_at
  FROM guard, jsonb_populate_recordset(NULL::"SuspenseItem", ${rows}::jsonb) n
)`,
  changedSuspense: (rows: string): string => `changed_suspense AS (
  UPDATE "SuspenseItem" s SET accepted = n.accepted, acceptances = n.acceptances, refunded = n.refunded,
    reversed = n.reversed, reversed_at = n.reversed_at, auto_refund_at = n.auto_refund_at,
    attempt_id = n.attempt_id, transaction_id = n.transaction_id, modified_at = n.modified_at
  FROM guard, jsonb_populate_recordset(NULL::"SuspenseItem", ${rows}::jsonb) n
  WHERE s.id = n.id
)`,
  newRefund: (rows: string): string => `new_refund AS (
  INSERT INTO "Refund" (id, transaction_id, merchant_id, attempt_id, kind, suspense_item_id, client_reference, amount,
    currency, reason, status, by_hand, evidence, to_be_confirmed, finished_at, created_at, modified_at, created_by,
    modified_by)
  SELECT n.id, n.transaction_id, n.merchant_id, n.attempt_id, n.kind, n.suspense_item_id, n.client_reference, n.amount,
    n.currency, n.reason, n.status, n.by_hand, n.evidence, n.to_be_confirmed, n.finished_at, n.created_at,
    n.modified_at, n.created_by, n.modified_by
  FROM guard, jsonb_populate_recordset(NULL::"Refund", ${rows}::jsonb) n
)`,
  changedRefund: (rows: string): string => `changed_refund AS (
  UPDATE "Refund" r SET status = n.status, by_hand = n.by_hand, evidence = n.evidence,
    to_be_confirmed = n.to_be_confirmed, finished_at = n.finished_at, modified_at = n.modified_at,
    modified_by = n.modified_by
  FROM guard, jsonb_populate_record(NULL::"Refund", ${rows}::jsonb->0) n
  WHERE r.id = n.id
)`,
  newChargeback: (rows: string): string => `new_chargeback AS (
  INSERT INTO "Chargeback" (id, transaction_id, merchant_id, attempt_id, provider, chargeback_reference, amount,
    currency, reason, status, settlement_model, owner_available, due_at, next_reminder_at, created_at, modified_at, created_by,
    modified_by)
  SELECT n.id, n.transaction_id, n.merchant_id, n.attempt_id, n.provider, n.chargeback_reference, n.amount, n.currency,
    n.reason, n.status, n.settlement_model, n.owner_available, n.due_at, n.next_reminder_at, n.created_at, n.modified_at, n.created_by,
    n.modified_by
  FROM guard, jsonb_populate_recordset(NULL::"Chargeback", ${rows}::jsonb) n
)`,
  changedChargeback: (rows: string): string => `changed_chargeback AS (
  UPDATE "Chargeback" c SET status = n.status, evidence = n.evidence, submitted_at = n.submitted_at,
    next_reminder_at = n.next_reminder_at,
    outcome_evidence = n.outcome_evidence, finished_at = n.finished_at, modified_at = n.modified_at,
    modified_by = n.modified_by
  FROM guard, jsonb_populate_record(NULL::"Chargeback", ${rows}::jsonb->0) n
  WHERE c.id = n.id
)`,
  events: (rows: string): string => `events AS (
  INSERT INTO "Outbox" (id, created_at, aggregate_type, aggregate_id, aggregate_version, position, event_id,
    event_type, routes, key, payload, headers)
  SELECT n.id, n.created_at, n.aggregate_type, n.aggregate_id, n.aggregate_version, n.position, n.event_id,
    n.event_type, n.routes, n.key, n.payload, n.headers
  FROM guard, jsonb_populate_recordset(NULL::"Outbox", ${rows}::jsonb) n
)`,
  untoldStates: (rows: string): string => `untold_states AS (
  INSERT INTO "StateChange" (transaction_id, version, position, attempt_id, from_status, to_status, reason, actor_id,
    created_at)
  SELECT n.transaction_id, n.version, n.position, n.attempt_id, n.from_status, n.to_status, n.reason, n.actor_id,
    n.created_at
  FROM guard, jsonb_populate_recordset(NULL::"StateChange", ${rows}::jsonb) n
)`,
  callback: (rows: string): string => `callback AS (
  UPDATE "IpnInbox" i SET processed_at = n.processed_at, outcome = n.outcome, tries = i.tries + 1
  FROM guard, jsonb_populate_record(NULL::"IpnInbox", ${rows}::jsonb->0) n
  WHERE i.id = n.id AND i.processed_at IS NULL
)`,
  newKey: (rows: string): string => `new_key AS (
  INSERT INTO "IdempotencyKey" (scope, operation, key, fingerprint, status, ids, http_status, locked_until, created_at,
    expires_at)
  SELECT n.scope, n.operation, n.key, n.fingerprint, n.status, n.ids, n.http_status, n.locked_until, n.created_at,
    n.expires_at
  FROM guard, jsonb_populate_recordset(NULL::"IdempotencyKey", ${rows}::jsonb) n
)`,
  changedKey: (rows: string): string => `changed_key AS (
  UPDATE "IdempotencyKey" k SET status = n.status, http_status = n.http_status, locked_until = n.locked_until
  FROM guard, jsonb_populate_recordset(NULL::"IdempotencyKey", ${rows}::jsonb) n
  WHERE k.scope = n.scope AND k.operation = n.operation AND k.key = n.key
)`,
  freedKey: (rows: string): string => `freed_key AS (
  DELETE FROM "IdempotencyKey" k
  USING guard, jsonb_populate_recordset(NULL::"IdempotencyKey", ${rows}::jsonb) n
  WHERE k.scope = n.scope AND k.operation = n.operation AND k.key = n.key
)`,
} as const;

export type ChangePart = keyof typeof PARTS;

/** All parts, in the order in which a statement names them. */
export const CHANGE_PARTS = Object.keys(PARTS) as readonly ChangePart[];

/** With a fence the transaction is written only if no freeze was set or lifted since `epoch` (`freeze_fence` throws). */
const fenceOf = (epoch: string): string =>
  `fence AS MATERIALIZED (SELECT payment.freeze_fence(${epoch}::bigint) AS passed),`;

const GUARDS = {
  /**
   * A new transaction with its first attempt. It has no ON CONFLICT: the loser of a race is aborted whole by a unique
   * violation (of the key or of the active source) and then reads the winner.
   */
  open: (
    fenced: boolean,
  ): string => `  INSERT INTO "Transaction" (id, uid, merchant_id, organizer_id, source_type, source_id, source_uid, total, paid,
    open_amount, currency, status, version, settled_at, created_at, modified_at, created_by, modified_by, metadata)
  SELECT n.id, n.uid, n.merchant_id, n.organizer_id, n.source_type, n.source_id, n.source_uid, n.total, n.paid,
    n.open_amount, n.currency, n.status, n.version, n.settled_at, n.created_at, n.modified_at, n.created_by,
    n.modified_by, n.metadata
  FROM jsonb_populate_record(NULL::"Transaction", $1::jsonb) n${fenced ? ' JOIN fence ON fence.passed' : ''}
  RETURNING id`,
  /** An existing one; no row = its version has moved on. */
  change: (
    fenced: boolean,
  ): string => `  UPDATE "Transaction" t SET paid = n.paid, open_amount = n.open_amount, refunded = n.refunded,
    refund_reserved = n.refund_reserved, charged_back = n.charged_back, status = n.status,
    blocked_from = n.blocked_from, version = n.version, settled_at = n.settled_at, cancelled_at = n.cancelled_at,
    modified_at = n.modified_at, modified_by = n.modified_by
  FROM jsonb_populate_record(NULL::"Transaction", $1::jsonb) n${fenced ? ' JOIN fence ON fence.passed' : ''}
  WHERE t.id = n.id AND t.version = n.version - 1
  RETURNING t.id`,
} as const;

export type ChangeKind = keyof typeof GUARDS;

/**
 * Writes a whole change in one round trip and one commit. `$1` is the transaction, `$2` and on the rows of `parts`; the
 * last is the epoch of the freezes where it is `fenced`. Only the parts that have rows are named: each of the others
 * would cost its start in the executor for nothing.
 */
export const changeStatement = (kind: ChangeKind, parts: readonly ChangePart[], fenced = false): string => {
  const written = parts.map((part, index) => PARTS[part](`$${index + 2}`));
  const fence = fenced ? `${fenceOf(`$${parts.length + 2}`)}\n` : '';
  return `WITH ${fence}${[`guard AS (\n${GUARDS[kind](fenced)}\n)`, ...written].join(',\n')}\nSELECT id FROM guard`;
};
