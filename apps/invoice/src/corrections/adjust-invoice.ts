import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { sha256Hex } from '@nx/crypto';
import type { OnceRequest } from '@nx/http';
import { CLOCK, Logger } from '@nx/observability';
import { Database, isUniqueViolation, type Tx } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import type { Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { invoiceView } from '../invoices/invoice.view';
import { invoiceNotFound } from '../invoices/read-invoices';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { calculatedOf } from '../issuance/issue-request';
import { adjustLines, wrongLines, type WantedLine } from './adjust-lines';
import { CorrectionRepository } from './correction.repository';
import type { AdjustInvoiceRequest } from './correction.dto';
import { judgeCorrection } from './judge-correction';
import { MakeCorrection } from './make-correction';

/** Takes back a part of an issued invoice, or changes its prices, by an adjustment of its own. */
@Injectable()
export class AdjustInvoice {
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
   * The adjustment. The same reference with the same lines is the first answer again. Throws
   * `invoice.invoice.not_found`, what `judgeCorrection` and `MakeCorrection` throw, `invoice.correction.lines` and
   * `invoice.correction.reference_used`.
   */
  async execute(id: string, request: AdjustInvoiceRequest, actor: MerchantActor, key?: OnceRequest): Promise<Invoice> {
    const fingerprint = fingerprintOf(id, request);
    const first = await this.repeated(request, fingerprint, actor);
    if (first !== undefined) return first;
    try {
      const made = await this.database.transaction(async (tx) => {
        const adjustment = await this.adjust(tx, id, request, fingerprint, actor);
        await this.keys.remember(tx, key, invoiceView(adjustment));
        return adjustment;
      });
      await this.enqueue.invoice(made);
      return made;
    } catch (error) {
      if (!isUniqueViolation(error, 'invoice_correction_reference')) throw error;
      const winner = await this.repeated(request, fingerprint, actor);
      if (winner === undefined) throw error;
      return winner;
    }
  }

  private async adjust(
    tx: Tx,
    id: string,
    request: AdjustInvoiceRequest,
    fingerprint: string,
    actor: MerchantActor,
  ): Promise<Invoice> {
    const standing = await this.corrections.held(tx, actor.merchantId, id);
    if (standing === undefined) throw invoiceNotFound();
    // Asked again under the lock: who sent the same return at the same moment has made it by now.
    const first = await this.repeated(request, fingerprint, actor, tx);
    if (first !== undefined) return first;
    const { invoice } = standing;
    const decision = judgeCorrection('ADJUST', request.cause, standing, this.clock.now());
    const wanted = wantedLines(request, invoice);
    const original = calculatedOf(invoice, await this.invoices.items(id, tx));
    const calculated = adjustLines(original, await this.corrections.adjustedLines(tx, id), wanted);
    const made = await this.make.execute(tx, standing, {
      action: 'ADJUST',
      cause: request.cause,
      decision,
      reason: request.reason,
      reference: request.reference ?? null,
      fingerprint,
      calculated,
      // An adjustment is never calculated anew: it takes back what was issued.
      sale: { lines: [], orderDiscount: 0, total: calculated.totals.amountAfterTax },
      buyer: invoice.buyer,
      paymentMethod: invoice.paymentMethod,
      configId: request.invoiceProviderConfigId,
      actor,
    });
    this.logger.info(`[adjustInvoice] order: ${made.sourceId}, adjustment: ${made.id}, of invoice: ${id}`, {
      invoiceId: made.id,
      cause: request.cause,
      total: made.total,
    });
    return made;
  }

  private async repeated(
    { reference }: AdjustInvoiceRequest,
    fingerprint: string,
    { merchantId }: MerchantActor,
    tx?: Tx,
  ): Promise<Invoice | undefined> {
    if (reference === undefined) return undefined;
    const first = await this.corrections.byReference(merchantId, reference, tx);
    if (first === undefined || first.correction?.fingerprint === fingerprint) return first;
    throw new AppError({
      code: 'invoice.correction.reference_used',
      detail: `Reference ${reference} made adjustment ${first.id} of other lines.`,
      extra: { invoiceId: first.id },
    });
  }
}

/**
 * Lines of the request by their place on the invoice; undefined for everything that is left. Sale knows its own ids of
 * them.
 */
function wantedLines({ lines, cause }: AdjustInvoiceRequest, invoice: Invoice): WantedLine[] | undefined {
  if (lines === undefined) {
    if (cause !== 'TRADE_DISCOUNT') return undefined;
    throw wrongLines([{ pointer: '/lines', detail: 'a discount names its lines and what is taken off them' }]);
  }
  const problems = lines.flatMap(({ ordinal, itemId, quantity, amount }, index) => {
    const at = (member: string, detail: string): { pointer: string; detail: string }[] => [
      { pointer: `/lines/${index}/${member}`, detail },
    ];
    if ((ordinal === undefined) === (itemId === undefined)) return at('ordinal', 'give either ordinal or itemId');
    if (itemId !== undefined && ordinalOf(invoice, itemId) === undefined)
      return at('itemId', 'the sale has no such item');
    if ((quantity === undefined) === (amount === undefined)) return at('quantity', 'give either quantity or amount');
    if (cause === 'GOODS_RETURNED' && quantity === undefined) return at('quantity', 'returned goods have a quantity');
    if (cause === 'TRADE_DISCOUNT' && (amount === undefined || amount >= 0)) {
      return at('amount', 'a discount is an amount below zero');
    }
    return [];
  });
  if (problems.length > 0) throw wrongLines(problems);
  return lines.map(({ ordinal, itemId, quantity, amount }) => ({
    ordinal: ordinal ?? ordinalOf(invoice, itemId ?? '') ?? 0,
    quantity,
    amount,
  }));
}

/** Lines are printed in the order of the sale. */
function ordinalOf({ sale }: Invoice, itemId: string): number | undefined {
  const index = sale.lines.findIndex((line) => line.id === itemId);
  return index < 0 ? undefined : index + 1;
}

const fingerprintOf = (id: string, { cause, lines }: AdjustInvoiceRequest): string =>
  sha256Hex(
    JSON.stringify([
      id,
      cause,
      lines?.map(({ ordinal, itemId, quantity, amount }) => [
        ordinal ?? null,
        itemId ?? null,
        quantity ?? null,
        amount ?? null,
      ]),
    ]),
  );
