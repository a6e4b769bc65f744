import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lookAbove } from '@nx/config';

/** A folder of migrations and whose they are: `shared` for the schemas identity and platform, else a service. */
export interface MigrationSource {
  directory: string;
  service: string;
}

export interface MigrationFile {
  /** Name in the ledger: `<group>/<file>`. */
  readonly id: string;
  readonly service: string;
  readonly sql: string;
  readonly checksum: string;
  /** Role that owns what the migration makes. */
  readonly role: string;
  /** Oldest release that may run on the schema afterwards. */
  readonly oldest: string;
  /** False: one statement that cannot run in a transaction (CREATE INDEX CONCURRENTLY). */
  readonly transactional: boolean;
}

/** Schema in which a service's ledger, outbox and inbox lie. */
export function mainSchema(service: string): string {
  if (service === 'shared') return 'platform';
  return service === 'payment' ? 'mq_pay' : service;
}

/** Schemas that a service's names are looked up in. */
export function searchPathOf(service: string): string {
  if (service === 'payment') return 'payment, mq_pay, identity, platform';
  if (service === 'invoice') return 'invoice, tax, identity, platform';
  return service === 'shared' ? 'platform, identity' : `${service}, identity, platform`;
}

export function ownerRole(service: string): string {
  return `nx_${service}_owner`;
}

const FILE_NAME = /^\d{14}_[a-z0-9_]+\.sql$/;

function headerOf(sql: string, name: string): string | undefined {
  return new RegExp(`^--\\s*${name}:\\s*(\\S+)\\s*$`, 'm').exec(sql.slice(0, 2000))?.[1];
}

/**
 * The migrations of one folder in order. `:schema`, `:owner` and `:runtime` stand for the service's own names.
 * @throws Error for a file that breaks the naming rule or whose header is wrong
 */
export function readMigrations(source: MigrationSource, service: string): MigrationFile[] {
  if (!existsSync(source.directory)) return [];
  const folder = basename(source.directory);
  const group = source.service === 'shared' ? 'shared' : folder === 'service' ? 'reliable' : source.service;
  const names = readdirSync(source.directory).filter((name) => name.endsWith('.sql'));
  return names.toSorted().map((name) => {
    if (!FILE_NAME.test(name)) throw new Error(`migration ${name}: names are <YYYYMMDDHHMMSS>_<what>.sql`);
    const text = readFileSync(join(source.directory, name), 'utf8');
    const owner = source.service === 'shared' ? service : source.service;
    const sql = text
      .replaceAll(/(?<!:):schema\b/g, mainSchema(owner))
      .replaceAll(/(?<!:):owner\b/g, ownerRole(owner))
      .replaceAll(/(?<!:):runtime\b/g, `nx_${owner}`);
    const oldest = headerOf(sql, 'oldest') ?? '0.1.0';
    if (!/^\d+\.\d+\.\d+$/.test(oldest)) throw new Error(`migration ${name}: 'oldest' must be a release, as 0.1.0`);
    return {
      id: `${group}/${name}`,
      service: source.service,
      sql,
      checksum: createHash('sha256').update(text).digest('hex'),
      role: headerOf(sql, 'role') ?? ownerRole(source.service),
      oldest,
      transactional: headerOf(sql, 'transaction') !== 'none',
    };
  });
}

/**
 * The folders with a service's migrations, in the order in which they are applied: shared schemas, platform tables of
 * the service, the service's own. They lie beside the bundle, or in the source tree.
 * @throws Error naming the places that were searched
 */
export function migrationDirectories(app: string): MigrationSource[] {
  return lookAbove('migrations', (folder) => {
    const bundled = join(folder, 'migrations');
    if (existsSync(join(bundled, 'reliable', 'shared'))) return sources(app, join(bundled, 'reliable'), bundled);
    const library = join(folder, 'libs', 'reliable', 'migrations');
    if (existsSync(join(library, 'shared'))) return sources(app, library, join(folder, 'apps', app, 'migrations'));
    return undefined;
  });
}

function sources(app: string, library: string, own: string): MigrationSource[] {
  return [
    { directory: join(library, 'shared'), service: 'shared' },
    { directory: join(library, 'service'), service: app },
    { directory: own, service: app },
  ];
}
