import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { InvalidInvoiceError } from '@nx/e-invoice';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { forEachAlone } from '@nx/reliable';
import { InvoiceRequestRepository } from '../claims/invoice-request.repository';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { sellerOf, type SellerData } from '../tax-info/tax-info';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import { calculateSale, taxSnapshotOf } from './calculate-sale';
import { ChangeInvoice } from './change-invoice';
import { NOT_CALCULABLE, scheduleIn, SELLER_TAX_MISSING, type Invoice } from './invoice';
import { InvoiceRepository, type WaitingInvoice } from './invoice.repository';
import { totalsOf } from './make-invoice';
import { releaseAt } from './release-rule';

/** Looked at together; one that cannot be released does not keep the others. */
const BATCH = 200;

/** Completes invoices that were made before their seller's tax data was known, and lets them go. */
@Injectable()
export class ReleaseInvoices {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
    private readonly requests: InvoiceRequestRepository,
    private readonly taxInfo: TaxInfoRepository,
    private readonly changes: ChangeInvoice,
    private readonly enqueue: EnqueueIssuance,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Goes through a merchant's waiting invoices, the oldest sale first. */
  async execute(merchantId: string): Promise<void> {
    const seller = sellerOf(await this.taxInfo.ofMerchant(merchantId), await this.taxInfo.locationOf(merchantId));
    if (seller === undefined) return;
    const complaint = 'a waiting invoice could not be released; the sweeper comes again';
    const about = ({ id }: WaitingInvoice): object => ({ invoiceId: id });
    let rows: WaitingInvoice[];
    let last: WaitingInvoice | undefined;
    do {
      rows = await this.invoices.waitingForSeller(merchantId, BATCH, last);
      await forEachAlone(rows, ({ id }) => this.releaseOne(id, seller), { logger: this.logger, complaint, about });
      last = rows.at(-1);
    } while (rows.length === BATCH);
  }

  private async releaseOne(id: string, seller: SellerData): Promise<void> {
    const released = await this.database.transaction((tx) => this.release(tx, id, seller));
    if (released !== undefined) await this.enqueue.invoice(released);
  }

  private async release(tx: Tx, id: string, { seller, taxMethod }: SellerData): Promise<Invoice | undefined> {
    const invoice = await this.invoices.held(tx, id);
    if (invoice === undefined || invoice.providerKey !== null) return undefined;
    const now = new Date(this.clock.now());
    const request = invoice.requestId === null ? undefined : await this.requests.find(invoice.requestId, tx);
    let calculated;
    try {
      calculated = calculateSale(invoice.sale, { taxMethod, taxPoint: invoice.taxPoint, config: invoice.config });
    } catch (error) {
      if (!(error instanceof InvalidInvoiceError)) throw error;
      return this.notCalculable(tx, invoice, error.message);
    }
    const dueAt = releaseAt({
      mode: invoice.issuanceMode,
      findings: [],
      claimOpen: request?.claimState === 'PENDING',
      legalDeadlineAt: invoice.legalDeadlineAt,
      schedule: scheduleIn(invoice.config),
      now,
    });
    const totals = totalsOf(calculated);
    const released = await this.changes.execute(tx, id, {
      from: ['PENDING'],
      set: {
        seller_tax_code: seller.taxCode,
        tax_method: taxMethod,
        tax_snapshot: taxSnapshotOf(seller, calculated),
        total_before_discount: totals.beforeDiscount,
        total_discount: totals.discount,
        total_before_tax: totals.beforeTax,
        total_tax: totals.tax,
        total_reduction: totals.reduction,
        findings: [],
        due_at: dueAt,
      },
      guard: { sql: 'i.provider_key IS NULL AND cardinality(i.findings) > 0', params: [] },
      audit: { eventType: 'SELLER_KNOWN', outcome: 'PENDING', after: { sellerTaxCode: seller.taxCode, dueAt } },
    });
    if (released !== undefined) await this.invoices.replaceItems(tx, released, calculated, now);
    return released;
  }

  /** The data is there and the sale still makes no invoice: a person, or a further change of the data, decides. */
  private async notCalculable(tx: Tx, invoice: Invoice, reason: string): Promise<undefined> {
    this.logger.warn('a waiting invoice cannot be calculated', { invoiceId: invoice.id, reason });
    await this.changes.execute(tx, invoice.id, {
      from: ['PENDING'],
      set: {
        findings: [SELLER_TAX_MISSING, NOT_CALCULABLE],
        metadata: { ...invoice.metadata, errorMessage: reason, permanent: false },
      },
      audit: { eventType: NOT_CALCULABLE, outcome: 'PENDING', after: { reason } },
    });
    return undefined;
  }
}
