import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { InvoiceRepository } from '../invoices/invoice.repository';
import type { ClaimPageView } from './claim.dto';
import { claimNotAvailable } from './claim-invoice';
import { hashOfToken, isClaimToken } from './claim-token';
import { InvoiceRequestRepository } from './invoice-request.repository';

const SHOWN = 4;

/** Shows a buyer the sale of his receipt, as little of it as he needs to recognise it. */
@Injectable()
export class ReadClaim {
  constructor(
    private readonly requests: InvoiceRequestRepository,
    private readonly invoices: InvoiceRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(token: string): Promise<ClaimPageView> {
    if (!isClaimToken(token)) throw claimNotAvailable('not a token');
    const request = await this.requests.byTokenHash(hashOfToken(token));
    const open =
      request?.claimState === 'PENDING' && request.deadline !== null && request.deadline.getTime() > this.clock.now();
    if (request === undefined || !open || request.invoiceId === null) {
      throw claimNotAvailable(`claim is ${request?.claimState ?? 'unknown'}`);
    }
    const invoice = await this.invoices.find(request.invoiceId);
    if (invoice === undefined || invoice.status !== 'PENDING') throw claimNotAvailable('the invoice is not pending');
    return {
      state: 'PENDING',
      deadline: request.deadline?.toISOString() ?? null,
      sellerName: invoice.tax?.seller.name ?? null,
      saleNumber: invoice.sourceNumber === null ? null : `…${invoice.sourceNumber.slice(-SHOWN)}`,
      total: invoice.total,
      currency: invoice.currency,
      itemCount: invoice.sale.lines.length,
      paidAt: invoice.paidAt.toISOString(),
    };
  }
}
