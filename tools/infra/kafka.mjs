import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logTail, startDetached } from './daemon.mjs';
import { installPackages } from './packages.mjs';
import { CACHE, copyFolder, localFolder, localPath } from './paths.mjs';
import { freePorts, isPortFree } from './ports.mjs';
import { kafkaReady, waitUntil } from './probes.mjs';
import { isAlive, stopProcess } from './processes.mjs';
import { findCommand, runOrFail } from './shell.mjs';
import { readJson, writeJson } from './store.mjs';

export const KAFKA_VERSION = '4.3.0';
const SLF4J_VERSION = '1.7.36';
const JAVA_PACKAGES = { apt: ['default-jre-headless'], dnf: ['java-17-openjdk-headless'], brew: ['openjdk'] };
const MAVEN_PACKAGES = { apt: ['maven'], dnf: ['maven'], brew: ['maven'] };
const RECORD = localPath('infra', 'kafka.json');
const COMPLETE = '.complete';
const JVM = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

export const findJava = () =>
  (process.env.JAVA_HOME &&
    existsSync(join(process.env.JAVA_HOME, 'bin', 'java')) &&
    join(process.env.JAVA_HOME, 'bin', 'java')) ||
  findCommand('java', ['/opt/homebrew/opt/openjdk/bin', '/usr/local/opt/openjdk/bin']);

/** How the broker's programs are run: `java` and the arguments before a program's own. Installed first where that is possible. */
export async function ensureKafkaPrograms(log) {
  if (!findJava()) await installPackages('Java', 'Kafka runs on it', JAVA_PACKAGES, log);
  const java = findJava();
  if (!java) throw new Error('Java was installed, but the java command was not found');
  const jars = await ensureJars(log);
  return { java, args: [...JVM, '-cp', join(jars, '*')] };
}

/**
 * Makes the storage of a broker where there is none. `scram`: users of the mechanisms SCRAM, who have to be there from
 * the start, each as `<mechanism>=[name=<user>,password=<password>]`.
 */
export async function formatStorage({ java, args }, { clusterId, configuration, folder, scram = [] }, log) {
  if (existsSync(join(folder, 'meta.properties'))) return;
  log('formatting the storage of Kafka');
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', configuration];
  for (const user of scram) format.push('--add-scram', user);
  await runOrFail(java, [...args, ...format], { timeoutMs: 60_000 });
}

/** Starts our private broker in KRaft mode and returns `{process, host, port, url}`; `onSpawn` gets it before it is ready (`url` = the broker list). */
export async function startKafka({ log, onSpawn = () => {} }) {
  const programs = await ensureKafkaPrograms(log);
  const record = await choosePorts();
  const folder = localFolder('infra', 'data', 'kafka');
  const configuration = localPath('infra', 'kafka.properties');
  writeFileSync(configuration, brokerProperties(record, folder), { mode: 0o600 });
  await formatStorage(programs, { clusterId: record.clusterId, configuration, folder }, log);
  const logFile = localPath('logs', 'kafka.log');
  const args = [...programs.args, 'kafka.Kafka', configuration];
  const identity = await startDetached(programs.java, args, { logFile });
  const server = { process: identity, host: '127.0.0.1', port: record.port, url: `127.0.0.1:${record.port}` };
  onSpawn(server);
  try {
    await waitUntil('Kafka', () => kafkaReady(server.host, server.port), {
      timeoutMs: 90_000,
      gone: () => (isAlive(identity) ? null : `it ended at once\n${logTail(logFile)}`),
    });
  } catch (error) {
    await stopKafka(server);
    throw error;
  }
  return server;
}

export async function stopKafka(server) {
  await stopProcess(server.process, { graceMs: 20_000 });
}

/** A cluster id must not begin with a dash, or the tool takes it for an option. */
export const newClusterId = () => randomBytes(16).toString('base64url').replace(/^-/, 'k');

async function choosePorts() {
  const known = readJson(RECORD, {});
  const reusable = known.port && (await isPortFree(known.port)) && (await isPortFree(known.controllerPort));
  const [port, controllerPort] = reusable ? [known.port, known.controllerPort] : await freePorts(2);
  const record = { port, controllerPort, clusterId: known.clusterId ?? newClusterId() };
  writeJson(RECORD, record);
  return record;
}

/** The broker's settings. `advertisedPort`: where clients are sent, when something stands between them and the broker. */
export function brokerProperties({ port, controllerPort, advertisedPort = port }, folder) {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    'controller.listener.names=CONTROLLER',
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${advertisedPort}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${folder}`,
    'auto.create.topics.enable=false',
    'num.partitions=6',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=8',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=8',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    // Sparse index files of many small test topics stay small.
    'log.index.size.max.bytes=1048576',
    'log.cleaner.dedupe.buffer.size=16777216',
    '',
  ].join('\n');
}

/** Folder with Kafka's jars: this clone's own, copied from the user's cache or fetched by Maven once. */
async function ensureJars(log) {
  const jars = localPath('kafka', `lib-${KAFKA_VERSION}`);
  if (existsSync(join(jars, COMPLETE))) return jars;
  const cached = join(CACHE, `kafka-${KAFKA_VERSION}`);
  if (existsSync(join(cached, COMPLETE))) {
    log(`taking Kafka ${KAFKA_VERSION} from ${cached}`);
    copyFolder(cached, jars);
    return jars;
  }
  await fetchJars(jars, log);
  try {
    copyFolder(jars, cached);
  } catch {
    // Without a writable cache the next clone fetches again: slower, not wrong.
  }
  return jars;
}

/** Maven fetches what is in no package of the system; it is installed where that is possible. */
export async function ensureMaven(log) {
  if (!findCommand('mvn')) await installPackages('Maven', 'it fetches Kafka', MAVEN_PACKAGES, log);
}

async function fetchJars(jars, log) {
  await ensureMaven(log);
  log(`fetching Kafka ${KAFKA_VERSION} with Maven, 54 MB, once per user (about a minute)`);
  const folder = localFolder('kafka', 'fetch');
  const lib = join(folder, 'lib');
  writeFileSync(join(folder, 'pom.xml'), pom());
  const args = ['-q', '-B', '-f', join(folder, 'pom.xml'), `-Dmaven.repo.local=${join(folder, 'repository')}`];
  args.push('dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${lib}`);
  await runOrFail('mvn', args, { timeoutMs: 900_000 });
  writeFileSync(join(lib, COMPLETE), `${KAFKA_VERSION}\n`);
  rmSync(jars, { recursive: true, force: true });
  renameSync(lib, jars);
  rmSync(folder, { recursive: true, force: true });
}

function pom() {
  const dependency = (group, artifact, version) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>vn.nx</groupId><artifactId>kafka-runtime</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
${dependency('org.apache.kafka', 'kafka-tools', KAFKA_VERSION)}
${dependency('org.slf4j', 'slf4j-simple', SLF4J_VERSION)}
</dependencies></project>
`;
}
