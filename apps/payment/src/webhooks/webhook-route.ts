import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PaymentEventPayload, PaymentEventType } from '@nx/contracts';
import { Database, type Statement } from '@nx/persistence';
import { OutboxRelay, type OutboxRow } from '@nx/reliable';
import { ROUTES } from '../transactions/payment-events';
import { WriteDeliveries } from './write-deliveries';

interface SubscriberRow {
  id: string;
}

/** Turns an event into one delivery per subscriber. The event may come twice. */
@Injectable()
export class WebhookRoute implements OnModuleInit {
  private readonly subscribers: Statement<SubscriberRow>;

  constructor(
    database: Database,
    private readonly relay: OutboxRelay,
    private readonly writing: WriteDeliveries,
  ) {
    this.subscribers = database.statement(
      'webhook-subscribers',
      `SELECT id FROM "WebhookConfig"
       WHERE merchant_id = $1 AND event_types @> ARRAY[$2]::text[] AND status = '201_ACTIVATED' AND deleted_at IS NULL
       ORDER BY id`,
    );
  }

  onModuleInit(): void {
    this.relay.register({
      name: ROUTES.webhooks,
      publish: async (rows) => {
        for (const row of rows) await this.fanOut(row);
      },
    });
  }

  private async fanOut(row: OutboxRow): Promise<void> {
    const payload = row.payload as unknown as PaymentEventPayload;
    const subscribers = await this.subscribers.run([payload.merchantId, row.eventType]);
    const message = {
      eventId: row.eventId,
      merchantId: payload.merchantId,
      transactionId: row.aggregateId,
      requestId: row.headers['x-request-id'] ?? null,
      body: { eventType: row.eventType as PaymentEventType, timestamp: row.occurredAt.getTime(), payload },
    };
    await this.writing.execute(
      message,
      subscribers.map(({ id }) => id),
    );
  }
}
