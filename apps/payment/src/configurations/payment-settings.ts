import { Inject, Injectable } from '@nestjs/common';
import type { ActivityNotification, Clock } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { PaymentConfig } from '../payment.config';
import { DECRYPT_FAILURES, SETTINGS_CODE, valueAad } from './sealed-configuration';

/** A merchant's settings of this service, complete with their defaults. */
export interface MerchantPaymentSettings {
  readonly autoRefund: boolean;
  readonly notificationScope: ActivityNotification['recipientScope'];
  readonly timeZone: string;
  readonly refundLimitMinor: number | null;
}

export const DEFAULT_PAYMENT_SETTINGS: MerchantPaymentSettings = {
  autoRefund: false,
  notificationScope: 'merchant',
  timeZone: 'Asia/Ho_Chi_Minh',
  refundLimitMinor: null,
};

interface SettingsRow {
  id: string;
  t_value: string;
}

/** Reads PAYMENT_SETTINGS of a merchant; kept for seconds, because every settled payment asks. */
@Injectable()
export class PaymentSettings {
  private readonly cache = new Map<string, { readonly settings: MerchantPaymentSettings; readonly until: number }>();
  private readonly select: Statement<SettingsRow>;
  private readonly failures: Counter;

  constructor(
    database: Database,
    private readonly ring: KeyRing,
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter(...DECRYPT_FAILURES);
    this.select = database.statement(
      'payment-settings',
      `SELECT id, t_value FROM "Configuration"
       WHERE code = '${SETTINGS_CODE}' AND environment = $2 AND status = '201_ACTIVATED' AND deleted_at IS NULL
         AND t_value IS NOT NULL AND (principal_id = $1 OR principal_id IS NULL)
       ORDER BY principal_id NULLS LAST LIMIT 1`,
    );
  }

  async ofMerchant(merchantId: string): Promise<MerchantPaymentSettings> {
    const now = this.clock.now();
    const known = this.cache.get(merchantId);
    if (known !== undefined && known.until > now) return known.settings;
    const [row] = await this.select.run([merchantId, this.config.providers.environment]);
    const settings = row === undefined ? DEFAULT_PAYMENT_SETTINGS : this.read(row);
    if (this.cache.size > 10_000) this.cache.clear();
    this.cache.set(merchantId, { settings, until: now + this.config.providers.credentialCacheMs });
    return settings;
  }

  /** Forgets what is kept of a merchant, or of all (null) when a row for everybody changed. */
  drop(merchantId: string | null): void {
    if (merchantId === null) this.cache.clear();
    else this.cache.delete(merchantId);
  }

  private read(row: SettingsRow): MerchantPaymentSettings {
    try {
      const stored = JSON.parse(this.ring.open(row.t_value, valueAad(row.id))) as Partial<MerchantPaymentSettings>;
      return { ...DEFAULT_PAYMENT_SETTINGS, ...stored };
    } catch (error) {
      // A merchant's preference must not hold up money that has come in. Money that goes out takes a second person, as
      // nobody can read his limit.
      this.failures.inc();
      this.logger.error('decrypt failed', { table: 'Configuration', row: row.id, error });
      return { ...DEFAULT_PAYMENT_SETTINGS, refundLimitMinor: 0 };
    }
  }
}
