import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openPool, privateRedis, repositoryRoot, testInfra, uniquePrefix } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dropDatabase } from '../../tools/database.mjs';
import { Api, waitFor } from '../../tools/demo/http.mjs';
import { taxDataKnown, type Merchant } from '../../tools/demo/merchant.mjs';
import { Till, type Checkout } from '../../tools/demo/sale.mjs';
import { PREVIOUS, previousRelease } from '../../tools/release/previous-release.mjs';
import { SPLIT_MODE, startSystem, type ProcessPlan, type ServiceProcess, type System } from '../../tools/system.mjs';
import { openGateway, type Gateway } from './support/gateway';
import { migrateHere } from './support/migrate-here';
import { QUICK } from './support/world';

vi.setConfig({ testTimeout: 240_000 });

type Demo = typeof import('../../tools/demo/merchant.mjs');

const SERVICES = ['payment', 'invoice', 'signal'] as const;
type Served = (typeof SERVICES)[number];

/** Sales that must have been made before the next thing is done to the system. */
const A_FEW = 3;
const CUSTOMER_EVERY_MS = 200;

/** A machine that stands still for ten seconds makes nobody lose its node id: what is refused is the upgrade's doing. */
const STEADY = { APP_ENV_NODE_LEASE_MS: '30000' };

let system: System;
let gateways: Record<Served, Gateway>;
let merchant: Merchant;
let till: Till;
let bell: Api;
let sql: pg.Pool;
const endings: (() => Promise<unknown>)[] = [];

const baseOf = (service: Served): string => {
  const child = system.processes.find((one) => one.service === service && isServed(one));
  return `${gateways[service].url}${child?.baseUrl.slice(child.url.length) ?? ''}`;
};

const isServed = ({ mode }: ServiceProcess): boolean => mode !== 'worker';

beforeAll(async () => {
  const release = await previousRelease();
  const { postgresAdminUrl, kafkaBrokers } = await testInfra();
  const prefix = uniquePrefix();
  const redis = await privateRedis();
  endings.push(() => redis.stop());
  gateways = { payment: await openGateway(), invoice: await openGateway(), signal: await openGateway() };
  for (const gateway of Object.values(gateways)) endings.push(() => gateway.close());
  const database = `nx_test_upgrade_${prefix}`;
  endings.push(() => dropDatabase(postgresAdminUrl, database));
  system = await startSystem({
    infra: { postgresAdminUrl, redisUrl: redis.url, kafkaBrokers: kafkaBrokers.join(',') },
    database,
    release,
    fronts: { payment: gateways.payment.url, invoice: gateways.invoice.url, signal: gateways.signal.url },
    processes: SPLIT_MODE,
    topicPrefix: prefix,
    queuePrefix: prefix,
    overrides: { ...QUICK, all: { ...QUICK.all, ...STEADY } },
    sandbox: { seed: prefix },
    logFolder: join(repositoryRoot(), '.local', 'test', 'e2e', 'upgrade'),
  });
  endings.push(() => system.stop());
  for (const child of system.processes.filter(isServed)) gateways[child.service].route(child.port);
  const url = new URL(postgresAdminUrl);
  url.pathname = `/${database}`;
  sql = openPool({ connectionString: url.toString(), max: 2 });
  endings.push(() => sql.end());
  const { sandbox } = system.endpoints;
  const services = { payment: baseOf('payment'), invoice: baseOf('invoice'), signal: baseOf('signal') };
  const urls = { sandbox, ...services, stream: gateways.signal.url };
  // Its own demo knows what it can do.
  const { makeDemoSecrets, seedMerchant } = (await import(join(release, 'tools', 'demo', 'merchant.mjs'))) as Demo;
  merchant = await seedMerchant(urls, makeDemoSecrets());
  await taxDataKnown(urls, merchant);
  till = new Till(urls, merchant);
  bell = new Api(services.signal, { token: merchant.staff.owner.token, merchantId: merchant.merchantId });
}, 180_000);

afterAll(async () => {
  for (const end of endings.splice(0).reverse()) await end();
}, 60_000);

/** The next one is ready before the one before it goes: `maxUnavailable 0`, `maxSurge 1`. */
async function replace(name: string, plan: ProcessPlan): Promise<void> {
  const next = await system.add(plan);
  await next.start();
  const before = system.process(name);
  if (before === undefined) throw new Error(`there is no process ${name}`);
  if (isServed(next)) {
    gateways[next.service].route(next.port);
    await gateways[next.service].drained(before.port);
  }
  await before.stop();
  expect(before.exitStatus).toMatchObject({ code: 0 });
}

