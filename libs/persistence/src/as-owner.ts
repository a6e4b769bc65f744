import pg from 'pg';

/** What a seed may do: parameterised statements inside one transaction. */
export interface OwnerConnection {
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
}

/**
 * Runs seeds of `migrate` in one transaction as the role that owns the tables. `url` is the address of the service's
 * owner role, which must be a member of `role`.
 */
export async function asOwner(
  url: string,
  role: string,
  work: (connection: OwnerConnection) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'nx-migrate', keepAlive: true });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(role)}`);
    await work({ execute: async (sql, params = []) => (await client.query(sql, [...params])).rowCount ?? 0 });
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
