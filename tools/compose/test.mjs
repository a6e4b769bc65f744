import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { makeDemoSecrets } from '../demo/merchant.mjs';
import { Progress } from '../demo/progress.mjs';
import { makeSale } from '../first-sale.mjs';
import { CLONE_HASH } from '../infra/paths.mjs';
import { freePorts } from '../infra/ports.mjs';
import { badInput, badValue } from './bad-input.mjs';
import { ensureComposeV2 } from './compose-v2.mjs';
import { ComposeProblem, containersOf, openDocker } from './docker.mjs';
import { composeEndpoints } from './endpoints.mjs';
import { ensureEngine, networkState } from './engine.mjs';
import { gatherImages } from './gather-images.mjs';
import { inspectImages } from './inspect-images.mjs';
import { inspectRoutes, inspectTargets } from './inspect-system.mjs';
import { Live } from './live.mjs';
import { releaseVariables } from './release.mjs';
import { makeComposeSecrets } from './secrets.mjs';
import { composeUp, servicesWithout } from './up.mjs';

const USAGE = `usage: npm run test:compose [-- --v2]
  Builds the images, brings the whole system up under compose, makes a sale through it, and takes everything down. Without a
  Docker engine Debian's is installed and started for this run alone; without public images stand-ins are built.
  --v2   with compose v2, also where this machine has 1.29 alone: Debian's is fetched for it`;

const PORTS = [
  'HTTP',
  'PAYMENT',
  'INVOICE',
  'SIGNAL',
  'SANDBOX',
  'PROMETHEUS',
  'ALERTMANAGER',
  'GRAFANA',
  'POSTGRES',
  'REDIS',
  'KAFKA',
];

const screen = new Live(process.stdout);
const log = (line) => screen.say(line);
const live = (line) => screen.live(line);
const stop = new AbortController();
const count = { passed: 0, failed: 0 };

/** One thing to be seen; what fails is said, and ends the run. */
async function check(name, work) {
  stop.signal.throwIfAborted();
  live(name);
  try {
    const value = await work();
    count.passed++;
    log(`✓ ${name}`);
    return value;
  } catch (error) {
    count.failed++;
    log(`✗ ${name}`);
    throw error;
  }
}

async function environmentOf(engine, { v2 }) {
  const ports = await freePorts(PORTS.length);
  return {
    ...process.env,
    ...(await releaseVariables()),
    ...engine.env,
    ...(v2 ? await ensureComposeV2({ log }) : {}),
    ...makeComposeSecrets(),
    ...Object.fromEntries(PORTS.map((name, index) => [`NX_${name}_PORT`, String(ports[index])])),
    NX_DOCKER_SOCKET: engine.socket,
    COMPOSE_PROJECT_NAME: `nx-test-${CLONE_HASH}`,
  };
}

async function testSystem(engine, options) {
  const env = await environmentOf(engine, options);
  const docker = await openDocker(env, { signal: stop.signal });
  log(`engine ${docker.version}, ${docker.composeName}`);
  const down = async () => {
    const args = ['down', '--volumes', '--remove-orphans', '--timeout', '20'];
    await docker.compose(args, { onLine: live, signal: undefined });
  };
  try {
    await down();
    const { images, leftOut } = await check('images', () => gatherImages(docker, env, { log, live }));
    Object.assign(env, images);
    const services = servicesWithout(leftOut);
    for (const [name, see] of badInput(env, leftOut)) await check(name, () => see(docker));
    await composed(docker, env, services);
    await check('a value that a service refuses: named, and all is taken down', () => badValue(docker, env, leftOut));
  } finally {
    screen.live('taking everything down');
    await down();
  }
  await check('nothing is left of the containers', async () => {
    const left = await containersOf(docker);
    if (left.length > 0) throw new Error(`left: ${JSON.stringify(left)}`);
  });
}

async function composed(docker, env, services) {
  await check('the system is up', () => composeUp(docker, { env, services, log, live, signal: stop.signal }));
  for (const [name, see] of inspectImages(docker, env)) await check(name, see);
  const endpoints = composeEndpoints(env, services);
  const through = services.includes('traefik') ? 'Traefik' : 'the published ports';
  await check(`a sale through ${through}`, () => sell(endpoints));
  if (services.includes('traefik')) for (const [name, see] of inspectRoutes(endpoints)) await check(name, see);
  if (services.includes('prometheus'))
    await check('Prometheus has its rules and sees every process', () => inspectTargets(env));
  await check('a second start changes nothing', () => startAgain(docker, env, services));
  await check(`a second sale through ${through}`, () => sell(endpoints));
}

const secrets = makeDemoSecrets();

async function sell(endpoints) {
  screen.end();
  // One of the screens of a sale has the client kit of dist.
  await build();
  await makeSale(endpoints, { progress: new Progress(process.stdout), secrets });
}

/** Jobs run again and find their work done; everything else stays the same container. */
async function startAgain(docker, env, services) {
  const ids = async () => (await docker.compose(['ps', '-q', '-a'])).output.split('\n').sort().join();
  const before = await ids();
  await composeUp(docker, { env, services, log: live, live, signal: stop.signal });
  if ((await ids()) !== before) throw new Error('containers were made anew');
}

async function main(options) {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => stop.abort(new ComposeProblem(`${name}: everything is taken down`)));
  const engine = await ensureEngine({ log });
  try {
    await testSystem(engine, options);
  } finally {
    if (engine.own) live('stopping the engine');
    await engine.stop();
  }
  if (engine.own)
    await check('the engine and its network rules are gone', async () => {
      const left = await networkState();
      const ours = [...left.rules, ...left.links].filter((text) => /DOCKER|docker0|br-[0-9a-f]{12}/.test(text));
      if (ours.length > 0) throw new Error(`left: ${ours.join(' · ')}`);
    });
}

function optionsOf(args) {
  try {
    return parseArgs({ args, options: { v2: { type: 'boolean', default: false }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    throw new ComposeProblem(`${error.message}\n${USAGE}`);
  }
}

if (process.argv.includes('--help')) {
  process.stdout.write(`${USAGE}\n`);
} else {
  try {
    await main(optionsOf(process.argv.slice(2)));
  } catch (error) {
    screen.end();
    if (count.failed === 0) count.failed++;
    process.stderr.write(`${error instanceof ComposeProblem ? error.message : error.stack}\n`);
  }
  screen.end();
  process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`);
  // Standard output of a pipe may still be on its way.
  await delay(0);
  process.exitCode = count.failed === 0 ? 0 : 1;
}
