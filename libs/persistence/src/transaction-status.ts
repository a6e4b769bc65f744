import type { Pool, PoolClient } from 'pg';
import { hasSqlState } from './database-errors';

/** By what a server recognises one of its transactions afterwards. */
export interface TransactionMark {
  /** The server's number of it (xid8), never used twice on one timeline. */
  readonly id: string;
  /** A server that is promoted or restored begins another timeline, and may give the number to another transaction. */
  readonly timeline: string;
}

const TIMELINE = 'substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)';
const FAILED_TRANSACTION = '25P02';

/** The mark of the open transaction; undefined when it has written nothing, or has failed and will be rolled back. */
export async function markOf(client: PoolClient): Promise<TransactionMark | undefined> {
  try {
    // A standby has no timeline of its own to name; what only reads there has no number either.
    const { rows } = await client.query<TransactionMark>(
      `SELECT id::text, ${TIMELINE} AS timeline FROM pg_current_xact_id_if_assigned() AS id WHERE id IS NOT NULL`,
    );
    return rows[0];
  } catch (error) {
    if (hasSqlState(error, FAILED_TRANSACTION)) return undefined;
    throw error;
  }
}

/**
 * What became of a transaction, asked on another connection. Undefined while nobody can tell: the server does not
 * answer, is a standby, has another timeline, or has forgotten a transaction of long ago.
 */
export async function statusOf(
  pool: Pool,
  { id, timeline }: TransactionMark,
): Promise<'committed' | 'aborted' | 'in progress' | undefined> {
  try {
    const { rows } = await pool.query<{ status: 'committed' | 'aborted' | 'in progress' | null }>(
      `SELECT CASE WHEN ${TIMELINE} = $2 THEN pg_xact_status($1::xid8) END AS status`,
      [id, timeline],
    );
    return rows[0]?.status ?? undefined;
  } catch {
    return undefined;
  }
}
