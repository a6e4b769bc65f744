import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { PollingLoop, WorkerLeases } from '@nx/reliable';
import { brokenInvariants } from '../../ledger/broken-invariants';
import { PaymentConfig } from '../../payment.config';
import { BlockTransaction } from './block-transaction';

/** Journals of one look; a backlog is worked off look by look. */
const BATCH = 500;
const LEASE = 'payment:invariants';

/** The transactions of newly sealed journals. `$1` how far the watch has come. */
export const NEWLY_SEALED = `
SELECT s.sequence::text AS sequence, j.transaction_id
FROM "ChainSeal" s JOIN "LedgerJournal" j ON j.id = s.row_id
WHERE s.chain = 'LEDGER' AND s.sequence > $1 ORDER BY s.sequence LIMIT ${BATCH}`;

/**
 * Looks at every transaction whose journals were sealed whether it adds up, and blocks one that does not before more
 * money leaves it. One worker at a time, whoever has the lease.
 */
@Injectable()
export class WatchInvariants implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PollingLoop;

  constructor(
    private readonly database: Database,
    private readonly leases: WorkerLeases,
    private readonly blocking: BlockTransaction,
    config: PaymentConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.loop = new PollingLoop({
      round: () => this.round(),
      pollMs: config.ledger.sealMs,
      waitFirst: true,
      logger,
      complaint: 'the watch over invariants failed; the next look comes',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** Looks at all that was sealed since the last look; nothing where another worker is at it. */
  async round(): Promise<void> {
    await this.leases.withLease(LEASE, async (lease) => {
      while (!this.loop.stopped && !lease.signal.aborted && (await this.look()) === BATCH);
    });
  }

  private async look(): Promise<number> {
    const [mark] = await this.database.query<{ sequence: string }>(
      `SELECT sequence::text AS sequence FROM "InvariantWatch" WHERE chain = 'LEDGER'`,
    );
    const rows = await this.database.query<{ sequence: string; transaction_id: string | null }>(NEWLY_SEALED, [
      mark?.sequence ?? '0',
    ]);
    const last = rows.at(-1);
    if (last === undefined) return 0;
    const ids = new Set(rows.flatMap((row) => (row.transaction_id === null ? [] : [row.transaction_id])));
    for (const { transactionId, broken } of await brokenInvariants(this.database, [...ids])) {
      const detail = `The transaction does not add up: ${broken.join('; ')}.`;
      const outcome = await this.blocking.execute(transactionId, { code: 'INVARIANT_BROKEN', detail, actorId: null });
      this.logger.error('invariant broken', { transactionId, outcome, broken: broken.join('; ') });
    }
    // Moved on after the deed: a process that dies in between looks at the same ones again, which is harmless.
    await this.database.execute(
      `INSERT INTO "InvariantWatch" (chain, sequence, looked_at) VALUES ('LEDGER', $1, $2)
       ON CONFLICT (chain) DO UPDATE SET sequence = greatest("InvariantWatch".sequence, $1), looked_at = $2`,
      [last.sequence, new Date(this.clock.now())],
    );
    return rows.length;
  }
}
