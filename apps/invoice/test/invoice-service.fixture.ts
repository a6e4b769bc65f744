import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '@nx/config';
import { createApp } from '@nx/http';
import { isInfrastructureError } from '@nx/persistence';
import {
  eventually,
  openPool,
  openWire,
  reserveFreePort,
  privateRedis,
  repositoryRoot,
  sharedIdentity,
  testDatabase,
  testEnvironment,
  testInfra,
  uniquePrefix,
  type PrivateRedis,
  type TestDatabase,
  type Wire,
} from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { InvoiceConfig } from '../src/invoice.config';
import { consumersOf, InvoiceModule } from '../src/invoice.module';
import { migrateInvoice } from '../src/migrate-invoice';
import { invoiceService } from '../src/service';

export const KEYS = {
  APP_ENV_INVOICE_CREDENTIALS_KEY: 'ab'.repeat(32),
  APP_ENV_INVOICE_CLAIM_KEYS: 'c1:a-claim-key-that-is-long-enough',
};

/** Timers short enough for tests; every rule keeps its shape. */
export const SHORT_TIMERS = {
  APP_ENV_INVOICE_SWEEP_MS: '50',
  APP_ENV_INVOICE_AUTHORITY_POLL_MS: '100',
  APP_ENV_INVOICE_PARTITION_POLL_MS: '50',
  APP_ENV_INVOICE_MINUTE_MS: '20',
  APP_ENV_INVOICE_DAY_PAUSE_MS: '1500',
  // Longer than any test: what was just made alerts at no hour of the day; tests of the alarm set the age.
  APP_ENV_INVOICE_ALARM_AFTER_MS: '3600000',
  APP_ENV_INVOICE_LOOK_UP_GAP_MS: '100',
  APP_ENV_INVOICE_LONGEST_PROCESSING_MS: '300',
  APP_ENV_INVOICE_LOOK_UP_RETRY_MS: '100',
  APP_ENV_INVOICE_CALL_LOCK_MS: '5000',
  APP_ENV_INVOICE_PROVIDER_TIMEOUT_MS: '1500',
  APP_ENV_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  APP_ENV_RATE_LIMIT_CLAIM_PER_IP: '0',
  // Claims are open around the clock, so that no test depends on the hour at which it runs.
  APP_ENV_CLAIM_LAST_PAID_MS: '172800000',
  APP_ENV_CLAIM_CLOSE_MS: '172800000',
};

