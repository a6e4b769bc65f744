import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger, Metrics } from '@nx/observability';
import { Partitions } from '@nx/queue';
import { PollingLoop } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import { PartitioningRepository } from './partitioning.repository';

/**
 * How a process learns of the number of partitions: the setting is the first word, the row in the table the last, read
 * again and again. A process that has not heard of a change yet puts a job into a partition that is still served.
 */
@Injectable()
export class FollowPartitions implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PollingLoop;

  constructor(
    private readonly rows: PartitioningRepository,
    private readonly partitions: Partitions,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.loop = new PollingLoop({
      round: () => this.look(),
      pollMs: config.issuance.partitionPollMs,
      waitFirst: true,
      logger,
      complaint: 'the number of queue partitions is not followed',
    });
    metrics.gauge('invoice_queue_partitions', 'Partitions into which this process puts jobs', [], (gauge) => {
      gauge.set(this.partitions.count);
    });
  }

  /** Before workers start. */
  async onModuleInit(): Promise<void> {
    await this.lookNow();
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** Takes over what the row says now. A database that is away leaves the known number until the loop has read it. */
  async lookNow(): Promise<void> {
    await this.look().catch((error: unknown) =>
      this.logger.warn('the number of queue partitions could not be read', { error }),
    );
  }

  private async look(): Promise<void> {
    const row = await this.rows.ensure(this.config.issuance.partitions, new Date(this.clock.now()));
    const { partitions, previous } = row;
    if (partitions !== this.partitions.count) this.logger.info('queue partitions', { partitions, served: previous });
    this.partitions.set(partitions, Math.max(partitions, previous));
  }
}
