import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSupervisor } from '../children.mjs';
import { logTail } from '../infra/daemon.mjs';
import { installPackages } from '../infra/packages.mjs';
import { CLONE_HASH, PROJECT, localFolder, localPath } from '../infra/paths.mjs';
import { waitUntil } from '../infra/probes.mjs';
import { findCommand, isRoot, run } from '../infra/shell.mjs';
import { ComposeProblem } from './docker.mjs';

const PACKAGES = { apt: ['docker.io', 'docker-compose', 'iptables', 'iproute2'] };
/** Short: paths of sockets may have 107 characters. */
const RUN = `/run/${PROJECT}-${CLONE_HASH}`;
const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

/**
 * An engine for this run: the one that answers, else a private one of Debian's docker.io with socket, data and network of
 * its own, installed where this process may. `stop` ends what was started here and takes back its network rules.
 * @returns {Promise<{env: object, socket: string, own: boolean, stop: () => Promise<void>}>}
 */
export async function ensureEngine({ log }) {
  const answers = findCommand('docker') && (await run('docker', ['version'])).code === 0;
  if (answers) {
    const socket = process.env.DOCKER_HOST?.replace(/^unix:\/\//, '') ?? '/var/run/docker.sock';
    return { env: {}, socket, own: false, stop: async () => {} };
  }
  if (!isRoot())
    throw new ComposeProblem(
      'No Docker engine answers, and only root can start one here. Start yours, or run this as root.',
    );
  const missing = ['dockerd', 'docker-compose', 'iptables-save', 'ip'].filter((name) => !findCommand(name));
  if (missing.length > 0) await installPackages('Docker', `${missing.join(', ')} missing`, PACKAGES, log);
  return startEngine({ log });
}

async function startEngine({ log }) {
  const network = await networkState();
  const supervisor = openSupervisor({ graceMs: 60_000 });
  const socket = join(RUN, 'docker.sock');
  const logFile = localPath('logs', 'dockerd.log');
  rmSync(logFile, { force: true });
  const args = ['--host', `unix://${socket}`, '--data-root', localFolder('engine'), '--exec-root', join(RUN, 'exec')];
  const daemon = await supervisor.start('dockerd', {
    command: findCommand('dockerd'),
    args: [...args, '--pidfile', join(RUN, 'docker.pid')],
    logFile,
  });
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' };
  const stop = async () => {
    await daemon.stop(60_000);
    await supervisor.close();
    await restoreNetwork(network);
    rmSync(RUN, { recursive: true, force: true });
  };
  try {
    const ready = async () => (await run('docker', ['version'], { env: { ...process.env, ...env } })).code === 0;
    const gone = () => (daemon.exitStatus ? `it ended\n${logTail(logFile, 20)}` : null);
    await waitUntil('the Docker engine', ready, { timeoutMs: 60_000, gone });
  } catch (error) {
    await stop();
    throw error;
  }
  log(`a private Docker engine runs (${socket})`);
  return { env, socket, own: true, stop };
}

/** Rules, interfaces and forwarding as an engine may change them. */
export async function networkState() {
  const rules = (await run('iptables-save', [])).output.split('\n').filter((line) => /^[*:-]/.test(line));
  const links = (await run('ip', ['-o', 'link'])).output.match(/(?<=^\d+: )[^:@]+/gm) ?? [];
  return { rules: parseRules(rules), links, forwarding: readFileSync(FORWARDING, 'utf8').trim() };
}

/** Lines of iptables-save as `{table, line}`, counters of packets left out. */
export function parseRules(lines) {
  let table = '';
  return lines.flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1);
    return line.startsWith('*') ? [] : [`${table} ${line.replace(/ \[\d+:\d+\]$/, '')}`];
  });
}

/**
 * The calls of iptables that lead from one state to the other: rules that are new go first, then chains, and policies that
 * differ are set back.
 * @param {string[]} before of `parseRules`
 * @param {string[]} now
 * @returns {string[][]} arguments
 */
export function undoRules(before, now) {
  const known = new Set(before);
  const added = now.filter((entry) => !known.has(entry)).map((entry) => /^(\S+) (\S)(.*)$/.exec(entry).slice(1));
  const rules = added.filter(([, kind]) => kind === '-').map(([table, , rule]) => ['-t', table, ...words(`-${rule}`)]);
  const chains = added.filter(([, kind]) => kind === ':').map(([table, , chain]) => [table, ...chain.split(' ')]);
  const own = chains.filter(([, , policy]) => policy === '-').map(([table, chain]) => ['-t', table, '-X', chain]);
  const policies = chains.flatMap(([table, chain, policy]) => {
    const old = before.find((entry) => entry.startsWith(`${table} :${chain} `))?.split(' ')[2] ?? 'ACCEPT';
    return policy === '-' || policy === old ? [] : [['-t', table, '-P', chain, old]];
  });
  return [...rules.map(([option, table, , ...rest]) => [option, table, '-D', ...rest]), ...own, ...policies];
}

/** Words of a rule; a comment may stand in quotes. */
const words = (text) => (text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));

async function restoreNetwork(before) {
  const now = await networkState();
  for (const args of undoRules(before.rules, now.rules)) await run('iptables', args);
  for (const link of now.links.filter(
    (name) => !before.links.includes(name) && /^(docker0|br-[0-9a-f]{12})$/.test(name),
  ))
    await run('ip', ['link', 'delete', link]);
  writeFileSync(FORWARDING, `${before.forwarding}\n`);
}
