import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';

interface Imbalance {
  currency: string;
  difference: string;
}

/** The sums are looked up account by account, so they are kept for a while: several collectors may ask. */
const KEPT_MS = 60_000;

/** Every account's sums at its newest checkpoint. Journals are sealed whole, so over all accounts they cancel out. */
const IMBALANCE = `
SELECT a.currency, abs(sum(b.debit - b.credit))::text AS difference
FROM "LedgerAccount" a CROSS JOIN LATERAL (
  SELECT debit, credit FROM "LedgerBalance" WHERE account_id = a.id ORDER BY checkpoint DESC LIMIT 1) b
GROUP BY a.currency`;

/** Shows by how much debits and credits of the sealed ledger differ: 0, or something is very wrong. */
@Injectable()
export class MeasureImbalance implements OnModuleInit {
  private measured: { readonly at: number; readonly rows: readonly Imbalance[] } | undefined;

  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const help = 'Difference of debits and credits of the sealed ledger in minor units; must be 0';
    this.metrics.gauge('payment_ledger_imbalance', help, ['currency'], async (gauge) => {
      const rows = await this.rows();
      gauge.reset();
      for (const { currency, difference } of rows) gauge.set({ currency }, Number(difference));
    });
  }

  private async rows(): Promise<readonly Imbalance[]> {
    const now = this.clock.now();
    if (this.measured === undefined || Math.abs(now - this.measured.at) >= KEPT_MS)
      this.measured = { at: now, rows: await this.database.query<Imbalance>(IMBALANCE) };
    return this.measured.rows;
  }
}
