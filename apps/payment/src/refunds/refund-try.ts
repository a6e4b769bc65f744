import { attemptUid, nextQueryAt, PROVIDERS, refundNumber, type RandomBytes, type RefundStatus } from '@nx/mq-pay';
import type { AttemptStatusCode } from '@nx/contracts';
import type { Attempt } from '../transactions/transaction';
import type { ByHand, Refund } from './refund';

export interface NewTry {
  readonly id: string;
  readonly refund: Refund;
  readonly paid: Attempt;
  /** Null = through the provider that took the money. */
  readonly byHand: ByHand | null;
  readonly evidence: string | null;
  readonly settlementModel: string;
  readonly actorId: string | null;
  readonly now: number;
  readonly random: RandomBytes;
}

/** Whether a try is paid at once by people of the merchant, instead of being asked of a provider. */
export const isPaidByPeople = (paid: Attempt, byHand: ByHand | null): boolean =>
  byHand !== null || paid.provider === 'SYSTEM';

const METHOD_BY_HAND = { CASH: '000_CASH', BANK_TRANSFER: '200_BANK_TRANSFER' } as const;

/** The row of a try. One that a provider has to pay is due at once and has a number of its own. */
export const newTry = (given: NewTry): Attempt => {
  const { paid, byHand, now } = given;
  const people = isPaidByPeople(paid, byHand);
  return {
    ...paid,
    id: given.id,
    uid: attemptUid(given.random),
    parentId: paid.id,
    type: '300_REFUND',
    ...(byHand === null
      ? {}
      : { provider: 'SYSTEM' as const, method: METHOD_BY_HAND[byHand], credentialId: null, terminal: null }),
    amount: given.refund.amount,
    appliedAmount: 0n,
    reversed: 0n,
    awaitedReversals: [],
    refunded: 0n,
    refundReserved: 0n,
    tendered: null,
    status: people ? '302_SUCCESS' : '100_NEW',
    reason: null,
    providerReference: null,
    bankCode: null,
    bankReference: null,
    providerCreatedAt: null,
    providerPaidAt: null,
    qrContent: null,
    payUrl: null,
    expiresAt: now,
    sentAt: people ? now : null,
    finishedAt: people ? now : null,
    nextQueryAt: people ? null : now,
    queryStep: 0,
    createLostAt: null,
    createdAt: now,
    createdBy: given.actorId,
    refundId: given.refund.id,
    refundReference: people ? null : refundNumber(given.random),
    refundProviderReference: null,
    metadata: {
      settlementModel: given.settlementModel,
      ...(given.evidence === null ? {} : { evidence: given.evidence }),
    },
  };
};

/** Whether the provider can be asked what became of a try. */
export const canBeAsked = (attempt: Attempt): boolean =>
  PROVIDERS.get(attempt.provider)?.capabilities.refundQuery === true;

const STATUS: Record<RefundStatus, AttemptStatusCode> = {
  NEW: '100_NEW',
  SENT: '204_SENT',
  UNKNOWN: '000_UNKNOWN',
  SUCCEEDED: '302_SUCCESS',
  FAILED: '500_FAIL',
};

/** A try moved to another state. An open one is asked about on the schedule of queries, where it can be. */
export const moveTry = (attempt: Attempt, status: RefundStatus, reason: string | null, now: number): Attempt => {
  const ended = status === 'SUCCEEDED' || status === 'FAILED';
  return {
    ...attempt,
    status: STATUS[status],
    reason: reason ?? attempt.reason,
    finishedAt: ended ? now : null,
    queryStep: 0,
    nextQueryAt: ended || !canBeAsked(attempt) ? null : nextQueryAt(0, now),
  };
};

/** After a question that was answered with nothing new, or not at all: the next step of the schedule, if there is one. */
export const afterFruitlessQuestion = (attempt: Attempt, now: number): Attempt => {
  const queryStep = attempt.queryStep + 1;
  return { ...attempt, queryStep, nextQueryAt: nextQueryAt(queryStep, now) };
};
