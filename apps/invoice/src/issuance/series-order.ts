import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { seriesOpensAt, seriesWaitEnd } from '@nx/e-invoice';
import { CLOCK, Logger, Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { aboutInvoice } from '../findings/finding';
import { Findings } from '../findings/findings';
import { InvoiceConfig } from '../invoice.config';
import { documentDay, type Invoice } from '../invoices/invoice';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';

/** Of the older ones left behind at once; the next invoice of the series finds further ones. */
const LEFT_BEHIND = 100;

/** When the day began that stands on an invoice: of its sale, or of a correction's making. As `invoice_series_open_day` has it. */
const instantOf = (row: string): string =>
  `(CASE ${row}.origin WHEN '000_ORIGIN' THEN ${row}.tax_point ELSE ${row}.created_at END)`;

const OPEN = `deleted_at IS NULL AND issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN')`;

/** Open invoices of a series, and the first instant of a day. */
const OF_SERIES = `FROM "Invoice" o WHERE seller_tax_code = $1 AND invoice_form = $2 AND invoice_symbol = $3 AND ${OPEN}`;
const BEGIN_OF_DAY = `$4::date::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'`;

/** The oldest one, if its day is before `$4`: one look at the index, however many are open on that day. */
export const OLDER_OPEN = `SELECT id
  FROM (SELECT id, ${instantOf('o')} AS begun ${OF_SERIES} ORDER BY ${instantOf('o')} LIMIT 1) oldest
  WHERE begun < ${BEGIN_OF_DAY}`;

/** All of them, the oldest first. */
const OLDER = `${OF_SERIES} AND ${instantOf('o')} < ${BEGIN_OF_DAY} ORDER BY ${instantOf('o')} LIMIT ${LEFT_BEHIND}`;

/** Due invoices of a younger day than the oldest open one of their series: each is read once. */
export const WAITING = `WITH oldest AS (
    SELECT seller_tax_code, invoice_form, invoice_symbol, min(${instantOf('o')}) AS begun
    FROM "Invoice" o WHERE ${OPEN} GROUP BY seller_tax_code, invoice_form, invoice_symbol)
  SELECT count(*) AS count FROM "Invoice" y JOIN oldest USING (seller_tax_code, invoice_form, invoice_symbol)
  WHERE y.issuance_status = 'PENDING' AND y.due_at IS NOT NULL AND y.deleted_at IS NULL
    AND oldest.begun < (${instantOf('y')} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'`;

/**
 * Providers refuse an older date once a newer one is issued in the series, so a younger day waits for what is open of
 * the days before it, but never into the last hour before its own deadline. Then the series goes on, and each one that
 * is left behind becomes a case for a person. Sales of the last moments of a day are heard of after midnight: a day
 * begins with a pause.
 */
@Injectable()
export class SeriesOrder {
  constructor(
    private readonly database: Database,
    private readonly findings: Findings,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const help = 'Due invoices that wait for an older day of their series';
    metrics.gauge('invoice_series_waiting', help, [], async (gauge) => {
      const [row] = await database.query<{ count: string }>(WAITING);
      gauge.set(Number(row?.count ?? 0));
    });
  }

  /** True when the invoice must wait; then it is due again later, and the sweeper comes back. */
  async waits(invoice: Invoice): Promise<boolean> {
    const { dayPauseMs, minuteMs } = this.config.issuance;
    const now = this.clock.now();
    if (now > seriesWaitEnd(invoice.legalDeadlineAt).getTime()) {
      await this.goOn(invoice);
      return false;
    }
    const opensAt = seriesOpensAt(documentDay(invoice), dayPauseMs);
    if (now < opensAt.getTime()) {
      await this.postpone(invoice, opensAt);
      this.logger.info('waits for what is still told of the day before', { invoiceId: invoice.id, opensAt });
      return true;
    }
    const [older] = await this.database.query<{ id: string }>(OLDER_OPEN, seriesOf(invoice));
    if (older === undefined) return false;
    await this.postpone(invoice, new Date(now + minuteMs));
    this.logger.info('waits for an older day of its series', { invoiceId: invoice.id, olderInvoiceId: older.id });
    return true;
  }

  private async postpone(invoice: Invoice, until: Date): Promise<void> {
    await this.database.execute(
      `UPDATE "Invoice" SET due_at = $2 WHERE id = $1 AND issuance_status = 'PENDING' AND due_at <= $2`,
      [invoice.id, until],
    );
  }

  /** There is no time left to wait: what stays behind is told before anything is issued. */
  private async goOn(invoice: Invoice): Promise<void> {
    const rows = await this.database.query<InvoiceRow>(`SELECT ${INVOICE_COLUMNS} ${OLDER}`, seriesOf(invoice));
    if (rows.length === 0) return;
    const series = `${invoice.invoiceForm}${invoice.invoiceSymbol}`;
    await this.database.transaction(async (tx) => {
      for (const older of rows.map(toInvoice)) {
        const detail =
          `Series ${series} goes on with the invoice ${invoice.id} of ${documentDay(invoice)}, whose deadline ` +
          `is near; this one of ${documentDay(older)} is ${older.status}. The provider may refuse its date now.`;
        await this.findings.open(tx, { ...aboutInvoice(older), code: 'SERIES_WENT_ON', detail }, { once: true });
      }
    });
  }
}

const seriesOf = (invoice: Invoice): unknown[] => [
  invoice.sellerTaxCode,
  invoice.invoiceForm,
  invoice.invoiceSymbol,
  documentDay(invoice),
];
