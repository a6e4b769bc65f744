import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import {
  correctionLine,
  legalDeadline,
  vietnamDate,
  type CalculatedInvoice,
  type CorrectionCause,
  type InvoiceBuyer,
  type InvoiceLine,
  type InvoicePaymentMethod,
} from '@nx/e-invoice';
import { CLOCK } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { InvoiceTrail } from '../invoices/invoice-trail';
import { taxSnapshotOf } from '../invoices/calculate-sale';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Correction, Invoice, SaleSnapshot } from '../invoices/invoice';
import { InvoiceRepository, type CorrectedLine } from '../invoices/invoice.repository';
import { totalsOf } from '../invoices/make-invoice';
import { PlanRepository, type IssuancePlan } from '../providers/plan.repository';
import { sellerOf } from '../tax-info/tax-info';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import type { Standing } from './correction-standing';
import { demandCapability, originalOf, type Allowed } from './judge-correction';

/** What a correction says, calculated and allowed by law. */
export interface CorrectionInput {
  readonly action: Correction['action'];
  readonly cause: CorrectionCause;
  readonly decision: Allowed;
  readonly reason: string;
  readonly reference: string | null;
  readonly fingerprint: string;
  readonly calculated: CalculatedInvoice & { readonly lines: readonly (InvoiceLine & CorrectedLine)[] };
  readonly sale: SaleSnapshot;
  readonly buyer: InvoiceBuyer | null;
  readonly paymentMethod: InvoicePaymentMethod;
  /** Of the account and series; the original's where none is named. */
  readonly configId: string | undefined;
  readonly actor: MerchantActor;
}

const ORIGINS = { ADJUST: '100_ADJUSTMENT', REPLACE: '200_REPLACEMENT' } as const;

/**
 * Makes an adjustment or a replacement as an invoice of its own, in the transaction that holds its original: it goes
 * through the same issuance, and its rates stay those of the original sale.
 */
