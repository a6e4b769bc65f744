import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaProducer } from '@nx/messaging';
import { Metrics } from '@nx/observability';
import { eventually, uniquePrefix } from '@nx/testing';
import { openWorld, startInvoice, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { opsOn, type Told } from './ops.fixture';
import { restOf, type Rest } from './rest.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;
let operator: Rest;

beforeAll(async () => {
  const topic = `${uniquePrefix()}.Merchant`;
  world = await openWorld({ SANDBOX_CDC_TOPIC: topic, APP_ENV_COMMERCE_CDC_TOPICS: topic });
  service = await startInvoice({ ...world.environment, APP_ENV_INVOICE_DRIFT_CHECK_MS: '400' });
  operator = await restOf(world, service, { role: '600_operator', merchantIds: [] });
}, 120_000);
afterAll(async () => {
  await service?.stop();
  await world?.close();
});

const CODES = ['0100109106', '0101243150', '0104359717'];
const WRONG_CODE = '0100109107';
const newId = (): string => `m${randomBytes(6).toString('hex')}`;
const taxOf = (n: number): Record<string, string> => ({
  taxCode: CODES[n % CODES.length] ?? '',
  fullName: `Công ty ${n}`,
  address: `${n} Phố Huế`,
  taxMethod: 'DEDUCTION',
});

let lsn = 100;
/** A record of the feed, as the connector writes it. Gives its place in the log. */
async function tell(id: string, tax: Record<string, unknown>): Promise<number> {
  lsn += 1;
  const after = { id, organizer_id: 'org1', name: 'Shop', metadata: JSON.stringify({ tax }) };
  const value = { op: 'u', before: null, after, source: { lsn, ts_ms: 1_700_000_000_000 + lsn } };
  const message = { topic: world.cdcTopic, key: id, value: JSON.stringify(value) };
  await service.app.get(KafkaProducer).sendPhysical([message]);
  return lsn;
}

async function stored(id: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await world.sql.query<Record<string, unknown>>(
    `SELECT tax_code AS "taxCode", full_name AS "fullName", address, tax_method AS "taxMethod", source_lsn AS lsn,
       findings <> '[]' AS aside FROM tax."TaxInfo" WHERE principal_id = $1`,
    [id],
  );
  return rows[0];
}
const known = (id: string, n: number): Promise<unknown> =>
  eventually(async () => ((await stored(id))?.['fullName'] === `Công ty ${n}` ? true : undefined));
const change = (id: string, set: string): Promise<unknown> =>
  world.sql.query(`UPDATE tax."TaxInfo" SET ${set} WHERE principal_id = $1`, [id]);

const ops = (...args: string[]): Promise<Told> => opsOn(service, args);
const resync = async (...args: string[]): Promise<{ code: number; view: Record<string, unknown> }> => {
  const { code, out } = await ops('cdc', 'resync', '--reason=they differ', '--json', ...args);
  return { code, view: JSON.parse(out) as Record<string, unknown> };
};
const auditOf = async (id: string): Promise<unknown[]> => {
  const { rows } = await world.sql.query(
    `SELECT reason, before ->> 'address' AS before, after ->> 'address' AS after FROM "AuditTrail"
     WHERE action = 'tax-info.resync' AND entity_id = $1 ORDER BY created_at, id`,
    [id],
  );
  return rows;
};

describe('reading the change feed again', () => {
  it('says what differs, changes it when it is no dry run, and finds nothing afterwards', async () => {
    const [id, other] = [newId(), newId()];
    await tell(id, taxOf(1));
    await tell(id, taxOf(2));
    await tell(other, taxOf(3));
    await Promise.all([known(id, 2), known(other, 3)]);
    await change(id, `address = 'by hand', source_lsn = NULL, source_ts = NULL`);
    const dry = await resync(`--merchant-id=${id}`, '--dry-run');
    expect(dry).toMatchObject({
      code: 1,
      view: { state: 'DONE', dryRun: true, differing: 1, changed: 0, missing: [] },
    });
    expect(dry.view['differences']).toEqual([{ merchantId: id, members: ['address'] }]);
    expect(await stored(id)).toMatchObject({ address: 'by hand' });
    const wet = await resync(`--merchant-id=${id}`);
    expect(wet).toMatchObject({
      code: 0,
      view: { differing: 1, changed: 1, requestedBy: expect.stringMatching(/^pod:/) },
    });
    expect(await stored(id)).toMatchObject({ ...taxOf(2), lsn: String(lsn - 1) });
    expect(await auditOf(id)).toEqual([{ reason: 'they differ', before: 'by hand', after: '2 Phố Huế' }]);
    expect(await resync()).toMatchObject({ code: 0, view: { differing: 0, merchantIds: null } });
    expect(await auditOf(other)).toEqual([]);
  });

  it('brings the newest valid record back and what is kept aside behind it, without the steps between', async () => {
    const id = newId();
    await tell(id, taxOf(4));
    await tell(id, taxOf(5));
    const newest = await tell(id, { ...taxOf(6), taxCode: WRONG_CODE });
    await eventually(async () => ((await stored(id))?.['aside'] === true ? true : undefined));
    await world.sql.query(`DELETE FROM tax."TaxInfo" WHERE principal_id = $1`, [id]);
    expect(await resync(`--merchant-id=${id}`)).toMatchObject({ view: { differing: 1, changed: 1 } });
    expect(await stored(id)).toMatchObject({ ...taxOf(5), lsn: String(newest), aside: true });
    expect(await auditOf(id)).toEqual([{ reason: 'they differ', before: null, after: '5 Phố Huế' }]);
  });

  it('never lets an older record win, and names who the feed does not know', async () => {
    const id = newId();
    await tell(id, taxOf(7));
    await known(id, 7);
    await change(id, `address = 'newer', source_lsn = ${lsn + 1000}`);
    const { code, view } = await resync(`--merchant-id=${id},nobody`);
    expect(view).toMatchObject({ differing: 0, changed: 0, missing: ['nobody'] });
    expect(code).toBe(1);
    expect(await stored(id)).toMatchObject({ address: 'newer' });
  });

  it('is asked for by operators alone, with a reason, and audited', async () => {
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: ['m1'] });
    expect((await owner('POST', '/operations/cdc/resyncs', { reason: 'mine' })).status).toBe(403);
    const refused = await operator('POST', '/operations/cdc/resyncs', { merchantIds: [] });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body.errors)).toMatch(/\/reason.*|\/merchantIds/);
    const asked = await operator('POST', '/operations/cdc/resyncs', {
      merchantIds: ['m1'],
      reason: 'look',
      dryRun: true,
    });
    expect(asked).toMatchObject({ status: 202, body: { dryRun: true, merchantIds: ['m1'] } });
    const { rows } = await world.sql.query(
      `SELECT action, reason, request_id IS NOT NULL AS traced FROM "AuditTrail" WHERE entity_id = $1`,
      [asked.body.id],
    );
    expect(rows).toEqual([{ action: 'cdc.resync', reason: 'look', traced: true }]);
    expect((await operator('GET', '/operations/cdc/resyncs/none')).status).toBe(404);
  });

  it('begins anew with another worker where one died', async () => {
    const id = newId();
    await tell(id, taxOf(8));
    await known(id, 8);
    await change(id, `address = 'by hand'`);
    await world.sql.query(
      `INSERT INTO "CdcResync" (id, merchant_ids, dry_run, reason, requested_by, state, created_at, started_at)
       VALUES ($1, $2, false, 'left behind', 'somebody', 'RUNNING', now(), now())`,
      [`r${id}`, [id]],
    );
    await known(id, 8);
    await eventually(async () => ((await stored(id))?.['address'] === '8 Phố Huế' ? true : undefined));
    expect(await auditOf(id)).toHaveLength(1);
  });
});

it('the check that comes by itself measures the drift, and changes nothing', async () => {
  const id = newId();
  await tell(id, taxOf(9));
  await known(id, 9);
  const drift = async (): Promise<string | undefined> =>
    /^invoice_tax_info_drift\{[^}]*\} (\d+)$/m.exec(await service.app.get(Metrics).render())?.[1];
  await change(id, `full_name = 'by hand'`);
  await eventually(async () => ((await drift()) === '1' ? true : undefined), { timeoutMs: 20_000 });
  expect(await stored(id)).toMatchObject({ fullName: 'by hand' });
  await resync(`--merchant-id=${id}`);
  await eventually(async () => ((await drift()) === '0' ? true : undefined), { timeoutMs: 20_000 });
});
