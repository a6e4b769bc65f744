import {
  ForService,
  Group,
  PlatformConfig,
  refuseProductionKeys,
  Setting,
  type CompletesItself,
  type LoadContext,
} from '@nx/config';
import { MERCHANT_CDC_TOPICS } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import { ArrayMinSize, Matches, Max, Min } from 'class-validator';
import { ClaimSettingsConfig } from './claims/claim.config';

const HEX_KEY = /^[0-9a-fA-F]{64}$/;
const RING = /^[A-Za-z0-9_-]{1,64}:[^,]+(,[A-Za-z0-9_-]{1,64}:[^,]+)*$/;

/** The data keys of invoice, given to this service alone. */
export class InvoiceKeysConfig implements CompletesItself {
  @Setting({
    env: 'APP_ENV_INVOICE_CREDENTIALS_KEY',
    description: 'the one data key, exactly 64 hex characters; `…_KEYS` takes its place where it is set',
    secret: true,
    example: '<64 hex characters>',
  })
  credentialsKey?: string;

  @Setting({
    env: 'APP_ENV_INVOICE_CREDENTIALS_KEYS',
    description: 'data keys as <id>:<secret>,<id>:<secret>; the first encrypts',
    secret: true,
    example: 'k2026:<64 hex characters>',
  })
  credentialsKeys?: string;

  @Setting({
    env: 'APP_ENV_INVOICE_CLAIM_KEYS',
    description: 'keys of claim tokens as <id>:<secret>,<id>:<secret>; the first makes new ones',
    requiredIn: 'always',
    secret: true,
    example: 'c2026:<32 or more random characters>',
  })
  @Matches(RING, { message: 'must be <id>:<secret>,<id>:<secret>' })
  claimKeys!: string;

  complete(context: LoadContext, problem: (env: string, problem: string) => void): void {
    const { credentialsKey, credentialsKeys, claimKeys } = this;
    refuseProductionKeys('APP_ENV_INVOICE_CREDENTIALS_KEYS', credentialsKeys, context, problem);
    refuseProductionKeys('APP_ENV_INVOICE_CLAIM_KEYS', claimKeys, context, problem);
    if (credentialsKey === undefined && credentialsKeys === undefined) {
      problem('APP_ENV_INVOICE_CREDENTIALS_KEY', 'is missing; set it, or APP_ENV_INVOICE_CREDENTIALS_KEYS');
    } else if (credentialsKeys === undefined && !HEX_KEY.test(credentialsKey ?? '')) {
      problem('APP_ENV_INVOICE_CREDENTIALS_KEY', 'must be exactly 64 hex characters');
    } else if (credentialsKeys !== undefined && !RING.test(credentialsKeys)) {
      problem('APP_ENV_INVOICE_CREDENTIALS_KEYS', 'must be <id>:<secret>,<id>:<secret>');
    }
  }
}

export class IssuanceConfig {
  @Setting({
    env: 'APP_ENV_INVOICE_ISSUANCE_WORKER_CONCURRENCY',
    description: 'invoices issued at once by a worker, for each partition',
    kind: 'integer',
    default: 10,
  })
  @Min(1)
  @Max(256)
  concurrency!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_CLAIM_EXPIRY_CONCURRENCY',
    description: 'claim windows closed at once by a worker, for each partition',
    kind: 'integer',
    default: 3,
  })
  @Min(1)
  @Max(64)
  claimExpiryConcurrency!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_QUEUE_PARTITIONS',
    description: 'partitions of the issuance and claim-expiry queues at the first start; later `ops repartition`',
    kind: 'integer',
    default: 3,
  })
  @Min(1)
  @Max(64)
  partitions!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_PARTITION_POLL_MS',
    description: 'processes look how many partitions the queues have every',
    kind: 'milliseconds',
    default: 1000,
    floor: 200,
  })
  partitionPollMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_SWEEP_MS',
    description: 'workers look for due invoices and claims every',
    kind: 'milliseconds',
    default: 5000,
    floor: 500,
  })
  sweepMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_ALARM_AFTER_MS',
    description: 'an invoice near its legal deadline alerts when it has been open for; late sales are issued meanwhile',
    kind: 'milliseconds',
    default: 300_000,
  })
  @Min(0)
  alarmAfterMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_DAY_PAUSE_MS',
    description:
      'after midnight a series issues nothing of the new day for; sales of the old one are heard of meanwhile',
    kind: 'milliseconds',
    default: 300_000,
  })
  @Min(0)
  @Max(21_600_000)
  dayPauseMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_MINUTE_MS',
    description: 'length of a minute in retry delays and claim windows; tests shorten it',
    kind: 'milliseconds',
    default: 60_000,
    floor: 60_000,
  })
  @Min(1)
  minuteMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_LOOK_UP_GAP_MS',
    description: 'time between the two look-ups that prove that nothing was issued',
    kind: 'milliseconds',
    default: 60_000,
    floor: 60_000,
  })
  lookUpGapMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_LONGEST_PROCESSING_MS',
    description:
      "a provider's longest work on a call: no look-up proves anything earlier (default: the provider's own)",
    kind: 'milliseconds',
    floor: 30_000,
  })
  longestProcessingMs?: number;

  @Setting({
    env: 'APP_ENV_INVOICE_LOOK_UP_RETRY_MS',
    description: 'a look-up that failed is repeated after',
    kind: 'milliseconds',
    default: 30_000,
    floor: 5000,
  })
  lookUpRetryMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_DRIFT_CHECK_MS',
    description: 'a worker compares TaxInfo with the whole change feed of merchants every',
    kind: 'milliseconds',
    default: 900_000,
    floor: 60_000,
  })
  driftCheckMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_AUTHORITY_POLL_MS',
    description: 'the code of the authority is asked for after, then with pauses that double',
    kind: 'milliseconds',
    default: 60_000,
    floor: 5000,
  })
  authorityPollMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_CALL_LOCK_MS',
    description: 'a call whose process says nothing for so long counts as unknown; longer than any call lasts',
    kind: 'milliseconds',
    default: 120_000,
    floor: 90_000,
  })
  callLockMs!: number;

  @Setting({
    env: 'APP_ENV_INVOICE_PROVIDER_TIMEOUT_MS',
    description: 'a call to an invoice provider is given up after',
    kind: 'milliseconds',
    default: 30_000,
    floor: 1000,
  })
  providerTimeoutMs!: number;
}

