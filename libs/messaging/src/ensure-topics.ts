import { deadLetterTopic } from '@nx/contracts';
import type { Logger } from '@nx/observability';
import { KafkaJSProtocolError, type Admin, type ITopicConfig } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaClient } from './kafka-client';
import { physicalTopic, type KafkaSettings } from './kafka-settings';

/** A topic that has to exist. */
export interface TopicSpec {
  /** Logical name, or the names of a change feed: its first one is made when none of them exists. */
  readonly topic: string | { readonly cdc: readonly string[] };
  /** Default 6. An existing topic with fewer gets more only by an operator: keys would change their partition. */
  readonly partitions?: number;
  /** Default: the broker's setting. */
  readonly replication?: number;
  /** Default: the broker's setting. -1 keeps records for ever. */
  readonly retentionMs?: number;
  /** Retention of the dead letters; default 30 days. */
  readonly deadLetterRetentionMs?: number;
  readonly cleanupPolicy?: 'delete' | 'compact';
}

export interface TopicReport {
  readonly created: readonly string[];
  readonly existing: readonly string[];
}

const PARTITIONS = 6;
const DEAD_LETTER_RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;
/** A broker that comes back with many topics needs a while, and a migration that gives up sooner is only begun again. */
const LEADERS_MS = 60_000;
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);
/** The broker's own default number of replicas, as the protocol says it. */
const BROKER_DEFAULT = -1;

function topicConfig(topic: string, spec: TopicSpec, retentionMs: number | undefined, compact: boolean): ITopicConfig {
  const configEntries = [
    ...(retentionMs === undefined ? [] : [{ name: 'retention.ms', value: String(retentionMs) }]),
    ...(compact ? [{ name: 'cleanup.policy', value: 'compact' }] : []),
  ];
  const numPartitions = spec.partitions ?? PARTITIONS;
  return { topic, numPartitions, replicationFactor: spec.replication ?? BROKER_DEFAULT, configEntries };
}

function wanted(settings: KafkaSettings, spec: TopicSpec, existing: ReadonlySet<string>): ITopicConfig[] {
  const names = typeof spec.topic === 'string' ? [physicalTopic(settings, spec.topic)] : spec.topic.cdc;
  const name = names.find((candidate) => existing.has(candidate)) ?? names[0];
  if (name === undefined) throw new Error('a change feed needs at least one name');
  return [
    topicConfig(name, spec, spec.retentionMs, spec.cleanupPolicy === 'compact'),
    topicConfig(deadLetterTopic(name), spec, spec.deadLetterRetentionMs ?? DEAD_LETTER_RETENTION_MS, false),
  ];
}

/**
 * Waits until every partition has a leader. The driver's own wait gives up when a broker has not heard of a new topic
 * yet, which a busy one answers for a moment.
 */
async function untilLed(admin: Admin, topics: string[]): Promise<void> {
  const deadline = performance.now() + LEADERS_MS;
  for (;;) {
    try {
      const found = await admin.fetchTopicMetadata({ topics });
      if (found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      const passing = error instanceof KafkaJSProtocolError && NOT_YET.has(error.type);
      if (!passing || performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) {
      const seconds = LEADERS_MS / 1000;
      throw new Error(
        `not every partition of ${topics.join(', ')} has a leader after ${seconds} s; kafka-topics.sh --describe --unavailable-partitions names those and their brokers`,
      );
    }
    await pause(100);
  }
}

/**
 * Makes the topics that are missing, and a dead-letter topic for each; leaves existing ones as they are, so it may run
 * any number of times. Throws when the brokers cannot be reached or refuse.
 */
export async function ensureTopics(
  settings: KafkaSettings,
  topics: readonly TopicSpec[],
  logger: Logger,
): Promise<TopicReport> {
  const admin = kafkaClient(settings, 'ensure-topics', logger).admin();
  await admin.connect();
  try {
    const before = new Set(await admin.listTopics());
    const all = topics.flatMap((spec) => wanted(settings, spec, before));
    const missing = all.filter(({ topic }) => !before.has(topic));
    // With several migrations at once the other may have made it: the driver answers false then, and does not throw.
    const created = missing.map(({ topic }) => topic);
    if (created.length > 0) {
      await admin.createTopics({ topics: missing, waitForLeaders: false });
      await untilLed(admin, created);
    }
    const existing = all.map(({ topic }) => topic).filter((topic) => before.has(topic));
    logger.info('kafka topics ensured', { created, existing });
    return { created, existing };
  } finally {
    await admin.disconnect();
  }
}
