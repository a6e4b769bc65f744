import { currentContext } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { tablesOf, type MainSchema } from './schema';

/** A fact that leaves the service with the transaction that made it. */
export interface OutboxEvent {
  /** Snowflake; consumers deduplicate by it. */
  eventId: string;
  eventType: string;
  /** Names of the routes that publish it. */
  routes: string[];
  /** Key of the published record: decides its partition. */
  key: string;
  /** Must be plain JSON (no bigint). */
  payload: object;
  occurredAt: Date;
  /** `x-request-id` and `traceparent` come from the running context unless they are given. */
  headers?: Record<string, string>;
}

/** A row as a route gets it. */
export interface OutboxRow {
  readonly eventId: string;
  readonly eventType: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  /** Decimal text (64 bit). */
  readonly aggregateVersion: string;
  readonly position: number;
  readonly routes: readonly string[];
  readonly key: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly occurredAt: Date;
}

export interface OutboxAppend {
  aggregateType: string;
  aggregateId: string;
  /** The aggregate's version after this transaction: every transaction that appends raises it once. */
  version: number | bigint;
  events: readonly OutboxEvent[];
}

/** Headers that an outbox row takes over from the running request; hot statements that insert rows themselves use it too. */
export function outboxHeaders(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const context = currentContext();
  return {
    ...(context === undefined ? {} : { 'x-request-id': context.requestId }),
    ...(context?.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    ...given,
  };
}

/** Writes events into the transaction of the change that they tell of. */
export class Outbox {
  private readonly table: string;
  private readonly listeners = new Set<() => void>();
  private readonly positions = new WeakMap<Tx, Map<string, number>>();

  constructor(
    schema: MainSchema,
    private readonly routes?: readonly string[],
  ) {
    this.table = tablesOf(schema).outbox;
  }

  /**
   * Appends the events of one aggregate in their order, and wakes the relay after the commit.
   * @throws Error for an event without a route or with one that no relay serves
   */
  async append(tx: Tx, change: OutboxAppend): Promise<void> {
    const { aggregateType, aggregateId, version, events } = change;
    if (events.length === 0) return;
    for (const event of events) this.assertRoutes(event);
    const first = this.takePositions(tx, `${aggregateType}/${aggregateId}/${version}`, events.length);
    const rows = events.map((event, index) => ({
      id: event.eventId,
      created_at: event.occurredAt.toISOString(),
      position: first + index,
      event_type: event.eventType,
      routes: event.routes,
      key: event.key,
      payload: event.payload,
      headers: outboxHeaders(event.headers),
    }));
    await tx.execute(
      `INSERT INTO ${this.table} (id, created_at, aggregate_type, aggregate_id, aggregate_version, position,
                                  event_id, event_type, routes, key, payload, headers)
       SELECT r.id, r.created_at, $1, $2, $3::bigint, r.position, r.id, r.event_type, r.routes, r.key, r.payload, r.headers
         FROM jsonb_to_recordset($4::jsonb) AS r(id text, created_at timestamptz, position integer, event_type text,
                                                 routes text[], key text, payload jsonb, headers jsonb)`,
      [aggregateType, aggregateId, version.toString(), JSON.stringify(rows)],
    );
    tx.afterCommit(() => this.nudge());
  }

  /** Wakes the relay of this process, if it has one; others find the rows at their next look. */
  nudge(): void {
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` at each nudge; the returned function ends that. */
  onNudge(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A second append for the same aggregate in one transaction goes on behind the first. */
  private takePositions(tx: Tx, aggregate: string, count: number): number {
    const used = this.positions.get(tx) ?? new Map<string, number>();
    this.positions.set(tx, used);
    const first = used.get(aggregate) ?? 0;
    used.set(aggregate, first + count);
    return first;
  }

  private assertRoutes(event: OutboxEvent): void {
    if (event.routes.length === 0) throw new Error(`event ${event.eventType} has no route`);
    const unknown = this.routes && event.routes.find((route) => !this.routes?.includes(route));
    if (unknown !== undefined) throw new Error(`event ${event.eventType} has the unknown route ${unknown}`);
  }
}
