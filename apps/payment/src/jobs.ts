import { defineJobs } from '@nx/queue';

/** Work that a nudge may start. The tables hold the truth: what the queue loses, the sweeper finds again. */
export interface PaymentJobs {
  'apply-ipn': { readonly ipnId: string };
  'look-at-attempt': { readonly attemptId: string };
  'deliver-webhook': { readonly deliveryId: string };
}

export const QUEUES = {
  confirmation: '@nx/payment/queue/confirmation',
  scheduler: '@nx/payment/queue/scheduler',
  webhook: '@nx/payment/queue/webhook',
} as const;

export const JOBS = defineJobs<PaymentJobs>()({
  'apply-ipn': { queue: QUEUES.confirmation, attempts: 5, backoffMs: 500 },
  'look-at-attempt': { queue: QUEUES.scheduler, attempts: 1, backoffMs: 1000 },
  // Retries of a delivery are rows with a time of their own, so the job is tried once.
  'deliver-webhook': { queue: QUEUES.webhook, attempts: 1, backoffMs: 1000 },
});
