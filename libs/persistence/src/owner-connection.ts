import pg from 'pg';

/** A transaction under an owner role, for seeds that `migrate` writes into tables which the runtime role only reads. */
export interface OwnerConnection {
  query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Number of rows that were changed. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
}

/**
 * Runs `work` in one transaction as `role` (SET ROLE when the address belongs to another one): committed when it
 * resolves, rolled back when it throws. For run mode `migrate` only.
 */
export async function asOwner<T>(
  url: string,
  role: string,
  work: (connection: OwnerConnection) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'nx-seed' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL ROLE ${client.escapeIdentifier(role)}`);
    const result = await work({
      query: async <R extends object>(sql: string, params: readonly unknown[] = []) =>
        (await client.query(sql, [...params])).rows as R[],
      execute: async (sql, params = []) => (await client.query(sql, [...params])).rowCount ?? 0,
    });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
