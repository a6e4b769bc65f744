import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { PollingLoop, WorkerLeases, type HeldLease } from '@nx/reliable';
import { PaymentConfig } from '../../payment.config';
import { CHAIN_BOOKS, type ChainBook } from './chain-book';
import { sealBatch } from './seal-batch';

/** Rows of one transaction of the sealer; a backlog is worked off batch by batch. */
const BATCH = 500;

export const leaseOf = (book: ChainBook): string => `payment:chain:${book.name}`;

/** Seals journals and audit rows after they are committed. One worker at a time, whoever has the lease. */
@Injectable()
export class SealChains implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PollingLoop;

  constructor(
    private readonly database: Database,
    private readonly leases: WorkerLeases,
    config: PaymentConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.loop = new PollingLoop({
      round: () => this.round(),
      pollMs: config.ledger.sealMs,
      waitFirst: true,
      logger,
      complaint: 'sealing the chains failed; the next round comes',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** Seals all that can be sealed at the moment; nothing where another worker is at it. */
  async round(): Promise<void> {
    for (const book of CHAIN_BOOKS) await this.leases.withLease(leaseOf(book), (lease) => this.seal(book, lease));
  }

  private async seal(book: ChainBook, lease: HeldLease): Promise<void> {
    while (!this.loop.stopped && !lease.signal.aborted) {
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
}
