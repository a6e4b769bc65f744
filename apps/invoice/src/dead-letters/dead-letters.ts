import { Injectable } from '@nestjs/common';
import { decodeCursor, page, type Page } from '@nx/http';
import { Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail } from '@nx/reliable';
import { InvoiceRepository } from '../invoices/invoice.repository';
import type { Invoice } from '../invoices/invoice';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import {
  deadLetterView,
  type DeadLetterFilter,
  type DeadLetterQuery,
  type DeadLetterView,
  type ReplayAnswer,
  type ReplayRequest,
} from './dead-letter.dto';
import { ReplayInvoice } from './replay-invoice';

/** Who asks when a job is retried on the dashboard: the queue does not carry the person. */
const DASHBOARD = 'queue-dashboard';

/** Replayed at once when nobody says how many. */
const USUAL_BATCH = 100;

const MATCHING = `issuance_status = 'FAILED' AND deleted_at IS NULL AND ($1::text IS NULL OR merchant_id = $1)
  AND ($2::text IS NULL OR provider = $2) AND ($3::text IS NULL OR metadata ->> 'errorCode' = $3)`;

const matchingOf = ({ merchantId, provider, code }: DeadLetterFilter): unknown[] => [
  merchantId ?? null,
  provider ?? null,
  code ?? null,
];

/** Invoices that were given up: their list with the reason, and their way back. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
    private readonly replay: ReplayInvoice,
    private readonly enqueue: EnqueueIssuance,
    private readonly audit: AuditTrail,
    metrics: Metrics,
  ) {
    metrics.gauge('invoice_dead_letters', 'Invoices that were given up and wait', ['provider'], async (gauge) => {
      const rows = await database.query<{ provider: string; count: string }>(
        `SELECT provider, count(*) AS count FROM "Invoice" WHERE issuance_status = 'FAILED' AND deleted_at IS NULL
         GROUP BY provider`,
      );
      gauge.reset();
      for (const { provider, count } of rows) gauge.set({ provider }, Number(count));
    });
  }

  /** Newest first. */
  async list(query: DeadLetterQuery): Promise<Page<DeadLetterView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<InvoiceRow>(
      `SELECT ${INVOICE_COLUMNS} FROM "Invoice" WHERE ${MATCHING}
         AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5))
       ORDER BY created_at DESC, id DESC LIMIT $6`,
      [
        ...matchingOf(query),
        after === undefined ? null : new Date(after.createdAtMs),
        after?.id ?? null,
        query.limit + 1,
      ],
    );
    const found = rows.map(toInvoice);
    const { data, nextCursor } = page(found, query.limit, (row) => ({
      createdAtMs: row.createdAt.getTime(),
      id: row.id,
    }));
    return { data: data.map((row) => deadLetterView(row, this.enqueue.partition(row.sourceId))), nextCursor };
  }

  /** Replays the named ones, or those that match, the nearest deadline first. Each in a transaction of its own. */
  async execute(request: ReplayRequest, actorId: string): Promise<ReplayAnswer> {
    const ids = request.invoiceIds ?? (await this.matching(request, request.limit ?? USUAL_BATCH));
    const answer = { replayed: [] as string[], refused: [] as { invoiceId: string; detail: string }[] };
    for (const id of ids) {
      const invoice = await this.one(id, { actorId, reason: request.reason });
      if (typeof invoice === 'string') answer.refused.push({ invoiceId: id, detail: invoice });
      else answer.replayed.push(id);
    }
    return answer;
  }

  /** A job was retried on the dashboard: only as long as nothing happened to its invoice since it was given up. */
  async ofDashboard(invoiceId: string, version: bigint): Promise<void> {
    const invoice = await this.invoices.find(invoiceId);
    if (invoice?.status !== 'FAILED' || invoice.version !== version) return;
    await this.one(invoiceId, { actorId: DASHBOARD, reason: 'retried on the dashboard' }, false);
  }

  /** The invoice on its way again, or why it is not. */
  private async one(
    id: string,
    wish: { readonly actorId: string; readonly reason: string },
    nudge = true,
  ): Promise<Invoice | string> {
    const result = await this.database.transaction(async (tx) => {
      const invoice = await this.invoices.find(id, tx);
      if (invoice === undefined) return 'There is no such invoice.';
      const going = await this.replay.execute(tx, invoice, wish);
      if (going === undefined) return `It is ${invoice.status}, or a call of it is not proven to have issued nothing.`;
      await this.audit.write(tx, {
        actorId: wish.actorId,
        action: 'dead-letter.replay',
        entityType: 'Invoice',
        entityId: id,
        merchantId: invoice.merchantId,
        reason: wish.reason,
        before: { issuanceStatus: invoice.status, errorCode: invoice.metadata['errorCode'] },
        after: { issuanceStatus: going.status },
      });
      return going;
    });
    if (nudge && typeof result !== 'string') await this.enqueue.invoice(result, { promote: true });
    return result;
  }

  private async matching(filter: DeadLetterFilter, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM "Invoice" WHERE ${MATCHING} ORDER BY legal_deadline_at, id LIMIT $4`,
      [...matchingOf(filter), limit],
    );
    return rows.map(({ id }) => id);
  }
}
