import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logTail } from './daemon.mjs';
import { brokerProperties, ensureKafkaPrograms, formatStorage, newClusterId } from './kafka.mjs';
import { adminUrl, createCluster, ensurePostgresBinaries, serverArguments, serverUser, spawnAs } from './postgres.mjs';
import { kafkaReady, postgresReady, redisReady, waitUntil } from './probes.mjs';
import { ensureRedisBinary } from './redis.mjs';

/** Nobody pulls the plug of the machine here, and what a killed server wrote stays in the kernel's cache. */
const POSTGRES_SETTINGS = { fsync: 'off', max_connections: '300', shared_buffers: '128MB' };

/**
 * Servers for one owner, who may stop, kill and empty them: native, on the given ports, with their data below `folder`
 * and their logs in `logFolder`. They run under the owner's supervisor, so they end with the owner however it ends.
 * @param {object} options see private-servers.d.mts
 */
export async function privateServers({ folder, logFolder, supervisor, ports, log = () => {} }) {
  const [postgres, redis, kafka] = await Promise.all([
    postgresProgram(join(folder, 'postgres'), ports.postgres, log),
    redisProgram(join(folder, 'redis'), ports.redis, log),
    kafkaProgram(join(folder, 'kafka'), ports, log),
  ]);
  const server = (name, program, port, ready, signal) =>
    privateServer({ name, program, port, ready, signal, supervisor, logFile: join(logFolder, `${name}.log`) });
  return {
    // SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, recovery from the log at the next start.
    postgres: {
      ...server('postgres', postgres, ports.postgres, postgresReady, 'SIGINT'),
      url: adminUrl(postgres.password, ports.postgres),
    },
    redis: { ...server('redis', redis, ports.redis, redisReady, 'SIGTERM'), url: `redis://127.0.0.1:${ports.redis}` },
    kafka: { ...server('kafka', kafka, ports.kafka, kafkaReady, 'SIGTERM'), url: `127.0.0.1:${ports.kafka}` },
  };
}

function privateServer({ name, program, port, ready, signal, supervisor, logFile }) {
  let child = null;
  let starting = Promise.resolve();
  const runs = () => child !== null && !child.exitStatus;
  // Who ends it while somebody else starts it waits for that: a start that is cut off would look like a broken server.
  const end = async (how) => {
    await starting.catch(() => {});
    if (!runs()) return;
    child.signal(how);
    await child.exited;
  };
  const start = () => {
    if (!runs()) starting = begin();
    return starting;
  };
  const begin = async () => {
    child = await supervisor.start(name, { ...program.command, logFile });
    await waitUntil(`${name} (log: ${logFile})`, () => ready('127.0.0.1', port), {
      timeoutMs: 90_000,
      gone: () => (child.exitStatus ? `it ended at once\n${logTail(logFile)}` : null),
    });
  };
  return { name, logFile, start, stop: () => end(signal), end };
}

async function postgresProgram(folder, port, log) {
  const [binaries, owner] = [await ensurePostgresBinaries(log), await serverUser(log)];
  const data = join(folder, 'data');
  const password = await createCluster(binaries, owner, folder, data);
  const args = serverArguments(binaries, data, port, POSTGRES_SETTINGS);
  return { password, command: { command: join(binaries, 'postgres'), args, ...spawnAs(owner, folder) } };
}

async function redisProgram(folder, port, log) {
  const binary = await ensureRedisBinary(log);
  mkdirSync(folder, { recursive: true });
  const options = { '--bind': '127.0.0.1', '--port': port, '--save': '', '--appendonly': 'no', '--dir': folder };
  return { command: { command: binary, args: Object.entries(options).flatMap(([name, value]) => [name, `${value}`]) } };
}

async function kafkaProgram(folder, ports, log) {
  const programs = await ensureKafkaPrograms(log);
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const configuration = join(folder, 'server.properties');
  const { kafka: port, kafkaController: controllerPort, kafkaAdvertised: advertisedPort } = ports;
  writeFileSync(configuration, brokerProperties({ port, controllerPort, advertisedPort }, data), { mode: 0o600 });
  await formatStorage(programs, { clusterId: newClusterId(), configuration, folder: data }, log);
  return { command: { command: programs.java, args: [...programs.args, 'kafka.Kafka', configuration] } };
}
