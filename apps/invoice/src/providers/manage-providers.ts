import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, invalidField, type Clock } from '@nx/contracts';
import { checkTaxCode, InvalidInvoiceError, ISSUERS, type IssuerConnection } from '@nx/e-invoice';
import {
  decodeCursor,
  guardUrl,
  page,
  RefusedAddressError,
  type OnceRequest,
  type Page,
  type PageQuery,
} from '@nx/http';
import { CLOCK, Logger } from '@nx/observability';
import { Database, isUniqueViolation } from '@nx/persistence';
import { IdempotencyStore, IdGenerator } from '@nx/reliable';
import { issuerOf } from '../issuance/call-issuer';
import { SendPort } from '../issuance/send-port';
import { MerchantTable, type SettingsRow } from './merchant-table';
import { ProviderCredentials } from './provider-credentials';
import { secretOf } from './provider-secret';
import {
  PROVIDERS,
  type CreateProviderRequest,
  type ProviderTestAnswer,
  type ProviderView,
  type SettingStatus,
  type UpdateProviderRequest,
} from './provider.dto';

interface ProviderRow extends SettingsRow {
  merchant_id: string;
  name: string;
  provider: string;
  base_url: string;
  tax_code: string;
  settings: Record<string, unknown>;
  status: SettingStatus;
  tested_at: Date | null;
  test_result: string | null;
}

const COLUMNS =
  'id, merchant_id, name, provider, base_url, tax_code, settings, status, tested_at, test_result, created_at, modified_at';

/** A merchant's accounts at invoice providers. Credentials go in sealed and never come out. */
@Injectable()
export class ManageProviders {
  private readonly table: MerchantTable<ProviderRow>;

  constructor(
    private readonly database: Database,
    private readonly credentials: ProviderCredentials,
    private readonly port: SendPort,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.table = new MerchantTable<ProviderRow>(database, 'InvoiceProvider', COLUMNS);
  }

