import { hostname } from 'node:os';
import { AppError } from '@nx/contracts';
import type { Logger } from '@nx/observability';
import { hasSqlState, type Database } from '@nx/persistence';
import { StaleLeaseError } from './worker-leases';

export interface WorkerFenceOptions {
  database: Database;
  logger: Logger;
  leaseMs: number;
  /** Name of this process's lease, unique among those that run; undefined while it has none. */
  name(): string | undefined;
}

interface Held {
  readonly name: string;
  readonly token: string;
  /** By `performance.now()`. */
  validUntil: number;
}

const TABLE = 'platform."WorkerLease"';

/**
 * The one lease of this process for steps that cannot be taken back. Its token stands on each row of such a step, and
 * the database refuses a row whose token is stale. Asking for it costs nothing while the lease is held.
 */
export class WorkerFence {
  private held: Held | undefined;
  private claiming: Promise<Held> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: WorkerFenceOptions) {}

  /**
   * The token (decimal text) of a lease that lasts `neededMs` longer at least. A lease that was lost is followed by a
   * new one with a higher token: what was begun under the old one cannot be finished any more.
   * @throws AppError `service.unavailable` while this process has no node id
   */
  async token(neededMs = 0): Promise<string> {
    if (this.held && !this.covers(neededMs)) await this.renew(this.held);
    if (this.held && this.covers(neededMs)) return this.held.token;
    this.claiming ??= this.claim().finally(() => {
      this.claiming = undefined;
    });
    return (await this.claiming).token;
  }

  /**
   * Makes sure, as far as this process can know, that the lease with this token lasts for `neededMs`.
   * @throws StaleLeaseError
   */
  assertCovers(token: string, neededMs: number): void {
    if (this.held?.token !== token || !this.covers(neededMs))
      throw new StaleLeaseError(this.held?.name ?? 'of a worker');
  }

  /** The lease has proved stale: whoever asks next gets a new one. */
  lost(): void {
    clearInterval(this.timer);
    this.held = undefined;
  }

  /** Gives the lease back. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    const { held } = this;
    this.held = undefined;
    if (!held) return;
    await this.options.database
      .execute(`UPDATE ${TABLE} SET expires_at = '-infinity' WHERE lease_name = $1 AND fencing_token = $2::bigint`, [
        held.name,
        held.token,
      ])
      .catch((error: unknown) =>
        this.options.logger.warn('a worker lease was not given back; it ends by itself', { lease: held.name, error }),
      );
  }

  private covers(neededMs: number): boolean {
    return this.held !== undefined && performance.now() + neededMs < this.held.validUntil;
  }

  /** Takes the name's lease from whoever had it: the name is this process's alone, so that was its predecessor. */
  private async claim(): Promise<Held> {
    const name = this.stopped ? undefined : this.options.name();
    if (name === undefined) {
      throw new AppError({
        code: 'service.unavailable',
        detail: 'This process may not begin what cannot be taken back: it holds no node id.',
        retryAfterSeconds: 1,
      });
    }
    const { database, leaseMs, logger } = this.options;
    const asked = performance.now();
    const [row] = await database.query<{ fencing_token: string }>(
      `INSERT INTO ${TABLE} (lease_name, owner_id, fencing_token, acquired_at, expires_at)
       VALUES ($1, $2, nextval('platform.fencing_token'), clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond')
       ON CONFLICT (lease_name) DO UPDATE
          SET owner_id = excluded.owner_id, fencing_token = excluded.fencing_token, acquired_at = excluded.acquired_at,
              expires_at = excluded.expires_at
       RETURNING fencing_token`,
      [name, `${hostname()}:${process.pid}`, leaseMs],
    );
    if (!row) throw new Error('the lease of this worker was not written');
    const held = { name, token: row.fencing_token, validUntil: asked + leaseMs };
    this.held = held;
    logger.info('worker lease taken', { lease: name, fencingToken: held.token });
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.renew(held), Math.max(10, Math.floor(leaseMs / 3)));
    this.timer.unref();
    return held;
  }

  /** A lease that has ended is not renewed: others may have gone on without it. */
  private async renew(held: Held): Promise<void> {
    const { database, leaseMs, logger } = this.options;
    const asked = performance.now();
    try {
      const renewed = await database.execute(
        `UPDATE ${TABLE} SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
          WHERE lease_name = $1 AND fencing_token = $2::bigint AND expires_at > clock_timestamp()`,
        [held.name, held.token, leaseMs],
      );
      if (renewed === 1) {
        held.validUntil = asked + leaseMs;
        return;
      }
    } catch (error) {
      logger.warn('a worker lease could not be renewed', { lease: held.name, error });
      return;
    }
    if (this.held !== held) return;
    logger.warn('a worker lease was lost', { lease: held.name, reason: 'it had ended, or another took it' });
    this.lost();
  }
}

/** True when the database refused a row because the lease that it was written under had ended or passed on. */
export function isStaleLease(error: unknown): boolean {
  return error instanceof StaleLeaseError || hasSqlState(error, 'NXF01');
}
