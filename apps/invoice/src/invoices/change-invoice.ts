import { Inject, Injectable } from '@nestjs/common';
import {
  ISSUANCE_STATUSES,
  type Clock,
  type InvoiceEventType,
  type IssuanceStatus,
  type NotificationType,
} from '@nx/contracts';
import { CLOCK, Metrics, type Counter } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { IdGenerator, Outbox } from '@nx/reliable';
import { InvoiceTrail, SYSTEM_ACTOR, type InvoiceStep } from './invoice-trail';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from './invoice-row';
import type { Invoice } from './invoice';
import { eventOfStatus, invoiceEvent, invoiceNotification } from './invoice-events';
import { assertIssuanceStates, mayChange } from './issuance-state';

/** Columns that a change may set, and their values as the driver takes them. */
export type ChangeableColumn =
  | 'provider'
  | 'provider_try'
  | 'provider_config_snapshot'
  | 'invoice_symbol'
  | 'year'
  | 'has_cqt_code'
  | 'auto_release'
  | 'auto_sign'
  | 'auto_send_cqt'
  | 'legal_deadline_at'
  | 'provider_key'
  | 'invoice_date'
  | 'invoice_number'
  | 'cqt_code'
  | 'lookup_code'
  | 'provider_reference'
  | 'seller_tax_code'
  | 'authority_status'
  | 'findings'
  | 'retry_count'
  | 'next_retry_at'
  | 'due_at'
  | 'locked_until'
  | 'not_found_since'
  | 'issued_at'
  | 'tax_method'
  | 'total_before_discount'
  | 'total_discount'
  | 'total_before_tax'
  | 'total_tax'
  | 'total_reduction'
  | 'tax_snapshot'
  | 'buyer_snapshot'
  | 'metadata'
  | 'invoice_request_id'
  | 'payment_method';

const JSON_COLUMNS: ReadonlySet<string> = new Set([
  'tax_snapshot',
  'buyer_snapshot',
  'provider_config_snapshot',
  'metadata',
]);
const PREFIXED_COLUMNS = INVOICE_COLUMNS.split(',')
  .map((column) => `i.${column.trim()}`)
  .join(', ');

export interface InvoiceChange {
  /** The statuses it may have now; others make the change a no-op. */
  readonly from: readonly IssuanceStatus[];
  /** The status afterwards; the same one when it is left out. */
  readonly to?: IssuanceStatus;
  readonly set?: Readonly<Partial<Record<ChangeableColumn, unknown>>>;
  /** Further condition over `i`, with its parameters as `:1`, `:2` … */
  readonly guard?: { readonly sql: string; readonly params: readonly unknown[] };
  readonly audit: InvoiceStep;
  /** Without it a change of status tells of the new one, and any other change of nothing; null = tell nobody. */
  readonly event?: InvoiceEventType | null;
  readonly notification?: NotificationType;
}

/**
 * The one way in which an invoice changes: a guarded update that takes the row's lock and raises its version, with the
 * audit row and the events of the same version in the same transaction. The affected row decides a race.
 */
@Injectable()
export class ChangeInvoice {
  private readonly changes: Counter;

  constructor(
    private readonly audit: InvoiceTrail,
    private readonly outbox: Outbox,
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    assertIssuanceStates();
    const known = ISSUANCE_STATUSES.map((to) => ({ to }));
    this.changes = metrics.counter('invoice_status_changes_total', 'Changes of issuance status', ['to'], known);
  }

  /** The invoice after the change; undefined when its status or the guard did not allow it. */
  async execute(tx: Tx, id: string, change: InvoiceChange): Promise<Invoice | undefined> {
    const { from, to } = change;
    const wrong = to === undefined ? undefined : from.find((status) => !mayChange(status, to));
    if (wrong !== undefined) throw new Error(`the state table has no change from ${wrong} to ${to}`);
    const updated = await this.update(tx, id, change);
    if (updated === undefined) return undefined;
    const { invoice, before } = updated;
    await this.audit.append(tx, invoice, {
      actorId: SYSTEM_ACTOR,
      ...change.audit,
      before: { issuanceStatus: before, ...change.audit.before },
      after: { issuanceStatus: invoice.status, ...change.audit.after },
    });
    const moved = before !== invoice.status;
    const type = change.event === undefined && moved ? eventOfStatus(invoice.status) : (change.event ?? undefined);
    if (moved) tx.afterCommit(() => this.changes.inc({ to: invoice.status }));
    await this.publish(tx, invoice, type, change.notification);
    return invoice;
  }

  /** Writes the events of the invoice's present version. */
  async publish(tx: Tx, invoice: Invoice, type?: InvoiceEventType, notification?: NotificationType): Promise<void> {
    const now = this.clock.now();
    const events = [
      ...(type === undefined ? [] : [invoiceEvent(this.ids.next(), type, invoice, now)]),
      ...(notification === undefined ? [] : [invoiceNotification(this.ids.next(), notification, invoice, now)]),
    ];
    if (events.length === 0) return;
    await this.outbox.append(tx, {
      aggregateType: 'Invoice',
      aggregateId: invoice.id,
      version: invoice.version,
      events,
    });
  }

  private async update(
    tx: Tx,
    id: string,
    change: InvoiceChange,
  ): Promise<{ invoice: Invoice; before: IssuanceStatus } | undefined> {
    const params: unknown[] = [id, change.from, new Date(this.clock.now())];
    const place = (value: unknown): string => `$${params.push(value)}`;
    const assignments = Object.entries(change.set ?? {}).map(
      ([column, value]) =>
        `${column} = ${place(JSON_COLUMNS.has(column) && value !== null ? JSON.stringify(value) : value)}`,
    );
    if (change.to !== undefined) assignments.push(`issuance_status = ${place(change.to)}`);
    const guard = change.guard;
    const condition =
      guard === undefined
        ? ''
        : `AND (${guard.sql.replaceAll(/:(\d+)/g, (_, digits: string) => place(guard.params[Number(digits) - 1]))})`;
    const rows = await tx.query<InvoiceRow & { before_status: IssuanceStatus }>(
      `WITH held AS (
         SELECT i.id, i.issuance_status FROM "Invoice" i
         WHERE i.id = $1 AND i.issuance_status = ANY ($2) AND i.deleted_at IS NULL ${condition} FOR UPDATE)
       UPDATE "Invoice" i SET ${[...assignments, 'version = i.version + 1', 'modified_at = $3'].join(', ')}
       FROM held WHERE i.id = held.id
       RETURNING ${PREFIXED_COLUMNS}, held.issuance_status AS before_status`,
      params,
    );
    const [row] = rows;
    return row === undefined ? undefined : { invoice: toInvoice(row), before: row.before_status };
  }
}
