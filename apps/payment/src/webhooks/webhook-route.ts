import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Clock, PaymentEventPayload, PaymentEventType, PaymentWebhookBody } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { IdGenerator, OutboxRelay, type OutboxRow } from '@nx/reliable';
import type { PaymentJobs } from '../jobs';
import { ROUTES } from '../transactions/payment-events';

interface SubscriberRow {
  id: string;
}

interface SequenceRow {
  last_sequence: number;
}

/**
 * Turns an event into one delivery per subscriber, each with the next number of its transaction. The event may come
 * twice; the numbers stay gapless, because number and row are written together or not at all.
 */
@Injectable()
export class WebhookRoute implements OnModuleInit {
  private readonly subscribers: Statement<SubscriberRow>;

  constructor(
    private readonly database: Database,
    private readonly relay: OutboxRelay,
    private readonly ids: IdGenerator,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
    @Inject(CLOCK) private readonly clock: Clock,
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
    for (const { id } of subscribers) {
      const deliveryId = await this.write(row, payload, id);
      if (deliveryId !== undefined) {
        void this.jobs.add('deliver-webhook', { deliveryId }, { jobId: `deliver-${deliveryId}` });
      }
    }
  }

  private write(row: OutboxRow, payload: PaymentEventPayload, configId: string): Promise<string | undefined> {
    const now = new Date(this.clock.now());
    return this.database.transaction(async (tx) => {
      const known = await tx.query('SELECT 1 FROM "WebhookDelivery" WHERE webhook_config_id = $1 AND event_id = $2', [
        configId,
        row.eventId,
      ]);
      if (known.length > 0) return undefined;
      const [next] = await tx.query<SequenceRow>(
        `INSERT INTO "WebhookSequence" (webhook_config_id, transaction_id, last_sequence) VALUES ($1, $2, 1)
         ON CONFLICT (webhook_config_id, transaction_id)
         DO UPDATE SET last_sequence = "WebhookSequence".last_sequence + 1
         RETURNING last_sequence`,
        [configId, row.aggregateId],
      );
      const sequence = next?.last_sequence ?? 1;
      const id = this.ids.next();
      const body: PaymentWebhookBody = {
        eventType: row.eventType as PaymentEventType,
        timestamp: row.occurredAt.getTime(),
        payload: { ...payload, sequence },
      };
      await tx.execute(
        `INSERT INTO "WebhookDelivery" (id, webhook_config_id, event_id, event_type, merchant_id, transaction_id,
           sequence, body, status, next_try_at, created_at, modified_at, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'PENDING', $9, $9, $9, $10)`,
        [
          id,
          configId,
          row.eventId,
          row.eventType,
          payload.merchantId,
          row.aggregateId,
          sequence,
          JSON.stringify(body),
          now,
          row.headers['x-request-id'] ?? null,
        ],
      );
      return id;
    });
  }
}
