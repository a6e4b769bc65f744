import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresConfig } from '@nx/config';
import { Logger } from '@nx/observability';
import { eventually, testDatabase, type TestDatabase } from '@nx/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asOwner as runAsOwner, compareReleases, Database, migrate, migrationDirectories, SchemaCheck } from './index';

let test: TestDatabase;
let folder: string;
let lines: string[] = [];
let made = 0;

beforeAll(async () => {
  test = await testDatabase({ service: 'invoice' });
});
afterAll(() => test.drop());
beforeEach(() => {
  lines = [];
  // The group in the ledger is the service's: files of different cases need different names.
  folder = mkdtempSync(join(tmpdir(), 'nx-migrations-'));
  return () => rmSync(folder, { recursive: true });
});

function write(what: string, sql: string): string {
  const name = `2030010100${String(made++).padStart(4, '0')}_${what}.sql`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), sql);
  return name;
}

const run = (): ReturnType<typeof migrate> =>
  migrate({
    url: test.urlFor('owner'),
    sources: [{ directory: folder, service: 'invoice' }],
    log: (line) => lines.push(line),
  });

async function asOwner<T extends object>(sql: string): Promise<T[]> {
  const database = open('owner');
  try {
    return await database.query<T>(sql);
  } finally {
    await database.stop();
  }
}

function open(role: 'owner' | 'runtime'): Database {
  const postgres = Object.assign(new PostgresConfig(), {
    url: test.urlFor(role),
    poolMax: 3,
    poolMin: 0,
    connectTimeoutMs: 1000,
    idleMs: 1000,
    maxLifetimeMs: 60_000,
    leakMs: 30_000,
  });
  return new Database({
    postgres,
    applicationName: 't',
    logger: Logger.create({ service: 't', mode: 'migrate', level: 'silent' }),
  });
}

