import type { ParkedRecordShape, ParkedStatus } from '@nx/contracts';
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

/** Which parked records are meant; absent members do not count. */
interface ParkedSelection {
  readonly status?: ParkedStatus | undefined;
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
}

/** A parked record as operators see it. */
interface ParkedRecord extends Omit<ParkedRecordShape, 'parkedAt' | 'finishedAt'> {
  readonly parkedAt: Date;
  readonly finishedAt: Date | null;
}

/** A record that a person sent on its way again, as it stood before. */
interface RevivedRecord {
  readonly id: string;
  readonly eventId: string;
  readonly status: ParkedStatus;
  readonly errorMessage: string;
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
  private readonly keysParked: Statement<{ key: string }>;
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
    this.keysParked = database.statement(
      `parking_keys_${this.schema}`,
      `SELECT DISTINCT key FROM ${this.table}
       WHERE consumer_group = $1 AND topic = $2 AND key = ANY ($3::text[]) AND status = '100_PARKED'`,
    );
  }

  async parkedKeys(group: string, topic: string, keys: readonly string[]): Promise<readonly string[]> {
    const rows = await this.keysParked.run([group, topic, keys]);
    return rows.map(({ key }) => key);
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

  /** The records that were given up or still wait, the newest first; `beforeId` is the last one of the page before. */
  async list(select: ParkedSelection, limit: number, beforeId?: string): Promise<ParkedRecord[]> {
    const { status = null, topic = null, key = null } = select;
    return this.database.query<ParkedRecord>(
      `SELECT id::text, topic, partition, "offset"::text, key, event_id AS "eventId", status, reason, tries,
              error_name AS "errorName", error_message AS "errorMessage", parked_at AS "parkedAt",
              finished_at AS "finishedAt"
         FROM ${this.table}
        WHERE status = COALESCE($1, status) AND status <> '303_HANDLED' AND topic = COALESCE($2, topic)
          AND ($3::text IS NULL OR key = $3) AND ($4::bigint IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5`,
      [status, topic, key, beforeId ?? null, limit],
    );
  }

  /**
   * Sends records on their way again in the caller's transaction, under the same event ids, with all their tries before
   * them: those that were given up, and those that wait, which are tried at once. One that the sweeper is at, or that was
   * handled, is left. Within its key a record still waits for those before it.
   */
  async revive(tx: Tx, ids: readonly string[]): Promise<RevivedRecord[]> {
    const rows = await tx.query<RevivedRecord & { group: string }>(
      `WITH chosen AS (
         SELECT id, status FROM ${this.table}
          WHERE id = ANY($1::bigint[]) AND status IN ('100_PARKED', '505_DEAD_LETTERED')
          ORDER BY id FOR UPDATE SKIP LOCKED)
       UPDATE ${this.table} p SET status = '100_PARKED', reason = 'blocked', sweeps = 0, finished_at = NULL,
              next_try_at = clock_timestamp()
         FROM chosen WHERE p.id = chosen.id
       RETURNING p.id::text, chosen.status, p.consumer_group AS "group", p.event_id AS "eventId",
                 p.error_message AS "errorMessage"`,
      [ids],
    );
    await tx.execute(
      `DELETE FROM ${tablesOf(this.schema).inbox} AS seen
        USING unnest($1::text[], $2::text[]) AS back (consumer, event_id)
        WHERE seen.consumer = back.consumer AND seen.event_id = back.event_id AND seen.dead_lettered`,
      [rows.map(({ group }) => group), rows.map(({ eventId }) => eventId)],
    );
    return rows.map(({ id, eventId, status, errorMessage }) => ({ id, eventId, status, errorMessage }));
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
