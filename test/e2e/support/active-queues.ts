import { Redis } from 'ioredis';
import type { World } from './world';

/**
 * Queues of a service that know of a job under way, or of one that was cut: it is acknowledged by nobody, and stands
 * there until another worker finds its lock ended. Names as BullMQ keeps them, of its lists of active jobs.
 */
export async function activeQueues({ redis: { url } }: World, service: 'payment' | 'invoice'): Promise<string[]> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    return await redis.keys(`*/${service}/queue/*:active`);
  } finally {
    redis.disconnect();
  }
}
