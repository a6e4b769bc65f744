import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { Counter, HealthRegistry, Logger, Metrics } from '@nx/observability';
import type { EachBatchPayload } from 'kafkajs';
import { ConsumerSession, MEMBER_RETRY, type SessionState } from './consumer-session';
import { LookingAhead, type BatchLook } from './batch-look';
import { HandlerTable } from './handler-table';
import { isNetworkError } from './infrastructure-errors';
import { connectionProblem, kafkaClient } from './kafka-client';
import type { KafkaSettings } from './kafka-settings';
import type { ParkingPort, RawRecord, RecordDispatcher } from './parking.port';
import { inboundRecord } from './record';
import { PartitionRunner } from './partition-runner';
import { classifyError, type ErrorClass } from './record-errors';
import { RECORD_TRANSPORT, type RecordHandlerExtras } from './record-handler.decorator';
import { contextOf, RecordProcessor } from './record-processor';
import { BlockedPartitions } from './blocked-partitions';
import { runWithContext } from '@nx/observability';

export interface KafkaConsumerOptions {
  config: KafkaSettings;
  /** Consumer group and client id, used exactly as given. */
  group: string;
  clientId: string;
  parking: ParkingPort;
  logger: Logger;
  metrics: Metrics;
  health: HealthRegistry;
  /** The application's knowledge of its database and other servers; sockets, Kafka and Redis are known already. */
  isInfrastructureError?: (error: unknown) => boolean;
  /** Names of the change feed from configuration, in place of those at the handler. */
  cdcTopics?: readonly string[];
  /** What looks at whole batches before their records have their turn. */
  looks?: readonly BatchLook[];
  /** First and longest pause of a partition whose infrastructure is away, ms. Default 200 and 10,000. */
  retryInitialMs?: number;
  retryMaximumMs?: number;
  /**
   * A member that is silent for so long loses its partitions, ms. Default 10,000; brokers refuse less than 6,000. So long
   * waits the whole group for a member that was killed.
   */
  sessionTimeoutMs?: number;
  /** How often topics and lag are looked at, ms. Default 15,000; while a topic is missing or brokers are away, sooner. */
  watchMs?: number;
  /** Partitions handled at once. Default 6. */
  concurrency?: number;
}

/**
 * Kafka consumers as a transport of Nest. Offsets are committed after the handler; an error of the record parks it and
 * everything after it under its key; an error of the infrastructure pauses the partition and retries without end.
 * `listen` never fails because brokers are away: health indicator `kafka-consumer` tells.
 */
export class KafkaConsumerStrategy extends Server implements CustomTransportStrategy, RecordDispatcher {
  override readonly transportId = RECORD_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;
  readonly group: string;
  private readonly table: HandlerTable;
  private readonly blocked: BlockedPartitions;
  private readonly runner: PartitionRunner;
  private readonly session: ConsumerSession;
  private readonly outcomes: Counter;

  constructor(private readonly options: KafkaConsumerOptions) {
    super();
    const { config, group, clientId, parking, logger, metrics } = options;
    this.group = group;
    this.table = new HandlerTable(config, options.cdcTopics, options.looks);
    this.blocked = new BlockedPartitions(options.retryInitialMs ?? 200, options.retryMaximumMs ?? 10_000);
    this.outcomes = metrics.counter('kafka_consumer_records_total', 'Records by topic and outcome', [
      'topic',
      'outcome',
    ]);
    const processor = new RecordProcessor({ group, parking, logger, classify: (error) => this.classify(error) });
    this.session = new ConsumerSession({
      memberKafka: kafkaClient(config, clientId, logger, MEMBER_RETRY),
      kafka: kafkaClient(config, clientId, logger),
      group,
      fromBeginning: config.fromBeginning,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      watchMs: options.watchMs ?? 15_000,
      concurrency: options.concurrency ?? 6,
      logger,
      lag: metrics.gauge('kafka_consumer_lag', 'Records not yet committed by the group', ['group', 'topic']),
      subscription: (existing) => this.table.subscription(existing),
      eachBatch: (payload: EachBatchPayload) => this.runner.run(payload),
      problemOf: (error) => connectionProblem(config, error),
      onAssigned: (assigned) => this.blocked.keepOnly(assigned),
    });
    this.runner = new PartitionRunner({
      table: this.table,
      processor,
      ahead: new LookingAhead({ group, parking, logger }),
      blocked: this.blocked,
      logger,
      outcomes: this.outcomes,
      resume: (topic, partition) => this.session.resume(topic, partition),
    });
    options.health.register({ name: 'kafka-consumer', readiness: true, check: () => this.health() });
  }

  /** Nest files handlers here. Throws when a topic would get a second handler. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const record = extras['record'] as RecordHandlerExtras | undefined;
    if (record === undefined) return;
    this.table.add(callback, record);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Starts in the background: brokers that are away do not hold the start up. */
  listen(callback: (...optionalParams: unknown[]) => unknown): void {
    this.options.parking.bind(this);
    this.session.start();
    callback();
  }

  /** Takes no new record, lets the running ones end, commits, leaves the group. May be called twice. */
  async close(): Promise<void> {
    await this.session.stop();
    this.blocked.clear();
  }

  topics(): readonly string[] {
    return this.table.all();
  }

  async dispatch(record: RawRecord): Promise<void> {
    const entry = this.table.find(record.topic);
    if (entry === undefined) throw new Error(`no handler for topic ${record.topic}`);
    await runWithContext(contextOf(record), () => entry.run(inboundRecord(record)));
  }

  classify(error: unknown): ErrorClass {
    const { isInfrastructureError } = this.options;
    return classifyError(error, (failure) => isNetworkError(failure) || (isInfrastructureError?.(failure) ?? false));
  }

  /** What the consumer is doing; tests and `/health/deep` read it. */
  state(): SessionState {
    return this.session.state();
  }

  override on(): never {
    throw new Error('the consumer has no events of its own: see the health indicator kafka-consumer');
  }

  override unwrap<T>(): T {
    return this.session as unknown as T;
  }

  private health(): { ok: boolean; detail?: string } {
    const state = this.session.state();
    const waiting = this.blocked.describe();
    if (state.phase !== 'running') return { ok: false, detail: state.detail };
    return waiting === undefined ? { ok: true, detail: state.detail } : { ok: false, detail: waiting };
  }
}
