import type { ChargebackStatusCode } from '@nx/contracts';
import type { ProviderCode, SettlementModel } from '@nx/mq-pay';
import type { Chargeback } from './chargeback';

/** A chargeback as the database tells it: amounts as text, instants as ISO 8601. */
export interface ChargebackJson {
  id: string;
  transactionId: string;
  merchantId: string;
  attemptId: string;
  provider: ProviderCode;
  chargebackReference: string;
  amount: string;
  currency: string;
  reason: string;
  status: ChargebackStatusCode;
  settlementModel: SettlementModel;
  ownerAvailable: string;
  dueAt: string | null;
  nextReminderAt: string | null;
  evidence: string | null;
  submittedAt: string | null;
  outcomeEvidence: string | null;
  finishedAt: string | null;
  createdAt: string;
  createdBy: string | null;
}

/** One row `c` of "Chargeback" as `ChargebackJson`. */
export const CHARGEBACK_JSON = `jsonb_build_object(
        'id', c.id, 'transactionId', c.transaction_id, 'merchantId', c.merchant_id, 'attemptId', c.attempt_id,
        'provider', c.provider, 'chargebackReference', c.chargeback_reference, 'amount', c.amount::text,
        'currency', c.currency, 'reason', c.reason, 'status', c.status, 'settlementModel', c.settlement_model,
        'ownerAvailable', c.owner_available::text, 'dueAt', c.due_at,
        'nextReminderAt', c.next_reminder_at, 'evidence', c.evidence,
        'submittedAt', c.submitted_at, 'outcomeEvidence', c.outcome_evidence, 'finishedAt', c.finished_at,
        'createdAt', c.created_at, 'createdBy', c.created_by)`;

const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** The database's row as the domain's chargeback. */
export const chargebackOf = (json: ChargebackJson): Chargeback => ({
  ...json,
  amount: BigInt(json.amount),
  ownerAvailable: BigInt(json.ownerAvailable),
  dueAt: instant(json.dueAt),
  nextReminderAt: instant(json.nextReminderAt),
  submittedAt: instant(json.submittedAt),
  finishedAt: instant(json.finishedAt),
  createdAt: Date.parse(json.createdAt),
});

/** The domain's chargeback as a row of the change statement; `now` in ms. */
export const chargebackRow = (chargeback: Chargeback, now: number, actorId: string | null): object => ({
  id: chargeback.id,
  transaction_id: chargeback.transactionId,
  merchant_id: chargeback.merchantId,
  attempt_id: chargeback.attemptId,
  provider: chargeback.provider,
  chargeback_reference: chargeback.chargebackReference,
  amount: chargeback.amount.toString(),
  currency: chargeback.currency,
  reason: chargeback.reason,
  status: chargeback.status,
  settlement_model: chargeback.settlementModel,
  owner_available: chargeback.ownerAvailable.toString(),
  due_at: iso(chargeback.dueAt),
  next_reminder_at: iso(chargeback.nextReminderAt),
  evidence: chargeback.evidence,
  submitted_at: iso(chargeback.submittedAt),
  outcome_evidence: chargeback.outcomeEvidence,
  finished_at: iso(chargeback.finishedAt),
  created_at: iso(chargeback.createdAt),
  modified_at: iso(now),
  created_by: chargeback.createdBy,
  modified_by: actorId,
});