  async list(merchantId: string, query: PageQuery): Promise<Page<ProviderView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.table.list(merchantId, after, query.limit);
    const { data, nextCursor } = page(rows, query.limit, (row) => ({
      createdAtMs: row.created_at.getTime(),
      id: row.id,
    }));
    return { data: data.map(viewOf), nextCursor };
  }

  async one(merchantId: string, id: string): Promise<ProviderView> {
    return viewOf((await this.table.find(merchantId, id)) ?? notFound());
  }

  async create(request: CreateProviderRequest, actor: MerchantActor, key?: OnceRequest): Promise<ProviderView> {
    this.check(request);
    const id = this.ids.next();
    const now = new Date(this.clock.now());
    const { clientId, clientSecret } = request;
    const secret = secretOf(request.provider, request) ?? { clientId, clientSecret };
    const values = {
      id,
      merchant_id: actor.merchantId,
      name: request.name,
      provider: request.provider,
      base_url: request.baseUrl,
      tax_code: checkTaxCode(request.taxCode).normalized,
      credential: this.credentials.seal(id, secret),
      settings: request.settings ?? {},
      status: request.status ?? '201_ACTIVATED',
      created_at: now,
      modified_at: now,
      created_by: actor.userId,
      modified_by: actor.userId,
    };
    const view = await this.unique(() =>
      this.database.transaction(async (tx) => {
        const made = viewOf(await this.table.insert(tx, values));
        await this.keys.remember(tx, key, made);
        return made;
      }),
    );
    this.logger.security('invoice provider credentials written', { providerId: id, actorId: actor.userId });
    return view;
  }

  async update(id: string, request: UpdateProviderRequest, actor: MerchantActor): Promise<ProviderView> {
    this.check(request);
    const provider = request.provider ?? (await this.table.find(actor.merchantId, id))?.provider ?? notFound();
    const secret = secretOf(provider, request);
    const row = await this.unique(() =>
      this.table.update(actor.merchantId, id, {
        name: request.name,
        provider: request.provider,
        base_url: request.baseUrl,
        tax_code: request.taxCode === undefined ? undefined : checkTaxCode(request.taxCode).normalized,
        credential: secret === undefined ? undefined : this.credentials.seal(id, secret),
        settings: request.settings,
        status: request.status,
        modified_at: new Date(this.clock.now()),
        modified_by: actor.userId,
      }),
    );
    if (secret !== undefined) {
      this.logger.security('invoice provider credentials written', { providerId: id, actorId: actor.userId });
    }
    return viewOf(row ?? notFound());
  }

  /** Disconnects. Invoices on their way keep their connection; configurations must be removed first. */
  async remove(id: string, actor: MerchantActor): Promise<void> {
    const [used] = await this.database.query<{ id: string }>(
      `SELECT id FROM "InvoiceProviderConfig" WHERE invoice_provider_id = $1 AND deleted_at IS NULL LIMIT 1`,
      [id],
    );
    if (used !== undefined) {
      const detail = 'Provider configurations use this connection.';
      throw new AppError({ code: 'invoice.provider_config.in_use', detail, extra: { providerConfigId: used.id } });
    }
    if (!(await this.table.remove(actor.merchantId, id, actor.userId, new Date(this.clock.now())))) notFound();
  }

  /** Asks the provider for a fresh token; the result is kept beside the connection. */
  async test(merchantId: string, id: string): Promise<ProviderTestAnswer> {
    const row = (await this.table.find(merchantId, id)) ?? notFound();
    const found = (await this.credentials.connection(id)) ?? notFound();
    const answer = await this.tryConnection(row.provider, found.connection);
    await this.table.update(merchantId, id, {
      tested_at: new Date(this.clock.now()),
      test_result: answer.ok ? 'ok' : (answer.reason ?? 'failed').slice(0, 300),
    });
    return answer;
  }

  private async tryConnection(provider: string, connection: IssuerConnection): Promise<ProviderTestAnswer> {
    try {
      const answer = await issuerOf(provider).testConnection(connection, this.port.for({ provider, call: 'test' }));
      return answer.ok ? { ok: true, reason: null } : { ok: false, reason: answer.reason };
    } catch (error) {
      if (error instanceof InvalidInvoiceError) return { ok: false, reason: error.message };
      throw error;
    }
  }

  private check({ provider, baseUrl, taxCode }: UpdateProviderRequest): void {
    if (provider !== undefined && !PROVIDERS.includes(provider)) {
      // Without a number from us every invoice of a connection that wants one would end unwritten.
      const known = [...ISSUERS.keys()].some((code) => code === provider);
      const code = known ? 'invoice.provider.seller_numbers' : 'invoice.provider.unknown';
      throw invalidField(code, '/provider', `must be one of ${PROVIDERS.join(', ')}`);
    }
    if (taxCode !== undefined) {
      const check = checkTaxCode(taxCode);
      if (!check.valid) throw invalidField('invoice.tax_code.invalid', '/taxCode', check.reason);
    }
    if (baseUrl === undefined) return;
    try {
      guardUrl(baseUrl, this.port.allowed);
    } catch (error) {
      if (error instanceof RefusedAddressError) throw invalidField('request.invalid', '/baseUrl', error.message);
      throw error;
    }
  }

  private async unique<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw invalidField('invoice.provider.exists', '/name', 'another connection of the merchant has this name');
    }
  }
}

function notFound(): never {
  throw new AppError({ code: 'invoice.provider.not_found', detail: 'The merchant has no such invoice provider.' });
}

const viewOf = (row: ProviderRow): ProviderView => ({
  id: row.id,
  merchantId: row.merchant_id,
  name: row.name,
  provider: row.provider,
  baseUrl: row.base_url,
  taxCode: row.tax_code,
  hasCredentials: true,
  settings: row.settings,
  status: row.status,
  testedAt: row.tested_at?.toISOString() ?? null,
  testResult: row.test_result,
  createdAt: row.created_at.toISOString(),
  modifiedAt: row.modified_at.toISOString(),
});
