import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { localPath } from '../infra/paths.mjs';
import { writeJson } from '../infra/store.mjs';
import { ComposeProblem, openDocker } from './docker.mjs';
import { composeEndpoints } from './endpoints.mjs';
import { Live } from './live.mjs';
import { releaseVariables } from './release.mjs';
import { ENV_FILE, writeComposeSecrets } from './secrets.mjs';
import { composeUp, servicesWithout } from './up.mjs';
import { parseVariables } from './variables.mjs';

const USAGE = `usage: npm run compose -- up [--without <service>,…] | down [--volumes] | secrets
  up        checks ports, secrets and images, builds and starts docker-compose.yml, waits until all is ready; what fails
            is taken down again
  down      ends it; --volumes deletes its data too
  secrets   writes what is missing of the secrets to .env, for a first try`;

/** As compose does: the environment wins over .env; both over what the clone says of itself. */
const environment = async () => ({
  ...(await releaseVariables()),
  ...(existsSync(ENV_FILE) ? parseVariables(readFileSync(ENV_FILE, 'utf8')) : {}),
  ...process.env,
});

const COMMANDS = {
  secrets: async ({ say }) => {
    const added = writeComposeSecrets();
    say(added.length === 0 ? `${ENV_FILE} has every secret` : `${ENV_FILE}: made ${added.join(', ')}`);
  },
  up: async ({ say, live, args, signal }) => {
    const env = await environment();
    const docker = await openDocker(env, { signal });
    const at = args.indexOf('--without');
    const services = servicesWithout(at >= 0 ? (args[at + 1] ?? '').split(',') : []);
    await composeUp(docker, { env, services, log: say, live, signal });
    const file = localPath('compose.json');
    writeJson(file, composeEndpoints(env, services));
    say(
      `all is ready\n${addresses(env, services)}\nA sale: node tools/first-sale.mjs --endpoints ${relative(process.cwd(), file)}`,
    );
  },
  down: async ({ say, live, args }) => {
    const env = await environment();
    const docker = await openDocker(env);
    const options = args.includes('--volumes') ? ['--volumes'] : [];
    const { code, output } = await docker.compose(['down', '--remove-orphans', ...options], { onLine: live });
    if (code !== 0) throw new ComposeProblem(`The containers were not taken down: ${output.trim()}`);
    say('down');
  },
};

function addresses(env, services) {
  const { payment, sandbox } = composeEndpoints(env, services);
  const at = (name, fallback) => `http://127.0.0.1:${env[name] || fallback}`;
  return [
    ['traefik', 'APIs and /stream', payment],
    ['sandbox', 'sandbox', sandbox],
    ['prometheus', 'Prometheus', at('NX_PROMETHEUS_PORT', 9090)],
    ['alertmanager', 'Alertmanager', at('NX_ALERTMANAGER_PORT', 9093)],
    ['grafana', 'Grafana (admin, NX_GRAFANA_PASSWORD)', at('NX_GRAFANA_PORT', 3000)],
  ]
    .filter(([service]) => services.includes(service))
    .map(([, what, url]) => `  ${what.padEnd(38)} ${url}`)
    .join('\n');
}

const [command, ...args] = process.argv.slice(2);
const screen = new Live(process.stdout);
if (!COMMANDS[command]) {
  process.stdout.write(`${USAGE}\n`);
  process.exitCode = command === undefined || command === '--help' ? 0 : 2;
} else {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => stop.abort(new ComposeProblem(`${name}: what was started was taken down again.`)));
  try {
    await COMMANDS[command]({
      say: (line) => screen.say(line),
      live: (line) => screen.live(line),
      args,
      signal: stop.signal,
    });
  } catch (error) {
    screen.end();
    process.stderr.write(`${error instanceof ComposeProblem ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
  screen.end();
}
