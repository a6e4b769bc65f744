import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dockerAvailable, startContainers, stopContainers } from './docker.mjs';
import { checkExternal, externalServer } from './external.mjs';
import { startKafka, stopKafka } from './kafka.mjs';
import { withLock } from './lock.mjs';
import { localPath } from './paths.mjs';
import { startPostgres, stopPostgres } from './postgres.mjs';
import { kafkaReady, postgresReady, redisReady, waitUntil } from './probes.mjs';
import { identify, isAlive } from './processes.mjs';
import { findRedisBinary, startRedis, stopRedis } from './redis.mjs';
import { INFRA_FILE, liveUsers, readState, registerUser, writeJson, writeState } from './store.mjs';

export const KINDS = ['postgres', 'redis', 'kafka'];
const TITLES = { postgres: 'PostgreSQL', redis: 'Redis', kafka: 'Kafka' };
const NATIVE = {
  postgres: { start: startPostgres, stop: stopPostgres, ready: postgresReady },
  redis: { start: startRedis, stop: stopRedis, ready: redisReady },
  kafka: { start: startKafka, stop: stopKafka, ready: kafkaReady },
};
const LOCK = localPath('infra', 'lock');

/**
 * Makes sure of PostgreSQL, Redis and Kafka: by address from the environment, else what already runs for this clone,
 * else Docker, else native private servers. What it starts ends with its last user (also when that is killed), unless
 * `keep` is set; what somebody else started is never stopped.
 * @param {{keep?: boolean, log?: (line: string) => void}} [options]
 */
export async function ensureInfra({ keep = false, log = () => {} } = {}) {
  const leave = registerUser();
  const onWait = (holder) => log(`waiting for process ${holder.pid}, which is starting or stopping the servers`);
  try {
    const servers = await withLock(LOCK, () => bringUp({ keep, log }), { onWait });
    const stop = async () => {
      leave();
      await withLock(LOCK, stopIfUnused);
    };
    return { ...describe(servers), stop };
  } catch (error) {
    leave();
    await withLock(LOCK, stopIfUnused);
    throw error;
  }
}

/** Ends whatever we started, also what was to be kept. Returns the names of what was stopped. */
export async function stopInfra() {
  return withLock(LOCK, async () => {
    const state = readState();
    return stopServers(state);
  });
}

/** Per server: `{kind, how, url, ready}` of what is recorded or given by the environment. */
export async function infraStatus() {
  const state = readState();
  return Promise.all(
    KINDS.map(async (kind) => {
      const external = externalServer(kind);
      if (external) {
        const ready = await checkExternal(kind, external).then(
          () => true,
          () => false,
        );
        return { kind, how: `address in ${external.variable}`, url: external.url, ready };
      }
      const server = state.servers[kind];
      if (!server) return { kind, how: 'not running', url: null, ready: false };
      const alive = server.how === 'docker' || isAlive(server.process);
      return {
        kind,
        how: server.how,
        url: server.url,
        ready: alive && (await NATIVE[kind].ready(server.host, server.port)),
      };
    }),
  );
}

/** For the watcher: ends the servers when nobody uses them. True when there is nothing left to watch. */
export async function stopIfUnused() {
  const state = readState();
  if (state.kept) return true;
  if (liveUsers().length > 0) return false;
  await stopServers(state);
  return true;
}

/** The lock under which the servers are started and stopped. */
export const withInfraLock = (work) => withLock(LOCK, work);

async function bringUp({ keep, log }) {
  const state = readState();
  state.servers ??= {};
  const servers = {};
  const missing = [];
  await Promise.all(
    KINDS.map(async (kind) => {
      const external = externalServer(kind);
      if (external) {
        await checkExternal(kind, external);
        servers[kind] = { how: `address in ${external.variable}`, url: external.url };
      } else if (await isRunning(kind, state.servers[kind])) {
        servers[kind] = state.servers[kind];
      } else {
        missing.push(kind);
      }
    }),
  );
  if (!state.kept) watchUsers(state);
  if (missing.length > 0) await startMissing(missing, state, log);
  for (const kind of missing) servers[kind] = state.servers[kind];
  state.kept = state.kept || keep;
  writeState(state);
  writeJson(INFRA_FILE, fileContent(servers));
  for (const kind of KINDS) log(`${TITLES[kind]} ready (${servers[kind].how})`);
  return servers;
}

async function isRunning(kind, server) {
  if (!server) return false;
  const { ready } = NATIVE[kind];
  if (server.how === 'docker') return ready(server.host, server.port);
  if (!isAlive(server.process)) return false;
  try {
    await waitUntil(TITLES[kind], () => ready(server.host, server.port), { timeoutMs: 10_000 });
    return true;
  } catch {
    // It lives but does not answer: it makes room for a new one.
    await NATIVE[kind].stop(server);
    return false;
  }
}

async function startMissing(missing, state, log) {
  if (await dockerAvailable()) {
    try {
      const containers = await startContainers(missing, { log });
      for (const kind of missing) state.servers[kind] = { how: 'docker', ...containers[kind] };
      writeState(state);
      return;
    } catch (error) {
      log(`Docker could not do it (${error.message}); going on with native servers`);
    }
  }
  const results = await Promise.allSettled(
    missing.map(async (kind) => {
      const record = (server) => {
        state.servers[kind] = { how: 'native', ...server };
        // Written before it is ready: if this process dies now, the watcher still finds what to end.
        writeState(state);
      };
      const begin = Date.now();
      log(`starting ${TITLES[kind]}`);
      await NATIVE[kind].start({ log, onSpawn: record });
      log(`${TITLES[kind]} answered after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    }),
  );
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
  if (failures.length > 0) throw new AggregateError(failures, failures.map((error) => error.message).join('\n'));
}

async function stopServers(state) {
  const kinds = KINDS.filter((kind) => state.servers?.[kind]);
  const contained = kinds.filter((kind) => state.servers[kind].how === 'docker');
  await Promise.all([
    contained.length > 0 ? stopContainers(contained) : undefined,
    ...kinds.filter((kind) => !contained.includes(kind)).map((kind) => NATIVE[kind].stop(state.servers[kind])),
  ]);
  writeState({ kept: false, servers: {}, watcher: state.watcher });
  rmSync(INFRA_FILE, { force: true });
  return kinds.map((kind) => TITLES[kind]);
}

/** A small process of its own ends the servers when their last user is gone, however it went. */
function watchUsers(state) {
  if (isAlive(state.watcher)) return;
  const script = fileURLToPath(new URL('watcher.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], { detached: true, stdio: 'ignore' });
  child.unref();
  state.watcher = identify(child.pid);
  writeState(state);
}

function describe(servers) {
  return { postgresAdminUrl: servers.postgres.url, redisUrl: servers.redis.url, kafkaBrokers: servers.kafka.url };
}

function fileContent(servers) {
  const how = Object.fromEntries(KINDS.map((kind) => [kind, servers[kind].how]));
  const redisServer = findRedisBinary();
  return { ...describe(servers), how, ...(redisServer ? { binaries: { redisServer } } : {}) };
}
