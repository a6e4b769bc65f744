import pg from 'pg';
import { DATABASE } from './stage';

const READER = 'nx_chaos_reader';

/** The database of record, read past the wires under a role that can do nothing else. */
export interface DatabaseOfRecord {
  /** Throws when the server is away. */
  rows<R extends object>(sql: string, values?: readonly unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

/** Makes the reading role once and connects as it. */
export async function openRecord(postgresUrl: string, password: string): Promise<DatabaseOfRecord> {
  const url = databaseUrl(postgresUrl);
  const administrator = new pg.Client({ connectionString: url });
  await administrator.connect();
  try {
    const secret = administrator.escapeLiteral(password);
    await administrator.query(
      `CREATE ROLE ${READER} LOGIN PASSWORD ${secret}; GRANT pg_read_all_data TO ${READER};
       GRANT CONNECT ON DATABASE "${DATABASE}" TO ${READER};
       ALTER ROLE ${READER} SET default_transaction_read_only = on`,
    );
  } finally {
    await administrator.end();
  }
  const reader = new URL(url);
  reader.username = READER;
  reader.password = encodeURIComponent(password);
  const pool = new pg.Pool({
    connectionString: reader.toString(),
    max: 2,
    connectionTimeoutMillis: 5_000,
    application_name: 'chaos-oracle',
  });
  pool.on('error', () => undefined);
  return {
    rows: async <R extends object>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<R>(sql, [...values])).rows,
    close: () => pool.end(),
  };
}

/** The drill's database on its server, as the administrator. */
export function databaseUrl(postgresUrl: string): string {
  const url = new URL(postgresUrl);
  url.pathname = `/${DATABASE}`;
  return url.toString();
}
