import type { ParkingPort, ParkReason, RawRecord, RecordDispatcher } from '@nx/messaging';
import type { Database, Statement, Tx } from '@nx/persistence';
import { tablesOf, type MainSchema } from './schema';

/** A record that waits, as it lies in the table. */
export interface ParkedRow {
  readonly id: string;
  readonly group: string;
  readonly record: RawRecord;
  readonly reason: ParkReason['kind'];
  readonly tries: number;
  /** Tries by the sweeper that failed. */
  readonly sweeps: number;
}

interface Row {
  id: string;
  consumer_group: string;
  topic: string;
  partition: number;
  offset: string;
  record_timestamp: string;
  key: string | null;
  value: Buffer | null;
  headers: Record<string, string>;
  event_id: string;
  reason: ParkReason['kind'];
  tries: number;
  sweeps: number;
}

const COLUMNS = `p.id, p.consumer_group, p.topic, p.partition, p."offset", p.record_timestamp, p.key, p.value, p.headers,
  p.event_id, p.reason, p.tries, p.sweeps`;

/** Kafka records that could not be handled: the port of the consumer, and what the sweeper needs. */
export class ParkingStore implements ParkingPort {
  private readonly table: string;
  private readonly keyParked: Statement<{ parked: boolean }>;
  private readonly binders = new Set<(dispatcher: RecordDispatcher) => void>();
  private bound: RecordDispatcher | undefined;

  constructor(
    private readonly database: Database,
    private readonly schema: MainSchema,
    /** Wait before the first try of the sweeper, ms. */
    private readonly firstDelayMs: number,
  ) {
    this.table = tablesOf(schema).parked;
    this.keyParked = database.statement(
      `parking_key_${this.schema}`,
      `SELECT EXISTS (SELECT 1 FROM ${this.table}
        WHERE consumer_group = $1 AND topic = $2 AND key = $3 AND status = '100_PARKED') AS parked`,
    );
  }

  async isKeyParked(group: string, topic: string, key: string): Promise<boolean> {
    const [row] = await this.keyParked.run([group, topic, key]);
    return row?.parked ?? false;
  }

  /** Stores a record as it came. A second parking of the same one (its commit was lost) changes nothing. */
  async park(group: string, record: RawRecord, reason: ParkReason): Promise<void> {
    // One that was not tried goes as soon as those before it are gone.
    const delayMs = reason.kind === 'blocked' ? 0 : this.firstDelayMs;
    await this.database.execute(
      `INSERT INTO ${this.table} (consumer_group, topic, partition, "offset", record_timestamp, key, value, headers,
                                  event_id, reason, error_name, error_message, tries, next_try_at)
       VALUES ($1, $2, $3, $4::bigint, $5::bigint, $6, $7, $8::jsonb, $9, $10, $11, $12, $13,
               clock_timestamp() + $14 * interval '1 millisecond')
       ON CONFLICT ON CONSTRAINT "ParkedRecord_origin_key" DO NOTHING`,
      [
        group,
        record.topic,
        record.partition,
        record.offset,
        record.timestampMs,
        record.key,
        record.value,
        JSON.stringify(record.headers),
        record.eventId,
        reason.kind,
        reason.errorName,
        reason.errorMessage.slice(0, 2000).replaceAll('\0', ''),
        reason.tries,
        delayMs,
      ],
    );
  }

  bind(dispatcher: RecordDispatcher): void {
    this.bound = dispatcher;
    for (const binder of this.binders) binder(dispatcher);
  }

  /** Calls `binder` when the consumer starts (at once if it has). */
  onBind(binder: (dispatcher: RecordDispatcher) => void): void {
    this.binders.add(binder);
    if (this.bound) binder(this.bound);
  }

