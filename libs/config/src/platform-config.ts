import { IsIn, IsTimeZone, Matches, Max, MaxLength, Min } from 'class-validator';
import packageFile from '../../../package.json' with { type: 'json' };
import { KafkaConfig, PostgresConfig, RedisConfig } from './connection-groups';
import { FailPointsConfig } from './fail-points-config';
import type { CompletesItself, LoadContext } from './load-config';
import type { RunMode } from './run-mode';
import { JwksConfig, NodeConfig, ObservabilityConfig, RateLimitConfig, ReliableConfig } from './runtime-groups';
import { Group, Setting } from './setting';
import { STAGES, type Stage } from './stage';

export class ApplicationConfig {
  @Setting({
    env: 'APP_ENV_APPLICATION_NAME',
    description: 'name of the service',
    requiredIn: 'always',
    example: 'payment',
  })
  @MaxLength(64)
  name!: string;

  @Setting({
    env: 'APP_ENV_APPLICATION_CODE',
    description: 'code of the service in the registry',
    requiredIn: 'always',
    example: 'SVC-00040-PAYMENT',
  })
  @MaxLength(64)
  code!: string;

  @Setting({
    env: 'APP_ENV_APPLICATION_SECRET',
    description: "payment's data key (other services: not given)",
    secret: true,
  })
  secret?: string;

  @Setting({
    env: 'APP_ENV_APPLICATION_TIMEZONE',
    description: 'time zone of days and schedules',
    default: 'Asia/Ho_Chi_Minh',
  })
  @IsTimeZone()
  timezone!: string;

  @Setting({ env: ['APP_ENV_ENVIRONMENT', 'NODE_ENV'], description: 'kind of deployment', default: 'development' })
  @IsIn(['development', 'test', 'production'])
  environment!: 'development' | 'test' | 'production';

  @Setting({
    env: 'APP_ENV_STAGE',
    description: 'where it is deployed; data keys of production are refused everywhere but in production and dr-drill',
    example: 'preprod',
  })
  @IsIn(STAGES)
  stage?: Stage;

  @Setting({ env: 'APP_ENV_APPLICATION_VERSION', description: 'release that runs', default: packageFile.version })
  @Matches(/^\d+\.\d+\.\d+/)
  version!: string;
}

export class ServerConfig implements CompletesItself {
  @Setting({ env: 'APP_ENV_SERVER_HOST', description: 'address to listen on', default: '0.0.0.0' })
  host!: string;

  @Setting({ env: 'APP_ENV_SERVER_PORT', description: 'port to listen on', kind: 'integer', default: 3000 })
  @Min(0)
  @Max(65535)
  port!: number;

  @Setting({
    env: 'APP_ENV_SERVER_BACKLOG',
    description:
      'connections that may wait to be accepted; clients that come back at once and find no place wait for seconds. The kernel allows net.core.somaxconn at most',
    kind: 'integer',
    default: 4096,
  })
  @Min(1)
  @Max(65535)
  backlog!: number;

  @Setting({ env: 'APP_ENV_SERVER_BASE_PATH', description: 'path before all public routes', default: '/v1/api' })
  @Matches(/^(\/[A-Za-z0-9._-]+)*$/)
  basePath!: string;

  @Setting({
    env: 'APP_ENV_SERVER_BODY_LIMIT_BYTES',
    description: 'largest request body',
    kind: 'integer',
    default: 1_048_576,
  })
  @Min(1024)
  bodyLimitBytes!: number;

  @Setting({
    env: 'APP_ENV_SERVER_CORS_ORIGINS',
    description: 'exact origins that browsers may call from',
    kind: 'list',
    default: [],
    example: 'https://pos.example.vn',
  })
  corsOrigins!: string[];

  @Setting({
    env: 'APP_ENV_SERVER_SHUTDOWN_GRACE_MS',
    description: 'longest wait for running work at a stop',
    kind: 'milliseconds',
    default: 25_000,
    floor: 1000,
  })
  @Max(25_000)
  shutdownGraceMs!: number;

  /** True when this process serves the public routes. */
  httpRoutes?: boolean;

  complete(context: LoadContext): void {
    this.httpRoutes = context.mode === 'full' || context.mode === 'api';
  }
}

export class QueueConfig {
  @Setting({ env: 'APP_ENV_QUEUE_PREFIX', description: 'put before the keys of all queues', default: '' })
  @Matches(/^[A-Za-z0-9._{}-]*$/)
  prefix!: string;

  @Setting({
    env: 'APP_ENV_QUEUE_LOCK_MS',
    description: 'a job whose process has died is taken up by another after',
    kind: 'milliseconds',
    default: 30_000,
    floor: 5000,
  })
  @Min(500)
  lockMs!: number;
}

/** What every service has; its own class extends this one and adds groups. */
export class PlatformConfig {
  @Group(() => ApplicationConfig)
  application!: ApplicationConfig;

  @Group(() => ServerConfig)
  server!: ServerConfig;

  @Group(() => PostgresConfig)
  postgres!: PostgresConfig;

  @Group(() => RedisConfig)
  redis!: RedisConfig;

  @Group(() => RedisConfig, { rename: { from: 'APP_ENV_REDIS', to: 'APP_ENV_CACHE_REDIS' }, fallback: true })
  cacheRedis!: RedisConfig;

  @Group(() => RedisConfig, { rename: { from: 'APP_ENV_REDIS', to: 'APP_ENV_WEBSOCKET_REDIS' }, fallback: true })
  websocketRedis!: RedisConfig;

  @Group(() => QueueConfig)
  queue!: QueueConfig;

  @Group(() => KafkaConfig)
  kafka!: KafkaConfig;

  @Group(() => JwksConfig)
  jwks!: JwksConfig;

  @Group(() => NodeConfig)
  node!: NodeConfig;

  @Group(() => ObservabilityConfig)
  observability!: ObservabilityConfig;

  @Group(() => RateLimitConfig)
  rateLimit!: RateLimitConfig;

  @Group(() => ReliableConfig)
  reliable!: ReliableConfig;

  @Group(() => FailPointsConfig)
  failPoints!: FailPointsConfig;

  mode: RunMode = 'full';

  complete(context: LoadContext): void {
    this.mode = context.mode;
    this.kafka.clientId ??= `${this.application.code}_CONSUMER`;
    this.kafka.groupId ??= `${this.application.code}_CONSUMER_GROUP`;
    const given = context.environment['APP_ENV_METRICS_PORT'];
    if (!given && this.server.port > 20_000) this.observability.metricsPort = this.server.port - 10_000;
  }
}
