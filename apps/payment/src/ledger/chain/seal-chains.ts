import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { WorkerLeases, type HeldLease } from '@nx/reliable';
import { PaymentConfig } from '../../payment.config';
import { CHAIN_BOOKS, type ChainBook } from './chain-book';
import { sealBatch } from './seal-batch';

/** Rows of one transaction of the sealer; a backlog is worked off batch by batch. */
const BATCH = 500;

export const leaseOf = (book: ChainBook): string => `payment:chain:${book.name}`;

/** Seals journals and audit rows after they are committed. One worker at a time, whoever has the lease. */
@Injectable()
export class SealChains implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly leases: WorkerLeases,
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Seals all that can be sealed at the moment; nothing where another worker is at it. */
  async round(): Promise<void> {
    for (const book of CHAIN_BOOKS) await this.leases.withLease(leaseOf(book), (lease) => this.seal(book, lease));
  }

  private async seal(book: ChainBook, lease: HeldLease): Promise<void> {
    while (!this.stopping && !lease.signal.aborted) {
      const now = this.clock.now();
      const checkpoint = await this.database.transaction(async (tx) => {
        await this.leases.assertCurrent(tx, leaseOf(book), lease.fencingToken);
        return sealBatch(tx, book, { limit: BATCH, now, fencingToken: lease.fencingToken });
      });
      if (checkpoint === undefined) return;
      const { number, rows, hash } = checkpoint;
      // Logs leave this database: the hash in them proves a chain that was made anew to be another one.
      this.logger.info('chain sealed', { chain: book.name, checkpoint: number, rows, hash });
      if (rows < BATCH) return;
    }
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.running = this.round()
        .catch((error: unknown) => this.logger.warn('sealing the chains failed; the next round comes', { error }))
        .finally(() => {
          if (!this.stopping) this.schedule();
        });
    }, this.config.ledger.sealMs);
  }
}
