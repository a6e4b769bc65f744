/**
 * What a site sets in minutes lasts seconds in a drill, so that its end can be waited for; the rules that decide about
 * money stay as they are.
 */
export const DRILL_SETTINGS = {
  all: {
    APP_ENV_RATE_LIMIT_PER_SUBJECT: '0',
    APP_ENV_RATE_LIMIT_PER_IP: '0',
    APP_ENV_RATE_LIMIT_CLAIM_PER_IP: '0',
    APP_ENV_POSTGRES_POOL_MAX: '8',
    APP_ENV_POSTGRES_POOL_MIN: '1',
    APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '5000',
    APP_ENV_OUTBOX_POLL_MS: '100',
    APP_ENV_WORKER_LEASE_MS: '10000',
    APP_ENV_PARKING_SWEEP_MS: '500',
    APP_ENV_PARKING_DELAYS_MS: '1000,2000,4000,8000,16000,32000',
  },
  payment: {
    APP_ENV_PAYMENT_SWEEP_MS: '1000',
    APP_ENV_PROVIDER_TIMEOUT_MS: '3000',
    APP_ENV_CREDENTIAL_CACHE_MS: '500',
    APP_ENV_WEBHOOK_BACKOFF_MS: '500',
    APP_ENV_WEBHOOK_BREAKER_OPEN_MS: '2000',
    APP_ENV_LEDGER_SEAL_MS: '1000',
  },
  invoice: {
    APP_ENV_INVOICE_SWEEP_MS: '1000',
    APP_ENV_INVOICE_MINUTE_MS: '1000',
    // A drill over midnight: a sale is heard of as late as the longest recovery lasts.
    APP_ENV_INVOICE_DAY_PAUSE_MS: '90000',
    APP_ENV_INVOICE_LONGEST_PROCESSING_MS: '1000',
    APP_ENV_INVOICE_LOOK_UP_GAP_MS: '1000',
    APP_ENV_INVOICE_LOOK_UP_RETRY_MS: '500',
    APP_ENV_INVOICE_PROVIDER_TIMEOUT_MS: '3000',
    APP_ENV_INVOICE_CALL_LOCK_MS: '10000',
    // Claims are open around the clock, so that no run depends on the hour at which it is made.
    APP_ENV_CLAIM_LAST_PAID_MS: '172800000',
    APP_ENV_CLAIM_CLOSE_MS: '172800000',
  },
};
