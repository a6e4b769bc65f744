import type { Counter, HealthRegistry, Logger, Metrics } from '@nx/observability';
import type { Database } from '@nx/persistence';
import type { Outbox } from './outbox';
import { OutboxLane, type OutboxRoute } from './outbox-lane';
import { OutboxStore, type ClaimedRow, type RouteBacklog } from './outbox.store';
import { PollingLoop } from './polling-loop';
import type { MainSchema } from './schema';

export type { OutboxRoute } from './outbox-lane';

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
  /** What a working route gets to take new rows, ms; then they wait for it, and the others go on. Default 5,000. */
  patienceMs?: number;
}

const PATIENCE_MS = 5_000;
/** What waits for a route is announced by this process; only what others have left is found by looking. */
const LANE_POLLS = 5;

/**
 * Publishes the outbox in order per aggregate and route. A row is published when each of its routes has taken it or has
 * it in its waiting rows. Several relays may run: each aggregate is with one of them at a time.
 */
export class OutboxRelay {
  private readonly store: OutboxStore;
  private readonly lanes = new Map<string, OutboxLane>();
  private readonly published: Counter;
  private readonly failed: Counter;
  private readonly deferred: Counter;
  private readonly loop: PollingLoop;
  private readonly patienceMs: number;
  private endNudges: (() => void) | undefined;

  constructor(private readonly options: OutboxRelayOptions) {
    this.store = new OutboxStore(options.schema);
    const { metrics, logger, pollMs } = options;
    this.patienceMs = options.patienceMs ?? PATIENCE_MS;
    const complaint = 'the outbox relay cannot work';
    this.loop = new PollingLoop({ round: () => this.round(), pollMs, logger, complaint });
    this.published = metrics.counter('outbox_published_total', 'Outbox rows that a route has taken', ['route']);
    this.failed = metrics.counter('outbox_failures_total', 'Attempts to publish that failed', ['route']);
    this.deferred = metrics.counter('outbox_deferred_total', 'Outbox rows that had to wait for a route', ['route']);
    this.measure();
  }

  /** @throws Error when the name is taken */
  register(route: OutboxRoute): void {
    if (this.lanes.has(route.name)) throw new Error(`the outbox route ${route.name} is registered twice`);
    const { published, failed, store } = this;
    const { database, logger, batch, pollMs } = this.options;
    const options = {
      database,
      store,
      logger,
      published,
      failed,
      pollMs: pollMs * LANE_POLLS,
      batch,
      publishTimeoutMs: this.patienceMs * 2,
    };
    this.lanes.set(route.name, new OutboxLane(route, options));
  }

  /** @throws Error when a route is missing: its events would wait for ever */
  start(): void {
    const missing = (this.options.routes ?? []).filter((name) => !this.lanes.has(name));
    if (missing.length > 0) throw new Error(`the outbox relay does not start: no route ${missing.join(', ')}`);
    this.endNudges ??= this.options.outbox.onNudge(() => this.loop.nudge());
    this.loop.start();
    for (const lane of this.lanes.values()) lane.start();
  }

  /** Finishes the rounds that run. */
  async stop(): Promise<void> {
    this.endNudges?.();
    await Promise.all([this.loop.stop(), ...[...this.lanes.values()].map((lane) => lane.stop())]);
  }

  registerHealth(health: HealthRegistry): void {
    health.register({
      name: 'outbox',
      readiness: false,
      deep: true,
      check: async () => {
        const backlog = await this.store.backlog(this.options.database);
        const lines = backlog.map(({ route, pending, age }) => {
          const trouble = this.lanes.get(route)?.trouble;
          const state = `${route}: ${pending} wait, the oldest ${Math.round(age)} s`;
          return trouble === undefined ? state : `${state}, last failure ${trouble}`;
        });
        return {
          ok: backlog.every(({ age }) => age < 60),
          detail: lines.length === 0 ? 'nothing waits' : lines.join('; '),
        };
      },
    });
  }

  /** One claim, publish and mark; the number of rows that were handed on. */
  private async round(): Promise<number> {
    const { database, batch } = this.options;
    const late: string[] = [];
    const handed = await database.transaction(async (tx) => {
      const rows = await this.store.claim(tx, batch);
      if (rows.length === 0) return 0;
      for (const [route, waiting] of await this.handOn(rows)) {
        await this.store.defer(tx, route, waiting);
        this.deferred.inc({ route }, waiting.length);
        late.push(route);
      }
      await this.store.markPublished(tx, rows);
      return rows.length;
    });
    for (const route of late) this.lanes.get(route)?.nudge();
    return handed;
  }

  /** Hands the rows to all their routes at once; what the routes did not take, by route. */
  private async handOn(rows: readonly ClaimedRow[]): Promise<ReadonlyMap<string, readonly ClaimedRow[]>> {
    const names = new Set(rows.flatMap((row) => row.routes));
    const left = new Map<string, readonly ClaimedRow[]>();
    const toRoute = async (name: string): Promise<void> => {
      const waiting = await this.toRoute(
        name,
        rows.filter((row) => row.routes.includes(name)),
      );
      if (waiting.length > 0) left.set(name, waiting);
    };
    await Promise.all([...names].map(toRoute));
    return left;
  }

  /** What the route did not take: behind earlier rows of the aggregate that wait, or because it does not work. */
  private async toRoute(name: string, rows: readonly ClaimedRow[]): Promise<readonly ClaimedRow[]> {
    const lane = this.lanes.get(name);
    if (lane?.route.bestEffort === true) {
      void lane.handOn(rows, this.patienceMs);
      return [];
    }
    if (!lane) {
      this.options.logger.error('events wait for a route that this release does not have', { route: name });
      return rows;
    }
    const free = rows.filter((row) => !row.heldRoutes.includes(name));
    if (free.length > 0 && lane.isWorking && (await lane.handOn(free, this.patienceMs))) {
      return rows.filter((row) => row.heldRoutes.includes(name));
    }
    return rows;
  }

  private measure(): void {
    let looking: Promise<readonly RouteBacklog[]> | undefined;
    const look = async (set: (backlog: RouteBacklog) => void): Promise<void> => {
      // Both gauges are asked at the same time: one look serves them.
      looking ??= this.store.backlog(this.options.database).finally(() => {
        looking = undefined;
      });
      const backlog = await looking.catch(() => undefined);
      if (!backlog) return;
      for (const route of this.lanes.keys()) set({ route, pending: 0, age: 0 });
      for (const waiting of backlog) set(waiting);
    };
    const { metrics } = this.options;
    metrics.gauge('outbox_pending', 'Outbox rows that a route has not taken', ['route'], (gauge) =>
      look(({ route, pending }) => gauge.set({ route }, pending)),
    );
    const help = 'Age of the oldest outbox row that a route has not taken';
    metrics.gauge('outbox_oldest_age_seconds', help, ['route'], (gauge) =>
      look(({ route, age }) => gauge.set({ route }, age)),
    );
  }
}
