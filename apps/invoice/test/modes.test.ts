import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '@nx/config';
import { eventually } from '@nx/testing';
import { InvoiceConfig } from '../src/invoice.config';
import { migrateInvoice } from '../src/migrate-invoice';
import { openWorld, startInvoice, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let api: RunningInvoice;
let worker: RunningInvoice;

beforeAll(async () => {
  world = await openWorld();
  const { APP_ENV_KAFKA_BROKERS: _brokers, ...withoutKafka } = world.environment;
  api = await startInvoice({ ...withoutKafka, RUN_MODE: 'api' });
  worker = await startInvoice({ ...world.environment, RUN_MODE: 'worker' });
}, 120_000);
afterAll(async () => {
  await api?.stop();
  await worker?.stop();
  await world?.close();
});

describe('split into api and worker', () => {
  it('api starts without Kafka and serves; the worker issues and serves no public route', async () => {
    const merchant = await connectMerchant(world, api, { mode: 'MANUAL' });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    const owner = await restOf(world, api, { role: '500_owner', merchantIds: [merchant.id] });
    expect((await owner('POST', `/invoices/${id}/issue`)).status).toBe(200);
    await untilStatus(world, order.id, 'SUCCESS');
    const atWorker = await restOf(world, worker, { role: '500_owner', merchantIds: [merchant.id] });
    expect((await atWorker('GET', `/invoices/${id}`)).status).toBe(404);
    expect((await atWorker('GET', `/internal/api/rooms?name=invoice/invoices/${id}`)).status).toBe(200);
    await eventually(async () => (await atWorker('GET', '/readyz')).status === 200);
  });

  it('two workers at once issue each invoice once', { timeout: 60_000 }, async () => {
    const second = await startInvoice({ ...world.environment, RUN_MODE: 'worker' });
    try {
      const merchant = await connectMerchant(world, api);
      const orders = Array.from({ length: 40 }, () => orderOf(merchant));
      await Promise.all(orders.map((order) => produce(world, order, 2)));
      for (const order of orders) await untilStatus(world, order.id, 'SUCCESS', 40_000);
      expect(await issuedAt(world, merchant)).toHaveLength(orders.length);
    } finally {
      await second.stop();
    }
  });
});

describe('a start', () => {
  it('with other keys than the database knows is refused, names the key id, and holds no node id', async () => {
    const other = { ...world.environment, APP_ENV_INVOICE_CREDENTIALS_KEY: 'cd'.repeat(32), APP_ENV_NODE_ID: '977' };
    await expect(startInvoice(other)).rejects.toThrow(/key ring of invoice.*default/);
    const { rows } = await world.sql.query(
      'SELECT owner FROM platform."NodeLease" WHERE node_id = 977 AND expires_at > now()',
    );
    expect(rows).toEqual([]);
  });

  it.each([
    [
      'a key that is not 64 hex characters',
      { APP_ENV_INVOICE_CREDENTIALS_KEY: 'abc' },
      'APP_ENV_INVOICE_CREDENTIALS_KEY',
    ],
    ['no claim keys', { APP_ENV_INVOICE_CLAIM_KEYS: undefined }, 'APP_ENV_INVOICE_CLAIM_KEYS'],
    ['no brokers', { APP_ENV_KAFKA_BROKERS: undefined }, 'APP_ENV_KAFKA_BROKERS'],
  ])('with %s names the setting', (_what, change, setting) => {
    const set = Object.entries({ ...world.environment, ...change }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    try {
      loadConfig(InvoiceConfig, Object.fromEntries(set));
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).problems.map(({ env }) => env)).toContain(setting);
    }
  });

  it('of migrate may be repeated', async () => {
    const environment = {
      ...world.environment,
      RUN_MODE: 'migrate',
      APP_ENV_POSTGRES_URL: world.database.urlFor('owner'),
    };
    await migrateInvoice(loadConfig(InvoiceConfig, environment) as InvoiceConfig, () => undefined);
    const { rows } = await world.sql.query<{ count: string }>(`SELECT count(*) AS count FROM "Commune"`);
    expect(rows[0]?.count).toBe('3321');
  });
});
