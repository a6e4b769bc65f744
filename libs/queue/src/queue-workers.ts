import { randomUUID } from 'node:crypto';
import { during, failPoint } from '@nx/fail-points';
import { runWithContext, type Histogram, type Logger, type Metrics } from '@nx/observability';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import { DeadLetterJobError, type JobContext } from './job-handler.decorator';
import { keyPrefix, type JobEnvelope } from './job-queue';
import { partitionsOf, queuesOf, type JobTable } from './job-table';
import type { RunJob } from './job-registry';
import type { RedisClient } from './redis-connection';

export interface QueueWorkersOptions {
  jobs: JobTable;
  handlers: ReadonlyMap<string, RunJob>;
  /** Jobs at once by queue, or by the base name of partitioned queues (then for each partition). Default 1. */
  concurrency: Readonly<Record<string, number>>;
  connection: RedisClient;
  prefix: string;
  /** A job whose process died is taken up by another after this time. */
  lockMs: number;
  logger: Logger;
  metrics: Metrics;
}

/** One BullMQ worker per queue. With Redis away they wait for it. */
export class QueueWorkers {
  private readonly workers = new Map<string, Worker>();
  /** Workers of partitions that are no longer served, until their last jobs have ended. */
  private readonly leaving = new Set<Promise<void>>();
  private unlisten: (() => void)[] = [];
  private stopped: Promise<void> | undefined;
  private readonly durations: Histogram;

  constructor(private readonly options: QueueWorkersOptions) {
    this.durations = options.metrics.histogram('bullmq_job_duration_seconds', 'Time of a try', [
      'queue',
      'job',
      'outcome',
    ]);
  }

  start(): void {
    this.unlisten = partitionsOf(this.options.jobs).map((partitions) => partitions.onChange(() => this.serve()));
    this.serve();
  }

  /** Takes no new job and waits for the running ones. May be called twice: either call waits. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    for (const end of this.unlisten.splice(0)) end();
    const workers = [...this.workers.values()];
    this.workers.clear();
    await Promise.allSettled([...workers.map((worker) => this.close(worker)), ...this.leaving]);
  }

  /** One worker for each queue that has to be served now, and none for another. */
  private serve(): void {
    const queues = new Set(Object.values(this.options.jobs).flatMap((definition) => [...queuesOf(definition)]));
    for (const queue of queues) if (!this.workers.has(queue)) this.workers.set(queue, this.worker(queue));
    for (const [queue, worker] of this.workers) {
      if (queues.has(queue)) continue;
      this.workers.delete(queue);
      const left = this.close(worker).finally(() => this.leaving.delete(left));
      this.leaving.add(left);
    }
  }

  private async close(worker: Worker): Promise<void> {
    // Without Redis an orderly farewell would wait for it; nothing runs that could report back then.
    const force = this.options.connection.status !== 'ready';
    await worker.close(force).catch((error: unknown) => {
      this.options.logger.debug('queue worker closed with an error', { queue: worker.name, error });
    });
  }

  private worker(queue: string): Worker {
    const { connection, prefix, concurrency, lockMs, logger } = this.options;
    const worker = new Worker<JobEnvelope>(queue, (job) => this.run(queue, job), {
      connection,
      prefix: keyPrefix(prefix, queue),
      concurrency: concurrency[queue] ?? concurrency[queue.replace(/-\d+$/, '')] ?? 1,
      skipVersionCheck: true,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      // More than one death must not fail a job.
      maxStalledCount: 10,
      runRetryDelay: 1_000,
    });
    worker.on('error', (error) => logger.debug('queue worker error', { queue, error: error.message }));
    worker.on('completed', (job) => failPoint('acknowledge', 'after', job.name));
    worker.on('failed', (job, error) => {
      if (job !== undefined && job.attemptsMade >= (job.opts.attempts ?? 1)) {
        logger.error('job failed for good', { queue, job: job.name, jobId: job.id, error: error.message });
      }
    });
    return worker;
  }

  private async run(queue: string, job: Job<JobEnvelope>): Promise<void> {
    const { requestId, traceparent, payload } = job.data;
    const attempts = job.opts.attempts ?? 1;
    const attempt = job.attemptsMade + 1;
    const context: JobContext = {
      id: job.id ?? '',
      name: job.name,
      queue,
      attempt,
      attempts,
      isLastAttempt: attempt >= attempts,
      addedAtMs: job.timestamp,
    };
    const request = { requestId: requestId ?? randomUUID(), ...(traceparent === undefined ? {} : { traceparent }) };
    const startedMs = performance.now();
    let outcome = 'failed';
    try {
      await during(job.name, () => runWithContext(request, () => this.handle(job.name, payload, context)));
      outcome = 'done';
      failPoint('acknowledge', 'before', job.name);
    } catch (error) {
      if (error instanceof DeadLetterJobError) await job.updateData({ ...job.data, payload: error.payload });
      throw error;
    } finally {
      this.durations.observe({ queue, job: job.name, outcome }, (performance.now() - startedMs) / 1_000);
    }
  }

  private async handle(name: string, payload: object, context: JobContext): Promise<void> {
    const { handlers, logger } = this.options;
    const handler = handlers.get(name);
    // During a rollout a newer process may hand in what this one does not know: another try may meet one that does.
    if (handler === undefined) throw new Error(`this release has no handler for job ${name}`);
    try {
      await handler(payload, context);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const final = context.isLastAttempt || error instanceof UnrecoverableError;
      logger.warn('job try failed', { ...context, final, error: message });
      throw error;
    }
  }
}
