import { Queue, type BulkJobOptions } from 'bullmq';
import { Redis } from 'ioredis';

export interface BurstJob {
  readonly queue: string;
  readonly name: string;
  readonly data: object;
  readonly jobId: string;
}

/** How often is looked whether all is done, in milliseconds: the error of a figure. */
const LOOK_EVERY_MS = 10;
/** Longer than any burst lasts; whoever hangs ends the measurement. */
const PATIENCE_MS = 60_000;

/** Puts jobs into their queues and measures how fast whoever serves them is done with all. */
export class JobBurst {
  private readonly redis: Redis;
  private readonly queues: ReadonlyMap<string, Queue>;

  /** `prefixOf`: BullMQ's key prefix of a queue. */
  constructor(redisUrl: string, names: readonly string[], prefixOf: (queue: string) => string) {
    this.redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    const open = (name: string): Queue =>
      new Queue(name, { connection: this.redis, prefix: prefixOf(name), skipVersionCheck: true });
    this.queues = new Map(names.map((name) => [name, open(name)]));
  }

  /** Jobs per second, from the moment in which all of them may be taken until none is left. */
  async run(jobs: readonly BurstJob[]): Promise<number> {
    const queues = [...this.queues.values()];
    await Promise.all(queues.map((queue) => queue.pause()));
    for (const [name, queue] of this.queues) {
      const own = jobs.filter((job) => job.queue === name);
      await queue.addBulk(own.map(({ name: job, data, jobId }) => ({ name: job, data, opts: options(jobId) })));
    }
    const begin = performance.now();
    await Promise.all(queues.map((queue) => queue.resume()));
    await this.drained(begin + PATIENCE_MS);
    return jobs.length / ((performance.now() - begin) / 1000);
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    this.redis.disconnect();
  }

  private async drained(deadline: number): Promise<void> {
    for (;;) {
      const counts = await Promise.all([...this.queues.values()].map((queue) => queue.getJobCounts(...OPEN)));
      const left = counts.flatMap((states) => Object.values(states)).reduce((sum, count) => sum + count, 0);
      if (left === 0) return;
      if (performance.now() > deadline) throw new Error(`${left} jobs are not done: ${JSON.stringify(counts)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

const OPEN = ['waiting', 'active', 'prioritized', 'failed'] as const;

const options = (jobId: string): BulkJobOptions => ({ jobId, removeOnComplete: true, attempts: 1 });

/** How many of something one round takes: as many as the last one did in its time, within bounds. */
export class Pace {
  constructor(private perSecond: number) {}

  count(milliseconds: number): number {
    return Math.max(50, Math.round((this.perSecond * milliseconds) / 1000));
  }

  note(perSecond: number): number {
    this.perSecond = perSecond;
    return perSecond;
  }
}
