import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import { NotCalledError, RefusedAddressError } from '@nx/http';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { IdGenerator } from '@nx/reliable';
import type { PaymentJobs } from '../jobs';
import { PaymentConfig } from '../payment.config';
import { CLAIM_DELIVERY, MARKER, NEXT_DELIVERY, type ClaimedDelivery } from './delivery-claim';
import { END_DELIVERED } from './delivery-end';
import { RANDOM, type Random } from './random';
import { decideDelivery, retryAfterMs, type DeliveryDecision, type TryOutcome } from './retry-policy';
import { ReviveDeliveries } from './revive-deliveries';
import { secretAad } from './webhook-secret';
import { WebhookClient } from './webhook-client';
import { excerptOf, webhookHeaders } from './webhook-request';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RETRIES = 3;
const TRY_OUTCOMES: readonly DeliveryDecision['kind'][] = ['DELIVERED', 'RETRY', 'DEAD', 'GONE', 'WAIT'];

interface Try {
  readonly id: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: TryOutcome;
  /** The start of the answer. */
  readonly excerpt: string | null;
}

/** Makes one try of one delivery, stores it, and says what comes next. */
@Injectable()
export class DispatchWebhook {
  private readonly claim: Statement<ClaimedDelivery>;
  private readonly delivered: Statement<{ id: string }>;
  private readonly following: Statement<{ id: string }>;
  private readonly deliveries: Counter;

  constructor(
    private readonly database: Database,
    private readonly client: WebhookClient,
    private readonly ring: KeyRing,
    private readonly reviving: ReviveDeliveries,
    private readonly ids: IdGenerator,
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
    metrics: Metrics,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    this.claim = database.statement('webhook-claim', CLAIM_DELIVERY);
    this.delivered = database.statement('webhook-delivered', END_DELIVERED);
    this.following = database.statement('webhook-next', NEXT_DELIVERY);
    const known = TRY_OUTCOMES.map((outcome) => ({ outcome }));
    const help = 'Tries to deliver webhooks by outcome';
    this.deliveries = metrics.counter('payment_webhook_tries_total', help, ['outcome'], known);
  }

  /** Does nothing when the delivery is not due, not its turn, or in somebody else's hands. */
  async execute(deliveryId: string): Promise<void> {
    const startedAt = new Date(this.clock.now());
    // Ids are taken first: there may be none when the answer has come, and an answer must be stored.
    const [lostId, id] = [this.ids.next(), this.ids.next()];
    const [delivery] = await this.claim.run([deliveryId, startedAt, lostId]);
    if (delivery === undefined) return;
    const started = performance.now();
    const { outcome, excerpt } = await this.send(delivery);
    const durationMs = Math.round(performance.now() - started);
    const tried: Try = { id, startedAt, durationMs, outcome, excerpt };
    const maxRetries = delivery.metadata.maxRetries ?? DEFAULT_MAX_RETRIES;
    const decision = decideDelivery(outcome, delivery.tries, maxRetries, this.config.webhooks, this.random());
    if (decision.kind === 'WAIT') {
      await this.wait(delivery, decision.delayMs);
      return;
    }
    const revived = await this.store(delivery, tried, decision);
    this.report(delivery, tried, decision);
    await this.continue(delivery, decision);
    await this.reviving.nudge(revived);
  }

  private async send(delivery: ClaimedDelivery): Promise<{ outcome: TryOutcome; excerpt: string | null }> {
    try {
      const secrets = [delivery.secret, delivery.previous_secret]
        .filter((sealed) => sealed !== null)
        .map((sealed) => this.ring.open(sealed, secretAad(delivery.webhook_config_id)));
      const response = await this.client.post(
        delivery.webhook_config_id,
        delivery.url,
        webhookHeaders(delivery, secrets, this.clock.now()),
        delivery.body,
        delivery.metadata.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      );
      const wait = retryAfterMs(response.headers['retry-after'], this.clock.now());
      return {
        outcome: { status: response.status, ...(wait === undefined ? {} : { retryAfterMs: wait }) },
        excerpt: excerptOf(response.body),
      };
    } catch (error) {
      const message = error instanceof Error ? error.message : 'failed';
      const refused = error instanceof RefusedAddressError;
      return { outcome: { error: message, refused, notCalled: error instanceof NotCalledError }, excerpt: null };
    }
  }

  /** Gives the delivery back as it was: while a subscriber's breaker is open its deliveries wait, and no try counts. */
  private async wait(delivery: ClaimedDelivery, delayMs: number): Promise<void> {
    const now = this.clock.now();
    await this.database.execute(
      `UPDATE "WebhookDelivery" SET status = 'PENDING', tries = tries - 1, next_try_at = $2, locked_until = NULL,
         modified_at = $3 WHERE id = $1 AND status = 'SENDING' AND tries = $4`,
      [delivery.id, new Date(now + delayMs), new Date(now), delivery.tries],
    );
    this.deliveries.inc({ outcome: 'WAIT' });
    this.logger.debug(`${MARKER} waits`, {
      webhookConfigId: delivery.webhook_config_id,
      deliveryId: delivery.id,
      delayMs,
    });
    const jobId = `deliver-${delivery.id}-wait-${now}`;
    await this.jobs.add('deliver-webhook', { deliveryId: delivery.id }, { jobId, delayMs });
  }

