/** The environment of a payment service under test, beside its servers: short pauses, no limits, providers on loopback. */
export const SETTINGS: Readonly<Record<string, string>> = {
  APP_ENV_APPLICATION_SECRET: 'a-secret-of-the-tests-with-more-than-32-characters',
  APP_ENV_LOG_LEVEL: 'silent',
  APP_ENV_PAYMENT_SWEEP_MS: '100',
  APP_ENV_WEBHOOK_BACKOFF_MS: '30',
  APP_ENV_WEBHOOK_BREAKER_OPEN_MS: '1000',
  APP_ENV_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  APP_ENV_PROVIDER_TIMEOUT_MS: '1500',
  APP_ENV_PROVIDER_ALLOWED_NETWORKS: '127.0.0.0/8',
  APP_ENV_RATE_LIMIT_PER_SUBJECT: '0',
  APP_ENV_RATE_LIMIT_PER_IP: '0',
};
