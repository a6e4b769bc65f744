import {
  ForService,
  Group,
  PlatformConfig,
  refuseProductionKeys,
  Setting,
  type CompletesItself,
  type LoadContext,
} from '@nx/config';
import { KeyRing } from '@nx/crypto';
import { IsIn, Matches, Max, Min } from 'class-validator';

/** The data key ring of payment, given to this service alone. */
export class DataKeyConfig implements CompletesItself {
  @Setting({
    env: ['APP_ENV_APPLICATION_SECRET_KEYS', 'APP_ENV_APPLICATION_SECRET'],
    description: 'data keys as <id>:<secret>,<id>:<secret>, or one secret; the first encrypts',
    requiredIn: 'always',
    secret: true,
    example: 'k2026:<32 or more random characters>',
  })
  keys!: string;

  complete(context: LoadContext, problem: (env: string, problem: string) => void): void {
    refuseProductionKeys('APP_ENV_APPLICATION_SECRET_KEYS', this.keys, context, problem);
  }
}

/** Which of the public routes an api serves: the edge of the callbacks stays up while the core is rolled. */
export class RoutesConfig implements CompletesItself {
  @Setting({
    env: 'APP_ENV_HTTP_ROUTES',
    description: 'ipn: an api serves the callbacks of providers and the probes, nothing else',
    default: 'all',
    example: 'ipn',
  })
  @IsIn(['all', 'ipn'])
  served!: 'all' | 'ipn';

  complete(context: LoadContext, problem: (env: string, problem: string) => void): void {
    if (this.served === 'ipn' && context.mode !== 'api')
      problem('APP_ENV_HTTP_ROUTES', `is ipn, which is for run mode api, not for '${context.mode}'; set RUN_MODE=api`);
  }
}

export class ProvidersConfig {
  @Setting({
    env: 'APP_ENV_PROVIDER_ENVIRONMENT',
    description: 'which Configuration rows are used (default: PRODUCTION in production, else DEVELOPMENT)',
    default: 'DEVELOPMENT',
  })
  @IsIn(['DEVELOPMENT', 'PRODUCTION'])
  environment!: 'DEVELOPMENT' | 'PRODUCTION';

  @Setting({
    env: 'APP_ENV_PROVIDER_TIMEOUT_MS',
    description: 'a provider call is given up after',
    kind: 'milliseconds',
    default: 10_000,
    floor: 1000,
  })
  timeoutMs!: number;

  @Setting({
    env: 'APP_ENV_CREDENTIAL_CACHE_MS',
    description: 'opened provider credentials are kept for',
    kind: 'milliseconds',
    default: 5000,
  })
  credentialCacheMs!: number;

  @Setting({
    env: ['APP_ENV_PROVIDER_ALLOWED_NETWORKS', 'APP_ENV_WEBHOOK_ALLOWED_NETWORKS'],
    description: 'private networks (CIDR) in which providers may live; merchants choose the addresses',
    kind: 'list',
    default: [],
    example: '10.0.0.0/8',
  })
  allowedNetworks!: string[];
}

export class PaymentQueueConfig {
  @Setting({
    env: 'APP_ENV_PAYMENT_CONFIRMATION_CONCURRENCY',
    description: 'callbacks applied at once by a worker',
    kind: 'integer',
    default: 16,
  })
  @Min(1)
  @Max(256)
  confirmationConcurrency!: number;

  @Setting({
    env: 'APP_ENV_PAYMENT_WEBHOOK_CONCURRENCY',
    description: 'webhook deliveries at once by a worker',
    kind: 'integer',
    default: 32,
  })
  @Min(1)
  @Max(512)
  webhookConcurrency!: number;

  @Setting({
    env: 'APP_ENV_PAYMENT_SWEEP_MS',
    description: 'workers look for due attempts, callbacks and deliveries every',
    kind: 'milliseconds',
    default: 5000,
    floor: 500,
  })
  sweepMs!: number;
}

