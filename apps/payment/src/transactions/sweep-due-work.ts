import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { dueLap, PollingLoop, type Due, type DueLap } from '@nx/reliable';
import type { PaymentJobs } from '../jobs';
import { PaymentConfig } from '../payment.config';
import type { AttemptType } from './transaction';

interface IdRow {
  id: string;
}

interface AttemptRow extends Due {
  type: AttemptType;
}

interface SuspenseRow extends Due {
  transaction_id: string;
}

/** Most rows taken up in one round; the next round takes the rest. */
const BATCH = 500;
/** A row that stays due is handed out again after so long. */
const HAND_OUT_MS = 10_000;
/** A callback that its job has not finished by then is handed out again. */
const IPN_PATIENCE_MS = 10_000;

/**
 * What is due for a subscription that was switched off or removed goes to the dead letters, from where it can be
 * recovered; else it would be looked at for ever. $1 now.
 */
export const BURY_DELIVERIES = `
UPDATE "WebhookDelivery" SET status = 'DEAD', next_try_at = NULL, locked_until = NULL, modified_at = $1::timestamptz,
  last_error = 'the subscription is switched off', death = 'FINAL'
WHERE id IN (
  SELECT d.id FROM "WebhookDelivery" d JOIN "WebhookConfig" c ON c.id = d.webhook_config_id
  WHERE (c.status <> '201_ACTIVATED' OR c.deleted_at IS NOT NULL) AND d.status IN ('PENDING', 'SENDING')
    AND d.next_try_at <= $1 AND (d.locked_until IS NULL OR d.locked_until <= clock_timestamp())
  ORDER BY d.next_try_at LIMIT ${BATCH} FOR UPDATE OF d SKIP LOCKED)
RETURNING id`;

/** Writes down that a request for a second person is over. It counts as over at once; this is for those who look. $1 now. */
export const END_APPROVALS = `
UPDATE "Approval" SET state = 'EXPIRED', modified_at = $1::timestamptz WHERE id IN (
  SELECT id FROM "Approval" WHERE state IN ('PENDING', 'APPROVED') AND expires_at <= $1
  ORDER BY expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
RETURNING id`;

/**
 * Finds due work in the tables and hands it to the queues again. Redis may be wiped at any time: nothing waits there
 * that does not stand here.
 */
@Injectable()
export class SweepDueWork implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly dueAttempts: DueLap<AttemptRow>;
  private readonly dueSuspense: DueLap<SuspenseRow>;
  private readonly dueIpns: Statement<IdRow>;
  private readonly dueDeliveries: DueLap<Due>;
  private readonly buried: Statement<IdRow>;
  private readonly endedApprovals: Statement<IdRow>;
  private readonly loop: PollingLoop;

  constructor(
    database: Database,
    config: PaymentConfig,
    logger: Logger,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.dueAttempts = dueLap(
      BATCH,
      database.statement<AttemptRow>(
        'sweep-attempts',
        `SELECT id, type, next_query_at::text AS due_key FROM "PaymentAttempt"
         WHERE next_query_at IS NOT NULL AND next_query_at <= $1 AND (next_query_at, id) > ($2::timestamptz, $3)
         ORDER BY next_query_at, id LIMIT ${BATCH}`,
      ),
    );
    this.dueSuspense = dueLap(
      BATCH,
      database.statement<SuspenseRow>(
        'sweep-suspense',
        `SELECT id, transaction_id, auto_refund_at::text AS due_key FROM "SuspenseItem"
         WHERE auto_refund_at <= $1 AND (auto_refund_at, id) > ($2::timestamptz, $3) AND transaction_id IS NOT NULL
         ORDER BY auto_refund_at, id LIMIT ${BATCH}`,
      ),
    );
    // Moving the next try ahead is the claim: other workers' sweepers pass these rows over meanwhile.
    this.dueIpns = database.statement(
      'sweep-ipns',
      `UPDATE "IpnInbox" SET next_try_at = $2 WHERE id IN (
         SELECT id FROM "IpnInbox" WHERE processed_at IS NULL AND next_try_at <= $1
         ORDER BY next_try_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING id`,
    );
    // Those whose turn has not come are left out, or one subscriber's queue would fill every round.
    this.dueDeliveries = dueLap(
      BATCH,
      database.statement<Due>(
        'sweep-deliveries',
        `SELECT d.id, d.next_try_at::text AS due_key
         FROM "WebhookDelivery" d JOIN "WebhookConfig" c ON c.id = d.webhook_config_id
         WHERE c.status = '201_ACTIVATED' AND c.deleted_at IS NULL AND d.status IN ('PENDING', 'SENDING')
           AND d.next_try_at <= $1 AND (d.next_try_at, d.id) > ($2::timestamptz, $3)
           AND (d.locked_until IS NULL OR d.locked_until <= clock_timestamp())
           AND NOT EXISTS (
             SELECT 1 FROM "WebhookDelivery" e
             WHERE e.webhook_config_id = d.webhook_config_id AND e.transaction_id = d.transaction_id
               AND e.sequence < d.sequence AND e.status IN ('PENDING', 'SENDING'))
         ORDER BY d.next_try_at, d.id LIMIT ${BATCH}`,
      ),
    );
    this.buried = database.statement('sweep-buried-deliveries', BURY_DELIVERIES);
    this.endedApprovals = database.statement('sweep-ended-approvals', END_APPROVALS);
    this.loop = new PollingLoop({
      round: () => this.round(),
      pollMs: config.queues.sweepMs,
      waitFirst: true,
      logger,
      complaint: 'sweep failed; the next one comes',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /**
   * One round: what is due at this moment is enqueued, a page of each kind. The job of a process that died still holds its id for a
   * while, so these have ids of their own, one for each while in which a row may be handed out once. A page is handed
   * over at once: one job after the other would wait a thousand times for Redis before the next page has its turn.
   */
  async round(): Promise<void> {
    const now = this.clock.now();
    const at = new Date(now);
    const turn = Math.floor(now / HAND_OUT_MS);
    await Promise.all(
      (await this.dueAttempts.next(at)).map(({ id, type }) => {
        const job = type === '300_REFUND' ? 'work-on-refund' : 'look-at-attempt';
        return this.jobs.add(job, { attemptId: id }, { jobId: `look-${id}-${turn}` });
      }),
    );
    await Promise.all(
      (await this.dueSuspense.next(at)).map(({ id, transaction_id: transactionId }) =>
        this.jobs.add('refund-suspense', { transactionId, itemId: id }, { jobId: `suspense-${id}-${turn}` }),
      ),
    );
    await Promise.all(
      (await this.dueIpns.run([new Date(now - IPN_PATIENCE_MS), at])).map(({ id }) =>
        this.jobs.add('apply-ipn', { ipnId: id }, { jobId: `ipn-${id}-${turn}` }),
      ),
    );
    await this.buried.run([at]);
    await this.endedApprovals.run([at]);
    await Promise.all(
      (await this.dueDeliveries.next(at)).map(({ id }) =>
        this.jobs.add('deliver-webhook', { deliveryId: id }, { jobId: `deliver-${id}-${turn}` }),
      ),
    );
  }
}
