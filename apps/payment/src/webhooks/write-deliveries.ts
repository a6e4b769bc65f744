import { Inject, Injectable } from '@nestjs/common';
import type { Clock, PaymentWebhookBody } from '@nx/contracts';
import { randomToken } from '@nx/crypto';
import { CLOCK } from '@nx/observability';
import { Database, type Statement, type Tx } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { IdGenerator } from '@nx/reliable';
import type { PaymentJobs } from '../jobs';

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

/** What subscribers are told. `transactionId` is the thing whose messages are numbered. */
export interface WebhookMessage {
  readonly eventId: string;
  readonly merchantId: string;
  readonly transactionId: string;
  readonly requestId: string | null;
  readonly body: PaymentWebhookBody;
}

/** Writes one delivery for each subscriber, and starts them once they are there for others too. */
@Injectable()
export class WriteDeliveries {
  private readonly writing: Statement<{ id: string }>;

  constructor(
    database: Database,
    private readonly ids: IdGenerator,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.writing = database.statement('webhook-deliveries-write', WRITE_DELIVERIES);
  }

  /** Ids of the deliveries; a subscriber who has one of this event gets none. */
  async execute(message: WebhookMessage, subscriberIds: readonly string[]): Promise<readonly string[]> {
    const written = await this.write(message, subscriberIds);
    this.start(written);
    return written;
  }

  /** As `execute`, as a part of `tx` where there is one; nothing starts before `start` is called after the commit. */
  async write(message: WebhookMessage, subscriberIds: readonly string[], tx?: Tx): Promise<readonly string[]> {
    if (subscriberIds.length === 0) return [];
    const { eventId, merchantId, transactionId, requestId, body } = message;
    const [before = '', after = ''] = JSON.stringify(withPlace(body)).split(`"${PLACE}"`);
    const parameters = [
      subscriberIds.map(() => this.ids.next()),
      subscriberIds,
      eventId,
      body.eventType,
      merchantId,
      transactionId,
      before,
      after,
      new Date(this.clock.now()),
      requestId,
    ];
    return (await this.writing.run(parameters, tx)).map(({ id }) => id);
  }

  /** A nudge for each; the sweeper finds those whose nudge is lost. */
  start(deliveryIds: readonly string[]): void {
    for (const id of deliveryIds) {
      void this.jobs.add('deliver-webhook', { deliveryId: id }, { jobId: `deliver-${id}` });
    }
  }
}

/** Stands where the number comes. No event holds it: it is made anew by each process. */
const PLACE = `sequence ${randomToken(16)}`;

const withPlace = ({ payload, ...rest }: PaymentWebhookBody): object => ({
  ...rest,
  payload: { ...payload, sequence: PLACE },
});
