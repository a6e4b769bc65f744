import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, openPool, repositoryRoot, testInfra } from '@nx/testing';
import pg from 'pg';

/** A row of commerce's merchant table, as a test wants it. */
export interface SourceRow {
  readonly id: string;
  readonly name: string;
  readonly metadata: object;
}

/** A database that plays commerce's: its merchant table, and what the connector needs there. */
export interface CommerceSource {
  /** Connections of the table's owner. */
  readonly sql: pg.Pool;
  /** The name of the connector's slot, which is that of the database and of the connector's role too. */
  readonly name: string;
  /** What the connector's template reads from its worker's environment. */
  readonly environment: Readonly<Record<string, string>>;
  insert(...rows: readonly SourceRow[]): Promise<void>;
  /** The slot is lost, as with a server that took over without it; nobody may be reading it. */
  loseSlot(): Promise<void>;
  /** A transaction that keeps a new slot waiting from when it begins. */
  transaction(): Promise<SourceTransaction>;
  close(): Promise<void>;
}

/** A transaction of somebody else, with an id. */
export interface SourceTransaction {
  begin(): Promise<void>;
  /** Resolves when a process that makes a slot waits for its end. */
  isWaitedFor(): Promise<void>;
  end(): Promise<void>;
}

const TABLE = `CREATE TABLE "Merchant" (
  id text PRIMARY KEY, organizer_id text NOT NULL, name text NOT NULL, status text NOT NULL,
  metadata jsonb, deleted_at timestamptz, modified_at timestamptz NOT NULL DEFAULT now())`;

export async function commerceSource(topicPrefix: string): Promise<CommerceSource> {
  const { postgresAdminUrl } = await testInfra();
  const admin = openPool({ connectionString: postgresAdminUrl, max: 1 });
  const name = `nx_test_commerce_${process.pid}_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await checkLevel(admin);
  await removeLeftovers(admin);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.query(`CREATE ROLE ${name} LOGIN REPLICATION PASSWORD '${password}'`);
  const url = new URL(postgresAdminUrl);
  url.pathname = `/${name}`;
  const sql = openPool({ connectionString: url.toString(), max: 6 });
  await sql.query(TABLE);
  await sql.query(preparation({ schema: 'public', role: name }));
  return {
    sql,
    name,
    environment: {
      COMMERCE_TOPIC_PREFIX: topicPrefix,
      COMMERCE_DATABASE_HOST: url.hostname,
      COMMERCE_DATABASE_PORT: url.port,
      COMMERCE_DATABASE_NAME: name,
      COMMERCE_DATABASE_USER: name,
      COMMERCE_DATABASE_PASSWORD: password,
      COMMERCE_DATABASE_SCHEMA: 'public',
      COMMERCE_SLOT_NAME: name,
    },
    insert: async (...rows) => {
      for (const row of rows)
        await sql.query(
          `INSERT INTO "Merchant" (id, organizer_id, name, status, metadata) VALUES ($1, 'org1', $2, '201_ACTIVATED', $3)`,
          [row.id, row.name, JSON.stringify(row.metadata)],
        );
    },
    loseSlot: () => dropSlot(admin, name),
    transaction: () => transactionOn(sql),
    close: async () => {
      await sql.end();
      await remove(admin, name);
      await admin.end();
    },
  };
}

async function transactionOn(sql: pg.Pool): Promise<SourceTransaction> {
  const client = await sql.connect();
  let id: unknown;
  return {
    begin: async () => {
      await client.query('BEGIN');
      ({ id } = (await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')).rows[0] ?? {});
    },
    isWaitedFor: async () => {
      await eventually(
        async () =>
          (
            await sql.query(
              `SELECT 1 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted AND transactionid::text = $1`,
              [id],
            )
          ).rowCount !== 0,
        { timeoutMs: 150_000 },
      );
    },
    end: async () => {
      await client.query('COMMIT');
      client.release();
    },
  };
}

/** The statements for commerce's database with the variables that psql would put in. */
function preparation(values: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(repositoryRoot(), 'deploy/connect/commerce-source.sql'), 'utf8');
  return text.replaceAll(/:"(\w+)"/g, (_, variable: string) => pg.escapeIdentifier(values[variable] ?? variable));
}

async function checkLevel(admin: pg.Pool): Promise<void> {
  const { rows } = await admin.query<{ wal_level: string }>('SHOW wal_level');
  if (rows[0]?.wal_level !== 'logical')
    throw new Error('the PostgreSQL server of the tests must run with wal_level = logical for the connector');
}

/** The slot goes first: with it no database can be dropped, and the server would keep its log for ever. */
async function remove(admin: pg.Pool, name: string): Promise<void> {
  await dropSlot(admin, name);
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await admin.query(`DROP ROLE IF EXISTS ${name}`);
}

/** A server notices late that a connector was killed: until then the slot is held. */
async function dropSlot(admin: pg.Pool, name: string): Promise<void> {
  const slot = 'FROM pg_replication_slots WHERE slot_name = $1';
  await eventually(async () => {
    await admin.query(`SELECT pg_terminate_backend(active_pid) ${slot} AND active_pid IS NOT NULL`, [name]);
    await admin.query(`SELECT pg_drop_replication_slot(slot_name) ${slot}`, [name]);
    return true;
  });
}

/**
 * What runs that were killed have left, an hour later: the process may live on another machine. Only a superuser may
 * look at the age of a database, and another run may be clearing up as well.
 */
async function removeLeftovers(admin: pg.Pool): Promise<void> {
  const found = await admin
    .query<{ name: string }>(
      `SELECT r.rolname AS name FROM pg_roles r LEFT JOIN pg_database d ON d.datname = r.rolname
       WHERE starts_with(r.rolname, 'nx_test_commerce_')
         AND NOT EXISTS (SELECT 1 FROM pg_replication_slots s WHERE s.slot_name = r.rolname AND s.active)
         AND (d.oid IS NULL
           OR (pg_stat_file('base/' || d.oid || '/PG_VERSION')).modification < now() - interval '1 hour')`,
    )
    .catch(() => ({ rows: [] }));
  for (const { name } of found.rows) await remove(admin, name).catch(() => undefined);
}
