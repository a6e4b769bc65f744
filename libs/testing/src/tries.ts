import pg from 'pg';
import type { TestDatabase } from './test-database';

/**
 * Who could try to change what is written once: the service, the owner of its tables, an operator of payment, the owner
 * of the server, and he while replicating.
 */
export const TRIERS = ['runtime', 'owner', 'operator', 'admin', 'replicating admin'] as const;
export type Trier = (typeof TRIERS)[number];

/** What each of them is told. */
export const REFUSED = /written once|permission denied/;

/** A connection of one of them; `searchPath` lists schemas. */
export async function connectAs(database: TestDatabase, trier: Trier, searchPath: string): Promise<pg.Client> {
  const replicating = trier === 'replicating admin';
  const client = new pg.Client({
    connectionString: database.urlFor(replicating ? 'admin' : trier),
    options: `-c search_path=${searchPath}${replicating ? ' -c session_replication_role=replica' : ''}`,
  });
  await client.connect();
  return client;
}

/** What becomes of a statement, in a transaction that is rolled back, so that a hole would not spoil what follows. */
export async function tryTo(client: pg.Client, sql: string): Promise<string> {
  await client.query('BEGIN READ WRITE');
  try {
    const { rowCount } = await client.query(sql);
    return `done, ${rowCount} rows`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.query('ROLLBACK');
  }
}
