import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { openWire, type Wire } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../tools/demo/http.mjs';
import type { ProcessPlan, ServiceProcess } from '../../tools/system.mjs';
import { openShop, openWorld, QUICK, type Shop } from './support/world';

vi.setConfig({ testTimeout: 150_000 });

const LEASE = { APP_ENV_NODE_LEASE_MS: '4000', APP_ENV_NODE_RENEW_MS: '1000' };
const PINNED = '8';
const OTHER_SECRET = 'another-secret-that-nobody-may-read-anywhere';

let opened: Shop | undefined;
const shop = (): Shop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};
const world = (): Shop['world'] => shop().world;

/** Takes spans over OTLP/HTTP; of each it remembers by which instrumentation it was made. */
const collected = new Set<string>();
const collector = createServer((request, response) => {
  void buffer(request).then((body) => {
    const text = body.toString('latin1');
    for (const [, watched] of text.matchAll(/@opentelemetry\/instrumentation-(\w+)/g)) collected.add(watched ?? '');
    response.end();
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
  const TRACED = { APP_ENV_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` };
  const processes: ProcessPlan[] = [
    { name: 'payment-api', service: 'payment', mode: 'api', overrides: { APP_ENV_NODE_ID: PINNED } },
    { name: 'payment-worker', service: 'payment', mode: 'worker' },
    { name: 'signal', service: 'signal', mode: 'full', overrides: TRACED },
  ];
  const overrides = { ...QUICK, all: { ...QUICK.all, ...LEASE } };
  opened = await openShop(await openWorld('operations', { processes, overrides }), false);
}, 150_000);
afterAll(async () => {
  collector.close();
  await opened?.close();
}, 60_000);

/** Starts a process that is expected to give up; gives its log. */
async function refused(plan: ProcessPlan): Promise<string> {
  const child = await world().system.add(plan);
  await child.start({ wait: false });
  await waitFor(
    `${plan.name} to end`,
    (note) => {
      note(world().log(plan.name).slice(-2_000));
      return child.exitStatus;
    },
    { timeoutMs: 60_000 },
  );
  expect(child.exitStatus).toMatchObject({ code: 1 });
  return world().log(plan.name);
}

const statusOf = (child: ServiceProcess, path: string): Promise<number> =>
  fetch(`${child.baseUrl}${path}`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.status,
    () => 0,
  );

const untilStatus = (child: ServiceProcess, path: string, status: number): Promise<boolean> =>
  waitFor(
    `${child.name} ${path} ${status}`,
    async (note) => {
      const seen = await statusOf(child, path);
      note(seen);
      return seen === status;
    },
    { timeoutMs: 60_000 },
  );

describe('node ids', () => {
  it('refuse a second process that is pinned to a held one, and say who holds it', async () => {
    const log = await refused({
      name: 'pinned',
      service: 'payment',
      mode: 'api',
      overrides: { APP_ENV_NODE_ID: PINNED },
    });
    const [holder] = await world().sql<{ owner: string }>('SELECT owner FROM platform."NodeLease" WHERE node_id = 8');
    expect(holder?.owner).toMatch(/^payment@/);
    expect(log).toContain(holder?.owner);
    expect(log).toContain('payment does not start');
    expect(await world().process('payment-api').ready()).toBe(true);
  });

  it('of a pool go to each process one', async () => {
    const { system } = world();
    const overrides = { APP_ENV_NODE_ID: '800-809' };
    const children = await Promise.all(
      ['pooled-1', 'pooled-2'].map((name) => system.add({ name, service: 'payment', mode: 'api', overrides })),
    );
    await Promise.all(children.map((child) => child.start()));
    const rows = await world().sql<{ node_id: number; owner: string }>(
      `SELECT node_id, owner FROM platform."NodeLease" WHERE node_id BETWEEN 800 AND 809 AND expires_at > now()`,
    );
    const pids = children.map(({ name }) => /"pid":(\d+)/.exec(world().log(name))?.[1]).filter(Boolean);
    expect(rows).toHaveLength(2);
    expect(new Set(rows.map(({ owner }) => owner)).size).toBe(2);
    for (const pid of pids) expect(rows.some(({ owner }) => owner.includes(`:${pid}:`))).toBe(true);
    await Promise.all(children.map((child) => child.stop()));
    for (const child of children) expect(child.exitStatus).toMatchObject({ code: 0 });
  });
});

describe.concurrent('a process does not start', () => {
  it("with a key ring that does not open the database's secrets, and names the key id alone", async () => {
    const wrong = { APP_ENV_APPLICATION_SECRET_KEYS: `dev1:${OTHER_SECRET}` };
    const log = await refused({ name: 'wrong-key', service: 'payment', mode: 'api', overrides: wrong });
    expect(log).toContain('decrypt failed');
    expect(log).toContain('"dev1"');
    expect(log).not.toContain(OTHER_SECRET);
    const lacking = { APP_ENV_APPLICATION_SECRET_KEYS: `dev2:${OTHER_SECRET}` };
    const other = await refused({ name: 'lacking-key', service: 'payment', mode: 'worker', overrides: lacking });
    expect(other).toContain('"dev1"');
    expect(other).not.toContain(OTHER_SECRET);
  });

  it('without brokers where its mode needs Kafka', async () => {
    const overrides = { APP_ENV_KAFKA_BROKERS: undefined };
    const log = await refused({ name: 'brokerless', service: 'payment', mode: 'worker', overrides });
    expect(log).toContain('APP_ENV_KAFKA_BROKERS');
    expect(log).toContain('kafka-1:9092');
  });

  it('with bad settings, and names all of them at once', async () => {
    const overrides = {
      APP_ENV_JWKS_URL: undefined,
      APP_ENV_LOG_LEVEL: 'loud',
      APP_ENV_POSTGRES_POOL_MAX: 'many',
      APP_ENV_PAYMENT_SWEEP_MS: '-1',
      APP_ENV_NODE_ID: '9-x',
      APP_ENV_APPLICATION_SECRET_KEYS: undefined,
    };
    const log = await refused({ name: 'misconfigured', service: 'payment', mode: 'api', overrides });
    for (const name of Object.keys(overrides)) expect(log).toContain(`  ${name}: `);
    expect(log).toContain('6 problem(s)');
  });

  it('in a mode that does not exist', async () => {
    const log = await refused({
      name: 'no-mode',
      service: 'payment',
      mode: 'api',
      overrides: { RUN_MODE: 'server-less' },
    });
    for (const mode of ['RUN_MODE', 'full', 'api', 'worker', 'migrate']) expect(log).toContain(mode);
  });
});

describe('a server that is away', () => {
  it('at the start keeps a process waiting, not ready, until it is back', async () => {
    const { system } = world();
    const { infra } = system;
    const wires = {
      postgres: await openWire(system.databaseUrl('nx_payment'), { state: 'cut' }),
      redis: await openWire(infra.redisUrl, { state: 'cut' }),
      kafka: await openWire(infra.kafkaBrokers.split(',')[0] ?? '', { state: 'cut' }),
    };
    const plans: [ProcessPlan, Wire][] = [
      [away('no-postgres', 'payment', 'api', { APP_ENV_POSTGRES_URL: wires.postgres.through }), wires.postgres],
      [away('no-redis', 'signal', 'full', { APP_ENV_REDIS_URL: wires.redis.through }), wires.redis],
      [away('no-kafka', 'payment', 'worker', { APP_ENV_KAFKA_BROKERS: wires.kafka.through }), wires.kafka],
    ];
    await Promise.all(
      plans.map(async ([plan, wire]) => {
        const child = await system.add(plan);
        await child.start({ wait: false });
        await untilStatus(child, '/healthz', 200);
        expect(await statusOf(child, '/readyz')).toBe(503);
        wire.mend();
        await child.untilReady();
      }),
    );
    wires.postgres.cut();
    wires.redis.cut();
    const cut = plans.slice(0, 2).map(([{ name }]) => world().process(name));
    await Promise.all(cut.map((child) => untilStatus(child, '/readyz', 503)));
    expect(cut.map((child) => child.exitStatus)).toEqual([null, null]);
    wires.postgres.mend();
    wires.redis.mend();
    await Promise.all(cut.map((child) => child.untilReady()));
    await Promise.all(plans.map(([{ name }]) => world().process(name).stop()));
    await Promise.all(Object.values(wires).map((wire) => wire.close()));
  });
});

const away = (
  name: string,
  service: ProcessPlan['service'],
  mode: ProcessPlan['mode'],
  overrides: Record<string, string>,
): ProcessPlan => ({ name, service, mode, overrides });

describe('a graceful stop', () => {
  it('of every process in turn, under load, loses and doubles nothing', async () => {
    const { till } = shop();
    const sold: { order: string; transaction: string }[] = [];
    let selling = true;
    const refusals: number[] = [];
    const sellOne = async (): Promise<void> => {
      const order = await till.order();
      const body = till.checkoutBody(order, { provider: 'SYSTEM', method: '000_CASH' });
      const key = { 'idempotency-key': `stop-${order.id}` };
      const checkout = await persist(() => till.cashier.send('POST', '/payments/checkout', body, key), refusals);
      const cash = { attempt: { id: checkout.attempt.id }, tendered: order.total };
      await persist(() => till.cashier.send('POST', '/payments/system/ipn', cash), refusals);
      sold.push({ order: order.id, transaction: checkout.transaction.id });
    };
    let quota = 0;
    const sellers = Array.from({ length: 3 }, async () => {
      while (selling) await (sold.length < quota ? sellOne() : delay(10));
    });
    const ended = Promise.all(sellers);
    // Whoever waits for it hears of a failure.
    ended.catch(() => undefined);
    for (const name of ['payment-worker', 'signal', 'payment-api']) {
      const before = sold.length;
      // Enough to be under way all through the stop, and to be counted soon afterwards.
      quota = before + 40;
      await waitFor('some sales', () => sold.length >= before + 5);
      const child = world().process(name);
      await child.stop();
      expect(child.exitStatus).toMatchObject({ code: 0 });
      await child.start();
    }
    selling = false;
    await ended;
    // A request that was taken is answered; only new connections are refused meanwhile.
    expect(refusals.filter((status) => status >= 500 && status !== 503)).toEqual([]);
    for (const { order } of sold) await till.orderIn(order, '303_COMPLETED');
    const staff = Object.keys(shop().merchant.staff).length;
    const notified = await waitFor('all notifications', async (note) => {
      const [row] = await world().sql<{ rows: string; events: string }>(
        `SELECT count(*) AS rows, count(DISTINCT event_id) AS events FROM signal."ActivityNotification"
         WHERE data->>'transactionId' = ANY ($1)`,
        [sold.map(({ transaction }) => transaction)],
      );
      note(row);
      return Number(row?.events) >= sold.length ? row : null;
    });
    expect(notified).toEqual({ events: String(sold.length), rows: String(sold.length * staff) });
    const [journals] = await world().sql<{ count: string }>(
      'SELECT count(*) FROM mq_pay."LedgerJournal" WHERE transaction_id = ANY ($1)',
      [sold.map(({ transaction }) => transaction)],
    );
    expect(journals?.count).toBe(String(sold.length));
  });
});

describe('traces', () => {
  it('come of requests, statements, commands and records, of a service as it is shipped', async () => {
    const watched = ['http', 'ioredis', 'kafkajs', 'pg'];
    await waitFor('spans of all', (note) => {
      note([...collected]);
      return watched.every((one) => collected.has(one));
    });
  });
});

describe('pages of a service as it is shipped', () => {
  it.each([
    ['Swagger UI', (base: string) => `${base}/doc/`],
    ['Queues', (base: string) => new URL('/internal/api/queues/', base).href],
  ])('%s: the page, its styles and its scripts', async (title, at) => {
    const page = at(world().process('payment-api').baseUrl);
    const html = await textOf(page);
    expect(html).toContain(`<title>${title}</title>`);
    const root = /<base href="([^"]+)"/.exec(html)?.[1] ?? page;
    const parts = [...html.matchAll(/(?:src|href)="([^":]+\.(?:js|css))"/g)].map(([, path]) => path ?? '');
    for (const part of parts) expect(await textOf(new URL(part, new URL(root, page)).href)).not.toBe('');
    expect(parts.some((path) => path.endsWith('.js')) && parts.some((path) => path.endsWith('.css'))).toBe(true);
  });
});

async function textOf(url: string): Promise<string> {
  const response = await fetch(url);
  expect(`${url} ${response.status}`).toBe(`${url} 200`);
  return response.text();
}

/** As sale does it: tries again while nobody answers or a 503 asks for patience. */
async function persist<T>(
  send: () => Promise<{ status: number; body: T }>,
  refusals: number[],
): Promise<T & { attempt: { id: string }; transaction: { id: string } }> {
  const ask = async (note: (seen: unknown) => void): Promise<{ body: T } | null> => {
    const got = await send();
    note(got);
    if (got.status !== 200) refusals.push(got.status);
    return got.status === 200 ? got : null;
  };
  // As long as a process may need to start again.
  const answer = await waitFor('an answer', ask, { timeoutMs: 60_000 });
  return answer.body as T & { attempt: { id: string }; transaction: { id: string } };
}
