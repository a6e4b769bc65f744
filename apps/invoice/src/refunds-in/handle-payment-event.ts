import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { REPLAY_HEADER, type InboundRecord } from '@nx/messaging';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { Inbox } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import { ExplainRefunds } from './explain-refunds';
import { readRefund, type RefundNews } from './refund-record';

/** Notes money that went back for a sale and asks whether its invoices say so. All other events pass by. */
@Injectable()
export class HandlePaymentEvent {
  constructor(
    private readonly database: Database,
    private readonly inbox: Inbox,
    private readonly explain: ExplainRefunds,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(record: InboundRecord): Promise<void> {
    const news = readRefund(record.value);
    if (news === null) return;
    const first = await this.database.transaction((tx) => this.note(tx, record, news));
    this.logger.info(
      `[handlePaymentEvent] order: ${news.sourceId}, refund: ${news.refundId}, amount: ${news.amount}, ` +
        (first ? 'noted' : 'was noted before, SKIP'),
    );
  }

  /** False when the record, or the refund under another record, was seen before. */
  private async note(tx: Tx, record: InboundRecord, news: RefundNews): Promise<boolean> {
    const consumer = this.config.kafka.groupId ?? this.config.application.code;
    const replay = record.headers[REPLAY_HEADER] !== undefined;
    if (!(await this.inbox.firstTime(tx, consumer, record.eventId, { replay }))) return false;
    const { refundId, merchantId, sourceId, transactionId, amount, currency, refundedAt } = news;
    const noted = await tx.execute(
      `INSERT INTO "SaleRefund" (refund_id, merchant_id, source_id, transaction_id, amount, currency, refunded_at,
         created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (refund_id) DO NOTHING`,
      [refundId, merchantId, sourceId, transactionId, amount, currency, refundedAt, new Date(this.clock.now())],
    );
    if (noted === 1) await this.explain.execute(tx, merchantId, sourceId);
    return noted === 1;
  }
}
