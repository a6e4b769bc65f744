import {
  Global,
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { PlatformConfig } from '@nx/config';
import type { Clock } from '@nx/contracts';
import { CLOCK, HealthRegistry, Logger, Metrics, type HealthCheck } from '@nx/observability';
import { JOB_QUEUE, JobQueue } from './job-queue';
import { collectHandlers, type RunJob } from './job-registry';
import type { JobTable } from './job-table';
import { QueueWorkers } from './queue-workers';
import { isReady, redisConnection, type RedisClient } from './redis-connection';

export interface QueueModuleOptions {
  /** Result of `defineJobs`. */
  jobs: JobTable;
  /** Jobs at once by queue, or by the base name of partitioned queues (then for each partition). Default 1. */
  concurrency: Readonly<Record<string, number>>;
  /** This process runs jobs: every job of the table needs its handler. */
  process: boolean;
  /** In front of the keys; default: the setting of the environment. */
  prefix?: string;
}

const OPTIONS = Symbol('queue options');
const PRODUCER_REDIS = Symbol('redis of the job producers');

@Injectable()
class QueueLifecycle implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private handlers: ReadonlyMap<string, RunJob> = new Map();
  private workers: QueueWorkers | undefined;
  private workerRedis: RedisClient | undefined;

  constructor(
    @Inject(OPTIONS) private readonly options: QueueModuleOptions,
    @Inject(PRODUCER_REDIS) private readonly redis: RedisClient,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly config: PlatformConfig,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly health: HealthRegistry,
  ) {}

  onModuleInit(): void {
    const { jobs, process } = this.options;
    this.handlers = collectHandlers(this.discovery, this.scanner, this.reflector, jobs, process);
    this.health.register({ name: 'redis', readiness: true, check: () => this.checkRedis() });
    this.health.register({ name: 'queues', readiness: false, deep: true, check: () => this.checkQueues() });
    this.publishMetrics();
  }

  onApplicationBootstrap(): void {
    if (!this.options.process) return;
    this.workerRedis = redisConnection(this.config.redis, 'patient', this.logger);
    this.workers = new QueueWorkers({
      jobs: this.options.jobs,
      handlers: this.handlers,
      concurrency: this.options.concurrency,
      connection: this.workerRedis,
      prefix: this.options.prefix ?? this.config.queue.prefix,
      lockMs: this.config.queue.lockMs,
      logger: this.logger,
      metrics: this.metrics,
    });
    this.workers.start();
    // Requests under way may need all the time there is: jobs end beside them, not after them.
    this.health.onStopping(() => void this.workers?.stop());
  }

  async onModuleDestroy(): Promise<void> {
    await this.workers?.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.jobs.close();
    this.redis.disconnect();
    this.workerRedis?.disconnect();
  }

  private async checkRedis(): Promise<HealthCheck> {
    if (!isReady(this.redis)) return { ok: false, detail: `not connected (${this.redis.status})` };
    await this.redis.ping();
    return { ok: true };
  }

  private async checkQueues(): Promise<HealthCheck> {
    const counts = Object.entries(await this.jobs.counts());
    const text = counts.map(([queue, { waiting, active, delayed, failed }]) =>
      [queue, `waiting ${waiting}`, `active ${active}`, `delayed ${delayed}`, `failed ${failed}`].join(' '),
    );
    return { ok: true, detail: text.join('; ') };
  }

  private publishMetrics(): void {
    this.metrics.gauge('bullmq_jobs', 'Jobs by queue and state', ['queue', 'state'], async (gauge) => {
      // Stale numbers would hide the outage: while Redis is away there are none.
      gauge.reset();
      const counts = await this.jobs.counts().catch(() => ({}));
      for (const [queue, states] of Object.entries<Readonly<Record<string, number>>>(counts)) {
        for (const [state, count] of Object.entries(states)) gauge.set({ queue, state }, count);
      }
    });
    const help = 'Age of the job next in line';
    this.metrics.gauge('bullmq_oldest_waiting_seconds', help, ['queue'], async (gauge) => {
      gauge.reset();
      if (!this.jobs.isReady()) return;
      for (const queue of this.jobs.names()) {
        const oldestMs = await this.jobs.oldestWaitingMs(queue).catch(() => undefined);
        gauge.set({ queue }, oldestMs === undefined ? 0 : Math.max(0, this.clock.now() - oldestMs) / 1_000);
      }
    });
  }
}

/**
 * Job queues of one service. Starts with Redis away: jobs are refused meanwhile, workers wait, health `redis` is not
 * ready. Shutdown: workers end their jobs with the modules' `onModuleDestroy`, connections close at the very end.
 */
@Global()
@Module({})
export class QueueModule {
  static forRoot(options: QueueModuleOptions): DynamicModule {
    return {
      module: QueueModule,
      imports: [DiscoveryModule],
      providers: [
        { provide: OPTIONS, useValue: options },
        {
          provide: PRODUCER_REDIS,
          inject: [PlatformConfig, Logger],
          useFactory: ({ redis }: PlatformConfig, logger: Logger) => redisConnection(redis, 'fail-fast', logger),
        },
        {
          provide: JOB_QUEUE,
          inject: [PRODUCER_REDIS, PlatformConfig, Logger, Metrics],
          useFactory: (connection: RedisClient, config: PlatformConfig, logger: Logger, metrics: Metrics) => {
            const prefix = options.prefix ?? config.queue.prefix;
            return new JobQueue({ jobs: options.jobs, connection, prefix, logger, metrics });
          },
        },
        QueueLifecycle,
      ],
      exports: [JOB_QUEUE],
    };
  }
}
