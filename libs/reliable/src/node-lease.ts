import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeConfig } from '@nx/config';
import type { Clock } from '@nx/contracts';
import type { Logger } from '@nx/observability';
import { isInfrastructureError, type Database } from '@nx/persistence';
import { SnowflakeGenerator } from '@nx/snowflake';
import { parseNodeIds } from './node-ids';
import { NodeLeaseStore, type ClaimedNode } from './node-lease.store';

export interface NodeLeaseOptions {
  database: Database;
  config: Pick<NodeConfig, 'nodeId' | 'leaseMs' | 'renewMs'>;
  clock: Clock;
  logger: Logger;
  service: string;
}

/** An id whose times lie further ahead than this is not taken, and not kept: nobody waits that long. */
const MAX_AHEAD_MS = 10_000;

interface Holding {
  readonly claim: ClaimedNode;
  readonly generator: SnowflakeGenerator;
  /** On the monotonic clock: a pause of the process or a clock set back does not move it. */
  validUntil: number;
}

/** Why no id could be taken, by name of the holder. */
class NodeIdTakenError extends Error {}

/**
 * The lease of this process's node id. Ids are issued only while it is held, with times later than the last holder's
 * and not beyond what the row promises: neither a pause nor a clock that is slow or set back doubles an id. An id whose
 * times have come to lie ahead of the clock is given up for another one of the pool.
 */
export class NodeLease {
  readonly owner: string;
  private readonly store: NodeLeaseStore;
  private readonly ids: readonly number[];
  private readonly logger: Logger;
  private holding: Holding | undefined;
  private lastNodeId: number | undefined;
  /** Why there is no id, for health. */
  private missing = 'no node id yet';
  private stopped = false;
  private loop: Promise<void> | undefined;
  private readonly ending = new AbortController();

