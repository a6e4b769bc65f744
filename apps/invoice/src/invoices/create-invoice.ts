import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { InvalidInvoiceError, NoRateRuleError, parseTaxRate } from '@nx/e-invoice';
import type { OnceRequest } from '@nx/http';
import { Database, isUniqueViolation } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import { buyerFrom } from '../claims/claim-invoice';
import { PlanRepository } from '../providers/plan.repository';
import { SALE_ORDER, type Invoice, type SaleSnapshot } from './invoice';
import type { CreateInvoiceRequest } from './invoice.dto';
import { InvoiceRepository } from './invoice.repository';
import { invoiceView } from './invoice.view';
import { MakeInvoice } from './make-invoice';

/** A person makes an invoice; it waits for `issue`. */
@Injectable()
export class CreateInvoice {
  constructor(
    private readonly database: Database,
    private readonly plans: PlanRepository,
    private readonly invoices: InvoiceRepository,
    private readonly make: MakeInvoice,
    private readonly keys: IdempotencyStore,
  ) {}

  /** Throws `invoice.invoice.exists` with the invoice in the way, and `invoice.invoice.totals` with what is wrong. */
  async execute(request: CreateInvoiceRequest, actor: MerchantActor, key?: OnceRequest): Promise<Invoice> {
    const { merchantId } = actor;
    const sourceType = request.sourceType ?? SALE_ORDER;
    const plan = await this.plans.ofConfig(merchantId, request.invoiceProviderConfigId);
    if (plan === undefined) {
      const detail = 'The merchant has no active provider configuration with this id.';
      throw new AppError({ code: 'invoice.provider_config.not_found', detail });
    }
    const buyer = request.buyer === undefined ? null : buyerFrom(request.buyer);
    try {
      return await this.database.transaction(async (tx) => {
        const active = await this.invoices.activeOf(merchantId, sourceType, request.sourceId, tx);
        if (active !== undefined) throw exists(active.id);
        const { invoice } = await this.make.execute(tx, {
          merchantId,
          organizerId: actor.organizerId,
          sourceType,
          sourceId: request.sourceId,
          sourceNumber: request.sourceNumber ?? null,
          sale: saleOf(request),
          paidAt: new Date(request.paidAt),
          paymentMethod: request.paymentMethod,
          buyer,
          plan: { ...plan, mode: 'MANUAL' },
          actorId: actor.userId,
        });
        await this.keys.remember(tx, key, invoiceView(invoice));
        return invoice;
      });
    } catch (error) {
      if (isUniqueViolation(error)) {
        throw exists((await this.invoices.activeOf(merchantId, sourceType, request.sourceId))?.id);
      }
      if (error instanceof InvalidInvoiceError) throw wrongTotals(error.problems);
      if (error instanceof NoRateRuleError) throw wrongTotals([{ pointer: '/items', detail: error.message }]);
      throw error;
    }
  }
}

const exists = (invoiceId: string | undefined): AppError =>
  new AppError({ code: 'invoice.invoice.exists', detail: 'The source has an invoice.', extra: { invoiceId } });

/** The error of amounts that make no invoice, with the members of the request. */
export const wrongTotals = (problems: readonly { pointer: string; detail: string }[]): AppError =>
  new AppError({
    code: 'invoice.invoice.totals',
    detail: 'The invoice cannot be calculated.',
    errors: problems.map(({ pointer, detail }) => ({
      pointer: pointer.replace(/^\/lines/, '/items').replace(/^\/expectedTotal/, '/total'),
      detail,
    })),
  });

/** What a person typed as a sale, prices with tax inside. */
export function saleOf(request: Pick<CreateInvoiceRequest, 'items' | 'orderDiscount' | 'total'>): SaleSnapshot {
  const lines = request.items.map(({ name, unit, quantity, unitPrice, discount = 0, total, taxRate }) => ({
    name,
    ...(unit === undefined ? {} : { unit }),
    quantity,
    unitPrice,
    lineTotal: total + discount,
    discount,
    ...(taxRate === undefined ? {} : { taxRate: parseTaxRate(taxRate) ?? taxRate }),
  }));
  return { lines, orderDiscount: request.orderDiscount ?? 0, total: request.total };
}
