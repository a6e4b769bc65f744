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
  const { redisServer } = await testInfra();
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'nx-redis-'));
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn(redisServer, settings, { stdio: 'ignore' });
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
  await eventually(async () => !running || (await answers(port)), { timeoutMs: 60_000 });
  if (!running) throw new Error(`redis-server on port ${port} ended at once`);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      process.off('exit', end);
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(500, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/**
 * A port that is free on loopback and on all addresses. It stays with this process: no other test gets it, and no
 * outgoing connection, also while what listens there is stopped and started again.
 */
export function freePort(): Promise<number> {
  return reserveFreePort();
}
