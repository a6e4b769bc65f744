import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeComposeSecrets } from '../compose/secrets.mjs';
import { CLONE_HASH, PROJECT, ROOT, localPath } from './paths.mjs';
import { freePorts, isPortFree } from './ports.mjs';
import { findCommand, run } from './shell.mjs';
import { readJson, writeJson } from './store.mjs';

const RECORD = localPath('infra', 'docker.json');
const COMPOSE = ['compose', '-p', `${PROJECT}-${CLONE_HASH}`, '-f', join(ROOT, 'docker-compose.yml')];

/** A Docker engine runs here and has compose. */
export async function dockerAvailable() {
  if (!findCommand('docker')) return false;
  if ((await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: 5_000 })).code !== 0) return false;
  return (await run('docker', ['compose', 'version'], { timeoutMs: 5_000 })).code === 0;
}

/**
 * Starts the named services of docker-compose.yml on free loopback ports and waits until they are healthy.
 * @param {string[]} kinds of `postgres`, `redis`, `kafka`
 * @returns {Promise<Record<string, {host: string, port: number, url: string}>>} by kind
 * @throws Error when an image cannot be had or a container does not become healthy
 */
export async function startContainers(kinds, { log }) {
  const record = await chooseRecord();
  log(`starting ${kinds.join(', ')} with Docker`);
  const options = { cwd: ROOT, env: composeEnvironment(record), timeoutMs: 600_000 };
  const result = await run('docker', [...COMPOSE, 'up', '-d', '--wait', ...kinds], options);
  if (result.code !== 0) {
    await run('docker', [...COMPOSE, 'rm', '-s', '-f', ...kinds], { ...options, timeoutMs: 60_000 });
    throw new Error(result.output.trimEnd().split('\n').slice(-3).join(' · '));
  }
  const host = '127.0.0.1';
  const all = {
    postgres: { host, port: record.ports.postgres, url: postgresUrl(record) },
    redis: { host, port: record.ports.redis, url: `redis://${host}:${record.ports.redis}` },
    kafka: { host, port: record.ports.kafka, url: `${host}:${record.ports.kafka}` },
  };
  return Object.fromEntries(kinds.map((kind) => [kind, all[kind]]));
}

/** Ends the containers; their volumes stay, so that the next start is warm. */
export async function stopContainers(kinds) {
  const record = await chooseRecord();
  await run('docker', [...COMPOSE, 'rm', '-s', '-f', ...kinds], { env: composeEnvironment(record), timeoutMs: 90_000 });
}

const postgresUrl = ({ password, ports }) => `postgresql://nx_admin:${password}@127.0.0.1:${ports.postgres}/postgres`;

async function chooseRecord() {
  const known = readJson(RECORD, null);
  if (known && (await Promise.all(Object.values(known.ports).map(isPortFree))).every(Boolean)) return known;
  const [postgres, redis, kafka] = await freePorts(3);
  const record = {
    password: known?.password ?? randomBytes(24).toString('base64url'),
    ports: { postgres, redis, kafka },
  };
  writeJson(RECORD, record);
  return record;
}

function composeEnvironment({ password, ports }) {
  return {
    // The file requires the secrets of all its services, also when only the servers are started.
    ...makeComposeSecrets(),
    ...process.env,
    NX_POSTGRES_PASSWORD: password,
    NX_POSTGRES_PORT: String(ports.postgres),
    NX_REDIS_PORT: String(ports.redis),
    NX_KAFKA_PORT: String(ports.kafka),
  };
}