export class NeighboursConfig {
  @Setting({ env: 'APP_ENV_SALE_URL', description: 'root address of sale', kind: 'url', example: 'http://sale:3000' })
  saleUrl?: string;

  @Setting({
    env: 'APP_ENV_COMMERCE_CDC_TOPICS',
    description: "names under which commerce's merchant table is published; those that exist are read",
    kind: 'list',
    default: [...MERCHANT_CDC_TOPICS],
  })
  @ArrayMinSize(1)
  cdcTopics!: string[];

  @Setting({ env: 'APP_ENV_SERVICE_TOKEN', description: 'token for calls to siblings', secret: true })
  serviceToken?: string;

  @Setting({
    env: 'APP_ENV_SALE_TIMEOUT_MS',
    description: 'sale is given up after',
    kind: 'milliseconds',
    default: 5000,
    floor: 500,
  })
  saleTimeoutMs!: number;

  @Setting({
    env: 'APP_ENV_TAX_LOOKUP_URL',
    description: 'register of tax codes, asked as <url>/<tax code>; a hint for forms, off when it is not set',
    kind: 'url',
    example: 'https://api.vietqr.io/v2/business',
  })
  taxLookupUrl?: string;

  @Setting({
    env: 'APP_ENV_TAX_LOOKUP_TIMEOUT_MS',
    description: 'the register of tax codes is given up after',
    kind: 'milliseconds',
    default: 5000,
    floor: 500,
  })
  taxLookupTimeoutMs!: number;

  @Setting({
    env: 'APP_ENV_TAX_LOOKUP_CACHE_MS',
    description: 'an answer of the register is used for',
    kind: 'milliseconds',
    default: 86_400_000,
    floor: 60_000,
  })
  taxLookupCacheMs!: number;

  @Setting({
    env: 'APP_ENV_WEBHOOK_ALLOWED_NETWORKS',
    description: 'private networks (CIDR) in which invoice providers may live, http included',
    kind: 'list',
    default: [],
    example: '10.0.0.0/8',
  })
  allowedNetworks!: string[];
}

export class WebhooksInConfig {
  @Setting({
    env: 'WEBHOOK_SECRET',
    description: 'secrets of notices with the source merchant; several during a rotation',
    kind: 'list',
    default: [],
    secret: true,
  })
  merchantSecrets!: string[];

  @Setting({
    env: 'WEBHOOK_INTERNAL_SECRET',
    description: 'secrets of notices with the source internal; several during a rotation',
    kind: 'list',
    default: [],
    secret: true,
  })
  internalSecrets!: string[];
}

@ForService('invoice')
export class InvoiceConfig extends PlatformConfig {
  @Group(() => InvoiceKeysConfig)
  keys!: InvoiceKeysConfig;

  @Group(() => IssuanceConfig)
  issuance!: IssuanceConfig;

  @Group(() => ClaimSettingsConfig)
  claims!: ClaimSettingsConfig;

  @Group(() => NeighboursConfig)
  neighbours!: NeighboursConfig;

  @Group(() => WebhooksInConfig)
  webhooks!: WebhooksInConfig;
}

/**
 * The ring of the data keys. In `…_KEYS` secrets that are all 64 hex characters are the key bytes themselves, so that
 * a single key can go on as `default:<hex>` beside a new one. Throws `KeyRingError` without the value.
 */
export function invoiceKeyRing({ keys }: Readonly<InvoiceConfig>): KeyRing {
  const { credentialsKeys } = keys;
  if (credentialsKeys === undefined) return KeyRing.fromSecret(keys.credentialsKey ?? '', { encoding: 'hex' });
  const secrets = credentialsKeys.split(',').map((entry) => entry.trim().replace(/^[^:]*:/, ''));
  const hex = secrets.every((secret) => HEX_KEY.test(secret));
  return KeyRing.parse(credentialsKeys, { encoding: hex ? 'hex' : 'secret' });
}
