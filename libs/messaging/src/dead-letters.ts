import { deadLetterTopic } from '@nx/contracts';
import type { Logger } from '@nx/observability';
import { kafkaClient, messageOf } from './kafka-client';
import { physicalTopic, type KafkaSettings } from './kafka-settings';
import type { RawRecord } from './parking.port';
import type { KafkaProducer } from './producer';
import { EVENT_ID_HEADER, rawRecord, REPLAY_HEADER } from './record';

/** Headers of a dead letter; they are taken off again at replay. */
const PREFIX = 'x-dead-letter-';

export interface DeadLetterCause {
  readonly group: string;
  readonly errorName: string;
  readonly errorMessage: string;
  readonly tries: number;
}

/** Publishes what could not be handled to `<topic>.dlq`: same key and bytes, error and origin in the headers. */
export class DeadLetterPublisher {
  constructor(private readonly producer: Pick<KafkaProducer, 'sendPhysical'>) {}

  /** Resolves when it is stored; throws when that is not known. A repetition carries the same event id. */
  publish(record: RawRecord, cause: DeadLetterCause): Promise<void> {
    const { topic, partition, offset, timestampMs, key, value, headers, eventId } = record;
    return this.producer.sendPhysical([
      {
        topic: deadLetterTopic(topic),
        key,
        value,
        headers: {
          ...headers,
          [EVENT_ID_HEADER]: eventId,
          [`${PREFIX}topic`]: topic,
          [`${PREFIX}partition`]: String(partition),
          [`${PREFIX}offset`]: offset,
          [`${PREFIX}timestamp`]: String(timestampMs),
          [`${PREFIX}group`]: cause.group,
          [`${PREFIX}error-name`]: cause.errorName,
          [`${PREFIX}error`]: messageOf(cause.errorMessage),
          [`${PREFIX}tries`]: String(cause.tries),
        },
      },
    ]);
  }
}

export interface ReplayOptions {
  readonly config: KafkaSettings;
  readonly clientId: string;
  readonly logger: Logger;
  readonly producer: Pick<KafkaProducer, 'sendPhysical'>;
  /** Logical name, or the full one of a change feed with `cdc: true`. */
  readonly topic: string;
  readonly cdc?: boolean;
  /** Which dead letters; all when not given. */
  readonly select?: (letter: RawRecord) => boolean;
  /** Lists only. */
  readonly dryRun?: boolean;
}

export interface ReplayReport {
  readonly seen: number;
  readonly replayed: readonly string[];
}

/**
 * Reads the dead letters that are there now and publishes the selected ones to their topic again, under the same event
 * id and with header `x-replay`, which tells consumers that the repetition is wanted. Nothing is deleted: who ran twice
 * has asked twice. Returns the event ids.
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayReport> {
  const topic = options.cdc === true ? options.topic : physicalTopic(options.config, options.topic);
  const letters = await readAll(options, deadLetterTopic(topic));
  const chosen = letters.filter((letter) => options.select?.(letter) ?? true);
  if (options.dryRun !== true) {
    for (const letter of chosen) {
      const headers = Object.fromEntries(Object.entries(letter.headers).filter(([name]) => !name.startsWith(PREFIX)));
      const origin = letter.headers[`${PREFIX}topic`] ?? topic;
      await options.producer.sendPhysical([
        { topic: origin, key: letter.key, value: letter.value, headers: { ...headers, [REPLAY_HEADER]: 'true' } },
      ]);
    }
  }
  options.logger.info('dead letters replayed', { topic, seen: letters.length, replayed: chosen.length });
  return { seen: letters.length, replayed: chosen.map((letter) => letter.eventId) };
}

/** Everything between the first and the present end of a topic, under a group that is removed again. */
async function readAll(options: ReplayOptions, topic: string): Promise<RawRecord[]> {
  const kafka = kafkaClient(options.config, options.clientId, options.logger);
  const admin = kafka.admin();
  const groupId = `${options.clientId}_REPLAY_${process.pid}_${process.hrtime.bigint()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    const left = new Map(ends.filter(({ low, high }) => low !== high).map((end) => [end.partition, BigInt(end.high)]));
    const letters: RawRecord[] = [];
    if (left.size === 0) return letters;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      // A batch may end with markers of a transaction, which never reach the handler: the batch's end counts.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        const end = left.get(payload.partition);
        if (end !== undefined && BigInt(payload.lastOffset) + 1n >= end) left.delete(payload.partition);
        if (left.size === 0) resolve();
      });
      const eachMessage = async ({
        partition,
        message,
      }: {
        partition: number;
        message: Parameters<typeof rawRecord>[2];
      }) => {
        const end = ends.find((candidate) => candidate.partition === partition);
        if (end !== undefined && BigInt(message.offset) < BigInt(end.high)) {
          letters.push(rawRecord(topic, partition, message));
        }
      };
      consumer.run({ autoCommit: false, eachMessage }).catch(reject);
    });
    return letters;
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}
