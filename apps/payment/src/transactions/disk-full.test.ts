import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE, now, PaymentWorld, unique, type Answer, type Shop } from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';

/** Only root can mount a small disk, and only where the server runs on this machine. */
const isRoot = process.getuid?.() === 0;

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

/** A disk of a few MiB with a tablespace on it; false where the server cannot see it. */
async function smallDisk(): Promise<boolean> {
  const [row] = await world.sql<{ data_directory: string }>('SHOW data_directory');
  const data = statSync(row?.data_directory ?? '', { throwIfNoEntry: false });
  if (data === undefined) return false;
  disk = mkdtempSync(join(tmpdir(), 'nx-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=6m,uid=${data.uid},gid=${data.gid},mode=700`, 'tmpfs', disk]);
  chownSync(disk, data.uid, data.gid);
  await world.sql(`CREATE TABLESPACE ${space} LOCATION '${disk}'`);
  return true;
}

const TABLES = ['mq_pay."PaymentAttempt"', 'mq_pay."IpnInbox"', 'platform."WriteProbe"'];
const moveTo = async (where: string): Promise<void> => {
  for (const table of TABLES) await world.sql(`ALTER TABLE ${table} SET TABLESPACE ${where}`);
};

/** Takes all the room that is left. */
async function fill(): Promise<void> {
  await world.sql(`CREATE TABLE public.ballast (filler text) TABLESPACE ${space}`);
  await world.sql('ALTER TABLE public.ballast ALTER COLUMN filler SET STORAGE PLAIN');
  await world.sql(`DO $$ BEGIN LOOP
    BEGIN INSERT INTO public.ballast VALUES (repeat('x', 8000)); EXCEPTION WHEN disk_full THEN EXIT; END;
  END LOOP; END $$`);
}

const isRefused = (answer: Answer): boolean => {
  if (answer.status === 200) return false;
  expect([answer.status, answer.body?.code]).toEqual([503, 'service.unavailable']);
  expect(answer.headers.get('retry-after')).toBeTruthy();
  return true;
};
const readiness = async (): Promise<number> => (await world.call('GET', `${BASE}/readyz`)).status;

describe('a full disk', () => {
  it.runIf(isRoot)(
    'answers 503 and goes not ready; a callback is never told a success; room mends it all',
    async (context) => {
      if (!(await smallDisk())) context.skip();
      const qr = await world.qr(shop);
      const notice = (): string =>
        ipnBody(shop, { txnId: qr.attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() });
      await moveTo(space);
      try {
        await fill();
        // What has room in its last page still fits; then nothing does.
        await eventually(async () => isRefused(await world.checkout(shop)), { timeoutMs: 30_000 });
        await eventually(async () => (await readiness()) === 503);
        await eventually(async () => (await world.ipnRaw(notice())).body.code === '04', { timeoutMs: 30_000 });
      } finally {
        await world.sql('DROP TABLE public.ballast');
      }
      await eventually(async () => (await readiness()) === 200, { timeoutMs: 15_000 });
      expect((await world.checkout(shop)).status).toBe(200);
      expect(['00', '03']).toContain((await world.ipnRaw(notice())).body.code);
      await moveTo('pg_default');
      await world.sql(`DROP TABLESPACE ${space}`);
    },
    120_000,
  );
});
