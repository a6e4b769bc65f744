import type { Database, Tx } from '@nx/persistence';
import type { OutboxRow } from './outbox';
import { tablesOf, type MainSchema } from './schema';

/** A claimed row: what a route gets, and where it lies. */
export interface ClaimedRow extends OutboxRow {
  readonly id: string;
  /** The database's own text: a Date would lose microseconds, and the row would not be found again. */
  readonly createdAt: string;
  /** `<type>/<id>` */
  readonly aggregate: string;
  /** Routes for which earlier events of the aggregate wait: this one must not overtake them there. */
  readonly heldRoutes: readonly string[];
}

/** What one route has not taken yet; `age` of the oldest in seconds. */
export interface RouteBacklog {
  readonly route: string;
  readonly pending: number;
  readonly age: number;
}

interface Head {
  aggregate_type: string;
  aggregate_id: string;
}

interface Row {
  id: string;
  created_at: string;
  occurred_at: Date;
  aggregate_type: string;
  aggregate_id: string;
  aggregate_version: string;
  position: number;
  event_id: string;
  event_type: string;
  routes: string[];
  held_routes: string[];
  key: string;
  payload: Record<string, unknown>;
  headers: Record<string, string>;
}

/** Rows of one aggregate that are taken at once: a long backlog of one must not starve the others. */
const ROWS_PER_AGGREGATE = 100;
const ROWS = 2000;

const COLUMNS = `o.id, o.created_at::text AS created_at, o.created_at AS occurred_at, o.aggregate_type, o.aggregate_id,
  o.aggregate_version, o.position, o.event_id, o.event_type, o.routes, o.key, o.payload, o.headers`;

/** Claims, reads and marks the rows of the outbox, and those that wait for a route. */
export class OutboxStore {
  private readonly table: string;
  private readonly waiting: string;

  constructor(schema: MainSchema) {
    const { outbox, outboxWaiting } = tablesOf(schema);
    this.table = outbox;
    this.waiting = outboxWaiting;
  }

  /**
   * Locks the oldest unpublished row of up to `limit` aggregates and gives all their unpublished rows in order. Whoever
   * holds that row has the aggregate: another relay neither gets the row (SKIP LOCKED) nor sees a later one as the
   * oldest, until this transaction has ended. A row that was published meanwhile fails the repeated check. What waits
   * for a route is read after the lock: only the holder of an aggregate adds to it.
   */
  async claim(tx: Tx, limit: number): Promise<ClaimedRow[]> {
    const heads = await tx.query<Head>(
      `SELECT o.aggregate_type, o.aggregate_id
         FROM ${this.table} o
        WHERE o.published_at IS NULL
          AND NOT EXISTS (
            SELECT 1 FROM ${this.table} e
             WHERE e.published_at IS NULL AND e.aggregate_type = o.aggregate_type AND e.aggregate_id = o.aggregate_id
               AND (e.aggregate_version, e.position, e.id) < (o.aggregate_version, o.position, o.id))
        ORDER BY o.created_at
        LIMIT $1
          FOR UPDATE OF o SKIP LOCKED`,
      [limit],
    );
    if (heads.length === 0) return [];
    const rows = await tx.query<Row>(
      `SELECT r.*, ARRAY(
                SELECT DISTINCT w.route FROM ${this.waiting} w
                 WHERE w.aggregate_type = head.aggregate_type AND w.aggregate_id = head.aggregate_id) AS held_routes
         FROM unnest($1::text[], $2::text[]) AS head(aggregate_type, aggregate_id)
        CROSS JOIN LATERAL (
          SELECT ${COLUMNS} FROM ${this.table} o
           WHERE o.published_at IS NULL AND o.aggregate_type = head.aggregate_type AND o.aggregate_id = head.aggregate_id
           ORDER BY o.aggregate_version, o.position, o.id
           LIMIT ${ROWS_PER_AGGREGATE}) r
        LIMIT ${ROWS}`,
      [heads.map((head) => head.aggregate_type), heads.map((head) => head.aggregate_id)],
    );
    return rows.map(claimedRow);
  }

  /** Notes that the relay is done with the rows: each of their routes has them, or they wait for it. */
  async markPublished(tx: Tx, rows: readonly ClaimedRow[]): Promise<void> {
    await tx.execute(
      `UPDATE ${this.table} o SET published_at = clock_timestamp()
         FROM unnest($1::text[], $2::timestamptz[]) AS done(id, created_at)
        WHERE o.id = done.id AND o.created_at = done.created_at AND o.published_at IS NULL`,
      [rows.map((row) => row.id), rows.map((row) => row.createdAt)],
    );
  }

