import { connect } from 'node:net';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  eventually,
  ManualClock,
  openPool,
  privateRedis,
  testDatabase,
  testEnvironment,
  testIdentity,
  uniquePrefix,
} from './index';
import { loadConfig, PlatformConfig } from '@nx/config';

async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('testDatabase', () => {
  it('gives each caller a migrated database of its own and removes it', async () => {
    const [one, two] = await Promise.all([testDatabase({ service: 'payment' }), testDatabase({ service: 'payment' })]);
    expect(one.name).not.toBe(two.name);
    await ask(one.urlFor('runtime'), `INSERT INTO "Inbox" (consumer, event_id) VALUES ('g', 'e')`);
    expect(await ask(two.urlFor('runtime'), 'SELECT event_id FROM "Inbox"')).toEqual([]);
    const [row] = await ask<{ name: string; path: string; zone: string }>(
      one.urlFor('runtime'),
      `SELECT current_user AS name, current_setting('search_path') AS path, current_setting('timezone') AS zone`,
    );
    expect(row).toEqual({ name: 'nx_payment', path: 'payment, mq_pay, identity, platform', zone: 'UTC' });
    const admin = two.urlFor('admin').replace(two.name, 'postgres');
    await Promise.all([one.drop(), two.drop()]);
    expect(await ask(admin, `SELECT 1 FROM pg_database WHERE datname IN ('${one.name}', '${two.name}')`)).toEqual([]);
  });

  it('holds the schemas of further services when asked', async () => {
    const all = await testDatabase({ service: 'payment', also: ['invoice', 'signal'] });
    const rows = await ask<{ schema: string }>(
      all.urlFor('admin'),
      `SELECT schemaname AS schema FROM pg_tables WHERE tablename = 'IdempotencyKey' ORDER BY 1`,
    );
    expect(rows.map((row) => row.schema)).toEqual(['invoice', 'mq_pay', 'signal']);
    await all.drop();
  });
});

describe('testEnvironment', () => {
  it('is accepted by the configuration of every service', async () => {
    const database = { name: 'x', urlFor: () => 'postgres://u:p@h/x', drop: () => Promise.resolve() };
    for (const service of ['payment', 'invoice', 'signal'] as const) {
      const options = { database, redisUrl: 'redis://h', kafkaBrokers: ['h:1'], prefix: uniquePrefix() };
      const config = loadConfig(PlatformConfig, testEnvironment(service, options));
      expect(config.application.name).toBe(service);
      expect(config.queue.prefix).toBe(options.prefix);
    }
    await Promise.resolve();
  });
});

describe('helpers', () => {
  it('eventually waits for a condition and says when it never held', async () => {
    let calls = 0;
    expect(await eventually(() => (++calls > 3 ? 'done' : undefined), { everyMs: 1 })).toBe('done');
    await expect(eventually(() => false, { timeoutMs: 20, everyMs: 5 })).rejects.toThrow('within 20 ms');
    const failing = eventually(() => Promise.reject(new Error('why')), { timeoutMs: 20, everyMs: 5 });
    await expect(failing).rejects.toMatchObject({ cause: { message: 'why' } });
  });

  it('a manual clock stands until it is moved', () => {
    const clock = new ManualClock(5);
    expect(clock.now()).toBe(5);
    clock.advance(10);
    expect(clock.now()).toBe(15);
  });

  it('a private Redis answers and ends', async () => {
    const redis = await privateRedis();
    const port = Number(new URL(redis.url).port);
    await redis.stop();
    await expect(
      new Promise((resolve, reject) => {
        connect(port, '127.0.0.1').once('connect', resolve).once('error', reject);
      }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('an identity signs tokens that its key set proves, also after a rotation', async () => {
    const identity = await testIdentity();
    const { createRemoteJWKSet, jwtVerify } = await import('jose');
    const before = await identity.token({ userId: 'u1' });
    await identity.rotate();
    const after = await identity.token({ userId: 'u2' });
    for (const [token, userId] of [
      [before, 'u1'],
      [after, 'u2'],
    ] as const) {
      const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(identity.url)), { algorithms: ['ES256'] });
      expect(payload['userId']).toBe(userId);
    }
    expect(before).not.toBe(after);
    identity.setAway(true);
    expect((await fetch(identity.url)).status).toBe(503);
    await identity.stop();
  });
});

describe('openPool', () => {
  it('is not disturbed by a server that ends its idle connections', async () => {
    const database = await testDatabase({ service: 'payment' });
    const pool = openPool({ connectionString: database.urlFor('runtime') });
    const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const other = new pg.Client({ connectionString: database.urlFor('admin') });
    await other.connect();
    await other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await eventually(() => pool.totalCount === 0);
    expect((await pool.query('SELECT 1')).rowCount).toBe(1);
    await Promise.all([other.end(), pool.end()]);
    await database.drop();
  });
});
