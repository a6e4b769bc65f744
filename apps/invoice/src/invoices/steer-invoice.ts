import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { legalDecision } from '@nx/e-invoice';
import type { OnceRequest } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import { InvoiceRequestRepository } from '../claims/invoice-request.repository';
import { ReplayInvoice } from '../dead-letters/replay-invoice';
import { situationOf } from '../corrections/correction-standing';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { ChangeInvoice } from './change-invoice';
import type { Invoice } from './invoice';
import { InvoiceRepository } from './invoice.repository';
import { invoiceView } from './invoice.view';
import { invoiceNotFound } from './read-invoices';

/** What a person may do to an invoice: issue it, try again, or give it up before it is issued. */
@Injectable()
export class SteerInvoice {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
    private readonly requests: InvoiceRequestRepository,
    private readonly changes: ChangeInvoice,
    private readonly replay: ReplayInvoice,
    private readonly enqueue: EnqueueIssuance,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Issues a waiting invoice now. An open claim is closed: the default buyer stands on it. */
  async issue(id: string, actor: MerchantActor, key?: OnceRequest): Promise<Invoice> {
    return this.run(id, actor, key, async (tx, invoice, now) => {
      if (invoice.status !== 'PENDING') throw refused(invoice);
      if (invoice.findings.length > 0) {
        const detail = `It waits: ${invoice.findings.join(', ')}. Complete the tax data of the merchant.`;
        throw new AppError({ code: 'invoice.invoice.state', detail, extra: { findings: invoice.findings } });
      }
      if (invoice.requestId !== null) await this.requests.close(tx, invoice.requestId, now);
      return this.changes.execute(tx, id, {
        from: ['PENDING'],
        set: { due_at: now, buyer_snapshot: invoice.buyer ?? invoice.config.defaultBuyer },
        // A buyer who claims at this moment must not be overwritten.
        guard: { sql: 'i.version = :1', params: [invoice.version.toString()] },
        audit: { eventType: 'ISSUE_ASKED', outcome: 'PENDING', actorId: actor.userId },
      });
    });
  }

  /** Tries a failed invoice again under the same key, or looks an unknown one up now. */
  async retry(id: string, actor: MerchantActor, key?: OnceRequest): Promise<Invoice> {
    return this.run(id, actor, key, (tx, invoice) => this.replay.execute(tx, invoice, { actorId: actor.userId }));
  }

  /** Gives an invoice up that was not issued; its sale may have a new one. Repeating it is harmless. */
  async cancel(id: string, reason: string, actor: MerchantActor): Promise<Invoice> {
    return this.run(id, actor, undefined, async (tx, invoice, now) => {
      if (invoice.status === 'CANCELLED') return invoice;
      if (invoice.status === 'SUCCESS') throw notCancelled(invoice, now);
      if (invoice.status !== 'PENDING' && invoice.status !== 'FAILED') throw refused(invoice);
      if (invoice.requestId !== null) {
        await this.requests.close(tx, invoice.requestId, now);
        await this.requests.remove(tx, invoice.requestId, now);
      }
      return this.changes.execute(tx, id, {
        from: ['PENDING', 'FAILED'],
        to: 'CANCELLED',
        set: { due_at: null, next_retry_at: null, metadata: { ...invoice.metadata, cancelReason: reason } },
        audit: { eventType: 'CANCELLED', outcome: 'CANCELLED', actorId: actor.userId, after: { reason } },
      });
    });
  }

  private async run(
    id: string,
    actor: MerchantActor,
    key: OnceRequest | undefined,
    change: (tx: Tx, invoice: Invoice, now: Date) => Promise<Invoice | undefined>,
  ): Promise<Invoice> {
    const changed = await this.database.transaction(async (tx) => {
      const invoice = await this.invoices.findOf(actor.merchantId, id, tx);
      if (invoice === undefined) throw invoiceNotFound();
      const result = await change(tx, invoice, new Date(this.clock.now()));
      // A worker was faster: what it does now is told by its status.
      if (result === undefined) throw refused((await this.invoices.find(id, tx)) ?? invoice);
      await this.keys.remember(tx, key, invoiceView(result));
      return result;
    });
    await this.enqueue.invoice(changed, { promote: true });
    return changed;
  }
}

/** The law lets nobody cancel an issued invoice; the answer cites it and names what may be done. */
function notCancelled(invoice: Invoice, now: Date): AppError {
  const decision = legalDecision('CANCEL', situationOf({ invoice, corrections: [] }, undefined, now.getTime()));
  return new AppError({
    code: 'invoice.invoice.issued',
    detail: `It is issued under number ${invoice.invoiceNumber ?? '-'}: adjust or replace it.`,
    extra: { invoiceId: invoice.id, citation: decision.citation, allowed: ['ADJUST', 'REPLACE', 'ERROR_NOTICE'] },
  });
}

const refused = (invoice: Invoice): AppError =>
  invoice.status === 'SUCCESS'
    ? new AppError({
        code: 'invoice.invoice.issued',
        detail: `It is issued under number ${invoice.invoiceNumber ?? '-'}.`,
        extra: { invoiceId: invoice.id },
      })
    : new AppError({
        code: 'invoice.invoice.state',
        detail: `It is ${invoice.status}.`,
        extra: { invoiceId: invoice.id, issuanceStatus: invoice.status },
      });
