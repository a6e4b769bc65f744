import { Injectable } from '@nestjs/common';
import { decodeCursor, page, type Page } from '@nx/http';
import { Database } from '@nx/persistence';
import { SubscriptionState } from './subscription-state';
import type { DeliveryQuery, DeliveryView, TryView } from './webhook-config.dto';

interface DeliveryRow {
  id: string;
  webhook_config_id: string;
  event_id: string;
  event_type: string;
  transaction_id: string;
  sequence: number;
  status: string;
  tries: number;
  next_try_at: Date | null;
  delivered_at: Date | null;
  last_error: string | null;
  created_at: Date;
  history: TryView[];
}

const COLUMNS = `d.id, d.webhook_config_id, d.event_id, d.event_type, d.transaction_id, d.sequence, d.status, d.tries,
  d.next_try_at, d.delivered_at, d.last_error, d.created_at,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('number', t.number, 'startedAt', t.started_at,
     'durationMs', t.duration_ms, 'statusCode', t.status_code, 'error', t.error, 'response', t.response_excerpt)
     ORDER BY t.created_at), '[]') FROM "WebhookTry" t WHERE t.delivery_id = d.id) AS history`;

/** Deliveries with every try, as operators and merchants see them. */
@Injectable()
export class ListDeliveries {
  constructor(
    private readonly database: Database,
    private readonly subscriptions: SubscriptionState,
  ) {}

  /** Newest first. Throws `payment.webhook_config.not_found` for another merchant's subscription too. */
  async execute(merchantId: string, configId: string, query: DeliveryQuery): Promise<Page<DeliveryView>> {
    await this.subscriptions.of(configId, merchantId);
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<DeliveryRow>(
      `SELECT ${COLUMNS} FROM "WebhookDelivery" d
       WHERE d.webhook_config_id = $1 AND d.merchant_id = $2 AND ($3::text IS NULL OR d.status = $3)
         AND ($4::timestamptz IS NULL OR (d.created_at, d.id) < ($4::timestamptz, $5::text))
       ORDER BY d.created_at DESC, d.id DESC LIMIT $6`,
      [
        configId,
        merchantId,
        query.status ?? null,
        after === undefined ? null : new Date(after.createdAtMs),
        after?.id ?? null,
        query.limit + 1,
      ],
    );
    const found = page(rows, query.limit, (row) => ({ createdAtMs: row.created_at.getTime(), id: row.id }));
    return { data: found.data.map(viewOf), nextCursor: found.nextCursor };
  }
}

const viewOf = (row: DeliveryRow): DeliveryView => ({
  id: row.id,
  webhookConfigId: row.webhook_config_id,
  eventId: row.event_id,
  eventType: row.event_type,
  transactionId: row.transaction_id,
  sequence: row.sequence,
  status: row.status,
  tries: row.tries,
  nextTryAt: row.next_try_at?.toISOString() ?? null,
  deliveredAt: row.delivered_at?.toISOString() ?? null,
  lastError: row.last_error,
  createdAt: row.created_at.toISOString(),
  history: row.history,
});
