import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

/** The least that a job costs: BullMQ's worker with a handler that does nothing. */
const [redisUrl = '', concurrency = '1', ...queues] = process.argv.slice(2);
for (const queue of queues) {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  new Worker(queue, async () => undefined, { connection, concurrency: Number(concurrency) });
}
