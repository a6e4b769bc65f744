import { Injectable } from '@nestjs/common';
import { JobHandler } from '@nx/queue';
import type { InvoiceJobs } from '../jobs';
import { ExpireClaim } from './expire-claim';

@Injectable()
export class ClaimExpiryProcessor {
  constructor(private readonly expire: ExpireClaim) {}

  @JobHandler('claim-expiry')
  run(data: InvoiceJobs['claim-expiry']): Promise<void> {
    return this.expire.execute(data.requestId);
  }
}
