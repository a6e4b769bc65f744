import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import {
  claimDeadline,
  legalDeadline,
  type CalculatedInvoice,
  type InvoiceBuyer,
  type InvoicePaymentMethod,
} from '@nx/e-invoice';
import { CLOCK } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { ClaimTokens } from '../claims/claim-token';
import { InvoiceRequestRepository, type InvoiceRequest } from '../claims/invoice-request.repository';
import { InvoiceConfig } from '../invoice.config';
import type { IssuancePlan } from '../providers/plan.repository';
import { sellerOf, type SellerData } from '../tax-info/tax-info';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import { InvoiceTrail } from './invoice-trail';
import { calculateSale, taxSnapshotOf } from './calculate-sale';
import { ChangeInvoice } from './change-invoice';
import { scheduleIn, SELLER_TAX_MISSING, type Invoice, type SaleSnapshot } from './invoice';
import { InvoiceRepository } from './invoice.repository';
import { releaseAt } from './release-rule';

/** A sale that becomes an invoice. */
export interface MakeInput {
  readonly merchantId: string;
  readonly organizerId: string | null;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly sourceNumber: string | null;
  readonly sale: SaleSnapshot;
  readonly paidAt: Date;
  readonly paymentMethod: InvoicePaymentMethod;
  /** Where the sale or a person named one. */
  readonly buyer: InvoiceBuyer | null;
  readonly plan: IssuancePlan;
  readonly actorId: string;
}

export interface MadeInvoice {
  readonly invoice: Invoice;
  /** Present when a buyer may claim it. */
  readonly claim: InvoiceRequest | undefined;
}

interface SellerPart {
  /** Commerce knows the merchant's organizer better than the sale. */
  readonly organizerId: string | null;
  readonly seller: SellerData | undefined;
  readonly calculated: CalculatedInvoice | undefined;
  readonly findings: readonly string[];
}

/**
 * Makes an invoice and, where a buyer may claim it, its request, in the caller's transaction. Everything that decides
 * how it will be issued is copied, so that later changes of configuration or tax data do not touch it.
 * Throws InvalidInvoiceError when the sale cannot be an invoice, and the unique violation `invoice_one_per_source`.
 */
