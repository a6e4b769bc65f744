import { Inject, Injectable } from '@nestjs/common';
import type { Clock, InvoiceEventType, NotificationType } from '@nx/contracts';
import type { InvoiceBuyer } from '@nx/e-invoice';
import { CLOCK } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';

export interface ClaimEnd {
  readonly buyer: InvoiceBuyer;
  readonly event: Extract<InvoiceEventType, 'invoice.claimed' | 'invoice.claim_expired'>;
  readonly actorId: string;
  readonly notification?: NotificationType;
}

/** Lets the invoice of a claim go once its buyer is known, in the transaction that decided the claim. */
@Injectable()
export class SettleClaim {
  constructor(
    private readonly invoices: InvoiceRepository,
    private readonly changes: ChangeInvoice,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The invoice with its buyer; undefined when it was cancelled meanwhile. Without tax data it goes on waiting. */
  async execute(tx: Tx, invoiceId: string, end: ClaimEnd): Promise<Invoice | undefined> {
    const invoice = await this.invoices.held(tx, invoiceId);
    if (invoice === undefined) return undefined;
    const waits = invoice.findings.length > 0;
    return this.changes.execute(tx, invoiceId, {
      from: ['PENDING'],
      set: { buyer_snapshot: end.buyer, due_at: waits ? null : new Date(this.clock.now()) },
      guard: { sql: 'i.provider_key IS NULL', params: [] },
      audit: {
        eventType: end.event === 'invoice.claimed' ? 'CLAIMED' : 'CLAIM_EXPIRED',
        outcome: 'PENDING',
        actorId: end.actorId,
        after: { buyerKind: end.buyer.kind },
      },
      event: end.event,
      ...(end.notification === undefined ? {} : { notification: end.notification }),
    });
  }
}
