import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Clock, IssuanceStatus } from '@nx/contracts';
import { CLOCK, Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';

/** States that an invoice does not stay in; answered by the index of the legal clock. */
const UNFINISHED: readonly IssuanceStatus[] = ['PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED'];
const COUNTS = `SELECT issuance_status AS status, count(*) AS count FROM "Invoice"
  WHERE issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED') AND deleted_at IS NULL GROUP BY issuance_status`;

/** The first call of which nobody knows what it did, over all invoices that are UNKNOWN. */
const UNKNOWN_SINCE = `SELECT min(c.started_at) AS since FROM "Invoice" i JOIN "InvoiceIssuance" c ON c.invoice_id = i.id
  WHERE i.issuance_status = 'UNKNOWN' AND i.deleted_at IS NULL AND c.kind = 'ISSUE'
    AND (c.outcome = 'UNKNOWN' OR c.outcome IS NULL)`;

/** Gauges of invoices that are not issued: how many in which state, and for how long it has not been known. */
@Injectable()
export class InvoiceMetrics implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge('invoice_unfinished', 'Invoices that are not issued, by state', ['status'], async (gauge) => {
      const rows = await this.database.query<{ status: IssuanceStatus; count: string }>(COUNTS);
      for (const status of UNFINISHED)
        gauge.set({ status }, Number(rows.find((row) => row.status === status)?.count ?? 0));
    });
    const help = 'Age of the oldest call to a provider of which nobody has proven what it did';
    this.metrics.gauge('invoice_unknown_outcomes_age_seconds', help, [], async (gauge) => {
      const [row] = await this.database.query<{ since: Date | null }>(UNKNOWN_SINCE);
      gauge.set(row?.since == null ? 0 : Math.max(0, this.clock.now() - row.since.getTime()) / 1000);
    });
  }
}
