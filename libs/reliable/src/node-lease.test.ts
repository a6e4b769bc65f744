import { testDatabase, eventually, ManualClock, type TestDatabase } from '@nx/testing';
import { systemClock } from '@nx/config';
import { AppError, type Clock } from '@nx/contracts';
import type { Database } from '@nx/persistence';
import { parseSnowflake } from '@nx/snowflake';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdGenerator } from './id-generator';
import { NodeLease } from './node-lease';
import { parseNodeIds } from './node-ids';
import { openDatabase, recordingLogger } from './reliable.fixture';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await testDatabase({ service: 'invoice' });
  database = openDatabase(test);
});
afterAll(async () => {
  await database.stop();
  await test.drop();
});

function leaseOf(nodeId: string, options: { clock?: Clock; leaseMs?: number; renewMs?: number } = {}): NodeLease {
  const { clock = systemClock, leaseMs = 600, renewMs = 100 } = options;
  return new NodeLease({
    database,
    clock,
    logger: recordingLogger(),
    service: 'test',
    config: { nodeId, leaseMs, renewMs },
  });
}

const timeOf = (id: string): number => parseSnowflake(id).timeMs;

describe('parseNodeIds', () => {
  it('reads ids and ranges in order and refuses the rest', () => {
    expect(parseNodeIds('8,800-803,8')).toEqual([8, 800, 801, 802, 803]);
    for (const bad of ['', 'a', '5-4', '1024', '1-2-3']) expect(() => parseNodeIds(bad), bad).toThrow();
  });
});

