import { ConfigError, loadConfig } from '@nx/config';
import { describe, expect, it } from 'vitest';
import { InvoiceConfig } from './invoice.config';

const WORKING = {
  NODE_ENV: 'test',
  APP_ENV_POSTGRES_URL: 'postgres://nx_invoice:pw@db:5432/nx_seller',
  APP_ENV_REDIS_HOST: 'redis',
  APP_ENV_KAFKA_BROKERS: 'a:9092',
  APP_ENV_JWKS_URL: 'http://identity/jw-certs',
  APP_ENV_INVOICE_CREDENTIALS_KEYS: 'k1:0123456789abcdef0123456789abcdef',
  APP_ENV_INVOICE_CLAIM_KEYS: 'c1:0123456789abcdef0123456789abcdef',
};

const RINGS = ['APP_ENV_INVOICE_CREDENTIALS_KEYS', 'APP_ENV_INVOICE_CLAIM_KEYS'];

describe('keys of production', () => {
  it.each(RINGS)('are refused in %s on a lower stage, and taken where they belong', (ring) => {
    const given = { ...WORKING, [ring]: 'prod-2026:fedcba9876543210fedcba9876543210' };
    const load = (stage: string) => () => loadConfig(InvoiceConfig, { ...given, APP_ENV_STAGE: stage });
    expect(load('sandbox')).toThrow(ConfigError);
    expect(load('sandbox')).toThrow(`${ring}: holds the key 'prod-2026' of production; sandbox has keys of its own`);
    expect(load('production')).not.toThrow();
    expect(load('dr-drill')).not.toThrow();
  });
});
