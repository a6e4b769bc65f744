import type { Pool, PoolClient, QueryResult } from 'pg';

/** By what a server recognises one of its transactions afterwards. */
export interface TransactionMark {
  /** The server's number of it (xid8), never used twice on one timeline. */
  readonly id: string;
  /** A server that is promoted or restored begins another timeline, and may give the number to another transaction. */
  readonly timeline: string;
}

const TIMELINE = 'substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)';

/** Both in one message: the mark costs no round trip of its own. A standby refuses it as a write (SQLSTATE 25006). */
const BEGIN = `BEGIN; SELECT pg_current_xact_id()::text AS id, ${TIMELINE} AS timeline`;

/** Begins a transaction that will write. */
export async function beginMarked(client: PoolClient): Promise<TransactionMark> {
  // Several statements in one message have several results, of which the driver's types do not know.
  const results = (await client.query(BEGIN)) as unknown as readonly QueryResult<TransactionMark>[];
  const mark = results[1]?.rows[0];
  if (mark === undefined) throw new Error('the server did not name the transaction that it began');
  return mark;
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
