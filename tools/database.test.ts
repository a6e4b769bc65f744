import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testInfra } from '@nx/testing';
import { createDatabase, dropDatabase, type CreatedDatabase } from './database.mjs';

const database = `nx_tools_${process.pid}_${Date.now()}`;
let adminUrl = '';
let created: CreatedDatabase;

async function as(role: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: created.urlFor(role) });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  adminUrl = (await testInfra()).postgresAdminUrl;
  [created] = await Promise.all([createDatabase(adminUrl, { database }), createDatabase(adminUrl, { database })]);
  await as('nx_payment_owner', 'CREATE TABLE mq_pay."Own" (id text)');
  await as('nx_payment_owner', 'SET ROLE nx_shared_owner; CREATE TABLE identity."Shared" (id text)');
  await as('nx_signal_owner', 'SET ROLE nx_shared_owner; CREATE TABLE platform."Common" (id text)');
});

afterAll(() => dropDatabase(adminUrl, database));

describe('database and roles', () => {
  it('are made once, however often and by however many at once', async () => {
    await expect(createDatabase(adminUrl, { database })).resolves.toMatchObject({ database });
  });

  it.each([
    ['nx_payment', 'INSERT INTO "Own" VALUES (1)'],
    ['nx_payment', 'SELECT * FROM "Shared"'],
    ['nx_invoice', 'INSERT INTO "Common" VALUES (1)'],
    ['nx_sandbox', 'INSERT INTO "Shared" VALUES (1)'],
    ['nx_sandbox', 'CREATE TABLE "Merchant" (id text)'],
  ])('let %s %s', async (role, sql) => {
    await expect(as(role, sql)).resolves.toBeDefined();
  });

  it.each([
    ['nx_payment', 'INSERT INTO "Shared" VALUES (1)'],
    ['nx_payment', 'CREATE TABLE "Other" (id text)'],
    ['nx_payment', 'CREATE TABLE public."Other" (id text)'],
    ['nx_payment', 'DROP TABLE "Own"'],
    ['nx_payment', 'TRUNCATE "Own"'],
    ['nx_invoice', 'SELECT * FROM mq_pay."Own"'],
    ['nx_payment_operator', 'SELECT * FROM "Own"'],
    ['nx_payment_ipn', 'SELECT * FROM "Own"'],
    ['nx_sandbox', 'SELECT * FROM mq_pay."Own"'],
    ['nx_sandbox', 'SELECT * FROM platform."Common"'],
  ])('do not let %s %s', async (role, sql) => {
    await expect(as(role, sql)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('give the runtime roles their search path and their limits', async () => {
    expect(await as('nx_invoice', 'SHOW search_path')).toEqual([{ search_path: 'invoice, tax, identity, platform' }]);
    expect(await as('nx_signal', 'SHOW idle_in_transaction_session_timeout')).toEqual([
      { idle_in_transaction_session_timeout: '1min' },
    ]);
    expect(await as('nx_payment_operator', 'SHOW default_transaction_read_only')).toEqual([
      { default_transaction_read_only: 'on' },
    ]);
  });
});
