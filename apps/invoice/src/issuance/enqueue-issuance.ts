import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { partitionOf } from '@nx/crypto';
import { CLOCK, Logger } from '@nx/observability';
import { JOB_QUEUE, partitionedQueues, Partitions, type JobQueue } from '@nx/queue';
import type { Invoice } from '../invoices/invoice';
import type { MadeInvoice } from '../invoices/make-invoice';
import { jobIds, QUEUE_BASES, type InvoiceJobs } from '../jobs';

/** What a nudge needs to know of an invoice. */
export type Nudgeable = Pick<Invoice, 'id' | 'version' | 'sourceId' | 'origin' | 'status' | 'retryCount' | 'dueAt'>;

/** Hands invoices and claims to their partition. A nudge that is lost is found by the sweeper. */
@Injectable()
export class EnqueueIssuance {
  constructor(
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<InvoiceJobs>,
    private readonly partitions: Partitions,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Nudges an invoice for the time at which it is due; nothing for one that waits for somebody. `promote` lets a nudge
   * go that lies in the queue for a later time: a person, or the table, says now.
   */
  async invoice(invoice: Nudgeable, { promote = false } = {}): Promise<void> {
    if (invoice.dueAt === null) return;
    const { sourceId: orderId } = invoice;
    const delayMs = invoice.dueAt.getTime() - this.clock.now();
    const data = {
      type: invoice.origin === '000_ORIGIN' ? '000_ISSUANCE' : '100_ADJUSTMENT',
      invoiceId: invoice.id,
      orderId,
    } as const;
    const jobId = jobIdOf(invoice);
    const added = await this.jobs.add('invoice-issuance', data, { jobId, partitionKey: orderId, delayMs });
    if (promote && delayMs <= 0) await this.promote(QUEUE_BASES.issuance, orderId, jobId);
    this.logger.info(
      `[enqueueIssuance] order: ${orderId}, invoice: ${invoice.id}, job: ${jobId}, partition: ${this.partition(orderId)}`,
      { invoiceId: invoice.id, delayMs: Math.max(0, delayMs), added },
    );
  }

  /** Nudges the end of a claim window. */
  async claimExpiry(requestId: string, orderId: string, deadline: Date): Promise<void> {
    const delayMs = deadline.getTime() - this.clock.now();
    await this.jobs.add(
      'claim-expiry',
      { requestId, orderId },
      { jobId: jobIds.expiry(orderId), partitionKey: orderId, delayMs },
    );
    if (delayMs <= 0) await this.promote(QUEUE_BASES.claimExpiry, orderId, jobIds.expiry(orderId));
  }

  /** Whatever a new invoice needs: its issue, or the end of its claim. */
  async afterMade({ invoice, claim }: MadeInvoice): Promise<void> {
    await this.invoice(invoice);
    if (claim?.deadline) await this.claimExpiry(claim.id, invoice.sourceId, claim.deadline);
  }

  /** Without Redis there is nothing to promote, and the sweeper comes again. */
  private async promote(base: string, orderId: string, jobId: string): Promise<void> {
    const queue = partitionedQueues(base, this.partitions.count)[this.partition(orderId) - 1];
    if (queue === undefined || !this.jobs.isReady()) return;
    try {
      const job = await this.jobs.queue(queue).getJob(jobId);
      if (job !== undefined && (await job.isDelayed())) await job.promote();
    } catch (error) {
      this.logger.debug('a nudge could not be promoted', { jobId, error });
    }
  }

  /** The number of the queue in which an order's jobs meet, 1 … n. */
  partition(orderId: string): number {
    return partitionOf(orderId, this.partitions.count) + 1;
  }
}

/** A job that runs blocks its own id, so each next step of an invoice has another one. */
function jobIdOf(invoice: Nudgeable): string {
  const original = invoice.origin === '000_ORIGIN';
  // A sale has one original, and any number of corrections beside it.
  if (invoice.status !== 'PENDING') return `look-up-${original ? invoice.sourceId : invoice.id}-${invoice.version}`;
  if (!original) return jobIds.adjust(invoice.id, invoice.retryCount);
  return invoice.retryCount === 0 ? jobIds.issue(invoice.sourceId) : jobIds.retry(invoice.sourceId, invoice.retryCount);
}
