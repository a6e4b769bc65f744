import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSupervisor } from './children.mjs';
import { createDatabase } from './database.mjs';
import { SANDBOX_PORT, SERVICES, sandboxEnvironment, serviceEnvironment } from './environment.mjs';
import { logTail } from './infra/daemon.mjs';
import { LOCAL, ROOT } from './infra/paths.mjs';
import { isPortFree, nextFreePort } from './infra/ports.mjs';
import { waitUntil } from './infra/probes.mjs';
import { releasePort, reservePort, reserveFreePort } from './infra/reservations.mjs';
import { makeSecrets } from './secrets.mjs';

/** Metrics are served beside the service, this much lower. */
const METRICS_DISTANCE = 10_000;

/** Split mode, as in production: the api and the worker of a service are processes of their own. */
export const SPLIT_MODE = [
  { name: 'payment-api', service: 'payment', mode: 'api' },
  { name: 'payment-worker', service: 'payment', mode: 'worker' },
  { name: 'invoice-api', service: 'invoice', mode: 'api' },
  { name: 'invoice-worker', service: 'invoice', mode: 'worker' },
  { name: 'signal', service: 'signal', mode: 'full' },
];

/**
 * Starts sandbox and services against the given servers: database and roles, migrations, sandbox, then all processes
 * side by side, until each is ready. Several systems run at once when they differ in database, prefixes and (for the
 * bus) Redis. On failure everything is stopped and the error carries the end of the guilty process's log.
 * @param {object} options see system.d.mts
 */
export async function startSystem(options) {
  const system = await planSystem(options);
  const step = async (what, work) => {
    options.signal?.throwIfAborted();
    await system.timed(what, work);
  };
  try {
    await step('database and roles', () => system.createDatabase());
    await step('migrations', () => system.migrate());
    await step('sandbox', () => system.startSandbox());
    await step('services', () => Promise.all(system.processes.map((child) => child.start())));
  } catch (error) {
    await system.stop();
    throw error;
  }
  return system;
}

async function planSystem(options) {
  const plan = options.processes ?? SPLIT_MODE;
  const ports = portPicker(options.ports ?? 'free');
  const sandboxPort = await ports.pick(SANDBOX_PORT);
  const planned = [];
  for (const part of plan) planned.push({ ...part, port: await ports.pick(SERVICES[part.service].port) });
  const urlOf = (service) => {
    const first = planned.find((part) => part.service === service);
    return `http://127.0.0.1:${first?.port ?? SERVICES[service].port}`;
  };
  const endpoints = {
    payment: urlOf('payment'),
    invoice: urlOf('invoice'),
    signal: urlOf('signal'),
    ...options.fronts,
    sandbox: `http://127.0.0.1:${sandboxPort}`,
  };
  const defaults = { database: 'nx_seller', secrets: makeSecrets(), release: ROOT, log: () => {} };
  return buildSystem({ ...defaults, ...options, ports }, planned, endpoints);
}

