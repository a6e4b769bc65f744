import type { RedisConfig } from '@nx/config';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

const RECONNECT_MAXIMUM_MS = 2000;

/** Tries for ever, quickly at first. */
const reconnectDelay = (times: number): number => Math.min(RECONNECT_MAXIMUM_MS, 50 * 2 ** Math.min(times - 1, 6));

/** The connection that keeps the list of sockets: nothing waits for a Redis that is away. */
export function listRedis(config: RedisConfig): Redis | Cluster {
  const { username, password } = config;
  const redisOptions: RedisOptions = {
    connectTimeout: 3000,
    keepAlive: 5000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 2000,
    autoResendUnfulfilledCommands: false,
    retryStrategy: reconnectDelay,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const client =
    config.mode === 'cluster'
      ? new Cluster(config.nodes, { redisOptions, enableOfflineQueue: false, clusterRetryStrategy: reconnectDelay })
      : new Redis(config.url, redisOptions);
  // Without a listener its being away would end the process.
  client.on('error', () => undefined);
  return client;
}
