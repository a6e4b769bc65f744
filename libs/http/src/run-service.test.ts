import { Controller, Module, Post, type DynamicModule, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { ConfigError, loadConfig, PlatformConfig } from '@nx/config';
import { HealthRegistry, ObservabilityModule } from '@nx/observability';
import { reserveFreePort } from '@nx/testing';
import { connect, Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OpenRoute, runService, type ServiceOptions } from './index';

const environment = (over: Record<string, string>): Record<string, string> => ({
  APP_ENV_APPLICATION_NAME: 'payment',
  APP_ENV_APPLICATION_CODE: 'SVC-00040-PAYMENT',
  APP_ENV_SERVER_BASE_PATH: '/v1/api/payment',
  APP_ENV_SERVER_HOST: '127.0.0.1',
  APP_ENV_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none',
  APP_ENV_REDIS_URL: 'redis://127.0.0.1:1',
  APP_ENV_KAFKA_BROKERS: '127.0.0.1:1',
  APP_ENV_JWKS_URL: 'http://127.0.0.1:1/jw-certs',
  APP_ENV_LOG_LEVEL: 'silent',
  ...over,
});

const trail: string[] = [];
let finish: (() => void) | undefined;
let registry: HealthRegistry | undefined;

@Controller('work')
class WorkController implements OnModuleDestroy {
  constructor(health: HealthRegistry) {
    registry = health;
  }

  @Post()
  @OpenRoute('test')
  async work(): Promise<object> {
    await new Promise<void>((resolve) => (finish = resolve));
    trail.push('answered');
    return {};
  }

  onModuleDestroy(): void {
    trail.push('destroyed');
  }
}

@Module({})
class TestModule {}

/** A consumer with a record under way: its close ends when that is done. */
class Records implements CustomTransportStrategy {
  private closed: Promise<void> | undefined;

  constructor(private readonly done: Promise<void>) {}

  listen(ready: () => void): void {
    ready();
  }

  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    trail.push('takes no record');
    await this.done;
    trail.push('record done');
  }
}

/** Holds something from its start on, and gives it back when it is told to: at once, or never. */
class Holder implements OnModuleInit, OnModuleDestroy {
  constructor(private readonly end: Promise<void>) {}

  onModuleInit(): void {
    trail.push('holds');
  }

  async onModuleDestroy(): Promise<void> {
    await this.end;
    trail.push('given back');
  }
}

const options = (config: ServiceOptions<PlatformConfig>['config']): ServiceOptions<PlatformConfig> => ({
  service: 'payment',
  config,
  createModule: (loaded): DynamicModule => ({
    module: TestModule,
    imports: [ObservabilityModule.forRoot({ service: 'payment', mode: loaded.mode, config: loaded.observability })],
    controllers: [WorkController],
  }),
  migrate: async (_config, log) => log('applied', { count: 2 }),
  openApi: { title: 't', description: 't' },
});

/** Records how the process would end and what it says; the process goes on. */
const watchProcess = (): { exits: number[]; lines: () => string } => {
  const exits: number[] = [];
  let text = '';
  const write = (chunk: unknown): boolean => {
    text += String(chunk);
    return true;
  };
  vi.spyOn(process, 'exit').mockImplementation(((code: number) => exits.push(code)) as never);
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  vi.spyOn(process.stderr, 'write').mockImplementation(write);
  return { exits, lines: () => text };
};

afterEach(() => {
  trail.length = 0;
  finish = undefined;
  vi.restoreAllMocks();
  process.removeAllListeners('SIGTERM');
  process.removeAllListeners('SIGINT');
});

