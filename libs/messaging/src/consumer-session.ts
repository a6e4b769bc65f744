import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@nx/config';
import type { Gauge, Logger } from '@nx/observability';
import type { Admin, Consumer, EachBatchPayload, Kafka, RetryOptions } from 'kafkajs';
import type { Subscription } from './handler-table';
import { messageOf } from './kafka-client';

export interface SessionState {
  readonly phase: 'starting' | 'waiting' | 'running' | 'stopped';
  /** For the operator: what it waits for, or what it reads. */
  readonly detail: string;
}

export interface ConsumerSessionOptions {
  /** For the member alone, with the patience of {@link MEMBER_RETRY}; and for looks that give up soon. */
  memberKafka: Kafka;
  kafka: Kafka;
  group: string;
  fromBeginning: boolean;
  sessionTimeoutMs: number;
  watchMs: number;
  concurrency: number;
  logger: Logger;
  lag: Gauge;
  subscription(existing: ReadonlySet<string>): Subscription;
  eachBatch(payload: EachBatchPayload): Promise<void>;
  /** What keeps it from the brokers, as a sentence. */
  problemOf(error: unknown): string;
  onAssigned(assigned: Readonly<Record<string, readonly number[]>>): void;
}

/**
 * How long a member goes on trying while the brokers are away: about two minutes. A member that gives up comes back as
 * another one, and the coordinator lets the whole group wait for the one it still knows, until that one's session ends.
 */
export const MEMBER_RETRY: RetryOptions = { retries: 120, initialRetryTime: 100, maxRetryTime: 1_000 };

const RESTART_FIRST_MS = 200;
const RESTART_MAXIMUM_MS = 5_000;
const HEARTBEAT_MS = 3_000;
/** How often a member looks whether its clock was set back. */
const CLOCK_LOOK_MS = 500;
/** Longest wait at a stop for handlers that still run; without brokers nothing that they do can be acknowledged. */
const LEAVE_MS = 20_000;
const LEAVE_WITHOUT_BROKERS_MS = 3_000;

const aheadMs = (): number => systemClock.now() - performance.now();

/**
 * Keeps one member of the group alive: waits for brokers and topics, restarts it after a crash with a fresh
 * connection, and again when the set of topics to read has changed or the wall clock was set back. Ends only by `stop`.
 */
export class ConsumerSession {
  private readonly admin: Admin;
  private consumer: Consumer | undefined;
  private current: SessionState = { phase: 'starting', detail: 'not connected yet' };
  private heardMs = 0;
  /** How far the wall clock was ahead of the monotonic one when the coordinator was last heard of. */
  private heardAheadMs = 0;
  private failures = 0;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(private readonly options: ConsumerSessionOptions) {
    this.admin = options.kafka.admin({ retry: { retries: 1, initialRetryTime: 100 } });
  }

  start(): void {
    this.loop ??= this.supervise();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.current = { phase: 'stopped', detail: 'stopped' };
    await this.loop;
    await this.admin.disconnect().catch(() => undefined);
  }

  state(): SessionState {
    if (this.current.phase === 'running' && this.isSilent()) {
      return { phase: 'waiting', detail: 'no answer from the group coordinator' };
    }
    return this.current;
  }

  resume(topic: string, partition: number): void {
    try {
      this.consumer?.resume([{ topic, partitions: [partition] }]);
    } catch (error) {
      // Between two members there is nobody to resume; the next one starts unpaused.
      this.options.logger.debug('nothing to resume', { topic, partition, error: messageOf(error) });
    }
  }

  /** The coordinator has not answered for as long as a session lasts: others may have the partitions. */
  private isSilent(): boolean {
    return performance.now() - this.heardMs > this.options.sessionTimeoutMs;
  }

