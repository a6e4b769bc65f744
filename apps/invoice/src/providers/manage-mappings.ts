import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, invalidField, type Clock } from '@nx/contracts';
import { decodeCursor, page, type OnceRequest, type Page, type PageQuery } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, isUniqueViolation } from '@nx/persistence';
import { IdempotencyStore, IdGenerator } from '@nx/reliable';
import { MerchantTable, type SettingsRow } from './merchant-table';
import type {
  CreateMappingRequest,
  MappingView,
  ProfileRequest,
  ProfileView,
  UpdateMappingRequest,
} from './provider-config.dto';
import type { SettingStatus } from './provider.dto';

interface MappingRow extends SettingsRow {
  merchant_id: string;
  sale_channel_id: string;
  invoice_provider_config_id: string;
  status: SettingStatus;
}

interface ProfileRow {
  location_code: string | null;
  location_name: string | null;
  location_address: string | null;
  contact_email: string | null;
  contact_phone: string | null;
  needs_registration: boolean;
  needs_registration_reason: string | null;
}

const COLUMNS = 'id, merchant_id, sale_channel_id, invoice_provider_config_id, status, created_at, modified_at';
const PROFILE_COLUMNS = `location_code, location_name, location_address, contact_email, contact_phone,
  needs_registration, needs_registration_reason`;

/** Which sale channel uses which configuration, and what a merchant says about itself for its invoices. */
@Injectable()
export class ManageMappings {
  private readonly table: MerchantTable<MappingRow>;

  constructor(
    private readonly database: Database,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.table = new MerchantTable<MappingRow>(database, 'InvoiceConfigMapping', COLUMNS);
  }

  async list(merchantId: string, query: PageQuery): Promise<Page<MappingView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.table.list(merchantId, after, query.limit);
    const { data, nextCursor } = page(rows, query.limit, (row) => ({
      createdAtMs: row.created_at.getTime(),
      id: row.id,
    }));
    return { data: data.map(viewOf), nextCursor };
  }

  async one(merchantId: string, id: string): Promise<MappingView> {
    return viewOf((await this.table.find(merchantId, id)) ?? notFound());
  }

  async create(request: CreateMappingRequest, actor: MerchantActor, key?: OnceRequest): Promise<MappingView> {
    await this.check(request, actor.merchantId);
    const now = new Date(this.clock.now());
    const values = {
      id: this.ids.next(),
      merchant_id: actor.merchantId,
      sale_channel_id: request.saleChannelId,
      invoice_provider_config_id: request.invoiceProviderConfigId,
      status: request.status ?? '201_ACTIVATED',
      created_at: now,
      modified_at: now,
      created_by: actor.userId,
      modified_by: actor.userId,
    };
    return unique(() =>
      this.database.transaction(async (tx) => {
        const made = viewOf(await this.table.insert(tx, values));
        await this.keys.remember(tx, key, made);
        return made;
      }),
    );
  }

  async update(id: string, request: UpdateMappingRequest, actor: MerchantActor): Promise<MappingView> {
    await this.check(request, actor.merchantId);
    const row = await unique(() =>
      this.table.update(actor.merchantId, id, {
        sale_channel_id: request.saleChannelId,
        invoice_provider_config_id: request.invoiceProviderConfigId,
        status: request.status,
        modified_at: new Date(this.clock.now()),
        modified_by: actor.userId,
      }),
    );
    return viewOf(row ?? notFound());
  }

  async remove(id: string, actor: MerchantActor): Promise<void> {
    if (!(await this.table.remove(actor.merchantId, id, actor.userId, new Date(this.clock.now())))) notFound();
  }

  async profile(merchantId: string): Promise<ProfileView> {
    const [row] = await this.database.query<ProfileRow>(
      `SELECT ${PROFILE_COLUMNS} FROM "MerchantInvoiceProfile" WHERE merchant_id = $1 AND deleted_at IS NULL`,
      [merchantId],
    );
    return profileOf(merchantId, row);
  }

  /** Sets the given members; an empty text removes one. */
  async saveProfile(request: ProfileRequest, actor: MerchantActor): Promise<ProfileView> {
    const text = (value: string | undefined): string | null => value ?? null;
    const [row] = await this.database.query<ProfileRow>(
      `INSERT INTO "MerchantInvoiceProfile" AS p (id, merchant_id, location_code, location_name, location_address,
         contact_email, contact_phone, created_at, modified_at, created_by, modified_by)
       VALUES ($1, $2, nullif($3, ''), nullif($4, ''), nullif($5, ''), nullif($6, ''), nullif($7, ''), $8, $8, $9, $9)
       ON CONFLICT (merchant_id) WHERE deleted_at IS NULL DO UPDATE SET
         location_code = nullif(coalesce($3, p.location_code), ''),
         location_name = nullif(coalesce($4, p.location_name), ''),
         location_address = nullif(coalesce($5, p.location_address), ''),
         contact_email = nullif(coalesce($6, p.contact_email), ''),
         contact_phone = nullif(coalesce($7, p.contact_phone), ''),
         needs_registration = p.needs_registration AND NOT $10,
         needs_registration_reason = CASE WHEN $10 THEN NULL ELSE p.needs_registration_reason END,
         modified_at = $8, modified_by = $9
       RETURNING ${PROFILE_COLUMNS}`,
      [
        this.ids.next(),
        actor.merchantId,
        text(request.locationCode),
        text(request.locationName),
        text(request.locationAddress),
        text(request.contactEmail),
        text(request.contactPhone),
        new Date(this.clock.now()),
        actor.userId,
        request.needsRegistration === false,
      ],
    );
    return profileOf(actor.merchantId, row);
  }

  private async check({ invoiceProviderConfigId }: UpdateMappingRequest, merchantId: string): Promise<void> {
    if (invoiceProviderConfigId === undefined) return;
    const [found] = await this.database.query(
      `SELECT id FROM "InvoiceProviderConfig" WHERE id = $1 AND merchant_id = $2 AND deleted_at IS NULL`,
      [invoiceProviderConfigId, merchantId],
    );
    if (found === undefined) {
      const detail = 'the merchant has no such provider configuration';
      throw invalidField('request.invalid', '/invoiceProviderConfigId', detail);
    }
  }
}

async function unique<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError({ code: 'invoice.mapping.exists', detail: 'This sale channel is mapped already.' });
  }
}

function notFound(): never {
  throw new AppError({ code: 'request.not_found', detail: 'The merchant has no such mapping.' });
}

const viewOf = (row: MappingRow): MappingView => ({
  id: row.id,
  merchantId: row.merchant_id,
  saleChannelId: row.sale_channel_id,
  invoiceProviderConfigId: row.invoice_provider_config_id,
  status: row.status,
  createdAt: row.created_at.toISOString(),
  modifiedAt: row.modified_at.toISOString(),
});

const profileOf = (merchantId: string, row: ProfileRow | undefined): ProfileView => ({
  merchantId,
  locationCode: row?.location_code ?? null,
  locationName: row?.location_name ?? null,
  locationAddress: row?.location_address ?? null,
  contactEmail: row?.contact_email ?? null,
  contactPhone: row?.contact_phone ?? null,
  needsRegistration: row?.needs_registration ?? false,
  needsRegistrationReason: row?.needs_registration_reason ?? null,
});
