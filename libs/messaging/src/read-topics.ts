import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@nx/observability';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { kafkaClient, messageOf } from './kafka-client';
import type { KafkaSettings } from './kafka-settings';
import { inboundRecord, rawRecord, type InboundRecord } from './record';

export interface ReadTopicsOptions {
  readonly config: KafkaSettings;
  /** Start of the name of the group that is made for this reading and removed after it. */
  readonly group: string;
  readonly clientId: string;
  /** Names on the broker; those that do not exist are left out. */
  readonly topics: readonly string[];
  readonly logger: Logger;
  /** Ends the reading early with its reason. */
  readonly signal: AbortSignal;
  /** Records of one partition in their order; the next ones come when it has resolved. */
  onRecords(records: readonly InboundRecord[]): Promise<void>;
}

export interface ReadTopicsReport {
  /** The topics that exist. */
  readonly topics: readonly string[];
  readonly records: number;
  /** Values that are no JSON in UTF-8: left out. */
  readonly unreadable: number;
  /** Offsets at the end of partitions for which the broker gave nothing: marks of transactions, or cleaned away. */
  readonly unread: number;
}

const LOOK_MS = 100;
/** A broker that answers so many fetches in a row over so long without a record has none. */
const IDLE = { fetches: 5, ms: 5_000 };

/**
 * Reads topics from their beginning to where they end now, beside every consumer group: nothing is committed, and other
 * groups do not notice. Throws what `onRecords` throws, the signal's reason, and errors of the brokers.
 */
export async function readTopics(options: ReadTopicsOptions): Promise<ReadTopicsReport> {
  const kafka = kafkaClient(options.config, options.clientId, options.logger);
  const admin = kafka.admin({ retry: { retries: 3, initialRetryTime: 100 } });
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const topics = options.topics.filter((topic) => existing.has(topic));
    const reading = new Reading(options, await endsOf(admin, topics));
    if (!reading.done()) await reading.run(kafka, admin, topics);
    return { topics, ...reading.report() };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

interface End {
  position: bigint;
  readonly end: bigint;
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

async function endsOf(admin: Admin, topics: readonly string[]): Promise<Map<string, End>> {
  const ends = new Map<string, End>();
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      if (BigInt(low) < BigInt(high)) ends.set(nameOf(topic, partition), { position: BigInt(low), end: BigInt(high) });
    }
  }
  return ends;
}

/** One reading: how far each partition is read that has something. */
class Reading {
  private records = 0;
  private unreadable = 0;
  private heardMs = performance.now();
  private emptyFetches = 0;
  private failure: Error | undefined;

  constructor(
    private readonly options: ReadTopicsOptions,
    private readonly ends: Map<string, End>,
  ) {}

  done(): boolean {
    return [...this.ends.values()].every(({ position, end }) => position >= end);
  }

  report(): Omit<ReadTopicsReport, 'topics'> {
    const left = [...this.ends.values()].map(({ position, end }) => (position < end ? Number(end - position) : 0));
    const unread = left.reduce((sum, each) => sum + each, 0);
    return { records: this.records, unreadable: this.unreadable, unread };
  }

  async run(kafka: Kafka, admin: Admin, topics: readonly string[]): Promise<void> {
    const groupId = `${this.options.group}-${randomBytes(6).toString('hex')}`;
    const retry = { retries: 3, initialRetryTime: 100, restartOnFailure: () => Promise.resolve(false) };
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false, retry });
    this.listen(consumer);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: (payload) => this.take(payload) });
      await this.ended();
    } finally {
      await consumer.disconnect().catch(() => undefined);
      await admin.deleteGroups([groupId]).catch((error: unknown) => {
        this.options.logger.debug('the group of a reading stays behind', { group: groupId, error: messageOf(error) });
      });
    }
  }

  private listen(consumer: Consumer): void {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.failure ??= payload.error;
    });
    consumer.on(consumer.events.GROUP_JOIN, () => this.heard());
    consumer.on(consumer.events.FETCH, () => {
      this.emptyFetches += 1;
    });
  }

  private heard(): void {
    this.heardMs = performance.now();
    this.emptyFetches = 0;
  }

  private async take({ batch, heartbeat, isRunning }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const place = this.ends.get(nameOf(topic, partition));
    if (place === undefined || this.failure !== undefined || !isRunning()) return;
    // What came after the start of the reading is the consumer's, and may have no end.
    const messages = batch.messages.filter(({ offset }) => BigInt(offset) < place.end);
    const records = messages.flatMap((message) => this.parsed(topic, partition, message));
    try {
      if (records.length > 0) await this.options.onRecords(records);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      return;
    }
    this.records += messages.length;
    place.position = BigInt(batch.lastOffset()) + 1n;
    this.heard();
    await heartbeat();
  }

  private parsed(topic: string, partition: number, message: Parameters<typeof rawRecord>[2]): InboundRecord[] {
    try {
      return [inboundRecord(rawRecord(topic, partition, message))];
    } catch {
      this.unreadable += 1;
      return [];
    }
  }

  private async ended(): Promise<void> {
    const { signal } = this.options;
    while (!this.done()) {
      signal.throwIfAborted();
      if (this.failure !== undefined) throw this.failure;
      const quietMs = performance.now() - this.heardMs;
      if (this.emptyFetches >= IDLE.fetches && quietMs >= IDLE.ms) return;
      await pause(LOOK_MS);
    }
  }
}
