import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import { decodeCursor, page, type OnceRequest, type Page, type PageQuery } from '@nx/http';
import { CLOCK, Logger } from '@nx/observability';
import { Database, isUniqueViolation, type Tx } from '@nx/persistence';
import { AuditTrail, IdempotencyStore, IdGenerator } from '@nx/reliable';
import { PaymentConfig } from '../payment.config';
import { ProviderCredentials } from '../providers/provider-credentials';
import { checkConfiguration } from './configuration-rules';
import type { ConfigurationView, CreateConfigurationRequest, UpdateConfigurationRequest } from './configuration.dto';
import { ConfigurationRepository, type ConfigurationRow } from './configuration.repository';
import { PaymentSettings } from './payment-settings';
import { credentialAad, INTEGRATION_GROUP, valueAad } from './sealed-configuration';

type Json = Record<string, unknown>;

/** What a request writes, by name: settings lie sealed, so their values stay out of the audit too. */
const writtenBy = (request: Partial<CreateConfigurationRequest & UpdateConfigurationRequest>): object => ({
  settings: Object.keys(request.tValue ?? {}).toSorted(),
  secrets: Object.keys(request.credential ?? {}).toSorted(),
  ...(request.status === undefined ? {} : { status: request.status }),
});

/** Callbacks of attempts under way name the old merchant: under the new name they would look forged. */
const namesAnother = (): AppError =>
  new AppError({
    code: 'payment.provider.configuration_invalid',
    detail: 'The settings name another merchant of the provider. Disconnect this one and connect the other.',
    errors: [{ pointer: '/tValue', detail: 'names another merchant of the provider' }],
  });

/** How long a replaced credential still verifies callbacks. */
const PREVIOUS_LIFE_MS = 31 * 86_400_000;

/** Connections of a merchant. Settings can be read, secrets only written; both lie sealed. */
@Injectable()
export class ManageConfigurations {
  constructor(
    private readonly database: Database,
    private readonly repository: ConfigurationRepository,
    private readonly ring: KeyRing,
    private readonly credentials: ProviderCredentials,
    private readonly settings: PaymentSettings,
    private readonly audit: AuditTrail,
    private readonly config: PaymentConfig,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(merchantId: string, query: PageQuery): Promise<Page<ConfigurationView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.repository.list(merchantId, query.limit, after);
    const found = page(rows, query.limit, (row) => ({ createdAtMs: row.created_at.getTime(), id: row.id }));
    return { data: found.data.map((row) => this.view(row)), nextCursor: found.nextCursor };
  }

  async one(merchantId: string, id: string): Promise<ConfigurationView> {
    return this.view(await this.found(merchantId, id));
  }

  async create(
    request: CreateConfigurationRequest,
    actor: MerchantActor,
    key?: OnceRequest,
  ): Promise<ConfigurationView> {
    const environment = request.environment ?? this.config.providers.environment;
    const { lookupKey } = checkConfiguration(request.code, request.tValue, request.credential, environment);
    const id = this.ids.next();
    try {
      await this.database.transaction(async (tx) => {
        await this.repository.insert(tx, {
          id,
          code: request.code,
          group: INTEGRATION_GROUP,
          merchantId: actor.merchantId,
          environment,
          lookupKey,
          value: this.ring.seal(JSON.stringify(request.tValue), valueAad(id)),
          credential: this.sealedSecrets(request.credential, id),
          now: new Date(this.clock.now()),
          actorId: actor.userId,
        });
        await this.record(tx, 'configuration.create', id, actor, writtenBy(request));
        const { tValue: _sealed, ...body } = this.view(await this.found(actor.merchantId, id, tx));
        await this.keys.remember(tx, key, body);
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'configuration_principal')) throw error;
      throw new AppError({
        code: 'payment.configuration.exists',
        detail: `The merchant has a configuration ${request.code} for ${environment}. Update that one.`,
      });
    }
    this.changed(actor.merchantId, request.credential !== undefined, id);
    return this.one(actor.merchantId, id);
  }

  async update(id: string, request: UpdateConfigurationRequest, actor: MerchantActor): Promise<ConfigurationView> {
    await this.database.transaction(async (tx) => {
      const row = await this.found(actor.merchantId, id, tx);
      const value = request.tValue ?? this.openedValue(row) ?? {};
      const credential = request.credential ?? (await this.openedSecrets(tx, id));
      const { lookupKey } = checkConfiguration(row.code, value, credential, row.environment);
      if (lookupKey !== row.lookup_key) throw namesAnother();
      const now = this.clock.now();
      await this.repository.update(tx, id, {
        lookupKey,
        value: request.tValue === undefined ? null : this.ring.seal(JSON.stringify(request.tValue), valueAad(id)),
        credential: this.sealedSecrets(request.credential, id),
        status: request.status ?? row.status,
        previousUntil: new Date(now + PREVIOUS_LIFE_MS),
        now: new Date(now),
        actorId: actor.userId,
      });
      await this.record(tx, 'configuration.update', id, actor, writtenBy(request));
    });
    this.changed(actor.merchantId, request.credential !== undefined, id);
    return this.one(actor.merchantId, id);
  }

  async remove(id: string, actor: MerchantActor): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.found(actor.merchantId, id, tx);
      await this.repository.remove(tx, id, new Date(this.clock.now()), actor.userId);
      await this.record(tx, 'configuration.delete', id, actor);
    });
    this.changed(actor.merchantId, false, id);
  }

  /** Throws `payment.configuration.not_found` for another merchant's row too. */
  async found(merchantId: string, id: string, tx?: Tx): Promise<ConfigurationRow> {
    const row = await this.repository.find(merchantId, id, tx);
    if (row !== undefined) return row;
    throw new AppError({ code: 'payment.configuration.not_found', detail: 'The merchant has no such configuration.' });
  }

  private view(row: ConfigurationRow): ConfigurationView {
    return {
      id: row.id,
      code: row.code,
      group: row.group,
      principalType: row.principal_type,
      principalId: row.principal_id,
      environment: row.environment,
      lookupKey: row.lookup_key,
      tValue: this.openedValue(row),
      hasCredential: row.has_credential,
      status: row.status,
      createdAt: row.created_at.toISOString(),
      modifiedAt: row.modified_at.toISOString(),
    };
  }

  private openedValue(row: ConfigurationRow): Json | null {
    return row.t_value === null ? null : (JSON.parse(this.ring.open(row.t_value, valueAad(row.id))) as Json);
  }

  private async openedSecrets(tx: Tx, id: string): Promise<Json | undefined> {
    const sealed = await this.repository.sealedCredential(tx, id);
    return sealed === null ? undefined : (JSON.parse(this.ring.open(sealed, credentialAad(id))) as Json);
  }

  private sealedSecrets(credential: Json | undefined, id: string): string | null {
    return credential === undefined ? null : this.ring.seal(JSON.stringify(credential), credentialAad(id));
  }

  private record(tx: Tx, action: string, id: string, actor: MerchantActor, after?: object): Promise<void> {
    const { userId: actorId, merchantId } = actor;
    return this.audit.write(tx, {
      actorId,
      action,
      entityType: 'Configuration',
      entityId: id,
      merchantId,
      after,
    });
  }

  private changed(merchantId: string, secrets: boolean, id: string): void {
    this.credentials.drop();
    this.settings.drop(merchantId);
    if (secrets) this.logger.security('provider credential written', { configurationId: id, merchantId });
  }
}
