import { Logger, Metrics } from '@nx/observability';
import { partitionOf } from '@nx/crypto';
import { eventually, privateRedis, uniquePrefix, type PrivateRedis } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeadLetterJobError } from './job-handler.decorator';
import { JobQueue } from './job-queue';
import { defineJobs, partitionedQueues } from './job-table';
import { Partitions } from './partitions';
import { QueueWorkers } from './queue-workers';
import { redisConnection, type RedisClient } from './redis-connection';

interface Jobs {
  part: { readonly order: string; readonly mark?: string };
}
const BASE = '@nx/test/queue/part';
const ORDERS = Array.from({ length: 60 }, (_, index) => `order${index}`);

let redis: PrivateRedis;
const connections: RedisClient[] = [];
const running: QueueWorkers[] = [];
const logger = Logger.create({ service: 'test', mode: 'test', level: 'silent' });

beforeAll(async () => {
  redis = await privateRedis();
});
afterEach(async () => {
  for (const workers of running.splice(0)) await workers.stop();
  for (const connection of connections.splice(0)) connection.disconnect();
});
afterAll(() => redis?.stop());

function connect(kind: 'fail-fast' | 'patient'): RedisClient {
  const connection = redisConnection({ mode: 'single', url: redis.url, nodes: [] }, kind, logger);
  connections.push(connection);
  return connection;
}

function open(partitions: Partitions) {
  const prefix = uniquePrefix();
  const jobs = defineJobs<Jobs>()({ part: { queue: { base: BASE, partitions }, attempts: 1 } });
  const connection = connect('fail-fast');
  const queue = new JobQueue<Jobs>({
    jobs,
    connection,
    prefix,
    logger,
    metrics: new Metrics({ processMetrics: false }),
  });
  const serve = (run: (data: Jobs['part'], at: string) => Promise<void>): QueueWorkers => {
    const workers = new QueueWorkers({
      jobs,
      handlers: new Map([['part', (data, { queue: at }) => run(data as Jobs['part'], at)]]),
      concurrency: { [BASE]: 2 },
      connection: connect('patient'),
      prefix,
      lockMs: 5000,
      logger,
      metrics: new Metrics({ processMetrics: false }),
    });
    running.push(workers);
    workers.start();
    return workers;
  };
  const add = async (orders: readonly string[], delayMs?: number): Promise<void> => {
    await eventually(() => queue.isReady());
    for (const order of orders) {
      const options = delayMs === undefined ? {} : { delayMs };
      expect(await queue.add('part', { order }, { jobId: `part-${order}`, partitionKey: order, ...options })).toBe(
        true,
      );
    }
  };
  return { queue, serve, add };
}

const homeOf = (order: string, count: number): string | undefined =>
  partitionedQueues(BASE, count)[partitionOf(order, count)];

describe('a number of partitions that changes', () => {
  it('is refused where it cannot be', () => {
    expect(() => new Partitions(0)).toThrow(RangeError);
    expect(() => new Partitions(3).set(5, 4)).toThrow(RangeError);
  });

  it('moves what waits and what is delayed, each job once, with its payload and its time', async () => {
    const partitions = new Partitions(3);
    const { queue, serve, add } = open(partitions);
    await add(ORDERS.slice(0, 30));
    await add(ORDERS.slice(30), 60_000);
    partitions.set(5, 5);
    const wrong = ORDERS.filter((order) => homeOf(order, 3) !== homeOf(order, 5)).length;
    expect(wrong).toBeGreaterThan(10);
    expect(await queue.rehome('part', ({ order }) => order, Date.now())).toBe(wrong);
    expect(await queue.rehome('part', ({ order }) => order, Date.now())).toBe(0);
    for (const name of partitionedQueues(BASE, 5)) {
      const jobs = await queue.queue(name).getJobs(['waiting', 'delayed']);
      const orders = jobs.map((job) => (job.data as { payload: { order: string } }).payload.order);
      expect(orders.toSorted()).toEqual(ORDERS.filter((order) => homeOf(order, 5) === name).toSorted());
      const delayed = await queue.queue(name).getJobs(['delayed']);
      for (const job of delayed) expect(job.timestamp + job.delay - Date.now()).toBeGreaterThan(30_000);
    }
    const seen: string[] = [];
    serve(async ({ order }, at) => {
      expect(at).toBe(homeOf(order, 5));
      await Promise.resolve(seen.push(order));
    });
    await eventually(() => seen.length === 30);
    expect(seen.toSorted()).toEqual(ORDERS.slice(0, 30).toSorted());
  });

  it('while jobs run: each runs once, wherever it was', async () => {
    const partitions = new Partitions(4);
    const { queue, serve, add } = open(partitions);
    const ran = new Map<string, number>();
    serve(async ({ order }) => {
      ran.set(order, (ran.get(order) ?? 0) + 1);
      await new Promise((resolve) => setImmediate(resolve));
    });
    await eventually(() => queue.isReady());
    const adding = add(ORDERS);
    for (const count of [7, 2, 5]) {
      partitions.set(count, 7);
      await queue.rehome('part', ({ order }) => order, Date.now());
    }
    await adding;
    await queue.rehome('part', ({ order }) => order, Date.now());
    partitions.set(5, 5);
    await eventually(() => ran.size === ORDERS.length);
    expect([...ran.values()].every((times) => times === 1)).toBe(true);
    expect(queue.names()).toEqual(partitionedQueues(BASE, 5));
    const counts = await eventually(async () => {
      const all = Object.values(await queue.counts());
      return all.every(({ active = 0, waiting = 0 }) => active + waiting === 0) ? all : undefined;
    });
    expect(counts).toHaveLength(5);
  });

  it('keeps a dead letter as failed with its reason and its mark, which a retry brings back', async () => {
    const partitions = new Partitions(1);
    const { queue, serve, add } = open(partitions);
    const seen: (string | undefined)[] = [];
    serve(async ({ order, mark }) => {
      seen.push(mark);
      if (mark === undefined) throw new DeadLetterJobError('given up: REFUSED', { order, mark: 'v7' });
      await Promise.resolve();
    });
    await add(['one']);
    const [name = ''] = partitionedQueues(BASE, 1);
    const failed = await eventually(async () => (await queue.queue(name).getJobs(['failed']))[0]);
    expect(failed?.failedReason).toBe('given up: REFUSED');
    await failed?.retry();
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([undefined, 'v7']);
  });
});
