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
    const ids = await this.revive(`d.id = $2 AND d.merchant_id = $3 AND d.status IN ('DEAD', 'DELIVERED')`, [
      id,
      actor.merchantId,
    ]);
    if (ids.length === 0) await this.explain(id, actor.merchantId);
    await this.finish(ids, 'webhook-delivery.replay', id, actor);
    return { replayed: ids.length };
  }

  /** Sends everything again that died since a moment. */
  async recover(configId: string, since: Date, actor: MerchantActor): Promise<ReplayAnswer> {
    const [known] = await this.database.query(
      'SELECT 1 FROM "WebhookConfig" WHERE id = $1 AND merchant_id = $2 AND deleted_at IS NULL',
      [configId, actor.merchantId],
    );
    if (known === undefined) {
      throw new AppError({
        code: 'payment.webhook_config.not_found',
        detail: 'The merchant has no such subscription.',
      });
    }
    const ids = await this.revive(
      `d.webhook_config_id = $2 AND d.merchant_id = $3 AND d.status = 'DEAD' AND d.created_at >= $4`,
      [configId, actor.merchantId, since],
    );
    await this.finish(ids, 'webhook-config.recover', configId, actor);
    return { replayed: ids.length };
  }

  private async revive(where: string, parameters: readonly unknown[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string; sequence: number }>(
      `UPDATE "WebhookDelivery" d SET status = 'PENDING', tries = 0, next_try_at = $1, locked_until = NULL,
         modified_at = $1 WHERE ${where} RETURNING d.id, d.sequence`,
      [new Date(this.clock.now()), ...parameters],
    );
    return rows.toSorted((left, right) => left.sequence - right.sequence).map((row) => row.id);
  }

  private async finish(ids: readonly string[], action: string, entityId: string, actor: MerchantActor): Promise<void> {
    await this.database.transaction((tx) =>
      this.audit.write(tx, {
        actorId: actor.userId,
        action,
        entityType: 'WebhookDelivery',
        entityId,
        merchantId: actor.merchantId,
        after: { replayed: ids.length },
      }),
    );
    for (const deliveryId of ids)
      await this.jobs.add('deliver-webhook', { deliveryId }, { jobId: `deliver-${deliveryId}` });
  }

  /** One that is on its way needs no replay; one that is not there is not found. */
  private async explain(id: string, merchantId: string): Promise<void> {
    const [row] = await this.database.query('SELECT 1 FROM "WebhookDelivery" WHERE id = $1 AND merchant_id = $2', [
      id,
      merchantId,
    ]);
    if (row !== undefined) return;
    throw new AppError({ code: 'payment.webhook_delivery.not_found', detail: 'The merchant has no such delivery.' });
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
