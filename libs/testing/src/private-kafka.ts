import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerProperties, ensureKafkaPrograms, formatStorage, newClusterId } from '../../../tools/infra/kafka.mjs';
import { listens } from '../../../tools/infra/probes.mjs';
import { eventually } from './eventually';
import { reserveFreePort } from '../../../tools/infra/reservations.mjs';

/** A broker that asks for a login. */
export interface PrivateKafka {
  /** `host:port` of its one listener. */
  readonly broker: string;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** A Kafka broker of its own with SASL on, one user, and the mechanisms PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
export async function privateKafka(): Promise<PrivateKafka> {
  const programs = await ensureKafkaPrograms(() => undefined);
  const folder = await mkdtemp(join(tmpdir(), 'nx-kafka-'));
  const [port, controllerPort] = [await reserveFreePort(), await reserveFreePort()];
  const [username, password] = ['seller', randomBytes(12).toString('hex')];
  const configuration = join(folder, 'server.properties');
  const data = join(folder, 'data');
  const properties = [
    brokerProperties({ port, controllerPort }, data),
    ...loginProperties({ port, controllerPort, username, password }),
  ];
  await writeFile(configuration, properties.join('\n'), { mode: 0o600 });
  const scram = MECHANISMS.map((mechanism) => `${mechanism}=[name=${username},password=${password}]`);
  const storage = { clusterId: newClusterId(), configuration, folder: data, scram };
  await formatStorage(programs, storage, () => undefined);
  const child = spawn(programs.java, [...programs.args, 'kafka.Kafka', configuration], { stdio: 'ignore' });
  const end = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  let running = true;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => {
    running = false;
  });
  await eventually(async () => !running || (await listens('127.0.0.1', port)), { timeoutMs: 90_000, everyMs: 100 });
  if (!running) throw new Error(`the broker on port ${port} ended at once`);
  return {
    broker: `127.0.0.1:${port}`,
    username,
    password,
    stop: async () => {
      process.off('exit', end);
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Login {
  readonly port: number;
  readonly controllerPort: number;
  readonly username: string;
  readonly password: string;
}

/** Later lines win: the one listener asks for a login, of the broker itself too. */
function loginProperties({ port, controllerPort, username, password }: Login): string[] {
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  const users = `user_broker="${password}" user_${username}="${password}"`;
  return [
    `listeners=LOGIN://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=LOGIN://127.0.0.1:${port}`,
    'listener.security.protocol.map=LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name=LOGIN',
    'sasl.mechanism.inter.broker.protocol=PLAIN',
    `listener.name.login.sasl.enabled.mechanisms=${['PLAIN', ...MECHANISMS].join(',')}`,
    `listener.name.login.plain.sasl.jaas.config=${plain} required username="broker" password="${password}" ${users};`,
    ...MECHANISMS.map((name) => `listener.name.login.${name.toLowerCase()}.sasl.jaas.config=${scram} required;`),
    '',
  ];
}
