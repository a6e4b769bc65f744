import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, invalidField, type Clock } from '@nx/contracts';
import { normalizeBuyer, parseTaxRate, validateBuyer } from '@nx/e-invoice';
import { decodeCursor, page, type OnceRequest, type Page, type PageQuery } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { IdempotencyStore, IdGenerator } from '@nx/reliable';
import { issuerOf } from '../issuance/call-issuer';
import type { InvoiceType, IssuanceMode, RetryMetadata } from '../invoices/invoice';
import { cronProblem, DEFAULT_TIME_ZONE, timeZoneProblem, type ScheduleSettings } from '../invoices/schedule';
import { MerchantTable, type SettingsRow } from './merchant-table';
import type { BuyerRequest } from './buyer.dto';
import type {
  CreateProviderConfigRequest,
  ProviderConfigView,
  UpdateProviderConfigRequest,
} from './provider-config.dto';
import type { SettingStatus } from './provider.dto';

interface ConfigRow extends SettingsRow {
  merchant_id: string;
  invoice_provider_id: string;
  name: string;
  serial: string;
  form: number;
  category: InvoiceType;
  issuance_mode: IssuanceMode;
  auto_release: boolean;
  auto_sign: boolean;
  auto_send_cqt: boolean;
  retry_metadata: RetryMetadata;
  claim_settings: { windowMinutes: number };
  schedule_settings: ScheduleSettings;
  default_buyer: BuyerRequest;
  default_tax_rate: string | null;
  direct_category: string | null;
  rounding_allowance: number;
  notification_scope: 'org' | 'merchant';
  status: SettingStatus;
}

const COLUMNS = `id, merchant_id, invoice_provider_id, name, serial, form, category, issuance_mode, auto_release, auto_sign,
  auto_send_cqt, retry_metadata, claim_settings, schedule_settings, default_buyer, default_tax_rate, direct_category,
  rounding_allowance, notification_scope, status, created_at, modified_at`;

const DEFAULT_SCHEDULE: ScheduleSettings = { time: '21:00' };

const DEFAULTS = {
  auto_release: true,
  auto_sign: true,
  auto_send_cqt: true,
  retry_metadata: { maxRetryCount: 3, retryDelayMinutes: [5, 15, 60] },
  claim_settings: { windowMinutes: 120 },
  schedule_settings: DEFAULT_SCHEDULE,
  default_buyer: { kind: 'CONSUMER' },
  rounding_allowance: 1,
  notification_scope: 'merchant',
  status: '201_ACTIVATED',
};

/** Series and policies of a merchant. An invoice keeps a copy, so a change concerns later invoices alone. */
@Injectable()
export class ManageProviderConfigs {
  private readonly table: MerchantTable<ConfigRow>;

  constructor(
    private readonly database: Database,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.table = new MerchantTable<ConfigRow>(database, 'InvoiceProviderConfig', COLUMNS);
  }

  async list(merchantId: string, query: PageQuery): Promise<Page<ProviderConfigView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.table.list(merchantId, after, query.limit);
    const { data, nextCursor } = page(rows, query.limit, (row) => ({
      createdAtMs: row.created_at.getTime(),
      id: row.id,
    }));
    return { data: data.map(viewOf), nextCursor };
  }

  async one(merchantId: string, id: string): Promise<ProviderConfigView> {
    return viewOf((await this.table.find(merchantId, id)) ?? notFound());
  }

  async create(
    request: CreateProviderConfigRequest,
    actor: MerchantActor,
    key?: OnceRequest,
  ): Promise<ProviderConfigView> {
    await this.check(request, actor.merchantId);
    const now = new Date(this.clock.now());
    const values = {
      ...DEFAULTS,
      ...withoutMissing(columnsOf(request, DEFAULT_SCHEDULE)),
      id: this.ids.next(),
      merchant_id: actor.merchantId,
      created_at: now,
      modified_at: now,
      created_by: actor.userId,
      modified_by: actor.userId,
    };
    return this.database.transaction(async (tx) => {
      const made = viewOf(await this.table.insert(tx, values));
      await this.keys.remember(tx, key, made);
      return made;
    });
  }

  async update(id: string, request: UpdateProviderConfigRequest, actor: MerchantActor): Promise<ProviderConfigView> {
    const known = (await this.table.find(actor.merchantId, id)) ?? notFound();
    const { form = known.form, invoiceProviderId = known.invoice_provider_id } = request;
    await this.check({ ...request, form, invoiceProviderId }, actor.merchantId);
    const row = await this.table.update(actor.merchantId, id, {
      ...columnsOf(request, known.schedule_settings),
      modified_at: new Date(this.clock.now()),
      modified_by: actor.userId,
    });
    return viewOf(row ?? notFound());
  }

  async remove(id: string, actor: MerchantActor): Promise<void> {
    const [used] = await this.database.query<{ id: string }>(
      `SELECT id FROM "InvoiceConfigMapping" WHERE invoice_provider_config_id = $1 AND deleted_at IS NULL LIMIT 1`,
      [id],
    );
    if (used !== undefined) {
      const detail = 'Sale channels are mapped to this configuration.';
      throw new AppError({ code: 'invoice.provider_config.in_use', detail, extra: { mappingId: used.id } });
    }
    if (!(await this.table.remove(actor.merchantId, id, actor.userId, new Date(this.clock.now())))) notFound();
  }

  /** The provider is the merchant's and takes the form; rate and default buyer can stand on an invoice. */
  private async check(request: UpdateProviderConfigRequest, merchantId: string): Promise<void> {
    const { invoiceProviderId, form, defaultTaxRate, defaultBuyer } = request;
    const [provider] = await this.database.query<{ provider: string }>(
      `SELECT provider FROM "InvoiceProvider" WHERE id = $1 AND merchant_id = $2 AND deleted_at IS NULL`,
      [invoiceProviderId, merchantId],
    );
    if (provider === undefined) {
      throw invalidField('request.invalid', '/invoiceProviderId', 'the merchant has no such invoice provider');
    }
    const forms: readonly number[] = issuerOf(provider.provider).capabilities.forms;
    if (form !== undefined && !forms.includes(form)) {
      throw invalidField('request.invalid', '/form', `the provider issues the forms ${forms.join(', ')}`);
    }
    if (defaultTaxRate !== undefined && parseTaxRate(defaultTaxRate) === undefined) {
      throw invalidField('request.invalid', '/defaultTaxRate', 'must be 0%, 5%, 8%, 10%, KCT, KKKNT or KHAC:xx.xx%');
    }
    this.checkSchedule(request);
    const errors = defaultBuyer === undefined ? [] : validateBuyer(defaultBuyer);
    if (errors.length > 0) {
      throw new AppError({
        code: 'invoice.buyer.invalid',
        detail: 'The default buyer is not complete.',
        errors: errors.map(({ pointer, detail }) => ({ pointer: `/defaultBuyer${pointer}`, detail })),
      });
    }
  }

  /** A cron that can be read and comes, a zone that there is, and one way of saying when. */
  private checkSchedule({ scheduleTime, scheduleCron, scheduleTimeZone }: UpdateProviderConfigRequest): void {
    const cron = scheduleCron === undefined ? undefined : cronProblem(scheduleCron, new Date(this.clock.now()));
    const twice = scheduleTime !== undefined && scheduleCron !== undefined;
    const wrong = twice ? 'give either scheduleTime or scheduleCron' : cron;
    if (wrong !== undefined) throw invalidField('request.invalid', '/scheduleCron', wrong);
    const zone = scheduleTimeZone === undefined ? undefined : timeZoneProblem(scheduleTimeZone);
    if (zone !== undefined) throw invalidField('request.invalid', '/scheduleTimeZone', zone);
  }
}

