import { attemptUid, type RandomBytes } from '@nx/mq-pay';
import type { OpenedCredential } from '../providers/provider-credentials';
import { nextLook } from '../transactions/end-attempt';
import type { Attempt } from '../transactions/transaction';
import type { CheckoutPlan } from './checkout-plan';

export interface NewAttempt {
  readonly id: string;
  readonly transactionId: string;
  readonly merchantId: string;
  readonly amount: bigint;
  readonly plan: CheckoutPlan;
  readonly credential: OpenedCredential;
  readonly actorId: string;
  readonly now: number;
  readonly random: RandomBytes;
}

/** A first attempt row: NEW where the provider must be asked, SENT at once where the attempt needs nobody. */
export const newAttempt = (given: NewAttempt): Attempt => {
  const local = given.plan.provider.capabilities.connectivity === 'LOCAL';
  const attempt: Attempt = {
    id: given.id,
    uid: attemptUid(given.random),
    transactionId: given.transactionId,
    merchantId: given.merchantId,
    parentId: null,
    type: '100_PAYMENT',
    provider: given.plan.provider.code,
    method: given.plan.method,
    credentialId: given.credential.id,
    terminal: given.credential.configuration.terminal,
    amount: given.amount,
    appliedAmount: 0n,
    reversed: 0n,
    awaitedReversals: [],
    refunded: 0n,
    refundReserved: 0n,
    tendered: null,
    status: local ? '204_SENT' : '100_NEW',
    reason: null,
    providerReference: null,
    bankCode: null,
    bankReference: null,
    providerCreatedAt: null,
    providerPaidAt: null,
    qrContent: null,
    payUrl: null,
    expiresAt: given.now + given.plan.expiresInMs,
    sentAt: local ? given.now : null,
    finishedAt: null,
    nextQueryAt: null,
    queryStep: 0,
    createLostAt: null,
    refundId: null,
    refundReference: null,
    refundProviderReference: null,
    createdAt: given.now,
    createdBy: given.actorId,
    metadata: {},
  };
  return { ...attempt, nextQueryAt: nextLook(attempt, attempt.status, 0, given.now) };
};
