import 'reflect-metadata';
import { Global, Module, type DynamicModule, type INestApplicationContext, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ForService, loadConfig, PlatformConfig } from '@nx/config';
import { AppError } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import { MessagingModule } from '@nx/messaging';
import { HealthRegistry, ObservabilityModule } from '@nx/observability';
import { PersistenceModule } from '@nx/persistence';
import {
  eventually,
  reserveFreePort,
  testDatabase,
  testEnvironment,
  uniquePrefix,
  type TestDatabase,
} from '@nx/testing';
import { createServer, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IdGenerator, NodeLease, Outbox, OutboxRelay, ReliableModule } from './index';
import { recordingLogger } from './reliable.fixture';

@ForService('signal')
class TestConfig extends PlatformConfig {}

@Global()
@Module({})
class ConfigModule {
  static of(config: TestConfig): DynamicModule {
    const providers = [{ provide: PlatformConfig, useValue: config }];
    return { module: ConfigModule, providers, exports: [PlatformConfig] };
  }
}

interface Extras {
  readonly lines?: string[];
  readonly ring?: KeyRing;
  readonly providers?: readonly Provider[];
}

@Module({})
class AppModule {
  static of(config: TestConfig, { lines = [], ring, providers = [] }: Extras): DynamicModule {
    const logger = recordingLogger(lines);
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(config),
        ObservabilityModule.forRoot({ service: 'signal', mode: config.mode, config: config.observability, logger }),
        PersistenceModule.forRoot({ service: 'signal' }),
        MessagingModule.forRoot({ service: 'signal', producer: false, consumer: false, requiredTopics: [] }),
        ReliableModule.forRoot({ schema: 'signal', ...(ring ? { keys: { scope: 'test', ring } } : {}) }),
      ],
      providers: [...providers],
    };
  }
}

let test: TestDatabase;
const apps: INestApplicationContext[] = [];
const prefix = uniquePrefix();

beforeAll(async () => {
  test = await testDatabase({ service: 'signal' });
});
afterAll(() => test.drop());
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function start(extra: Record<string, string> = {}, extras: Extras = {}): Promise<INestApplicationContext> {
  const options = { database: test, redisUrl: 'redis://127.0.0.1:1', kafkaBrokers: ['127.0.0.1:1'], prefix };
  const timers = { APP_ENV_NODE_LEASE_MS: '800', APP_ENV_NODE_RENEW_MS: '100' };
  const config = loadConfig(TestConfig, testEnvironment('signal', { ...options, extra: { ...timers, ...extra } }));
  const app = await NestFactory.createApplicationContext(AppModule.of(config, extras), {
    logger: false,
    abortOnError: false,
  });
  apps.push(app);
  return app;
}

describe('ReliableModule', () => {
  it('leases a node id before anything issues ids, relays the outbox, and gives the id back at the stop', async () => {
    const app = await start({ APP_ENV_NODE_ID: '9' });
    const published: string[] = [];
    app.get(OutboxRelay).register({
      name: 'kafka',
      publish: (rows) => {
        published.push(...rows.map((row) => row.eventId));
        return Promise.resolve();
      },
    });
    const eventId = app.get(IdGenerator).next();
    const { Database } = await import('@nx/persistence');
    await app.get(Database).transaction((tx) =>
      app.get(Outbox).append(tx, {
        aggregateType: 'Notification',
        aggregateId: 'n1',
        version: 1n,
        events: [{ eventId, eventType: 'x', routes: ['kafka'], key: 'n1', payload: {}, occurredAt: new Date() }],
      }),
    );
    await eventually(() => published.includes(eventId));
    expect(await app.get(HealthRegistry).ready()).toMatchObject({ ok: true });
    await app.close();
    apps.splice(0);
    const again = await start({ APP_ENV_NODE_ID: '9' });
    expect(again.get(NodeLease).nodeId).toBe(9);
  });

  it('does not start on a node id that is held, and names the holder', async () => {
    const app = await start({ APP_ENV_NODE_ID: '9' });
    await expect(start({ APP_ENV_NODE_ID: '9' })).rejects.toThrow(`node id 9 is held by ${app.get(NodeLease).owner}`);
  });

  const DEFECT: Provider = {
    provide: 'defect',
    useFactory: () => {
      throw new Error('a defect of this release');
    },
  };
  it.each<[string, Extras, RegExp]>([
    ['with other keys than the database knows', { ring: KeyRing.fromSecret('another') }, /key ring of test.*default/],
    ['of modules that cannot be made', { providers: [DEFECT] }, /a defect/],
  ])('a start %s is refused, and holds no node id', async (_what, extras, reason) => {
    const app = await start({ APP_ENV_NODE_ID: '10' }, { ring: KeyRing.fromSecret('the first') });
    await app.close();
    apps.splice(0);
    const pinned = { APP_ENV_NODE_ID: '9', APP_ENV_NODE_LEASE_MS: '60000' };
    await expect(start(pinned, extras)).rejects.toThrow(reason);
    await start(pinned);
  });

  it('starts without PostgreSQL, is not ready, refuses ids, and comes up by itself', async () => {
    const port = await reserveFreePort();
    const url = new URL(test.urlFor('runtime'));
    const target = Number(url.port);
    url.port = String(port);
    const app = await start({ APP_ENV_POSTGRES_URL: url.toString() });
    const health = app.get(HealthRegistry);
    const failing = (await health.ready()).indicators
      .filter((indicator) => !indicator.ok)
      .map((indicator) => indicator.name);
    expect(failing.toSorted()).toEqual(['node-lease', 'postgres', 'schema']);
    expect(() => app.get(IdGenerator).next()).toThrow(AppError);
    const sockets = new Set<Socket>();
    const proxy = createServer((near) => {
      const far = connect(target, url.hostname);
      for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
    await eventually(async () => (await health.ready()).ok);
    expect(app.get(IdGenerator).next()).toMatch(/^[0-9A-Za-z]{10,11}$/);
    await app.close();
    apps.splice(0);
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
});