function buildSystem(options, planned, endpoints) {
  const { infra, log } = options;
  const logFolder = options.logFolder ?? join(LOCAL, 'logs');
  mkdirSync(logFolder, { recursive: true });
  // A log holds one run, restarts of its process included.
  for (const { name } of [...planned, { name: 'sandbox' }]) rmSync(join(logFolder, `${name}.log`), { force: true });
  const supervisor = openSupervisor();
  const context = { ...options, endpoints, logFolder, supervisor, database: null, serviceToken: undefined };
  const migrateOne = options.migrate ?? ((service, env) => migrateByProcess(service, env, context));
  const processes = planned.map((part) => serviceProcess(part, context));
  const timed = async (what, work) => {
    const begin = Date.now();
    await work();
    log(`${what} ready (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  };
  return {
    infra,
    endpoints,
    processes,
    timed,
    process: (name) => processes.find((child) => child.name === name),
    add: async (part) => {
      rmSync(join(logFolder, `${part.name}.log`), { force: true });
      const child = serviceProcess({ ...part, port: await options.ports.pick(SERVICES[part.service].port) }, context);
      processes.push(child);
      return child;
    },
    databaseUrl: (role) => context.database.urlFor(role),
    environment: (service, mode) => environmentOf(service, mode, context, {}),
    createDatabase: async () => {
      context.database = await createDatabase(infra.postgresAdminUrl, { database: options.database });
    },
    migrate: async () => {
      for (const service of new Set(planned.map((part) => part.service))) {
        options.signal?.throwIfAborted();
        await migrateOne(service, environmentOf(service, 'migrate', context, {}));
      }
    },
    startSandbox: async () => {
      await startSandbox(context);
      context.serviceToken = await fetchToken(endpoints.sandbox, 'service');
    },
    token: (persona) => fetchToken(endpoints.sandbox, persona),
    describe: () => describeSystem(context, processes),
    stop: async () => {
      await Promise.all(processes.map((child) => child.stop()));
      await supervisor.close();
      options.ports.release();
    },
  };
}

/** One process of a service; it can be stopped, killed and started again on the same port. */
function serviceProcess({ name, service, mode, port, overrides, release }, context) {
  const url = `http://127.0.0.1:${port}`;
  const baseUrl = `${url}${SERVICES[service].basePath}`;
  const logFile = join(context.logFolder, `${name}.log`);
  let child = null;
  const start = async ({ wait = true, timeoutMs = 60_000, variables = {} } = {}) => {
    const own = { port, metricsPort: port - METRICS_DISTANCE, overrides: { ...overrides, ...variables } };
    const env = environmentOf(service, mode, context, own);
    const command = nodeCommand(release ?? context.release, 'apps', service);
    child = await context.supervisor.start(name, { ...command, env, cwd: ROOT, logFile });
    if (wait) await untilReady(timeoutMs);
  };
  const untilReady = (timeoutMs) =>
    waitUntil(`${name} (log: ${logFile})`, () => answers(`${baseUrl}/readyz`), {
      timeoutMs,
      gone: () => (child.exitStatus ? `ended with ${describeExit(child.exitStatus)}\n${logTail(logFile, 20)}` : null),
    });
  const end = async (signal) => {
    if (!child || child.exitStatus) return;
    if (signal === 'SIGTERM') await child.stop();
    else {
      child.signal(signal);
      await child.exited;
    }
  };
  return {
    name,
    service,
    mode,
    port,
    url,
    baseUrl,
    metricsUrl: `http://127.0.0.1:${port - METRICS_DISTANCE}/metrics`,
    logFile,
    start,
    untilReady: (timeoutMs = 60_000) => untilReady(timeoutMs),
    ready: () => answers(`${baseUrl}/readyz`),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    signal: (signal) => child?.signal(signal),
    get pid() {
      return child?.pid;
    },
    get exitStatus() {
      return child?.exitStatus ?? null;
    },
  };
}

async function migrateByProcess(service, env, context) {
  const logFile = join(context.logFolder, `${service}-migrate.log`);
  rmSync(logFile, { force: true });
  const command = { ...nodeCommand(context.release, 'apps', service), env, cwd: ROOT, logFile };
  const child = await context.supervisor.start(`${service}-migrate`, command);
  const status = await child.exited;
  if (status.code === 0) return;
  throw new Error(`migrating ${service} ended with ${describeExit(status)} (log: ${logFile})\n${logTail(logFile, 20)}`);
}

async function startSandbox(context) {
  const { endpoints, infra, topicPrefix, sandbox = {} } = context;
  const logFile = join(context.logFolder, 'sandbox.log');
  const env = sandboxEnvironment(infra, endpoints, {
    port: Number(new URL(endpoints.sandbox).port),
    postgresUrl: context.database.urlFor(context.database.roles.sandbox),
    topicPrefix,
    ...sandbox,
  });
  const child = await context.supervisor.start('sandbox', { ...nodeCommand(ROOT, 'sandbox'), env, cwd: ROOT, logFile });
  await waitUntil(`sandbox (log: ${logFile})`, () => answers(`${endpoints.sandbox}/jw-certs`), {
    gone: () => (child.exitStatus ? `ended with ${describeExit(child.exitStatus)}\n${logTail(logFile, 20)}` : null),
  });
}

function environmentOf(service, mode, context, { port, metricsPort, overrides }) {
  const { database, secrets, serviceToken, topicPrefix, queuePrefix } = context;
  return serviceEnvironment(service, mode, context.infra, context.endpoints, {
    runtimeUrl: database.urlFor(database.roles[service].runtime),
    ownerUrl: database.urlFor(database.roles[service].owner),
    secrets,
    port,
    metricsPort,
    serviceToken,
    topicPrefix,
    queuePrefix,
    overrides: { ...context.overrides?.all, ...context.overrides?.[service], ...overrides },
  });
}

const nodeCommand = (release, ...folder) => ({
  command: process.execPath,
  args: [
    '--enable-source-maps',
    '--disable-warning=TimeoutNegativeWarning',
    join(release, 'dist', ...folder, 'main.js'),
  ],
});

const describeExit = ({ code, signal }) => (signal ? `signal ${signal}` : `code ${code}`);

/** A 2xx within a second. */
async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function fetchToken(sandboxUrl, persona) {
  const response = await fetch(`${sandboxUrl}/identity/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ persona }),
    signal: AbortSignal.timeout(5_000),
  });
  const body = await response.json();
  if (!response.ok || typeof body.token !== 'string')
    throw new Error(`no token for ${persona}: ${JSON.stringify(body)}`);
  return body.token;
}

/** `registry`: the port of the registry, else the next free one. `free`: any, for systems that run side by side. */
function portPicker(way) {
  const taken = new Set();
  const hasMetricsPort = (port) => isPortFree(port - METRICS_DISTANCE);
  const usable = async (port) => (await hasMetricsPort(port)) && reservePort(port);
  const pick = async (preferred) => {
    const port =
      way === 'registry'
        ? await nextFreePort(preferred, { taken, usable })
        : await reserveFreePort({ taken, usable: hasMetricsPort });
    taken.add(port);
    return port;
  };
  return { pick, release: () => taken.forEach(releasePort) };
}

/** The content of endpoints.json. It carries passwords, so it is written for its owner alone. */
function describeSystem({ endpoints, database, infra }, processes) {
  return {
    ...endpoints,
    processes: processes.map(({ name, service, mode, url, baseUrl, metricsUrl, pid, logFile }) => {
      return { name, service, mode, url, baseUrl, metricsUrl, pid, logFile };
    }),
    database: { name: database.database, adminUrl: databaseAdminUrl(infra.postgresAdminUrl, database.database) },
    redisUrl: infra.redisUrl,
    kafkaBrokers: infra.kafkaBrokers,
    starter: process.pid,
  };
}

function databaseAdminUrl(adminUrl, database) {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.toString();
}
