import type { Tx } from '@nx/persistence';
import type { OutboxRow } from './outbox';
import { tablesOf, type MainSchema } from './schema';

/** A claimed row: what a route gets, and where it lies. */
export interface ClaimedRow extends OutboxRow {
  readonly id: string;
  /** The database's own text: a Date would lose microseconds, and the row would not be found again. */
  readonly createdAt: string;
  /** `<type>/<id>` */
  readonly aggregate: string;
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
  key: string;
  payload: Record<string, unknown>;
  headers: Record<string, string>;
}

/** Rows of one aggregate that are taken at once: a long backlog of one must not starve the others. */
const ROWS_PER_AGGREGATE = 100;
const ROWS = 2000;

/** Claims, reads and marks rows. */
export class OutboxStore {
  private readonly table: string;

  constructor(schema: MainSchema) {
    this.table = tablesOf(schema).outbox;
  }

  /**
   * Locks the oldest unpublished row of up to `limit` aggregates and gives all their unpublished rows in order. Whoever
   * holds that row has the aggregate: another relay neither gets the row (SKIP LOCKED) nor sees a later one as the
   * oldest, until this transaction has ended. A row that was published meanwhile fails the repeated check.
   */
  async claim(tx: Tx, limit: number, without: readonly string[]): Promise<ClaimedRow[]> {
    const heads = await tx.query<{ aggregate_type: string; aggregate_id: string }>(
      `SELECT o.aggregate_type, o.aggregate_id
         FROM ${this.table} o
        WHERE o.published_at IS NULL
          AND NOT EXISTS (
            SELECT 1 FROM ${this.table} e
             WHERE e.published_at IS NULL AND e.aggregate_type = o.aggregate_type AND e.aggregate_id = o.aggregate_id
               AND (e.aggregate_version, e.position, e.id) < (o.aggregate_version, o.position, o.id))
          AND NOT ((o.aggregate_type || '/' || o.aggregate_id) = ANY($2::text[]))
        ORDER BY o.created_at
        LIMIT $1
          FOR UPDATE OF o SKIP LOCKED`,
      [limit, without],
    );
    if (heads.length === 0) return [];
    const rows = await tx.query<Row>(
      `SELECT r.id, r.created_at::text AS created_at, r.created_at AS occurred_at, r.aggregate_type, r.aggregate_id,
              r.aggregate_version, r.position, r.event_id, r.event_type, r.routes, r.key, r.payload, r.headers
         FROM unnest($1::text[], $2::text[]) AS head(aggregate_type, aggregate_id)
        CROSS JOIN LATERAL (
          SELECT o.id, o.created_at, o.aggregate_type, o.aggregate_id, o.aggregate_version, o.position, o.event_id,
                 o.event_type, o.routes, o.key, o.payload, o.headers
            FROM ${this.table} o
           WHERE o.published_at IS NULL AND o.aggregate_type = head.aggregate_type AND o.aggregate_id = head.aggregate_id
           ORDER BY o.aggregate_version, o.position, o.id
           LIMIT ${ROWS_PER_AGGREGATE}) r
        LIMIT ${ROWS}`,
      [heads.map((head) => head.aggregate_type), heads.map((head) => head.aggregate_id)],
    );
    return rows.map(claimedRow);
  }

  async markPublished(tx: Tx, rows: readonly ClaimedRow[]): Promise<void> {
    await tx.execute(
      `UPDATE ${this.table} o SET published_at = clock_timestamp()
         FROM unnest($1::text[], $2::timestamptz[]) AS done(id, created_at)
        WHERE o.id = done.id AND o.created_at = done.created_at AND o.published_at IS NULL`,
      [rows.map((row) => row.id), rows.map((row) => row.createdAt)],
    );
  }

  /** What waits: how many rows, and how old the oldest is in seconds. */
  backlogSql(): string {
    return `SELECT count(*)::int AS pending,
                   COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age
              FROM ${this.table} WHERE published_at IS NULL`;
  }
}

function claimedRow(row: Row): ClaimedRow {
  return {
    id: row.id,
    createdAt: row.created_at,
    aggregate: `${row.aggregate_type}/${row.aggregate_id}`,
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
