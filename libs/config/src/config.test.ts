import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Min } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  describeSettings,
  ForService,
  Group,
  loadConfig,
  PlatformConfig,
  processEnvironment,
  runModeOf,
  Setting,
  type Environment,
} from './index';

class WebhookGroup {
  @Setting({ env: 'APP_ENV_WEBHOOK_SWEEP_MS', description: 'sweep', kind: 'milliseconds', default: 1000, floor: 500 })
  @Min(1)
  sweepMs!: number;

  @Setting({ env: ['APP_ENV_WEBHOOK_SECRET', 'WEBHOOK_SECRET'], description: 'secret', secret: true })
  @Min(3)
  secret?: string;
}

@ForService('payment')
class PaymentLike extends PlatformConfig {
  @Group(() => WebhookGroup)
  webhooks!: WebhookGroup;
}

const WORKING: Environment = {
  APP_ENV_ENVIRONMENT: 'test',
  APP_ENV_POSTGRES_URL: 'postgres://nx_payment:pw@db:5432/nx_seller',
  APP_ENV_REDIS_HOST: 'redis',
  APP_ENV_KAFKA_BROKERS: 'a:9092, b:9092',
  APP_ENV_JWKS_URL: 'http://identity/jw-certs',
};

const load = (changes: Environment = {}): Readonly<PaymentLike> => loadConfig(PaymentLike, { ...WORKING, ...changes });

function problemsOf(changes: Environment): { env: string; problem: string }[] {
  try {
    load(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return [...(error as ConfigError).problems];
  }
  throw new Error('the configuration was accepted');
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('loadConfig', () => {
  it('fills in what the registry and the defaults say, typed and frozen to the bottom', () => {
    const config = load();
    expect(config.application).toMatchObject({
      name: 'payment',
      code: 'SVC-00040-PAYMENT',
      timezone: 'Asia/Ho_Chi_Minh',
    });
    expect(config.server).toMatchObject({ port: 31040, basePath: '/v1/api/payment', httpRoutes: true });
    expect(config.observability.metricsPort).toBe(21040);
    expect(config.kafka).toMatchObject({ brokers: ['a:9092', 'b:9092'], groupId: 'SVC-00040-PAYMENT_CONSUMER_GROUP' });
    expect(config.redis.url).toBe('redis://redis:6379');
    expect(config.node).toMatchObject({ leaseMs: 6000, renewMs: 2000 });
    expect(config.mode).toBe('full');
    expect(config.webhooks.sweepMs).toBe(1000);
    expect(() => Object.assign(config.kafka.brokers, ['x'])).toThrow(TypeError);
    expect(() => Object.assign(config.webhooks, { sweepMs: 1 })).toThrow(TypeError);
  });

  it('names every problem at once, with the variable and an example', () => {
    const problems = problemsOf({
      APP_ENV_POSTGRES_URL: undefined,
      APP_ENV_KAFKA_BROKERS: '',
      APP_ENV_JWKS_URL: 'identity',
      APP_ENV_POSTGRES_POOL_MAX: 'many',
      APP_ENV_LOG_LEVEL: 'loud',
      APP_ENV_NODE_ID: '5-1',
      RUN_MODE: 'both',
    });
    const names = problems.map((problem) => problem.env).toSorted();
    expect(names).toEqual([
      'APP_ENV_JWKS_URL',
      'APP_ENV_KAFKA_BROKERS',
      'APP_ENV_LOG_LEVEL',
      'APP_ENV_NODE_ID',
      'APP_ENV_POSTGRES_POOL_MAX',
      'APP_ENV_POSTGRES_URL',
      'RUN_MODE',
    ]);
    for (const { env, problem } of problems) if (env !== 'RUN_MODE') expect(problem, env).toContain('example');
    expect(problems.find(({ env }) => env === 'RUN_MODE')?.problem).toContain('full, api, worker, migrate');
  });

  it('never shows the value of a secret', () => {
    const problems = problemsOf({ WEBHOOK_SECRET: 'hunter2-hunter2', APP_ENV_POSTGRES_URL: 'not a url with pa55word' });
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|pa55word/);
    expect(problems).toHaveLength(2);
  });

  it('starts api without brokers, but not worker', () => {
    expect(load({ APP_ENV_KAFKA_BROKERS: undefined, RUN_MODE: 'api' }).mode).toBe('api');
    expect(problemsOf({ APP_ENV_KAFKA_BROKERS: undefined, RUN_MODE: 'worker' })).toHaveLength(1);
  });

  it('refuses in production what is below a floor, and demands a node id', () => {
    const changes = { APP_ENV_ENVIRONMENT: 'production', APP_ENV_WEBHOOK_SWEEP_MS: '20' };
    expect(load({ APP_ENV_WEBHOOK_SWEEP_MS: '20' }).webhooks.sweepMs).toBe(20);
    const names = problemsOf(changes).map((problem) => problem.env);
    expect(names.toSorted()).toEqual(['APP_ENV_NODE_ID', 'APP_ENV_WEBHOOK_SWEEP_MS']);
    expect(load({ APP_ENV_ENVIRONMENT: 'production', APP_ENV_SNOWFLAKE_WORKER_ID: '7' }).node.nodeId).toBe('7');
  });

  it('takes fail points in their form, and none at all in production', () => {
    const armed = { APP_ENV_FAIL_POINTS: 'payment.commit.after:a:POST/b@2=pause, payment.publish.*' };
    expect(load(armed).failPoints.armed).toEqual(['payment.commit.after:a:POST/b@2=pause', 'payment.publish.*']);
    expect(problemsOf({ APP_ENV_FAIL_POINTS: 'a@0' })).toMatchObject([{ env: 'APP_ENV_FAIL_POINTS' }]);
    const production = { APP_ENV_ENVIRONMENT: 'production', APP_ENV_NODE_ID: '4' };
    const named = problemsOf({ ...production, ...armed, APP_ENV_FAIL_POINTS_RECORD: '/tmp/x' }).map(({ env }) => env);
    expect(named).toEqual(['APP_ENV_FAIL_POINTS', 'APP_ENV_FAIL_POINTS_RECORD']);
  });

  it('reads any setting from a file, without its last line break, and names a file that is missing', () => {
    const path = join(folder, 'password');
    writeFileSync(path, 'p@ss:word\n');
    const parts = {
      APP_ENV_POSTGRES_URL: undefined,
      APP_ENV_POSTGRES_HOST: 'db',
      APP_ENV_POSTGRES_USERNAME: 'nx_payment',
    };
    const { postgres } = load({ ...parts, APP_ENV_POSTGRES_PASSWORD_FILE: path });
    expect(postgres.url).toBe('postgres://nx_payment:p%40ss%3Aword@db:5432/nx_seller');
    expect(postgres.passwordFile).toBe(path);
    expect(problemsOf({ APP_ENV_JWKS_URL: undefined, APP_ENV_JWKS_URL_FILE: '/nowhere' })).toEqual([
      { env: 'APP_ENV_JWKS_URL_FILE', problem: 'the file /nowhere cannot be read (ENOENT)' },
    ]);
  });

  it('uses one Redis for all, until a group of its own is given', () => {
    expect(load().websocketRedis.url).toBe('redis://redis:6379');
    const config = load({ APP_ENV_WEBSOCKET_REDIS_MODE: 'cluster', APP_ENV_WEBSOCKET_REDIS_CLUSTER_NODES: 'a:1,b' });
    expect(config.websocketRedis.nodes).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 6379 },
    ]);
    expect(config.redis.mode).toBe('single');
    const [problem] = problemsOf({ APP_ENV_WEBSOCKET_REDIS_MODE: 'cluster' });
    expect(problem?.env).toBe('APP_ENV_WEBSOCKET_REDIS_CLUSTER_NODES');
  });

  it("lets payment's data key open claims outside production only", () => {
    expect(load({ APP_ENV_APPLICATION_SECRET: 's' }).jwks.claimsSecrets).toEqual(['s']);
    const production = { APP_ENV_ENVIRONMENT: 'production', APP_ENV_NODE_ID: '4', APP_ENV_APPLICATION_SECRET: 's' };
    expect(load(production).jwks.claimsSecrets).toEqual([]);
    expect(problemsOf({ ...production, APP_ENV_JWT_CLAIMS_SECRET: 'x,s' })[0]?.env).toBe('APP_ENV_JWT_CLAIMS_SECRET');
  });
});