describe('NodeLease', () => {
  it('refuses the second process that is pinned to one id and names the first', async () => {
    const first = leaseOf('4');
    await first.start();
    const started = performance.now();
    await expect(leaseOf('4').start()).rejects.toThrow(`node id 4 is held by ${first.owner}`);
    expect(performance.now() - started).toBeGreaterThanOrEqual(600);
    await first.stop();
    const next = leaseOf('4');
    await next.start();
    expect(next.nodeId).toBe(4);
    await next.stop();
  });

  it('gives each process of a pool an id of its own, and refuses when the pool is used up', async () => {
    const leases = Array.from({ length: 4 }, () => leaseOf('20-23'));
    await Promise.all(leases.map((lease) => lease.start()));
    expect(leases.map((lease) => lease.nodeId).toSorted()).toEqual([20, 21, 22, 23]);
    await expect(leaseOf('20-23').start()).rejects.toThrow('none of the node ids 20-23 is free');
    await Promise.all(leases.map((lease) => lease.stop()));
  });

  it('cannot double an id after a pause: the paused holder issues nothing, the successor issues later times', async () => {
    // A holder whose renewals never come is what a pause looks like from outside.
    const paused = leaseOf('30', { renewMs: 60_000 });
    await paused.start();
    const ids = new IdGenerator(paused);
    const before = ids.next();
    const successor = leaseOf('30');
    await successor.start();
    const after = new IdGenerator(successor).next();
    expect(timeOf(after)).toBeGreaterThan(timeOf(before));
    expect(paused.held()).toBe(false);
    expect(() => ids.next()).toThrow(AppError);
    await paused.stop();
    expect(successor.held()).toBe(true);
    await successor.stop();
  });

  it('lets a successor with a slower clock wait until the earlier times have passed', async () => {
    const first = leaseOf('31', { clock: { now: () => systemClock.now() + 800 } });
    await first.start();
    const last = new IdGenerator(first).next();
    await first.stop();
    const second = leaseOf('31');
    await second.start();
    expect(timeOf(new IdGenerator(second).next())).toBeGreaterThan(timeOf(last));
    await second.stop();
  });

  it('takes another id of the pool, or refuses, when the last times lie too far ahead', async () => {
    const ahead = leaseOf('32', { clock: { now: () => systemClock.now() + 60_000 } });
    await ahead.start();
    new IdGenerator(ahead).next();
    await ahead.stop();
    const pooled = leaseOf('32-33');
    await pooled.start();
    expect(pooled.nodeId).toBe(33);
    await pooled.stop();
    await expect(leaseOf('32').start()).rejects.toThrow('ahead of this machine');
  });

  it('answers 503 while another holds its id, and takes the same id again', async () => {
    const lease = leaseOf('40');
    await lease.start();
    const ids = new IdGenerator(lease);
    const before = ids.next();
    await database.execute(
      `UPDATE platform."NodeLease" SET owner = 'other', fencing_token = nextval('platform.fencing_token'),
              expires_at = clock_timestamp() + interval '300 milliseconds' WHERE node_id = 40`,
    );
    await eventually(() => !lease.held(), { everyMs: 2 });
    expect(lease.describe()).toEqual({ ok: false, detail: 'node id 40 was lost' });
    expect(() => ids.next()).toThrow(AppError);
    await eventually(() => lease.held());
    expect(lease.nodeId).toBe(40);
    expect(timeOf(ids.next())).toBeGreaterThan(timeOf(before));
    await lease.stop();
  });

  it('refuses ids when the clock is set back and never issues one twice', async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 21));
    const lease = leaseOf('50', { clock, renewMs: 60_000 });
    await lease.start();
    const ids = new IdGenerator(lease);
    const seen = new Set([ids.next(), ids.next()]);
    clock.advance(-5000);
    expect(() => ids.next()).toThrow(AppError);
    clock.advance(5001);
    seen.add(ids.next());
    expect(seen.size).toBe(3);
    await lease.stop();
  });

  /** A lease under a clock that can be set, and the ids that it has given. */
  const settable = (nodeIds: string) => {
    const hands = { aheadMs: 0 };
    const lease = leaseOf(nodeIds, { clock: { now: () => systemClock.now() + hands.aheadMs }, leaseMs: 30_000 });
    const ids = new IdGenerator(lease);
    const given: string[] = [];
    const issue = (): string => {
      const id = ids.next();
      given.push(id);
      return id;
    };
    return { hands, lease, given, issue };
  };
  const HOURS_MS = 7_200_000;

  it('goes on ahead of time once it was renewed there; when the clock is mended it takes another id of the pool', async () => {
    const { hands, lease, given, issue } = settable('52-53');
    await lease.start();
    issue();
    hands.aheadMs = HOURS_MS;
    expect(issue).toThrow(AppError);
    expect(lease.describe()).toEqual({
      ok: false,
      detail: 'node id 52 issues no ids: the clock is ahead of its lease',
    });
    const ahead = await eventually(() => issue());
    expect(lease.describe().ok).toBe(true);
    hands.aheadMs = 0;
    expect(issue).toThrow(AppError);
    expect(lease.describe()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^node id 52 issues no ids: the clock is \d{7} ms behind its last one$/),
    });
    await eventually(() => lease.describe().ok);
    expect(lease.nodeId).toBe(53);
    expect(timeOf(issue())).toBeLessThan(timeOf(ahead));
    const rows = await database.query<{ owner: string | null; issued_until: string }>(
      'SELECT owner, issued_until FROM platform."NodeLease" WHERE node_id = 52',
    );
    expect(rows).toEqual([{ owner: null, issued_until: String(timeOf(ahead)) }]);
    hands.aheadMs = HOURS_MS;
    await eventually(() => issue());
    expect(new Set(given).size).toBe(given.length);
    await lease.stop();
  });

  it('waits without an id, not ready, when its only id lies ahead, and goes on above it when the time has come', async () => {
    const { hands, lease, given, issue } = settable('54');
    await lease.start();
    hands.aheadMs = HOURS_MS;
    const ahead = await eventually(() => issue());
    hands.aheadMs = 0;
    await eventually(() => !lease.held());
    expect(lease.describe()).toEqual({
      ok: false,
      detail: 'node id 54 was given up: its ids carry times ahead of the clock',
    });
    expect(issue).toThrow(AppError);
    hands.aheadMs = HOURS_MS;
    await eventually(() => lease.describe().ok);
    expect(timeOf(issue())).toBeGreaterThan(timeOf(ahead));
    expect(new Set(given).size).toBe(2);
    await lease.stop();
  });

  it('writes the last issued time at release', async () => {
    const lease = leaseOf('51');
    await lease.start();
    const id = new IdGenerator(lease).next();
    await lease.stop();
    const [row] = await database.query<{ issued_until: string; owner: string | null }>(
      'SELECT issued_until, owner FROM platform."NodeLease" WHERE node_id = 51',
    );
    expect(row).toEqual({ issued_until: String(timeOf(id)), owner: null });
  });
});
