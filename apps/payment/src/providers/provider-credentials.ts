import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { DecryptError, KeyRing } from '@nx/crypto';
import {
  ConfigurationError,
  PROVIDERS,
  type PaymentProvider,
  type ProviderCode,
  type ProviderConfiguration,
} from '@nx/mq-pay';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { credentialAad, DECRYPT_FAILURES, INTEGRATION_GROUP, valueAad } from '../configurations/sealed-configuration';
import { PaymentConfig } from '../payment.config';

/** A merchant's connection to a provider, opened for one call. */
export interface OpenedCredential {
  /** Null for providers that need no connection. */
  readonly id: string | null;
  readonly keyId: string | null;
  readonly configuration: ProviderConfiguration;
}

/** A secret that may have signed a callback, and the connection that it belongs to. */
export interface CallbackSecret {
  readonly credentialId: string;
  readonly secret: string;
}

/** Secrets that may have signed a callback. */
export interface CallbackSecrets {
  /** Newest first, at most 16. */
  readonly secrets: readonly CallbackSecret[];
  /** There are more, which this process's keys do not open: what these do not verify may still be genuine. */
  readonly incomplete: boolean;
}

interface CredentialRow {
  id: string;
  code: string;
  environment: 'DEVELOPMENT' | 'PRODUCTION';
  t_value: string | null;
  credential: string | null;
  previous_credential: string | null;
  previous_credential_until: Date | null;
}

const COLUMNS = 'id, code, environment, t_value, credential, previous_credential, previous_credential_until';
/** What is said of a connection that our keys do not open. */
const UNOPENED = 'service.unavailable';
/** More connections under one callback name than this are a mistake or an attack on the edge's time. */
const MAX_CALLBACK_SECRETS = 16;

/** Finds and opens connections to providers. Opened ones are kept for seconds and dropped when a row changes. */
@Injectable()
export class ProviderCredentials {
  private readonly opened = new Map<string, { readonly value: unknown; readonly until: number }>();
  private readonly byMerchant: Statement<CredentialRow>;
  private readonly byId: Statement<CredentialRow>;
  private readonly byLookupKey: Statement<CredentialRow>;
  private readonly failures: Counter;

  constructor(
    database: Database,
    private readonly ring: KeyRing,
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.failures = metrics.counter(...DECRYPT_FAILURES);
    this.byMerchant = database.statement(
      'credential-by-merchant',
      `SELECT ${COLUMNS} FROM "Configuration"
       WHERE "group" = '${INTEGRATION_GROUP}' AND code = $1 AND environment = $3 AND status = '201_ACTIVATED'
         AND deleted_at IS NULL AND credential IS NOT NULL
         AND (principal_type = 'MERCHANT' AND principal_id = $2 OR principal_id IS NULL)
       ORDER BY principal_id NULLS LAST LIMIT 1`,
    );
    this.byId = database.statement('credential-by-id', `SELECT ${COLUMNS} FROM "Configuration" WHERE id = $1`);
    // A deleted connection still verifies callbacks of the attempts that were made under it.
    this.byLookupKey = database.statement(
      'credential-by-lookup-key',
      `SELECT ${COLUMNS} FROM "Configuration"
       WHERE code = $1 AND lookup_key = $2 AND environment = $3 AND credential IS NOT NULL
         AND (deleted_at IS NULL OR deleted_at > $4::timestamptz)
       ORDER BY deleted_at IS NULL DESC, modified_at DESC LIMIT ${MAX_CALLBACK_SECRETS}`,
    );
  }

  /** The merchant's own connection, else the platform's. Throws `payment.provider.not_configured`. */
  async ofMerchant(provider: PaymentProvider, merchantId: string): Promise<OpenedCredential> {
    if (provider.capabilities.connectivity === 'LOCAL' && !provider.capabilities.callback) return this.local(provider);
    return this.kept(`merchant:${provider.code}:${merchantId}`, async () => {
      const [row] = await this.byMerchant.run([provider.code, merchantId, this.config.providers.environment]);
      if (row === undefined) {
        throw new AppError({
          code: 'payment.provider.not_configured',
          detail: `The merchant is not connected to ${provider.code}.`,
          errors: [{ pointer: '/payment/provider', detail: 'connect it under /configurations first' }],
        });
      }
      return this.open(provider, row);
    });
  }

