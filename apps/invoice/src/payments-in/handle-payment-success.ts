import { Injectable } from '@nestjs/common';
import { InvalidInvoiceError, NoRateRuleError } from '@nx/e-invoice';
import { RecordError, REPLAY_HEADER, type InboundRecord } from '@nx/messaging';
import { Logger } from '@nx/observability';
import { Database, isUniqueViolation, type Tx } from '@nx/persistence';
import { Inbox } from '@nx/reliable';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { InvoiceConfig } from '../invoice.config';
import { SALE_ORDER } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { MakeInvoice, type MadeInvoice } from '../invoices/make-invoice';
import { PlanRepository } from '../providers/plan.repository';
import { buyerOf, readPaymentRecord, saleOf, type PaymentNews } from './payment-record';
import { SaleClient } from './sale-client';

const COMPLETED = '303_COMPLETED';

type Decision =
  | { readonly decision: 'SKIP'; readonly reason: string }
  | { readonly decision: string; readonly reason: string; readonly made: MadeInvoice };

/** Turns a paid sale into an invoice, once, whatever Kafka repeats. */
@Injectable()
export class HandlePaymentSuccess {
  constructor(
    private readonly database: Database,
    private readonly inbox: Inbox,
    private readonly plans: PlanRepository,
    private readonly invoices: InvoiceRepository,
    private readonly make: MakeInvoice,
    private readonly sale: SaleClient,
    private readonly enqueue: EnqueueIssuance,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
  ) {}

  async execute(record: InboundRecord): Promise<void> {
    if (record.value === null) return this.tell('-', { decision: 'SKIP', reason: 'tombstone' });
    const news = readPaymentRecord(record.value);
    const early = skipReason(news);
    if (early !== undefined) return this.tell(news.orderId, { decision: 'SKIP', reason: early });
    // Looked at before sale is asked: a channel that nobody mapped must not depend on sale being up.
    const plan = await this.plans.ofChannel(news.merchantId, news.saleChannelId ?? '');
    if (plan === undefined) {
      return this.tell(news.orderId, { decision: 'SKIP', reason: `no mapping for channel ${news.saleChannelId}` });
    }
    const complete = { ...news, order: news.order ?? (await this.sale.order(news.orderId)) };
    const decision = await this.once(record, complete);
    this.tell(news.orderId, decision);
    if ('made' in decision) await this.enqueue.afterMade(decision.made);
  }

  /** One more round when another process made the sale's invoice at the same moment: then it is seen. */
  private async once(record: InboundRecord, news: PaymentNews & { order: object }): Promise<Decision> {
    try {
      return await this.database.transaction((tx) => this.handle(tx, record, news));
    } catch (error) {
      if (isUniqueViolation(error)) return this.database.transaction((tx) => this.handle(tx, record, news));
      if (error instanceof InvalidInvoiceError || error instanceof NoRateRuleError) {
        throw new RecordError(`payment.success: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  private async handle(tx: Tx, record: InboundRecord, news: PaymentNews): Promise<Decision> {
    const consumer = this.config.kafka.groupId ?? this.config.application.code;
    const replay = record.headers[REPLAY_HEADER] !== undefined;
    if (!(await this.inbox.firstTime(tx, consumer, record.eventId, { replay }))) {
      return { decision: 'SKIP', reason: 'record was handled before' };
    }
    const active = await this.invoices.activeOf(news.merchantId, SALE_ORDER, news.orderId, tx);
    if (active !== undefined) return { decision: 'SKIP', reason: `active invoice ${active.id} is ${active.status}` };
    const plan = await this.plans.ofChannel(news.merchantId, news.saleChannelId ?? '', tx);
    if (plan === undefined || news.order === undefined) {
      return { decision: 'SKIP', reason: `no mapping for channel ${news.saleChannelId}` };
    }
    const made = await this.make.execute(tx, {
      merchantId: news.merchantId,
      organizerId: news.order.organizerId ?? null,
      sourceType: SALE_ORDER,
      sourceId: news.orderId,
      sourceNumber: typeof news.order.number === 'string' ? news.order.number.slice(0, 64) : null,
      sale: saleOf(news.order),
      paidAt: news.paidAt,
      paymentMethod: news.paymentMethod,
      buyer: buyerOf(news.order.buyer),
      plan,
      actorId: 'payment.success',
    });
    const { invoice, claim } = made;
    const waits = invoice.findings.length > 0 ? `, waits: ${invoice.findings.join(' ')}` : '';
    const window = claim?.deadline ? `, claim until ${claim.deadline.toISOString()}` : '';
    return { decision: plan.mode, reason: `made invoice ${invoice.id}${window}${waits}`, made };
  }

  private tell(orderId: string, { decision, reason }: Decision): void {
    this.logger.info(`[handlePaymentSuccess] order: ${orderId}, decision: ${decision}, reason: ${reason}`);
  }
}

function skipReason(news: PaymentNews): string | undefined {
  if (news.status !== COMPLETED) return `status ${news.status} is not ${COMPLETED}`;
  return news.saleChannelId === null ? 'no saleChannelId' : undefined;
}
