import pg from 'pg';

/**
 * A pool of a test's own. Its `end` resolves before the server has let go, so a database that is dropped right afterwards still
 * ends its connections: what they say then is nobody's failure. A query that breaks rejects as ever.
 */
export function openPool(options: pg.PoolConfig): pg.Pool {
  return new pg.Pool(options).on('error', () => undefined);
}
