import type pg from 'pg';

/** How a database may take no writes: it became read-only, or nothing fits on its disk any more. */
export const NO_WRITES = ['read-only', 'full'] as const;

const setReadOnly = (how: 'SET default_transaction_read_only = on' | 'RESET default_transaction_read_only'): string =>
  `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ${how}', current_database()); END $$`;

/**
 * Lets a database refuse writes to everybody who connects from now on (`cut` ends the connections that there are), or
 * the rows of `tables` and of the probe of readiness, as a server says it whose disk is full. The way back is the answer.
 */
export async function refuseWrites(
  admin: Pick<pg.Client, 'query'>,
  how: (typeof NO_WRITES)[number],
  { tables = [], cut = () => undefined }: { readonly tables?: readonly string[]; readonly cut?: () => unknown },
): Promise<() => Promise<void>> {
  if (how === 'read-only') {
    await admin.query(setReadOnly('SET default_transaction_read_only = on'));
    await cut();
    return async () => {
      await admin.query(setReadOnly('RESET default_transaction_read_only'));
      await cut();
    };
  }
  const all = [...tables, 'platform."WriteProbe"'];
  await admin.query(`CREATE OR REPLACE FUNCTION public.no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE disk_full USING MESSAGE = 'could not extend file "base/5/16384": No space left on device'; END $$`);
  for (const table of all) {
    await admin.query(`CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION public.no_space()`);
  }
  return async () => {
    for (const table of all) await admin.query(`DROP TRIGGER no_space ON ${table}`);
  };
}

/** By a process's metrics: how often a partition of the topic (its name without prefix) was paused for an outage. */
export function partitionWaits(metrics: string, topic: string): number {
  const line = new RegExp(
    `^kafka_consumer_records_total\\{(?=[^}]*topic="[^"]*${topic}")[^}]*outcome="waiting"[^}]*\\} (\\d+)$`,
    'm',
  );
  return Number(line.exec(metrics)?.[1] ?? 0);
}
