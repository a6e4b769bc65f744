import type { RedisConfig } from '@nx/config';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

const RECONNECT_MAXIMUM_MS = 2000;

/** Tries for ever, quickly at first: a server that gave up would stay deaf. */
const reconnectDelay = (times: number): number => Math.min(RECONNECT_MAXIMUM_MS, 50 * 2 ** Math.min(times - 1, 6));

function connect(config: RedisConfig, options: RedisOptions): Redis | Cluster {
  const { username, password } = config;
  const redisOptions: RedisOptions = {
    connectTimeout: 3000,
    keepAlive: 5000,
    enableOfflineQueue: false,
    retryStrategy: reconnectDelay,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...options,
  };
  const client =
    config.mode === 'cluster'
      ? new Cluster(config.nodes, { redisOptions, enableOfflineQueue: false, clusterRetryStrategy: reconnectDelay })
      : new Redis(config.url, redisOptions);
  // Being away is told by health and told once in the log; without a listener it would end the process.
  client.on('error', () => undefined);
  return client;
}

/** The connection that listens; it subscribes anew after each reconnect by its owner's hand. */
export const subscriberRedis = (config: RedisConfig): Redis | Cluster =>
  connect(config, { autoResubscribe: false, maxRetriesPerRequest: null });

/** The connection that publishes and keeps the list of sockets: nothing waits for a Redis that is away. */
export const commandRedis = (config: RedisConfig): Redis | Cluster =>
  connect(config, { maxRetriesPerRequest: 0, commandTimeout: 2000, autoResendUnfulfilledCommands: false });