  /**
   * Locks the next record that is due: the first of its key, and nobody else is at it. Within a key the order of
   * parking is that of the offsets, since one consumer at a time parks a partition's records, one after the other.
   */
  async lockDue(tx: Tx, group: string, topics: readonly string[]): Promise<ParkedRow | undefined> {
    const [row] = await tx.query<Row>(
      `SELECT ${COLUMNS} FROM ${this.table} p
        WHERE p.status = '100_PARKED' AND p.consumer_group = $1 AND p.topic = ANY($2::text[])
          AND p.next_try_at <= clock_timestamp()
          AND (p.key IS NULL OR NOT EXISTS (
                SELECT 1 FROM ${this.table} e
                 WHERE e.status = '100_PARKED' AND e.consumer_group = p.consumer_group AND e.topic = p.topic
                   AND e.key = p.key AND e.id < p.id))
        ORDER BY p.next_try_at, p.id
        LIMIT 1 FOR UPDATE OF p SKIP LOCKED`,
      [group, topics],
    );
    return row && parkedRow(row);
  }

  async finish(tx: Tx, row: ParkedRow, status: '303_HANDLED' | '505_DEAD_LETTERED'): Promise<void> {
    await tx.execute(
      `UPDATE ${this.table} SET status = $2, finished_at = clock_timestamp(), tries = tries + 1 WHERE id = $1::bigint`,
      [row.id, status],
    );
  }

  /** Puts a record that failed again back for `delayMs`. */
  async postpone(
    tx: Tx,
    row: ParkedRow,
    failure: { reason: ParkReason['kind']; error: unknown; sweeps: number; counted: boolean; delayMs: number },
  ): Promise<void> {
    const { name, message } =
      failure.error instanceof Error ? failure.error : { name: 'Error', message: String(failure.error) };
    await tx.execute(
      `UPDATE ${this.table}
          SET reason = $2, error_name = $3, error_message = $4, sweeps = $5, tries = tries + $6,
              next_try_at = clock_timestamp() + $7 * interval '1 millisecond'
        WHERE id = $1::bigint`,
      [
        row.id,
        failure.reason,
        name,
        message.slice(0, 2000).replaceAll('\0', ''),
        failure.sweeps,
        failure.counted ? 1 : 0,
        failure.delayMs,
      ],
    );
  }

  /** Brings dead letters of a group back under the same event id; the sweeper takes them at once. Returns their ids. */
  replay(group: string, select: { eventId?: string; topic?: string }): Promise<string[]> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.query<{ event_id: string }>(
        `UPDATE ${this.table} SET status = '100_PARKED', reason = 'blocked', sweeps = 0, finished_at = NULL,
                next_try_at = clock_timestamp()
          WHERE consumer_group = $1 AND status = '505_DEAD_LETTERED'
            AND ($2::text IS NULL OR event_id = $2) AND ($3::text IS NULL OR topic = $3)
          RETURNING event_id`,
        [group, select.eventId ?? null, select.topic ?? null],
      );
      const eventIds = rows.map((row) => row.event_id);
      await tx.execute(
        `DELETE FROM ${tablesOf(this.schema).inbox} WHERE consumer = $1 AND event_id = ANY($2::text[]) AND dead_lettered`,
        [group, eventIds],
      );
      return eventIds;
    });
  }

  async waiting(): Promise<{ waiting: number; oldestSeconds: number }> {
    const [row] = await this.database.query<{ waiting: number; oldest: number }>(
      `SELECT count(*)::int AS waiting,
              COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8 AS oldest
         FROM ${this.table} WHERE status = '100_PARKED'`,
    );
    return { waiting: row?.waiting ?? 0, oldestSeconds: row?.oldest ?? 0 };
  }
}

function parkedRow(row: Row): ParkedRow {
  return {
    id: row.id,
    group: row.consumer_group,
    reason: row.reason,
    tries: row.tries,
    sweeps: row.sweeps,
    record: {
      topic: row.topic,
      partition: row.partition,
      offset: row.offset,
      timestampMs: Number(row.record_timestamp),
      key: row.key,
      value: row.value,
      headers: row.headers,
      eventId: row.event_id,
    },
  };
}
