import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import type { Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { InvoiceRequestRepository } from './invoice-request.repository';
import { SettleClaim } from './settle-claim';

/** Closes a claim window: the invoice goes to the default buyer. After a claim it does nothing. */
@Injectable()
export class ExpireClaim {
  constructor(
    private readonly database: Database,
    private readonly requests: InvoiceRequestRepository,
    private readonly invoices: InvoiceRepository,
    private readonly settle: SettleClaim,
    private readonly enqueue: EnqueueIssuance,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(requestId: string): Promise<void> {
    const invoice = await this.database.transaction((tx) => this.expire(tx, requestId));
    if (invoice === undefined) return;
    this.logger.info(`[expireClaim] order: ${invoice.sourceId}, nobody claimed`, { invoiceId: invoice.id });
    await this.enqueue.invoice(invoice);
  }

  private async expire(tx: Tx, requestId: string): Promise<Invoice | undefined> {
    const request = await this.requests.find(requestId, tx);
    if (request?.claimState !== 'PENDING' || request.invoiceId === null) return undefined;
    const invoice = await this.invoices.find(request.invoiceId, tx);
    if (invoice === undefined) return undefined;
    const buyer = invoice.config.defaultBuyer;
    const expired = await this.requests.expire(tx, requestId, buyer, new Date(this.clock.now()));
    if (expired === undefined) return undefined;
    return this.settle.execute(tx, invoice.id, {
      buyer,
      event: 'invoice.claim_expired',
      actorId: 'system',
      notification: 'CLAIM_EXPIRED',
    });
  }
}
