import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from '@nx/observability';
import type { Database, Tx } from '@nx/persistence';

/** What the holder of a lease works with. */
export interface HeldLease {
  /** Grows with every holder; stands on each row that is written under the lease. Decimal text. */
  readonly fencingToken: string;
  /** Aborted when the lease is lost: stop, somebody else may be at it. */
  readonly signal: AbortSignal;
}

const TABLE = 'platform."WorkerLease"';

/** The token is not the newest one of its lease: what it guards is somebody else's by now. */
export class StaleLeaseError extends Error {
  constructor(name: string) {
    super(`the lease ${name} has passed to another holder`);
    this.name = 'StaleLeaseError';
  }
}

/** Leases for batch work and irreversible steps, one holder each. */
export class WorkerLeases {
  private readonly process = `${hostname()}:${process.pid}`;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly leaseMs: number,
  ) {}

  /** Runs `work` under the lease; undefined when another one holds it. The lease ends with the work. */
  async withLease<T>(name: string, work: (lease: HeldLease) => Promise<T>): Promise<T | undefined> {
    const owner = `${this.process}:${randomBytes(4).toString('hex')}`;
    const asked = performance.now();
    const fencingToken = await this.claim(name, owner);
    if (fencingToken === undefined) return undefined;
    const lost = new AbortController();
    const stopRenewing = this.renewing(name, fencingToken, asked, lost);
    try {
      return await work({ fencingToken, signal: lost.signal });
    } finally {
      stopRenewing();
      await this.release(name, fencingToken);
    }
  }

  /**
   * Makes sure, inside a transaction, that a token is still the newest of its lease, and keeps it so until the commit.
   * @throws StaleLeaseError
   */
  async assertCurrent(tx: Tx, name: string, fencingToken: string): Promise<void> {
    const rows = await tx.query(
      `SELECT 1 AS held FROM ${TABLE} WHERE lease_name = $1 AND fencing_token = $2::bigint FOR SHARE`,
      [name, fencingToken],
    );
    if (rows.length === 0) throw new StaleLeaseError(name);
  }

  private async claim(name: string, owner: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ fencing_token: string }>(
      `INSERT INTO ${TABLE} AS lease (lease_name, owner_id, fencing_token, acquired_at, expires_at)
       VALUES ($1, $2, nextval('platform.fencing_token'), clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond')
       ON CONFLICT (lease_name) DO UPDATE
          SET owner_id = $2, fencing_token = nextval('platform.fencing_token'), acquired_at = clock_timestamp(),
              expires_at = clock_timestamp() + $3 * interval '1 millisecond'
        WHERE lease.expires_at <= clock_timestamp()
       RETURNING fencing_token`,
      [name, owner, this.leaseMs],
    );
    return row?.fencing_token;
  }

  /** Renews three times per life; gives up when the life that was last confirmed is over. */
  private renewing(name: string, token: string, asked: number, lost: AbortController): () => void {
    let validUntil = asked + this.leaseMs;
    let ended = false;
    const lose = (reason: string): void => {
      if (ended || lost.signal.aborted) return;
      this.logger.warn('a worker lease was lost', { lease: name, reason });
      lost.abort(new StaleLeaseError(name));
    };
    const renew = async (): Promise<void> => {
      const started = performance.now();
      const renewed = await this.database.execute(
        `UPDATE ${TABLE} SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
          WHERE lease_name = $1 AND fencing_token = $2::bigint`,
        [name, token, this.leaseMs],
      );
      if (renewed === 0) lose('taken by another');
      else validUntil = started + this.leaseMs;
    };
    let running = false;
    const timer = setInterval(
      () => {
        if (performance.now() >= validUntil) lose('not renewed in time');
        if (running || lost.signal.aborted) return;
        running = true;
        void renew()
          .catch(() => undefined)
          .finally(() => {
            running = false;
          });
      },
      Math.max(10, Math.floor(this.leaseMs / 3)),
    );
    timer.unref();
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }

  private async release(name: string, token: string): Promise<void> {
    await this.database
      .execute(`UPDATE ${TABLE} SET expires_at = '-infinity' WHERE lease_name = $1 AND fencing_token = $2::bigint`, [
        name,
        token,
      ])
      .catch((error: unknown) =>
        this.logger.warn('a worker lease was not given back; it ends by itself', { lease: name, error }),
      );
  }
}
