import { during, failPoint } from '@nx/fail-points';
import type { Counter, Logger } from '@nx/observability';
import type { EachBatchPayload } from 'kafkajs';
import type { LookingAhead } from './batch-look';
import type { BlockedPartitions } from './blocked-partitions';
import type { HandlerTable } from './handler-table';
import { rawRecord } from './record';
import { InfrastructureDownError, type RecordProcessor } from './record-processor';

export interface PartitionRunnerOptions {
  table: HandlerTable;
  processor: RecordProcessor;
  ahead: LookingAhead;
  blocked: BlockedPartitions;
  logger: Logger;
  outcomes: Counter;
  resume(topic: string, partition: number): void;
}

/** Handled records are committed at the latest after so many or so long: it bounds what a crash makes us do again. */
const COMMIT_EVERY = 100;
const COMMIT_AFTER_MS = 250;
/** A fetch waits for all its partitions, so a slow one gives the others their turn after this time. */
const TURN_MS = 2_000;
/** How often a long handler is followed by a sign of life to the coordinator; the driver sends one per interval. */
const HEARTBEAT_CHECK_MS = 1_000;

/** Runs a fetched batch of one partition in order, record by record, and commits behind the handlers. */
export class PartitionRunner {
  constructor(private readonly options: PartitionRunnerOptions) {}

  async run(payload: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch;
    const entry = this.options.table.find(topic);
    if (entry === undefined) throw new Error(`no handler for topic ${topic}`);
    const progress = new Progress(payload, entry.label);
    const alive = new SignsOfLife(payload);
    try {
      const raw = messages.map((message) => rawRecord(topic, partition, message));
      const settled = await this.options.ahead.settled(entry, raw);
      for (const record of raw) {
        if (!payload.isRunning() || payload.isStale() || progress.turnIsOver()) break;
        const outcome = settled.has(record.offset)
          ? 'handled'
          : await during(entry.label, () => this.options.processor.process(record, entry.run));
        this.options.outcomes.inc({ topic, outcome });
        if (this.options.blocked.unblock(topic, partition)) {
          this.options.logger.info('partition goes on', { topic, partition, offset: record.offset });
        }
        progress.done(record.offset);
        await progress.commitIfDue();
        alive.check();
        await payload.heartbeat();
      }
    } catch (error) {
      if (!(error instanceof InfrastructureDownError)) throw error;
      this.pause(payload, error);
    } finally {
      alive.stop();
      await progress.commit();
    }
  }

  private pause(payload: EachBatchPayload, error: InfrastructureDownError): void {
    const { topic, partition } = payload.batch;
    payload.pause();
    const retryInMs = this.options.blocked.block(topic, partition, error.message, () =>
      this.options.resume(topic, partition),
    );
    this.options.outcomes.inc({ topic, outcome: 'waiting' });
    this.options.logger.warn('partition paused: infrastructure away', {
      topic,
      partition,
      retryInMs,
      error: error.message,
    });
  }
}

/** How far the batch is handled and committed. */
class Progress {
  private readonly startedMs = performance.now();
  private committedMs = this.startedMs;
  private handled: string | undefined;
  private uncommitted = 0;

  constructor(
    private readonly payload: EachBatchPayload,
    private readonly label: string,
  ) {}

  done(offset: string): void {
    this.handled = offset;
    this.uncommitted += 1;
  }

  turnIsOver(): boolean {
    return performance.now() - this.startedMs > TURN_MS;
  }

  async commitIfDue(): Promise<void> {
    if (this.uncommitted >= COMMIT_EVERY || performance.now() - this.committedMs >= COMMIT_AFTER_MS)
      await this.commit();
  }

  /** The commit comes before the driver's own note, so that a commit that fails makes the records come again. */
  async commit(): Promise<void> {
    if (this.handled === undefined || this.uncommitted === 0) return;
    const { topic, partition } = this.payload.batch;
    const offset = (BigInt(this.handled) + 1n).toString();
    failPoint('acknowledge', 'before', this.label);
    await this.payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    failPoint('acknowledge', 'after', this.label);
    this.payload.resolveOffset(this.handled);
    this.uncommitted = 0;
    this.committedMs = performance.now();
  }
}

/** Heartbeats while a handler works. A rebalance seen here is reported at the next record, where the driver can act. */
class SignsOfLife {
  private failure: Error | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(payload: EachBatchPayload) {
    this.timer = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        this.failure = error instanceof Error ? error : new Error(String(error));
      });
    }, HEARTBEAT_CHECK_MS);
  }

  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
