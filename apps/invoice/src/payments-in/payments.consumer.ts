import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { TOPICS } from '@nx/contracts';
import { RecordHandler, type InboundRecord } from '@nx/messaging';
import { HandlePaymentSuccess } from './handle-payment-success';

@Controller()
export class PaymentsConsumer {
  constructor(private readonly success: HandlePaymentSuccess) {}

  @RecordHandler(TOPICS.paymentSuccess)
  handlePaymentSuccess(@Payload() record: InboundRecord): Promise<void> {
    return this.success.execute(record);
  }
}
