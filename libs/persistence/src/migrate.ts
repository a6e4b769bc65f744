import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { hasSqlState, isLostToAnother } from './database-errors';
import {
  mainSchema,
  ownerRole,
  readMigrations,
  searchPathOf,
  type MigrationFile,
  type MigrationSource,
} from './migration-files';

export interface MigrationReport {
  readonly applied: readonly string[];
  /** Migrations that were there already. */
  readonly present: number;
}

export interface MigrateOptions {
  /** Address under the service's owner role. */
  url: string;
  sources: readonly MigrationSource[];
  log: (line: string) => void;
  /** Longest wait for another migration run. */
  lockTimeoutMs?: number;
}

/** Any number, as long as all migrations of one database take the same. */
const LOCK_KEY = 4_831_041;
const LOCK_POLL_MS = 250;
/**
 * Shorter than the server's `deadlock_timeout` (1 s), so that of a migration and a request that wait for each other the
 * migration gives up, and nobody queues behind it for longer. Only a longer wait makes an autovacuum let go.
 */
const SHORT_WAIT = { ms: 300, tries: 20 };
const LONG_WAIT = { ms: 5_000, tries: 10 };

/**
 * Applies what is missing, each file in a transaction of its own, and prints what it did. One run at a time per
 * database; running it again changes nothing.
 * @throws Error when an applied file was changed, or a migration fails (those before it stand)
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const service = options.sources.find((source) => source.service !== 'shared')?.service ?? 'shared';
  const files = options.sources.flatMap((source) => readMigrations(source, service));
  assertUnique(files);
  const client = new pg.Client({ connectionString: options.url, application_name: 'nx-migrate', keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`);
    await takeLock(client, options);
    await prepareLedgers(client, files);
    const applied: string[] = [];
    const known = await readLedgers(client, files);
    for (const file of files) {
      const checksum = known.get(file.id);
      if (checksum === file.checksum) continue;
      if (checksum !== undefined) {
        throw new Error(
          `migration ${file.id} was applied with another text; write a new migration instead of changing it`,
        );
      }
      const started = performance.now();
      await apply(client, file, service);
      applied.push(file.id);
      options.log(`applied ${file.id} (${Math.round(performance.now() - started)} ms)`);
    }
    options.log(`schema is up to date: ${applied.length} applied, ${files.length - applied.length} there before`);
    return { applied, present: files.length - applied.length };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function assertUnique(files: readonly MigrationFile[]): void {
  const seen = new Set<string>();
  for (const { id } of files) {
    if (seen.has(id)) throw new Error(`two migrations are called ${id}`);
    seen.add(id);
  }
}

/** A blocking lock would deadlock with CREATE INDEX CONCURRENTLY, which waits for all transactions: so it is polled. */
async function takeLock(client: pg.Client, options: MigrateOptions): Promise<void> {
  const deadline = performance.now() + (options.lockTimeoutMs ?? 600_000);
  for (let waited = false; ; waited = true) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
    if (rows[0]?.taken) return;
    if (performance.now() > deadline) throw new Error('another migration run holds the lock and does not end');
    if (!waited) options.log('another migration run is under way; waiting for it');
    await pause(LOCK_POLL_MS);
  }
}

const ledger = (service: string): string => `${mainSchema(service)}."SchemaMigration"`;

function ledgersOf(files: readonly MigrationFile[]): string[] {
  return [...new Set(files.map((file) => file.service))];
}

async function asRole<T>(client: pg.Client, role: string, work: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<{ name: string }>('SELECT current_user AS name');
  const other = rows[0]?.name !== role;
  if (other) await client.query(`SET ROLE ${client.escapeIdentifier(role)}`);
  try {
    return await work();
  } finally {
    if (other) await client.query('RESET ROLE').catch(() => undefined);
  }
}

async function prepareLedgers(client: pg.Client, files: readonly MigrationFile[]): Promise<void> {
  for (const service of ledgersOf(files)) {
    const { rows } = await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
      ledger(service),
    ]);
    if (rows[0]?.found) continue;
    const readers = service === 'shared' ? 'nx_payment, nx_invoice, nx_signal' : `nx_${service}`;
    await asRole(client, ownerRole(service), () =>
      client.query(`
        CREATE TABLE ${ledger(service)} (
          id text COLLATE "C" PRIMARY KEY,
          checksum text NOT NULL,
          oldest text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        REVOKE ALL ON ${ledger(service)} FROM ${readers};
        GRANT SELECT ON ${ledger(service)} TO ${readers};`),
    );
  }
}

async function readLedgers(client: pg.Client, files: readonly MigrationFile[]): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  for (const service of ledgersOf(files)) {
    const { rows } = await client.query<{ id: string; checksum: string }>(
      `SELECT id, checksum FROM ${ledger(service)}`,
    );
    for (const row of rows) known.set(row.id, row.checksum);
  }
  return known;
}

async function apply(client: pg.Client, file: MigrationFile, service: string): Promise<void> {
  await client.query(`SET search_path = ${searchPathOf(file.service === 'shared' ? 'shared' : service)}`);
  const record = (): Promise<unknown> =>
    client.query(`INSERT INTO ${ledger(file.service)} (id, checksum, oldest) VALUES ($1, $2, $3)`, [
      file.id,
      file.checksum,
      file.oldest,
    ]);
  const body = async (lockTimeoutMs: number): Promise<void> => {
    if (!file.transactional) {
      await client.query(file.sql);
      await record();
      return;
    }
    try {
      await client.query(`BEGIN; SET LOCAL lock_timeout = ${lockTimeoutMs}`);
      await client.query(file.sql);
      await record();
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  };
  await asRole(client, file.role, () => withLockTries(body)).catch((error: unknown) => {
    throw new Error(`migration ${file.id} failed: ${error instanceof Error ? error.message : 'unknown'}`, {
      cause: error,
    });
  });
}

/** A table that is in use is asked for again instead of queueing everybody behind the migration. */
async function withLockTries(work: (lockTimeoutMs: number) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt <= SHORT_WAIT.tries ? SHORT_WAIT.ms : LONG_WAIT.ms);
    } catch (error) {
      const inUse = hasSqlState(error, '55P03') || isLostToAnother(error);
      if (!inUse || attempt === SHORT_WAIT.tries + LONG_WAIT.tries) throw error;
      await pause(Math.min(100 * attempt, 1_000));
    }
  }
}
