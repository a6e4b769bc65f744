import type { RefundKind, RefundStatusCode } from '@nx/contracts';
import type { ByHand, Refund } from './refund';

/** A refund as the database tells it: amounts as text, instants as ISO 8601. */
export interface RefundJson {
  id: string;
  transactionId: string;
  merchantId: string;
  attemptId: string;
  kind: RefundKind;
  suspenseItemId: string | null;
  clientReference: string;
  amount: string;
  currency: string;
  reason: string;
  status: RefundStatusCode;
  byHand: ByHand | null;
  evidence: string | null;
  toBeConfirmed: boolean;
  finishedAt: string | null;
  createdAt: string;
  createdBy: string | null;
}

/** One row `r` of "Refund" as `RefundJson`. */
export const REFUND_JSON = `jsonb_build_object(
        'id', r.id, 'transactionId', r.transaction_id, 'merchantId', r.merchant_id, 'attemptId', r.attempt_id,
        'kind', r.kind, 'suspenseItemId', r.suspense_item_id, 'clientReference', r.client_reference,
        'amount', r.amount::text, 'currency', r.currency, 'reason', r.reason, 'status', r.status,
        'byHand', r.by_hand, 'evidence', r.evidence, 'toBeConfirmed', r.to_be_confirmed,
        'finishedAt', r.finished_at, 'createdAt', r.created_at, 'createdBy', r.created_by)`;

/** The database's row as the domain's refund. */
export const refundOf = (json: RefundJson): Refund => ({
  ...json,
  amount: BigInt(json.amount),
  finishedAt: json.finishedAt === null ? null : Date.parse(json.finishedAt),
  createdAt: Date.parse(json.createdAt),
});

/** The domain's refund as a row of the change statement; `now` in ms. */
export const refundRow = (refund: Refund, now: number, actorId: string | null): object => ({
  id: refund.id,
  transaction_id: refund.transactionId,
  merchant_id: refund.merchantId,
  attempt_id: refund.attemptId,
  kind: refund.kind,
  suspense_item_id: refund.suspenseItemId,
  client_reference: refund.clientReference,
  amount: refund.amount.toString(),
  currency: refund.currency,
  reason: refund.reason,
  status: refund.status,
  by_hand: refund.byHand,
  evidence: refund.evidence,
  to_be_confirmed: refund.toBeConfirmed,
  finished_at: refund.finishedAt === null ? null : new Date(refund.finishedAt).toISOString(),
  created_at: new Date(refund.createdAt).toISOString(),
  modified_at: new Date(now).toISOString(),
  created_by: refund.createdBy,
  modified_by: actorId,
});
