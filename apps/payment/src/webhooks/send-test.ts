import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { WEBHOOK_TEST_EVENT, type Clock } from '@nx/contracts';
import { CLOCK, currentContext } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail, IdGenerator } from '@nx/reliable';
import { SubscriptionState } from './subscription-state';
import type { TestAnswer } from './webhook-config.dto';
import { WriteDeliveries, type WebhookMessage } from './write-deliveries';

/**
 * Sends a subscriber a message that means nothing, signed as all others. It goes the way of all deliveries, because
 * calls leave from workers alone; its tries stand among the deliveries.
 */
@Injectable()
export class SendTest {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly subscriptions: SubscriptionState,
    private readonly writing: WriteDeliveries,
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws what `SubscriptionState.active` throws. */
  async execute(configId: string, { merchantId, userId }: MerchantActor): Promise<TestAnswer> {
    await this.subscriptions.active(configId, merchantId);
    const [eventId, now] = [this.ids.next(), this.clock.now()];
    const message: WebhookMessage = {
      eventId,
      merchantId,
      transactionId: `test-${eventId}`,
      requestId: currentContext()?.requestId ?? null,
      body: {
        eventType: WEBHOOK_TEST_EVENT,
        timestamp: now,
        payload: { timestamp: new Date(now).toISOString(), source: 'mq-pay', merchantId },
      },
    };
    const written = await this.database.transaction(async (tx) => {
      const ids = await this.writing.write(message, [configId], tx);
      await this.audit.write(tx, {
        actorId: userId,
        action: 'webhook-config.test',
        entityType: 'WebhookConfig',
        entityId: configId,
        merchantId,
        after: { deliveryIds: ids },
      });
      return ids;
    });
    this.writing.start(written);
    return { deliveryId: written[0] ?? '' };
  }
}
