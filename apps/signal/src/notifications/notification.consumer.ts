import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { TOPICS } from '@nx/contracts';
import { RecordHandler, type InboundRecord } from '@nx/messaging';
import { StoreNotification } from './store-notification';

/** Activities of the platform's services. */
@Controller()
export class NotificationConsumer {
  constructor(private readonly storing: StoreNotification) {}

  @RecordHandler(TOPICS.activityNotification, { name: 'store-notification' })
  store(@Payload() record: InboundRecord): Promise<void> {
    return this.storing.execute(record);
  }
}
