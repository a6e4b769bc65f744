import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { JOB_QUEUE, partitionedQueues, Partitions, type JobQueue } from '@nx/queue';
import { InvoiceConfig } from '../invoice.config';
import { QUEUE_BASES, type InvoiceJobs } from '../jobs';
import { PartitioningRepository, type Partitioning } from './partitioning.repository';

/** Processes that have missed so many readings of the row are thought to have read it all the same. */
const READINGS = 5;
const STILL_THERE = ['waiting', 'active', 'delayed', 'prioritized'] as const;

/**
 * Moves what waits into the partitions of the present number until nothing is left elsewhere. Any number of workers may
 * do it at once, because a job leaves its queue in one step; one that dies in the middle leaves the row in MOVING, and
 * the others go on.
 */
@Injectable()
export class MovePartitions {
  constructor(
    private readonly rows: PartitioningRepository,
    private readonly partitions: Partitions,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<InvoiceJobs>,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One round; nothing while the number is settled, or while Redis is away. */
  async round(): Promise<void> {
    const row = await this.rows.find();
    if (row?.state !== 'MOVING' || !this.jobs.isReady()) return;
    await this.move(row);
  }

  private async move(row: Partitioning): Promise<void> {
    this.partitions.set(row.partitions, Math.max(row.partitions, row.previous));
    const now = this.clock.now();
    const moved =
      (await this.jobs.rehome('invoice-issuance', ({ orderId }) => orderId, now)) +
      (await this.jobs.rehome('claim-expiry', ({ orderId }) => orderId, now));
    if (moved > 0) await this.rows.addMoved(row.generation, moved);
    const heardMs = READINGS * this.config.issuance.partitionPollMs;
    // Until every process has read the row, one may still put a job where it belonged before.
    if (moved > 0 || now < row.changedAt.getTime() + heardMs || (await this.leftovers(row)) > 0) return;
    if (await this.rows.settle(row.generation, new Date(now))) {
      this.logger.info('queue partitions settled', { partitions: row.partitions });
    }
  }

  /** Jobs in partitions that are no longer served afterwards. */
  private async leftovers({ partitions, previous }: Partitioning): Promise<number> {
    let count = 0;
    for (const base of Object.values(QUEUE_BASES)) {
      for (const queue of partitionedQueues(base, previous).slice(partitions)) {
        const counts = await this.jobs.queue(queue).getJobCounts(...STILL_THERE);
        count += Object.values(counts).reduce((sum, each) => sum + each, 0);
      }
    }
    return count;
  }
}
