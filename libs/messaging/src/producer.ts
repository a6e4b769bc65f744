import { failPoint } from '@nx/fail-points';
import { currentContext, type Counter, type Logger, type Metrics } from '@nx/observability';
import { Partitioners, type Kafka, type Message, type Producer, type TopicMessages } from 'kafkajs';
import { connectionProblem, kafkaClient } from './kafka-client';
import { logicalTopic, physicalTopic, type KafkaSettings } from './kafka-settings';
import { stringifyLossless } from './lossless';

export interface OutboundMessage {
  /** Logical name; the site's prefix is added here. */
  readonly topic: string;
  /** Decides the partition, and with it the order. */
  readonly key: string | null;
  /** Written as JSON; null is a tombstone. */
  readonly value: object | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message whose topic and bytes are final: for dead letters and their replay. */
export interface PhysicalMessage {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly messages: readonly PhysicalMessage[];
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

export interface KafkaProducerOptions {
  config: KafkaSettings;
  clientId: string;
  logger: Logger;
  metrics: Metrics;
}

/** What callers hand in while a request is under way goes out together, up to this size; brokers refuse 1 MiB. */
const BATCH_BYTES = 512 * 1024;
const RECONNECT_FIRST_MS = 200;
const RECONNECT_MAXIMUM_MS = 5_000;

/**
 * Idempotent producer that waits for all in-sync replicas. One request at a time: the driver gives a batch that failed
 * and the next one the same sequence number, so a broker that had stored the first would drop the second as its
 * repetition. After any failure the producer's identity is therefore thrown away and a new one is taken.
 */
export class KafkaProducer {
  private readonly kafka: Kafka;
  private readonly sent: Counter;
  private producer: Promise<Producer> | undefined;
  private readonly waiting: Waiting[] = [];
  private draining: Promise<void> | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private reconnects = 0;
  private connected = false;
  private closed = false;

  constructor(private readonly options: KafkaProducerOptions) {
    this.kafka = kafkaClient(options.config, options.clientId, options.logger);
    this.sent = options.metrics.counter('kafka_producer_records_total', 'Records by topic and outcome', [
      'topic',
      'outcome',
    ]);
  }

  /** Connects in the background, for ever; sends before that wait for it or fail with it. */
  start(): void {
    if (this.closed || this.connected) return;
    void this.connection().then(
      () => {
        this.reconnects = 0;
      },
      (error: unknown) => {
        this.options.logger.warn('kafka producer cannot connect', {
          error: connectionProblem(this.options.config, error),
        });
        const delayMs = Math.min(RECONNECT_MAXIMUM_MS, RECONNECT_FIRST_MS * 2 ** Math.min(this.reconnects, 10));
        this.reconnects += 1;
        clearTimeout(this.reconnect);
        if (!this.closed) this.reconnect = setTimeout(() => this.start(), delayMs);
      },
    );
  }

  isConnected(): boolean {
    return this.connected;
  }

  /**
   * Resolves when all in-sync replicas have all messages; the order of one call and of successive calls is kept for
   * each key. Throws when they are not known to be stored: send all of them again (at least once).
   * `x-request-id` and `traceparent` come from the running context unless they are given.
   */
  send(messages: readonly OutboundMessage[]): Promise<void> {
    const context = currentContext();
    const inherited = {
      ...(context === undefined ? {} : { 'x-request-id': context.requestId }),
      ...(context?.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    };
    return this.sendPhysical(
      messages.map(({ topic, key, value, headers }) => ({
        topic: physicalTopic(this.options.config, topic),
        key,
        value: value === null ? null : stringifyLossless(value),
        headers: { ...inherited, ...headers },
      })),
    );
  }

  /** As `send`, with names and bytes as they are. */
  sendPhysical(messages: readonly PhysicalMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    if (this.closed) return Promise.reject(new Error('the kafka producer is closed'));
    const bytes = messages.reduce((sum, message) => sum + 200 + (message.value?.length ?? 0), 0);
    return new Promise((resolve, reject) => {
      this.waiting.push({ messages, bytes, resolve, reject });
      this.draining ??= this.drain();
    });
  }

  /** Sends what was handed in, then disconnects. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.reconnect);
    await this.draining;
    await this.discard();
  }

  private async drain(): Promise<void> {
    // The caller notes this promise first, and whoever hands in at the same time goes out together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.take();
      try {
        await this.write(batch.flatMap((entry) => entry.messages));
        for (const entry of batch) entry.resolve();
      } catch (error) {
        if (batch.length > 1 && isRefusal(error)) await this.writeEach(batch);
        else for (const entry of batch) entry.reject(error);
      }
    }
    // In the same turn as the last look at the list: who hands something in afterwards starts anew.
    this.draining = undefined;
  }

  private take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.waiting) {
      bytes += entry.bytes;
      if (count > 0 && bytes > BATCH_BYTES) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  /** One caller's bad message must not fail the others that went out with it. */
  private async writeEach(batch: readonly Waiting[]): Promise<void> {
    for (const entry of batch) {
      try {
        await this.write(entry.messages);
        entry.resolve();
      } catch (error) {
        entry.reject(error);
      }
    }
  }

  private async write(messages: readonly PhysicalMessage[]): Promise<void> {
    const byTopic = new Map<string, Message[]>();
    for (const { topic, key, value, headers } of messages) {
      const message: Message = { key, value, headers: { ...headers } };
      const list = byTopic.get(topic);
      if (list === undefined) byTopic.set(topic, [message]);
      else list.push(message);
    }
    const topicMessages: TopicMessages[] = [...byTopic].map(([topic, list]) => ({ topic, messages: list }));
    const count = (outcome: string): void => {
      for (const { topic, messages: list } of topicMessages) this.sent.inc({ topic, outcome }, list.length);
    };
    try {
      const producer = await this.connection();
      for (const topic of byTopic.keys()) failPoint('publish', 'before', logicalTopic(this.options.config, topic));
      await producer.sendBatch({ acks: -1, topicMessages });
      for (const topic of byTopic.keys()) failPoint('publish', 'after', logicalTopic(this.options.config, topic));
      count('sent');
    } catch (error) {
      count('failed');
      await this.discard();
      this.start();
      throw error;
    }
  }

  private connection(): Promise<Producer> {
    this.producer ??= this.connect();
    return this.producer;
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    try {
      await producer.connect();
      this.connected = true;
      return producer;
    } catch (error) {
      this.producer = undefined;
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private async discard(): Promise<void> {
    const old = this.producer;
    this.producer = undefined;
    this.connected = false;
    const producer = await old?.catch(() => undefined);
    await producer?.disconnect().catch(() => undefined);
  }
}

/** The broker answered and said no (too large, no such topic …), as against: no answer. */
function isRefusal(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; current = current.cause, depth += 1) {
    if (current.name === 'KafkaJSProtocolError') return true;
  }
  return false;
}
