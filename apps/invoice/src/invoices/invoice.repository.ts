import { Injectable } from '@nestjs/common';
import type { CalculatedInvoice, InvoiceLine } from '@nx/e-invoice';
import { Database, type Tx } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import type { Invoice } from './invoice';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from './invoice-row';

/** Lines as every statement reads them. */
export const ITEM_COLUMNS = `ordinal, kind, code, name, unit, quantity, unit_price, amount_before_discount, discount, amount,
  tax_rate, tax_amount, reduction, amount_after_tax`;

export interface ItemRow {
  ordinal: number;
  kind: InvoiceLine['kind'];
  code: string | null;
  name: string;
  unit: string | null;
  quantity: string;
  unit_price: string;
  amount_before_discount: string;
  discount: string;
  amount: string;
  tax_rate: InvoiceLine['taxRate'];
  tax_amount: string;
  reduction: string;
  amount_after_tax: string;
}

/** Its sale's time to the microsecond, which a Date does not have. */
export interface WaitingInvoice {
  readonly id: string;
  readonly taxPoint: string;
}

export interface InvoiceFilter {
  readonly merchantId: string;
  readonly status?: string | undefined;
  readonly type?: string | undefined;
  readonly sourceType?: string | undefined;
  readonly sourceId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly buyerTaxCode?: string | undefined;
  readonly after?: { readonly createdAtMs: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** Reads and inserts invoices; every later change is ChangeInvoice's. */
@Injectable()
export class InvoiceRepository {
  constructor(
    private readonly database: Database,
    private readonly ids: IdGenerator,
  ) {}

  async find(id: string, tx?: Tx): Promise<Invoice | undefined> {
    return this.first(`SELECT ${INVOICE_COLUMNS} FROM "Invoice" WHERE id = $1 AND deleted_at IS NULL`, [id], tx);
  }

  /** The invoice with its row held until the transaction ends: what is read of it stands when it is changed. */
  async held(tx: Tx, id: string): Promise<Invoice | undefined> {
    const sql = `SELECT ${INVOICE_COLUMNS} FROM "Invoice" WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`;
    return this.first(sql, [id], tx);
  }

  /** A merchant's own invoice; another's does not exist for it. */
  async findOf(merchantId: string, id: string, tx?: Tx): Promise<Invoice | undefined> {
    const invoice = await this.find(id, tx);
    return invoice?.merchantId === merchantId ? invoice : undefined;
  }

  /** The original invoice of a sale that is not cancelled. */
  async activeOf(merchantId: string, sourceType: string, sourceId: string, tx?: Tx): Promise<Invoice | undefined> {
    return this.first(
      `SELECT ${INVOICE_COLUMNS} FROM "Invoice" WHERE merchant_id = $1 AND source_type = $2 AND source_id = $3
         AND origin = '000_ORIGIN' AND deleted_at IS NULL AND issuance_status <> 'CANCELLED'`,
      [merchantId, sourceType, sourceId],
      tx,
    );
  }

  /** Pending invoices of a merchant that wait for something about the seller, the oldest sale first, behind `after`. */
  async waitingForSeller(merchantId: string, limit: number, after?: WaitingInvoice): Promise<WaitingInvoice[]> {
    return this.database.query<WaitingInvoice>(
      `SELECT id, tax_point::text AS "taxPoint" FROM "Invoice"
       WHERE merchant_id = $1 AND issuance_status = 'PENDING' AND deleted_at IS NULL AND cardinality(findings) > 0
         AND (tax_point, id) > ($3::timestamptz, $4)
       ORDER BY tax_point, id LIMIT $2`,
      [merchantId, limit, after?.taxPoint ?? '-infinity', after?.id ?? ''],
    );
  }

  async list(filter: InvoiceFilter): Promise<Invoice[]> {
    const params: unknown[] = [filter.merchantId];
    const conditions = ['merchant_id = $1', 'deleted_at IS NULL'];
    const add = (value: unknown, condition: (place: string) => string): void => {
      if (value !== undefined) conditions.push(condition(`$${params.push(value)}`));
    };
    add(filter.status, (place) => `issuance_status = ${place}`);
    add(filter.type, (place) => `invoice_type = ${place}`);
    add(filter.sourceType, (place) => `source_type = ${place}`);
    add(filter.sourceId, (place) => `source_id = ${place}`);
    add(filter.from, (place) => `tax_point >= ${place}`);
    add(filter.to, (place) => `tax_point < ${place}`);
    add(filter.buyerTaxCode, (place) => `buyer_snapshot ->> 'taxCode' = ${place}`);
    if (filter.after !== undefined) {
      const at = `$${params.push(new Date(filter.after.createdAtMs))}`;
      conditions.push(`(created_at, id) < (${at}, $${params.push(filter.after.id)})`);
    }
    const rows = await this.database.query<InvoiceRow>(
      `SELECT ${INVOICE_COLUMNS} FROM "Invoice" WHERE ${conditions.join(' AND ')}
       ORDER BY created_at DESC, id DESC LIMIT $${params.push(filter.limit + 1)}`,
      params,
    );
    return rows.map(toInvoice);
  }

  async insert(tx: Tx, invoice: Invoice, createdBy: string): Promise<void> {
    const values = insertValues(invoice, createdBy);
    const columns = Object.keys(values);
    await tx.execute(
      `INSERT INTO "Invoice" (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(values),
    );
  }

  /** The printed lines; an invoice has them once its seller is known. */
  async items(invoiceId: string, tx?: Tx): Promise<InvoiceLine[]> {
    const rows = await (tx ?? this.database).query<ItemRow>(
      `SELECT ${ITEM_COLUMNS} FROM "InvoiceItem" WHERE invoice_id = $1 ORDER BY ordinal`,
      [invoiceId],
    );
    return rows.map(toLine);
  }

  /** Writes the lines of a calculation in place of earlier ones; only before the first call to a provider. */
  async replaceItems(tx: Tx, invoice: Invoice, calculated: CalculatedInvoice, now: Date): Promise<void> {
    await tx.execute(`DELETE FROM "InvoiceItem" WHERE invoice_id = $1`, [invoice.id]);
    await this.insertItems(tx, invoice, calculated.lines, now);
  }

  /**
   * Writes the lines of an invoice. Those of an adjustment say which line of the original they correct, and the
   * database refuses what goes beyond what is left of it (`invoice_never_adjusted_beyond`).
   */
  async insertItems(
    tx: Tx,
    invoice: Invoice,
    lines: readonly (InvoiceLine & CorrectedLine)[],
    now: Date,
  ): Promise<void> {
    const rows = lines.map((line) => ({ ...itemJson(line), id: this.ids.next() }));
    await tx.execute(
      `INSERT INTO "InvoiceItem" (id, invoice_id, merchant_id, ordinal, kind, code, name, unit, quantity, unit_price,
         amount_before_discount, discount, amount, tax_rate, tax_amount, reduction, amount_after_tax, corrected_ordinal,
         corrected_by, created_at)
       SELECT r.id, $1, $2, r.ordinal, r.kind, r.code, r.name, r.unit, r.quantity::numeric, r.unit_price::numeric,
         r.amount_before_discount, r.discount, r.amount, r.tax_rate, r.tax_amount, r.reduction, r.amount_after_tax,
         r.corrected_ordinal, r.corrected_by, $3
       FROM jsonb_to_recordset($4::jsonb) AS r(id text, ordinal int, kind text, code text, name text, unit text,
         quantity text, unit_price text, amount_before_discount bigint, discount bigint, amount bigint, tax_rate text,
         tax_amount bigint, reduction bigint, amount_after_tax bigint, corrected_ordinal int, corrected_by text)`,
      [invoice.id, invoice.merchantId, now, JSON.stringify(rows)],
    );
  }

  private async first(sql: string, params: readonly unknown[], tx: Tx | undefined): Promise<Invoice | undefined> {
    const [row] = await (tx ?? this.database).query<InvoiceRow>(sql, params);
    return row === undefined ? undefined : toInvoice(row);
  }
}

function insertValues(invoice: Invoice, createdBy: string): Record<string, unknown> {
  return {
    id: invoice.id,
    version: invoice.version.toString(),
    merchant_id: invoice.merchantId,
    organizer_id: invoice.organizerId,
    source_type: invoice.sourceType,
    source_id: invoice.sourceId,
    source_number: invoice.sourceNumber,
    origin: invoice.origin,
    invoice_type: invoice.invoiceType,
    invoice_form: invoice.invoiceForm,
    invoice_symbol: invoice.invoiceSymbol,
    year: invoice.year,
    has_cqt_code: invoice.hasCqtCode,
    tax_method: invoice.taxMethod,
    auto_release: invoice.autoRelease,
    auto_sign: invoice.autoSign,
    auto_send_cqt: invoice.autoSendCqt,
    issuance_mode: invoice.issuanceMode,
    invoice_config_mapping_id: invoice.mappingId,
    provider: invoice.provider,
    seller_tax_code: invoice.sellerTaxCode,
    issuance_status: invoice.status,
    authority_status: invoice.authorityStatus,
    findings: invoice.findings,
    legal_deadline_at: invoice.legalDeadlineAt,
    tax_point: invoice.taxPoint,
    paid_at: invoice.paidAt,
    due_at: invoice.dueAt,
    parent_id: invoice.parentId,
    correction: invoice.correction === null ? null : JSON.stringify(invoice.correction),
    invoice_request_id: invoice.requestId,
    currency: invoice.currency,
    total: invoice.total,
    total_before_discount: invoice.totals?.beforeDiscount ?? null,
    total_discount: invoice.totals?.discount ?? null,
    total_before_tax: invoice.totals?.beforeTax ?? null,
    total_tax: invoice.totals?.tax ?? null,
    total_reduction: invoice.totals?.reduction ?? null,
    payment_method: invoice.paymentMethod,
    sale_snapshot: JSON.stringify(invoice.sale),
    tax_snapshot: invoice.tax === null ? null : JSON.stringify(invoice.tax),
    buyer_snapshot: invoice.buyer === null ? null : JSON.stringify(invoice.buyer),
    provider_config_snapshot: JSON.stringify(invoice.config),
    created_at: invoice.createdAt,
    modified_at: invoice.modifiedAt,
    created_by: createdBy,
    modified_by: createdBy,
    metadata: JSON.stringify(invoice.metadata),
  };
}

/** The line of the original that a line of an adjustment is about, and whether goods or money alone come back. */
export interface CorrectedLine {
  readonly correctedOrdinal?: number;
  readonly correctedBy?: 'QUANTITY' | 'AMOUNT';
}

const itemJson = (line: InvoiceLine & CorrectedLine): object => ({
  ordinal: line.ordinal,
  kind: line.kind,
  code: line.code ?? null,
  name: line.name,
  unit: line.unit ?? null,
  quantity: line.quantity,
  unit_price: line.unitPrice,
  amount_before_discount: line.amountBeforeDiscount,
  discount: line.discount,
  amount: line.amount,
  tax_rate: line.taxRate,
  tax_amount: line.taxAmount,
  reduction: line.reduction,
  amount_after_tax: line.amountAfterTax,
  corrected_ordinal: line.correctedOrdinal ?? null,
  corrected_by: line.correctedBy ?? null,
});

/** The row in the words of the library. */
export const toLine = (row: ItemRow): InvoiceLine => ({
  ordinal: row.ordinal,
  kind: row.kind,
  code: row.code ?? undefined,
  name: row.name,
  unit: row.unit ?? undefined,
  quantity: row.quantity,
  unitPrice: row.unit_price,
  amountBeforeDiscount: Number(row.amount_before_discount),
  discount: Number(row.discount),
  amount: Number(row.amount),
  taxRate: row.tax_rate,
  taxAmount: Number(row.tax_amount),
  reduction: Number(row.reduction),
  amountAfterTax: Number(row.amount_after_tax),
});
