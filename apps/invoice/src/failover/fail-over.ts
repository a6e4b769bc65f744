import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, invalidField, type Clock } from '@nx/contracts';
import { legalDeadline } from '@nx/e-invoice';
import type { OnceRequest } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import { ChangeInvoice } from '../invoices/change-invoice';
import { documentDay, documentInstant, type Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { invoiceView } from '../invoices/invoice.view';
import { invoiceNotFound } from '../invoices/read-invoices';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { PlanRepository, type IssuancePlan } from '../providers/plan.repository';

interface HandOver {
  readonly invoiceProviderConfigId: string;
  readonly reason: string;
}

const seriesOf = (form: number, symbol: string): string => `${form}${symbol}`;

/**
 * Hands an invoice to another provider of its merchant, in another registered series. Only what is proven to be issued
 * nowhere may go: one of unknown outcome stays, however long its provider is away. The next try freezes a key and a day
 * of its own.
 */
@Injectable()
export class FailOver {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
    private readonly plans: PlanRepository,
    private readonly changes: ChangeInvoice,
    private readonly enqueue: EnqueueIssuance,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws `invoice.failover.not_proven` and, for a configuration that does not fit, `request.invalid`. */
  async execute(
    id: string,
    { invoiceProviderConfigId, reason }: HandOver,
    actor: MerchantActor,
    key?: OnceRequest,
  ): Promise<Invoice> {
    const plan = await this.plans.ofConfig(actor.merchantId, invoiceProviderConfigId);
    if (plan === undefined) {
      const detail = 'The merchant has no active provider configuration with this id.';
      throw new AppError({ code: 'invoice.provider_config.not_found', detail });
    }
    const changed = await this.database.transaction(async (tx) => {
      const invoice = await this.invoices.findOf(actor.merchantId, id, tx);
      if (invoice === undefined) throw invoiceNotFound();
      checkFit(invoice, plan);
      const handed = await this.handOver(tx, invoice, plan, { reason, actorId: actor.userId });
      if (handed === undefined) throw notProven(invoice);
      await this.keys.remember(tx, key, invoiceView(handed));
      return handed;
    });
    await this.enqueue.invoice(changed, { promote: true });
    return changed;
  }

  private async handOver(
    tx: Tx,
    invoice: Invoice,
    plan: IssuancePlan,
    { reason, actorId }: { readonly reason: string; readonly actorId: string },
  ): Promise<Invoice | undefined> {
    const { symbol, snapshot } = plan;
    if (invoice.status !== 'FAILED' && invoice.nextRetryAt === null) return undefined;
    return this.changes.execute(tx, invoice.id, {
      from: ['FAILED', 'PENDING'],
      to: 'PENDING',
      set: {
        provider: plan.provider,
        provider_try: invoice.providerTry + 1,
        provider_key: null,
        invoice_date: null,
        invoice_symbol: symbol.symbol,
        year: symbol.year,
        has_cqt_code: symbol.hasCqtCode,
        authority_status: symbol.hasCqtCode ? 'PENDING' : 'NOT_REQUIRED',
        auto_release: plan.autoRelease,
        auto_sign: plan.autoSign,
        auto_send_cqt: plan.autoSendCqt,
        provider_config_snapshot: snapshot,
        legal_deadline_at: legalDeadline({ seriesLetter: symbol.letter, taxPoint: documentInstant(invoice) }),
        due_at: new Date(this.clock.now()),
        retry_count: 0,
        next_retry_at: null,
        not_found_since: null,
      },
      guard: { sql: 'i.version = :1 AND invoice.nothing_issued(i.id)', params: [invoice.version.toString()] },
      audit: {
        eventType: 'FAILED_OVER',
        outcome: 'PENDING',
        actorId,
        before: { provider: invoice.provider, symbol: invoice.invoiceSymbol, providerKey: invoice.providerKey },
        after: { provider: plan.provider, symbol: symbol.symbol, reason },
      },
      event: null,
    });
  }
}

/** Another provider, another series of the same form, of the year that stands on the invoice. */
function checkFit(invoice: Invoice, { snapshot, symbol }: IssuancePlan): void {
  const wrong = (detail: string): AppError => invalidField('request.invalid', '/invoiceProviderConfigId', detail);
  if (invoice.providerTry > 1 && snapshot.providerConfigId === invoice.config.providerConfigId) {
    throw wrong(`is right: the invoice was handed to it already and is ${invoice.status}`);
  }
  if (snapshot.invoiceProviderId === invoice.config.invoiceProviderId) throw wrong('is of the same provider');
  if (snapshot.form !== invoice.invoiceForm) throw wrong(`is of another form than ${invoice.invoiceForm}`);
  if (seriesOf(snapshot.form, symbol.symbol) === seriesOf(invoice.invoiceForm, invoice.invoiceSymbol)) {
    throw wrong('is of the same series: register another one at the other provider');
  }
  if (symbol.year !== Number(documentDay(invoice).slice(0, 4))) throw wrong('is a series of another year');
}

function notProven(invoice: Invoice): AppError {
  return new AppError({
    code: 'invoice.failover.not_proven',
    detail: `It is ${invoice.status}; only what was given up or waits for its retry, with every call proven, may go.`,
    extra: { invoiceId: invoice.id, issuanceStatus: invoice.status },
  });
}
