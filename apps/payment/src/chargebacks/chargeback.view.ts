import { toSafeNumber } from '@nx/money';
import type { Chargeback } from './chargeback';
import type { ChargebackView } from './chargeback.dto';

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export const chargebackView = (chargeback: Chargeback): ChargebackView => ({
  id: chargeback.id,
  transactionId: chargeback.transactionId,
  merchantId: chargeback.merchantId,
  attemptId: chargeback.attemptId,
  provider: chargeback.provider,
  chargebackReference: chargeback.chargebackReference,
  amount: toSafeNumber(chargeback.amount),
  currency: chargeback.currency,
  reason: chargeback.reason,
  status: chargeback.status,
  dueAt: iso(chargeback.dueAt),
  evidence: chargeback.evidence,
  submittedAt: iso(chargeback.submittedAt),
  outcomeEvidence: chargeback.outcomeEvidence,
  finishedAt: iso(chargeback.finishedAt),
  createdAt: new Date(chargeback.createdAt).toISOString(),
});