/** The stored schedule with what the request says of it: a time ends a cron, so that who knows only times is heard. */
function scheduleSettingsOf(
  { scheduleTime, scheduleCron, scheduleTimeZone }: UpdateProviderConfigRequest,
  present: ScheduleSettings,
): ScheduleSettings | undefined {
  const told = [scheduleTime, scheduleCron, scheduleTimeZone].some((member) => member !== undefined);
  if (!told) return undefined;
  const cron = scheduleTime === undefined ? (scheduleCron ?? present.cron) : undefined;
  const timeZone = scheduleTimeZone ?? present.timeZone;
  return {
    time: scheduleTime ?? present.time,
    ...(cron === undefined ? {} : { cron }),
    ...(timeZone === undefined ? {} : { timeZone }),
  };
}

function columnsOf(request: UpdateProviderConfigRequest, schedule: ScheduleSettings): Record<string, unknown> {
  const { claimWindowMinutes, defaultBuyer, defaultTaxRate } = request;
  return {
    invoice_provider_id: request.invoiceProviderId,
    name: request.name,
    serial: request.serial,
    form: request.form,
    category: request.category,
    issuance_mode: request.issuanceMode,
    auto_release: request.autoRelease,
    auto_sign: request.autoSign,
    auto_send_cqt: request.autoSendCqt,
    retry_metadata: request.retryMetadata,
    claim_settings: claimWindowMinutes === undefined ? undefined : { windowMinutes: claimWindowMinutes },
    schedule_settings: scheduleSettingsOf(request, schedule),
    default_buyer: defaultBuyer === undefined ? undefined : normalizeBuyer(defaultBuyer),
    default_tax_rate: defaultTaxRate === undefined ? undefined : parseTaxRate(defaultTaxRate),
    direct_category: request.directCategory,
    rounding_allowance: request.roundingAllowance,
    notification_scope: request.notificationScope,
    status: request.status,
  };
}

const withoutMissing = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function notFound(): never {
  const detail = 'The merchant has no such provider configuration.';
  throw new AppError({ code: 'invoice.provider_config.not_found', detail });
}

const viewOf = (row: ConfigRow): ProviderConfigView => ({
  id: row.id,
  merchantId: row.merchant_id,
  invoiceProviderId: row.invoice_provider_id,
  name: row.name,
  serial: row.serial,
  form: row.form,
  category: row.category,
  issuanceMode: row.issuance_mode,
  autoRelease: row.auto_release,
  autoSign: row.auto_sign,
  autoSendCqt: row.auto_send_cqt,
  retryMetadata: { ...row.retry_metadata, retryDelayMinutes: [...row.retry_metadata.retryDelayMinutes] },
  claimWindowMinutes: row.claim_settings.windowMinutes,
  scheduleTime: row.schedule_settings.time,
  scheduleCron: row.schedule_settings.cron ?? null,
  scheduleTimeZone: row.schedule_settings.timeZone ?? DEFAULT_TIME_ZONE,
  defaultBuyer: row.default_buyer,
  defaultTaxRate: row.default_tax_rate,
  directCategory: row.direct_category,
  roundingAllowance: row.rounding_allowance,
  notificationScope: row.notification_scope,
  status: row.status,
  createdAt: row.created_at.toISOString(),
  modifiedAt: row.modified_at.toISOString(),
});