  constructor(private readonly options: NodeLeaseOptions) {
    const { database, config, service } = options;
    this.owner = `${service}@${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
    this.ids = parseNodeIds(config.nodeId);
    this.store = new NodeLeaseStore(database, this.owner, config.leaseMs);
    this.logger = options.logger;
  }

  /** The leased id. @throws Error while none has been leased yet */
  get nodeId(): number {
    if (this.lastNodeId === undefined) throw new Error('no node id has been leased yet');
    return this.lastNodeId;
  }

  /** True while ids may be issued. */
  held(): boolean {
    return this.generator() !== undefined;
  }

  /** The generator of the held id; undefined while the lease is lost. */
  generator(): SnowflakeGenerator | undefined {
    const { holding } = this;
    return holding !== undefined && performance.now() < holding.validUntil ? holding.generator : undefined;
  }

  /**
   * Takes an id and keeps it. When all are held, waits one lease time and then refuses. When PostgreSQL is away, it
   * resolves and goes on trying: the process is not ready meanwhile.
   * @throws Error naming the instance that holds the id
   */
  async start(): Promise<void> {
    const deadline = performance.now() + this.options.config.leaseMs + 500;
    for (;;) {
      try {
        await this.take(this.ids);
        break;
      } catch (error) {
        if (!(error instanceof NodeIdTakenError)) {
          if (!isInfrastructureError(error) && !isUnmigrated(error)) throw error;
          this.logger.warn('no node id yet: the database cannot be asked', { error });
          break;
        }
        if (performance.now() > deadline) throw new Error(error.message);
        await pause(Math.min(250, this.options.config.renewMs));
      }
    }
    this.loop = this.keep();
  }

  /** Ends the lease; from now on no id is issued. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.ending.abort();
    await this.loop;
    const { holding } = this;
    if (!holding) return;
    this.drop(holding, 'was given back');
    await this.release(holding);
  }

  /** State for health: ok only while ids can be issued. */
  describe(): { ok: boolean; detail: string } {
    const generator = this.generator();
    if (generator === undefined) return { ok: false, detail: this.missing };
    const { nodeId, behindMs } = generator;
    if (generator.canIssue()) return { ok: true, detail: `node id ${nodeId}` };
    const why = behindMs > 0 ? `the clock is ${behindMs} ms behind its last one` : 'the clock is ahead of its lease';
    return { ok: false, detail: `node id ${nodeId} issues no ids: ${why}` };
  }

  private async keep(): Promise<void> {
    while (!this.stopped) {
      await pause(this.options.config.renewMs, undefined, { signal: this.ending.signal, ref: false }).catch(
        () => undefined,
      );
      if (this.stopped) return;
      await this.keepOnce().catch((error: unknown) => {
        this.logger.warn('the node-id lease could not be renewed', { error });
      });
    }
  }

  private async keepOnce(): Promise<void> {
    const { holding } = this;
    if (!holding) {
      const last = this.lastNodeId;
      await this.take(last === undefined ? this.ids : [last, ...this.ids.filter((id) => id !== last)]);
      return;
    }
    if (holding.generator.behindMs > MAX_AHEAD_MS) {
      await this.giveUp(holding);
      await this.keepOnce();
      return;
    }
    const asked = performance.now();
    const issuedUntilMs = await this.store.renew(holding.claim, this.options.clock.now());
    if (issuedUntilMs === undefined) {
      this.drop(holding, 'was lost');
      this.logger.error('the node-id lease was lost', { nodeId: holding.claim.nodeId, owner: this.owner });
      await this.keepOnce();
      return;
    }
    holding.generator.limitUntil(issuedUntilMs);
    holding.validUntil = asked + this.options.config.leaseMs;
  }

  /** From here on nothing is issued under it, whoever still has its generator. */
  private drop(holding: Holding, how: string): void {
    this.holding = undefined;
    this.missing = `node id ${holding.claim.nodeId} ${how}`;
    holding.generator.limitUntil(0);
  }

  /**
   * The clock ran ahead, ids were issued, and it was mended: under this id there would be none until the time has come.
   * Its row keeps the last time, so that whoever has it next, this process too, issues later ones only.
   */
  private async giveUp(holding: Holding): Promise<void> {
    const { nodeId } = holding.claim;
    const { behindMs, lastIssuedMs } = holding.generator;
    this.drop(holding, 'was given up: its ids carry times ahead of the clock');
    this.logger.error('the node id was given up: its ids carry times ahead of the clock', {
      nodeId,
      behindMs,
      lastIssuedMs,
    });
    await this.release(holding);
  }

  private async release({ claim, generator }: Holding): Promise<void> {
    await this.store.release(claim, generator.lastIssuedMs).catch((error: unknown) => {
      this.logger.warn('the node id could not be given back; it is free again after the lease time', { error });
    });
  }

  private async take(ids: readonly number[]): Promise<void> {
    const { clock, config } = this.options;
    const free = await this.store.free(ids, clock.now());
    // The same id first, where there was one: dashboards and logs go on under it.
    const order = this.lastNodeId !== undefined && free.includes(this.lastNodeId) ? [this.lastNodeId, ...free] : free;
    let reason = '';
    for (const nodeId of order.length > 0 ? order : ids.slice(0, 1)) {
      const asked = performance.now();
      const result = await this.store.claim(nodeId, clock.now(), MAX_AHEAD_MS);
      if (result.outcome === 'claimed') {
        await this.settle(result.claim, asked + config.leaseMs);
        return;
      }
      reason =
        result.outcome === 'held'
          ? `node id ${nodeId} is held by ${result.holder}`
          : `node id ${nodeId} has issued ids up to ${result.issuedUntilMs} ms, which is more than ${MAX_AHEAD_MS} ms ahead of this machine's clock`;
    }
    const pool = ids.length > 1 ? `; none of the node ids ${config.nodeId} is free` : '';
    throw new NodeIdTakenError(`${reason}${pool}`);
  }

  /** Waits until this machine's clock has passed the last holder's times, then issues. */
  private async settle(claim: ClaimedNode, validUntil: number): Promise<void> {
    const { clock, config } = this.options;
    const generator = new SnowflakeGenerator({ nodeId: claim.nodeId, clock, issuedAfterMs: claim.foundIssuedUntilMs });
    let limitMs = claim.issuedUntilMs;
    let until = validUntil;
    const giveUp = performance.now() + MAX_AHEAD_MS + config.leaseMs;
    while (clock.now() <= claim.foundIssuedUntilMs) {
      if (performance.now() > giveUp || this.stopped)
        throw new Error(`the clock does not reach the times of node id ${claim.nodeId}`);
      await pause(Math.min(config.renewMs, Math.max(5, claim.foundIssuedUntilMs - clock.now())));
      const asked = performance.now();
      const renewed = await this.store.renew(claim, clock.now());
      if (renewed === undefined) throw new Error(`node id ${claim.nodeId} was taken away before it could be used`);
      limitMs = renewed;
      until = asked + config.leaseMs;
    }
    generator.limitUntil(limitMs);
    this.holding = { claim, generator, validUntil: until };
    this.lastNodeId = claim.nodeId;
    this.logger.setNodeId(claim.nodeId);
    this.logger.info('node id leased', {
      leasedNodeId: claim.nodeId,
      fencingToken: claim.fencingToken,
      owner: this.owner,
    });
  }
}

/** The tables are not there yet: migrate has not run. The schema indicator says so; the process waits. */
function isUnmigrated(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '42P01' || code === '3F000';
}
