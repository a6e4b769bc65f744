import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { InvalidInvoiceError, NoRateRuleError, type CalculatedInvoice } from '@nx/e-invoice';
import type { OnceRequest } from '@nx/http';
import { CLOCK, Logger } from '@nx/observability';
import { Database, isUniqueViolation, type Tx } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import { buyerFrom } from '../claims/claim-invoice';
import { calculateSale } from '../invoices/calculate-sale';
import { saleOf, wrongTotals } from '../invoices/create-invoice';
import type { Invoice, SaleSnapshot } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { invoiceView } from '../invoices/invoice.view';
import { invoiceNotFound } from '../invoices/read-invoices';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { calculatedOf } from '../issuance/issue-request';
import type { ReplaceInvoiceRequest } from './correction.dto';
import type { Standing } from './correction-standing';
import { CorrectionRepository } from './correction.repository';
import { judgeCorrection } from './judge-correction';
import { MakeCorrection } from './make-correction';

/** Replaces a wrong invoice by a whole new one: other lines, another buyer, or both. */
@Injectable()
export class ReplaceInvoice {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
    private readonly corrections: CorrectionRepository,
    private readonly make: MakeCorrection,
    private readonly enqueue: EnqueueIssuance,
    private readonly keys: IdempotencyStore,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The replacement. Throws `invoice.invoice.not_found`, what `judgeCorrection` and `MakeCorrection` throw,
   * `invoice.invoice.totals` and `invoice.buyer.invalid`.
   */
  async execute(id: string, request: ReplaceInvoiceRequest, actor: MerchantActor, key?: OnceRequest): Promise<Invoice> {
    try {
      const made = await this.database.transaction(async (tx) => {
        const replacement = await this.replace(tx, id, request, actor);
        await this.keys.remember(tx, key, invoiceView(replacement));
        return replacement;
      });
      this.logger.info(`[replaceInvoice] order: ${made.sourceId}, replacement: ${made.id}, of invoice: ${id}`, {
        invoiceId: made.id,
        cause: request.cause,
      });
      await this.enqueue.invoice(made);
      return made;
    } catch (error) {
      if (error instanceof InvalidInvoiceError) throw wrongTotals(error.problems);
      if (error instanceof NoRateRuleError) throw wrongTotals([{ pointer: '/items', detail: error.message }]);
      if (!isUniqueViolation(error, 'invoice_one_replacement')) throw error;
      throw new AppError({
        code: 'invoice.correction.state',
        detail: 'Somebody replaced it at the same moment.',
        extra: { invoiceId: id },
      });
    }
  }

  private async replace(tx: Tx, id: string, request: ReplaceInvoiceRequest, actor: MerchantActor): Promise<Invoice> {
    const standing = await this.corrections.held(tx, actor.merchantId, id);
    if (standing === undefined) throw invoiceNotFound();
    const { invoice } = standing;
    const decision = judgeCorrection('REPLACE', request.cause, standing, this.clock.now());
    refuseAdjusted(standing);
    const buyer = request.buyer === undefined ? invoice.buyer : buyerFrom(request.buyer);
    const { sale, calculated } = await this.contentOf(tx, invoice, request);
    return this.make.execute(tx, standing, {
      action: 'REPLACE',
      cause: request.cause,
      decision,
      reason: request.reason,
      reference: null,
      fingerprint: '',
      calculated,
      sale,
      buyer,
      paymentMethod: request.paymentMethod ?? invoice.paymentMethod,
      configId: request.invoiceProviderConfigId,
      actor,
    });
  }

  /** The lines anew at the rates of the original sale's day, or those that were issued. */
  private async contentOf(
    tx: Tx,
    invoice: Invoice,
    request: ReplaceInvoiceRequest,
  ): Promise<{ sale: SaleSnapshot; calculated: CalculatedInvoice }> {
    const { items, total, orderDiscount } = request;
    if ((items === undefined) !== (total === undefined)) {
      throw wrongTotals([
        { pointer: items === undefined ? '/items' : '/total', detail: 'items and total come together' },
      ]);
    }
    if (items === undefined || total === undefined) {
      if (request.buyer === undefined && request.paymentMethod === undefined) {
        const detail = 'A replacement without items, buyer or paymentMethod would say the same again.';
        throw new AppError({ code: 'invoice.correction.buyer', detail, errors: [{ pointer: '/items', detail }] });
      }
      const issued = calculatedOf(invoice, await this.invoices.items(invoice.id, tx));
      // A replacement that is replaced names its own original, not the first one's.
      const notes = issued.notes.slice(invoice.correction === null ? 0 : 1);
      return { sale: invoice.sale, calculated: { ...issued, notes } };
    }
    const sale = saleOf({ items, total, ...(orderDiscount === undefined ? {} : { orderDiscount }) });
    const { taxMethod, taxPoint, config } = invoice;
    if (taxMethod === 'UNKNOWN') throw new Error(`invoice ${invoice.id} is issued without a tax method`);
    return { sale, calculated: calculateSale(sale, { taxMethod, taxPoint, config }) };
  }
}

/** A replacement says the whole sale anew, so nothing may have been taken back of the invoice that it replaces. */
function refuseAdjusted({ invoice, corrections }: Standing): void {
  const adjustments = corrections.filter(({ origin }) => origin === '100_ADJUSTMENT');
  if (adjustments.length === 0) return;
  const open = adjustments.filter(({ status }) => status !== 'SUCCESS');
  throw new AppError({
    code: 'invoice.correction.state',
    detail:
      open.length > 0
        ? `Adjustment ${open.map(({ id }) => id).join(', ')} is on its way: wait for it, or cancel it.`
        : 'It was adjusted already: adjust what is wrong as well, or have the provider replace all of it.',
    extra: { invoiceId: invoice.id, adjustmentIds: adjustments.map(({ id }) => id) },
  });
}
