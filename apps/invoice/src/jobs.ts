import { defineJobs, type JobTable, type Partitions } from '@nx/queue';

/** What an issuance job is about; both walk through the same states. */
export type IssuanceJobType = '000_ISSUANCE' | '100_ADJUSTMENT';

/** Work that a nudge may start. The tables hold the truth: what the queue loses, the sweeper finds again. */
export interface InvoiceJobs {
  'invoice-issuance': {
    readonly type: IssuanceJobType;
    readonly invoiceId: string;
    readonly orderId: string;
    /** Of a dead letter: the version at which the invoice was given up. Running such a job again means: replay it. */
    readonly deadLetter?: string;
  };
  'claim-expiry': { readonly requestId: string; readonly orderId: string };
}

export const QUEUE_BASES = {
  issuance: '@nx/invoice/queue/issuance',
  claimExpiry: '@nx/invoice/queue/claim-expiry',
} as const;

/** The job table with as many partitions of each queue as there are now; jobs of one order always meet in one of them. */
export const invoiceJobs = (partitions: Partitions): JobTable<InvoiceJobs> =>
  defineJobs<InvoiceJobs>()({
    // Retries are rows with a time of their own; the queue's own ones cover a database that was away for a moment.
    'invoice-issuance': { queue: { base: QUEUE_BASES.issuance, partitions }, attempts: 3, backoffMs: 500 },
    'claim-expiry': { queue: { base: QUEUE_BASES.claimExpiry, partitions }, attempts: 3, backoffMs: 500 },
  });

/** Job ids as operators grep for them, with a dash: BullMQ takes neither a colon nor what reads as a number. */
export const jobIds = {
  issue: (orderId: string): string => `issue-${orderId}`,
  retry: (orderId: string, count: number): string => `retry-${orderId}-${count}`,
  adjust: (invoiceId: string, retry = 0): string =>
    retry === 0 ? `adjust-${invoiceId}` : `adjust-${invoiceId}-${retry}`,
  expiry: (orderId: string): string => `expiry-${orderId}`,
} as const;