@Injectable()
export class MakeInvoice {
  constructor(
    private readonly invoices: InvoiceRepository,
    private readonly requests: InvoiceRequestRepository,
    private readonly taxInfo: TaxInfoRepository,
    private readonly changes: ChangeInvoice,
    private readonly audit: InvoiceTrail,
    private readonly tokens: ClaimTokens,
    private readonly ids: IdGenerator,
    private readonly config: InvoiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(tx: Tx, input: MakeInput): Promise<MadeInvoice> {
    const now = new Date(this.clock.now());
    const { plan } = input;
    await this.requests.lockSource(tx, input.merchantId, input.sourceType, input.sourceId);
    const early = await this.requests.ofSource(input.merchantId, input.sourceType, input.sourceId, tx);
    const given = input.buyer ?? early?.buyer ?? null;
    const part = await this.sellerPart(tx, input);
    const deadline = legalDeadline({ seriesLetter: plan.symbol.letter, taxPoint: input.paidAt });
    const id = this.ids.next();
    const claim =
      given === null && early === undefined && plan.mode === 'BUYER_SELF_SERVICE'
        ? this.newClaim(id, input, deadline, now)
        : undefined;
    const request = early ?? claim ?? (given === null ? undefined : this.namedBuyer(id, input, given, now));
    const dueAt = releaseAt({
      mode: plan.mode,
      findings: part.findings,
      claimOpen: claim !== undefined,
      legalDeadlineAt: deadline,
      schedule: scheduleIn(plan.snapshot),
      now,
    });
    const buyer = claim === undefined ? (given ?? plan.snapshot.defaultBuyer) : null;
    const invoice = newInvoice({ id, input, part, deadline, buyer, requestId: request?.id ?? null, dueAt, now });
    if (request !== undefined && early === undefined) await this.requests.insert(tx, request, input.actorId);
    if (early !== undefined) await this.requests.join(tx, early.id, id, now);
    await this.invoices.insert(tx, invoice, input.actorId);
    if (part.calculated !== undefined) await this.invoices.replaceItems(tx, invoice, part.calculated, now);
    await this.audit.append(tx, invoice, {
      eventType: 'MADE',
      outcome: 'PENDING',
      actorId: input.actorId,
      after: { issuanceStatus: 'PENDING', mode: plan.mode, findings: part.findings, total: invoice.total },
    });
    await this.changes.publish(tx, invoice, 'invoice.created');
    return { invoice, claim };
  }

  /** The seller as he is now and the lines under his method, or what is missing. */
  private async sellerPart(tx: Tx, { merchantId, plan, sale, paidAt }: MakeInput): Promise<SellerPart> {
    const info = await this.taxInfo.ofMerchant(merchantId, tx);
    const seller = sellerOf(info, await this.taxInfo.locationOf(merchantId, tx));
    const organizerId = info?.organizerId ?? null;
    if (seller === undefined) return { organizerId, seller, calculated: undefined, findings: [SELLER_TAX_MISSING] };
    const context = { taxMethod: seller.taxMethod, taxPoint: paidAt, config: plan.snapshot };
    return { organizerId, seller, calculated: calculateSale(sale, context), findings: [] };
  }

  /** The open claim of a sale; undefined when there is no time left for one. */
  private newClaim(invoiceId: string, input: MakeInput, legalDeadline: Date, now: Date): InvoiceRequest | undefined {
    const windowMs = input.plan.snapshot.claimWindowMinutes * this.config.issuance.minuteMs;
    const deadline = claimDeadline({ paidAt: input.paidAt, legalDeadline, windowMs, hours: this.config.claims });
    if (deadline === null || deadline <= now) return undefined;
    const id = this.ids.next();
    const { hash, keyId } = this.tokens.make(id, 1);
    return { ...requestOf(id, invoiceId, input, now), claimState: 'PENDING', tokenHash: hash, keyId, deadline };
  }

  private namedBuyer(invoiceId: string, input: MakeInput, buyer: InvoiceBuyer, now: Date): InvoiceRequest {
    return { ...requestOf(this.ids.next(), invoiceId, input, now), buyer };
  }
}

const requestOf = (id: string, invoiceId: string, input: MakeInput, now: Date): InvoiceRequest => ({
  id,
  merchantId: input.merchantId,
  sourceType: input.sourceType,
  sourceId: input.sourceId,
  invoiceId,
  buyer: null,
  claimState: null,
  tokenHash: null,
  tokenVersion: 1,
  keyId: null,
  deadline: null,
  claimedAt: null,
  fingerprint: null,
  createdAt: now,
});

interface NewInvoiceParts {
  readonly id: string;
  readonly input: MakeInput;
  readonly part: SellerPart;
  readonly deadline: Date;
  readonly buyer: InvoiceBuyer | null;
  readonly requestId: string | null;
  readonly dueAt: Date | null;
  readonly now: Date;
}

/** The totals' columns of a calculation. */
export const totalsOf = ({ totals }: CalculatedInvoice): NonNullable<Invoice['totals']> => ({
  beforeDiscount: totals.amountBeforeDiscount,
  discount: totals.discount,
  beforeTax: totals.amount,
  tax: totals.taxAmount,
  reduction: totals.reduction,
});

function newInvoice({ id, input, part, deadline, buyer, requestId, dueAt, now }: NewInvoiceParts): Invoice {
  const { plan } = input;
  const { seller, calculated } = part;
  return {
    id,
    version: 1n,
    merchantId: input.merchantId,
    organizerId: part.organizerId ?? input.organizerId,
    sourceType: input.sourceType,
    sourceId: input.sourceId,
    sourceNumber: input.sourceNumber,
    origin: '000_ORIGIN',
    invoiceType: plan.snapshot.category,
    invoiceForm: plan.snapshot.form,
    invoiceSymbol: plan.symbol.symbol,
    year: plan.symbol.year,
    hasCqtCode: plan.symbol.hasCqtCode,
    taxMethod: seller?.taxMethod ?? 'UNKNOWN',
    autoRelease: plan.autoRelease,
    autoSign: plan.autoSign,
    autoSendCqt: plan.autoSendCqt,
    issuanceMode: plan.mode,
    mappingId: plan.mappingId,
    provider: plan.provider,
    providerTry: 1,
    providerKey: null,
    invoiceDate: null,
    invoiceNumber: null,
    cqtCode: null,
    lookupCode: null,
    providerReference: null,
    sellerTaxCode: seller?.seller.taxCode ?? null,
    status: 'PENDING',
    authorityStatus: plan.symbol.hasCqtCode ? 'PENDING' : 'NOT_REQUIRED',
    findings: part.findings,
    legalDeadlineAt: deadline,
    taxPoint: input.paidAt,
    paidAt: input.paidAt,
    retryCount: 0,
    nextRetryAt: null,
    dueAt,
    lockedUntil: null,
    notFoundSince: null,
    issuedAt: null,
    parentId: null,
    correction: null,
    requestId,
    currency: 'VND',
    total: input.sale.total,
    totals: calculated === undefined ? null : totalsOf(calculated),
    paymentMethod: input.paymentMethod,
    sale: input.sale,
    tax: seller === undefined || calculated === undefined ? null : taxSnapshotOf(seller.seller, calculated),
    buyer,
    config: plan.snapshot,
    createdAt: now,
    modifiedAt: now,
    metadata: {},
  };
}
