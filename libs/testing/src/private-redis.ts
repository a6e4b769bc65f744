import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reserveFreePort } from '../../../tools/infra/reservations.mjs';
import { eventually } from './eventually';
import { testInfra } from './infra';

export interface PrivateRedis {
  url: string;
  stop(): Promise<void>;
}

/** A Redis server of its own: for tests of the bus, whose channel names are fixed, and of a Redis that goes away. */
export async function privateRedis(options: { port?: number } = {}): Promise<PrivateRedis> {
  const port = options.port ?? (await reserveFreePort());
  const folder = await mkdtemp(join(tmpdir(), 'nx-redis-'));
  const server = await startServer(port, folder);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await server.end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Three masters of a Redis Cluster that share the slots; they keep their places in it when they are started again. */
export interface PrivateRedisCluster {
  /** Ports of the masters. */
  readonly ports: readonly number[];
  /** For `APP_ENV_*_REDIS_CLUSTER_NODES`. */
  readonly nodes: string;
  /** Ends masters at once, with all that they hold. */
  kill(...ports: readonly number[]): Promise<void>;
  /** Starts them again, empty; resolves when the cluster serves every slot. */
  start(...ports: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;

export async function privateRedisCluster(): Promise<PrivateRedisCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'nx-cluster-'));
  const busPorts = new Map<number, number>();
  for (let count = 0; count < 3; count += 1) busPorts.set(await reserveFreePort(), await reserveFreePort());
  const ports = [...busPorts.keys()];
  const servers = new Map<number, Server>();
  const begin = async (...which: readonly number[]): Promise<void> => {
    for (const port of which) {
      const options = ['--cluster-enabled', 'yes', '--cluster-config-file', `${port}.conf`];
      const bus = ['--cluster-port', String(busPorts.get(port)), '--cluster-node-timeout', '1000'];
      servers.set(port, await startServer(port, folder, [...options, ...bus]));
    }
  };
  await begin(...ports);
  const first = ports[0] ?? 0;
  for (const [place, port] of ports.entries()) {
    const [from, next] = [place, place + 1].map((edge) => Math.floor((edge * SLOTS) / ports.length));
    await ask(port, `CLUSTER ADDSLOTSRANGE ${from} ${(next ?? SLOTS) - 1}`);
    await ask(port, `CLUSTER SET-CONFIG-EPOCH ${place + 1}`);
    if (port !== first) await ask(first, `CLUSTER MEET 127.0.0.1 ${port} ${busPorts.get(port)}`);
  }
  await serving(ports);
  return {
    ports,
    nodes: ports.map((port) => `127.0.0.1:${port}`).join(','),
    kill: async (...which) => {
      const meant = [...servers].filter(([port]) => which.includes(port));
      await Promise.all(meant.map(([, server]) => server.end('SIGKILL')));
    },
    start: async (...which) => {
      await begin(...which);
      await serving(ports);
    },
    stop: async () => {
      await Promise.all([...servers.values()].map((server) => server.end('SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every master sees every slot served by a master that it reaches. */
async function serving(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    await eventually(
      async () => {
        const info = await ask(port, 'CLUSTER INFO');
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${ports.length}`);
      },
      { timeoutMs: 60_000 },
    );
  }
}

interface Server {
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Resolves when it answers. Keeps nothing on disk but a cluster's table of nodes. */
async function startServer(port: number, folder: string, more: readonly string[] = []): Promise<Server> {
  const { redisServer } = await testInfra();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn(redisServer, [...settings, ...more], { stdio: 'ignore' });
  // A test process that dies takes its server with it.
  const end = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  }).then(() => {
    running = false;
  });
  // Who answers must be ours: on a port that somebody else took meanwhile our server ends at once.
  const answers = (): Promise<boolean> =>
    ask(port, 'PING').then(
      (answer) => answer.startsWith('+PONG'),
      () => false,
    );
  await eventually(async () => !running || (await answers()), { timeoutMs: 60_000 });
  if (!running) throw new Error(`redis-server on port ${port} ended at once`);
  return {
    end: async (signal) => {
      process.off('exit', end);
      child.kill(signal);
      await ended;
    },
  };
}

/** One command over a connection of its own; the beginning of the answer as it comes. Rejects for an error. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    const fail = (why: string): void => reject(new Error(`${command}: ${why}`));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.once('data', (data) => {
      const answer = data.toString();
      if (answer.startsWith('-')) fail(answer);
      else resolve(answer);
      socket.destroy();
    });
    socket.once('error', (error) => fail(error.message));
    socket.once('close', () => fail('no answer'));
  });
}
