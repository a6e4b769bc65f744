import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { PollingLoop, WorkerLeases } from '@nx/reliable';
import { SignalConfig } from '../signal.config';

const ROWS_PER_STEP = 2000;

/**
 * Old rows and, for those that were never read, the badges that counted them. States are held first and in the order of
 * recipients, as everybody else does it.
 */
const REMOVE = `WITH old AS MATERIALIZED (
  SELECT id, created_at, recipient_id FROM signal."ActivityNotification" WHERE created_at < $1 LIMIT $2
), locked AS MATERIALIZED (
  SELECT recipient_id FROM signal."RecipientState" WHERE recipient_id IN (SELECT recipient_id FROM old)
   ORDER BY recipient_id FOR UPDATE
), gone AS (
  DELETE FROM signal."ActivityNotification" AS row USING old, (SELECT count(*) AS states FROM locked) AS held
   WHERE row.id = old.id AND row.created_at = old.created_at AND held.states >= 0
  RETURNING row.recipient_id, NOT row.is_read AND row.deleted_at IS NULL AS counted
), changed AS (
  UPDATE signal."RecipientState" AS state SET unread = state.unread - lowered.unread, modified_at = $3
    FROM (SELECT recipient_id, count(*)::int AS unread FROM gone WHERE counted GROUP BY recipient_id) AS lowered
   WHERE state.recipient_id = lowered.recipient_id
)
SELECT count(*)::int AS removed FROM gone`;

/** Kafka has long forgotten the records of these events: none of them can come again. */
const REMOVE_EVENTS = `DELETE FROM signal."NotificationEvent" AS event
 WHERE event.created_at < $1
   AND NOT EXISTS (SELECT 1 FROM signal."ActivityNotification" AS row WHERE row.event_id = event.event_id)`;

/** Removes what is older than the retention, in small steps, one instance at a time. */
@Injectable()
export class RetentionSweep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PollingLoop;

  constructor(
    private readonly config: SignalConfig,
    private readonly database: Database,
    private readonly leases: WorkerLeases,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.loop = new PollingLoop({
      round: () => this.round(),
      pollMs: config.reliable.upkeepMs,
      waitFirst: true,
      logger,
      complaint: 'old notifications could not be removed',
    });
  }

  onApplicationBootstrap(): void {
    if (this.config.notifications.retentionMs > 0) this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /** Removes everything that is due now; the timer calls it. */
  async sweep(): Promise<number> {
    const now = this.clock.now();
    const until = new Date(now - this.config.notifications.retentionMs);
    let all = 0;
    for (let removed = ROWS_PER_STEP; removed === ROWS_PER_STEP && !this.loop.stopped; all += removed) {
      const [row] = await this.database.query<{ removed: number }>(REMOVE, [until, ROWS_PER_STEP, new Date(now)]);
      removed = row?.removed ?? 0;
    }
    if (!this.loop.stopped) await this.database.execute(REMOVE_EVENTS, [until]);
    return all;
  }

  private async round(): Promise<void> {
    const removed = await this.leases.withLease('signal-retention', () => this.sweep());
    if (removed) this.logger.info('old notifications removed', { removed });
  }
}
