import pg from 'pg';

/** What a seed may do: parameterised statements inside one transaction. */
export interface OwnerConnection {
  query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Number of rows that were changed. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
}

/**
 * Runs seeds of `migrate` in one transaction as the role that owns the tables: committed when `work` resolves, rolled
 * back when it throws. `url` is the address of the service's owner role, which must be a member of `role`.
 */
export async function asOwner<T>(
  url: string,
  role: string,
  work: (connection: OwnerConnection) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'nx-migrate', keepAlive: true });
  // Without a listener a connection that breaks between two statements would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(role)}`);
    const result = await work({
      query: async <R extends object>(sql: string, params: readonly unknown[] = []) =>
        (await client.query(sql, [...params])).rows as R[],
      execute: async (sql, params = []) => (await client.query(sql, [...params])).rowCount ?? 0,
    });
    await client.query('COMMIT');
    return result;
  } finally {
    // A transaction that was not committed ends with its connection.
    await client.end().catch(() => undefined);
  }
}
