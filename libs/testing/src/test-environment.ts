import type { TestDatabase, TestService } from './test-database';

export interface TestEnvironmentOptions {
  database: TestDatabase;
  redisUrl: string;
  kafkaBrokers?: readonly string[];
  /** Puts topics, queues and consumer groups apart from those of other test files. */
  prefix: string;
  jwksUrl?: string;
  mode?: 'full' | 'api' | 'worker' | 'migrate';
  /** One id or a pool. Databases are private, so all files may use the same. */
  nodeId?: string;
  /** Further variables; undefined removes one. */
  extra?: Readonly<Record<string, string | undefined>>;
}

const CODES = { payment: 'SVC-00040-PAYMENT', invoice: 'SVC-00150-INVOICE', signal: 'SVC-00090-SIGNAL' };

/** The environment of a service under test: hand it to `loadConfig` or to a child process. Timers are short. */
export function testEnvironment(service: TestService, options: TestEnvironmentOptions): Record<string, string> {
  const migrating = options.mode === 'migrate';
  const variables: Record<string, string | undefined> = {
    APP_ENV_ENVIRONMENT: 'test',
    APP_ENV_APPLICATION_NAME: service,
    APP_ENV_APPLICATION_CODE: CODES[service],
    RUN_MODE: options.mode ?? 'full',
    APP_ENV_SERVER_HOST: '127.0.0.1',
    APP_ENV_SERVER_PORT: '0',
    APP_ENV_METRICS_PORT: '0',
    APP_ENV_POSTGRES_URL: options.database.urlFor(migrating ? 'owner' : 'runtime'),
    APP_ENV_POSTGRES_POOL_MAX: '10',
    APP_ENV_POSTGRES_POOL_MIN: '0',
    // A busy machine may take long to open a connection; that is no answer of 503 that a test waits for.
    APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '10000',
    APP_ENV_REDIS_URL: options.redisUrl,
    APP_ENV_QUEUE_PREFIX: options.prefix,
    APP_ENV_KAFKA_BROKERS: options.kafkaBrokers?.join(','),
    APP_ENV_KAFKA_TOPIC_PREFIX: options.prefix,
    APP_ENV_KAFKA_CLIENT_ID: `${options.prefix}-${service}`,
    APP_ENV_KAFKA_GROUP_ID: `${options.prefix}-${service}`,
    APP_ENV_JWKS_URL: options.jwksUrl ?? 'http://127.0.0.1:9/jw-certs',
    APP_ENV_NODE_ID: options.nodeId ?? '900-949',
    APP_ENV_LOG_LEVEL: 'warn',
    APP_ENV_OUTBOX_POLL_MS: '20',
    APP_ENV_PARKING_SWEEP_MS: '50',
    ...options.extra,
  };
  const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set);
}