export class WebhooksConfig {
  @Setting({
    env: 'APP_ENV_WEBHOOK_ALLOWED_NETWORKS',
    description: 'private networks (CIDR) in which webhook subscribers may live, http included',
    kind: 'list',
    default: [],
    example: '10.0.0.0/8',
  })
  allowedNetworks!: string[];

  @Setting({
    env: 'APP_ENV_WEBHOOK_BACKOFF_MS',
    description: 'pause before the first retry of a delivery; it doubles with each further one',
    kind: 'milliseconds',
    default: 5000,
    floor: 500,
  })
  backoffMs!: number;

  @Setting({
    env: 'APP_ENV_WEBHOOK_BREAKER_OPEN_MS',
    description: 'how long a subscriber that keeps failing is not called; its deliveries wait meanwhile',
    kind: 'milliseconds',
    default: 10_000,
    floor: 1000,
  })
  breakerOpenMs!: number;
}

export class LedgerConfig {
  @Setting({
    env: 'APP_ENV_LEDGER_SEAL_MS',
    description: 'workers seal new journals and audit rows into their hash chains every',
    kind: 'milliseconds',
    default: 5000,
    floor: 100,
  })
  sealMs!: number;
}

export class ApprovalsConfig {
  @Setting({
    env: 'APP_ENV_APPROVAL_VALID_MS',
    description: 'a request for a second person, approved or not, ends after',
    kind: 'milliseconds',
    default: 86_400_000,
    floor: 60_000,
  })
  validMs!: number;
}

export class FreezesConfig {
  @Setting({
    env: 'APP_ENV_FREEZE_POLL_MS',
    description: 'every process looks for changed freezes every; a second is the longest',
    kind: 'milliseconds',
    default: 500,
    floor: 50,
  })
  @Max(1000)
  pollMs!: number;
}

export class ChargebacksConfig implements CompletesItself {
  @Setting({
    env: 'APP_ENV_CHARGEBACK_REMINDER_MS',
    description: 'so long before evidence for a chargeback is due people are reminded of it, ms',
    kind: 'list',
    default: ['259200000', '86400000'],
  })
  @Matches(/^\d{1,10}$/, { each: true })
  reminders!: string[];

  /** The same as numbers. */
  reminderMs: readonly number[] = [];

  complete(): void {
    this.reminderMs = this.reminders.map(Number);
  }
}

export class OperatorsConfig {
  @Setting({
    env: 'APP_ENV_OPERATOR_LIMIT_MINOR',
    description: 'above it an operator needs a second person to end, reverse or accept money; merchants may set theirs',
    kind: 'integer',
    default: 0,
  })
  @Min(0)
  limitMinor!: number;
}

@ForService('payment')
export class PaymentConfig extends PlatformConfig {
  @Group(() => DataKeyConfig)
  dataKeys!: DataKeyConfig;

  @Group(() => RoutesConfig)
  routes!: RoutesConfig;

  @Group(() => ProvidersConfig)
  providers!: ProvidersConfig;

  @Group(() => PaymentQueueConfig)
  queues!: PaymentQueueConfig;

  @Group(() => WebhooksConfig)
  webhooks!: WebhooksConfig;

  @Group(() => LedgerConfig)
  ledger!: LedgerConfig;

  @Group(() => FreezesConfig)
  freezes!: FreezesConfig;

  @Group(() => ApprovalsConfig)
  approvals!: ApprovalsConfig;

  @Group(() => ChargebacksConfig)
  chargebacks!: ChargebacksConfig;

  @Group(() => OperatorsConfig)
  operators!: OperatorsConfig;
}

/** The ring of a setting that is either `<id>:<secret>,…` or one secret. Throws `KeyRingError` without the value. */
export const paymentKeyRing = (config: Readonly<PaymentConfig>): KeyRing =>
  /^[A-Za-z0-9_-]{1,64}:/.test(config.dataKeys.keys)
    ? KeyRing.parse(config.dataKeys.keys)
    : KeyRing.fromSecret(config.dataKeys.keys);