describe('.env.development', () => {
  const variables = (): string | undefined => processEnvironment()['APP_ENV_SAMPLE_ONLY_IN_FILE'];

  it('is read in development only, and below the real environment', () => {
    const before = { cwd: process.cwd(), environment: { ...process.env } };
    writeFileSync(
      join(folder, '.env.development'),
      'APP_ENV_SAMPLE_ONLY_IN_FILE=from-file\nAPP_ENV_SAMPLE_BOTH=from-file\n',
    );
    try {
      process.chdir(folder);
      process.env['APP_ENV_SAMPLE_BOTH'] = 'real';
      process.env['NODE_ENV'] = 'development';
      delete process.env['APP_ENV_ENVIRONMENT'];
      expect(variables()).toBe('from-file');
      expect(processEnvironment()['APP_ENV_SAMPLE_BOTH']).toBe('real');
      process.env['NODE_ENV'] = 'production';
      expect(variables()).toBeUndefined();
    } finally {
      process.chdir(before.cwd);
      process.env = before.environment;
    }
  });
});

describe('runModeOf', () => {
  it('knows the old names, and payment its own variable', () => {
    expect(runModeOf({}, 'payment')).toBe('full');
    expect(runModeOf({ RUN_MODE: 'server' }, 'invoice')).toBe('full');
    expect(runModeOf({ RUN_MODE: 'STARTUP' }, 'invoice')).toBe('full');
    expect(runModeOf({ APP_ENV_MQ_PAY_MODE: 'Worker' }, 'payment')).toBe('worker');
    expect(runModeOf({ APP_ENV_MQ_PAY_MODE: 'worker', RUN_MODE: 'api' }, 'payment')).toBe('api');
    expect(runModeOf({ APP_ENV_MQ_PAY_MODE: 'worker' }, 'invoice')).toBe('full');
    expect(() => runModeOf({ APP_ENV_MQ_PAY_MODE: 'migrate' }, 'payment')).toThrow('full, api, worker');
    expect(() => runModeOf({ RUN_MODE: 'api' }, 'signal')).toThrow('full, migrate');
  });
});

describe('describeSettings', () => {
  it('lists all settings with their path and hides secrets', () => {
    const settings = describeSettings(PaymentLike);
    expect(settings.find((setting) => setting.path === 'webhooks.sweepMs')).toEqual({
      path: 'webhooks.sweepMs',
      env: ['APP_ENV_WEBHOOK_SWEEP_MS'],
      description: 'sweep',
      kind: 'milliseconds',
      default: '1000',
      example: '1000',
      secret: false,
      floor: 500,
      required: 'no',
    });
    expect(settings.some((setting) => setting.env.includes('APP_ENV_CACHE_REDIS_HOST'))).toBe(true);
    for (const setting of settings) expect(setting.description, setting.path).not.toBe('');
  });
});
