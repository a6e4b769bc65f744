import { partitionOf } from '@nx/crypto';
import { failPoint } from '@nx/fail-points';
import { currentContext, type Counter, type Logger, type Metrics } from '@nx/observability';
import { Queue, type Job, type JobsOptions } from 'bullmq';
import { checkJobId, queuesOf, targetsOf, type JobDefinition, type JobTable } from './job-table';
import { moveJobs } from './move-jobs';
import { isReady, type RedisClient } from './redis-connection';

/** Nest token: `@Inject(JOB_QUEUE) jobs: JobQueue<PaymentJobs>`. */
export const JOB_QUEUE = Symbol('job queue');

/** What lies in Redis: the payload and the request that it follows from. */
export interface JobEnvelope {
  readonly requestId?: string;
  readonly traceparent?: string;
  readonly payload: object;
}

export interface AddOptions {
  /** Makes the job unique in its queue while it waits or runs. Shown to operators; rules: {@link checkJobId}. */
  readonly jobId?: string;
  /** Not before so many ms from now. */
  readonly delayMs?: number;
  /** Chooses the partition, for a job whose queue has several. */
  readonly partitionKey?: string;
}

export type QueueCounts = Readonly<Record<string, number>>;

export interface JobQueueOptions {
  jobs: JobTable;
  /** Fails fast; owned by the caller. */
  connection: RedisClient;
  prefix: string;
  logger: Logger;
  metrics: Metrics;
}

export const COUNTED_STATES = ['waiting', 'active', 'delayed', 'prioritized', 'failed'] as const;

const REMOVABLE: ReadonlySet<string> = new Set(['waiting', 'delayed', 'prioritized']);

const DAY_SECONDS = 24 * 60 * 60;
/** Kept for the dashboard; the bound is there because Redis must not evict. */
const KEEP_FAILED = { age: 30 * DAY_SECONDS, count: 10_000 };

/**
 * Key prefix of a queue. The braces put all keys of one queue, and of no other, into one slot of a cluster, so that
 * the queues spread over its nodes.
 */
export const keyPrefix = (prefix: string, queue: string): string =>
  `{${prefix === '' ? 'queue' : prefix.replaceAll(/[{}]/g, '')}/${queue}}`;

/**
 * Puts jobs into their queues. A job is a nudge: truth is in the tables, and a sweeper finds what was not nudged. So
 * nothing here waits for Redis or throws because it is away.
 */
export class JobQueue<J extends object = Record<string, object>> {
  private readonly queues = new Map<string, Queue>();
  private readonly outcomes: Counter;

  constructor(private readonly options: JobQueueOptions) {
    this.outcomes = options.metrics.counter('bullmq_jobs_added_total', 'Jobs handed in', ['job', 'outcome']);
  }

  isReady(): boolean {
    return isReady(this.options.connection);
  }

  /** All queue names of the table. */
  names(): string[] {
    return [...new Set(Object.values(this.options.jobs).flatMap((definition) => [...queuesOf(definition)]))];
  }

  /**
   * True when the job is in its queue, also when it was there before under the same id. A failed one of the same id
   * gives way, so that a sweeper's nudge is never swallowed by it. False: Redis is away or refused.
   * Throws TypeError for an id that BullMQ would refuse and for a partitioned job without its key.
   */
  async add<N extends keyof J & string>(name: N, data: J[N] & object, options: AddOptions = {}): Promise<boolean> {
    const definition = this.definition(name);
    const queueName = this.queueFor(name, definition, options.partitionKey);
    if (options.jobId !== undefined) checkJobId(options.jobId);
    const added = await this.attempt(`add ${name}`, async () => {
      const queue = this.queue(queueName);
      if (options.jobId !== undefined) await this.clearFailed(queue, options.jobId);
      failPoint('enqueue', 'before', name);
      await queue.add(name, envelope(data), jobOptions(definition, options));
      failPoint('enqueue', 'after', name);
    });
    this.outcomes.inc({ job: name, outcome: added ? 'added' : 'refused' });
    return added;
  }

