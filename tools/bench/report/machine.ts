import { cpus, release, totalmem, type } from 'node:os';
import pg from 'pg';
import { ensureInfra } from '../../infra/index.mjs';

/** What the figures were measured on, in one line. */
export async function describeMachine(): Promise<string> {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const machine = `${processors.length} × ${model}, ${memory}, ${type()} ${release()}, Node ${process.versions.node}`;
  return `${machine}, ${await describePostgres()}`;
}

/** What a commit is worth depends on two settings, so they are said. */
async function describePostgres(): Promise<string> {
  const infra = await ensureInfra();
  const client = new pg.Client({ connectionString: infra.postgresAdminUrl });
  try {
    await client.connect();
    const sql = `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS synchronous`;
    const { rows } = await client.query<{ version: string; fsync: string; synchronous: string }>(sql);
    const [row] = rows;
    const version = row?.version.split(' ')[0] ?? '?';
    return `PostgreSQL ${version} (fsync ${row?.fsync ?? '?'}, synchronous_commit ${row?.synchronous ?? '?'})`;
  } finally {
    await client.end();
    await infra.stop();
  }
}
