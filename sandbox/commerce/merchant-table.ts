import type { Faults } from '../faults/faults';
import type { Outgoing } from '../faults/outgoing';
import type { Database } from '../shared/database';
import { SandboxError } from '../shared/errors';
import { newId } from '../shared/ids';
import type { KafkaOutlet, Produced } from '../shared/kafka';
import { Reader } from '../shared/reader';
import type { Table, TruthRecord } from '../shared/record';
import { changeRecord, type MerchantRow, type RecordOptions } from './debezium';

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS commerce."Merchant" (
  id text COLLATE "C" PRIMARY KEY, organizer_id text NOT NULL, name text NOT NULL, status text NOT NULL,
  metadata jsonb, deleted_at timestamptz, modified_at timestamptz NOT NULL DEFAULT now())`;

/** How long a control call waits for Kafka before it answers that the record is still on its way. */
const PRODUCE_WAIT_MS = 5_000;

interface Parts {
  readonly truth: TruthRecord;
  readonly database: Database;
  readonly kafka: KafkaOutlet;
  readonly faults: Faults;
  readonly outgoing: Outgoing;
  readonly topic: string;
}

export interface Change {
  readonly merchant: MerchantRow;
  readonly record: object | null;
  readonly produced: readonly (Produced | undefined)[];
}

/** Commerce's Merchant table, and the change records that a connector would make of it. */
export class MerchantTable {
  private readonly rows: Table<MerchantRow>;
  private lastLsn = 0;

  constructor(private readonly parts: Parts) {
    this.rows = parts.truth.table<MerchantRow>('commerce.merchants');
  }

  /** Makes the table; the schema only where it is missing, because the role may not be allowed to. */
  async prepare(): Promise<void> {
    const { database } = this.parts;
    const [found] = await database.query(`SELECT to_regnamespace('commerce') IS NOT NULL AS there`);
    if (found?.['there'] !== true) await database.query('CREATE SCHEMA commerce');
    await database.query(CREATE_TABLE);
    for (const row of this.rows.all()) await this.write(row);
  }

  all(): MerchantRow[] {
    return this.rows.all();
  }

  get(id: string): MerchantRow {
    const row = this.rows.get(id);
    if (row === undefined) throw new SandboxError(404, `commerce has no merchant ${id}`);
    return row;
  }

  /** POST /commerce/merchants */
  async create(body: unknown): Promise<Change> {
    const read = new Reader(body);
    const tax = read.optionalObject('tax');
    const row: MerchantRow = {
      id: read.optionalText('id') ?? newId(),
      organizer_id: read.text('organizerId'),
      name: read.text('name'),
      status: read.optionalText('status') ?? '201_ACTIVATED',
      metadata: { ...read.optionalObject('metadata'), ...(tax === undefined ? {} : { tax }) },
      deleted_at: null,
      modified_at: Date.now(),
    };
    if (this.rows.get(row.id) !== undefined)
      throw new SandboxError(409, `merchant ${row.id} exists; change it by PATCH`);
    return this.change('c', row, undefined, read);
  }

  /** PATCH: members of `tax` replace those stored, `raw` replaces whole columns (also by nonsense). */
  async update(id: string, body: unknown): Promise<Change> {
    const read = new Reader(body ?? {});
    const old = this.get(id);
    const tax = read.optionalObject('tax');
    const oldTax = (old.metadata['tax'] ?? {}) as Record<string, unknown>;
    const row: MerchantRow = {
      ...old,
      name: read.optionalText('name') ?? old.name,
      status: read.optionalText('status') ?? old.status,
      metadata: tax === undefined ? old.metadata : { ...old.metadata, tax: { ...oldTax, ...tax } },
      modified_at: Date.now(),
      ...(read.optionalObject('raw') as Partial<MerchantRow> | undefined),
    };
    return this.change('u', row, old, read);
  }

  /** DELETE: soft, as commerce does it (op u with deleted_at); `hard` removes the row (op d and a tombstone). */
  async remove(id: string, body: unknown): Promise<Change> {
    const read = new Reader(body ?? {});
    const old = this.get(id);
    if (!read.flag('hard')) {
      const now = Date.now();
      return this.change('u', { ...old, deleted_at: now, modified_at: now }, old, read);
    }
    await this.parts.database
      .query('DELETE FROM commerce."Merchant" WHERE id = $1', [id])
      .catch(ignoreWhenUnset(this.parts.database));
    this.rows.delete(id);
    const change = await this.produce('d', old, read, undefined);
    const tombstone = await this.send(id, null);
    return { ...change, produced: [...change.produced, ...tombstone] };
  }

  /** The connector reads all rows again (op r). */
  async snapshot(body: unknown): Promise<{ data: Change[] }> {
    const read = new Reader(body ?? {});
    const ids = read.optionalTexts('ids');
    const rows = this.rows.all().filter((row) => ids === undefined || ids.includes(row.id));
    const data: Change[] = [];
    for (const row of rows) data.push(await this.produce('r', row, read, undefined));
    return { data };
  }

  private async change(op: 'c' | 'u', row: MerchantRow, old: MerchantRow | undefined, read: Reader): Promise<Change> {
    await this.write(row);
    this.rows.put(row.id, row);
    return this.produce(op, row, read, old);
  }

  private async write(row: MerchantRow): Promise<void> {
    if (!this.parts.database.configured) return;
    await this.parts.database.query(
      `INSERT INTO commerce."Merchant" (id, organizer_id, name, status, metadata, deleted_at, modified_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (id) DO UPDATE SET organizer_id = excluded.organizer_id, name = excluded.name, status = excluded.status,
         metadata = excluded.metadata, deleted_at = excluded.deleted_at, modified_at = excluded.modified_at`,
      [
        row.id,
        row.organizer_id,
        row.name,
        row.status,
        JSON.stringify(row.metadata),
        row.deleted_at === null ? null : new Date(row.deleted_at),
        new Date(row.modified_at),
      ],
    );
  }

  private async produce(
    op: 'c' | 'u' | 'd' | 'r',
    row: MerchantRow,
    read: Reader,
    old: MerchantRow | undefined,
  ): Promise<Change> {
    const given = new Reader(read.optionalObject('record') ?? {}, '/record');
    const options: RecordOptions = {
      withSchema: given.flag('withSchema'),
      metadataAs: given.optionalOneOf('metadataAs', ['text', 'object']) ?? 'text',
      metadataUnavailable: given.flag('metadataUnavailable'),
      before: given.flag('withBefore') ? (old ?? (op === 'd' ? row : undefined)) : undefined,
      lsn: given.optionalInteger('lsn') ?? this.nextLsn(),
      tsMs: given.optionalInteger('tsMs') ?? Date.now(),
    };
    const record = changeRecord(this.parts.topic, op, row, options);
    const produced: (Produced | undefined)[] = [];
    for (let more = given.optionalInteger('copies') ?? 1; more > 0; more -= 1)
      produced.push(...(await this.send(row.id, record)));
    return { merchant: row, record, produced };
  }

  /** Grows over restarts too, as a write-ahead log's position does. */
  private nextLsn(): number {
    this.lastLsn = Math.max(this.lastLsn + 56, Date.now() * 1_024);
    return this.lastLsn;
  }

  private async send(id: string, record: object | null): Promise<(Produced | undefined)[]> {
    const { kafka, faults, outgoing, topic } = this.parts;
    if (!kafka.state().configured) return [];
    return outgoing.send(faults.draw('commerce.cdc', id), () =>
      kafka.sendWithin(PRODUCE_WAIT_MS, topic, JSON.stringify({ id }), record),
    );
  }
}

/** Without a database the table lives in memory alone; any other failure is one. */
function ignoreWhenUnset(database: Database): (error: unknown) => void {
  return (error) => {
    if (database.configured) throw error;
  };
}
