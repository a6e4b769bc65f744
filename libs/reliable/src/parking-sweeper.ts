import type { DeadLetterPublisher, RecordDispatcher } from '@nx/messaging';
import type { HealthRegistry, Logger, Metrics } from '@nx/observability';
import { isInfrastructureError, type Database, type Tx } from '@nx/persistence';
import type { Inbox } from './inbox';
import type { ParkedRow, ParkingStore } from './parking-store';

export interface ParkingSweeperOptions {
  database: Database;
  store: ParkingStore;
  inbox: Inbox;
  deadLetters: Pick<DeadLetterPublisher, 'publish'>;
  logger: Logger;
  metrics: Metrics;
  sweepMs: number;
  /** Waits before the tries; after the last one the record goes to the dead letters. */
  delaysMs: readonly number[];
}

/** An error of the infrastructure says nothing about the record: the sweep ends and starts again. */
class SweepAgainError extends Error {
  constructor(override readonly cause: unknown) {
    super('the infrastructure failed during a sweep');
  }
}

/** Tries parked records again, key by key in their order, and gives up on them in the end. */
export class ParkingSweeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: ParkingSweeperOptions) {
    const { metrics, store } = options;
    const oldest = metrics.gauge('parked_records_oldest_age_seconds', 'Age of the oldest parked Kafka record');
    metrics.gauge('parked_records', 'Kafka records that are parked', [], async (gauge) => {
      const state = await store.waiting().catch(() => undefined);
      if (!state) return;
      gauge.set(state.waiting);
      oldest.set(state.oldestSeconds);
    });
  }

  /** Sweeps from now on for this consumer. */
  start(dispatcher: RecordDispatcher): void {
    if (this.timer || this.stopped) return;
    this.timer = setInterval(() => {
      this.running ??= this.sweep(dispatcher).finally(() => {
        this.running = undefined;
      });
    }, this.options.sweepMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  registerHealth(health: HealthRegistry): void {
    health.register({
      name: 'parking',
      readiness: false,
      deep: true,
      check: async () => {
        const { waiting, oldestSeconds } = await this.options.store.waiting();
        return {
          ok: waiting === 0,
          detail: `${waiting} records parked, the oldest ${Math.round(oldestSeconds)} s ago`,
        };
      },
    });
  }

  private async sweep(dispatcher: RecordDispatcher): Promise<void> {
    try {
      while (!this.stopped && (await this.next(dispatcher)));
    } catch (error) {
      const infrastructure = error instanceof SweepAgainError || isInfrastructureError(error);
      this.options.logger[infrastructure ? 'warn' : 'error']('the parking sweep ended early', { error });
    }
  }

  /** One record; false when none is due. */
  private next(dispatcher: RecordDispatcher): Promise<boolean> {
    const { database, store } = this.options;
    return database.transaction(async (tx) => {
      const row = await store.lockDue(tx, dispatcher.group, dispatcher.topics());
      if (!row) return false;
      try {
        await dispatcher.dispatch(row.record);
      } catch (error) {
        await this.failed(tx, dispatcher, row, error);
        return true;
      }
      await store.finish(tx, row, '303_HANDLED');
      this.options.logger.info('parked record handled', place(row));
      return true;
    });
  }

  private async failed(tx: Tx, dispatcher: RecordDispatcher, row: ParkedRow, error: unknown): Promise<void> {
    const { store, delaysMs, logger } = this.options;
    const kind = dispatcher.classify(error);
    if (kind === 'infrastructure') throw new SweepAgainError(error);
    const first = delaysMs[0] ?? 0;
    if (kind === 'sibling') {
      const delayMs = delaysMs[Math.min(row.sweeps, 1)] ?? first;
      await store.postpone(tx, row, { reason: 'sibling', error, sweeps: row.sweeps, counted: true, delayMs });
      return;
    }
    // A record that was blocked or waited for a sibling has had none of its tries for a defect of its own.
    const sweeps = row.reason === 'record' ? row.sweeps + 1 : 0;
    const delayMs = delaysMs[sweeps];
    if (delayMs !== undefined) {
      await store.postpone(tx, row, { reason: 'record', error, sweeps, counted: true, delayMs });
      logger.warn('parked record failed again', { ...place(row), sweeps, error });
      return;
    }
    await this.giveUp(tx, row, error);
  }

  /** To the dead-letter topic with the error and the origin; the key goes on. */
  private async giveUp(tx: Tx, row: ParkedRow, error: unknown): Promise<void> {
    const { deadLetters, inbox, store, logger } = this.options;
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    try {
      await deadLetters.publish(row.record, {
        group: row.group,
        errorName: name,
        errorMessage: message,
        tries: row.tries + 1,
      });
    } catch (failure) {
      // Kafka is away: the record stays parked and due.
      throw new SweepAgainError(failure);
    }
    await inbox.deadLettered(tx, row.group, row.record.eventId);
    await store.finish(tx, row, '505_DEAD_LETTERED');
    logger.error('record dead-lettered', { ...place(row), error });
  }
}

function place(row: ParkedRow): object {
  const { topic, partition, offset, eventId } = row.record;
  return { topic, partition, offset, eventId, group: row.group };
}
