import { Injectable } from '@nestjs/common';
import { decodeCursor, page, type IdempotencyRun, type Page } from '@nx/http';
import { Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail, IdempotencyStore } from '@nx/reliable';
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
    private readonly keys: IdempotencyStore,
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

  /**
   * Replays the named ones, or those that match, the nearest deadline first. Each in a transaction of its own, which keeps
   * under the key that it was replayed: a repetition that goes on names those too.
   */
  async execute(request: ReplayRequest, actorId: string, run?: IdempotencyRun): Promise<ReplayAnswer> {
    const earlier = Object.keys(run?.ids ?? {});
    const ids = request.invoiceIds ?? [...earlier, ...(await this.matching(request, earlier))];
    const answer = { replayed: [] as string[], refused: [] as { invoiceId: string; detail: string }[] };
    for (const id of ids) {
      const invoice = earlier.includes(id) ? undefined : await this.one(id, { actorId, reason: request.reason, run });
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
    wish: { readonly actorId: string; readonly reason: string; readonly run?: IdempotencyRun | undefined },
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
      if (wish.run !== undefined) await this.keys.keepIds(wish.run.request, { [id]: 'REPLAYED' }, tx);
      return going;
    });
    if (nudge && typeof result !== 'string') await this.enqueue.invoice(result, { promote: true });
    return result;
  }

  /** As many as are asked for, with those of `earlier`, which are left out. */
  private async matching(
    { limit = USUAL_BATCH, ...filter }: DeadLetterFilter & { readonly limit?: number },
    earlier: readonly string[],
  ): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM "Invoice" WHERE ${MATCHING} AND id <> ALL ($4::text[])
       ORDER BY legal_deadline_at, id LIMIT $5`,
      [...matchingOf(filter), earlier, Math.max(0, limit - earlier.length)],
    );
    return rows.map(({ id }) => id);
  }
}
