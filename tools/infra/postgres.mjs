import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logTail, startDetached } from './daemon.mjs';
import { installPackages } from './packages.mjs';
import { CLONE_HASH, PROJECT, localPath } from './paths.mjs';
import { isPortFree, freePort } from './ports.mjs';
import { postgresReady, waitUntil } from './probes.mjs';
import { isAlive, stopProcess } from './processes.mjs';
import { findCommand, isRoot, runOrFail } from './shell.mjs';
import { readJson, writeJson } from './store.mjs';

const ADMIN = 'nx_admin';
const PACKAGES = { apt: ['postgresql'], dnf: ['postgresql-server', 'postgresql-contrib'], brew: ['postgresql@17'] };
const RECORD = localPath('infra', 'postgres.json');

/** Folder with `postgres` and `initdb`, the newest version first; null when there is none. */
export function findPostgresBinaries() {
  const roots = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr'].filter((root) =>
    existsSync(root),
  );
  const folders = roots.flatMap((root) =>
    readdirSync(root)
      .filter((name) => /^(postgresql@)?\d+$|^pgsql-\d+$/.test(name))
      .sort((left, right) => Number(right.replace(/\D/g, '')) - Number(left.replace(/\D/g, '')))
      .map((name) => join(root, name, 'bin')),
  );
  const onPath = findCommand('initdb');
  if (onPath) folders.push(join(onPath, '..'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

/** The folder of the server's programs, installed first where that is possible. */
export async function ensurePostgresBinaries(log) {
  if (!findPostgresBinaries()) {
    await installPackages('PostgreSQL', 'the database of the three services', PACKAGES, log);
  }
  const binaries = findPostgresBinaries();
  if (!binaries) throw new Error('PostgreSQL was installed, but its initdb was not found');
  return binaries;
}

/** Starts our private PostgreSQL and returns `{process, host, port, url}`; `onSpawn` gets it before it is ready. */
export async function startPostgres({ log, onSpawn = () => {} }) {
  const binaries = await ensurePostgresBinaries(log);
  const owner = await serverUser(log);
  const record = await prepareCluster(binaries, owner, log);
  const port = record.port && (await isPortFree(record.port)) ? record.port : await freePort();
  writeJson(RECORD, { ...record, port });
  const logFile = localPath('logs', 'postgres.log');
  const args = serverArguments(binaries, record.data, port);
  const identity = await startDetached(join(binaries, 'postgres'), args, { logFile, ...spawnAs(owner, record.data) });
  const server = { process: identity, host: '127.0.0.1', port, url: adminUrl(record.password, port) };
  onSpawn(server);
  try {
    await waitUntil('PostgreSQL', () => postgresReady(server.host, port), {
      timeoutMs: 60_000,
      gone: () => (isAlive(identity) ? null : `it ended at once\n${logTail(logFile)}`),
    });
  } catch (error) {
    await stopPostgres(server);
    throw error;
  }
  return server;
}

/** SIGINT is PostgreSQL's fast shutdown: open sessions are rolled back and ended. */
export async function stopPostgres(server) {
  await stopProcess(server.process, { signal: 'SIGINT', graceMs: 20_000 });
}

/** The server's command line; `more` are settings beside the usual ones. */
export function serverArguments(binaries, data, port, more = {}) {
  const settings = { ...fixedSettings(binaries), ...more, port: String(port) };
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

export const adminUrl = (password, port) => `postgresql://${ADMIN}:${password}@127.0.0.1:${port}/postgres`;

function fixedSettings(binaries) {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '400',
    wal_level: 'logical',
    max_wal_senders: '10',
    max_replication_slots: '20',
    max_locks_per_transaction: '256',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    jit: 'off',
    fsync: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(hasStatementStatistics(binaries) ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
  };
}

function hasStatementStatistics(binaries) {
  return ['lib', 'lib/postgresql'].some((folder) =>
    ['so', 'dylib'].some((suffix) => existsSync(join(binaries, '..', folder, `pg_stat_statements.${suffix}`))),
  );
}

/** PostgreSQL refuses to run as root: root lends it another user. `null` means the present user. */
export async function serverUser(log) {
  if (!isRoot()) return null;
  const known = lookUpUser('postgres') ?? lookUpUser(PROJECT);
  if (known) return known;
  log(`creating the system user ${PROJECT}, because PostgreSQL refuses to run as root`);
  await runOrFail('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', PROJECT]);
  return lookUpUser(PROJECT);
}

function lookUpUser(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (!line) return null;
  const [, , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** Options of `spawn` for a program of the server: its user, and a small environment. */
export function spawnAs(owner, folder) {
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC', HOME: folder };
  return owner ? { cwd: folder, env, uid: owner.uid, gid: owner.gid } : { cwd: folder, env };
}

/** Makes the cluster once; a later start with other binaries of another major version gets a cluster of its own. */
async function prepareCluster(binaries, owner, log) {
  const version = (await runOrFail(join(binaries, 'postgres'), ['--version'])).match(/(\d+)/)[1];
  const folder = owner ? `/var/tmp/${PROJECT}-${CLONE_HASH}` : localPath('infra', 'data', 'postgres');
  const data = join(folder, `postgres-${version}`);
  const known = readJson(RECORD, null);
  if (known?.data === data && existsSync(join(data, 'PG_VERSION'))) return known;
  log(`creating a PostgreSQL ${version} cluster in ${data}${owner ? ` for the user ${owner.name}` : ''}`);
  const record = { data, password: await createCluster(binaries, owner, folder, data) };
  writeJson(RECORD, record);
  return record;
}

/** Makes an empty cluster in `data` below `folder` for that user, and returns its administrator's password. */
export async function createCluster(binaries, owner, folder, data) {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (owner) chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(folder, 'initdb-password');
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (owner) chownSync(passwordFile, owner.uid, owner.gid);
    const access = ['-U', ADMIN, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    const args = ['-D', data, ...access, '-E', 'UTF8', '--locale=C.UTF-8'];
    await runOrFail(join(binaries, 'initdb'), args, spawnAs(owner, folder));
  } finally {
    rmSync(passwordFile, { force: true });
  }
  return password;
}