  /** Lets rows wait for a route. Only whoever has claimed their aggregates may. */
  async defer(tx: Tx, route: string, rows: readonly ClaimedRow[]): Promise<void> {
    await tx.execute(
      `INSERT INTO ${this.waiting}
              (route, aggregate_type, aggregate_id, aggregate_version, position, outbox_id, created_at)
       SELECT $1, d.aggregate_type, d.aggregate_id, d.aggregate_version, d.position, d.outbox_id, d.created_at
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::timestamptz[])
              AS d(aggregate_type, aggregate_id, aggregate_version, position, outbox_id, created_at)`,
      [route, ...places(rows)],
    );
  }

  /** As `claim`, for what waits for one route. `without`: aggregates that rest. */
  async claimWaiting(tx: Tx, route: string, limit: number, without: readonly string[]): Promise<ClaimedRow[]> {
    const heads = await tx.query<Head>(
      `SELECT w.aggregate_type, w.aggregate_id
         FROM ${this.waiting} w
        WHERE w.route = $1
          AND NOT EXISTS (
            SELECT 1 FROM ${this.waiting} e
             WHERE e.route = w.route AND e.aggregate_type = w.aggregate_type AND e.aggregate_id = w.aggregate_id
               AND (e.aggregate_version, e.position, e.outbox_id) < (w.aggregate_version, w.position, w.outbox_id))
          AND NOT ((w.aggregate_type || '/' || w.aggregate_id) = ANY($3::text[]))
        ORDER BY w.created_at
        LIMIT $2
          FOR UPDATE OF w SKIP LOCKED`,
      [route, limit, without],
    );
    if (heads.length === 0) return [];
    const rows = await tx.query<Row>(
      `SELECT r.*, '{}'::text[] AS held_routes
         FROM unnest($1::text[], $2::text[]) AS head(aggregate_type, aggregate_id)
        CROSS JOIN LATERAL (
          SELECT ${COLUMNS}
            FROM ${this.waiting} w JOIN ${this.table} o ON o.id = w.outbox_id AND o.created_at = w.created_at
           WHERE w.route = $3 AND w.aggregate_type = head.aggregate_type AND w.aggregate_id = head.aggregate_id
           ORDER BY w.aggregate_version, w.position, w.outbox_id
           LIMIT ${ROWS_PER_AGGREGATE}) r
        LIMIT ${ROWS}`,
      [heads.map((head) => head.aggregate_type), heads.map((head) => head.aggregate_id), route],
    );
    return rows.map(claimedRow);
  }

  /** Removes rows that the route has taken. */
  async finishWaiting(tx: Tx, route: string, rows: readonly ClaimedRow[]): Promise<void> {
    await tx.execute(
      `DELETE FROM ${this.waiting} w
        USING unnest($2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::timestamptz[])
              AS d(aggregate_type, aggregate_id, aggregate_version, position, outbox_id, created_at)
        WHERE w.route = $1 AND w.aggregate_type = d.aggregate_type AND w.aggregate_id = d.aggregate_id
          AND w.aggregate_version = d.aggregate_version AND w.position = d.position AND w.outbox_id = d.outbox_id`,
      [route, ...places(rows)],
    );
  }

  /** Whether anything waits for the route, whoever holds it. */
  async anyWaiting(database: Pick<Database, 'query'>, route: string): Promise<boolean> {
    const [row] = await database.query<{ waits: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM ${this.waiting} WHERE route = $1) AS waits`,
      [route],
    );
    return row?.waits ?? false;
  }

  /** What each route has not taken yet; routes without a backlog are left out. */
  backlog(database: Pick<Database, 'query'>): Promise<RouteBacklog[]> {
    return database.query<{ route: string; pending: number; age: number }>(
      `SELECT b.route, count(*)::int AS pending,
              EXTRACT(epoch FROM clock_timestamp() - min(b.created_at))::float8 AS age
         FROM (SELECT unnest(routes) AS route, created_at FROM ${this.table} WHERE published_at IS NULL
               UNION ALL SELECT route, created_at FROM ${this.waiting}) b
        GROUP BY b.route`,
    );
  }
}

/** The columns of `OutboxWaiting` as parallel arrays, for unnest. */
function places(rows: readonly ClaimedRow[]): unknown[] {
  return [
    rows.map((row) => row.aggregateType),
    rows.map((row) => row.aggregateId),
    rows.map((row) => row.aggregateVersion),
    rows.map((row) => row.position),
    rows.map((row) => row.id),
    rows.map((row) => row.createdAt),
  ];
}

function claimedRow(row: Row): ClaimedRow {
  return {
    id: row.id,
    createdAt: row.created_at,
    aggregate: `${row.aggregate_type}/${row.aggregate_id}`,
    heldRoutes: row.held_routes,
    eventId: row.event_id,
    eventType: row.event_type,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    aggregateVersion: row.aggregate_version,
    position: row.position,
    routes: row.routes,
    key: row.key,
    payload: row.payload,
    headers: row.headers,
    occurredAt: row.occurred_at,
  };
}
