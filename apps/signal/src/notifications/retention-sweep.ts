import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SIGNAL_TOPICS, type Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { PollingLoop, WorkerLeases } from '@nx/reliable';
import { BusPublisher } from '../bus/bus-publisher';
import { SignalConfig } from '../signal.config';

const ROWS_PER_STEP = 2000;

/**
 * Rows of a time from $1 to $2 that badges count are marked as read, and those that lie outside of a month's partition
 * are removed; the badges let go of what they counted. That is a change of the inbox like any other, so it gets its
 * number, and the states after it are told. States are held first and in the order of recipients, as everybody else does it.
 */
const release = (table: string, which: string, change: string): string => `WITH old AS MATERIALIZED (
  SELECT id, created_at, recipient_id FROM ${table}
   WHERE created_at >= $1 AND created_at < $2 ${which} LIMIT ${ROWS_PER_STEP}
), locked AS MATERIALIZED (
  SELECT recipient_id FROM signal."RecipientState" WHERE recipient_id IN (SELECT recipient_id FROM old)
   ORDER BY recipient_id FOR UPDATE
), held AS MATERIALIZED (
  SELECT old.*, states.n FROM old, (SELECT count(*) AS n FROM locked) AS states
), before AS MATERIALIZED (
  SELECT row.id, row.created_at, row.recipient_id, NOT row.is_read AND row.deleted_at IS NULL AS counted
    FROM ${table} AS row JOIN held ON row.id = held.id AND row.created_at = held.created_at
   WHERE held.n >= 0 FOR UPDATE OF row
), changed AS (
  ${change}
), lowered AS (
  UPDATE signal."RecipientState" AS state
     SET unread = state.unread - gone.unread, revision = state.revision + 1, modified_at = $3
    FROM (SELECT recipient_id, count(*)::int AS unread FROM before WHERE counted GROUP BY recipient_id) AS gone
   WHERE state.recipient_id = gone.recipient_id
  RETURNING state.recipient_id, state.last_sequence, state.unread, state.revision
)
SELECT step.done, lowered.recipient_id, lowered.last_sequence, lowered.unread, lowered.revision
  FROM (SELECT count(*)::int AS done FROM changed) AS step LEFT JOIN lowered ON true`;

/** One for each inbox whose badge changed; without any, one that says only how many rows are done. */
interface StepRow {
  readonly done: number;
  readonly recipient_id: string | null;
  readonly last_sequence: string;
  readonly unread: number;
  readonly revision: string;
}

const RELEASE_MONTH = release(
  'signal."ActivityNotification"',
  'AND NOT is_read AND deleted_at IS NULL',
  `UPDATE signal."ActivityNotification" AS row SET is_read = true, modified_at = $3 FROM before
    WHERE row.id = before.id AND row.created_at = before.created_at RETURNING row.id`,
);

/** Rows that came before their month's partition was there. */
const REMOVE_STRAYS = release(
  'signal."ActivityNotification_default"',
  '',
  `DELETE FROM signal."ActivityNotification_default" AS row USING before
    WHERE row.id = before.id AND row.created_at = before.created_at RETURNING row.id`,
);

/** Kafka has long forgotten the records of these events: none of them can come again. */
const REMOVE_EVENTS = `DELETE FROM signal."NotificationEvent" WHERE event_id IN (
  SELECT event.event_id FROM signal."NotificationEvent" AS event
   WHERE event.created_at < $1 AND NOT EXISTS (
     SELECT 1 FROM signal."ActivityNotification" AS row
      WHERE row.event_id = event.event_id AND row.created_at = event.created_at)
   LIMIT ${ROWS_PER_STEP})`;

export interface Removed {
  /** `2026-05`. */
  readonly months: readonly string[];
  readonly strays: number;
  readonly events: number;
}

/** Drops the months that are older than the retention as a whole, one instance at a time. */
@Injectable()
export class RetentionSweep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PollingLoop;

  constructor(
    private readonly config: SignalConfig,
    private readonly database: Database,
    private readonly leases: WorkerLeases,
    private readonly bus: BusPublisher,
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

  /**
   * Removes everything that is due now; the timer calls it. A month goes when its last moment is past the retention.
   * A month whose partition is in use longer than its lock may wait is dropped the next time.
   */
  async sweep(): Promise<Removed> {
    const until = new Date(this.clock.now() - this.config.notifications.retentionMs);
    const months = await this.database.query<{ name: string; first: Date; next: Date }>(
      `SELECT to_char(month, 'YYYY-MM') AS name, month::timestamp AT TIME ZONE 'UTC' AS first,
              (month + interval '1 month') AT TIME ZONE 'UTC' AS next
         FROM signal.notification_months() AS month WHERE (month + interval '1 month') AT TIME ZONE 'UTC' <= $1`,
      [until],
    );
    const gone: string[] = [];
    for (const { name, first, next } of months) {
      if (this.loop.stopped) break;
      await this.inSteps(RELEASE_MONTH, [first, next, new Date(this.clock.now())]);
      const [row] = await this.database.query<{ dropped: boolean }>(
        'SELECT signal.drop_notification_month($1::date) AS dropped',
        [`${name}-01`],
      );
      if (row?.dropped === true) gone.push(name);
    }
    const strays = await this.inSteps(REMOVE_STRAYS, [new Date(0), until, new Date(this.clock.now())]);
    return { months: gone, strays, events: await this.removeEvents(until) };
  }

  private async inSteps(statement: string, params: readonly unknown[]): Promise<number> {
    let all = 0;
    for (let done = ROWS_PER_STEP; done === ROWS_PER_STEP && !this.loop.stopped; all += done) {
      const rows = await this.database.query<StepRow>(statement, params);
      done = rows[0]?.done ?? 0;
      for (const row of rows) this.tell(row);
    }
    return all;
  }

  /** Screens show the badge that is left; copies of the inbox find that something went, and are read anew. */
  private tell({ recipient_id: target, last_sequence: lastSequence, unread, revision }: StepRow): void {
    if (target === null) return;
    const state = { lastSequence: Number(lastSequence), unread, revision: Number(revision) };
    this.bus.push({ type: 'user', target }, SIGNAL_TOPICS.notificationState, state);
  }

  private async removeEvents(until: Date): Promise<number> {
    let all = 0;
    for (let done = ROWS_PER_STEP; done === ROWS_PER_STEP && !this.loop.stopped; all += done) {
      done = await this.database.execute(REMOVE_EVENTS, [until]);
    }
    return all;
  }

  private async round(): Promise<void> {
    const removed = await this.leases.withLease('signal-retention', () => this.sweep());
    if (removed && (removed.months.length > 0 || removed.strays > 0)) {
      this.logger.info('old notifications removed', { ...removed });
    }
  }
}
