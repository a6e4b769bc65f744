import { Injectable } from '@nestjs/common';
import type { Tx } from '@nx/persistence';
import { aboutInvoice } from '../findings/finding';
import { Findings } from '../findings/findings';
import { SALE_ORDER, type Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';

interface Sums {
  /** What went back to buyers. */
  readonly refunded: number;
  /** What issued adjustments and replacements took off what the sale's invoice said. */
  readonly takenBack: number;
}

/**
 * Holds the money that went back for a sale against what its invoices took back. More money than that is a case for a
 * person, who knows what was returned; the adjustment that explains it closes the case.
 */
@Injectable()
export class ExplainRefunds {
  constructor(
    private readonly invoices: InvoiceRepository,
    private readonly findings: Findings,
  ) {}

  /** Judges a sale in the transaction of what changed about it. A sale without an invoice has nothing to adjust. */
  async execute(tx: Tx, merchantId: string, sourceId: string): Promise<void> {
    // A refund and an adjustment at the same moment: the later one sees the other.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`refunds/${merchantId}/${sourceId}`]);
    const original = await this.invoices.activeOf(merchantId, SALE_ORDER, sourceId, tx);
    if (original === undefined) return;
    const { refunded, takenBack } = await this.sums(tx, original);
    if (refunded > takenBack) {
      const detail =
        `${refunded} đồng went back to the buyer, the invoices took back ${takenBack} đồng. Adjust the invoice by what ` +
        `came back: POST /v1/api/invoices/${original.id}/adjust`;
      const metadata = { refunded, takenBack };
      await this.findings.open(tx, { ...aboutInvoice(original), code: 'REFUND_WITHOUT_ADJUSTMENT', detail, metadata });
    } else if (refunded > 0) {
      const note = `The invoices took back ${takenBack} đồng, ${refunded} đồng went back to the buyer.`;
      await this.findings.causeGone(tx, ['REFUND_WITHOUT_ADJUSTMENT'], original.id, note);
    }
  }

  /** What stands now is the invoice that was not replaced, with its adjustments; only what is issued counts. */
  private async sums(tx: Tx, original: Invoice): Promise<Sums> {
    const [row] = await tx.query<{ refunded: string; stated: string | null }>(
      `WITH issued AS (
         SELECT id, parent_id, origin, total FROM "Invoice"
         WHERE merchant_id = $1 AND source_id = $2 AND source_type = $3 AND issuance_status = 'SUCCESS'
           AND deleted_at IS NULL),
       replaced AS (SELECT parent_id AS id FROM issued WHERE origin = '200_REPLACEMENT')
       SELECT (SELECT coalesce(sum(amount), 0) FROM "SaleRefund" WHERE merchant_id = $1 AND source_id = $2) AS refunded,
              (SELECT sum(total) FROM issued i WHERE i.id NOT IN (SELECT id FROM replaced)
                AND (i.origin <> '100_ADJUSTMENT' OR i.parent_id NOT IN (SELECT id FROM replaced))) AS stated`,
      [original.merchantId, original.sourceId, SALE_ORDER],
    );
    const stated = row?.stated ?? null;
    return {
      refunded: Number(row?.refunded ?? 0),
      // Before anything is issued the invoice will say all of the sale.
      takenBack: stated === null ? 0 : original.total - Number(stated),
    };
  }
}
