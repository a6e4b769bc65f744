import type { PartitionedQueue, Partitions } from './partitions';

/** How a job's work is queued and retried. */
export interface JobDefinition {
  /**
   * Name of the queue, or the names of its partitions (see {@link partitionedQueues}), used exactly as given; or a base
   * name whose number of partitions can change.
   */
  readonly queue: string | readonly string[] | PartitionedQueue;
  /** Tries in all; default 5. Then the job is kept as failed; the sweeper's next nudge takes its place. */
  readonly attempts?: number;
  /** Pause before the second try, ms; doubles each time, with a fifth of jitter. Default 1,000. */
  readonly backoffMs?: number;
}

/** The job names of an application with their queues. */
export type JobTable<J extends object = Record<string, object>> = { readonly [N in keyof J & string]: JobDefinition };

/**
 * Types a job table: `const JOBS = defineJobs<PaymentJobs>()({ 'apply-ipn': { queue: … } })`.
 * Throws for a queue name with a colon, which BullMQ refuses, and for a job without a queue.
 */
export const defineJobs =
  <J extends object>() =>
  <T extends JobTable<J>>(table: T): T => {
    for (const [name, definition] of Object.entries<JobDefinition>(table)) {
      const queues = queuesOf(definition);
      if (queues.length === 0) throw new Error(`job ${name} has no queue`);
      const bad = queues.find((queue) => queue === '' || queue.includes(':'));
      if (bad !== undefined) throw new Error(`job ${name}: queue name "${bad}" is empty or holds a colon`);
    }
    return table;
  };

const isPartitioned = (queue: JobDefinition['queue']): queue is PartitionedQueue =>
  typeof queue === 'object' && 'partitions' in queue;

/** The queues in which jobs of this kind may lie now: all that have to be served. */
export function queuesOf({ queue }: JobDefinition): readonly string[] {
  if (typeof queue === 'string') return [queue];
  return isPartitioned(queue) ? partitionedQueues(queue.base, queue.partitions.served) : queue;
}

/** The queues into which new jobs of this kind go, in the order of their partitions. */
export function targetsOf({ queue }: JobDefinition): readonly string[] {
  if (typeof queue === 'string') return [queue];
  return isPartitioned(queue) ? partitionedQueues(queue.base, queue.partitions.count) : queue;
}

/** The changing numbers of partitions that a table names. */
export function partitionsOf(table: JobTable): readonly Partitions[] {
  const all = Object.values(table).flatMap(({ queue }) => (isPartitioned(queue) ? [queue.partitions] : []));
  return [...new Set(all)];
}

/** Names of the partitions of a queue: `<base>-01` … */
export function partitionedQueues(base: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${base}-${String(index + 1).padStart(2, '0')}`);
}

/**
 * BullMQ takes no id with a colon, and none that reads as an integer: about one snowflake in sixty does, so ids need a
 * prefix (`pay-<id>`). Throws TypeError, because it would fail for some ids only.
 */
export function checkJobId(jobId: string): void {
  if (jobId === '' || jobId.includes(':')) throw new TypeError(`job id "${jobId}" is empty or holds a colon`);
  if (/^[0-9A-Za-z]{10,11}$/.test(jobId))
    throw new TypeError(`job id "${jobId}" needs a prefix, such as "pay-${jobId}"`);
  if (String(Number.parseInt(jobId, 10)) === jobId) throw new TypeError(`job id "${jobId}" reads as an integer`);
}