describe('runService', () => {
  it('prints all problems of a configuration and ends with 1', async () => {
    const { exits, lines } = watchProcess();
    await runService(
      options(() => {
        throw new ConfigError([
          { env: 'APP_ENV_KAFKA_BROKERS', problem: 'is not set' },
          { env: 'APP_ENV_NODE_ID', problem: 'is no id' },
        ]);
      }),
    );
    expect(exits).toEqual([1]);
    expect(lines()).toContain('  APP_ENV_KAFKA_BROKERS: is not set\n  APP_ENV_NODE_ID: is no id\n');
    expect(lines()).not.toMatch(/ at /);
  });

  it('migrates and ends with 0', async () => {
    const { exits, lines } = watchProcess();
    await runService(options(() => loadConfig(PlatformConfig, environment({ RUN_MODE: 'migrate' }))));
    expect(exits).toEqual([0]);
    expect(lines()).toContain('migrate: applied count=2\n');
  });

  it.each([
    ['gives back what it holds', Promise.resolve(), ['holds', 'given back']],
    ['does not wait for ever for what is not given back', new Promise<void>(() => undefined), ['holds']],
  ])('a start that is refused %s, and ends with 1', async (_what, end, expected) => {
    const ports = { APP_ENV_SERVER_PORT: '0', APP_ENV_METRICS_PORT: String(await reserveFreePort()) };
    const { exits, lines } = watchProcess();
    const config = loadConfig(PlatformConfig, environment({ ...ports, APP_ENV_SERVER_SHUTDOWN_GRACE_MS: '1000' }));
    const usual = options(config);
    await runService({
      ...usual,
      createModule: (loaded) => ({
        ...usual.createModule(loaded),
        providers: [{ provide: Holder, useFactory: () => new Holder(end) }],
      }),
      beforeListen: () => Promise.reject(new Error('the keys are others')),
    });
    expect(exits).toEqual([1]);
    expect(lines()).toContain('payment does not start: the keys are others');
    expect(trail.filter((word) => word !== 'destroyed')).toEqual(expected);
  });

  it('asks the kernel for as many waiting connections as the configuration says', async () => {
    const ports = { APP_ENV_SERVER_PORT: '0', APP_ENV_METRICS_PORT: String(await reserveFreePort()) };
    const { exits } = watchProcess();
    const listened = vi.spyOn(Server.prototype, 'listen');
    const config = loadConfig(PlatformConfig, environment({ ...ports, APP_ENV_SERVER_BACKLOG: '77' }));
    await runService(options(config));
    expect(listened.mock.calls.map(([asked]) => (asked as { backlog?: number }).backlog)).toContain(77);
    process.emit('SIGTERM');
    await vi.waitFor(() => expect(exits).toEqual([0]));
  });

  it.each([
    { first: 'the request', order: ['answered', 'record done'] },
    { first: 'the record', order: ['record done', 'answered'] },
  ] as const)(
    'on SIGTERM is not ready, takes nothing new, ends what runs, $first first, then lets the modules go',
    async ({ order }) => {
      const [port, metricsPort] = [await reserveFreePort(), await reserveFreePort()];
      const { exits } = watchProcess();
      const config = loadConfig(
        PlatformConfig,
        environment({ APP_ENV_SERVER_PORT: String(port), APP_ENV_METRICS_PORT: String(metricsPort) }),
      );
      let endRecord = (): void => undefined;
      const record = new Promise<void>((resolve) => (endRecord = resolve));
      const end = (what: (typeof order)[number]): void => (what === 'answered' ? finish?.() : endRecord());
      await runService({ ...options(config), strategies: () => [new Records(record)] });
      expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status).toBe(200);
      const address = `http://127.0.0.1:${port}/v1/api/payment`;
      const pending = fetch(`${address}/work`, { method: 'POST' });
      await expect.poll(() => finish !== undefined, { timeout: 5000 }).toBe(true);
      registry?.onStopping(() => trail.push('not ready'));
      process.emit('SIGTERM');
      await expect.poll(() => refuses(port), { timeout: 5000 }).toBe(true);
      expect(trail).toEqual(['not ready', 'takes no record']);
      expect(await registry?.ready()).toMatchObject({ ok: false, status: 'stopping' });
      const [first, last] = order;
      end(first);
      await expect.poll(() => trail.includes(first), { timeout: 5000 }).toBe(true);
      // Whoever does not wait for both has gone on by then.
      for (let turns = 0; turns < 100; turns += 1) await turn();
      expect(trail.at(-1)).toBe(first);
      end(last);
      expect((await pending).status).toBe(201);
      await expect.poll(() => exits, { timeout: 5000 }).toEqual([0]);
      expect(trail).toEqual(['not ready', 'takes no record', ...order, 'destroyed']);
      expect(await refuses(metricsPort)).toBe(true);
    },
  );
});

const refuses = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
