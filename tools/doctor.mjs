import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { SANDBOX_PORT, SERVICES } from './environment.mjs';
import { dockerAvailable } from './infra/docker.mjs';
import { externalServer } from './infra/external.mjs';
import { infraStatus } from './infra/index.mjs';
import { KAFKA_VERSION, findJava } from './infra/kafka.mjs';
import { installCommand } from './infra/packages.mjs';
import { CACHE, LOCAL, ROOT } from './infra/paths.mjs';
import { isPortFree } from './infra/ports.mjs';
import { findPostgresBinaries } from './infra/postgres.mjs';
import { identify, isAlive } from './infra/processes.mjs';
import { findRedisBinary } from './infra/redis.mjs';
import { findCommand, isRoot, run } from './infra/shell.mjs';
import { readJson } from './infra/store.mjs';
import { reasonToInstall } from './install.mjs';
import { compareVersions } from './release/versions.mjs';

const NEEDED_GIB = 3;

/** A finding: `state` is `ok`, `note` (works, worth knowing) or `bad`; `fix` is the one command that mends it. */
const finding = (name, state, detail, fix = '') => ({ name, state, detail, fix });

function checkNode() {
  const required = '20.20.0';
  const good = compareVersions(process.versions.node, required) >= 0;
  const fix = good ? '' : 'install Node.js 24 (https://nodejs.org) or, with nvm: nvm install 24';
  return finding('node', good ? 'ok' : 'bad', `${process.versions.node}, needs ${required} or newer`, fix);
}

function checkModules() {
  const reason = reasonToInstall();
  return finding('packages', reason ? 'bad' : 'ok', reason ?? 'as in package-lock.json', reason ? 'npm ci' : '');
}

/** A program for the native way. It does not matter where Docker or an address gives the server. */
function checkProgram(name, path, packages, needless) {
  if (path) return finding(name, 'ok', path);
  if (needless) return finding(name, 'note', `not on this machine; not needed: ${needless}`);
  const automatic = isRoot() && findCommand('apt-get');
  const detail = automatic ? 'missing; npm start installs it' : 'missing';
  return finding(name, automatic ? 'note' : 'bad', detail, installCommand(packages));
}

function checkDisk() {
  const { bavail, bsize } = statfsSync(ROOT);
  const free = (bavail * bsize) / 2 ** 30;
  const state = free >= NEEDED_GIB ? 'ok' : 'bad';
  return finding(
    'disk',
    state,
    `${free.toFixed(1)} GiB free, needs ${NEEDED_GIB}`,
    state === 'ok' ? '' : `df -h ${ROOT}`,
  );
}

async function checkPorts(runs) {
  const wanted = [...Object.values(SERVICES).map((service) => service.port), SANDBOX_PORT];
  const states = await Promise.all(wanted.map(isPortFree));
  const taken = wanted.filter((_port, index) => !states[index]);
  if (taken.length === 0) return finding('ports', 'ok', `${wanted.join(', ')} are free`);
  if (runs) return finding('ports', 'ok', `${taken.join(', ')} in use by the running system`);
  return finding('ports', 'note', `${taken.join(', ')} in use; the services move on to the next free ones`);
}

async function checkServers() {
  const servers = await infraStatus();
  return servers.map(({ kind, how, ready }) => {
    if (ready) return finding(`${kind} server`, 'ok', how);
    if (how === 'not running')
      return finding(`${kind} server`, 'note', 'not running; npm start brings it up', 'npm run infra:start');
    return finding(`${kind} server`, 'bad', `${how}, does not answer`, 'npm run infra:stop && npm run infra:start');
  });
}

