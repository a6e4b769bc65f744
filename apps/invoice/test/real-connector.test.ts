import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '@nx/observability';
import { eventually, privateConnect, testInfra, uniquePrefix, type PrivateConnect } from '@nx/testing';
import { commerceSource, type CommerceSource } from './commerce-source.fixture';
import { feedOf, type Envelope, type Feed } from './feed.fixture';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';

/** The whole way: commerce's table, PostgreSQL's log, Debezium, Kafka Connect, Kafka, the service, TaxInfo. */

const prefix = uniquePrefix();
const topic = `${prefix}.seller.public.Merchant`;
const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };
const PLACEHOLDER = '__debezium_unavailable_value';

let world: InvoiceWorld;
let service: RunningInvoice;
let source: CommerceSource;
let connect: PrivateConnect;
let feed: Feed;

withService((running) => ({ world, service } = running), {
  SANDBOX_CDC_TOPIC: topic,
  APP_ENV_COMMERCE_CDC_TOPICS: topic,
});
beforeAll(async () => {
  source = await commerceSource(`${prefix}.seller`);
  feed = feedOf(service, topic);
  const { kafkaBrokers } = await testInfra();
  connect = await privateConnect({ brokers: kafkaBrokers, prefix, environment: source.environment });
}, 600_000);
afterAll(async () => {
  await connect?.close();
  await source?.close();
});

const taxOf = (n: number): Record<string, string> => ({
  taxCode: ['0100109106', '0101243150', '0104359717', '0106921949'][n % 4] ?? '',
  fullName: `Công ty ${n}`,
  address: `${n} Phố Huế`,
  taxMethod: n % 2 === 0 ? 'DEDUCTION' : 'DIRECT',
});
/** Cannot be compressed to what a row holds, so PostgreSQL keeps it outside of the row. */
const logo = (): string => randomBytes(16_000).toString('hex');

async function stored(id: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await world.sql.query<Record<string, unknown>>(
    `SELECT tax_code AS "taxCode", full_name AS "fullName", address, tax_method AS "taxMethod", merchant_name AS name,
       findings <> '[]' AS aside, modified_at AS "modifiedAt"
     FROM tax."TaxInfo" WHERE principal_id = $1`,
    [id],
  );
  return rows[0];
}
const becomes = (id: string, what: object): Promise<unknown> =>
  eventually(async () => {
    expect(await stored(id)).toMatchObject(what);
    return true;
  }, PATIENCE);

const changeTax = (id: string, n: number, sql: Pick<pg.Client, 'query'> = source.sql): Promise<unknown> =>
  sql.query(`UPDATE "Merchant" SET metadata = metadata || jsonb_build_object('tax', $2::jsonb) WHERE id = $1`, [
    id,
    JSON.stringify(taxOf(n)),
  ]);
const rename = (id: string, name: string): Promise<unknown> =>
  source.sql.query(`UPDATE "Merchant" SET name = $2 WHERE id = $1`, [id, name]);

let marks = 0;
/** Waits until everything before now was handled: the feed has one partition, and its order is that of the commits. */
async function allHandled(): Promise<void> {
  marks += 1;
  const mark = { id: `mark${marks}`, name: 'mark', metadata: { tax: taxOf(marks) } };
  await source.insert(mark);
  await becomes(mark.id, taxOf(marks));
}

const askForSnapshot = (id: string): Promise<unknown> =>
  source.sql.query(`INSERT INTO connect_signal VALUES ($1, 'execute-snapshot', $2)`, [
    randomBytes(8).toString('hex'),
    JSON.stringify({
      type: 'incremental',
      'data-collections': ['public.Merchant'],
      'additional-conditions': [{ 'data-collection': 'public.Merchant', filter: `id = '${id}'` }],
    }),
  ]);

