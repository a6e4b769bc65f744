import { CHARGEBACK_JSON } from '../chargebacks/chargeback-row';
import { REFUND_JSON } from '../refunds/refund-row';

/**
 * Reads a transaction with its attempts, its refunds, its chargebacks and what is in suspense, in one round trip.
 * `$1` is the transaction's id, an attempt's id or an attempt's uid, `$2` says which.
 */
const AGGREGATE_COLUMNS = `
  SELECT t.id, t.uid, t.merchant_id, t.organizer_id, t.source_type, t.source_id, t.source_uid, t.total, t.paid,
    t.open_amount, t.refunded, t.refund_reserved, t.charged_back, t.currency, t.status, t.blocked_from, t.version,
    t.settled_at, t.cancelled_at, t.created_at, t.metadata,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', a.id, 'uid', a.uid, 'parentId', a.parent_id, 'type', a.type, 'provider', a.provider, 'method', a.method,
        'credentialId', a.credential_id, 'terminal', a.terminal, 'amount', a.amount::text,
        'appliedAmount', a.applied_amount::text, 'reversed', a.reversed::text,
        'awaitedReversals', a.awaited_reversals, 'refunded', a.refunded::text,
        'refundReserved', a.refund_reserved::text, 'tendered', a.tendered::text, 'status', a.status,
        'reason', a.reason, 'providerReference', a.provider_reference, 'bankCode', a.bank_code,
        'bankReference', a.bank_reference, 'providerCreatedAt', a.provider_created_at,
        'providerPaidAt', a.provider_paid_at, 'qrContent', a.qr_content, 'payUrl', a.pay_url,
        'expiresAt', a.expires_at, 'sentAt', a.sent_at, 'finishedAt', a.finished_at, 'nextQueryAt', a.next_query_at,
        'queryStep', a.query_step, 'createLostAt', a.create_lost_at, 'createdAt', a.created_at,
        'createdBy', a.created_by, 'metadata', a.metadata, 'refundId', a.refund_id,
        'refundReference', a.refund_reference, 'refundProviderReference', a.refund_provider_reference) ORDER BY a.created_at, a.id), '[]')
      FROM "PaymentAttempt" a WHERE a.transaction_id = t.id) AS attempts,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', s.id, 'attemptId', s.attempt_id, 'providerReference', s.provider_reference,
        'namedReference', s.named_reference, 'providerPaidAt', s.provider_paid_at, 'amount', s.amount::text,
        'accepted', s.accepted::text, 'refunded', s.refunded::text, 'reversed', s.reversed::text,
        'reversedAt', s.reversed_at, 'acceptances', s.acceptances, 'reason', s.reason, 'findingId', s.finding_id,
        'autoRefundAt', s.auto_refund_at)
        ORDER BY s.created_at, s.id), '[]')
      FROM "PaymentAttempt" b JOIN "SuspenseItem" s ON s.attempt_id = b.id WHERE b.transaction_id = t.id) AS suspense,
    (SELECT coalesce(jsonb_agg(${REFUND_JSON} ORDER BY r.created_at, r.id), '[]')
      FROM "Refund" r WHERE r.transaction_id = t.id) AS refunds,
    (SELECT coalesce(jsonb_agg(${CHARGEBACK_JSON} ORDER BY c.created_at, c.id), '[]')
      FROM "Chargeback" c WHERE c.transaction_id = t.id) AS chargebacks
  FROM "Transaction" t`;

export const LOAD_BY_TRANSACTION = `${AGGREGATE_COLUMNS} WHERE t.id = $1 AND t.deleted_at IS NULL`;

export const LOAD_BY_ATTEMPT = `${AGGREGATE_COLUMNS}
  WHERE t.id = (SELECT transaction_id FROM "PaymentAttempt" WHERE id = $1 AND deleted_at IS NULL)`;

/** The newest transaction of a source that is not cancelled or refunded, of one merchant. */
export const LOAD_ACTIVE_BY_SOURCE = `${AGGREGATE_COLUMNS}
  WHERE t.merchant_id = $1 AND t.source_type = $2 AND t.source_id = $3 AND t.deleted_at IS NULL
    AND t.status NOT IN ('505_CANCELLED', '408_REFUNDED')`;

/** One page of a merchant's transactions, newest first, each with its attempts. */
export const LIST_PAGE = `${AGGREGATE_COLUMNS}
  WHERE t.merchant_id = $1 AND t.deleted_at IS NULL
    AND ($2::text IS NULL OR t.status = $2)
    AND ($3::text IS NULL OR t.source_type = $3)
    AND ($4::text IS NULL OR t.source_id = $4)
    AND ($5::timestamptz IS NULL OR (t.created_at, t.id) < ($5::timestamptz, $6::text))
  ORDER BY t.created_at DESC, t.id DESC LIMIT $7`;
