/** The registry of the platform as the tools need it: what each service is called and where it listens. */
export const SERVICES = {
  payment: {
    code: 'SVC-00040-PAYMENT',
    port: 31_040,
    basePath: '/v1/api/payment',
    nodeIds: { full: '4', api: '8,800-849', worker: '91-149', migrate: '950-959' },
  },
  invoice: {
    code: 'SVC-00150-INVOICE',
    port: 31_140,
    basePath: '/v1/api',
    nodeIds: { full: '15,850-899', api: '15,850-899', worker: '151-199', migrate: '960-969' },
  },
  signal: {
    code: 'SVC-00090-SIGNAL',
    port: 31_090,
    basePath: '/v1/api/signal',
    nodeIds: { full: '9,901-949', migrate: '970-979' },
  },
};

export const SANDBOX_PORT = 31_900;

/** What a child needs of its parent's environment; everything else comes from here, so that runs are repeatable. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_OPTIONS', 'APP_ENV_LOG_LEVEL', 'APP_ENV_OTLP_ENDPOINT'];

/** The inherited part plus what every process of ours gets. */
export function baseEnvironment(parent = process.env) {
  const inherited = Object.fromEntries(INHERITED.filter((name) => parent[name]).map((name) => [name, parent[name]]));
  return { ...inherited, TZ: 'UTC' };
}

/**
 * The complete environment of one process of a service.
 * @param {'payment'|'invoice'|'signal'} service
 * @param {'full'|'api'|'worker'|'migrate'} mode
 * @param {object} infra addresses of the servers, `ensureInfra`'s answer
 * @param {object} endpoints root URLs of `payment`, `invoice`, `signal` and `sandbox`
 * @param {object} options database, secrets, ports, prefixes: see environment.d.mts
 */
export function serviceEnvironment(service, mode, infra, endpoints, options) {
  const { code, basePath, nodeIds } = SERVICES[service];
  const { secrets, topicPrefix = '', queuePrefix = '' } = options;
  const group = topicPrefix === '' ? '' : `${topicPrefix}.${groupName(service, code)}`;
  return withoutMissing({
    ...baseEnvironment(),
    RUN_MODE: mode,
    NODE_ENV: 'development',
    APP_ENV_ENVIRONMENT: 'development',
    APP_ENV_APPLICATION_NAME: service,
    APP_ENV_APPLICATION_CODE: code,
    APP_ENV_APPLICATION_TIMEZONE: 'Asia/Ho_Chi_Minh',
    APP_ENV_SERVER_HOST: '127.0.0.1',
    APP_ENV_SERVER_PORT: options.port,
    APP_ENV_SERVER_BASE_PATH: basePath,
    APP_ENV_METRICS_PORT: options.metricsPort,
    APP_ENV_POSTGRES_URL: mode === 'migrate' ? options.ownerUrl : options.runtimeUrl,
    APP_ENV_REDIS_URL: infra.redisUrl,
    APP_ENV_QUEUE_PREFIX: queuePrefix || undefined,
    APP_ENV_KAFKA_BROKERS: infra.kafkaBrokers,
    APP_ENV_KAFKA_TOPIC_PREFIX: topicPrefix || undefined,
    APP_ENV_KAFKA_GROUP_ID: group || undefined,
    APP_ENV_JWKS_URL: `${endpoints.sandbox}/jw-certs`,
    APP_ENV_NODE_ID: nodeIds[mode] ?? nodeIds.full,
    APP_ENV_SERVICE_TOKEN: options.serviceToken,
    APP_ENV_SALE_URL: endpoints.sandbox,
    ...OWN[service](secrets, endpoints),
    ...options.overrides,
  });
}

/** A process is given its own secrets and neighbours only. */
const OWN = {
  payment: (secrets) => ({
    APP_ENV_APPLICATION_SECRET_KEYS: secrets.applicationSecretKeys,
    APP_ENV_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
  }),
  invoice: (secrets, endpoints) => ({
    APP_ENV_INVOICE_CREDENTIALS_KEYS: secrets.invoiceCredentialsKeys,
    APP_ENV_INVOICE_CLAIM_KEYS: secrets.invoiceClaimKeys,
    APP_ENV_CLAIM_PAGE_URL: `${endpoints.invoice}/v1/api/claims`,
    APP_ENV_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    // Nobody waits five minutes for a first sale after midnight.
    APP_ENV_INVOICE_DAY_PAUSE_MS: '5000',
    WEBHOOK_SECRET: secrets.webhookSecret,
    WEBHOOK_INTERNAL_SECRET: secrets.webhookInternalSecret,
  }),
  signal: (_secrets, endpoints) => ({
    APP_ENV_ROOM_RESOLVERS: `payment=${endpoints.payment},invoice=${endpoints.invoice}`,
  }),
};

const groupName = (service, code) => `${code}${service === 'signal' ? '_NOTIF' : ''}_CONSUMER_GROUP`;

/** The environment of the sandbox, which shares no settings with the services. */
export function sandboxEnvironment(infra, endpoints, options) {
  return withoutMissing({
    ...baseEnvironment(),
    SANDBOX_HOST: '127.0.0.1',
    SANDBOX_PORT: options.port,
    SANDBOX_POSTGRES_URL: options.postgresUrl,
    SANDBOX_KAFKA_BROKERS: infra.kafkaBrokers,
    SANDBOX_TOPIC_PREFIX: options.topicPrefix || undefined,
    SANDBOX_SEED: options.seed,
    SANDBOX_TRUTH_FILE: options.truthFile,
    SANDBOX_PAYMENT_URL: endpoints.payment,
    SANDBOX_INVOICE_URL: endpoints.invoice,
    SANDBOX_SIGNAL_URL: endpoints.signal,
    ...options.overrides,
  });
}

function withoutMissing(variables) {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}
