import { IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import type { CompletesItself, LoadContext } from './load-config';
import { Setting } from './setting';

type Report = (env: string, problem: string) => void;

/** PostgreSQL under the service's runtime role: one URL, or its parts. */
export class PostgresConfig implements CompletesItself {
  @Setting({
    env: 'APP_ENV_POSTGRES_URL',
    description: 'address of the database under the runtime role',
    kind: 'url',
    secret: true,
    example: 'postgres://nx_payment:<password>@postgres:5432/nx_seller',
  })
  url!: string;

  @Setting({ env: 'APP_ENV_POSTGRES_HOST', description: 'host, when no URL is given', example: 'postgres' })
  host?: string;

  @Setting({ env: 'APP_ENV_POSTGRES_PORT', description: 'port, when no URL is given', kind: 'integer', default: 5432 })
  @Min(1)
  @Max(65535)
  port!: number;

  @Setting({ env: 'APP_ENV_POSTGRES_DATABASE', description: 'database, when no URL is given', default: 'nx_seller' })
  database!: string;

  @Setting({ env: 'APP_ENV_POSTGRES_USERNAME', description: 'role, when no URL is given', example: 'nx_payment' })
  username?: string;

  @Setting({ env: 'APP_ENV_POSTGRES_PASSWORD', description: 'password, when no URL is given', secret: true })
  password?: string;

  @Setting({
    env: 'APP_ENV_POSTGRES_OWNER_URL',
    description: 'address under the owner role; run mode migrate alone uses it (default: the URL above)',
    kind: 'url',
    secret: true,
  })
  ownerUrl?: string;

  @Setting({
    env: 'APP_ENV_POSTGRES_POOL_MAX',
    description: 'most connections of one process',
    kind: 'integer',
    default: 40,
  })
  @IsInt()
  @Min(2)
  @Max(1000)
  poolMax!: number;

  @Setting({
    env: 'APP_ENV_POSTGRES_POOL_MIN',
    description: 'connections kept open when idle',
    kind: 'integer',
    default: 2,
  })
  @IsInt()
  @Min(0)
  poolMin!: number;

  @Setting({
    env: 'APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS',
    description: 'limit for a connection',
    kind: 'milliseconds',
    default: 2000,
    floor: 250,
  })
  connectTimeoutMs!: number;

  @Setting({
    env: 'APP_ENV_POSTGRES_IDLE_MS',
    description: 'an idle connection is closed after',
    kind: 'milliseconds',
    default: 30_000,
    floor: 1000,
  })
  idleMs!: number;

  @Setting({
    env: 'APP_ENV_POSTGRES_MAX_LIFETIME_MS',
    description: 'a connection is replaced after',
    kind: 'milliseconds',
    default: 900_000,
    floor: 10_000,
  })
  maxLifetimeMs!: number;

  @Setting({
    env: 'APP_ENV_POSTGRES_LEAK_MS',
    description: 'a connection held longer is reported as a leak',
    kind: 'milliseconds',
    default: 30_000,
    floor: 1000,
  })
  leakMs!: number;

  /** Files that the address or the password came from: they are read again when a connection is made. */
  urlFile?: string;
  passwordFile?: string;

  complete(context: LoadContext, problem: Report): void {
    const urlFile = context.files.get('APP_ENV_POSTGRES_URL');
    const passwordFile = context.files.get('APP_ENV_POSTGRES_PASSWORD');
    if (urlFile !== undefined) this.urlFile = urlFile;
    if (passwordFile !== undefined) this.passwordFile = passwordFile;
    if (this.poolMin > this.poolMax) problem('APP_ENV_POSTGRES_POOL_MIN', 'is above APP_ENV_POSTGRES_POOL_MAX');
    if (this.url) return;
    if (context.mode === 'migrate' && this.ownerUrl) {
      this.url = this.ownerUrl;
      return;
    }
    if (!this.host) {
      problem(
        'APP_ENV_POSTGRES_URL',
        'is not set; give it, or APP_ENV_POSTGRES_HOST; example: postgres://nx_payment:<password>@postgres:5432/nx_seller',
      );
      return;
    }
    if (!this.username) {
      problem('APP_ENV_POSTGRES_USERNAME', 'is not set; the runtime role; example: nx_payment');
      return;
    }
    const secret = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}`;
    this.url = `postgres://${encodeURIComponent(this.username)}${secret}@${this.host}:${this.port}/${this.database}`;
  }
}

/** Redis, single or cluster. `url` is built from host, port and password when it is not given. */
export class RedisConfig implements CompletesItself {
  @Setting({ env: 'APP_ENV_REDIS_MODE', description: 'one server or a cluster', default: 'single' })
  @IsIn(['single', 'cluster'])
  mode!: 'single' | 'cluster';

