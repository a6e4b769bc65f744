import { Injectable, type OnModuleInit } from '@nestjs/common';
import { paymentPushTopic, paymentRooms, type PaymentEventPayload, type PaymentEventType } from '@nx/contracts';
import { BusEmitter } from '@nx/realtime';
import { OutboxRelay, type OutboxRow } from '@nx/reliable';
import { ROUTES } from '../transactions/payment-events';

/** Shows what has happened on the screens that watch a payment. A hint: it is never waited for and never repeated. */
@Injectable()
export class PushRoute implements OnModuleInit {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly bus: BusEmitter,
  ) {}

  onModuleInit(): void {
    this.relay.register({
      name: ROUTES.push,
      bestEffort: true,
      publish: (rows) => {
        for (const row of rows) this.push(row);
        return Promise.resolve();
      },
    });
  }

  private push(row: OutboxRow): void {
    const payload = row.payload as unknown as PaymentEventPayload;
    const topic = paymentPushTopic(row.eventType as PaymentEventType);
    for (const room of paymentRooms(row.aggregateId, payload.merchantId)) this.bus.toRoom(room, topic, payload);
  }
}
