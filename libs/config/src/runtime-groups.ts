import { IsIn, Matches, Max, Min } from 'class-validator';
import type { CompletesItself, LoadContext } from './load-config';
import { Setting } from './setting';

type Report = (env: string, problem: string) => void;

export class JwksConfig implements CompletesItself {
  @Setting({
    env: 'APP_ENV_JWKS_URL',
    description: "identity's key set",
    kind: 'url',
    requiredIn: 'always',
    example: 'http://identity:3000/jw-certs',
  })
  url!: string;

  @Setting({ env: 'APP_ENV_JWKS_ISSUER', description: 'issuer that tokens must name' })
  issuer?: string;

  @Setting({ env: 'APP_ENV_JWKS_AUDIENCE', description: 'audience that tokens must name' })
  audience?: string;

  @Setting({
    env: ['APP_ENV_JWKS_MAX_STALE', 'APP_ENV_JWKS_MAX_STALE_MS'],
    description: 'the last good key set is used while identity is away for',
    kind: 'milliseconds',
    default: 86_400_000,
    floor: 60_000,
  })
  maxStaleMs!: number;

  @Setting({
    env: 'APP_ENV_JWT_CLAIMS_SECRET',
    description: 'secrets of encrypted claims, tried in turn',
    kind: 'list',
    default: [],
    secret: true,
  })
  claimsSecrets!: string[];

  complete(context: LoadContext, problem: Report): void {
    const dataKey = context.environment['APP_ENV_APPLICATION_SECRET'];
    if (context.service !== 'payment' || !dataKey) return;
    if (context.production && this.claimsSecrets.includes(dataKey)) {
      problem('APP_ENV_JWT_CLAIMS_SECRET', "holds payment's data key; in production the two must differ");
    }
    if (!context.production && this.claimsSecrets.length === 0) this.claimsSecrets = [dataKey];
  }
}

const NODE_IDS = /^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/;

export class NodeConfig implements CompletesItself {
  @Setting({
    env: ['APP_ENV_NODE_ID', 'APP_ENV_SNOWFLAKE_WORKER_ID'],
    description: 'node id of this process, or a pool of which it takes the first free one',
    requiredIn: 'production',
    default: '950-999',
    example: '8,800-849',
  })
  @Matches(NODE_IDS)
  nodeId!: string;

  @Setting({
    env: 'APP_ENV_NODE_LEASE_MS',
    description: 'life of the node-id lease',
    kind: 'milliseconds',
    default: 6000,
    floor: 3000,
  })
  @Min(500)
  leaseMs!: number;

  @Setting({
    env: 'APP_ENV_NODE_RENEW_MS',
    description: 'the lease is renewed every',
    kind: 'milliseconds',
    default: 2000,
    floor: 500,
  })
  @Min(50)
  renewMs!: number;

  complete(_context: LoadContext, problem: Report): void {
    if (this.renewMs * 2 > this.leaseMs)
      problem('APP_ENV_NODE_RENEW_MS', 'must be at most half of APP_ENV_NODE_LEASE_MS');
    if (!NODE_IDS.test(this.nodeId ?? '')) return;
    const outside = this.nodeId.split(/[,-]/).some((part) => Number(part) > 1023);
    const backwards = this.nodeId.split(',').some((range) => {
      const [from, to] = range.split('-');
      return to !== undefined && Number(to) < Number(from);
    });
    if (outside || backwards) problem('APP_ENV_NODE_ID', 'ids are 0 to 1023, ranges go upwards; example: 8,800-849');
  }
}

export class ObservabilityConfig implements CompletesItself {
  @Setting({ env: 'APP_ENV_LOG_LEVEL', description: 'least severe lines that are written', default: 'info' })
  @IsIn(['debug', 'info', 'warn', 'error', 'silent'])
  logLevel!: 'debug' | 'info' | 'warn' | 'error' | 'silent';

