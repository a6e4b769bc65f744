import { answerWithin, type Counter, type Logger } from '@nx/observability';
import type { Database } from '@nx/persistence';
import type { OutboxRow } from './outbox';
import type { ClaimedRow, OutboxStore } from './outbox.store';
import { PollingLoop } from './polling-loop';

/** Where events go. Called with rows of many aggregates, each aggregate's in order; at least once. */
export interface OutboxRoute {
  readonly name: string;
  /** A hint that is never waited for and never repeated: what goes wrong is counted, and that is all. */
  readonly bestEffort?: boolean;
  /** Resolves when all rows are safely handed over. Throws: the rows wait for this route, nothing overtakes. */
  publish(rows: OutboxRow[]): Promise<void>;
}

export interface OutboxLaneOptions {
  database: Database;
  store: OutboxStore;
  logger: Logger;
  published: Counter;
  failed: Counter;
  pollMs: number;
  /** Aggregates per round. */
  batch: number;
  /** A route that does not answer holds the claim for so long; the stop of a process waits for it. */
  publishTimeoutMs: number;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_AGGREGATE_BACKOFF_MS = 30_000;
/** A route that is back is found within this time. */
const LONGEST_ROUTE_BACKOFF_MS = 5_000;
const FORGET_MS = 600_000;
/** After so many failures in a row without a success the route itself is taken to be away. */
const HOPELESS = 3;

interface Backoff {
  readonly failures: number;
  readonly until: number;
}

/**
 * The way of one route: the relay hands rows straight on while it works, and what the route did not take is tried
 * again from the table here, in a loop of its own, so that a route that is away keeps nobody else waiting.
 */
export class OutboxLane {
  /** False after a failure, until the route has taken something again: rows then wait without a try of their own. */
  private working = true;
  private backoffs = new Map<string, Backoff>();
  private away: Backoff = { failures: 0, until: 0 };
  private readonly loop: PollingLoop;
  private lastFailure: string | undefined;

  constructor(
    readonly route: OutboxRoute,
    private readonly options: OutboxLaneOptions,
  ) {
    const { pollMs, logger } = options;
    const complaint = `the outbox cannot work on what waits for the route ${route.name}`;
    this.loop = new PollingLoop({ round: () => this.round(), pollMs, logger, complaint });
  }

  get isWorking(): boolean {
    return this.working;
  }

  /** Why the last try failed; undefined after one that did not. */
  get trouble(): string | undefined {
    return this.lastFailure;
  }

  /** Tries waiting rows from now on. A best-effort route has none. */
  start(): void {
    if (this.route.bestEffort !== true) this.loop.start();
  }

  nudge(): void {
    this.loop.nudge();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** Hands new rows to the route. False when it did not take them in time: it then gets none until it works again. */
  async handOn(rows: readonly ClaimedRow[], timeoutMs: number): Promise<boolean> {
    const taken = await this.attempt(rows, timeoutMs);
    if (!taken) this.working = false;
    return taken;
  }

  /** Once. False when the route did not take the rows within `timeoutMs`; some may have arrived. */
  private async attempt(rows: readonly ClaimedRow[], timeoutMs: number): Promise<boolean> {
    const { name } = this.route;
    try {
      await answerWithin(this.route.publish([...rows]), timeoutMs);
      this.options.published.inc({ route: name }, rows.length);
      this.lastFailure = undefined;
      return true;
    } catch (error) {
      this.options.failed.inc({ route: name });
      this.lastFailure = error instanceof Error ? error.name : 'error';
      const aggregates = new Set(rows.map((row) => row.aggregate));
      const [aggregate] = aggregates.size === 1 ? aggregates : [];
      this.options.logger.warn('outbox rows were not published', { route: name, rows: rows.length, aggregate, error });
      return false;
    }
  }

  /** One claim of waiting rows, publish and removal; the number of rows that the route took. */
  private async round(): Promise<number> {
    const now = performance.now();
    if (this.away.until > now) return 0;
    for (const [aggregate, backoff] of this.backoffs) {
      // Another relay may have published it long ago.
      if (backoff.until + FORGET_MS < now) this.backoffs.delete(aggregate);
    }
    const resting = [...this.backoffs].filter(([, backoff]) => backoff.until > now).map(([aggregate]) => aggregate);
    const { database, store, batch } = this.options;
    const { name } = this.route;
    const taken = await database.transaction(async (tx) => {
      const rows = await store.claimWaiting(tx, name, batch, resting);
      if (rows.length === 0) return undefined;
      const done = await this.publishAll(rows);
      if (done.length > 0) await store.finishWaiting(tx, name, done);
      return done.length;
    });
    if (taken === undefined && !this.working) this.working = !(await store.anyWaiting(database, name));
    return taken ?? 0;
  }

  /** The rows of the aggregates that went out whole. All at once; after a failure one aggregate at a time. */
  private async publishAll(rows: readonly ClaimedRow[]): Promise<readonly ClaimedRow[]> {
    const groups = new Map<string, ClaimedRow[]>();
    for (const row of rows) {
      const group = groups.get(row.aggregate);
      if (group) group.push(row);
      else groups.set(row.aggregate, [row]);
    }
    if (groups.size > 1 && (await this.attempt(rows, this.options.publishTimeoutMs))) {
      this.recovered([...groups.keys()]);
      return rows;
    }
    const done: ClaimedRow[] = [];
    let failures = 0;
    let suspect = false;
    for (const [aggregate, group] of groups) {
      // Somebody's bad event must not hold up the rest; a route that is away is not asked again and again.
      if (failures >= HOPELESS) break;
      if (await this.attempt(group, this.options.publishTimeoutMs)) {
        done.push(...group);
        this.recovered([aggregate]);
        failures = -Infinity;
      } else {
        failures++;
        const last = this.backoffs.get(aggregate);
        // One that has failed before says nothing of the route: it may be the event.
        suspect ||= last === undefined;
        this.backoffs.set(aggregate, longer(last, LONGEST_AGGREGATE_BACKOFF_MS));
      }
    }
    if (done.length === 0 && suspect) {
      this.working = false;
      this.away = longer(this.away, LONGEST_ROUTE_BACKOFF_MS);
    }
    return done;
  }

  /** The route takes rows: it is asked directly again, and what rested while it was away is tried at once. */
  private recovered(aggregates: readonly string[]): void {
    this.working = true;
    if (this.away.failures >= HOPELESS) this.backoffs = new Map();
    this.away = { failures: 0, until: 0 };
    for (const aggregate of aggregates) this.backoffs.delete(aggregate);
  }
}

function longer(last: Backoff | undefined, longestMs: number): Backoff {
  const failures = (last?.failures ?? 0) + 1;
  const waitMs = Math.min(longestMs, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
  return { failures, until: performance.now() + waitMs };
}
