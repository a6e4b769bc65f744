import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { ROOT } from '../infra/paths.mjs';
import { isPortFree } from '../infra/ports.mjs';
import { findProblems, readComposeFile } from './checks.mjs';
import { ComposeProblem, containersOf, imageProblem, lastLine } from './docker.mjs';

const FILE = join(ROOT, 'docker-compose.yml');
const READY_MS = 600_000;
const SERVERS = new Set(['postgres', 'redis', 'kafka', 'connect', 'traefik']);

/** The services of docker-compose.yml without some. */
export function servicesWithout(without) {
  const all = Object.keys(parse(readFileSync(FILE, 'utf8')).services);
  const unknown = without.filter((name) => !all.includes(name));
  if (unknown.length > 0)
    throw new ComposeProblem(
      `${unknown.join(', ')} is no service of docker-compose.yml. There are: ${all.join(', ')}.`,
    );
  return all.filter((name) => !without.includes(name));
}

/**
 * Brings the system up: checks first, then images, then containers, until each is healthy or, as a job, has ended well. What
 * fails is taken down again.
 * @param {object} docker of `openDocker`
 * @param {{env: object, services: string[], log: (line: string) => void, live?: (line: string) => void}} options
 * @throws ComposeProblem one sentence per problem, each with its remedy
 */
export async function composeUp(docker, { env, services, log, live = () => {}, signal }) {
  const before = await containersOf(docker);
  const runs = new Set(before.filter(({ state }) => state === 'running').map(({ service }) => service));
  const asked = readComposeFile(readFileSync(FILE, 'utf8'), env, services);
  // A port that this project holds already is not in use by somebody else.
  const ports = asked.ports.filter(({ service }) => !runs.has(service));
  const ask = { isPortFree, imageProblem: (image) => imageProblem(docker, image, { onLine: live }) };
  const problems = await findProblems({ ...asked, ports }, ask);
  signal?.throwIfAborted();
  if (problems.length > 0) throw new ComposeProblem(problems.join('\n'));
  try {
    await buildImages(docker, asked.images, { log, live });
    await startContainers(docker, services, { log, live, signal });
  } catch (error) {
    live('taking it down again');
    if (runs.size === 0) await docker.compose(['down', '--remove-orphans'], { onLine: live, signal: undefined });
    throw signal?.aborted ? signal.reason : error;
  }
}

async function buildImages({ compose }, images, { log, live }) {
  const one = new Map(images.filter(({ built }) => built).map(({ image, service }) => [image, service]));
  for (const [image, service] of one) {
    const begin = performance.now();
    const { code, output } = await compose(['build', service], { onLine: live });
    if (code !== 0)
      throw new ComposeProblem(
        `${image} cannot be built (${reason(output)}). See all of it: docker compose build ${service}`,
      );
    log(`${image} built (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  }
}

/** Builders end with a summary; the last line that speaks of an error says more. */
const reason = (output) =>
  output
    .split('\n')
    .filter((line) => /error|failed|not found/i.test(line))
    .at(-1)
    ?.trim() ?? lastLine(output);

async function startContainers(docker, services, { log, live, signal }) {
  const up = await docker.compose(['up', '-d', ...services], { onLine: live });
  if (up.code !== 0 && !signal?.aborted) throw await failure(docker, up.output);
  const said = new Set();
  for (const deadline = performance.now() + READY_MS; ; await delay(1_000)) {
    signal?.throwIfAborted();
    const containers = await containersOf(docker);
    for (const container of containers.filter(isReady)) {
      if (!said.has(container.service)) log(`${container.service} ${container.state === 'exited' ? 'done' : 'ready'}`);
      said.add(container.service);
    }
    if (containers.length >= services.length && containers.every(isReady)) return;
    if (containers.some(hasFailed) || performance.now() > deadline) throw await failure(docker, '');
    live(
      `waiting for ${containers
        .filter((container) => !isReady(container))
        .map(({ service }) => service)
        .join(', ')}`,
    );
  }
}

const isReady = ({ state, health, exitCode }) =>
  (state === 'running' && (health === 'healthy' || health === 'none')) || (state === 'exited' && exitCode === 0);
const hasFailed = ({ state, health, exitCode }) =>
  health === 'unhealthy' || state === 'dead' || state === 'restarting' || (state === 'exited' && exitCode !== 0);

/** Names the container that failed first in the order of starting, with the last words of its log. */
async function failure(docker, output) {
  const failed = (await containersOf(docker)).filter((container) => hasFailed(container));
  const guilty = failed.find(({ service }) => SERVERS.has(service)) ?? failed[0];
  if (!guilty)
    return new ComposeProblem(`The containers did not start (${reason(output)}). See them: docker compose ps -a`);
  const { output: log } = await docker.compose(['logs', '--no-color', '--tail=5', guilty.service]);
  const how = guilty.health === 'unhealthy' ? 'did not become healthy' : `ended with ${guilty.exitCode}`;
  return new ComposeProblem(
    `${guilty.service} ${how}, and the system was taken down again. Its last words:\n${log.trim()}`,
  );
}
