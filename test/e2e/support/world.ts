import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import {
  openPool,
  privateRedis,
  repositoryRoot,
  testDatabase,
  testInfra,
  uniquePrefix,
  type TestDatabase,
} from '@nx/testing';
import { Api } from '../../../tools/demo/http.mjs';
import { makeDemoSecrets, seedMerchant, taxDataKnown, type Merchant } from '../../../tools/demo/merchant.mjs';
import { Till } from '../../../tools/demo/sale.mjs';
import { connectStream, type Stream } from '../../../tools/demo/stream.mjs';
import type { DemoSecrets, DemoUrls } from '../../../tools/demo/merchant.mjs';
import { migrateHere } from './migrate-here';
import { startSystem, type ProcessPlan, type ServiceProcess, type System } from '../../../tools/system.mjs';

/** Split mode with two signals, as the issue of a site's first day asks for it. */
export const TWO_SIGNALS: readonly ProcessPlan[] = [
  { name: 'payment-api', service: 'payment', mode: 'api' },
  { name: 'payment-worker', service: 'payment', mode: 'worker' },
  { name: 'invoice-api', service: 'invoice', mode: 'api' },
  { name: 'invoice-worker', service: 'invoice', mode: 'worker' },
  { name: 'signal-1', service: 'signal', mode: 'full' },
  { name: 'signal-2', service: 'signal', mode: 'full' },
];

/** What a site sets in seconds and minutes; whole systems under test do not wait so long. */
export const QUICK = {
  all: {
    APP_ENV_RATE_LIMIT_PER_SUBJECT: '0',
    APP_ENV_RATE_LIMIT_PER_IP: '0',
    APP_ENV_RATE_LIMIT_CLAIM_PER_IP: '0',
    APP_ENV_POSTGRES_POOL_MAX: '8',
    APP_ENV_POSTGRES_POOL_MIN: '1',
    // Several systems share a small machine with everything else that is tested.
    APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '10000',
    APP_ENV_OUTBOX_POLL_MS: '50',
  },
  payment: { APP_ENV_PAYMENT_SWEEP_MS: '250', APP_ENV_WEBHOOK_BACKOFF_MS: '100', APP_ENV_CREDENTIAL_CACHE_MS: '200' },
  invoice: {
    APP_ENV_INVOICE_SWEEP_MS: '250',
    APP_ENV_INVOICE_MINUTE_MS: '1000',
    APP_ENV_INVOICE_LONGEST_PROCESSING_MS: '300',
    APP_ENV_INVOICE_LOOK_UP_GAP_MS: '300',
    APP_ENV_INVOICE_LOOK_UP_RETRY_MS: '300',
    // Claims are open around the clock, so that no test depends on the hour at which it runs.
    APP_ENV_CLAIM_LAST_PAID_MS: '172800000',
    APP_ENV_CLAIM_CLOSE_MS: '172800000',
  },
};

