import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { WEBHOOK_TEST_EVENT, type Clock } from '@nx/contracts';
import { CLOCK, currentContext } from '@nx/observability';
import { IdGenerator } from '@nx/reliable';
import { SubscriptionState } from './subscription-state';
import type { TestAnswer } from './webhook-config.dto';
import { WriteDeliveries } from './write-deliveries';

/**
 * Sends a subscriber a message that means nothing, signed as all others. It goes the way of all deliveries, because
 * calls leave from workers alone; its tries stand among the deliveries.
 */
@Injectable()
export class SendTest {
  constructor(
    private readonly subscriptions: SubscriptionState,
    private readonly writing: WriteDeliveries,
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws what `SubscriptionState.active` throws. */
  async execute(configId: string, { merchantId }: MerchantActor): Promise<TestAnswer> {
    await this.subscriptions.active(configId, merchantId);
    const [eventId, now] = [this.ids.next(), this.clock.now()];
    const [deliveryId = ''] = await this.writing.execute(
      {
        eventId,
        merchantId,
        transactionId: `test-${eventId}`,
        requestId: currentContext()?.requestId ?? null,
        body: {
          eventType: WEBHOOK_TEST_EVENT,
          timestamp: now,
          payload: { timestamp: new Date(now).toISOString(), source: 'mq-pay', merchantId },
        },
      },
      [configId],
    );
    return { deliveryId };
  }
}
