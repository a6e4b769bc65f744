import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload, type MicroserviceOptions } from '@nestjs/microservices';
import { HealthRegistry, Logger, Metrics } from '@nx/observability';
import { testInfra, uniquePrefix } from '@nx/testing';
import { KafkaConsumerStrategy, type KafkaConsumerOptions } from './consumer-strategy';
import { ensureTopics } from './ensure-topics';
import type { KafkaSettings } from './kafka-settings';
import type { ParkingPort, ParkReason, RawRecord, RecordDispatcher } from './parking.port';
import { KafkaProducer } from './producer';
import type { InboundRecord } from './record';
import { RecordHandler, type RecordSource } from './record-handler.decorator';

export const silent = Logger.create({ service: 'test', mode: 'test', level: 'silent' });

export async function testSettings(changes: Partial<KafkaSettings> = {}): Promise<KafkaSettings> {
  const { kafkaBrokers: brokers } = await testInfra();
  return { brokers, ssl: false, topicPrefix: uniquePrefix(), fromBeginning: true, ...changes };
}

export async function until<T>(check: () => T | Promise<T>, what: string, timeoutMs = 15_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(20);
  }
}

/** The port in memory; it can be told to be away, as its database may be. */
export class MemoryParking implements ParkingPort {
  readonly parked: { record: RawRecord; reason: ParkReason }[] = [];
  dispatcher: RecordDispatcher | undefined;
  away = false;

  async isKeyParked(_group: string, topic: string, key: string): Promise<boolean> {
    if (this.away) throw new Error('the store is away');
    return this.parked.some(({ record }) => record.topic === topic && record.key === key);
  }

  async parkedKeys(_group: string, topic: string, keys: readonly string[]): Promise<string[]> {
    if (this.away) throw new Error('the store is away');
    const parked = this.parked.filter(({ record }) => record.topic === topic);
    return keys.filter((key) => parked.some(({ record }) => record.key === key));
  }

  async park(_group: string, record: RawRecord, reason: ParkReason): Promise<void> {
    if (this.away) throw new Error('the store is away');
    this.parked.push({ record, reason });
  }

  bind(dispatcher: RecordDispatcher): void {
    this.dispatcher = dispatcher;
  }
}

export interface RunningConsumer {
  readonly strategy: KafkaConsumerStrategy;
  readonly parking: MemoryParking;
  readonly health: HealthRegistry;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

export type Handle = (record: InboundRecord) => Promise<void>;

/** A Nest microservice with one handler per entry, as an application declares them. */
export async function startConsumer(
  settings: KafkaSettings,
  group: string,
  handlers: readonly { source: RecordSource; handle: Handle }[],
  tuning: Partial<KafkaConsumerOptions> = {},
): Promise<RunningConsumer> {
  const parking = new MemoryParking();
  const health = new HealthRegistry();
  const metrics = new Metrics({ processMetrics: false });
  const strategy = new KafkaConsumerStrategy({
    config: settings,
    group,
    clientId: 'TEST_CONSUMER',
    parking,
    logger: silent,
    metrics,
    health,
    retryInitialMs: 50,
    retryMaximumMs: 200,
    sessionTimeoutMs: 6_000,
    watchMs: 200,
    ...tuning,
  });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(handlers), {
    strategy,
    logger: false,
  });
  await app.listen();
  return { strategy, parking, health, metrics, close: closing(app) };
}

function closing(app: INestMicroservice): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => (closed ??= app.close());
}

function moduleOf(handlers: readonly { source: RecordSource; handle: Handle }[]): new () => object {
  const controllers = handlers.map(({ source, handle }) => {
    class RecordController {
      handle(record: InboundRecord): Promise<void> {
        return handle(record);
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(RecordController.prototype, 'handle') ?? {};
    RecordHandler(source)(RecordController.prototype, 'handle', descriptor);
    Payload()(RecordController.prototype, 'handle', 0);
    Controller()(RecordController);
    return RecordController;
  });
  class TestModule {}
  Module({ controllers })(TestModule);
  return TestModule;
}

export function testProducer(settings: KafkaSettings): KafkaProducer {
  const metrics = new Metrics({ processMetrics: false });
  return new KafkaProducer({ config: settings, clientId: 'TEST_PRODUCER', logger: silent, metrics });
}

export const makeTopics = (settings: KafkaSettings, ...topics: string[]): Promise<unknown> =>
  ensureTopics(
    settings,
    topics.map((topic) => ({ topic, partitions: 3, replication: 1 })),
    silent,
  );