@Injectable()
export class MakeCorrection {
  constructor(
    private readonly invoices: InvoiceRepository,
    private readonly plans: PlanRepository,
    private readonly taxInfo: TaxInfoRepository,
    private readonly changes: ChangeInvoice,
    private readonly audit: InvoiceTrail,
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The correction, due at once. Throws `invoice.correction.configuration`, `…seller` and `…not_supported`, and the
   * violations `invoice_one_replacement`, `invoice_correction_reference` and `invoice_never_adjusted_beyond`.
   */
  async execute(tx: Tx, { invoice: original }: Standing, input: CorrectionInput): Promise<Invoice> {
    const now = new Date(this.clock.now());
    const plan = await this.planOf(tx, original, input.configId, now);
    demandCapability(plan.provider, input.action);
    const seller = await this.sellerOf(tx, original);
    const correction = correctionOf(original, input);
    const line = correctionLine(input.action, correction.original);
    const calculated = { ...input.calculated, notes: [line, ...input.calculated.notes] };
    const invoice: Invoice = {
      ...original,
      id: this.ids.next(),
      version: 1n,
      origin: ORIGINS[input.action],
      ...planned(plan),
      ...NOT_ISSUED,
      authorityStatus: plan.symbol.hasCqtCode ? 'PENDING' : 'NOT_REQUIRED',
      sellerTaxCode: seller.taxCode,
      legalDeadlineAt: legalDeadline({ seriesLetter: plan.symbol.letter, taxPoint: now }),
      dueAt: now,
      parentId: original.id,
      correction,
      total: calculated.totals.amountAfterTax,
      totals: totalsOf(calculated),
      paymentMethod: input.paymentMethod,
      sale: input.sale,
      tax: taxSnapshotOf(seller, calculated),
      buyer: input.buyer,
      createdAt: now,
      modifiedAt: now,
    };
    await this.insert(tx, invoice, input, now);
    return invoice;
  }

  private async insert(
    tx: Tx,
    invoice: Invoice,
    { calculated, actor, action }: CorrectionInput,
    now: Date,
  ): Promise<void> {
    await this.invoices.insert(tx, invoice, actor.userId);
    await this.invoices.insertItems(tx, invoice, calculated.lines, now);
    const { cause, reason, reference, citation, consent } = invoice.correction ?? {};
    const told = { cause, reason, reference, citation, consent, total: invoice.total };
    await this.audit.append(tx, invoice, {
      eventType: 'MADE',
      outcome: 'PENDING',
      actorId: actor.userId,
      after: { issuanceStatus: 'PENDING', origin: invoice.origin, originalInvoiceId: invoice.parentId, ...told },
    });
    await this.changes.publish(tx, invoice, 'invoice.created');
    await this.changes.execute(tx, invoice.parentId ?? '', {
      from: ['SUCCESS'],
      audit: {
        eventType: action === 'ADJUST' ? 'ADJUSTMENT_MADE' : 'REPLACEMENT_MADE',
        outcome: 'SUCCESS',
        actorId: actor.userId,
        after: { correctionId: invoice.id, ...told },
      },
    });
  }

  /** The series that the correction goes into: of the original's form, and of the year that it is made in. */
  private async planOf(tx: Tx, original: Invoice, configId: string | undefined, now: Date): Promise<IssuancePlan> {
    const id = configId ?? original.config.providerConfigId;
    const plan = await this.plans.ofConfig(original.merchantId, id, tx);
    if (plan === undefined) throw wrongConfiguration(`The merchant has no active configuration ${id}.`);
    const { snapshot, symbol } = plan;
    if (snapshot.form !== original.invoiceForm) {
      const detail = `Configuration ${id} issues form ${snapshot.form}, the original has form ${original.invoiceForm}.`;
      throw wrongConfiguration(detail);
    }
    const year = Number(vietnamDate(now).slice(0, 4));
    if (symbol.year === year) return plan;
    throw wrongConfiguration(`Configuration ${id} issues series ${symbol.symbol} of ${symbol.year}; it is ${year}.`);
  }

  /** The seller as he is today, under the tax code of the original. */
  private async sellerOf(tx: Tx, original: Invoice): Promise<NonNullable<Invoice['tax']>['seller']> {
    const { merchantId, tax } = original;
    if (tax === null) throw new Error(`invoice ${original.id} is issued without a seller`);
    const now = sellerOf(await this.taxInfo.ofMerchant(merchantId, tx), await this.taxInfo.locationOf(merchantId, tx));
    if (now === undefined) return tax.seller;
    if (now.seller.taxCode === tax.seller.taxCode && now.taxMethod === tax.taxMethod) return now.seller;
    throw new AppError({
      code: 'invoice.correction.seller',
      detail:
        `It was issued under tax code ${tax.seller.taxCode} (${tax.taxMethod}); ` +
        `the merchant is now ${now.seller.taxCode} (${now.taxMethod}).`,
      extra: { invoiceId: original.id },
    });
  }
}

const wrongConfiguration = (detail: string): AppError =>
  new AppError({
    code: 'invoice.correction.configuration',
    detail,
    errors: [
      {
        pointer: '/invoiceProviderConfigId',
        detail: 'must be an active configuration of the original’s form, of a series of this year',
      },
    ],
  });

function correctionOf(original: Invoice, input: CorrectionInput): Correction {
  const { action, cause, decision, reason, reference, fingerprint } = input;
  const { form, symbol, number, date, providerKey } = originalOf(original);
  return {
    action,
    cause,
    causeCode: decision.causeCode ?? null,
    reason,
    citation: decision.citation,
    consent: decision.consent,
    reference,
    fingerprint,
    original: { invoiceId: original.id, form, symbol, number, date, provider: original.provider, providerKey },
  };
}

const planned = (plan: IssuancePlan): Partial<Invoice> & Pick<Invoice, 'provider'> => ({
  invoiceType: plan.snapshot.category,
  invoiceSymbol: plan.symbol.symbol,
  year: plan.symbol.year,
  hasCqtCode: plan.symbol.hasCqtCode,
  autoRelease: plan.autoRelease,
  autoSign: plan.autoSign,
  autoSendCqt: plan.autoSendCqt,
  issuanceMode: 'REAL_TIME',
  mappingId: null,
  provider: plan.provider,
  config: plan.snapshot,
});

/** What the original has and its correction has not yet. */
const NOT_ISSUED = {
  status: 'PENDING',
  // Of an original that went to another provider: its correction is at its first try.
  providerTry: 1,
  providerKey: null,
  invoiceDate: null,
  invoiceNumber: null,
  cqtCode: null,
  lookupCode: null,
  providerReference: null,
  findings: [],
  retryCount: 0,
  nextRetryAt: null,
  lockedUntil: null,
  notFoundSince: null,
  issuedAt: null,
  requestId: null,
  metadata: {},
} as const;
