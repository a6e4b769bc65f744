import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, currentContext } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { auditHash, CHAIN_START } from './audit-chain';
import type { Invoice } from './invoice';

/** Who acts where no person does. */
export const SYSTEM_ACTOR = 'system';

export interface InvoiceStep {
  readonly eventType: string;
  readonly outcome: string;
  readonly before?: object | null;
  readonly after?: object | null;
  readonly actorId?: string;
}

/** Writes the chain of what happened to an invoice. The caller holds the invoice's row, so the chain has one writer. */
@Injectable()
export class InvoiceTrail {
  constructor(
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Appends the row of the invoice's present version. */
  async append(tx: Tx, invoice: Invoice, entry: InvoiceStep): Promise<void> {
    const [last] = await tx.query<{ hash: string }>(
      `SELECT hash FROM "InvoiceAuditTracing" WHERE invoice_id = $1 ORDER BY position DESC LIMIT 1`,
      [invoice.id],
    );
    const previousHash = last?.hash ?? CHAIN_START;
    const createdAtMs = this.clock.now();
    const step = {
      invoiceId: invoice.id,
      position: invoice.version,
      eventType: entry.eventType,
      outcome: entry.outcome,
      before: entry.before ?? null,
      after: entry.after ?? null,
      actorId: entry.actorId ?? SYSTEM_ACTOR,
      createdAtMs,
    };
    await tx.execute(
      `INSERT INTO "InvoiceAuditTracing" (id, invoice_id, merchant_id, source_id, position, event_type, outcome, before,
         after, actor_id, request_id, previous_hash, hash, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        this.ids.next(),
        invoice.id,
        invoice.merchantId,
        invoice.sourceId,
        step.position.toString(),
        step.eventType,
        step.outcome,
        jsonOf(step.before),
        jsonOf(step.after),
        step.actorId,
        currentContext()?.requestId ?? null,
        previousHash,
        auditHash(previousHash, step),
        new Date(createdAtMs),
      ],
    );
  }
}

const jsonOf = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