  /**
   * The driver's next heartbeat is due by the wall clock, counted from the last one: where that lies in the future by
   * now, there would be none until it has come, and the group would go on without this member.
   */
  private isSetBack(): boolean {
    return this.heardAheadMs - aheadMs() > this.options.sessionTimeoutMs / 3;
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async supervise(): Promise<void> {
    while (!this.stopped) {
      try {
        const { topics, missing } = this.options.subscription(await this.existingTopics());
        if (missing.length === 0) await this.consume(topics);
        else this.wait(`topics missing: ${missing.join(', ')}`);
      } catch (error) {
        this.wait(this.options.problemOf(error));
      }
      this.failures += 1;
      await this.sleep(Math.min(RESTART_MAXIMUM_MS, RESTART_FIRST_MS * 2 ** Math.min(this.failures - 1, 10)));
    }
  }

  private wait(detail: string): void {
    if (this.stopped) return;
    if (this.current.detail !== detail) this.options.logger.warn('kafka consumer waits', { detail });
    this.current = { phase: 'waiting', detail };
  }

  private async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private async existingTopics(): Promise<ReadonlySet<string>> {
    await this.admin.connect();
    return new Set(await this.admin.listTopics());
  }

  /** Runs one member until it crashes, the topics change, or the session is stopped. */
  private async consume(topics: readonly string[]): Promise<void> {
    const { memberKafka, group, sessionTimeoutMs, fromBeginning, concurrency, eachBatch } = this.options;
    const consumer = memberKafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: 60_000,
      heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(sessionTimeoutMs / 3)),
      maxWaitTimeInMs: 500,
      maxBytesPerPartition: 512 * 1024,
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
      retry: { ...MEMBER_RETRY, restartOnFailure: async () => false },
    });
    const ended = new AbortController();
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.wait(`crashed: ${messageOf(payload.error)}`);
      ended.abort();
    });
    consumer.on(consumer.events.HEARTBEAT, () => this.heard());
    this.heardAheadMs = aheadMs();
    const clockLooks = setInterval(() => {
      if (!this.isSetBack() || ended.signal.aborted) return;
      this.wait('the clock was set back; another member joins');
      ended.abort();
    }, CLOCK_LOOK_MS).unref();
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.joined(topics, payload.memberAssignment));
    try {
      await consumer.connect();
      if (this.stopped) return;
      await consumer.subscribe({ topics: [...topics], fromBeginning });
      this.consumer = consumer;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch,
      });
      await this.watch(topics, AbortSignal.any([ended.signal, this.stopping.signal]));
    } finally {
      clearInterval(clockLooks);
      this.consumer = undefined;
      await this.leave(consumer);
    }
  }

  /** Ends the member. At a stop there is an end to the patience: the driver waits for brokers that may be away for long. */
  private async leave(consumer: Consumer): Promise<void> {
    const left = consumer.disconnect().catch((error: unknown) => {
      this.options.logger.warn('kafka consumer did not leave in order', { error: messageOf(error) });
    });
    if (!this.stopped) return left;
    const patience = new AbortController();
    const outOfPatience = this.outOfPatience(patience.signal).then(
      () => this.options.logger.warn('kafka consumer did not leave in order', { error: 'not in time' }),
      () => undefined,
    );
    await Promise.race([left, outOfPatience]);
    patience.abort();
  }

  /** Resolves when there is no use in waiting any longer; rejects when the signal says that nobody waits. */
  private async outOfPatience(signal: AbortSignal): Promise<void> {
    const deadlineMs = performance.now() + LEAVE_MS;
    do await delay(LEAVE_WITHOUT_BROKERS_MS, undefined, { signal });
    while (!this.isSilent() && performance.now() < deadlineMs);
  }

  private heard(): void {
    this.heardMs = performance.now();
    this.heardAheadMs = aheadMs();
    this.failures = 0;
  }

  private joined(topics: readonly string[], assigned: Readonly<Record<string, readonly number[]>>): void {
    this.heard();
    this.options.onAssigned(assigned);
    if (!this.stopped) this.current = { phase: 'running', detail: `reads ${topics.join(', ')}` };
  }

  /** Looks at lag and at topics that appeared or went, until told to end. */
  private async watch(topics: readonly string[], until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await delay(this.options.watchMs, undefined, { signal: until }).catch(() => undefined);
      if (until.aborted) return;
      try {
        const now = this.options.subscription(await this.existingTopics());
        if (now.missing.length > 0 || now.topics.join() !== topics.join()) {
          this.wait('the set of topics has changed');
          return;
        }
        await this.measureLag(topics);
      } catch (error) {
        // The consumer itself notices brokers that are away; this look is only for metrics and new topics.
        this.options.logger.debug('kafka watch failed', { error: messageOf(error) });
      }
    }
  }

  private async measureLag(topics: readonly string[]): Promise<void> {
    const { group, lag } = this.options;
    const committed = await this.admin.fetchOffsets({ groupId: group, topics: [...topics] });
    for (const { topic, partitions } of committed) {
      const ends = new Map((await this.admin.fetchTopicOffsets(topic)).map((end) => [end.partition, end]));
      let behind = 0n;
      for (const { partition, offset } of partitions) {
        const end = ends.get(partition);
        if (end === undefined) continue;
        // A group that never committed stands at -1: what the broker still holds is its lag.
        const from = BigInt(offset) < 0n ? BigInt(end.low) : BigInt(offset);
        behind += BigInt(end.high) - from;
      }
      lag.set({ group, topic }, Number(behind));
    }
  }
}
