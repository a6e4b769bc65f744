import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { pause } from './pause';

export interface Produced {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

interface Waiting {
  readonly topic: string;
  readonly key: string;
  readonly value: string | null;
  readonly resolve: (produced: Produced) => void;
}

/**
 * Produces in the order of the calls and repeats until the broker has acknowledged (at least once).
 * Brokers may be away at the start; records wait in memory.
 */
export class KafkaOutlet {
  private readonly queue: Waiting[] = [];
  private readonly producer: Producer | undefined;
  private readonly kafka: Kafka | undefined;
  private connected = false;
  private problem: string | undefined;
  private wake: () => void = () => undefined;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    brokers: readonly string[],
    private readonly topics: readonly { topic: string; numPartitions: number }[],
    private readonly stop: AbortSignal,
  ) {
    if (brokers.length === 0) return;
    this.kafka = new Kafka({
      clientId: 'sandbox',
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 2_000,
      retry: { retries: 2, initialRetryTime: 200 },
    });
    this.producer = this.kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
  }

  start(): void {
    if (this.producer !== undefined) this.loop = this.run(this.producer);
  }

  /** Resolves when acknowledged; a null value is a tombstone. */
  send(topic: string, key: string, value: object | null): Promise<Produced> {
    return new Promise((resolve) => {
      this.queue.push({ topic, key, value: value === null ? null : JSON.stringify(value), resolve });
      this.wake();
    });
  }

  /** As `send`, but answers undefined after the wait; the record stays in the queue and is produced later. */
  async sendWithin(ms: number, topic: string, key: string, value: object | null): Promise<Produced | undefined> {
    const given = new AbortController();
    const produced = await Promise.race([this.send(topic, key, value), pause(ms, given.signal).then(() => undefined)]);
    given.abort();
    return produced;
  }

  state(): { configured: boolean; connected: boolean; waiting: number; problem: string | undefined } {
    return {
      configured: this.producer !== undefined,
      connected: this.connected,
      waiting: this.queue.length,
      problem: this.problem,
    };
  }

  async close(): Promise<void> {
    this.wake();
    await this.loop;
    await this.producer?.disconnect().catch(() => undefined);
  }

  private async run(producer: Producer): Promise<void> {
    while (!this.stop.aborted) {
      try {
        if (!this.connected) await this.connect(producer);
        const next = this.queue[0];
        if (next === undefined) await this.sleepUntilWoken();
        else await this.produce(producer, next);
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        this.connected = false;
        await pause(500, this.stop);
      }
    }
  }

  private async produce(producer: Producer, next: Waiting): Promise<void> {
    const [metadata] = await producer.send({
      topic: next.topic,
      acks: -1,
      messages: [{ key: next.key, value: next.value }],
    });
    this.queue.shift();
    next.resolve({ topic: next.topic, partition: metadata?.partition ?? -1, offset: metadata?.baseOffset ?? '' });
  }

  /** Topics are created as the sibling that owns them would have done; an existing one is left as it is. */
  private async connect(producer: Producer): Promise<void> {
    const admin = this.kafka?.admin();
    if (admin !== undefined) {
      try {
        await admin.connect();
        const existing = new Set(await admin.listTopics());
        const missing = this.topics.filter(({ topic }) => !existing.has(topic));
        if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true });
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    }
    await producer.connect();
    this.connected = true;
    this.problem = undefined;
  }

  private sleepUntilWoken(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.stop.removeEventListener('abort', done);
        resolve();
      };
      this.wake = done;
      this.stop.addEventListener('abort', done);
    });
  }
}
