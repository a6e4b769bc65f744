import { existsSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { findCommand, isRoot, run, runOrFail } from './shell.mjs';

const POLICY = '/usr/sbin/policy-rc.d';
const CREATE_CLUSTER = '/etc/postgresql-common/createcluster.conf';
const SERVERS = ['redis-server', 'postgresql'];

/** A program is missing and only a human can add it: `command` is what to run. */
export class MissingProgram extends Error {
  constructor(what, command) {
    super(`${what} is missing. Install it with:\n    ${command}`);
    this.name = 'MissingProgram';
    this.command = command;
  }
}

/** The one command with which a human installs these packages here. */
export function installCommand(packages) {
  const sudo = isRoot() ? '' : 'sudo ';
  if (findCommand('apt-get')) return `${sudo}apt-get update && ${sudo}apt-get install -y ${packages.apt.join(' ')}`;
  if (findCommand('dnf')) return `${sudo}dnf install -y ${packages.dnf.join(' ')}`;
  if (findCommand('brew')) return `brew install ${packages.brew.join(' ')}`;
  return `install ${packages.apt.join(', ')} with the package manager of this system`;
}

/**
 * Installs packages where this process may: as root on Debian or Ubuntu. Debian starts servers of its own at install,
 * which is forbidden for the moment, so that only our private instances run.
 * @throws MissingProgram elsewhere, with the command to run
 */
export function installPackages(what, why, packages, log) {
  const turn = lastInstallation.then(() => installNow(what, why, packages, log));
  lastInstallation = turn.catch(() => {});
  return turn;
}

/** apt allows one installation at a time, and the three servers are prepared side by side. */
let lastInstallation = Promise.resolve();

async function installNow(what, why, packages, log) {
  if (!isRoot() || !findCommand('apt-get')) throw new MissingProgram(`${what} (${why})`, installCommand(packages));
  log(`installing ${packages.apt.join(' ')} with apt: ${why}`);
  const forbidden = forbidServers();
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const update = await run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', 'update', '-q'], { env, timeoutMs: 180_000 });
    if (update.code !== 0) log('apt-get update had errors; going on with the known package lists');
    const options = [
      '-o',
      'DPkg::Lock::Timeout=120',
      '-o',
      'Dpkg::Options::=--force-confold',
      '--no-install-recommends',
    ];
    await runOrFail('apt-get', [...options, 'install', '-y', '-q', ...packages.apt], { env, timeoutMs: 600_000 });
  } finally {
    if (forbidden) unlinkSync(POLICY);
  }
  await keepOffAtBoot(packages.apt, log);
}

function forbidServers() {
  mkdirSync('/etc/postgresql-common', { recursive: true });
  if (!existsSync(CREATE_CLUSTER)) writeFileSync(CREATE_CLUSTER, 'create_main_cluster = false\n');
  if (existsSync(POLICY)) return false;
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return true;
}

async function keepOffAtBoot(names, log) {
  const systemctl = findCommand('systemctl');
  if (!systemctl) return;
  for (const server of SERVERS.filter((name) => names.includes(name))) {
    const result = await run(systemctl, ['disable', server], { timeoutMs: 20_000 });
    if (result.code === 0) log(`${server}: the system's own instance stays off, ours is private`);
  }
}
