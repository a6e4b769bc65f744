import { testDatabase, type TestDatabase } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedDefaultGrants } from './seed-default-grants';

let database: TestDatabase;
let admin: pg.Client;
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);
const grants = async (): Promise<number> => {
  const { rows } = await admin.query<{ count: string }>(
    `SELECT count(*) AS count FROM identity."PolicyDefinition" WHERE variant = 'policy'`,
  );
  return Number(rows[0]?.count);
};

beforeAll(async () => {
  database = await testDatabase({ service: 'payment' });
  admin = new pg.Client({ connectionString: database.urlFor('admin') });
  await admin.connect();
  await admin.query(`DELETE FROM identity."PolicyDefinition"`);
}, 120_000);
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

describe('the default grants', () => {
  it('are left to identity where it owns its table, and written once where it is ours', async () => {
    const ours = (
      await admin.query<{ owner: string }>(
        `SELECT tableowner AS owner FROM pg_tables WHERE schemaname = 'identity' AND tablename = 'PolicyDefinition'`,
      )
    ).rows[0]?.owner;
    await admin.query(`ALTER TABLE identity."PolicyDefinition" OWNER TO CURRENT_USER`);
    await seedDefaultGrants(database.urlFor('owner'), log);
    expect(await grants()).toBe(0);
    expect(lines).toEqual(['grants are left to the owner of PolicyDefinition']);
    await admin.query(`ALTER TABLE identity."PolicyDefinition" OWNER TO ${pg.escapeIdentifier(String(ours))}`);
    await seedDefaultGrants(database.urlFor('owner'), log);
    const written = await grants();
    expect(written).toBeGreaterThan(20);
    await seedDefaultGrants(database.urlFor('owner'), log);
    expect(await grants()).toBe(written);
  });
});
