import { defineJobs } from '@nx/queue';

/** Work that a nudge may start. The tables hold the truth: what the queue loses, the sweeper finds again. */
export interface PaymentJobs {
  'apply-ipn': { readonly ipnId: string };
  'look-at-attempt': { readonly attemptId: string };
  'deliver-webhook': { readonly deliveryId: string };
  'work-on-refund': { readonly attemptId: string };
  'refund-suspense': { readonly transactionId: string; readonly itemId: string };
}

export const QUEUES = {
  confirmation: '@nx/payment/queue/confirmation',
  scheduler: '@nx/payment/queue/scheduler',
  webhook: '@nx/payment/queue/webhook',
  operations: '@nx/payment/queue/operations',
} as const;

export const JOBS = defineJobs<PaymentJobs>()({
  'apply-ipn': { queue: QUEUES.confirmation, attempts: 5, backoffMs: 500 },
  'look-at-attempt': { queue: QUEUES.scheduler, attempts: 1, backoffMs: 1000 },
  // Retries of a delivery are rows with a time of their own, so the job is tried once.
  'deliver-webhook': { queue: QUEUES.webhook, attempts: 1, backoffMs: 1000 },
  // What went wrong is found again by the sweeper when the row says that it is time.
  'work-on-refund': { queue: QUEUES.operations, attempts: 1, backoffMs: 1000 },
  'refund-suspense': { queue: QUEUES.operations, attempts: 1, backoffMs: 1000 },
});
