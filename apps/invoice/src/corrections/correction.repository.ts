import { Injectable } from '@nestjs/common';
import type { InvoiceLine } from '@nx/e-invoice';
import { Database, type Tx } from '@nx/persistence';
import type { Invoice } from '../invoices/invoice';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';
import { InvoiceRepository, ITEM_COLUMNS, toLine, type ItemRow } from '../invoices/invoice.repository';
import type { Standing } from './correction-standing';

/** A line of an adjustment that stands, and the line of the original that it corrects. */
export interface AdjustedLine {
  readonly ordinal: number;
  readonly by: 'QUANTITY' | 'AMOUNT';
  readonly issued: InvoiceLine;
}

interface AdjustedRow extends ItemRow {
  corrected_ordinal: number;
  corrected_by: AdjustedLine['by'];
}

/** Reads what was corrected of an invoice. Cancelled corrections count for nothing. */
@Injectable()
export class CorrectionRepository {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
  ) {}

  /** A merchant's invoice with its corrections, its row held: nobody else corrects it until the transaction ends. */
  async held(tx: Tx, merchantId: string, id: string): Promise<Standing | undefined> {
    const invoice = await this.invoices.held(tx, id);
    if (invoice?.merchantId !== merchantId) return undefined;
    return { invoice, corrections: await this.of(id, tx) };
  }

  /** The adjustments and the replacement of an invoice, the first one first. */
  async of(id: string, tx?: Tx): Promise<Invoice[]> {
    const rows = await (tx ?? this.database).query<InvoiceRow>(
      `SELECT ${INVOICE_COLUMNS} FROM "Invoice"
       WHERE parent_id = $1 AND issuance_status <> 'CANCELLED' AND deleted_at IS NULL ORDER BY created_at, id`,
      [id],
    );
    return rows.map(toInvoice);
  }

  /** The correction that answers a return of sale; undefined when none stands. */
  async byReference(merchantId: string, reference: string, tx?: Tx): Promise<Invoice | undefined> {
    const [row] = await (tx ?? this.database).query<InvoiceRow>(
      `SELECT ${INVOICE_COLUMNS} FROM "Invoice" WHERE merchant_id = $1 AND correction ->> 'reference' = $2
         AND issuance_status <> 'CANCELLED' AND deleted_at IS NULL`,
      [merchantId, reference],
    );
    return row === undefined ? undefined : toInvoice(row);
  }

  /** What the adjustments that stand took of each line of their original. */
  async adjustedLines(tx: Tx, originalId: string): Promise<AdjustedLine[]> {
    const rows = await tx.query<AdjustedRow>(
      `SELECT ${ITEM_COLUMNS}, corrected_ordinal, corrected_by FROM "InvoiceItem"
       WHERE corrected_ordinal IS NOT NULL AND invoice_id IN (
         SELECT id FROM "Invoice" WHERE parent_id = $1 AND origin = '100_ADJUSTMENT' AND issuance_status <> 'CANCELLED'
           AND deleted_at IS NULL)
       ORDER BY created_at, invoice_id, ordinal`,
      [originalId],
    );
    return rows.map((row) => ({ ordinal: row.corrected_ordinal, by: row.corrected_by, issued: toLine(row) }));
  }
}
