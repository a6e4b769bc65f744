import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate, migrationDirectories, type MigrationSource } from '@nx/persistence';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, derivedPassword, roleUrl } from '../../../tools/database.mjs';
import { testInfra } from './infra';

export type TestService = 'payment' | 'invoice' | 'signal';
export type TestRole = 'runtime' | 'owner' | 'edge' | 'operator' | 'admin' | 'sandbox';

export interface TestDatabase {
  name: string;
  /** Address under a role of the service; `admin` owns the server. */
  urlFor(role: TestRole): string;
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  service: TestService;
  /** Services whose migrations are applied too: end-to-end tests run all three on one database. */
  also?: readonly TestService[];
  /** A server of the test's own, as its administrator. Default: the one of all tests. */
  postgresAdminUrl?: string;
}

const TEMPLATE_LOCK = 4_831_042;

/** A database of its own for a test file: a copy of a template that is migrated once per set of migrations. */
export async function testDatabase(options: TestDatabaseOptions): Promise<TestDatabase> {
  const postgresAdminUrl = options.postgresAdminUrl ?? (await testInfra()).postgresAdminUrl;
  const services = [options.service, ...(options.also ?? [])];
  const template = await ensureTemplate(postgresAdminUrl, services);
  const name = `nx_test_${options.service}_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asAdmin(postgresAdminUrl, async (client) => {
    await copyTemplate(client, name, template);
  });
  return {
    name,
    urlFor: (role) => urlOf(postgresAdminUrl, name, options.service, role),
    // On a server of the test's own it goes with the server.
    drop: () =>
      options.postgresAdminUrl !== undefined
        ? Promise.resolve()
        : asAdmin(postgresAdminUrl, async (client) => {
            await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
          }),
  };
}

function urlOf(adminUrl: string, database: string, service: TestService, role: TestRole): string {
  if (role === 'admin') {
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    return url.toString();
  }
  const names = {
    runtime: `nx_${service}`,
    owner: `nx_${service}_owner`,
    edge: 'nx_payment_ipn',
    operator: 'nx_payment_operator',
    sandbox: 'nx_sandbox',
  };
  return roleUrl(adminUrl, database, names[role], derivedPassword(adminUrl, names[role]));
}

async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'nx-testing' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The template's rights are database-wide settings too: they are not copied by CREATE DATABASE and are set anew. */
async function copyTemplate(client: pg.Client, name: string, template: string): Promise<void> {
  const target = client.escapeIdentifier(name);
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`CREATE DATABASE ${target} TEMPLATE ${client.escapeIdentifier(template)} STRATEGY file_copy`);
      break;
    } catch (error) {
      // Somebody else is connected to the template for a moment.
      if ((error as { code?: unknown }).code !== '55006' || attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await client.query(`ALTER DATABASE ${target} SET timezone = 'UTC'`);
}

function sourcesOf(services: readonly TestService[]): MigrationSource[][] {
  return services.map((service) => migrationDirectories(service));
}

function fingerprint(sources: readonly MigrationSource[]): string {
  const hash = createHash('sha256');
  for (const { directory } of sources) {
    const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.sql')) : [];
    for (const name of names.toSorted()) hash.update(name).update(readFileSync(join(directory, name)));
  }
  const tools = readFileSync(new URL('../../../tools/database.mjs', import.meta.url));
  return hash.update(tools).digest('hex').slice(0, 16);
}

async function ensureTemplate(adminUrl: string, services: readonly TestService[]): Promise<string> {
  const groups = sourcesOf(services);
  const name = `nx_template_${services.map((service) => service.slice(0, 3)).join('_')}_${fingerprint(groups.flat())}`;
  await asAdmin(adminUrl, async (client) => {
    const ready = async (): Promise<boolean> =>
      (await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [name])).rowCount === 1;
    if (await ready()) return;
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    if (await ready()) return;
    // A template that was left half made by a run that died is not marked as one.
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
    const created = await createDatabase(adminUrl, { database: name });
    for (const [index, service] of services.entries()) {
      const url = created.urlFor(`nx_${service}_owner`);
      await migrate({ url, sources: groups[index] ?? [], log: () => undefined });
    }
    await client.query('UPDATE pg_database SET datistemplate = true WHERE datname = $1', [name]);
    // Only a superuser may look at the age of a database; others keep their leftovers.
    await removeLeftovers(client, name.replace(/[0-9a-f]{16}$/, '')).catch(() => undefined);
  });
  return name;
}

const KEPT_TEMPLATES = 3;

/**
 * Old templates of the same services, and databases of test processes that were killed: at least an hour old, since
 * the process may live on another machine.
 */
async function removeLeftovers(client: pg.Client, prefix: string): Promise<void> {
  const { rows } = await client.query<{ datname: string; old: boolean }>(
    `SELECT datname, (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '1 hour' AS old
       FROM pg_database WHERE starts_with(datname, 'nx_test_') OR starts_with(datname, $1) ORDER BY oid DESC`,
    [prefix],
  );
  const templates = rows.filter(({ datname }) => /^[0-9a-f]{16}$/.test(datname.replace(prefix, '')));
  const abandoned = rows.filter(({ datname, old }) => {
    const pid = /^nx_test_[a-z]+_(\d+)_/.exec(datname)?.[1];
    return old && pid !== undefined && !isAlive(Number(pid));
  });
  for (const { datname } of [...templates.slice(KEPT_TEMPLATES), ...abandoned]) {
    await client.query('UPDATE pg_database SET datistemplate = false WHERE datname = $1', [datname]);
    // Without FORCE: whatever is still in use stays.
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(datname)}`).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
