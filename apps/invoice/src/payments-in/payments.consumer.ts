import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { TOPICS } from '@nx/contracts';
import { RecordHandler, type InboundRecord } from '@nx/messaging';
import { HandlePaymentEvent } from '../refunds-in/handle-payment-event';
import { HandlePaymentSuccess } from './handle-payment-success';

@Controller()
export class PaymentsConsumer {
  constructor(
    private readonly success: HandlePaymentSuccess,
    private readonly event: HandlePaymentEvent,
  ) {}

  @RecordHandler(TOPICS.paymentSuccess)
  handlePaymentSuccess(@Payload() record: InboundRecord): Promise<void> {
    return this.success.execute(record);
  }

  @RecordHandler(TOPICS.paymentEvents)
  handlePaymentEvent(@Payload() record: InboundRecord): Promise<void> {
    return this.event.execute(record);
  }
}