async function checkSystem(endpoints) {
  if (!endpoints) return [finding('system', 'note', 'not running', 'npm start')];
  return Promise.all(
    endpoints.processes.map(async ({ name, baseUrl, logFile }) => {
      try {
        const response = await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(3_000) });
        const text = (await response.text()).slice(0, 200);
        if (response.ok) return finding(name, 'ok', `ready at ${baseUrl}`);
        return finding(name, 'bad', `not ready (${response.status}): ${text}`, `tail -n 50 ${logFile}`);
      } catch (error) {
        return finding(
          name,
          'bad',
          `${baseUrl} does not answer (${error.cause?.code ?? error.name})`,
          `tail -n 50 ${logFile}`,
        );
      }
    }),
  );
}

/** The running system's addresses; null when its starter is gone. */
function runningSystem() {
  const endpoints = readJson(join(LOCAL, 'endpoints.json'), null);
  if (!endpoints) return null;
  try {
    return isAlive(identify(endpoints.starter)) ? endpoints : null;
  } catch {
    return null;
  }
}

async function findings() {
  const docker = await dockerAvailable();
  const endpoints = runningSystem();
  const needless = (kind) => externalServer(kind)?.variable ?? (docker ? 'Docker' : null);
  const jars = [join(LOCAL, 'kafka', `lib-${KAFKA_VERSION}`), join(CACHE, `kafka-${KAFKA_VERSION}`)];
  const haveJars = jars.some((folder) => existsSync(join(folder, '.complete')));
  const maven = needless('kafka') ?? (haveJars ? 'Kafka is here already' : null);
  const java = findJava();
  return [
    checkNode(),
    checkModules(),
    finding(
      'docker',
      'note',
      docker ? 'running, used for the servers' : 'no running engine with compose; native servers instead',
    ),
    checkProgram(
      'postgresql',
      findPostgresBinaries(),
      { apt: ['postgresql'], dnf: ['postgresql-server'], brew: ['postgresql@17'] },
      needless('postgres'),
    ),
    checkProgram(
      'redis',
      findRedisBinary(),
      { apt: ['redis-server'], dnf: ['redis'], brew: ['redis'] },
      needless('redis'),
    ),
    checkProgram(
      'java',
      java,
      { apt: ['default-jre-headless'], dnf: ['java-17-openjdk-headless'], brew: ['openjdk'] },
      needless('kafka'),
    ),
    ...(java ? [await checkJavaVersion(java)] : []),
    checkProgram('maven', findCommand('mvn'), { apt: ['maven'], dnf: ['maven'], brew: ['maven'] }, maven),
    checkDisk(),
    checkMemory(),
    await checkPorts(endpoints !== null),
    ...(await checkServers()),
    ...(await checkSystem(endpoints)),
  ];
}

async function checkJavaVersion(java) {
  const { output } = await run(java, ['-version'], { timeoutMs: 10_000 });
  const major = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  const state = major >= 17 ? 'ok' : 'bad';
  const fix =
    state === 'ok'
      ? ''
      : installCommand({ apt: ['openjdk-17-jre-headless'], dnf: ['java-17-openjdk-headless'], brew: ['openjdk'] });
  return finding('java version', state, `${major}, Kafka ${KAFKA_VERSION} needs 17 or newer`, fix);
}

function checkMemory() {
  if (!existsSync('/proc/meminfo')) return finding('memory', 'note', 'not known on this system');
  const kib = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0);
  const free = kib / 2 ** 20;
  return finding(
    'memory',
    free >= 2 ? 'ok' : 'note',
    `${free.toFixed(1)} GiB available; servers and services take about 2`,
  );
}

const all = await findings();
const bad = all.filter(({ state }) => state === 'bad');
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ ok: bad.length === 0, findings: all }, null, 2)}\n`);
} else {
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, state, detail, fix } of all) {
    process.stdout.write(`${state.padEnd(5)} ${name.padEnd(width)}  ${detail}\n`);
    if (fix) process.stdout.write(`${''.padEnd(width + 8)}→ ${fix}\n`);
  }
  process.stdout.write(bad.length === 0 ? '\nnothing is missing\n' : `\n${bad.length} to mend\n`);
}
process.exitCode = bad.length === 0 ? 0 : 1;
