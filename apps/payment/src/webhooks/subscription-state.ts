import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { Database } from '@nx/persistence';

interface StateRow {
  status: string;
  event_types: string[];
}

const ACTIVE = '201_ACTIVATED';

/** Whether a merchant's subscription is there, and takes messages. */
@Injectable()
export class SubscriptionState {
  constructor(private readonly database: Database) {}

  /** Throws `payment.webhook_config.not_found` for another merchant's subscription too. */
  async of(configId: string, merchantId: string): Promise<{ status: string; eventTypes: readonly string[] }> {
    const [row] = await this.database.query<StateRow>(
      'SELECT status, event_types FROM "WebhookConfig" WHERE id = $1 AND merchant_id = $2 AND deleted_at IS NULL',
      [configId, merchantId],
    );
    if (row !== undefined) return { status: row.status, eventTypes: row.event_types };
    throw new AppError({ code: 'payment.webhook_config.not_found', detail: 'The merchant has no such subscription.' });
  }

  /** As `of`; also throws `payment.webhook_config.switched_off`: nothing would be sent. */
  async active(configId: string, merchantId: string): Promise<{ eventTypes: readonly string[] }> {
    const state = await this.of(configId, merchantId);
    if (state.status !== ACTIVE) throw switchedOff();
    return state;
  }

  /** The subscription of a delivery. Throws `payment.webhook_delivery.not_found` or `…switched_off`. */
  async activeOfDelivery(deliveryId: string, merchantId: string): Promise<void> {
    const [row] = await this.database.query<{ status: string; deleted_at: Date | null }>(
      `SELECT c.status, c.deleted_at FROM "WebhookDelivery" d JOIN "WebhookConfig" c ON c.id = d.webhook_config_id
       WHERE d.id = $1 AND d.merchant_id = $2`,
      [deliveryId, merchantId],
    );
    if (row === undefined) {
      throw new AppError({ code: 'payment.webhook_delivery.not_found', detail: 'The merchant has no such delivery.' });
    }
    if (row.status !== ACTIVE || row.deleted_at !== null) throw switchedOff();
  }
}

const switchedOff = (): AppError =>
  new AppError({
    code: 'payment.webhook_config.switched_off',
    detail: 'The subscription is switched off; nothing would be sent. Activate it first.',
  });
