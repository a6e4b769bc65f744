import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { MERCHANT_CDC_TOPICS } from '@nx/contracts';
import { RecordHandler, type InboundRecord } from '@nx/messaging';
import { HandleMerchantChange } from './handle-merchant-change';

@Controller()
export class MerchantsConsumer {
  constructor(private readonly change: HandleMerchantChange) {}

  @RecordHandler({ cdc: [...MERCHANT_CDC_TOPICS] })
  handleMerchantCDC(@Payload() record: InboundRecord): Promise<void> {
    return this.change.execute(record);
  }
}
