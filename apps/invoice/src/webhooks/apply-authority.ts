import { Injectable } from '@nestjs/common';
import type { Tx } from '@nx/persistence';
import { aboutInvoice } from '../findings/finding';
import { Findings } from '../findings/findings';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { authorityAfter, isAuthorityNotice } from './authority-state';
import type { Notice } from './notice';

export type NoticeOutcome = 'applied' | 'stored' | 'waiting';

interface ReceiptRow {
  webhook_id: string;
  event_type: string;
  payload: Record<string, unknown>;
}

const LONGEST_CODE = 64;

/** Carries what providers tell of the authority to the invoice: a guarded change, a case for a person when it is a no. */
@Injectable()
export class ApplyAuthority {
  constructor(
    private readonly invoices: InvoiceRepository,
    private readonly changes: ChangeInvoice,
    private readonly findings: Findings,
  ) {}

  /** `waiting` for an invoice whose own answer is still to come, `stored` for what changes nothing here. */
  async execute(tx: Tx, notice: Notice): Promise<NoticeOutcome> {
    const key = providerKeyOf(notice);
    if (key === null || !isAuthorityNotice(notice.type)) return 'stored';
    const [row] = await tx.query<{ id: string }>(`SELECT id FROM "Invoice" WHERE provider_key = $1`, [key]);
    const invoice = row === undefined ? undefined : await this.invoices.held(tx, row.id);
    if (invoice === undefined) return 'stored';
    if (invoice.status === 'PROCESSING' || invoice.status === 'UNKNOWN') return 'waiting';
    return invoice.status === 'SUCCESS' ? this.apply(tx, invoice, notice) : 'stored';
  }

  /** What came before the invoice's own answer, in the order in which it came. */
  async waiting(tx: Tx, invoice: Invoice): Promise<void> {
    const rows = await tx.query<ReceiptRow>(
      `SELECT webhook_id, event_type, payload FROM "WebhookReceipt"
       WHERE provider_key = $1 AND outcome = 'waiting' ORDER BY received_at, webhook_id`,
      [invoice.providerKey],
    );
    for (const { webhook_id: id, event_type: type, payload: data } of rows) {
      const outcome = await this.execute(tx, { id, type, data });
      await tx.execute(
        `UPDATE "WebhookReceipt" SET outcome = $2 WHERE source = 'internal' AND webhook_id = $1 AND outcome = 'waiting'`,
        [id, outcome],
      );
    }
  }

  private async apply(tx: Tx, invoice: Invoice, { type, data }: Notice): Promise<NoticeOutcome> {
    if (!isAuthorityNotice(type)) return 'stored';
    const status = authorityAfter(invoice.authorityStatus, type);
    const given = data['cqtCode'];
    // A code is given once, as a number is.
    const code = invoice.cqtCode === null && typeof given === 'string' ? given.slice(0, LONGEST_CODE) : null;
    const moved = status !== invoice.authorityStatus;
    const changed = await this.changes.execute(tx, invoice.id, {
      from: ['SUCCESS'],
      set: { authority_status: status, ...(code === null ? {} : { cqt_code: code }) },
      guard: { sql: 'i.version = :1', params: [invoice.version.toString()] },
      audit: {
        eventType: 'AUTHORITY',
        outcome: type.replace('invoice.', '').toUpperCase(),
        actorId: 'webhook',
        before: { authorityStatus: invoice.authorityStatus },
        after: { authorityStatus: status, ...(code === null ? {} : { cqtCode: code }) },
      },
      ...(moved || code !== null ? { event: 'invoice.success' as const } : {}),
    });
    if (changed === undefined) return 'stored';
    if (moved && status === 'REJECTED') await this.rejected(tx, changed, data);
    return 'applied';
  }

  private async rejected(tx: Tx, invoice: Invoice, data: Notice['data']): Promise<void> {
    const reason = typeof data['reason'] === 'string' ? ` It says: ${data['reason'].slice(0, 300)}` : '';
    const detail = `The tax authority refused the invoice ${invoice.invoiceNumber ?? '-'}.${reason}`;
    await this.findings.open(tx, { ...aboutInvoice(invoice), code: 'AUTHORITY_REJECTED', detail });
  }
}

/** The key under which a notice names its invoice; null where it names none. */
export function providerKeyOf({ data }: Notice): string | null {
  const key = data['providerKey'];
  return typeof key === 'string' && key.length <= LONGEST_CODE ? key : null;
}