describe('what the real connector says', { timeout: 300_000 }, () => {
  it('in its snapshot is taken over, also where a change was under way meanwhile', async () => {
    await source.insert(
      { id: 'small', name: 'Small', metadata: { tax: taxOf(0) } },
      { id: 'large', name: 'Large', metadata: { tax: taxOf(1), logo: logo() } },
      { id: 'wrong', name: 'Wrong', metadata: { tax: { ...taxOf(2), taxCode: '0100109107' } } },
    );
    // A slot begins where all transactions that it found running have ended, in two rounds. One that began in between
    // is not in the snapshot, and its change lies before it in the log.
    const [first, second, late] = [await source.transaction(), await source.transaction(), await source.sql.connect()];
    await first.begin();
    const starting = connect.start();
    // Until it is waited for, below.
    starting.catch(() => undefined);
    await first.isWaitedFor();
    await second.begin();
    await first.end();
    await second.isWaitedFor();
    await late.query('BEGIN');
    await changeTax('small', 4, late);
    await second.end();
    await starting;
    await becomes('small', taxOf(0));
    await late.query('COMMIT');
    late.release();
    await becomes('small', taxOf(4));
    expect(await stored('large')).toMatchObject(taxOf(1));
    expect(await stored('wrong')).toMatchObject({ taxCode: null, aside: true });
    const [read, changed] = await feed.valuesOf('small');
    expect([read?.op, changed?.op]).toEqual(['r', 'u']);
    expect(Number(changed?.source['lsn'])).toBeLessThan(Number(read?.source['lsn']));
  });

  it('of a new row, a change beside the taxes and one of them is what TaxInfo says', async () => {
    await source.insert({ id: 'new', name: 'New', metadata: { tax: taxOf(3) } });
    await becomes('new', { ...taxOf(3), name: 'New' });
    await rename('new', 'Newer');
    await becomes('new', { ...taxOf(3), name: 'Newer' });
    await changeTax('new', 5);
    await becomes('new', { ...taxOf(5), name: 'Newer' });
    const values = await feed.valuesOf('new');
    expect(values.map(({ op, before }) => ({ op, before }))).toEqual([
      { op: 'c', before: null },
      { op: 'u', before: null },
      { op: 'u', before: null },
    ]);
    expect(await service.app.get(Metrics).render()).toMatch(/^invoice_cdc_lag_seconds_bucket\{le="60",.*\} [4-9]$/m);
  });

  it('leaves the taxes as they are where a large value was not touched', async () => {
    await rename('large', 'Larger');
    await becomes('large', { ...taxOf(1), name: 'Larger' });
    expect((await feed.valuesOf('large')).at(-1)).toMatchObject({ before: null, after: { metadata: PLACEHOLDER } });
    await changeTax('large', 6);
    await becomes('large', taxOf(6));
    await source.sql.query('ALTER TABLE "Merchant" REPLICA IDENTITY FULL');
    await rename('large', 'Full');
    await becomes('large', { ...taxOf(6), name: 'Full' });
    const whole = (await feed.valuesOf('large')).at(-1);
    expect(whole?.before).toMatchObject({ name: 'Larger' });
    expect(String(whole?.after?.['metadata'])).toContain('Công ty 6');
    await source.sql.query('ALTER TABLE "Merchant" REPLICA IDENTITY DEFAULT');
  });

  it('of a deleted row, and its tombstone, changes nothing', async () => {
    await source.sql.query(`UPDATE "Merchant" SET deleted_at = now() WHERE id = 'new'`);
    await source.sql.query(`DELETE FROM "Merchant" WHERE id = 'new'`);
    await allHandled();
    expect(await stored('new')).toMatchObject(taxOf(5));
    const [soft, hard, tombstone] = (await feed.recordsOf('new')).slice(-3).map(({ value }) => value);
    expect(soft).toMatchObject({ op: 'u', after: { deleted_at: expect.stringContaining('T') } });
    expect(hard).toMatchObject({ op: 'd', after: null });
    expect(tombstone).toBeNull();
    const { rows } = await world.sql.query('SELECT topic, key FROM "ParkedRecord"');
    expect(rows).toEqual([]);
  });

  it('is understood after the table has changed', async () => {
    await source.sql.query(`ALTER TABLE "Merchant" ADD COLUMN level integer NOT NULL DEFAULT 1, DROP COLUMN status`);
    await changeTax('small', 7);
    await becomes('small', taxOf(7));
    await source.sql.query(`ALTER TABLE "Merchant" ALTER COLUMN metadata TYPE json USING metadata::json`);
    await source.sql.query(`UPDATE "Merchant" SET metadata = $1, level = 2 WHERE id = 'small'`, [
      JSON.stringify({ tax: taxOf(8) }),
    ]);
    await becomes('small', taxOf(8));
    const after = (await feed.valuesOf('small')).at(-1)?.after;
    expect(after).toMatchObject({ level: 2 });
    expect(after).not.toHaveProperty('status');
    await source.sql.query(`ALTER TABLE "Merchant" ALTER COLUMN metadata TYPE jsonb, ADD COLUMN status text`);
  });

  it('comes once where it was stopped in between', async () => {
    await allHandled();
    await connect.stopConnector();
    const before = await feed.length();
    await changeTax('small', 9);
    await rename('large', 'Meanwhile');
    await connect.resumeConnector();
    await becomes('small', taxOf(9));
    await becomes('large', { ...taxOf(6), name: 'Meanwhile' });
    expect(await feed.length()).toBe(before + 2);
  });

  it('twice, because it was killed, changes nothing a second time', async () => {
    for (const n of [10, 11, 12]) await changeTax('small', n);
    await changeTax('large', 13);
    await rename('large', 'Once more');
    await becomes('small', taxOf(12));
    await becomes('large', { ...taxOf(13), name: 'Once more' });
    await connect.kill();
    const [small, large] = [await stored('small'), await stored('large')];
    await rename('large', 'Down');
    await connect.start();
    await becomes('large', { name: 'Down' });
    await allHandled();
    for (const [id, changes] of [
      ['small', 3],
      ['large', 2],
    ] as const) {
      const repeated = repeatedOf(await feed.valuesOf(id));
      expect(repeated.length).toBeGreaterThanOrEqual(changes);
    }
    expect(await stored('small')).toEqual(small);
    expect(await stored('large')).toEqual({ ...large, name: 'Down', modifiedAt: expect.any(Date) });
  });

  it('when asked for a row again is taken over, and hides no change that was under way', async () => {
    await world.sql.query(`DELETE FROM tax."TaxInfo" WHERE principal_id = 'small'`);
    const late = await source.sql.connect();
    await late.query('BEGIN');
    await changeTax('small', 14, late);
    await askForSnapshot('small');
    await becomes('small', taxOf(12));
    await late.query('COMMIT');
    late.release();
    await becomes('small', taxOf(14));
    const [read, changed] = (await feed.valuesOf('small')).slice(-2);
    expect(read).toMatchObject({ op: 'r', source: { snapshot: 'incremental', lsn: null } });
    expect(changed?.op).toBe('u');
  });

  it('as a whole, because its slot was lost, is taken over', async () => {
    await connect.stopConnector();
    await source.loseSlot();
    await changeTax('small', 16);
    await connect.resumeConnector();
    await becomes('small', taxOf(16));
    expect((await feed.valuesOf('small')).at(-1)).toMatchObject({ op: 'r' });
  });

  it('is distinguished from silence by its signs of life', async () => {
    await eventually(async () => {
      expect(await service.app.get(Metrics).render()).toMatch(/^invoice_cdc_connector_silent\{.*\} 0$/m);
      return true;
    }, PATIENCE);
  });

  it('has the form that the sandbox gives its records', async () => {
    const { record } = await world.sandbox.call<{ record: Envelope }>('POST', '/commerce/merchants', {
      organizerId: 'org1',
      name: 'Played',
      tax: taxOf(15),
    });
    const real = (await feed.valuesOf('mark1'))[0];
    expect(Object.keys(record).toSorted()).toEqual(Object.keys(real ?? {}).toSorted());
    expect(Object.keys(record.source).toSorted()).toEqual(Object.keys(real?.source ?? {}).toSorted());
    expect(kindsOf(record.after)).toEqual({ ...kindsOf(real?.after), level: undefined });
  });
});

/** Changes of the log that came more than once. */
function repeatedOf(values: readonly Envelope[]): string[] {
  const places = values.map(({ source: { lsn } }) => String(lsn));
  return [...new Set(places.filter((place, index) => places.indexOf(place) !== index))];
}

const kindsOf = (row: object | null | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, value === null ? 'null' : typeof value]));