/** A system of its own with its servers' corner: database, topics, queues, and a Redis because of the bus's channels. */
export interface World {
  readonly name: string;
  readonly system: System;
  readonly prefix: string;
  readonly redis: { url: string; stop(): Promise<void> };
  readonly logFolder: string;
  readonly urls: DemoUrls;
  readonly sandbox: Api;
  /** The database under the server's own role. */
  readonly adminUrl: string;
  /** Offset that a group has committed on a topic of this system, summed over the partitions. */
  committed(group: string, topic: string): Promise<number>;
  process(name: string): ServiceProcess;
  /** Rows under the server's own role: what no API shows, and the hands of time. */
  sql<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>;
  log(process: string): string;
  /** Puts records on a topic of this system, as a sibling would. */
  produce(topic: string, key: string, values: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly processes?: readonly ProcessPlan[];
  readonly overrides?: typeof QUICK | Record<string, Record<string, string>>;
}

export async function openWorld(name: string, { processes = TWO_SIGNALS, overrides = QUICK }: WorldOptions = {}) {
  const { postgresAdminUrl, kafkaBrokers } = await testInfra();
  const prefix = uniquePrefix();
  const logFolder = join(repositoryRoot(), '.local', 'test', 'e2e', name);
  const [redis, database] = await Promise.all([
    privateRedis(),
    testDatabase({ service: 'payment', also: ['invoice', 'signal'] }),
  ]);
  const clean = async (): Promise<void> => {
    await redis.stop();
    await Promise.all([database.drop(), dropTopics(kafkaBrokers, prefix)]);
  };
  let system: System;
  try {
    system = await startSystem({
      infra: { postgresAdminUrl, redisUrl: redis.url, kafkaBrokers: kafkaBrokers.join(',') },
      database: database.name,
      migrate: migrateHere,
      topicPrefix: prefix,
      queuePrefix: prefix,
      processes,
      overrides,
      sandbox: { seed: prefix },
      logFolder,
    });
  } catch (error) {
    await clean();
    throw error;
  }
  return worldOf({ name, system, prefix, redis, logFolder, database, kafkaBrokers, clean });
}

interface Parts {
  readonly name: string;
  readonly system: System;
  readonly prefix: string;
  readonly redis: World['redis'];
  readonly logFolder: string;
  readonly database: TestDatabase;
  readonly kafkaBrokers: readonly string[];
  readonly clean: () => Promise<void>;
}

function worldOf(parts: Parts): World {
  const { name, system, prefix, redis, logFolder, database, clean } = parts;
  const process = (wanted: string): ServiceProcess => {
    const found = system.process(wanted);
    if (found === undefined) throw new Error(`there is no process ${wanted}`);
    return found;
  };
  const baseOf = (service: string): string =>
    system.processes.find((child) => child.service === service && child.mode !== 'worker')?.baseUrl ?? '';
  const { sandbox, signal } = system.endpoints;
  const urls = { sandbox, payment: baseOf('payment'), invoice: baseOf('invoice'), signal: baseOf('signal') };
  const adminUrl = database.urlFor('admin');
  const pool = openPool({ connectionString: adminUrl, max: 3, application_name: `e2e-${name}` });
  return {
    name,
    system,
    prefix,
    redis,
    logFolder,
    urls: { ...urls, stream: signal },
    sandbox: new Api(sandbox),
    adminUrl,
    committed: (group, topic) => committed(parts.kafkaBrokers, `${prefix}.${group}`, `${prefix}.${topic}`),
    process,
    sql: async <R extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<R>(text, [...values])).rows,
    log: (child) => readFileSync(join(logFolder, `${child}.log`), 'utf8'),
    produce: (topic, key, values) => produce(parts.kafkaBrokers, `${prefix}.${topic}`, key, values),
    stop: async () => {
      await system.stop();
      await pool.end();
      await clean();
    },
  };
}

async function produce(brokers: readonly string[], topic: string, key: string, values: readonly object[]) {
  const producer = new Kafka({ brokers: [...brokers], clientId: 'e2e', logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  try {
    await producer.send({ topic, messages: values.map((value) => ({ key, value: JSON.stringify(value) })) });
  } finally {
    await producer.disconnect();
  }
}

async function committed(brokers: readonly string[], groupId: string, topic: string): Promise<number> {
  const admin = new Kafka({ brokers: [...brokers], clientId: 'e2e', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  } finally {
    await admin.disconnect();
  }
}

async function dropTopics(brokers: readonly string[], prefix: string): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], clientId: prefix, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

/** The world with a merchant who sells, and a screen of each of its people on each signal. */
export interface Shop {
  readonly world: World;
  readonly merchant: Merchant;
  readonly secrets: DemoSecrets;
  readonly till: Till;
  screen(person: 'owner' | 'cashier' | 'employee', signal: string, rooms?: readonly string[]): Promise<Stream>;
  close(): Promise<void>;
}

/** Opens the shop; a world in which it cannot be opened is ended. */
export async function openShop(world: World, invoicing = true): Promise<Shop> {
  try {
    const secrets = makeDemoSecrets();
    const merchant = await seedMerchant(world.urls, secrets, { invoicing });
    if (invoicing) await taxDataKnown(world.urls, merchant);
    return shopOf(world, merchant, secrets);
  } catch (error) {
    await world.stop();
    throw error;
  }
}

function shopOf(world: World, merchant: Merchant, secrets: DemoSecrets): Shop {
  const streams: Stream[] = [];
  return {
    world,
    merchant,
    secrets,
    till: new Till(world.urls, merchant),
    screen: async (person, signal, rooms = []) => {
      const stream = await connectStream(world.process(signal).url, merchant.staff[person].token, { rooms });
      streams.push(stream);
      return stream;
    },
    close: async () => {
      for (const stream of streams) stream.close();
      await world.stop();
    },
  };
}

/** A word that nobody else writes, to look for in logs. */
export const marked = (what: string): string => `${what}-${randomBytes(12).toString('hex')}`;
