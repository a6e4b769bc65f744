import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import type { LookUpOutcome } from '@nx/e-invoice';
import { CLOCK, Logger, Metrics } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { aboutInvoice } from '../findings/finding';
import { Findings } from '../findings/findings';
import { InvoiceConfig } from '../invoice.config';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';
import { CallIssuer } from '../issuance/call-issuer';
import { providerKeyOf, readyInvoice } from '../issuance/issue-request';
import { ProviderCredentials } from '../providers/provider-credentials';

/** Asked in one round; the next round takes the rest. */
const BATCH = 20;
/** The pause between two asks doubles up to this many times the first one. */
const LONGEST_PAUSE = 64;

const PENDING = `issuance_status = 'SUCCESS' AND authority_status = 'PENDING' AND deleted_at IS NULL`;

/**
 * An invoice of a series with a code is not valid before the authority has given it. Providers that carry the code in
 * their look-up are asked for it, with growing pauses; their notices may be faster.
 */
@Injectable()
export class FollowAuthority {
  constructor(
    private readonly database: Database,
    private readonly credentials: ProviderCredentials,
    private readonly issuer: CallIssuer,
    private readonly changes: ChangeInvoice,
    private readonly findings: Findings,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'invoice_authority_pending',
      'Issued invoices without the code of the authority',
      [],
      async (gauge) => {
        const [row] = await database.query<{ count: string }>(
          `SELECT count(*) AS count FROM "Invoice" WHERE ${PENDING}`,
        );
        gauge.set(Number(row?.count ?? 0));
      },
    );
  }

  /** Asks about what is due. Each ask is taken by one worker: the row says when it was asked last. */
  async round(): Promise<void> {
    const now = new Date(this.clock.now());
    const rows = await this.database.query<InvoiceRow>(
      `UPDATE "Invoice" SET authority_asked_at = $1, authority_asks = authority_asks + 1
       WHERE id IN (
         SELECT id FROM "Invoice" WHERE ${PENDING}
           AND coalesce(authority_asked_at, issued_at)
             + least(2 ^ authority_asks, ${LONGEST_PAUSE}) * $2 * interval '1 millisecond' <= $1
         ORDER BY issued_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING ${INVOICE_COLUMNS}`,
      [now, this.config.issuance.authorityPollMs],
    );
    for (const row of rows) {
      await this.ask(toInvoice(row)).catch((error: unknown) =>
        this.logger.warn('the authority status could not be asked for', { invoiceId: row.id, error }),
      );
    }
  }

  private async ask(invoice: Invoice): Promise<void> {
    const connection = await this.credentials.connection(invoice.config.invoiceProviderId);
    if (connection === undefined) return;
    const answer = await this.issuer.lookUp(invoice, providerKeyOf(readyInvoice(invoice)), connection);
    if (answer.outcome === 'NOT_FOUND') return;
    await this.database.transaction((tx) => this.apply(tx, invoice, answer));
  }

  private async apply(
    tx: Tx,
    invoice: Invoice,
    answer: Exclude<LookUpOutcome, { outcome: 'NOT_FOUND' }>,
  ): Promise<void> {
    const refused = answer.outcome === 'FAILED' ? answer.refused : undefined;
    const cqtCode = answer.outcome === 'FOUND' ? answer.cqtCode : undefined;
    if (refused === undefined && cqtCode === undefined) return;
    const status = refused === undefined ? 'CODED' : 'REJECTED';
    const changed = await this.changes.execute(tx, invoice.id, {
      from: ['SUCCESS'],
      set: { authority_status: status, ...(cqtCode === undefined ? {} : { cqt_code: cqtCode }) },
      // A notice that came meanwhile knows more.
      guard: { sql: `i.authority_status = 'PENDING'`, params: [] },
      audit: {
        eventType: 'AUTHORITY',
        outcome: status,
        before: { authorityStatus: 'PENDING' },
        after: { authorityStatus: status, cqtCode, reason: refused?.message },
      },
      event: 'invoice.success',
    });
    if (changed === undefined || refused === undefined) return;
    const detail = `The tax authority refused the invoice ${invoice.invoiceNumber ?? '-'}: ${refused.code} ${refused.message}`;
    await this.findings.open(tx, { ...aboutInvoice(invoice), code: 'AUTHORITY_REJECTED', detail });
  }
}
