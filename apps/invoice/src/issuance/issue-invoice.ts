import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import type { InvoiceLine } from '@nx/e-invoice';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { isStaleLease, WorkerFence } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import { ChangeInvoice } from '../invoices/change-invoice';
import { documentDay, type Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { ProviderCredentials, type ProviderConnection } from '../providers/provider-credentials';
import { CallIssuer } from './call-issuer';
import { EnqueueIssuance } from './enqueue-issuance';
import { IssuanceRepository, type StartedCall } from './issuance.repository';
import { issueRequestOf, readyInvoice, type ReadyInvoice } from './issue-request';
import { LookUpInvoice } from './look-up-invoice';
import { SeriesOrder } from './series-order';
import { SettleIssuance, type Settled } from './settle-issuance';

interface Taken {
  readonly invoice: ReadyInvoice;
  readonly lines: readonly InvoiceLine[];
  readonly call: StartedCall;
  readonly fencingToken: string;
}

/**
 * Takes an invoice one step further: issues it, looks it up, or finds that a call's process is gone. Any number of
 * workers may try at once; the guarded update on the invoice's row lets one through.
 */
@Injectable()
export class IssueInvoice {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
    private readonly credentials: ProviderCredentials,
    private readonly changes: ChangeInvoice,
    private readonly calls: IssuanceRepository,
    private readonly issuer: CallIssuer,
    private readonly settle: SettleIssuance,
    private readonly series: SeriesOrder,
    private readonly lookUp: LookUpInvoice,
    private readonly enqueue: EnqueueIssuance,
    private readonly fence: WorkerFence,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The invoice after the step, or as it stands when there is nothing to do; undefined when another worker is at it. */
  async execute(invoiceId: string): Promise<Settled> {
    const invoice = await this.invoices.find(invoiceId);
    if (invoice === undefined || invoice.dueAt === null || invoice.dueAt.getTime() > this.clock.now()) return invoice;
    try {
      const next = await this.step(invoice);
      if (next !== undefined) await this.enqueue.invoice(next);
      return next;
    } catch (error) {
      if (!isStaleLease(error)) throw error;
      // Whoever gives the call up looks the invoice up; what this process heard may not be written any more.
      this.fence.lost();
      this.logger.warn('an invoice is left to the next worker: the lease of this one has ended', { invoiceId, error });
      return undefined;
    }
  }

  private async step(invoice: Invoice): Promise<Settled> {
    if (invoice.status === 'PROCESSING') return this.recover(invoice);
    if (invoice.status !== 'PENDING' && invoice.status !== 'UNKNOWN') return undefined;
    const connection = await this.credentials.connection(invoice.config.invoiceProviderId);
    if (connection === undefined) throw new Error(`invoice ${invoice.id}: its provider row is gone`);
    return invoice.status === 'UNKNOWN' ? this.lookUp.execute(invoice, connection) : this.issue(invoice, connection);
  }

  private async issue(pending: Invoice, connection: ProviderConnection): Promise<Settled> {
    if (await this.series.waits(pending)) return undefined;
    const taken = await this.take(pending);
    if (taken === undefined) return undefined;
    const { invoice, lines, call, fencingToken } = taken;
    // A process that was stopped in between sends nothing: the lock ends, and the invoice is looked up.
    this.fence.assertCovers(fencingToken, this.config.issuance.providerTimeoutMs);
    const started = performance.now();
    const answer = await this.issuer.issue(invoice, issueRequestOf(invoice, lines), connection);
    const latencyMs = Math.round(performance.now() - started);
    this.logger.info('issuance answered', { invoiceId: invoice.id, outcome: answer.outcome, latencyMs });
    return this.settle.issued(invoice, call.id, answer, latencyMs);
  }

  /**
   * PENDING → PROCESSING with the key frozen and the call's row written, before anything is sent. The invoice carries
   * the day of the sale, a correction the day on which it was made, also when it is sent later.
   */
  private async take(pending: Invoice): Promise<Taken | undefined> {
    const fencingToken = await this.fence.token(this.config.issuance.providerTimeoutMs);
    return this.database.transaction(async (tx) => {
      const now = new Date(this.clock.now());
      const lockedUntil = new Date(now.getTime() + this.config.issuance.callLockMs);
      const invoice = await this.changes.execute(tx, pending.id, {
        from: ['PENDING'],
        to: 'PROCESSING',
        set: {
          provider_key: pending.providerKey ?? newKeyOf(pending),
          invoice_date: pending.invoiceDate ?? documentDay(pending),
          locked_until: lockedUntil,
          due_at: lockedUntil,
          next_retry_at: null,
          not_found_since: null,
        },
        guard: {
          sql: 'i.due_at <= :1 AND cardinality(i.findings) = 0 AND i.tax_snapshot IS NOT NULL',
          params: [now],
        },
        audit: { eventType: 'TAKEN', outcome: 'PROCESSING', after: { retryCount: pending.retryCount } },
      });
      if (invoice === undefined) return undefined;
      const ready = readyInvoice(invoice);
      const lines = await this.invoices.items(invoice.id, tx);
      const request = issueRequestOf(ready, lines);
      const call = await this.calls.start(tx, invoice, { kind: 'ISSUE', request, fencingToken }, now);
      return { invoice: ready, lines, call, fencingToken };
    });
  }

  /** A call whose process has been silent past its lock may have issued. */
  private async recover(invoice: Invoice): Promise<Settled> {
    const fencingToken = await this.fence.token();
    return this.database.transaction(async (tx) => {
      const now = new Date(this.clock.now());
      const unknown = await this.changes.execute(tx, invoice.id, {
        from: ['PROCESSING'],
        to: 'UNKNOWN',
        set: { locked_until: null, due_at: now },
        guard: { sql: 'i.locked_until <= :1', params: [now] },
        audit: { eventType: 'CALL_ABANDONED', outcome: 'UNKNOWN' },
      });
      if (unknown === undefined) return undefined;
      this.logger.warn('[_handleIssuanceFailure] Outcome unknown, looking up', {
        invoiceId: invoice.id,
        reason: 'ABANDONED',
      });
      await this.calls.giveUpRunning(tx, invoice.id, fencingToken, now);
      return unknown;
    });
  }
}

/** Our key for the present try at a provider. */
const newKeyOf = ({ id, providerTry }: Invoice): string => (providerTry === 1 ? id : `${id}-${providerTry}`);
