import { Inject, Injectable } from '@nestjs/common';
import type { Clock, IssuanceStatus } from '@nx/contracts';
import { alarmHorizon, vietnamDate } from '@nx/e-invoice';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { behind, DueLap, forEachAlone, type Due } from '@nx/reliable';
import { aboutInvoice } from '../findings/finding';
import { Findings } from '../findings/findings';
import { InvoiceConfig } from '../invoice.config';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';

type DeadlineRow = InvoiceRow & Due;

/** Most invoices in one round; the next round takes the rest. */
const BATCH = 200;
/** What the law still waits for; a given up one is not issued either. */
const NOT_ISSUED: readonly IssuanceStatus[] = ['PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED'];

/**
 * The legal clock: two hours before its deadline an invoice that is not issued alerts the merchant's people, one that is
 * younger when it has been open for a while; past it the incident stands in its audit trail and waits for a person. The
 * day of the sale stays what it was.
 */
@Injectable()
export class WatchDeadlines {
  private readonly nearOnes: DueLap<DeadlineRow>;
  private readonly passedOnes: DueLap<DeadlineRow>;

  constructor(
    private readonly database: Database,
    private readonly findings: Findings,
    private readonly changes: ChangeInvoice,
    config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const untold = database.statement<DeadlineRow>(
      'untold-deadlines',
      `SELECT ${INVOICE_COLUMNS}, legal_deadline_at::text AS due_key FROM "Invoice" i
       WHERE issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED') AND deleted_at IS NULL
         AND legal_deadline_at >= $1 AND legal_deadline_at < $2 AND (legal_deadline_at, id) > ($3::timestamptz, $4)
         AND created_at <= $6 AND NOT EXISTS (SELECT 1 FROM "Finding" f WHERE f.subject = i.id AND f.code = $5)
       ORDER BY legal_deadline_at, id LIMIT ${BATCH}`,
    );
    // Those whose deadline has passed are none that come near it: they would fill the page for ever.
    const { alarmAfterMs } = config.issuance;
    this.nearOnes = new DueLap(BATCH, (now, after) => {
      const openSince = new Date(now.getTime() - alarmAfterMs);
      return untold.run([now, alarmHorizon(now), ...behind(after), 'LEGAL_DEADLINE_NEAR', openSince]);
    });
    this.passedOnes = new DueLap(BATCH, (now, after) =>
      untold.run(['-infinity', now, ...behind(after), 'LEGAL_DEADLINE_PASSED', now]),
    );
  }

  /** Tells what came near or passed since the last round. */
  async round(): Promise<void> {
    const now = new Date(this.clock.now());
    await this.alone(await this.passedOnes.next(now), (invoice) => this.passed(invoice));
    await this.alone(await this.nearOnes.next(now), (invoice) => this.near(invoice));
  }

  private alone(rows: readonly InvoiceRow[], work: (invoice: Invoice) => Promise<void>): Promise<void> {
    const complaint = 'a legal deadline could not be told of; the sweeper comes again';
    const about = ({ id }: InvoiceRow): object => ({ invoiceId: id });
    return forEachAlone(rows, (row) => work(toInvoice(row)), { logger: this.logger, complaint, about });
  }

  private async near(invoice: Invoice): Promise<void> {
    await this.database.transaction(async (tx) => {
      // Whoever issues it closes the case: it must not be opened behind his back.
      const open = await tx.query(`SELECT 1 FROM "Invoice" WHERE id = $1 AND issuance_status = ANY ($2) FOR UPDATE`, [
        invoice.id,
        NOT_ISSUED,
      ]);
      if (open.length === 0) return;
      const detail = stateOf(invoice, 'is');
      await this.findings.open(tx, { ...aboutInvoice(invoice), code: 'LEGAL_DEADLINE_NEAR', detail }, { once: true });
    });
  }

  private async passed(invoice: Invoice): Promise<void> {
    await this.database
      .transaction(async (tx) => {
        const detail = `${stateOf(invoice, 'was')} It keeps the day of the sale, ${vietnamDate(invoice.taxPoint)}.`;
        const finding = { ...aboutInvoice(invoice), code: 'LEGAL_DEADLINE_PASSED', detail } as const;
        if (!(await this.findings.open(tx, finding, { once: true }))) return;
        const recorded = await this.changes.execute(tx, invoice.id, {
          from: NOT_ISSUED,
          audit: {
            eventType: 'LEGAL_DEADLINE_PASSED',
            outcome: invoice.status,
            after: { legalDeadlineAt: invoice.legalDeadlineAt },
          },
        });
        // Issued at this moment: the transaction ends without a word.
        if (recorded === undefined) throw new IssuedMeanwhile();
        await this.findings.causeGone(tx, ['LEGAL_DEADLINE_NEAR'], invoice.id, 'The deadline has passed.');
      })
      .catch((error: unknown) => {
        if (!(error instanceof IssuedMeanwhile)) throw error;
      });
  }
}

class IssuedMeanwhile extends Error {}

const stateOf = (invoice: Invoice, verb: 'is' | 'was'): string =>
  `It is ${invoice.status}${waitsFor(invoice)}; its legal deadline ${verb} ${invoice.legalDeadlineAt.toISOString()}.`;

const waitsFor = ({ findings, dueAt, status }: Invoice): string => {
  if (findings.length > 0) return `, waits for ${findings.join(', ')}`;
  return status === 'PENDING' && dueAt === null ? ', waits for a person or a buyer' : '';
};
