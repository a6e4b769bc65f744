import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { decodeCursor, page, type Page } from '@nx/http';
import { Database } from '@nx/persistence';
import { ClaimCode } from '../claims/claim-code';
import { InvoiceRequestRepository } from '../claims/invoice-request.repository';
import { CorrectionRepository } from '../corrections/correction.repository';
import { CallIssuer } from '../issuance/call-issuer';
import { providerKeyOf, readyInvoice } from '../issuance/issue-request';
import { ProviderCredentials } from '../providers/provider-credentials';
import { brokenAt } from './audit-chain';
import { AUDIT_COLUMNS, stepOf, type AuditRow } from './audit-row';
import type { Invoice } from './invoice';
import type { InvoiceQuery } from './invoice.dto';
import { InvoiceRepository } from './invoice.repository';
import { invoiceView, itemView, type AuditView, type InvoiceDetailView, type InvoiceView } from './invoice.view';

export const invoiceNotFound = (): AppError =>
  new AppError({ code: 'invoice.invoice.not_found', detail: 'The merchant has no such invoice.' });

/** Lists and shows a merchant's invoices. Another merchant's invoice does not exist here. */
@Injectable()
export class ReadInvoices {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceRepository,
    private readonly requests: InvoiceRequestRepository,
    private readonly corrections: CorrectionRepository,
    private readonly code: ClaimCode,
    private readonly credentials: ProviderCredentials,
    private readonly issuer: CallIssuer,
  ) {}

  async list(merchantId: string, query: InvoiceQuery): Promise<Page<InvoiceView>> {
    const { from, to, cursor, limit, status, type, sourceType, sourceId, buyerTaxCode } = query;
    const rows = await this.invoices.list({
      merchantId,
      status,
      type,
      sourceType,
      sourceId,
      buyerTaxCode,
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to),
      after: cursor === undefined ? undefined : decodeCursor(cursor),
      limit,
    });
    const { data, nextCursor } = page(rows, limit, ({ createdAt, id }) => ({ createdAtMs: createdAt.getTime(), id }));
    return { data: data.map(invoiceView), nextCursor };
  }

  async one(merchantId: string, id: string): Promise<InvoiceDetailView> {
    const invoice = await this.mine(merchantId, id);
    const request = invoice.requestId === null ? undefined : await this.requests.find(invoice.requestId);
    const items = (await this.invoices.items(id)).map(itemView);
    const corrections = (await this.corrections.of(id)).map(invoiceView);
    return { ...invoiceView(invoice), items, claim: await this.code.of(request), corrections };
  }

  /** Everything that a receipt or an invoice on paper shows. */
  async printData(merchantId: string, id: string): Promise<object> {
    const invoice = await this.mine(merchantId, id);
    const detail = await this.one(merchantId, id);
    return {
      ...detail,
      seller: invoice.tax?.seller ?? null,
      taxGroups: invoice.tax?.groups ?? [],
      notes: invoice.tax?.notes ?? [],
      amountInWords: invoice.tax?.amountInWords ?? null,
    };
  }

  /** The chain of what happened, checked. */
  async audit(merchantId: string, id: string): Promise<AuditView> {
    const { version } = await this.mine(merchantId, id);
    const rows = await this.database.query<AuditRow>(
      `SELECT ${AUDIT_COLUMNS} FROM "InvoiceAuditTracing"
       WHERE invoice_id = $1 ORDER BY position`,
      [id],
    );
    const chain = rows.map(stepOf);
    const data = chain.map(({ position, eventType, outcome, before, after, actorId, createdAtMs, hash }) => ({
      position: Number(position),
      eventType,
      outcome,
      before,
      after,
      actorId,
      createdAt: new Date(createdAtMs).toISOString(),
      hash,
    }));
    const brokenPosition = brokenAt(chain, version);
    return {
      intact: brokenPosition === undefined,
      brokenPosition: brokenPosition === undefined ? null : Number(brokenPosition),
      data,
    };
  }

  /** The provider's PDF of an issued invoice. */
  async pdf(merchantId: string, id: string): Promise<Buffer> {
    const invoice = await this.mine(merchantId, id);
    if (invoice.status !== 'SUCCESS') {
      throw new AppError({ code: 'invoice.document.not_available', detail: `The invoice is ${invoice.status}.` });
    }
    const connection = await this.credentials.connection(invoice.config.invoiceProviderId);
    if (connection === undefined) throw new Error(`invoice ${id}: its provider row is gone`);
    const bytes = await this.issuer.pdf(invoice, providerKeyOf(readyInvoice(invoice)), connection);
    if (bytes === undefined) {
      throw new AppError({
        code: 'invoice.provider.unavailable',
        detail: 'The provider did not hand out the document.',
      });
    }
    return Buffer.from(bytes);
  }

  private async mine(merchantId: string, id: string): Promise<Invoice> {
    const invoice = await this.invoices.findOf(merchantId, id);
    if (invoice === undefined) throw invoiceNotFound();
    return invoice;
  }
}
