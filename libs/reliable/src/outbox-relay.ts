import { setTimeout as pause } from 'node:timers/promises';
import type { Counter, HealthRegistry, Logger, Metrics } from '@nx/observability';
import { isInfrastructureError, type Database } from '@nx/persistence';
import type { Outbox, OutboxRow } from './outbox';
import { OutboxStore, type ClaimedRow } from './outbox.store';
import type { MainSchema } from './schema';

/** Where events go. Called with rows of many aggregates, each aggregate's in order; at least once. */
export interface OutboxRoute {
  readonly name: string;
  /** Resolves when all rows are safely handed over. Throws: the aggregates are retried later, nothing overtakes. */
  publish(rows: OutboxRow[]): Promise<void>;
}

export interface OutboxRelayOptions {
  database: Database;
  outbox: Outbox;
  schema: MainSchema;
  logger: Logger;
  metrics: Metrics;
  pollMs: number;
  /** Aggregates per round. */
  batch: number;
  /** Names that must be registered before the start. */
  routes?: readonly string[];
}

/** Shorter than the server's limit for idle transactions, which would end the claim. */
const PUBLISH_TIMEOUT_MS = 30_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
const FORGET_MS = 600_000;
/** After so many failures in a row without a success the route itself is taken to be away. */
const HOPELESS = 3;

interface Backoff {
  readonly failures: number;
  readonly until: number;
}

/** Publishes the outbox in order. Several relays may run: each aggregate is with one of them at a time. */
export class OutboxRelay {
  private readonly store: OutboxStore;
  private readonly routes = new Map<string, OutboxRoute>();
  private readonly backoffs = new Map<string, Backoff>();
  private readonly published: Counter;
  private readonly failed: Counter;
  private wake: (() => void) | undefined;
  private nudged = false;
  private stopped = false;
  private loop: Promise<void> | undefined;
  private lastFailure: string | undefined;

  constructor(private readonly options: OutboxRelayOptions) {
    this.store = new OutboxStore(options.schema);
    const { metrics, database } = options;
    this.published = metrics.counter('outbox_published_total', 'Outbox rows that were published', ['route']);
    this.failed = metrics.counter('outbox_failures_total', 'Attempts to publish that failed', ['route']);
    const age = metrics.gauge('outbox_oldest_age_seconds', 'Age of the oldest unpublished outbox row');
    metrics.gauge('outbox_pending', 'Unpublished outbox rows', [], async (gauge) => {
      const backlog = await this.backlog(database).catch(() => undefined);
      if (!backlog) return;
      gauge.set(backlog.pending);
      age.set(backlog.age);
    });
  }

  /** @throws Error when the name is taken */
  register(route: OutboxRoute): void {
    if (this.routes.has(route.name)) throw new Error(`the outbox route ${route.name} is registered twice`);
    this.routes.set(route.name, route);
  }

  /** @throws Error when a route is missing: its events would wait for ever */
  start(): void {
    const missing = (this.options.routes ?? []).filter((name) => !this.routes.has(name));
    if (missing.length > 0) throw new Error(`the outbox relay does not start: no route ${missing.join(', ')}`);
    if (this.loop) return;
    const ending = this.options.outbox.onNudge(() => this.nudge());
    this.loop = this.run().finally(ending);
  }

  /** Finishes the round that runs. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.nudge();
    await this.loop;
  }

  registerHealth(health: HealthRegistry): void {
    health.register({
      name: 'outbox',
      readiness: false,
      deep: true,
      check: async () => {
        const { pending, age } = await this.backlog(this.options.database);
        const state = `${pending} unpublished, the oldest ${Math.round(age)} s old`;
        return {
          ok: age < 60,
          detail: this.lastFailure === undefined ? state : `${state}; last failure: ${this.lastFailure}`,
        };
      },
    });
  }

  private async backlog(database: Database): Promise<{ pending: number; age: number }> {
    const [row] = await database.query<{ pending: number; age: number }>(this.store.backlogSql());
    return row ?? { pending: 0, age: 0 };
  }

  private nudge(): void {
    this.nudged = true;
    this.wake?.();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if ((await this.round()) > 0) continue;
        await this.idle(this.options.pollMs);
      } catch (error) {
        const level = isInfrastructureError(error) ? 'warn' : 'error';
        this.options.logger[level]('the outbox relay cannot work', { error });
        await pause(Math.max(this.options.pollMs, FIRST_BACKOFF_MS), undefined, { ref: false });
      }
    }
  }

  private async idle(ms: number): Promise<void> {
    if (this.nudged || this.stopped) {
      this.nudged = false;
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.wake = undefined;
    this.nudged = false;
  }

  /** One claim, publish and mark; the number of rows that were published. */
  private round(): Promise<number> {
    const now = performance.now();
    for (const [aggregate, backoff] of this.backoffs) {
      // Another relay may have published it long ago.
      if (backoff.until + FORGET_MS < now) this.backoffs.delete(aggregate);
    }
    const resting = [...this.backoffs].filter(([, backoff]) => backoff.until > now).map(([aggregate]) => aggregate);
    return this.options.database.transaction(async (tx) => {
      const rows = await this.store.claim(tx, this.options.batch, resting);
      if (rows.length === 0) return 0;
      const done = await this.publishAll(rows);
      if (done.length > 0) await this.store.markPublished(tx, done);
      return done.length;
    });
  }

  /** The rows of the aggregates that went out whole. All at once; after a failure one aggregate at a time. */
  private async publishAll(rows: readonly ClaimedRow[]): Promise<readonly ClaimedRow[]> {
    const groups = new Map<string, ClaimedRow[]>();
    for (const row of rows) {
      const group = groups.get(row.aggregate);
      if (group) group.push(row);
      else groups.set(row.aggregate, [row]);
    }
    if (groups.size > 1 && (await this.attempt(rows))) {
      for (const aggregate of groups.keys()) this.backoffs.delete(aggregate);
      return rows;
    }
    const done: ClaimedRow[] = [];
    let failures = 0;
    for (const [aggregate, group] of groups) {
      // Somebody's bad event must not hold up the rest; a route that is away is not asked again and again.
      if (failures < HOPELESS && (await this.attempt(group))) {
        done.push(...group);
        this.backoffs.delete(aggregate);
        failures = -Infinity;
      } else {
        failures++;
        this.rest(aggregate);
      }
    }
    return done;
  }

  private rest(aggregate: string): void {
    const failures = (this.backoffs.get(aggregate)?.failures ?? 0) + 1;
    const waitMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
    this.backoffs.set(aggregate, { failures, until: performance.now() + waitMs });
  }

  private async attempt(rows: readonly ClaimedRow[]): Promise<boolean> {
    const names = [...new Set(rows.flatMap((row) => row.routes))];
    for (const name of names) {
      const own = rows.filter((row) => row.routes.includes(name));
      try {
        const route = this.routes.get(name);
        if (!route) throw new Error(`no outbox route ${name} is registered in this process`);
        await withTimeout(route.publish([...own]), PUBLISH_TIMEOUT_MS);
        this.published.inc({ route: name }, own.length);
      } catch (error) {
        this.failed.inc({ route: name });
        this.lastFailure = `route ${name}: ${error instanceof Error ? error.name : 'error'}`;
        const [first] = own;
        const aggregate = rows.length === own.length && own.length > 0 ? first?.aggregate : undefined;
        this.options.logger.warn('outbox rows were not published', { route: name, rows: own.length, aggregate, error });
        return false;
      }
    }
    this.lastFailure = undefined;
    return true;
  }
}

async function withTimeout(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`publishing took longer than ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
