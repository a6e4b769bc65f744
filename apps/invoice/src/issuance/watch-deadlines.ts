import { Inject, Injectable } from '@nestjs/common';
import type { Clock, IssuanceStatus } from '@nx/contracts';
import { alarmHorizon, vietnamDate } from '@nx/e-invoice';
import { CLOCK } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { aboutInvoice } from '../findings/finding';
import { Findings } from '../findings/findings';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';

/** Most invoices in one round; the next round takes the rest. */
const BATCH = 200;
/** What the law still waits for; a given up one is not issued either. */
const NOT_ISSUED: readonly IssuanceStatus[] = ['PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED'];

/**
 * The legal clock: two hours before its deadline an invoice that is not issued alerts the merchant's people, and past it
 * the incident stands in its audit trail and waits for a person. The day of the sale stays what it was.
 */
@Injectable()
export class WatchDeadlines {
  private readonly untold: Statement<InvoiceRow>;

  constructor(
    private readonly database: Database,
    private readonly findings: Findings,
    private readonly changes: ChangeInvoice,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.untold = database.statement(
      'untold-deadlines',
      `SELECT ${INVOICE_COLUMNS} FROM "Invoice" i
       WHERE issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED') AND deleted_at IS NULL
         AND legal_deadline_at < $1
         AND NOT EXISTS (SELECT 1 FROM "Finding" f WHERE f.subject = i.id AND f.code = $2)
       ORDER BY legal_deadline_at LIMIT ${BATCH}`,
    );
  }

  /** Tells what came near or passed since the last round. */
  async round(): Promise<void> {
    const now = new Date(this.clock.now());
    for (const row of await this.untold.run([now, 'LEGAL_DEADLINE_PASSED'])) await this.passed(toInvoice(row));
    for (const row of await this.untold.run([alarmHorizon(now), 'LEGAL_DEADLINE_NEAR'])) {
      const invoice = toInvoice(row);
      if (invoice.legalDeadlineAt >= now) await this.near(invoice);
    }
  }

  private async near(invoice: Invoice): Promise<void> {
    await this.database.transaction((tx) =>
      this.findings.open(
        tx,
        { ...aboutInvoice(invoice), code: 'LEGAL_DEADLINE_NEAR', detail: stateOf(invoice, 'is') },
        { once: true },
      ),
    );
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
