import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail, IdempotencyStore } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import { FollowPartitions } from './follow-partitions';
import { PartitioningRepository, type Partitioning } from './partitioning.repository';
import { partitionsView, type ChangePartitionsRequest, type PartitionsView } from './partitions.dto';

/** An operator changes the number of partitions while jobs run. */
@Injectable()
export class ChangePartitions {
  constructor(
    private readonly database: Database,
    private readonly rows: PartitioningRepository,
    private readonly follow: FollowPartitions,
    private readonly audit: AuditTrail,
    private readonly keys: IdempotencyStore,
    private readonly config: InvoiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Where the change stands. */
  async read(): Promise<Partitioning> {
    return this.rows.ensure(this.config.issuance.partitions, new Date(this.clock.now()));
  }

  /** Throws `invoice.partitions.changed` when the present number is not `from`. */
  async execute(
    { from, to, reason }: ChangePartitionsRequest,
    actorId: string,
    key?: OnceRequest,
  ): Promise<PartitionsView> {
    const present = await this.read();
    const changed = await this.database.transaction(async (tx) => {
      const row = await this.rows.change(tx, from, to, actorId, new Date(this.clock.now()));
      if (row === undefined) return undefined;
      await this.audit.write(tx, {
        actorId,
        action: 'partitions.change',
        entityType: 'QueuePartitioning',
        entityId: '1',
        merchantId: null,
        reason,
        before: { partitions: from },
        after: { partitions: to },
      });
      const view = partitionsView(row);
      await this.keys.remember(tx, key, view);
      return view;
    });
    if (changed === undefined) {
      const detail = `The queues have ${present.partitions} partitions, not ${from}.`;
      throw new AppError({ code: 'invoice.partitions.changed', detail, extra: { partitions: present.partitions } });
    }
    await this.follow.lookNow();
    return changed;
  }
}
