import { writeFileSync } from 'node:fs';
import { logTail, startDetached } from './daemon.mjs';
import { installPackages } from './packages.mjs';
import { localFolder, localPath } from './paths.mjs';
import { freePort, isPortFree } from './ports.mjs';
import { redisReady, waitUntil } from './probes.mjs';
import { isAlive, stopProcess } from './processes.mjs';
import { findCommand } from './shell.mjs';
import { readJson, writeJson } from './store.mjs';

const PACKAGES = { apt: ['redis-server'], dnf: ['redis'], brew: ['redis'] };
const RECORD = localPath('infra', 'redis.json');

export const findRedisBinary = () => findCommand('redis-server', ['/opt/homebrew/bin', '/usr/local/bin']);

/** The server's program, installed first where that is possible. */
export async function ensureRedisBinary(log) {
  if (!findRedisBinary()) await installPackages('Redis', 'jobs, caches and pushes', PACKAGES, log);
  const binary = findRedisBinary();
  if (!binary) throw new Error('Redis was installed, but redis-server was not found');
  return binary;
}

/** Starts our private Redis (append-only file, never evicts) and returns `{process, host, port, url}`; `onSpawn` gets it before it is ready. */
export async function startRedis({ log, onSpawn = () => {} }) {
  const binary = await ensureRedisBinary(log);
  const known = readJson(RECORD, {});
  const port = known.port && (await isPortFree(known.port)) ? known.port : await freePort();
  writeJson(RECORD, { port });
  const logFile = localPath('logs', 'redis.log');
  const configuration = localPath('infra', 'redis.conf');
  writeFileSync(configuration, settings(port, localFolder('infra', 'data', 'redis')), { mode: 0o600 });
  const identity = await startDetached(binary, [configuration], { logFile });
  const server = { process: identity, host: '127.0.0.1', port, url: `redis://127.0.0.1:${port}` };
  onSpawn(server);
  try {
    await waitUntil('Redis', () => redisReady(server.host, port), {
      timeoutMs: 30_000,
      gone: () => (isAlive(identity) ? null : `it ended at once\n${logTail(logFile)}`),
    });
  } catch (error) {
    await stopRedis(server);
    throw error;
  }
  return server;
}

export async function stopRedis(server) {
  await stopProcess(server.process, { graceMs: 10_000 });
}

function settings(port, folder) {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    'daemonize no',
    `dir "${folder}"`,
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}