export interface RunningInvoice {
  readonly app: NestFastifyApplication;
  readonly config: InvoiceConfig;
  readonly url: string;
  readonly environment: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts the whole service in this process on a free port. What a refused start has opened is let go again. */
export async function startInvoice(environment: Record<string, string>): Promise<RunningInvoice> {
  const config = loadConfig(InvoiceConfig, environment, { service: 'invoice' }) as InvoiceConfig;
  const app = await createApp<InvoiceConfig>({
    service: 'invoice',
    config,
    createModule: (loaded) => InvoiceModule.forRoot(loaded),
    strategies: consumersOf,
    migrate: migrateInvoice,
    openApi: { title: 'Invoice', description: '' },
    isInfrastructureError,
  });
  try {
    await app.init();
    await invoiceService.beforeListen?.(app);
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  return { app, config, environment, url: await app.getUrl(), stop: () => app.close() };
}

export interface SandboxProcess {
  readonly url: string;
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T>;
  stop(): Promise<void>;
}

/** The real sandbox in a process of its own: identity, the e-invoice vendor, sale and commerce. */
export async function startSandbox(settings: Record<string, string>): Promise<SandboxProcess> {
  const root = repositoryRoot();
  const port = await reserveFreePort();
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', join(root, 'sandbox/main.ts')], {
    cwd: root,
    env: { PATH: process.env['PATH'], SANDBOX_PORT: String(port), ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/jw-certs`)).ok, { timeoutMs: 60_000 });
  return {
    url,
    call: async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text) as T;
    },
    stop: () =>
      new Promise((resolve) => {
        process.off('exit', end);
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

export interface InvoiceWorld {
  readonly database: TestDatabase;
  readonly redis: PrivateRedis;
  readonly prefix: string;
  readonly cdcTopic: string;
  readonly sql: pg.Pool;
  readonly sandbox: SandboxProcess;
  readonly environment: Record<string, string>;
  token(claims: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

/** Servers, database, topics and the sandbox for one test file. */
export async function openWorld(extra: Record<string, string> = {}): Promise<InvoiceWorld> {
  const { kafkaBrokers } = await testInfra();
  const [database, redis, identity] = await Promise.all([
    testDatabase({ service: 'invoice' }),
    privateRedis(),
    sharedIdentity(),
  ]);
  const prefix = uniquePrefix();
  // The feed's name carries no prefix, so a file that uses it takes one of the accepted names for itself alone.
  const cdcTopic = extra['SANDBOX_CDC_TOPIC'] ?? 'nx.seller.public.Merchant';
  const sandbox = await startSandbox({
    SANDBOX_KAFKA_BROKERS: kafkaBrokers.join(','),
    SANDBOX_TOPIC_PREFIX: prefix,
    SANDBOX_CDC_TOPIC: cdcTopic,
    SANDBOX_SEED: prefix,
  });
  const { token: serviceToken } = await sandbox.call<{ token: string }>('POST', '/identity/tokens', {
    persona: 'service',
  });
  const environment = testEnvironment('invoice', {
    database,
    redisUrl: redis.url,
    kafkaBrokers,
    prefix,
    jwksUrl: identity.url,
    extra: { ...KEYS, ...SHORT_TIMERS, APP_ENV_SALE_URL: sandbox.url, APP_ENV_SERVICE_TOKEN: serviceToken, ...extra },
  });
  const migrating = testEnvironment('invoice', {
    database,
    redisUrl: redis.url,
    kafkaBrokers,
    prefix,
    mode: 'migrate',
    extra: { ...KEYS, ...extra },
  });
  await migrateInvoice(loadConfig(InvoiceConfig, migrating, { service: 'invoice' }) as InvoiceConfig, () => undefined);
  const sql = openPool({ connectionString: database.urlFor('runtime'), max: 4 });
  return {
    database,
    redis,
    prefix,
    cdcTopic,
    sql,
    sandbox,
    environment,
    token: (claims) => identity.token(claims),
    close: async () => {
      await sandbox.stop();
      await sql.end();
      await redis.stop();
      await database.drop();
    },
  };
}

interface Running {
  readonly world: InvoiceWorld;
  readonly service: RunningInvoice;
}

/** The service over a world of its own for the tests of one file, ended after them; `take` gets both. */
export function withService(
  take: (running: Running) => unknown,
  extra: Record<string, string> = {},
  more: (world: InvoiceWorld) => Promise<Record<string, string>> = () => Promise.resolve({}),
): void {
  let world: InvoiceWorld | undefined;
  let service: RunningInvoice | undefined;
  beforeAll(async () => {
    world = await openWorld(extra);
    service = await startInvoice({ ...world.environment, ...(await more(world)) });
    await take({ world, service });
  }, 120_000);
  afterAll(async () => {
    await service?.stop();
    await world?.close();
  });
}

/** The same with a service whose way to PostgreSQL breaks where the test says; `take` gets the way too. */
export function withWiredService(take: (running: Running & { readonly wire: Wire }) => unknown): void {
  let wire: Wire | undefined;
  // Hooks of the end run backwards: the way ends after the service.
  afterAll(() => wire?.close());
  const over = async (world: InvoiceWorld): Promise<Record<string, string>> => {
    wire = await openWire(world.environment['APP_ENV_POSTGRES_URL'] ?? '');
    // So long the server is asked what became of a commit, and then nobody knows.
    return { APP_ENV_POSTGRES_URL: wire.through, APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '1000' };
  };
  withService((running) => (wire === undefined ? undefined : take({ ...running, wire })), {}, over);
}
