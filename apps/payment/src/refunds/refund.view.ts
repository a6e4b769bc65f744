import { toSafeNumber } from '@nx/money';
import { attemptView } from '../transactions/transaction.view';
import type { Attempt } from '../transactions/transaction';
import type { Refund } from './refund';
import type { RefundView } from './refund.dto';

/** A refund with its tries, as callers see it. */
export const refundView = (refund: Refund, tries: readonly Attempt[]): RefundView => ({
  id: refund.id,
  transactionId: refund.transactionId,
  attemptId: refund.attemptId,
  kind: refund.kind,
  clientReference: refund.clientReference,
  amount: toSafeNumber(refund.amount),
  currency: refund.currency,
  reason: refund.reason,
  status: refund.status,
  refundToOriginalMethod: refund.byHand === null,
  evidence: refund.evidence,
  toBeConfirmed: refund.toBeConfirmed,
  finishedAt: refund.finishedAt === null ? null : new Date(refund.finishedAt).toISOString(),
  createdAt: new Date(refund.createdAt).toISOString(),
  tries: tries.map((attempt) => ({
    ...attemptView(attempt),
    providerReference: attempt.refundProviderReference,
    refundReference: attempt.refundReference,
  })),
});
