import type { Logger } from '@nx/observability';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** What this library reads of the Redis settings (`RedisConfig` of the configuration library fits). */
export interface RedisSettings {
  readonly mode: 'single' | 'cluster';
  readonly url: string;
  readonly nodes: readonly { host: string; port: number }[];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export type RedisClient = Redis | Cluster;

const RECONNECT_MAXIMUM_MS = 2_000;
const reconnectDelay = (times: number): number => Math.min(RECONNECT_MAXIMUM_MS, 50 * 2 ** Math.min(times, 10));

/** `fail-fast`: refuses at once while Redis is away, for producers · `patient`: waits for it, for workers. */
export function redisConnection(settings: RedisSettings, kind: 'fail-fast' | 'patient', logger: Logger): RedisClient {
  const patient = kind === 'patient';
  const options: RedisOptions = {
    maxRetriesPerRequest: patient ? null : 1,
    enableOfflineQueue: patient,
    connectTimeout: 3_000,
    // A server that accepts and does not answer is as good as away; a blocking command may take its time.
    ...(patient ? {} : { commandTimeout: 3_000 }),
    retryStrategy: reconnectDelay,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
  };
  const client =
    settings.mode === 'cluster'
      ? new Cluster([...settings.nodes], {
          redisOptions: options,
          enableOfflineQueue: patient,
          clusterRetryStrategy: reconnectDelay,
        })
      : new Redis(settings.url, options);
  let away = false;
  client.on('error', (error: Error) => {
    if (!away) logger.warn('redis connection of the queues lost', { kind, error: error.message });
    away = true;
  });
  client.on('ready', () => {
    if (away) logger.info('redis connection of the queues is back', { kind });
    away = false;
  });
  return client;
}

export const isReady = (client: RedisClient): boolean => client.status === 'ready';