  @Setting({
    env: 'APP_ENV_METRICS_PORT',
    description: 'port of /metrics (default: server port − 10000 above 20000, else 9464)',
    kind: 'integer',
    example: '9464',
  })
  @Min(0)
  @Max(65535)
  metricsPort!: number;

  @Setting({
    env: 'APP_ENV_OTLP_ENDPOINT',
    description: 'traces are sent there',
    kind: 'url',
    example: 'http://collector:4318',
  })
  otlpEndpoint?: string;

  complete(context: LoadContext): void {
    if (this.metricsPort !== undefined) return;
    const port = Number(context.environment['APP_ENV_SERVER_PORT'] ?? 0);
    this.metricsPort = port > 20_000 ? port - 10_000 : 9464;
  }
}

export class RateLimitConfig {
  @Setting({
    env: 'APP_ENV_RATE_LIMIT_PER_SUBJECT',
    description: 'requests per minute and user, 0 = off',
    kind: 'integer',
    default: 600,
  })
  @Min(0)
  perSubjectPerMinute!: number;

  @Setting({
    env: 'APP_ENV_RATE_LIMIT_PER_IP',
    description: 'requests per minute and address, 0 = off',
    kind: 'integer',
    default: 1200,
  })
  @Min(0)
  perIpPerMinute!: number;

  @Setting({
    env: 'APP_ENV_RATE_LIMIT_CLAIM_PER_IP',
    description: 'claim-page requests per minute and address, 0 = off',
    kind: 'integer',
    default: 10,
  })
  @Min(0)
  claimPerIpPerMinute!: number;
}

/** Timers of the outbox, the leases of work, the parking sweeper and the cleaning, shared by the services. */
export class ReliableConfig {
  @Setting({
    env: 'APP_ENV_OUTBOX_POLL_MS',
    description: 'the outbox is looked at at least every',
    kind: 'milliseconds',
    default: 200,
    floor: 50,
  })
  @Min(5)
  outboxPollMs!: number;

  @Setting({
    env: 'APP_ENV_OUTBOX_BATCH',
    description: 'aggregates that a relay takes at once',
    kind: 'integer',
    default: 200,
  })
  @Min(1)
  @Max(2000)
  outboxBatch!: number;

  @Setting({
    env: 'APP_ENV_WORKER_LEASE_MS',
    description: 'life of a lease of batch work',
    kind: 'milliseconds',
    default: 60_000,
    floor: 10_000,
  })
  @Min(100)
  workerLeaseMs!: number;

  @Setting({
    env: 'APP_ENV_PARKING_SWEEP_MS',
    description: 'parked records are looked at every',
    kind: 'milliseconds',
    default: 5000,
    floor: 500,
  })
  @Min(10)
  parkingSweepMs!: number;

  @Setting({
    env: 'APP_ENV_PARKING_DELAYS_MS',
    description: 'waits before the tries of a parked record',
    kind: 'list',
    default: ['60000', '300000', '900000', '3600000'],
  })
  @Matches(/^\d{1,9}$/, { each: true })
  parkingDelaysMs!: string[];

  @Setting({
    env: 'APP_ENV_IDEMPOTENCY_TTL_MS',
    description: 'an idempotency key is remembered for',
    kind: 'milliseconds',
    default: 86_400_000,
    floor: 3_600_000,
  })
  idempotencyTtlMs!: number;

  @Setting({
    env: 'APP_ENV_INBOX_TTL_MS',
    description: 'a handled event is remembered for',
    kind: 'milliseconds',
    default: 7_776_000_000,
    floor: 604_800_000,
  })
  inboxTtlMs!: number;

  @Setting({
    env: 'APP_ENV_UPKEEP_MS',
    description: 'partitions are made and old keys removed every',
    kind: 'milliseconds',
    default: 3_600_000,
    floor: 60_000,
  })
  @Min(50)
  upkeepMs!: number;
}
