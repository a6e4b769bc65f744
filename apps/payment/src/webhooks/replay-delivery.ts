import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { decodeCursor, page, type Page } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import type { PaymentJobs } from '../jobs';
import { AuditTrail } from '../operations/audit-trail';
import type { DeliveryQuery, DeliveryView, ReplayAnswer, TryView } from './webhook-config.dto';

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

/** Deliveries as operators and merchants see them, and the ways to send them again. */
@Injectable()
export class ReplayDelivery {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(merchantId: string, configId: string, query: DeliveryQuery): Promise<Page<DeliveryView>> {
    await this.statusOf(configId, merchantId);
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

  /** Sends one again, delivered or dead, with the same body and event id. */
  async one(id: string, actor: MerchantActor): Promise<ReplayAnswer> {
    await this.checkReplayable(id, actor.merchantId);
    return this.revive('webhook-delivery.replay', id, actor, `d.id = $2 AND d.status IN ('DEAD', 'DELIVERED')`, [id]);
  }

  /** Sends everything again that died since a moment. */
  async recover(configId: string, since: Date, actor: MerchantActor): Promise<ReplayAnswer> {
    const status = await this.statusOf(configId, actor.merchantId);
    if (status !== ACTIVE) throw switchedOff();
    const where = `d.webhook_config_id = $2 AND d.status = 'DEAD' AND d.created_at >= $3`;
    return this.revive('webhook-config.recover', configId, actor, where, [configId, since]);
  }

  /** The rows and the note of who did it are one change. Only the first are nudged; the sweeper has the rest. */
  private async revive(
    action: string,
    entityId: string,
    actor: MerchantActor,
    where: string,
    parameters: readonly unknown[],
  ): Promise<ReplayAnswer> {
    const rows = await this.database.transaction(async (tx) => {
      const revived = await tx.query<{ id: string; sequence: number }>(
        `UPDATE "WebhookDelivery" d SET status = 'PENDING', tries = 0, next_try_at = $1, locked_until = NULL,
           modified_at = $1 WHERE ${where} RETURNING d.id, d.sequence`,
        [new Date(this.clock.now()), ...parameters],
      );
      await this.audit.write(tx, {
        actorId: actor.userId,
        action,
        entityType: 'WebhookDelivery',
        entityId,
        merchantId: actor.merchantId,
        after: { replayed: revived.length },
      });
      return revived;
    });
    const first = rows.toSorted((left, right) => left.sequence - right.sequence).slice(0, MOST_NUDGES);
    for (const { id } of first) {
      await this.jobs.add('deliver-webhook', { deliveryId: id }, { jobId: `deliver-${id}` });
    }
    return { replayed: rows.length };
  }

  /** Throws `payment.webhook_config.not_found` for another merchant's subscription too. */
  private async statusOf(configId: string, merchantId: string): Promise<string> {
    const [row] = await this.database.query<{ status: string }>(
      'SELECT status FROM "WebhookConfig" WHERE id = $1 AND merchant_id = $2 AND deleted_at IS NULL',
      [configId, merchantId],
    );
    if (row !== undefined) return row.status;
    throw new AppError({ code: 'payment.webhook_config.not_found', detail: 'The merchant has no such subscription.' });
  }

  private async checkReplayable(id: string, merchantId: string): Promise<void> {
    const [row] = await this.database.query<{ status: string; deleted_at: Date | null }>(
      `SELECT c.status, c.deleted_at FROM "WebhookDelivery" d JOIN "WebhookConfig" c ON c.id = d.webhook_config_id
       WHERE d.id = $1 AND d.merchant_id = $2`,
      [id, merchantId],
    );
    if (row === undefined) {
      throw new AppError({ code: 'payment.webhook_delivery.not_found', detail: 'The merchant has no such delivery.' });
    }
    if (row.status !== ACTIVE || row.deleted_at !== null) throw switchedOff();
  }
}

const ACTIVE = '201_ACTIVATED';
/** Jobs that one request hands in itself. */
const MOST_NUDGES = 200;

const switchedOff = (): AppError =>
  new AppError({
    code: 'payment.webhook_config.switched_off',
    detail: 'The subscription is switched off; nothing would be sent. Activate it first.',
  });

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
