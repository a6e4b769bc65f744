/** A row of commerce's Merchant table, in the spelling of its columns. */
export interface MerchantRow {
  readonly id: string;
  readonly organizer_id: string;
  readonly name: string;
  readonly status: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds here; ISO 8601 in the records, as the connector writes timestamptz. */
  readonly deleted_at: number | null;
  readonly modified_at: number;
}

export const UNAVAILABLE = '__debezium_unavailable_value';

/** How the connector is set up, and what the table's replica identity leaves out. */
export interface RecordOptions {
  /** With `{schema, payload}` around the value, as `value.converter.schemas.enable=true` gives. */
  readonly withSchema: boolean;
  /** metadata as JSON text, as the connector writes jsonb; else as an object, as a transform on some sites does. */
  readonly metadataAs: 'text' | 'object';
  /** metadata was not changed and lies outside the row (TOAST): the connector has only a placeholder. */
  readonly metadataUnavailable: boolean;
  /** The row before the change, which only REPLICA IDENTITY FULL gives. */
  readonly before: MerchantRow | undefined;
  readonly lsn: number;
  readonly tsMs: number;
}

type Column = { type: string; optional: boolean; name?: string; version?: number; field: string };

const COLUMNS: readonly Column[] = [
  { type: 'string', optional: false, field: 'id' },
  { type: 'string', optional: false, field: 'organizer_id' },
  { type: 'string', optional: false, field: 'name' },
  { type: 'string', optional: false, field: 'status' },
  { type: 'string', optional: true, name: 'io.debezium.data.Json', version: 1, field: 'metadata' },
  { type: 'string', optional: true, name: 'io.debezium.time.ZonedTimestamp', version: 1, field: 'deleted_at' },
  { type: 'string', optional: false, name: 'io.debezium.time.ZonedTimestamp', version: 1, field: 'modified_at' },
];

const SOURCE: readonly Column[] = [
  ...['version', 'connector', 'name'].map((field) => ({ type: 'string', optional: false, field })),
  { type: 'int64', optional: false, field: 'ts_ms' },
  { type: 'string', optional: true, name: 'io.debezium.data.Enum', version: 1, field: 'snapshot' },
  ...['db', 'sequence', 'schema', 'table'].map((field) => ({ type: 'string', optional: field === 'sequence', field })),
  ...['ts_us', 'ts_ns', 'txId', 'lsn', 'xmin'].map((field) => ({ type: 'int64', optional: true, field })),
];

function schemaOf(topic: string): object {
  const row = (field: string): object => ({
    type: 'struct',
    fields: COLUMNS,
    optional: true,
    name: `${topic}.Value`,
    field,
  });
  const instants = ['ts_ms', 'ts_us', 'ts_ns'].map((field) => ({ type: 'int64', optional: true, field }));
  return {
    type: 'struct',
    fields: [
      row('before'),
      row('after'),
      {
        type: 'struct',
        fields: SOURCE,
        optional: false,
        name: 'io.debezium.connector.postgresql.Source',
        field: 'source',
      },
      { type: 'struct', fields: [], optional: true, name: 'event.block', version: 1, field: 'transaction' },
      { type: 'string', optional: false, field: 'op' },
      ...instants,
    ],
    optional: false,
    name: `${topic}.Envelope`,
    version: 2,
  };
}

/** PostgreSQL keeps microseconds; the connector writes them out and in UTC. */
function zoned(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

function rowOf(row: MerchantRow, options: RecordOptions): object {
  const metadata = options.metadataAs === 'text' ? JSON.stringify(row.metadata) : row.metadata;
  return {
    id: row.id,
    organizer_id: row.organizer_id,
    name: row.name,
    status: row.status,
    metadata: options.metadataUnavailable ? UNAVAILABLE : metadata,
    deleted_at: row.deleted_at === null ? null : zoned(row.deleted_at),
    modified_at: zoned(row.modified_at),
  };
}

/** With the default replica identity a delete knows the primary key and nothing else. */
function keyOnly(row: MerchantRow): object {
  return {
    ...Object.fromEntries(COLUMNS.map(({ field, optional }) => [field, optional ? null : ''])),
    id: row.id,
    modified_at: zoned(0),
  };
}

/**
 * The value that Debezium's PostgreSQL connector writes for one change of one row.
 * `op`: c created, u updated, d deleted, r read by a snapshot.
 */
export function changeRecord(
  topic: string,
  op: 'c' | 'u' | 'd' | 'r',
  row: MerchantRow,
  options: RecordOptions,
): object {
  const [server = 'nx.seller', schema = 'public', table = 'Merchant'] = splitTopic(topic);
  const before =
    options.before === undefined ? null : rowOf(options.before, { ...options, metadataUnavailable: false });
  const payload = {
    before: op === 'd' ? (before ?? keyOnly(row)) : before,
    after: op === 'd' ? null : rowOf(row, options),
    source: {
      version: '3.3.1.Final',
      connector: 'postgresql',
      name: server,
      ts_ms: options.tsMs,
      snapshot: op === 'r' ? 'true' : 'false',
      db: 'nx_seller',
      sequence: JSON.stringify([String(options.lsn - 56), String(options.lsn)]),
      ts_us: options.tsMs * 1_000,
      ts_ns: options.tsMs * 1_000_000,
      schema,
      table,
      txId: options.lsn % 1_000_000,
      lsn: options.lsn,
      xmin: null,
    },
    transaction: null,
    op,
    ts_ms: options.tsMs + 12,
    ts_us: (options.tsMs + 12) * 1_000,
    ts_ns: (options.tsMs + 12) * 1_000_000,
  };
  return options.withSchema ? { schema: schemaOf(topic), payload } : payload;
}

/** `<server>.<schema>.<table>`, where the server's name may hold dots. */
function splitTopic(topic: string): [string, string, string] {
  const words = topic.split('.');
  return [words.slice(0, -2).join('.') || 'nx.seller', words.at(-2) ?? 'public', words.at(-1) ?? 'Merchant'];
}
