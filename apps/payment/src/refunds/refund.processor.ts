import { Injectable } from '@nestjs/common';
import { JobHandler } from '@nx/queue';
import { RefundSuspense } from './refund-suspense';
import { WorkOnRefund } from './work-on-refund';

@Injectable()
export class RefundProcessor {
  constructor(
    private readonly working: WorkOnRefund,
    private readonly suspense: RefundSuspense,
  ) {}

  @JobHandler('work-on-refund')
  async work(data: { readonly attemptId: string }): Promise<void> {
    await this.working.execute(data.attemptId);
  }

  @JobHandler('refund-suspense')
  async refundSuspense(data: { readonly transactionId: string; readonly itemId: string }): Promise<void> {
    await this.suspense.execute(data.transactionId, data.itemId);
  }
}
