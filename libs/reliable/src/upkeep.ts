import type { Logger } from '@nx/observability';
import type { Database, Tx } from '@nx/persistence';
import { PollingLoop } from './polling-loop';
import { tablesOf, type MainSchema } from './schema';

const ROWS_PER_STEP = 5000;

/**
 * Makes the monthly partitions (UTC) of a table of this service: the present month, `monthsAhead` more, and a default
 * one. `table` is schema-qualified and quoted as SQL wants it. Returns the names of the new ones.
 */
export async function ensureMonthlyPartitions(
  tx: Pick<Tx, 'query'>,
  schema: MainSchema,
  table: string,
  monthsAhead = 3,
): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `SELECT made.name FROM ${schema}.ensure_monthly_partitions($1::regclass, $2) AS made(name)`,
    [table, monthsAhead],
  );
  return rows.map((row) => row.name);
}

export interface UpkeepOptions {
  database: Database;
  schema: MainSchema;
  logger: Logger;
  everyMs: number;
  inboxTtlMs: number;
  /** Besides the outbox. */
  partitionedTables: readonly string[];
}

/** Timer of the worker processes: partitions ahead of time, keys and handled events that are past their time removed. */
export class Upkeep {
  private readonly loop: PollingLoop;

  constructor(private readonly options: UpkeepOptions) {
    const { everyMs: pollMs, logger } = options;
    const complaint = 'the upkeep of the tables did not finish';
    this.loop = new PollingLoop({ round: () => this.round(), pollMs, logger, complaint });
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async round(): Promise<void> {
    const { database, schema, logger, inboxTtlMs, partitionedTables } = this.options;
    const tables = tablesOf(schema);
    for (const table of [tables.outbox, ...partitionedTables]) {
      const made = await ensureMonthlyPartitions(database, schema, table);
      if (made.length > 0) logger.info('partitions made', { table, made });
    }
    await this.clear(tables.idempotency, 'expires_at <= clock_timestamp()', []);
    await this.clear(tables.inbox, `handled_at < clock_timestamp() - $1 * interval '1 millisecond'`, [inboxTtlMs]);
    const finished = `finished_at < clock_timestamp() - $1 * interval '1 millisecond' AND status = '303_HANDLED'`;
    await this.clear(tables.parked, finished, [inboxTtlMs]);
  }

  private async clear(table: string, condition: string, params: readonly unknown[]): Promise<void> {
    let removed = ROWS_PER_STEP;
    while (removed === ROWS_PER_STEP && !this.loop.stopped) {
      removed = await this.options.database.execute(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${ROWS_PER_STEP}))`,
        params,
      );
    }
  }
}
