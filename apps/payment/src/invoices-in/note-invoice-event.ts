import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { REPLAY_HEADER, type InboundRecord } from '@nx/messaging';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { Inbox } from '@nx/reliable';
import { PaymentConfig } from '../payment.config';
import { readInvoiceRecord, type InvoiceNews } from './invoice-record';

/**
 * Writes down what the invoice service tells, so that a payment's timeline shows it. Nothing else follows from it: no
 * payment depends on an invoice. The same event again finds its row, whatever its order among others.
 */
@Injectable()
export class NoteInvoiceEvent {
  constructor(
    private readonly database: Database,
    private readonly inbox: Inbox,
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws a RecordError for a record that is none of invoice's: it is parked. */
  async execute(record: InboundRecord): Promise<void> {
    const news = readInvoiceRecord(record.value);
    if (news === null) return;
    const first = await this.database.transaction((tx) => this.note(tx, record, news));
    this.logger.info(
      `[noteInvoiceEvent] source: ${news.sourceId}, invoice: ${news.invoiceId}, event: ${news.eventType}, ` +
        (first ? 'noted' : 'was noted before, SKIP'),
    );
  }

  /** False when the record, or its event under another record, was seen before. */
  private async note(tx: Tx, record: InboundRecord, news: InvoiceNews): Promise<boolean> {
    const consumer = this.config.kafka.groupId ?? this.config.application.code;
    const replay = record.headers[REPLAY_HEADER] !== undefined;
    if (!(await this.inbox.firstTime(tx, consumer, record.eventId, { replay }))) return false;
    const noted = await tx.execute(
      `INSERT INTO "InvoiceEvent" (event_id, event_type, merchant_id, source_type, source_id, invoice_id, origin, parent_id,
         status, invoice_version, invoice_form, invoice_symbol, invoice_number, invoice_date, lookup_code, cqt_code, total,
         currency, issuance_mode, reason, waits_for, due_at, occurred_at, received_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
       ON CONFLICT (event_id) DO NOTHING`,
      [
        news.eventId,
        news.eventType,
        news.merchantId,
        news.sourceType,
        news.sourceId,
        news.invoiceId,
        news.origin,
        news.parentId,
        news.status,
        news.version,
        news.form,
        news.symbol,
        news.number,
        news.date,
        news.lookupCode,
        news.cqtCode,
        news.total,
        news.currency,
        news.issuanceMode,
        news.reason,
        news.waitsFor,
        news.dueAt,
        news.occurredAt,
        new Date(this.clock.now()),
      ],
    );
    return noted === 1;
  }
}
