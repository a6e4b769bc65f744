import { Injectable } from '@nestjs/common';
import { parseSymbol, type ParsedSymbol } from '@nx/e-invoice';
import { Database, type Tx } from '@nx/persistence';
import type { IssuanceMode, ProviderConfigSnapshot } from '../invoices/invoice';
import { scheduleOf, type ScheduleSettings } from '../invoices/schedule';

/** How a sale of one channel is invoiced: the configuration as it is now, ready to be copied into an invoice. */
export interface IssuancePlan {
  readonly mappingId: string | null;
  readonly mode: IssuanceMode;
  readonly provider: string;
  readonly symbol: ParsedSymbol;
  readonly autoRelease: boolean;
  readonly autoSign: boolean;
  readonly autoSendCqt: boolean;
  readonly snapshot: ProviderConfigSnapshot;
}

interface PlanRow {
  mapping_id: string | null;
  id: string;
  invoice_provider_id: string;
  provider: string;
  serial: string;
  form: ProviderConfigSnapshot['form'];
  category: ProviderConfigSnapshot['category'];
  issuance_mode: IssuanceMode;
  auto_release: boolean;
  auto_sign: boolean;
  auto_send_cqt: boolean;
  retry_metadata: ProviderConfigSnapshot['retry'];
  claim_settings: { windowMinutes: number };
  schedule_settings: ScheduleSettings;
  default_buyer: ProviderConfigSnapshot['defaultBuyer'];
  default_tax_rate: string | null;
  direct_category: ProviderConfigSnapshot['directCategory'];
  rounding_allowance: number;
  notification_scope: 'org' | 'merchant';
}

const SELECT = `c.id, c.invoice_provider_id, p.provider, c.serial, c.form, c.category, c.issuance_mode, c.auto_release,
  c.auto_sign, c.auto_send_cqt, c.retry_metadata, c.claim_settings, c.schedule_settings, c.default_buyer,
  c.default_tax_rate, c.direct_category, c.rounding_allowance, c.notification_scope`;
const ACTIVE = `c.deleted_at IS NULL AND c.status = '201_ACTIVATED' AND p.deleted_at IS NULL AND p.status = '201_ACTIVATED'`;

/** Finds what a merchant has configured for a sale. */
@Injectable()
export class PlanRepository {
  constructor(private readonly database: Database) {}

  /** By sale channel; undefined where the channel is not mapped, or what it is mapped to is not active. */
  async ofChannel(merchantId: string, saleChannelId: string, tx?: Tx): Promise<IssuancePlan | undefined> {
    const [row] = await (tx ?? this.database).query<PlanRow>(
      `SELECT m.id AS mapping_id, ${SELECT}
       FROM "InvoiceConfigMapping" m
       JOIN "InvoiceProviderConfig" c ON c.id = m.invoice_provider_config_id AND c.merchant_id = m.merchant_id
       JOIN "InvoiceProvider" p ON p.id = c.invoice_provider_id AND p.merchant_id = c.merchant_id
       WHERE m.merchant_id = $1 AND m.sale_channel_id = $2 AND m.deleted_at IS NULL AND m.status = '201_ACTIVATED'
         AND ${ACTIVE}`,
      [merchantId, saleChannelId],
    );
    return row === undefined ? undefined : toPlan(row);
  }

  /** By configuration, for an invoice that a person makes. */
  async ofConfig(merchantId: string, configId: string, tx?: Tx): Promise<IssuancePlan | undefined> {
    const [row] = await (tx ?? this.database).query<PlanRow>(
      `SELECT NULL AS mapping_id, ${SELECT}
       FROM "InvoiceProviderConfig" c
       JOIN "InvoiceProvider" p ON p.id = c.invoice_provider_id AND p.merchant_id = c.merchant_id
       WHERE c.merchant_id = $1 AND c.id = $2 AND ${ACTIVE}`,
      [merchantId, configId],
    );
    return row === undefined ? undefined : toPlan(row);
  }
}

function toPlan(row: PlanRow): IssuancePlan {
  const symbol = parseSymbol(row.serial);
  // The serial was checked when it was saved.
  if (symbol === undefined) throw new Error(`provider configuration ${row.id} has no readable serial`);
  return {
    mappingId: row.mapping_id,
    mode: row.issuance_mode,
    provider: row.provider,
    symbol,
    autoRelease: row.auto_release,
    autoSign: row.auto_sign,
    autoSendCqt: row.auto_send_cqt,
    snapshot: {
      providerConfigId: row.id,
      invoiceProviderId: row.invoice_provider_id,
      serial: row.serial,
      form: row.form,
      category: row.category,
      retry: row.retry_metadata,
      claimWindowMinutes: row.claim_settings.windowMinutes,
      scheduleTime: row.schedule_settings.time,
      schedule: scheduleOf(row.schedule_settings),
      defaultBuyer: row.default_buyer,
      defaultTaxRate: row.default_tax_rate,
      directCategory: row.direct_category,
      roundingAllowance: row.rounding_allowance,
      notificationScope: row.notification_scope,
    },
  };
}