  /** The connection that an attempt was made with, even if it was replaced or deleted since. */
  async ofAttempt(provider: PaymentProvider, credentialId: string | null): Promise<OpenedCredential> {
    if (credentialId === null) return this.local(provider);
    return this.kept(`id:${credentialId}`, async () => {
      const [row] = await this.byId.run([credentialId]);
      if (row === undefined) {
        throw new AppError({
          code: 'payment.provider.not_configured',
          detail: 'The connection of this attempt does not exist any more.',
        });
      }
      return this.open(provider, row);
    });
  }

  /** Every secret that may have signed a callback which names `lookupKey`. */
  async callbackSecrets(code: ProviderCode, lookupKey: string): Promise<CallbackSecrets> {
    const provider = PROVIDERS.get(code);
    if (provider === undefined) return { secrets: [], incomplete: false };
    const load = async (): Promise<CallbackSecrets> => {
      const since = new Date(this.clock.now() - 31 * 86_400_000);
      const rows = await this.byLookupKey.run([code, lookupKey, this.config.providers.environment, since]);
      const opened = rows.map((row) => this.secretsOf(provider, row));
      return {
        secrets: opened.flatMap(({ secrets }) => secrets).slice(0, MAX_CALLBACK_SECRETS),
        incomplete: opened.some(({ incomplete }) => incomplete),
      };
    };
    // Names that nobody has are not kept: a flood of them would push out what is needed.
    return this.kept(`lookup:${code}:${lookupKey}`, load, ({ secrets }) => secrets.length > 0);
  }

  /** Forgets everything that was opened; called when a row changes. */
  drop(): void {
    this.opened.clear();
  }

  private secretsOf(provider: PaymentProvider, row: CredentialRow): CallbackSecrets {
    const overlaps = (row.previous_credential_until?.getTime() ?? 0) > this.clock.now();
    const sealed = [row.credential, overlaps ? row.previous_credential : null].filter((text) => text !== null);
    let incomplete = false;
    const secrets = sealed.flatMap((credential) => {
      try {
        const secret = this.open(provider, { ...row, credential }).configuration.callbackSecret;
        return secret === null ? [] : [{ credentialId: row.id, secret }];
      } catch (error) {
        // One row that does not open must not silence the callbacks of the others; `open` has reported it.
        incomplete ||= error instanceof AppError && error.code === UNOPENED;
        return [];
      }
    });
    return { secrets, incomplete };
  }

  private open(provider: PaymentProvider, row: CredentialRow): OpenedCredential {
    try {
      const value: unknown = JSON.parse(row.t_value === null ? '{}' : this.ring.open(row.t_value, valueAad(row.id)));
      const secrets: unknown = JSON.parse(
        row.credential === null ? '{}' : this.ring.open(row.credential, credentialAad(row.id)),
      );
      const configuration = provider.parseConfiguration(value, secrets, row.environment);
      const keyId = row.credential === null ? null : (this.ring.keyIdOf(row.credential) ?? 'legacy');
      return { id: row.id, keyId, configuration };
    } catch (error) {
      throw this.translate(error, row);
    }
  }

  private translate(error: unknown, row: CredentialRow): unknown {
    if (error instanceof DecryptError) {
      this.failures.inc();
      this.logger.error('decrypt failed', { table: 'Configuration', row: row.id, keyId: error.keyId });
      return new AppError({
        code: UNOPENED,
        detail: 'The connection to the provider cannot be opened at the moment; nothing was sent.',
        operatorDetail: `key ${error.keyId} does not open Configuration ${row.id}`,
        retryAfterSeconds: 30,
      });
    }
    if (error instanceof ConfigurationError) {
      return new AppError({
        code: 'payment.provider.configuration_invalid',
        detail: 'The connection to the provider is incomplete.',
        errors: error.problems,
      });
    }
    return error;
  }

  private local(provider: PaymentProvider): OpenedCredential {
    return {
      id: null,
      keyId: null,
      configuration: provider.parseConfiguration({}, {}, this.config.providers.environment),
    };
  }

  private async kept<T>(key: string, load: () => Promise<T>, keep: (value: T) => boolean = () => true): Promise<T> {
    const now = this.clock.now();
    const known = this.opened.get(key);
    if (known !== undefined && known.until > now) return known.value as T;
    const value = await load();
    if (!keep(value)) return value;
    if (this.opened.size > 10_000) this.opened.clear();
    this.opened.set(key, { value, until: now + this.config.providers.credentialCacheMs });
    return value;
  }
}