  /** Takes a waiting or delayed job out. False when it is not there, runs already, or Redis is away. */
  async remove(name: keyof J & string, jobId: string): Promise<boolean> {
    let removed = 0;
    await this.attempt(`remove ${name}`, async () => {
      for (const queueName of queuesOf(this.definition(name))) {
        const queue = this.queue(queueName);
        // BullMQ reports a job that does not exist as removed.
        if (REMOVABLE.has(await queue.getJobState(jobId))) removed += await queue.remove(jobId);
      }
    });
    return removed > 0;
  }

  /**
   * Moves what waits in a partition in which it no longer belongs, after the number of partitions changed; `keyOf` reads
   * the partition's key out of a payload. Gives how many jobs were moved. Throws when Redis is away.
   */
  async rehome<N extends keyof J & string>(name: N, keyOf: (data: J[N]) => string, now: number): Promise<number> {
    if (!this.isReady()) throw new Error('redis is away');
    const definition = this.definition(name);
    const target = (job: Job): Queue | undefined => {
      if (job.name !== name) return undefined;
      const { payload } = job.data as JobEnvelope;
      return this.queue(this.queueFor(name, definition, keyOf(payload as J[N])));
    };
    let moved = 0;
    for (const queue of queuesOf(definition)) {
      moved += await moveJobs(this.queue(queue), this.options.connection, target, now);
    }
    return moved;
  }

  /** Jobs by queue and state. Throws when Redis is away. */
  async counts(): Promise<Readonly<Record<string, QueueCounts>>> {
    if (!this.isReady()) throw new Error('redis is away');
    const counts = this.names().map(async (name) => [name, await this.queue(name).getJobCounts(...COUNTED_STATES)]);
    return Object.fromEntries(await Promise.all(counts)) as Record<string, QueueCounts>;
  }

  /** Time at which the job next in line was handed in, ms since the epoch; undefined for an empty queue. */
  async oldestWaitingMs(queue: string): Promise<number | undefined> {
    const [oldest] = await this.queue(queue).getJobs(['waiting'], 0, 0, true);
    return oldest?.timestamp;
  }

  /** BullMQ's own object, for the dashboard and operators' tools. Needs Redis to be ready. */
  queue(name: string): Queue {
    const known = this.queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, {
      connection: this.options.connection,
      prefix: keyPrefix(this.options.prefix, name),
      skipVersionCheck: true,
    });
    // The connection reports itself; here it would be the same line once per queue.
    queue.on('error', (error) => this.options.logger.debug('queue error', { queue: name, error: error.message }));
    // A connection lost in the first moment leaves a queue that never becomes ready: the next one starts anew.
    queue.waitUntilReady().catch(() => this.queues.delete(name));
    this.queues.set(name, queue);
    return queue;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
    this.queues.clear();
  }

  private definition(name: string): JobDefinition {
    const definition = this.options.jobs[name];
    if (definition === undefined) throw new TypeError(`job ${name} is not in the table`);
    return definition;
  }

  private queueFor(name: string, definition: JobDefinition, key: string | undefined): string {
    const queues = targetsOf(definition);
    if (queues.length > 1 && key === undefined) throw new TypeError(`job ${name} is partitioned and needs a key`);
    return queues[key === undefined ? 0 : partitionOf(key, queues.length)] ?? '';
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<boolean> {
    if (!this.isReady()) return false;
    try {
      await work();
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.options.logger.warn('queue does not answer', { what, error: message });
      return false;
    }
  }

  private async clearFailed(queue: Queue, jobId: string): Promise<void> {
    if ((await queue.getJobState(jobId)) === 'failed') await queue.remove(jobId);
  }
}

function envelope(payload: object): JobEnvelope {
  const context = currentContext();
  if (context === undefined) return { payload };
  const { requestId, traceparent } = context;
  return { requestId, ...(traceparent === undefined ? {} : { traceparent }), payload };
}

function jobOptions(definition: JobDefinition, { jobId, delayMs }: AddOptions): JobsOptions {
  return {
    attempts: definition.attempts ?? 5,
    backoff: { type: 'exponential', delay: definition.backoffMs ?? 1_000, jitter: 0.2 },
    removeOnComplete: true,
    removeOnFail: KEEP_FAILED,
    ...(jobId === undefined ? {} : { jobId }),
    ...(delayMs === undefined || delayMs <= 0 ? {} : { delay: Math.ceil(delayMs) }),
  };
}
