import {
  connectAs,
  REFUSED,
  testDatabase,
  TRIERS,
  tryTo,
  type TestDatabase,
  type TestService,
  type Trier,
} from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Guarded {
  readonly table: string;
  /** Values that its checks want. */
  readonly values?: Readonly<Record<string, string>>;
}

/** Tables that are written once, by service. Those of the books have a test of their own (`ledger-guards.test.ts`). */
const TABLES: Readonly<Record<TestService, readonly Guarded[]>> = {
  payment: [
    { table: 'mq_pay."InvoiceEvent"' },
    { table: 'mq_pay."OperatorEvidence"' },
    { table: 'mq_pay."StateChange"' },
    { table: 'payment."AuditTrail"' },
  ],
  invoice: [
    { table: 'invoice."AuditTrail"' },
    { table: 'invoice."InvoiceAuditTracing"' },
    { table: 'invoice."SaleRefund"' },
  ],
  signal: [{ table: 'signal."AuditTrail"' }, { table: 'signal."SocketAudit"', values: { action: 'list' } }],
};
const BOOKS = ['ChainCheckpoint', 'ChainSeal', 'LedgerAccount', 'LedgerBalance', 'LedgerEntry', 'LedgerJournal'].map(
  (table) => `mq_pay."${table}"`,
);

/** Any value of a type, as text. */
const anyOf = (type: string): string => {
  if (type.endsWith('[]')) return '{}';
  if (type === 'jsonb') return '{}';
  if (type.startsWith('timestamp') || type === 'date') return '2026-11-21';
  return /int|numeric/.test(type) ? '1' : 'x';
};

/** One row whose members are any, of a table that asks for no more than their types. */
async function insertAnyRow(admin: pg.Client, { table, values = {} }: Guarded): Promise<void> {
  const { rows: columns } = await admin.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef
       AND attidentity = ''`,
    [table],
  );
  const names = columns.map(({ name }) => admin.escapeIdentifier(name)).join(', ');
  const given = columns.map(({ name, type }) => admin.escapeLiteral(values[name] ?? anyOf(type))).join(', ');
  await admin.query(`INSERT INTO ${table} (${names}) VALUES (${given})`);
}

const triersOf = (service: TestService): readonly Trier[] =>
  TRIERS.filter((trier) => service === 'payment' || trier !== 'operator');

describe.each(Object.keys(TABLES) as TestService[])('what %s writes once', (service) => {
  let database: TestDatabase;
  const clients = new Map<Trier, pg.Client>();
  beforeAll(async () => {
    database = await testDatabase({ service });
    for (const trier of triersOf(service)) clients.set(trier, await connectAs(database, trier, 'pg_catalog'));
    // Keys of other tables are not asked of him who replicates.
    for (const guarded of TABLES[service]) await insertAnyRow(of('replicating admin'), guarded);
  });
  afterAll(async () => {
    for (const client of clients.values()) await client.end();
    await database?.drop();
  });
  const of = (trier: Trier): pg.Client => {
    const client = clients.get(trier);
    if (client === undefined) throw new Error(`nobody is ${trier}`);
    return client;
  };

  it.each(TABLES[service])('is not changed by anybody: $table', async ({ table }) => {
    const { rows } = await of('admin').query<{ column: string }>(
      `SELECT quote_ident(attname) AS column FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1`,
      [table],
    );
    const column = rows[0]?.column ?? '';
    const tries = [`UPDATE ${table} SET ${column} = ${column}`, `DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`];
    for (const trier of triersOf(service)) {
      for (const sql of tries) {
        expect([trier, sql, await tryTo(of(trier), sql)]).toEqual([trier, sql, expect.stringMatching(REFUSED)]);
      }
    }
    // There was a row to change.
    expect((await of('admin').query(`SELECT FROM ${table}`)).rowCount).toBe(1);
  });

  it('is all in the list of this test, or in that of the books', async () => {
    const { rows } = await of('admin').query<{ name: string }>(
      `SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE p.proname ~ '^refuse_(.*_)?change$' AND t.tgtype & 1 = 1 AND t.tgparentid = 0`,
    );
    const listed = [...TABLES[service].map(({ table }) => table), ...(service === 'payment' ? BOOKS : [])];
    expect(rows.map(({ name }) => name).toSorted()).toEqual(listed.toSorted());
  });
});