  @Setting({
    env: 'APP_ENV_REDIS_URL',
    description: 'address of the one server',
    kind: 'url',
    secret: true,
    example: 'redis://:<password>@redis:6379',
  })
  @Matches(/^rediss?:\/\//)
  url!: string;

  @Setting({ env: 'APP_ENV_REDIS_HOST', description: 'host, when no URL is given', example: 'redis' })
  host?: string;

  @Setting({ env: 'APP_ENV_REDIS_PORT', description: 'port, when no URL is given', kind: 'integer', default: 6379 })
  @Min(1)
  @Max(65535)
  port!: number;

  @Setting({ env: 'APP_ENV_REDIS_USERNAME', description: 'user of the access list' })
  username?: string;

  @Setting({ env: 'APP_ENV_REDIS_PASSWORD', description: 'password', secret: true })
  password?: string;

  @Setting({
    env: 'APP_ENV_REDIS_CLUSTER_NODES',
    description: 'first nodes of the cluster',
    kind: 'list',
    default: [],
    example: 'redis-1:6379,redis-2:6379',
  })
  clusterNodes!: string[];

  nodes: { host: string; port: number }[] = [];

  complete(_context: LoadContext, problem: Report): void {
    if (this.mode === 'cluster') {
      this.nodes = this.clusterNodes.map((node) => ({
        host: node.replace(/:\d+$/, ''),
        port: Number(/:(\d+)$/.exec(node)?.[1] ?? 6379),
      }));
      this.url ??= '';
      if (this.nodes.length === 0)
        problem('APP_ENV_REDIS_CLUSTER_NODES', 'is not set; example: redis-1:6379,redis-2:6379');
      return;
    }
    if (this.url) return;
    if (!this.host) {
      problem(
        'APP_ENV_REDIS_URL',
        'is not set; give it, or APP_ENV_REDIS_HOST; example: redis://:<password>@redis:6379',
      );
      return;
    }
    const user = encodeURIComponent(this.username ?? '');
    const login = this.password === undefined ? '' : `${user}:${encodeURIComponent(this.password)}@`;
    this.url = `redis://${login}${this.host}:${this.port}`;
  }
}

/** Kafka. Worker, full and migrate do not start without brokers; api does. */
export class KafkaConfig implements CompletesItself {
  @Setting({
    env: 'APP_ENV_KAFKA_BROKERS',
    description: 'first brokers',
    kind: 'list',
    default: [],
    example: 'kafka-1:9092,kafka-2:9092',
  })
  brokers!: string[];

  @Setting({ env: 'APP_ENV_KAFKA_CLIENT_ID', description: 'client id (default <CODE>_CONSUMER)' })
  clientId?: string;

  @Setting({ env: 'APP_ENV_KAFKA_GROUP_ID', description: 'consumer group (default <CODE>_CONSUMER_GROUP)' })
  groupId?: string;

  @Setting({ env: 'APP_ENV_KAFKA_SSL', description: 'TLS to the brokers', kind: 'boolean', default: false })
  ssl!: boolean;

  @Setting({ env: 'APP_ENV_KAFKA_SASL_MECHANISM', description: 'login at the brokers', example: 'SCRAM-SHA-512' })
  @IsIn(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
  saslMechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

  @Setting({ env: 'APP_ENV_KAFKA_SASL_USERNAME', description: 'user of the login' })
  saslUsername?: string;

  @Setting({ env: 'APP_ENV_KAFKA_SASL_PASSWORD', description: 'password of the login', secret: true })
  saslPassword?: string;

  @Setting({
    env: 'APP_ENV_KAFKA_TOPIC_PREFIX',
    description: 'put before topic names (never before CDC names)',
    default: '',
  })
  @Matches(/^[A-Za-z0-9._-]*$/)
  topicPrefix!: string;

  @Setting({
    env: 'APP_ENV_KAFKA_FROM_BEGINNING',
    description: 'a new group starts at the oldest record',
    kind: 'boolean',
    default: true,
  })
  fromBeginning!: boolean;

  @Setting({
    env: 'APP_ENV_KAFKA_SESSION_TIMEOUT_MS',
    description: 'after so long without a sign of life the partitions of a process go to another',
    kind: 'milliseconds',
    default: 10_000,
    floor: 6000,
  })
  @Min(1000)
  sessionTimeoutMs!: number;

  complete(context: LoadContext, problem: Report): void {
    if (this.brokers.length === 0 && context.mode !== 'api') {
      problem(
        'APP_ENV_KAFKA_BROKERS',
        `is not set; run mode '${context.mode}' needs Kafka; example: kafka-1:9092,kafka-2:9092`,
      );
    }
    if (this.saslMechanism && !this.saslUsername)
      problem('APP_ENV_KAFKA_SASL_USERNAME', 'is not set, although a SASL mechanism is');
    if (this.saslMechanism && !this.saslPassword)
      problem('APP_ENV_KAFKA_SASL_PASSWORD', 'is not set, although a SASL mechanism is');
  }
}
