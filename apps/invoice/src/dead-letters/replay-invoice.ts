import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';

export interface ReplayWish {
  readonly actorId: string;
  readonly reason?: string | undefined;
}

/**
 * Lets an invoice go once more, whoever asks: one that was given up under the same key, and only when each of its calls
 * is proven to have issued nothing; one of unknown outcome is looked up, never sent.
 */
@Injectable()
export class ReplayInvoice {
  constructor(
    private readonly changes: ChangeInvoice,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The invoice, due now; undefined when its state does not allow it or a worker is at it. */
  async execute(tx: Tx, invoice: Invoice, { actorId, reason }: ReplayWish): Promise<Invoice | undefined> {
    const now = new Date(this.clock.now());
    const audit = { eventType: 'RETRY_ASKED', outcome: invoice.status, actorId, after: { reason } };
    if (invoice.status === 'UNKNOWN') {
      return this.changes.execute(tx, invoice.id, {
        from: ['UNKNOWN'],
        set: { due_at: now },
        guard: { sql: 'i.locked_until IS NULL OR i.locked_until <= :1', params: [now] },
        audit,
      });
    }
    if (invoice.status === 'PENDING' && invoice.nextRetryAt !== null) {
      const set = { due_at: now, next_retry_at: null };
      return this.changes.execute(tx, invoice.id, { from: ['PENDING'], set, audit });
    }
    if (invoice.status !== 'FAILED') return undefined;
    return this.changes.execute(tx, invoice.id, {
      from: ['FAILED'],
      to: 'PENDING',
      set: { due_at: now, retry_count: 0, next_retry_at: null },
      // What is not proven to be refused is looked up, never sent again; and a second wish finds another version.
      guard: { sql: 'i.version = :1 AND invoice.nothing_issued(i.id)', params: [invoice.version.toString()] },
      audit: { ...audit, outcome: 'PENDING' },
      event: null,
    });
  }
}
