import { kafkaReady, listens, postgresReady, redisReady } from './probes.mjs';

const VARIABLES = {
  postgres: ['APP_ENV_POSTGRES_ADMIN_URL', 'APP_ENV_POSTGRES_URL'],
  redis: ['APP_ENV_REDIS_URL'],
  kafka: ['APP_ENV_KAFKA_BROKERS'],
};

/** The server that the environment names: `{url, variable}`, or null. */
export function externalServer(kind, environment = process.env) {
  const variable = VARIABLES[kind].find((name) => environment[name]);
  return variable ? { url: environment[variable], variable } : null;
}

/** @throws Error that names the variable and the address (never the password) when nobody answers there */
export async function checkExternal(kind, { url, variable }) {
  for (const { host, port } of addressesOf(kind, url)) {
    if (await answers(kind, url, host, port)) return;
  }
  const places = addressesOf(kind, url).map(({ host, port }) => `${host}:${port}`);
  throw new Error(`${variable} points to ${places.join(', ')}, where no ${kind} answers`);
}

/** Hosts and ports of a connection URL or of a broker list. */
export function addressesOf(kind, url) {
  if (kind === 'kafka') {
    return url.split(',').map((broker) => {
      const [, host, port] = /^(.*):(\d+)$/.exec(broker.trim()) ?? [undefined, broker.trim(), '9092'];
      return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
    });
  }
  const parsed = new URL(url);
  const port = Number(parsed.port) || (kind === 'postgres' ? 5432 : 6379);
  return [{ host: parsed.hostname.replace(/^\[|\]$/g, ''), port }];
}

async function answers(kind, url, host, port) {
  if (kind === 'postgres') return postgresReady(host, port, 5_000);
  if (kind === 'redis' && !url.startsWith('rediss:')) return redisReady(host, port, 5_000);
  // TLS and SASL brokers refuse a plain question, so an open port has to do.
  return (kind === 'kafka' && (await kafkaReady(host, port, 3_000))) || listens(host, port, 5_000);
}
