import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { roleUrl } from './database.mjs';
import { SANDBOX_PORT, SERVICES, serviceEnvironment } from './environment.mjs';
import { LOCAL, ROOT } from './infra/paths.mjs';
import { readJson } from './infra/store.mjs';
import { cloneSecrets } from './secrets.mjs';

/** The database of `npm start`. */
const DATABASE = 'nx_seller';

/**
 * The environment of the commands: the one that is there when it names a database, else that of the servers which
 * `npm start` or `npm run infra:start` left running in this clone.
 */
export function opsEnvironment(parent, infra) {
  if (parent.APP_ENV_POSTGRES_URL || parent.APP_ENV_POSTGRES_HOST || parent.APP_ENV_POSTGRES_URL_FILE) return parent;
  if (!infra?.postgresAdminUrl) return null;
  const urlOf = (port) => `http://127.0.0.1:${port}`;
  const endpoints = {
    payment: urlOf(SERVICES.payment.port),
    invoice: urlOf(SERVICES.invoice.port),
    signal: urlOf(SERVICES.signal.port),
    sandbox: urlOf(SANDBOX_PORT),
  };
  return serviceEnvironment('payment', 'api', infra, endpoints, {
    secrets: cloneSecrets(),
    runtimeUrl: roleUrl(infra.postgresAdminUrl, DATABASE, 'nx_payment'),
    port: SERVICES.payment.port,
    metricsPort: SERVICES.payment.port - 10_000,
  });
}

/** The command's own output is all that may stand on stdout. */
async function main(args) {
  const env = opsEnvironment(process.env, readJson(join(LOCAL, 'infra.json'), null));
  if (env === null) {
    process.stderr.write('no database: set the environment of the service, or start the servers with npm start\n');
    return 3;
  }
  await build({ log: (line) => process.stderr.write(`${line}\n`) });
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'apps', 'payment', 'ops.js'), ...args], {
    env,
    cwd: ROOT,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 3));
  });
}

if (process.argv[1] === join(ROOT, 'tools', 'ops.mjs')) process.exitCode = await main(process.argv.slice(2));
