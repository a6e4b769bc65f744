import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, testInfra } from '@nx/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World } from '../signal.fixture';

/** A cluster of two masters that share the slots. */
class SmallCluster {
  private readonly children: ChildProcess[] = [];
  readonly ports: number[] = [];
  private folder = '';

  async start(): Promise<void> {
    const { redisServer } = await testInfra();
    this.folder = await mkdtemp(join(tmpdir(), 'nx-cluster-'));
    for (const name of ['a', 'b']) {
      const [port, busPort] = [await freePort(), await freePort()];
      const options = ['--port', `${port}`, '--cluster-port', `${busPort}`, '--bind', '127.0.0.1', '--save', ''];
      const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', `${name}.conf`, '--dir', this.folder];
      this.children.push(spawn(redisServer, [...options, ...cluster], { stdio: 'ignore' }));
      this.ports.push(port);
    }
    const [a, b] = this.ports.map((port) => new Redis(port, '127.0.0.1'));
    if (a === undefined || b === undefined) throw new Error('no servers');
    for (const node of [a, b]) node.on('error', () => undefined);
    await a.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8000');
    await b.call('CLUSTER', 'ADDSLOTSRANGE', '8001', '16383');
    const busPort = /,.*|@(\d+)/.exec(String(await b.call('CLUSTER', 'NODES')))?.[1] ?? '';
    await a.call('CLUSTER', 'MEET', '127.0.0.1', `${this.ports[1]}`, busPort);
    for (const node of [a, b]) {
      await eventually(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
      node.disconnect();
    }
  }

  async stop(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

const cluster = new SmallCluster();
let world: World;

beforeAll(async () => {
  await cluster.start();
  world = await World.start();
}, 60_000);

afterAll(async () => {
  await world.stop();
  await cluster.stop();
});

describe('the bus on a Redis cluster', () => {
  it('hears what is published on any node, and lists the clients of all instances', async () => {
    const extra = {
      APP_ENV_WEBSOCKET_REDIS_MODE: 'cluster',
      APP_ENV_WEBSOCKET_REDIS_CLUSTER_NODES: cluster.ports.map((port) => `127.0.0.1:${port}`).join(','),
    };
    const [first, second] = await Promise.all([world.instance(extra), world.instance(extra)]);
    const clients = await Promise.all(
      [first, second].map(async ({ stream }) => ForeignClient.connect(stream, await world.token('u-1'))),
    );
    for (const port of cluster.ports) {
      const node = new Redis(port, '127.0.0.1');
      for (const channel of ['ws:broadcast', 'ws:room:x', 'ws:client:y', 'ws:user:z']) {
        await node.publish(channel, JSON.stringify({ serverId: 'x', type: 'broadcast', event: `${port} ${channel}` }));
      }
      node.disconnect();
    }
    await Promise.all(clients.map((client) => client.until(() => client.pushes.length === 8)));
    await world.grantOperators();
    const authorization = `Bearer ${await world.operatorToken()}`;
    await eventually(async () => {
      const answer = await fetch(`${first.http}/v1/api/signal/socket/websocket/clients`, {
        headers: { authorization },
      });
      return ((await answer.json()) as { count: number }).count === 2;
    });
    for (const client of clients) expect(new Set(client.topics()).size).toBe(8);
    await Promise.all(clients.map((client) => client.close()));
  }, 60_000);
});
