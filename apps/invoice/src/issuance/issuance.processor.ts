import { Injectable } from '@nestjs/common';
import { JobHandler } from '@nx/queue';
import type { InvoiceJobs } from '../jobs';
import { IssueInvoice } from './issue-invoice';

@Injectable()
export class IssuanceProcessor {
  constructor(private readonly issue: IssueInvoice) {}

  @JobHandler('invoice-issuance')
  run(data: InvoiceJobs['invoice-issuance']): Promise<void> {
    return this.issue.execute(data.invoiceId);
  }
}