describe('migrate', () => {
  it('applies what is missing in order, prints it, and does nothing the second time', async () => {
    const first = write('one', `-- oldest: 0.1.0\nCREATE TABLE :schema."One" (id text PRIMARY KEY);`);
    const second = write('two', `ALTER TABLE "One" ADD COLUMN n integer;\nGRANT SELECT ON "One" TO :runtime;`);
    const third = write(
      'three',
      `-- transaction: none\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "One_n_idx" ON :schema."One" (n);`,
    );
    expect(await run()).toEqual({ applied: [`invoice/${first}`, `invoice/${second}`, `invoice/${third}`], present: 0 });
    expect(lines.filter((line) => line.startsWith('applied invoice/'))).toHaveLength(3);
    expect(await run()).toEqual({ applied: [], present: 3 });
    expect(await asOwner<{ tableowner: string }>(`SELECT tableowner FROM pg_tables WHERE tablename = 'One'`)).toEqual([
      { tableowner: 'nx_invoice_owner' },
    ]);
  });

  it('lets two runs at once apply each file once', async () => {
    write('slow', `CREATE TABLE "Slow" (id text); SELECT pg_sleep(0.3);`);
    const reports = await Promise.all([run(), run()]);
    expect(reports.map((report) => report.applied.length).toSorted()).toEqual([0, 1]);
    expect(lines).toContain('another migration run is under way; waiting for it');
  });

  // The other one waits first here, so its server would have ended it first, after a second.
  it('gives way to a transaction that waits for it while it waits for that one', async () => {
    await asOwner('CREATE TABLE invoice.first_one (n int); CREATE TABLE invoice.second_one (n int)');
    const name = write(
      'crosswise',
      'ALTER TABLE first_one ADD m int; SELECT pg_sleep(0.1); ALTER TABLE second_one ADD m int;',
    );
    const database = open('owner');
    try {
      const { running } = await database.transaction(async (tx) => {
        await tx.execute('INSERT INTO invoice.second_one VALUES (1)');
        const migrating = run();
        const holdsFirst = `SELECT 1 FROM pg_locks WHERE relation = 'invoice.first_one'::regclass AND mode = 'AccessExclusiveLock' AND granted`;
        await eventually(async () => (await database.query(holdsFirst)).length === 1);
        await tx.execute('INSERT INTO invoice.first_one VALUES (1)');
        return { running: migrating };
      });
      expect((await running).applied).toEqual([`invoice/${name}`]);
      expect(await database.query('SELECT n FROM invoice.first_one')).toEqual([{ n: 1 }]);
    } finally {
      await database.stop();
    }
  });

  it('leaves nothing of a file that fails, keeps those before it, and names it', async () => {
    write('good', `CREATE TABLE "Good" (id text);`);
    const bad = write('bad', `CREATE TABLE "Half" (id text); SELECT 1/0;`);
    await expect(run()).rejects.toThrow(`invoice/${bad} failed: division by zero`);
    const tables = await asOwner<{ tablename: string }>(
      `SELECT tablename FROM pg_tables WHERE tablename IN ('Good', 'Half')`,
    );
    expect(tables).toEqual([{ tablename: 'Good' }]);
  });

  it('refuses an applied file that was changed, and a name that breaks the rule', async () => {
    const name = write('fixed', `CREATE TABLE "Fixed" (id text);`);
    await run();
    writeFileSync(join(folder, name), `CREATE TABLE "Fixed" (id text, n integer);`);
    await expect(run()).rejects.toThrow(`${name} was applied with another text`);
    writeFileSync(join(folder, 'later.sql'), 'SELECT 1');
    await expect(run()).rejects.toThrow('later.sql');
  });

  it('makes the shared tables under their own owner, and the runtime role owns nothing', async () => {
    const rows = await asOwner<{ tablename: string; tableowner: string }>(
      `SELECT tablename, tableowner FROM pg_tables WHERE schemaname IN ('platform', 'identity', 'invoice')`,
    );
    const owners = new Map(rows.map((row) => [row.tablename, row.tableowner]));
    expect(owners.get('PolicyDefinition')).toBe('nx_shared_owner');
    expect(owners.get('NodeLease')).toBe('nx_shared_owner');
    expect(owners.get('Outbox')).toBe('nx_invoice_owner');
    expect([...owners.values()]).not.toContain('nx_invoice');
    const runtime = open('runtime');
    await expect(runtime.execute(`DELETE FROM "SchemaMigration"`)).rejects.toThrow('permission denied');
    await expect(runtime.execute(`UPDATE platform."PolicyEpoch" SET epoch = 0`)).rejects.toThrow('permission denied');
    await expect(runtime.execute(`DELETE FROM identity."PolicyDefinition"`)).rejects.toThrow('permission denied');
    await runtime.stop();
  });

  it('raises the policy epoch with every change of a policy', async () => {
    const epoch = async (): Promise<number> =>
      Number((await asOwner<{ epoch: string }>(`SELECT epoch FROM platform."PolicyEpoch"`))[0]?.epoch);
    const before = await epoch();
    await asOwner(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
       VALUES ('p1', 'group', 'User', 'u', 'Role', 'r')`,
    );
    await asOwner(`UPDATE identity."PolicyDefinition" SET deleted_at = now() WHERE id = 'p1'`);
    expect(await epoch()).toBe(before + 2);
  });
});

describe('asOwner', () => {
  const insert = `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
                  VALUES ($1, 'policy', 'Role', 'r', 'Permission', 'Seed.read')`;

  it('seeds as the shared owner, all or nothing', async () => {
    expect(await runAsOwner(test.urlFor('owner'), 'nx_shared_owner', (owner) => owner.execute(insert, ['s1']))).toBe(1);
    const failing = runAsOwner(test.urlFor('owner'), 'nx_shared_owner', async (owner) => {
      await owner.execute(insert.replace('Seed.read', 'Seed.write'), ['s2']);
      throw new Error('half way');
    });
    await expect(failing).rejects.toThrow('half way');
    const rows = await asOwner<{ id: string }>(`SELECT id FROM identity."PolicyDefinition" WHERE id IN ('s1', 's2')`);
    expect(rows).toEqual([{ id: 's1' }]);
  });
});

describe('SchemaCheck', () => {
  it('is ready with its own migrations, stays so beside later ones, and not beside one that excludes it', async () => {
    const database = open('runtime');
    try {
      expect(await new SchemaCheck(database, 'invoice', '0.1.0').check()).toEqual({ ok: true });
      await asOwner(
        `INSERT INTO invoice."SchemaMigration" (id, checksum, oldest) VALUES ('invoice/20400101000000_later.sql', 'x', '0.1.0')`,
      );
      expect((await new SchemaCheck(database, 'invoice', '0.1.0').check()).ok).toBe(true);
      await asOwner(
        `UPDATE invoice."SchemaMigration" SET oldest = '0.10.0' WHERE id = 'invoice/20400101000000_later.sql'`,
      );
      expect(await new SchemaCheck(database, 'invoice', '0.9.0').check()).toEqual({
        ok: false,
        detail: 'migration invoice/20400101000000_later.sql needs release 0.10.0, this is 0.9.0',
      });
      expect((await new SchemaCheck(database, 'invoice', '0.10.0').check()).ok).toBe(true);
      await asOwner(`DELETE FROM invoice."SchemaMigration" WHERE id LIKE '%_outbox.sql'`);
      expect((await new SchemaCheck(database, 'invoice', '0.10.0').check()).detail).toContain('_outbox.sql');
    } finally {
      await database.stop();
    }
  });

  it('compares releases by number', () => {
    expect(compareReleases('0.9.0', '0.10.0')).toBe(-1);
    expect(compareReleases('1.0.0', '1.0.0-rc.1')).toBe(0);
    expect(compareReleases('2.0.0', '1.99.99')).toBe(1);
  });

  it('finds the folders beside a bundle', () => {
    const script = process.argv[1] ?? '';
    mkdirSync(join(folder, 'migrations', 'reliable', 'shared'), { recursive: true });
    try {
      process.argv[1] = join(folder, 'main.js');
      expect(migrationDirectories('payment')).toEqual([
        { directory: join(folder, 'migrations', 'reliable', 'shared'), service: 'shared' },
        { directory: join(folder, 'migrations', 'reliable', 'service'), service: 'payment' },
        { directory: join(folder, 'migrations'), service: 'payment' },
      ]);
    } finally {
      process.argv[1] = script;
    }
  });

  it('finds the folders of a service in the source tree', () => {
    const folders = migrationDirectories('invoice').map((source) => source.directory.split('/').slice(-3).join('/'));
    expect(folders).toEqual(['reliable/migrations/shared', 'reliable/migrations/service', 'apps/invoice/migrations']);
  });
});
