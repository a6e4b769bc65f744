import pg from 'pg';
import { waitFor } from '../../../tools/demo/http.mjs';
import type { World } from './world';

/** Work that stands still in the middle, because somebody else has the table that it needs next. */
export interface Hold {
  /** From here on nobody writes the table, and at `ACCESS` nobody reads it either. */
  take(table: string, access?: 'WRITE' | 'ACCESS'): Promise<void>;
  /** Resolves when so many statements wait for the table. */
  untilWaits(table: string, statements?: number): Promise<unknown>;
  /** Everybody goes on. May be called twice. */
  release(): Promise<void>;
}

/** A lock of a table is as good as a slow disk, and it ends when the test says so. */
export async function openHold(world: World): Promise<Hold> {
  const client = new pg.Client({ connectionString: world.adminUrl, application_name: `hold-${world.name}` });
  await client.connect();
  await client.query('BEGIN');
  let ended: Promise<void> | undefined;
  const waiting = `SELECT count(*)::int AS count FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND NOT l.granted AND l.relation = $1::regclass`;
  return {
    take: async (table, access = 'WRITE') => {
      const mode = access === 'WRITE' ? 'EXCLUSIVE' : 'ACCESS EXCLUSIVE';
      await client.query(`LOCK TABLE ${table} IN ${mode} MODE`);
    },
    untilWaits: (table, statements = 1) =>
      waitFor(
        `${statements} statements that wait for ${table}`,
        async (note) => {
          const [row] = await world.sql<{ count: number }>(waiting, [table]);
          note(row);
          return (row?.count ?? 0) >= statements;
        },
        { timeoutMs: 20_000, everyMs: 20 },
      ),
    release: () => (ended ??= client.end()),
  };
}
