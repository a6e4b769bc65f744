import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Database, type Statement } from '@nx/persistence';
import { ReadTransactions } from './read-transactions';

export const TIMELINE_KINDS = [
  'EVENT',
  'PROVIDER_CALL',
  'CALLBACK',
  'EVIDENCE',
  'JOURNAL',
  'REFUND',
  'REFUND_TRY',
  'WEBHOOK_TRY',
  'FINDING',
  'FINDING_RESOLVED',
  'OPERATOR',
] as const;

export class TimelineEntryView {
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty({ enum: TIMELINE_KINDS })
  kind!: (typeof TIMELINE_KINDS)[number];
  @ApiProperty({ description: 'The row that this entry shows.' })
  id!: string;
  @ApiProperty({ type: String, nullable: true })
  attemptId!: string | null;
  @ApiProperty({ example: 'mq-pay:attempt.success', description: 'What happened, in a word of its kind.' })
  what!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  detail!: Record<string, unknown>;
}

interface TimelineRow {
  at: Date;
  kind: TimelineEntryView['kind'];
  id: string;
  attempt_id: string | null;
  what: string;
  detail: Record<string, unknown>;
}

/**
 * Everything that one payment left behind in this service, in the order in which it happened; of what happened at one
 * instant, what was heard comes before what it changed, and that before who was told. `$1` transaction.
 */
export const TIMELINE = `
SELECT o.created_at AS at, 'EVENT' AS kind, o.event_id AS id, o.payload->'attempt'->>'id' AS attempt_id,
  o.event_type AS what, jsonb_build_object('version', o.aggregate_version, 'publishedAt', o.published_at,
    'waitsFor', ARRAY(
      SELECT w.route FROM "OutboxWaiting" w
      WHERE w.aggregate_type = o.aggregate_type AND w.aggregate_id = o.aggregate_id AND w.outbox_id = o.id)) AS detail,
  1 AS rank, o.position AS place
FROM "Outbox" o WHERE o.aggregate_type = 'Transaction' AND o.aggregate_id = $1
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
SELECT t.started_at, 'WEBHOOK_TRY', t.id, NULL, d.event_type,
  jsonb_build_object('deliveryId', d.id, 'webhookConfigId', d.webhook_config_id, 'sequence', d.sequence,
    'number', t.number, 'statusCode', t.status_code, 'error', t.error, 'durationMs', t.duration_ms), 2, 0
FROM "WebhookDelivery" d JOIN "WebhookTry" t ON t.delivery_id = d.id WHERE d.transaction_id = $1
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
SELECT v.created_at, 'EVIDENCE', v.id, v.attempt_id, v.operation,
  jsonb_build_object('actorId', v.actor_id, 'approvalId', v.approval_id, 'fingerprint', v.fingerprint), 0, 0
FROM "OperatorEvidence" v WHERE v.transaction_id = $1
UNION ALL
SELECT u.created_at, 'OPERATOR', u.id, NULL, u.action, jsonb_build_object('actorId', u.actor_id), 5, 0
FROM "AuditTrail" u WHERE u.entity_type = 'Transaction' AND u.entity_id = $1
ORDER BY 1, 7, 8, 3 LIMIT 1000`;

/** What one payment caused: calls, callbacks, state changes, journals, webhook tries and findings. */
@Injectable()
export class Timeline {
  private readonly select: Statement<TimelineRow>;

  constructor(
    database: Database,
    private readonly transactions: ReadTransactions,
  ) {
    this.select = database.statement('transaction-timeline', TIMELINE);
  }

  /** Throws `payment.transaction.not_found` for another merchant's transaction too. */
  async execute(merchantId: string, transactionId: string): Promise<TimelineEntryView[]> {
    await this.transactions.one(merchantId, transactionId);
    const rows = await this.select.run([transactionId]);
    return rows.map((row) => ({
      at: row.at.toISOString(),
      kind: row.kind,
      id: row.id,
      attemptId: row.attempt_id,
      what: row.what,
      detail: row.detail,
    }));
  }
}
