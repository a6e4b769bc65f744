import { Injectable } from '@nestjs/common';
import { DeadLetterJobError, JobHandler } from '@nx/queue';
import { reasonOf } from '../dead-letters/dead-letter.dto';
import { DeadLetters } from '../dead-letters/dead-letters';
import type { InvoiceJobs } from '../jobs';
import { IssueInvoice } from './issue-invoice';

/** Ends as a dead letter when its invoice is given up, so that the dashboard shows it and its retry button replays it. */
@Injectable()
export class IssuanceProcessor {
  constructor(
    private readonly issue: IssueInvoice,
    private readonly letters: DeadLetters,
  ) {}

  @JobHandler('invoice-issuance')
  async run(data: InvoiceJobs['invoice-issuance']): Promise<void> {
    if (data.deadLetter !== undefined) await this.letters.ofDashboard(data.invoiceId, BigInt(data.deadLetter));
    const invoice = await this.issue.execute(data.invoiceId);
    if (invoice?.status !== 'FAILED') return;
    const { code, message } = reasonOf(invoice);
    const reason = `[DLQ] invoice-issuance ${code ?? '-'}: ${message ?? '-'}`;
    throw new DeadLetterJobError(reason, { ...data, deadLetter: invoice.version.toString() });
  }
}
