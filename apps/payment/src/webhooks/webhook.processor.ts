import { Injectable } from '@nestjs/common';
import { JobHandler } from '@nx/queue';
import { DispatchWebhook } from './dispatch-webhook';

@Injectable()
export class WebhookProcessor {
  constructor(private readonly dispatch: DispatchWebhook) {}

  @JobHandler('deliver-webhook')
  deliver(data: { readonly deliveryId: string }): Promise<void> {
    return this.dispatch.execute(data.deliveryId);
  }
}
