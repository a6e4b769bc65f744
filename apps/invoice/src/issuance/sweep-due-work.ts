import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { alarmHorizon } from '@nx/e-invoice';
import { CLOCK, Logger, Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { DueLap, dueLap, forEachAlone, PollingLoop, type Due } from '@nx/reliable';
import { FollowAuthority } from '../authority/follow-authority';
import { InvoiceConfig } from '../invoice.config';
import { INVOICE_COLUMNS, toInvoice, type InvoiceRow } from '../invoices/invoice-row';
import { ReleaseInvoices } from '../invoices/release-invoices';
import { MovePartitions } from '../partitions/move-partitions';
import { EnqueueIssuance } from './enqueue-issuance';
import { WatchDeadlines } from './watch-deadlines';

interface ClaimRow extends Due {
  source_id: string;
  claim_deadline: Date;
}

type DueInvoiceRow = InvoiceRow & Due;

interface MerchantRow {
  readonly id: string;
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
  private readonly dueInvoices: DueLap<DueInvoiceRow>;
  private readonly dueClaims: DueLap<ClaimRow>;
  private readonly releasable: DueLap<MerchantRow>;
  private readonly loop: PollingLoop;

  constructor(
    private readonly database: Database,
    private readonly enqueue: EnqueueIssuance,
    private readonly release: ReleaseInvoices,
    private readonly deadlines: WatchDeadlines,
    private readonly partitions: MovePartitions,
    private readonly authority: FollowAuthority,
    config: InvoiceConfig,
    private readonly logger: Logger,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.dueInvoices = dueLap(
      BATCH,
      database.statement<DueInvoiceRow>(
        'sweep-invoices',
        `SELECT ${INVOICE_COLUMNS}, due_at::text AS due_key FROM "Invoice"
         WHERE due_at IS NOT NULL AND due_at <= $1 AND (due_at, id) > ($2::timestamptz, $3) AND deleted_at IS NULL
         ORDER BY due_at, id LIMIT ${BATCH}`,
      ),
    );
    this.dueClaims = dueLap(
      BATCH,
      database.statement<ClaimRow>(
        'sweep-claims',
        `SELECT id, source_id, claim_deadline, claim_deadline::text AS due_key FROM "InvoiceRequest"
         WHERE claim_state = 'PENDING' AND claim_deadline <= $1 AND (claim_deadline, id) > ($2::timestamptz, $3)
           AND deleted_at IS NULL
         ORDER BY claim_deadline, id LIMIT ${BATCH}`,
      ),
    );
    const releasable = database.statement<MerchantRow>(
      'sweep-releasable',
      `SELECT DISTINCT i.merchant_id AS id FROM "Invoice" i
       JOIN tax."TaxInfo" t ON t.principal_type = 'Merchant' AND t.principal_id = i.merchant_id
       WHERE i.issuance_status = 'PENDING' AND i.findings = '{SELLER_TAX_MISSING}' AND i.deleted_at IS NULL
         AND t.deleted_at IS NULL AND t.tax_code IS NOT NULL AND t.full_name IS NOT NULL AND t.address IS NOT NULL
         AND t.tax_method IS NOT NULL AND i.merchant_id > $1
       ORDER BY i.merchant_id LIMIT ${BATCH}`,
    );
    this.releasable = new DueLap(BATCH, (_until, after) => releasable.run([after?.id ?? '']));
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

  /**
   * One round: what is due at this moment is enqueued, each under the id that its own nudge has. Work that fails is
   * written down and left for the next lap, so that it keeps nothing else from its turn.
   */
  async round(): Promise<void> {
    const at = new Date(this.clock.now());
    await this.atOnce('an invoice', await this.dueInvoices.next(at), (row) =>
      this.enqueue.invoice(toInvoice(row), { promote: true }),
    );
    await this.atOnce('a claim', await this.dueClaims.next(at), (row) =>
      this.enqueue.claimExpiry(row.id, row.source_id, row.claim_deadline),
    );
    await this.alone('what waits for tax data', await this.releasable.next(at), ({ id }) => this.release.execute(id));
    const others = [
      { id: 'deadlines', work: this.deadlines },
      { id: 'partitions', work: this.partitions },
      { id: 'authority', work: this.authority },
    ];
    await this.alone('a part of the round', others, ({ work }) => work.round());
  }

  /** One nudge after the other would wait a thousand times for Redis before the next page has its turn. */
  private async atOnce<T extends { readonly id: string }>(
    what: string,
    items: readonly T[],
    work: (item: T) => Promise<unknown>,
  ): Promise<void> {
    await Promise.all(items.map((item) => this.alone(what, [item], work)));
  }

  private alone<T extends { readonly id: string }>(
    what: string,
    items: Iterable<T>,
    work: (item: T) => Promise<unknown>,
  ): Promise<void> {
    const complaint = `${what} could not be taken up; the sweeper comes again`;
    return forEachAlone(items, work, { logger: this.logger, complaint, about: ({ id }) => ({ id }) });
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
