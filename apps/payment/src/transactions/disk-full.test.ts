import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE, now, PaymentWorld, unique, type Answer, type Shop } from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';

let world: PaymentWorld;
let shop: Shop;
let disk = '';
const space = unique('small_disk_').toLowerCase();
beforeAll(async () => {
  world = await PaymentWorld.start({ mode: 'api' });
  shop = await world.shop();
});
afterAll(async () => {
  await world.stop();
  if (disk === '') return;
  execFileSync('umount', ['-l', disk]);
  rmdirSync(disk);
});

const TABLES = ['mq_pay."PaymentAttempt"', 'mq_pay."IpnInbox"', 'platform."WriteProbe"'];
const onEach = async (statement: (table: string) => string): Promise<void> => {
  for (const table of TABLES) await world.sql(statement(table));
};

/** A place that can run full, and get room again. */
interface Place {
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
}

/** A disk of a few MiB with the tables on it; undefined where nobody may mount one, or the server cannot see it. */
async function smallDisk(): Promise<Place | undefined> {
  const [row] = await world.sql<{ data_directory: string }>('SHOW data_directory');
  const data = statSync(row?.data_directory ?? '', { throwIfNoEntry: false });
  if (data === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'nx-small-disk-'));
  const options = `size=6m,uid=${data.uid},gid=${data.gid},mode=700`;
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (mounted.status !== 0) {
    rmdirSync(folder);
    return undefined;
  }
  disk = folder;
  chownSync(disk, data.uid, data.gid);
  await world.sql(`CREATE TABLESPACE ${space} LOCATION '${disk}'`);
  await onEach((table) => `ALTER TABLE ${table} SET TABLESPACE ${space}`);
  return {
    fill: async () => {
      await world.sql(`CREATE TABLE public.ballast (filler text) TABLESPACE ${space}`);
      await world.sql('ALTER TABLE public.ballast ALTER COLUMN filler SET STORAGE PLAIN');
      await world.sql(`DO $$ BEGIN LOOP
        BEGIN INSERT INTO public.ballast VALUES (repeat('x', 8000)); EXCEPTION WHEN disk_full THEN EXIT; END;
      END LOOP; END $$`);
    },
    makeRoom: async () => void (await world.sql('DROP TABLE public.ballast')),
  };
}

/** Anywhere else the server says of each new row what it says when it cannot extend a table's file. */
async function refusingServer(): Promise<Place> {
  await world.sql(`CREATE FUNCTION public.no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE disk_full USING MESSAGE = 'could not extend file "base/5/16384": No space left on device'; END $$`);
  return {
    fill: () =>
      onEach(
        (table) => `CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION public.no_space()`,
      ),
    makeRoom: () => onEach((table) => `DROP TRIGGER no_space ON ${table}`),
  };
}

const isRefused = (answer: Answer): boolean => {
  if (answer.status === 200) return false;
  expect([answer.status, answer.body?.code]).toEqual([503, 'service.unavailable']);
  expect(answer.headers.get('retry-after')).toBeTruthy();
  return true;
};
const readiness = async (): Promise<number> => (await world.call('GET', `${BASE}/readyz`)).status;

describe('a full disk', () => {
  it('answers 503 and goes not ready; a callback is never told a success; room mends it all', async () => {
    const qr = await world.qr(shop);
    const notice = (): string =>
      ipnBody(shop, { txnId: qr.attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() });
    const place = (await smallDisk()) ?? (await refusingServer());
    try {
      await place.fill();
      // What has room in its last page still fits; then nothing does.
      await eventually(async () => isRefused(await world.checkout(shop)), { timeoutMs: 30_000 });
      await eventually(async () => (await readiness()) === 503);
      await eventually(async () => (await world.ipnRaw(notice())).body.code === '04', { timeoutMs: 30_000 });
    } finally {
      await place.makeRoom();
    }
    await eventually(async () => (await readiness()) === 200, { timeoutMs: 15_000 });
    expect((await world.checkout(shop)).status).toBe(200);
    expect(['00', '03']).toContain((await world.ipnRaw(notice())).body.code);
    if (disk === '') return;
    await onEach((table) => `ALTER TABLE ${table} SET TABLESPACE pg_default`);
    await world.sql(`DROP TABLESPACE ${space}`);
  }, 120_000);
});
