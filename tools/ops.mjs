import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { roleUrl } from './database.mjs';
import { SANDBOX_PORT, SERVICES, serviceEnvironment } from './environment.mjs';
import { LOCAL, ROOT } from './infra/paths.mjs';
import { readJson } from './infra/store.mjs';
import { cloneSecrets } from './secrets.mjs';

/** The database of `npm start`. */
const DATABASE = 'nx_seller';

/** First words of the commands that another app than payment carries. */
const APP_OF = { invoice: 'invoice', repartition: 'invoice', cdc: 'invoice', signal: 'signal' };

/** Which app a command line is for: payment where its first word says nothing else. */
export const appOf = (args) => APP_OF[args[0]] ?? 'payment';

/**
 * The environment of the commands of a service: the one that is there when it names a database, else that of the servers
 * which `npm start` or `npm run infra:start` left running in this clone, with the address where `npm start` put the
 * service.
 */
export function opsEnvironment(parent, infra, service = 'payment', running = null) {
  if (parent.APP_ENV_POSTGRES_URL || parent.APP_ENV_POSTGRES_HOST || parent.APP_ENV_POSTGRES_URL_FILE) return parent;
  if (!infra?.postgresAdminUrl) return null;
  const urlOf = (port) => `http://127.0.0.1:${port}`;
  const endpoints = {
    payment: urlOf(SERVICES.payment.port),
    invoice: urlOf(SERVICES.invoice.port),
    signal: urlOf(SERVICES.signal.port),
    sandbox: urlOf(SANDBOX_PORT),
  };
  const operator = Object.entries(parent).filter(([name]) => name.startsWith('APP_ENV_OPERATOR_'));
  return serviceEnvironment(service, 'api', infra, endpoints, {
    secrets: cloneSecrets(),
    runtimeUrl: roleUrl(infra.postgresAdminUrl, DATABASE, `nx_${service}`),
    port: SERVICES[service].port,
    metricsPort: SERVICES[service].port - 10_000,
    overrides: { APP_ENV_OPERATOR_URL: running?.[service], ...Object.fromEntries(operator) },
  });
}

const say = (line) => process.stderr.write(`${line}\n`);

/** The command's own output is all that may stand on stdout. */
async function main(args) {
  const app = appOf(args);
  const endpoints = readJson(join(LOCAL, 'endpoints.json'), null);
  const env = opsEnvironment(process.env, readJson(join(LOCAL, 'infra.json'), null), app, endpoints);
  if (env === null) {
    say('no database: set the environment of the service, or start the servers with npm start');
    return 3;
  }
  await build({ log: say });
  const entry = join(ROOT, 'dist', 'apps', app, 'ops.js');
  if (!existsSync(entry)) {
    say(`there is no command ${args.slice(0, 2).join(' ')}: ${app} has no operators' commands`);
    return 2;
  }
  const child = spawn(process.execPath, [entry, ...args], { env, cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 3));
  });
}

if (process.argv[1] === join(ROOT, 'tools', 'ops.mjs')) process.exitCode = await main(process.argv.slice(2));
