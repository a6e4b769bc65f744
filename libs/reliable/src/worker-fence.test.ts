import type { Database } from '@nx/persistence';
import { eventually, testDatabase, type TestDatabase } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, recordingLogger } from './reliable.fixture';
import { WorkerFence } from './worker-fence';
import { StaleLeaseError } from './worker-leases';

let test: TestDatabase;
let database: Database;
const fences: WorkerFence[] = [];

beforeAll(async () => {
  test = await testDatabase({ service: 'payment' });
  database = openDatabase(test);
});
afterEach(() => Promise.all(fences.splice(0).map((fence) => fence.stop())));
afterAll(async () => {
  await database.stop();
  await test.drop();
});

function fenceOf(name: () => string | undefined, leaseMs = 60_000): WorkerFence {
  const fence = new WorkerFence({ database, logger: recordingLogger(), leaseMs, name });
  fences.push(fence);
  return fence;
}

const livesFor = async (token: string): Promise<number> => {
  const [row] = await database.query<{ ms: number }>(
    `SELECT CASE WHEN expires_at = '-infinity' THEN -1
                 ELSE EXTRACT(epoch FROM expires_at - clock_timestamp()) * 1000 END::float8 AS ms
       FROM platform."WorkerLease" WHERE fencing_token = $1::bigint`,
    [token],
  );
  return row?.ms ?? Number.NaN;
};

describe('WorkerFence', () => {
  it('gives one token to everybody who asks, and asks the database once', async () => {
    const fence = fenceOf(() => 'payment/worker/1');
    const tokens = new Set(await Promise.all(Array.from({ length: 20 }, () => fence.token())));
    expect(tokens.size).toBe(1);
    const [token = ''] = tokens;
    expect(await livesFor(token)).toBeGreaterThan(50_000);
    expect(await fence.token()).toBe(token);
    expect(() => fence.assertCovers(token, 30_000)).not.toThrow();
    expect(() => fence.assertCovers(token, 61_000)).toThrow(StaleLeaseError);
    expect(() => fence.assertCovers('999999', 0)).toThrow(StaleLeaseError);
  });

  it('stays held beyond its first life while the process runs', async () => {
    const fence = fenceOf(() => 'payment/worker/2', 300);
    const token = await fence.token();
    const started = performance.now();
    await eventually(() => performance.now() - started > 900);
    expect(await fence.token()).toBe(token);
    expect(await livesFor(token)).toBeGreaterThan(0);
  });

  it('passes to the next holder of the name at once, and the first one notices', async () => {
    const first = fenceOf(() => 'payment/worker/3', 150);
    const old = await first.token();
    const second = fenceOf(() => 'payment/worker/3', 60_000);
    const taken = await second.token();
    expect(Number(taken)).toBeGreaterThan(Number(old));
    await eventually(() => {
      try {
        first.assertCovers(old, 0);
        return false;
      } catch {
        return true;
      }
    });
  });

  it('does not renew a lease that has ended: the next token is higher', async () => {
    const fence = fenceOf(() => 'payment/worker/4');
    const token = await fence.token();
    await database.execute(
      `UPDATE platform."WorkerLease" SET expires_at = '-infinity' WHERE fencing_token = $1::bigint`,
      [token],
    );
    // A need beyond what is left makes it ask.
    const next = await fence.token(59_999.99);
    expect(Number(next)).toBeGreaterThan(Number(token));
  });

  it('gives nothing to a process without a node id, and gives the lease back at the stop', async () => {
    const names: string[] = [];
    const fence = fenceOf(() => names[0]);
    await expect(fence.token()).rejects.toMatchObject({ code: 'service.unavailable' });
    names.push('payment/worker/5');
    const token = await fence.token();
    await fence.stop();
    expect(await livesFor(token)).toBe(-1);
    await expect(fence.token()).rejects.toMatchObject({ code: 'service.unavailable' });
  });
});