/**
 * Customers who never stop buying, in cash and by QR, with an invoice each, and staff who look at invoices and bell after
 * each sale: every service is asked while it rolls. What was refused to them is kept.
 */
class Market {
  readonly sold: { readonly order: string; readonly transaction: string }[] = [];
  readonly refused: string[] = [];
  private open = true;
  private readonly sellers: Promise<void>[];

  constructor() {
    this.sellers = [false, true].map(async (byQr) => {
      while (this.open) await Promise.all([this.sell(byQr), delay(CUSTOMER_EVERY_MS)]);
    });
  }

  /** Resolves when some further sales were made from now on, from their first request to the last. */
  async goesOn(): Promise<void> {
    const before = this.sold.length;
    await waitFor(
      'further sales',
      (note) => {
        note({ sold: this.sold.length - before, refused: this.refused });
        return this.sold.length >= before + A_FEW || this.refused.length > 0;
      },
      { timeoutMs: 60_000 },
    );
  }

  async close(): Promise<void> {
    this.open = false;
    await Promise.all(this.sellers);
  }

  private async sell(byQr: boolean): Promise<void> {
    const order = await till.order({ channel: merchant.channels.counter });
    const way = byQr ? {} : { provider: 'SYSTEM', method: '000_CASH' };
    const checkout = await this.post('/payments/checkout', till.checkoutBody(order, way), `sale-${order.id}`);
    if (checkout === undefined) return;
    if (byQr) await till.pay(checkout);
    else await this.post('/payments/system/ipn', { attempt: { id: checkout.attempt.id }, tendered: order.total });
    await this.request(till.invoices, 'GET', `/invoices?sourceId=${encodeURIComponent(order.id)}`);
    await this.request(bell, 'GET', '/notifications');
    await this.request(bell, 'PATCH', '/notifications/read-all', {});
    this.sold.push({ order: order.id, transaction: checkout.transaction.id });
  }

  private async post(path: string, body: object, key?: string): Promise<Checkout | undefined> {
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    return (await this.request(till.cashier, 'POST', path, body, headers)) as Checkout | undefined;
  }

  /** The body of a 2xx; anything else is kept, and the market closes. */
  private async request(
    api: Api,
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    try {
      const { status, body: said } = await api.send(method, path, body, headers);
      if (status >= 200 && status < 300) return said;
      this.refused.push(`${path} ${status} ${JSON.stringify(said)}`);
    } catch (error) {
      this.refused.push(`${path} ${String(error)} ${String((error as Error).cause)}`);
    }
    this.open = false;
    return undefined;
  }
}

describe(`a rolling upgrade from ${PREVIOUS.tag}`, () => {
  it('refuses no request, and each sale is paid, booked, invoiced and told of once', async () => {
    const market = new Market();
    await market.goesOn();
    // Expanded first: the previous release goes on, on a schema that it has never seen.
    for (const service of SERVICES) await migrateHere(service, system.environment(service, 'migrate'));
    await market.goesOn();
    expect(market.refused).toEqual([]);
    for (const { name, service, mode } of SPLIT_MODE) {
      await replace(name, { name: `${name}-next`, service, mode, release: repositoryRoot() });
      await market.goesOn();
      expect(market.refused).toEqual([]);
    }
    await market.close();
    expect(market.refused).toEqual([]);
    for (const { order } of market.sold) {
      await till.orderIn(order, '303_COMPLETED');
      await till.invoice(order);
    }
    for (const schema of ['mq_pay', 'invoice', 'signal']) {
      const { rows } = await sql.query(`SELECT topic, error_message FROM ${schema}."ParkedRecord"`);
      expect(rows, `records of the other release that ${schema} cannot read`).toEqual([]);
    }
    const transactions = market.sold.map(({ transaction }) => transaction);
    const { rows: journals } = await sql.query<{ count: string }>(
      'SELECT count(*) FROM mq_pay."LedgerJournal" WHERE transaction_id = ANY ($1)',
      [transactions],
    );
    expect(journals).toEqual([{ count: String(transactions.length) }]);
    const staff = Object.keys(merchant.staff).length;
    const told = await waitFor('all notifications', async (note) => {
      const { rows } = await sql.query<{ rows: string; recipients: string }>(
        `SELECT count(*) AS rows, count(DISTINCT (event_id, recipient_id)) AS recipients FROM signal."ActivityNotification"
         WHERE type = 'PAYMENT_SUCCESS' AND data->>'transactionId' = ANY ($1)`,
        [transactions],
      );
      note(rows);
      return Number(rows[0]?.recipients) >= transactions.length * staff ? rows : null;
    });
    expect(told).toEqual([{ rows: `${transactions.length * staff}`, recipients: `${transactions.length * staff}` }]);
  });
});
