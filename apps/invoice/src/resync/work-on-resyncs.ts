import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger, Metrics, runWithContext } from '@nx/observability';
import { Database } from '@nx/persistence';
import { IdGenerator, PollingLoop, WorkerLeases } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import type { Resync } from './resync';
import { RESYNC_LEASE, ResyncTaxInfo } from './resync-tax-info';
import { ResyncRepository, type Drift } from './resync.repository';

const LONGEST_ERROR = 500;
/** A process that has just started has other things to do than to read the whole feed. */
const FIRST_CHECK_MS = 60_000;

/**
 * Takes up what was asked for, one reading at a time over all workers, and asks for the check itself when its time has
 * come. A worker that dies leaves its row; the next one begins that reading again.
 */
@Injectable()
export class WorkOnResyncs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PollingLoop;
  private readonly stopping = new AbortController();
  private readonly startedMs: number;
  private driftBeingRead: Promise<Drift | undefined> | undefined;

  constructor(
    private readonly database: Database,
    private readonly leases: WorkerLeases,
    private readonly rows: ResyncRepository,
    private readonly resync: ResyncTaxInfo,
    private readonly ids: IdGenerator,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.startedMs = clock.now();
    this.loop = new PollingLoop({
      round: () => this.round(),
      pollMs: config.issuance.sweepMs,
      waitFirst: true,
      logger,
      complaint: 'work on the change feed failed; the next round comes',
    });
    metrics.gauge(
      'invoice_tax_info_drift',
      'Merchants whose tax data is not what the change feed says, at the last reading of all of it',
      [],
      async (gauge) => gauge.set((await this.drift())?.merchants ?? 0),
    );
    metrics.gauge(
      'invoice_tax_info_checked_age_seconds',
      'Time since the change feed was last read from its beginning; -1 before the first time',
      [],
      async (gauge) => {
        const drift = await this.drift();
        gauge.set(drift === undefined ? -1 : Math.max(0, (this.clock.now() - drift.at.getTime()) / 1000));
      },
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** A reading that is under way is left to another worker. */
  beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('the process stops'));
    return this.loop.stop();
  }

  /** How many readings were done: the next one follows at once. */
  async round(): Promise<number> {
    await this.askForCheck();
    const done = await this.leases.withLease(RESYNC_LEASE, async (lease) => {
      const next = await this.database.transaction(async (tx) => {
        await this.leases.assertCurrent(tx, RESYNC_LEASE, lease.fencingToken);
        return this.rows.take(tx, new Date(this.clock.now()));
      });
      if (next === undefined) return 0;
      const context = { requestId: next.requestId ?? randomUUID() };
      const signal = AbortSignal.any([lease.signal, this.stopping.signal]);
      await runWithContext(context, () =>
        this.resync.execute(next, { ...lease, signal }).catch(async (error: unknown) => {
          if (!signal.aborted) await this.failed(next, error);
        }),
      );
      return 1;
    });
    return done ?? 0;
  }

  /** Asked once for all gauges that are read together. */
  private drift(): Promise<Drift | undefined> {
    this.driftBeingRead ??= this.rows.drift().finally(() => {
      this.driftBeingRead = undefined;
    });
    return this.driftBeingRead;
  }

  private async askForCheck(): Promise<void> {
    const now = this.clock.now();
    const { driftCheckMs } = this.config.issuance;
    if (now - this.startedMs < Math.min(driftCheckMs, FIRST_CHECK_MS)) return;
    await this.rows.askForCheck(this.ids.next(), new Date(now), new Date(now - driftCheckMs));
  }

  /** Ends with its reason, and who asked asks again; the check comes again by itself. */
  private async failed({ id }: Resync, error: unknown): Promise<void> {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR);
    this.logger.warn('the change feed could not be read', { resync: id, error });
    await this.rows.failed(id, message, new Date(this.clock.now()));
  }
}
