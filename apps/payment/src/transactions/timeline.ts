import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { decodeCursor, page, type Page } from '@nx/http';
import { paymentPushTopic, type PaymentEventType } from '@nx/contracts';
import { Database, type Statement } from '@nx/persistence';
import { ROUTES } from './payment-events';
import { ReadTransactions } from './read-transactions';
import { TIMELINE } from './timeline-statement';

export const TIMELINE_KINDS = [
  'EVENT',
  'STATE',
  'PROVIDER_CALL',
  'CALLBACK',
  'EVIDENCE',
  'JOURNAL',
  'REFUND',
  'REFUND_TRY',
  'CANCEL',
  'CHARGEBACK',
  'WEBHOOK_TRY',
  'PUSH',
  'INVOICE',
  'FINDING',
  'FINDING_RESOLVED',
  'OPERATOR',
] as const;

export class TimelineEntryView {
  @ApiProperty({
    format: 'date-time',
    description:
      'When it happened; of a push when it was handed on, or written while it waits; of an invoice by its own clock.',
  })
  at!: string;
  @ApiProperty({ enum: TIMELINE_KINDS })
  kind!: (typeof TIMELINE_KINDS)[number];
  @ApiProperty({ description: 'The row that this entry shows.' })
  id!: string;
  @ApiProperty({ type: String, nullable: true })
  attemptId!: string | null;
  @ApiProperty({ example: 'mq-pay:attempt.success', description: 'What happened, in a word of its kind.' })
  what!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  detail!: Record<string, unknown>;
}

interface TimelineRow {
  /** Tells the entry from all others of its payment. */
  mark: string;
  at: Date;
  kind: TimelineEntryView['kind'];
  id: string;
  attempt_id: string | null;
  what: string;
  detail: Record<string, unknown>;
}

/**
 * What one payment caused: calls, callbacks, state changes, journals, webhook tries, pushes to screens and people, what
 * was told of the invoices of its order, findings and what people did.
 */
@Injectable()
export class Timeline {
  private readonly select: Statement<TimelineRow>;

  constructor(
    database: Database,
    private readonly transactions: ReadTransactions,
  ) {
    this.select = database.statement('transaction-timeline', TIMELINE);
  }

  /**
   * The newest entries, or those before the cursor, in the order in which they happened; `nextCursor` leads to what was
   * before them. Throws `payment.transaction.not_found` for another merchant's transaction too, `request.cursor_invalid`.
   */
  async execute(
    merchantId: string,
    transactionId: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<TimelineEntryView>> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    await this.transactions.one(merchantId, transactionId);
    const rows = await this.select.run([
      transactionId,
      ROUTES.notification,
      ROUTES.push,
      after?.id ?? null,
      after?.createdAtMs ?? null,
      limit + 1,
    ]);
    const shown = page(rows, limit, ({ at, mark }) => ({ createdAtMs: at.getTime(), id: mark }));
    const data = shown.data.toReversed().map((row) => ({
      at: row.at.toISOString(),
      kind: row.kind,
      id: row.id,
      attemptId: row.attempt_id,
      what: row.what,
      detail: row.kind === 'PUSH' ? pushDetail(row) : row.detail,
    }));
    return { data, nextCursor: shown.nextCursor };
  }
}

/** Screens are told under a topic that follows from the event; people as a scope that the notification names. */
const pushDetail = ({ what, detail: { recipientScope, ...detail } }: TimelineRow): Record<string, unknown> =>
  detail['channel'] === 'SCREENS'
    ? { ...detail, topic: paymentPushTopic(what as PaymentEventType) }
    : { ...detail, recipientScope };
