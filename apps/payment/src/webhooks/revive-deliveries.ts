import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import type { PaymentJobs } from '../jobs';
import { MARKER } from './delivery-claim';

/** How far back an outage is made up for by itself; older dead letters wait for a person. */
const MADE_UP_MS = 72 * 3_600_000;
/** How often one delivery is sent again by itself. */
const MOST_REVIVALS = 3;
/** Jobs that one revival hands in itself; the sweeper has the rest. */
const MOST_NUDGES = 200;

interface RevivedRow {
  id: string;
  sequence: number;
}

/** Puts ended deliveries on their way again, with the same body and event id. */
@Injectable()
export class ReviveDeliveries {
  constructor(
    private readonly logger: Logger,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The ids, lowest number first. `where` speaks of `d`; its parameters begin at $2. */
  async matching(
    tx: Tx,
    where: string,
    parameters: readonly unknown[],
    revivals: '0' | 'd.revivals + 1' = '0',
  ): Promise<readonly string[]> {
    const rows = await tx.query<RevivedRow>(
      `UPDATE "WebhookDelivery" d SET status = 'PENDING', tries = 0, next_try_at = $1, locked_until = NULL,
         death = NULL, revivals = ${revivals}, modified_at = $1 WHERE ${where} RETURNING d.id, d.sequence`,
      [new Date(this.clock.now()), ...parameters],
    );
    return rows.toSorted((left, right) => left.sequence - right.sequence).map(({ id }) => id);
  }

  /** A delivery has used up its tries without an answer that means anything: from now on an answer ends an outage. */
  async noteOutage(tx: Tx, webhookConfigId: string): Promise<void> {
    const begun = await tx.execute(
      'UPDATE "WebhookConfig" SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL',
      [webhookConfigId, new Date(this.clock.now())],
    );
    if (begun > 0) tx.afterCommit(() => this.logger.error(`${MARKER} subscriber keeps failing`, { webhookConfigId }));
  }

  /**
   * The subscriber answers again: what died of the outage goes out, once, however many workers see it. What the
   * subscriber itself refused stays dead.
   */
  async afterOutage(tx: Tx, webhookConfigId: string): Promise<readonly string[]> {
    const ended = await tx.execute(
      'UPDATE "WebhookConfig" SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL',
      [webhookConfigId],
    );
    if (ended === 0) return [];
    const where = `d.webhook_config_id = $2 AND d.status = 'DEAD' AND d.death = 'TRANSIENT' AND d.created_at >= $3
      AND d.revivals < ${MOST_REVIVALS}`;
    const since = new Date(this.clock.now() - MADE_UP_MS);
    const revived = await this.matching(tx, where, [webhookConfigId, since], 'd.revivals + 1');
    const fields = { webhookConfigId, deliveries: revived.length };
    tx.afterCommit(() => this.logger.info(`${MARKER} subscriber is back; what died meanwhile goes out again`, fields));
    return revived;
  }

  /** After the commit: the first ones at once. */
  async nudge(ids: readonly string[]): Promise<void> {
    const now = this.clock.now();
    for (const id of ids.slice(0, MOST_NUDGES)) {
      await this.jobs.add('deliver-webhook', { deliveryId: id }, { jobId: `deliver-${id}-again-${now}` });
    }
  }
}
