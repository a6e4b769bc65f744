import { Injectable, Inject } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import {
  AppError,
  type Clock,
  type PaymentEventPayload,
  type PaymentEventType,
  type RefundStatusCode,
} from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { CLOCK, currentContext } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { AuditTrail, IdempotencyStore, IdGenerator } from '@nx/reliable';
import { paymentEvent, type PaymentEventDraft } from '../transactions/payment-events';
import type { AttemptStatus, TransactionStatus } from '@nx/mq-pay';
import type { TransactionAggregate } from '../transactions/transaction';
import { TransactionRepository } from '../transactions/transaction.repository';
import { SubscriptionState } from './subscription-state';
import type { ReplayAnswer } from './webhook-config.dto';
import { WriteDeliveries } from './write-deliveries';

const OF_ATTEMPT: Readonly<Partial<Record<AttemptStatus, PaymentEventType>>> = {
  '302_SUCCESS': 'mq-pay:attempt.success',
  '500_FAIL': 'mq-pay:attempt.failed',
  '501_EXPIRED': 'mq-pay:attempt.expired',
  '505_CANCELLED': 'mq-pay:attempt.cancelled',
  '507_REVERSED': 'mq-pay:attempt.reversed',
};
const OF_REFUND: Readonly<Partial<Record<RefundStatusCode, PaymentEventType>>> = {
  SUCCEEDED: 'mq-pay:refund.success',
  FAILED: 'mq-pay:refund.failed',
};
const OF_TRANSACTION: Readonly<Partial<Record<TransactionStatus, PaymentEventType>>> = {
  '304_SETTLED': 'mq-pay:transaction.settled',
  '505_CANCELLED': 'mq-pay:transaction.cancelled',
  '403_BLOCKED': 'mq-pay:transaction.blocked',
};

/**
 * Tells one subscriber again what is true of a transaction now, for one that never had the deliveries or lost them: new
 * events, built from the present state, with numbers behind those it has.
 */
@Injectable()
export class ReplayTransaction {
  constructor(
    private readonly database: Database,
    private readonly repository: TransactionRepository,
    private readonly subscriptions: SubscriptionState,
    private readonly writing: WriteDeliveries,
    private readonly audit: AuditTrail,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The deliveries, the note of who asked for them and the answer under the key are one change. Throws `payment.transaction.not_found` and what `SubscriptionState.active` throws. */
  async execute(
    configId: string,
    transactionId: string,
    actor: MerchantActor,
    key?: OnceRequest,
  ): Promise<ReplayAnswer> {
    const { eventTypes } = await this.subscriptions.active(configId, actor.merchantId);
    const aggregate = await this.repository.findById(transactionId);
    if (aggregate === undefined || aggregate.transaction.merchantId !== actor.merchantId) {
      throw new AppError({ code: 'payment.transaction.not_found', detail: 'The merchant has no such transaction.' });
    }
    const drafts = presentState(aggregate).filter(({ type }) => eventTypes.includes(type));
    const deliveryIds = await this.database.transaction(async (tx) => {
      const written: string[] = [];
      for (const draft of drafts) written.push(...(await this.write(tx, configId, draft, transactionId)));
      await this.audit.write(tx, {
        actorId: actor.userId,
        action: 'webhook-config.replay-transaction',
        entityType: 'WebhookConfig',
        entityId: configId,
        merchantId: actor.merchantId,
        after: { transactionId, replayed: written.length },
      });
      await this.keys.remember(tx, key, { replayed: written.length });
      return written;
    });
    this.writing.start(deliveryIds);
    return { replayed: deliveryIds.length };
  }

  private write(tx: Tx, configId: string, draft: PaymentEventDraft, transactionId: string): Promise<readonly string[]> {
    const now = this.clock.now();
    const event = paymentEvent(this.ids.next(), draft, now);
    const payload = event.payload as PaymentEventPayload;
    const message = {
      eventId: event.eventId,
      merchantId: payload.merchantId,
      transactionId,
      requestId: currentContext()?.requestId ?? null,
      body: { eventType: draft.type, timestamp: now, payload },
    };
    return this.writing.write(message, [configId], tx);
  }
}

/** The ends of the attempts in the order in which they came, then the transaction's own, then those of its refunds. */
const presentState = ({ transaction, attempts, suspense, refunds }: TransactionAggregate): PaymentEventDraft[] => {
  const payments = attempts.filter(({ type }) => type === '100_PAYMENT');
  const ended = payments.toSorted((left, right) => (left.finishedAt ?? 0) - (right.finishedAt ?? 0));
  const last = ended.findLast(({ status }) => status === '302_SUCCESS');
  const whole = OF_TRANSACTION[transaction.status];
  return [
    ...ended.flatMap((attempt): PaymentEventDraft[] => {
      const type = OF_ATTEMPT[attempt.status];
      // Money that counts for no sale is told to operators alone: sale would book it.
      if (type === undefined || (type === 'mq-pay:attempt.success' && attempt.appliedAmount === 0n)) return [];
      if (type !== 'mq-pay:attempt.success') return [{ type, transaction, attempt }];
      const beyond = suspense.filter(({ attemptId }) => attemptId === attempt.id);
      const suspenseAmount = beyond.reduce((sum, { amount, accepted }) => sum + amount - accepted, 0n);
      return [{ type, transaction, attempt, suspenseAmount }];
    }),
    ...(whole === undefined ? [] : [{ type: whole, transaction, ...(last === undefined ? {} : { attempt: last }) }]),
    ...refunds.flatMap((refund): PaymentEventDraft[] => {
      const type = OF_REFUND[refund.status];
      const attempt = attempts.find(({ id }) => id === refund.attemptId);
      return type === undefined || attempt === undefined ? [] : [{ type, transaction, attempt, refund }];
    }),
  ];
};
