import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { alarmHorizon } from '@nx/e-invoice';
import { CLOCK, Logger, Metrics } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { PollingLoop } from '@nx/reliable';
import { FollowAuthority } from '../authority/follow-authority';
import { InvoiceConfig } from '../invoice.config';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';
import { ReleaseInvoices } from '../invoices/release-invoices';
import { MovePartitions } from '../partitions/move-partitions';
import { EnqueueIssuance } from './enqueue-issuance';
import { WatchDeadlines } from './watch-deadlines';

interface ClaimRow {
  id: string;
  source_id: string;
  claim_deadline: Date;
}

/** Most rows taken up in one round; the next round takes the rest. */
const BATCH = 500;

/**
 * Finds due work in the tables and hands it to the queues again: pending invoices, retries, look-ups, calls whose
 * process is gone, claims past their deadline, and invoices that waited for tax data that has come. Redis may be wiped
 * at any time.
 */
@Injectable()
export class SweepDueWork implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly dueInvoices: Statement<InvoiceRow>;
  private readonly dueClaims: Statement<ClaimRow>;
  private readonly releasable: Statement<{ merchant_id: string }>;
  private readonly loop: PollingLoop;

  constructor(
    private readonly database: Database,
    private readonly enqueue: EnqueueIssuance,
    private readonly release: ReleaseInvoices,
    private readonly deadlines: WatchDeadlines,
    private readonly partitions: MovePartitions,
    private readonly authority: FollowAuthority,
    config: InvoiceConfig,
    logger: Logger,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.dueInvoices = database.statement(
      'sweep-invoices',
      `SELECT ${INVOICE_COLUMNS} FROM "Invoice" WHERE due_at IS NOT NULL AND due_at <= $1 AND deleted_at IS NULL
       ORDER BY due_at LIMIT ${BATCH}`,
    );
    this.dueClaims = database.statement(
      'sweep-claims',
      `SELECT id, source_id, claim_deadline FROM "InvoiceRequest"
       WHERE claim_state = 'PENDING' AND claim_deadline <= $1 AND deleted_at IS NULL
       ORDER BY claim_deadline LIMIT ${BATCH}`,
    );
    this.releasable = database.statement(
      'sweep-releasable',
      `SELECT DISTINCT i.merchant_id FROM "Invoice" i
       JOIN tax."TaxInfo" t ON t.principal_type = 'Merchant' AND t.principal_id = i.merchant_id
       WHERE i.issuance_status = 'PENDING' AND i.findings = '{SELLER_TAX_MISSING}' AND i.deleted_at IS NULL
         AND t.deleted_at IS NULL AND t.tax_code IS NOT NULL AND t.full_name IS NOT NULL AND t.address IS NOT NULL
         AND t.tax_method IS NOT NULL LIMIT ${BATCH}`,
    );
    this.loop = new PollingLoop({
      round: () => this.round(),
      pollMs: config.issuance.sweepMs,
      waitFirst: true,
      logger,
      complaint: 'sweep failed; the next one comes',
    });
    this.measure(metrics);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** One round: everything due at this moment is enqueued, each under the id that its own nudge has. */
  async round(): Promise<void> {
    const at = new Date(this.clock.now());
    for (const row of await this.dueInvoices.run([at])) {
      await this.enqueue.invoice(toInvoice(row), { promote: true });
    }
    for (const { id, source_id: sourceId, claim_deadline: deadline } of await this.dueClaims.run([at])) {
      await this.enqueue.claimExpiry(id, sourceId, deadline);
    }
    for (const { merchant_id: merchantId } of await this.releasable.run([])) await this.release.execute(merchantId);
    await this.deadlines.round();
    await this.partitions.round();
    await this.authority.round();
  }

  private measure(metrics: Metrics): void {
    const count =
      (sql: string, params: () => unknown[] = () => []) =>
      async (gauge: { set(value: number): void }) => {
        const [row] = await this.database.query<{ count: string }>(
          `SELECT count(*) AS count FROM "Invoice" WHERE ${sql}`,
          params(),
        );
        gauge.set(Number(row?.count ?? 0));
      };
    const open = `issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN') AND deleted_at IS NULL`;
    metrics.gauge(
      'invoice_unknown_outcomes',
      'Invoices of which nobody has proven whether they are issued',
      [],
      count(`issuance_status = 'UNKNOWN' AND deleted_at IS NULL`),
    );
    metrics.gauge(
      'invoice_legal_deadline_near',
      'Open invoices less than two hours before their legal deadline, or past it',
      [],
      count(`${open} AND legal_deadline_at < $1`, () => [alarmHorizon(new Date(this.clock.now()))]),
    );
    metrics.gauge(
      'invoice_waiting_for_seller',
      'Invoices that wait for tax data of their seller',
      [],
      count(`issuance_status = 'PENDING' AND cardinality(findings) > 0 AND deleted_at IS NULL`),
    );
  }
}
