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

/** Whose table it is, and whether the role of `url` may act for that owner. Throws when there is no such table. */
export async function tableOwner(
  url: string,
  table: string,
): Promise<{ readonly owner: string; readonly ours: boolean }> {
  const client = new pg.Client({ connectionString: url, application_name: 'nx-migrate' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ owner: string; ours: boolean }>(
      `SELECT pg_get_userbyid(relowner) AS owner, pg_has_role(relowner, 'MEMBER') AS ours
         FROM pg_class WHERE oid = $1::regclass`,
      [table],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`there is no table ${table}`);
    return row;
  } finally {
    await client.end().catch(() => undefined);
  }
}
