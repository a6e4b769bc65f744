import type { Logger } from '@nx/observability';
import type { Admin } from 'kafkajs';
import { kafkaClient } from './kafka-client';
import type { KafkaSettings } from './kafka-settings';

export interface SilenceQuestion {
  readonly config: KafkaSettings;
  readonly clientId: string;
  /** Names on the broker. */
  readonly topics: readonly string[];
  /** Only records of this time or later, ms, by their producer's clock, are signs of life. */
  readonly sinceMs: number;
  readonly logger: Logger;
}

/** True where no topic got a record since then; undefined where none of them exists. Throws errors of the brokers. */
export async function areSilent({
  config,
  clientId,
  topics,
  sinceMs,
  logger,
}: SilenceQuestion): Promise<boolean | undefined> {
  const admin = kafkaClient(config, clientId, logger).admin({ retry: { retries: 1, initialRetryTime: 100 } });
  await admin.connect();
  try {
    const all = new Set(await admin.listTopics());
    const existing = topics.filter((topic) => all.has(topic));
    if (existing.length === 0) return undefined;
    for (const topic of existing) if (await hasRecords(admin, topic, sinceMs)) return false;
    return true;
  } finally {
    await admin.disconnect();
  }
}

async function hasRecords(admin: Admin, topic: string, sinceMs: number): Promise<boolean> {
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, BigInt(high)]));
  // Where there is no such record the driver answers the partition's end.
  const first = await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
  return first.some(({ partition, offset }) => BigInt(offset) < (ends.get(partition) ?? 0n));
}