  /** Ids of deliveries that go out again because the subscriber is back; else none. */
  private async store(
    delivery: ClaimedDelivery,
    { id: tryId, startedAt, durationMs, outcome, excerpt }: Try,
    decision: DeliveryDecision,
  ): Promise<readonly string[]> {
    const now = this.clock.now();
    if (decision.kind === 'DELIVERED') {
      const times = [new Date(now), tryId, startedAt, durationMs] as const;
      const [end] = await this.delivered.run([delivery.id, delivery.tries, ...times, outcome.status ?? null, excerpt]);
      if (end !== undefined) return [];
    }
    const status = decision.kind === 'DELIVERED' ? 'DELIVERED' : decision.kind === 'RETRY' ? 'PENDING' : 'DEAD';
    const death = status !== 'DEAD' ? null : decision.kind === 'DEAD' && decision.transient ? 'TRANSIENT' : 'FINAL';
    const nextTryAt = decision.kind === 'RETRY' ? new Date(now + decision.delayMs) : null;
    return this.database.transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO "WebhookTry" (id, delivery_id, number, started_at, duration_ms, status_code, error,
           response_excerpt, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          tryId,
          delivery.id,
          delivery.tries,
          startedAt,
          durationMs,
          outcome.status ?? null,
          outcome.error ?? null,
          excerpt,
          new Date(now),
        ],
      );
      const [ended] = await tx.query<{ failing: boolean }>(
        `UPDATE "WebhookDelivery" d SET status = $2, next_try_at = $3, locked_until = NULL, modified_at = $4,
           delivered_at = CASE WHEN $2 = 'DELIVERED' THEN $4::timestamptz ELSE delivered_at END, last_error = $5,
           death = $7
         WHERE id = $1 AND status = 'SENDING' AND tries = $6
         RETURNING (SELECT c.failing_since IS NOT NULL FROM "WebhookConfig" c WHERE c.id = d.webhook_config_id) AS failing`,
        [delivery.id, status, nextTryAt, new Date(now), errorOf(outcome, decision), delivery.tries, death],
      );
      if (decision.kind === 'GONE') {
        await tx.execute(
          `UPDATE "WebhookConfig" SET status = '401_DEACTIVATED', modified_at = $2
           WHERE id = $1 AND status = '201_ACTIVATED'`,
          [delivery.webhook_config_id, new Date(now)],
        );
      }
      if (death === 'TRANSIENT' && ended?.failing === false)
        await this.reviving.noteOutage(tx, delivery.webhook_config_id);
      const isBack = decision.kind === 'DELIVERED' && ended?.failing === true;
      return isBack ? this.reviving.afterOutage(tx, delivery.webhook_config_id) : [];
    });
  }

  private report(delivery: ClaimedDelivery, { outcome, durationMs }: Try, decision: DeliveryDecision): void {
    this.deliveries.inc({ outcome: decision.kind });
    const fields = {
      webhookConfigId: delivery.webhook_config_id,
      deliveryId: delivery.id,
      transactionId: delivery.transaction_id,
      eventType: delivery.event_type,
      sequence: delivery.sequence,
      try: delivery.tries,
      durationMs,
      ...(outcome.status === undefined ? {} : { status: outcome.status }),
    };
    if (decision.kind === 'DELIVERED') this.logger.info(`${MARKER} delivered`, fields);
    else if (decision.kind === 'RETRY')
      this.logger.warn(`${MARKER} will retry`, { ...fields, delayMs: decision.delayMs });
    else this.logger.error(`${MARKER} gave up`, { ...fields, reason: errorOf(outcome, decision) });
  }

  /** A retry is enqueued for its time; after an end the next number of the transaction has its turn. */
  private async continue(delivery: ClaimedDelivery, decision: DeliveryDecision): Promise<void> {
    if (decision.kind === 'RETRY') {
      const jobId = `deliver-${delivery.id}-${delivery.tries}`;
      await this.jobs.add('deliver-webhook', { deliveryId: delivery.id }, { jobId, delayMs: decision.delayMs });
      return;
    }
    const [next] = await this.following.run([delivery.webhook_config_id, delivery.transaction_id, delivery.sequence]);
    if (next !== undefined) {
      await this.jobs.add('deliver-webhook', { deliveryId: next.id }, { jobId: `deliver-${next.id}-turn` });
    }
  }
}

const errorOf = (outcome: TryOutcome, decision: DeliveryDecision): string | null =>
  decision.kind === 'DELIVERED' ? null : (outcome.error ?? `status ${outcome.status ?? '?'}`);
