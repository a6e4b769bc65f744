import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureKafkaPrograms, ensureMaven } from './kafka.mjs';
import { withLock } from './lock.mjs';
import { CACHE, ROOT } from './paths.mjs';
import { runOrFail } from './shell.mjs';

const DEBEZIUM_VERSION = '3.3.1.Final';
const ARCHIVE_SHA256 = 'd7aaa6ff7f408bb082c43d46b5720087ea29e01502097c4f9622038117100fae';
const ARTIFACT = `io.debezium:debezium-connector-postgres:${DEBEZIUM_VERSION}:tar.gz:plugin`;

/** Templates that tests, compose and sites share. */
export const CONNECT_FILES = {
  worker: join(ROOT, 'deploy', 'connect', 'worker.properties'),
  connector: join(ROOT, 'deploy', 'connect', 'commerce-merchants.json'),
};

/**
 * How a worker of Kafka Connect is run: Kafka's own jars hold it. `pluginPath` is the folder with Debezium's connector
 * for PostgreSQL. Both are fetched first where they are missing.
 */
export async function ensureConnect(log) {
  const { java, args } = await ensureKafkaPrograms(log);
  const pluginPath = await ensureDebezium(log);
  return { java, args: [...args, 'org.apache.kafka.connect.cli.ConnectDistributed'], pluginPath };
}

/** The folder of plugins with Debezium's connector, fetched by Maven once per user and checked against its known sum. */
export async function ensureDebezium(log) {
  const folder = join(CACHE, `debezium-${DEBEZIUM_VERSION}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (!existsSync(folder)) await fetchDebezium(folder, log);
  });
  return folder;
}

async function fetchDebezium(folder, log) {
  await ensureMaven(log);
  const temporary = mkdtempSync(join(CACHE, 'debezium-'));
  try {
    log(`fetching Debezium ${DEBEZIUM_VERSION} with Maven, 5 MB, once per user (some seconds)`);
    const args = ['-q', '-B', '-C', `-Dmaven.repo.local=${join(temporary, 'repository')}`, 'dependency:copy'];
    args.push(`-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${temporary}`);
    await runOrFail('mvn', args, { cwd: temporary, timeoutMs: 600_000 });
    const archive = join(temporary, readdirSync(temporary).find((name) => name.endsWith('.tar.gz')) ?? '');
    const sum = createHash('sha256').update(readFileSync(archive)).digest('hex');
    if (sum !== ARCHIVE_SHA256) throw new Error(`${ARTIFACT} has the SHA-256 ${sum}, expected ${ARCHIVE_SHA256}`);
    const plugins = join(temporary, 'plugins');
    mkdirSync(plugins);
    await runOrFail('tar', ['-xzf', archive, '--no-same-owner', '-C', plugins], { timeoutMs: 60_000 });
    // There as a whole or not at all.
    renameSync(plugins, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
