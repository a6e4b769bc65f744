import { ConfigError, loadConfig } from '@nx/config';
import { describe, expect, it } from 'vitest';
import { PaymentConfig } from './payment.config';

const WORKING = {
  NODE_ENV: 'test',
  APP_ENV_POSTGRES_URL: 'postgres://nx_payment:pw@db:5432/nx_seller',
  APP_ENV_REDIS_HOST: 'redis',
  APP_ENV_KAFKA_BROKERS: 'a:9092',
  APP_ENV_JWKS_URL: 'http://identity/jw-certs',
  APP_ENV_APPLICATION_SECRET_KEYS: 'k2026:0123456789abcdef0123456789abcdef',
};

/** What is wrong with the environment, and undefined when nothing is. */
function problemsOf(changes: Record<string, string>): readonly { env: string; problem: string }[] | undefined {
  try {
    loadConfig(PaymentConfig, { ...WORKING, ...changes });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return undefined;
}

describe('APP_ENV_HTTP_ROUTES', () => {
  it('is all, or ipn in an api', () => {
    expect(loadConfig(PaymentConfig, WORKING).routes.served).toBe('all');
    expect(problemsOf({ APP_ENV_HTTP_ROUTES: 'ipn', RUN_MODE: 'api' })).toBeUndefined();
  });

  it.each(['full', 'worker', 'migrate'])('is refused as ipn in mode %s', (mode) => {
    expect(problemsOf({ APP_ENV_HTTP_ROUTES: 'ipn', RUN_MODE: mode })).toMatchObject([
      { env: 'APP_ENV_HTTP_ROUTES', problem: expect.stringContaining('set RUN_MODE=api') },
    ]);
  });

  it('is refused as anything else', () => {
    expect(problemsOf({ APP_ENV_HTTP_ROUTES: 'some' })).toMatchObject([{ env: 'APP_ENV_HTTP_ROUTES' }]);
  });
});

describe('data keys of production', () => {
  const ring = 'k1:0123456789abcdef0123456789abcdef,prod-2026:fedcba9876543210fedcba9876543210';
  const production = { APP_ENV_ENVIRONMENT: 'production', APP_ENV_NODE_ID: '4', APP_ENV_APPLICATION_SECRET_KEYS: ring };

  it.each(['local', 'integration', 'sandbox', 'preprod'])(
    'are refused on %s, by their id and without a value',
    (stage) => {
      const problems = problemsOf({ ...production, APP_ENV_STAGE: stage });
      expect(problems).toMatchObject([{ env: 'APP_ENV_APPLICATION_SECRET_KEYS' }]);
      expect(problems?.[0]?.problem).toContain(`'prod-2026'`);
      expect(problems?.[0]?.problem).toContain(stage);
      expect(JSON.stringify(problems)).not.toContain('fedcba');
    },
  );

  it.each(['production', 'dr-drill'])('are taken on %s', (stage) => {
    expect(problemsOf({ ...production, APP_ENV_STAGE: stage })).toBeUndefined();
  });

  it('are refused where nobody has said production, and taken where someone has', () => {
    expect(problemsOf({ APP_ENV_APPLICATION_SECRET_KEYS: ring })).toHaveLength(1);
    expect(problemsOf(production)).toBeUndefined();
  });
});
