import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Clock, PaymentEventPayload, PaymentEventType, PaymentWebhookBody } from '@nx/contracts';
import { randomToken } from '@nx/crypto';
import { CLOCK } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { IdGenerator, OutboxRelay, type OutboxRow } from '@nx/reliable';
import type { PaymentJobs } from '../jobs';
import { ROUTES } from '../transactions/payment-events';

interface SubscriberRow {
  id: string;
}

/**
 * Gives each subscriber the next number of the transaction and writes its delivery, all or nothing: so the numbers are
 * gapless, however often the event comes. The body is one text with the number put into its place.
 *
 * $1 delivery ids, $2 subscribers, $3 event, $4 type, $5 merchant, $6 transaction, $7 body before the number, $8 body
 * after it, $9 now, $10 request id.
 */
export const WRITE_DELIVERIES = `
WITH wanted AS (
  SELECT w.id, w.config_id FROM unnest($1::text[], $2::text[]) AS w(id, config_id)
  WHERE NOT EXISTS (
    SELECT 1 FROM "WebhookDelivery" d WHERE d.webhook_config_id = w.config_id AND d.event_id = $3)
),
numbered AS (
  INSERT INTO "WebhookSequence" (webhook_config_id, transaction_id, last_sequence)
  SELECT w.config_id, $6, 1 FROM wanted w ORDER BY w.config_id
  ON CONFLICT (webhook_config_id, transaction_id) DO UPDATE SET last_sequence = "WebhookSequence".last_sequence + 1
  RETURNING webhook_config_id, last_sequence
)
INSERT INTO "WebhookDelivery" (id, webhook_config_id, event_id, event_type, merchant_id, transaction_id, sequence, body,
  status, next_try_at, created_at, modified_at, request_id)
SELECT w.id, w.config_id, $3, $4, $5, $6, n.last_sequence, $7::text || n.last_sequence || $8::text,
  'PENDING', $9::timestamptz, $9, $9, $10
FROM wanted w JOIN numbered n ON n.webhook_config_id = w.config_id
RETURNING id`;

/** Turns an event into one delivery per subscriber. The event may come twice. */
@Injectable()
export class WebhookRoute implements OnModuleInit {
  private readonly subscribers: Statement<SubscriberRow>;
  private readonly writing: Statement<{ id: string }>;

  constructor(
    database: Database,
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
    this.writing = database.statement('webhook-deliveries-write', WRITE_DELIVERIES);
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
    if (subscribers.length === 0) return;
    const [before = '', after = ''] = JSON.stringify(bodyOf(row, payload)).split(`"${PLACE}"`);
    const written = await this.writing.run([
      subscribers.map(() => this.ids.next()),
      subscribers.map(({ id }) => id),
      row.eventId,
      row.eventType,
      payload.merchantId,
      row.aggregateId,
      before,
      after,
      new Date(this.clock.now()),
      row.headers['x-request-id'] ?? null,
    ]);
    for (const { id } of written) {
      void this.jobs.add('deliver-webhook', { deliveryId: id }, { jobId: `deliver-${id}` });
    }
  }
}

/** Stands where the number comes. No event holds it: it is made anew by each process. */
const PLACE = `sequence ${randomToken(16)}`;

type BodyWithoutNumber = Omit<PaymentWebhookBody, 'payload'> & {
  readonly payload: Omit<PaymentEventPayload, 'sequence'> & { readonly sequence: string };
};

const bodyOf = (row: OutboxRow, payload: PaymentEventPayload): BodyWithoutNumber => ({
  eventType: row.eventType as PaymentEventType,
  timestamp: row.occurredAt.getTime(),
  payload: { ...payload, sequence: PLACE },
});
