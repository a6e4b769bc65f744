import type { RedisConfig } from '@nx/config';
import { busOptions, reconnectDelay } from '@nx/realtime';
import { Cluster, Redis } from 'ioredis';

/** The connection that keeps the list of sockets, over all nodes of a cluster: nothing waits for a Redis that is away. */
export function listRedis(config: RedisConfig): Redis | Cluster {
  const redisOptions = { ...busOptions(config), commandTimeout: 2000 };
  const client =
    config.mode === 'cluster'
      ? new Cluster(config.nodes, { redisOptions, enableOfflineQueue: false, clusterRetryStrategy: reconnectDelay })
      : new Redis(config.url, redisOptions);
  // Without a listener its being away would end the process.
  client.on('error', () => undefined);
  return client;
}
