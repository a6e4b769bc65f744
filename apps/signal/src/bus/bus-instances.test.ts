import { HealthRegistry } from '@nx/observability';
import { eventually, privateRedis, privateRedisCluster } from '@nx/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { BusPublisher } from './bus-publisher';
import { Instance as InstanceId } from './instance';

/** What the instances meet on, and how it goes away and comes back empty. */
interface Bus {
  readonly environment: Readonly<Record<string, string>>;
  /** A producer may stand at any of them. */
  readonly ports: readonly number[];
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function single(): Promise<Bus> {
  let server = await privateRedis();
  const port = Number(new URL(server.url).port);
  return {
    environment: { APP_ENV_WEBSOCKET_REDIS_URL: server.url, APP_ENV_WEBSOCKET_REGISTRY_MS: '500' },
    ports: [port],
    kill: () => server.stop(),
    start: async () => void (server = await privateRedis({ port })),
    stop: () => server.stop(),
  };
}

async function cluster(): Promise<Bus> {
  const servers = await privateRedisCluster();
  const { ports, nodes } = servers;
  return {
    environment: {
      APP_ENV_WEBSOCKET_REDIS_MODE: 'cluster',
      APP_ENV_WEBSOCKET_REDIS_CLUSTER_NODES: nodes,
      APP_ENV_WEBSOCKET_REGISTRY_MS: '500',
    },
    ports,
    kill: () => servers.kill(...ports),
    start: () => servers.start(...ports),
    stop: () => servers.stop(),
  };
}

let world: World;
beforeAll(async () => {
  world = await World.start();
  await world.grantOperators();
}, 120_000);
afterAll(() => world.stop());

const busHealth = async ({ app }: Instance): Promise<boolean | undefined> =>
  (await app.get(HealthRegistry).ready()).indicators.find(({ name }) => name === 'bus')?.ok;

/** Ready but for Kafka, which has no part in this. */
const instance = async (environment: Readonly<Record<string, string>>): Promise<Instance> => {
  const started = await world.instance(environment, { ready: false });
  const isReady = async (): Promise<boolean> => {
    const { indicators } = await started.app.get(HealthRegistry).ready();
    return indicators.every(({ name, ok }) => ok || name.startsWith('kafka'));
  };
  await eventually(isReady, { timeoutMs: 60_000 });
  return started;
};

const clientsSeenBy = async (by: Instance): Promise<string[]> => {
  const answer = await fetch(`${by.http}/v1/api/signal/socket/websocket/clients?limit=100`, {
    headers: { authorization: `Bearer ${await world.operatorToken()}` },
  });
  return ((await answer.json()) as { clients: { id: string }[] }).clients.map(({ id }) => id).toSorted();
};

describe.each([
  { kind: 'a single Redis', open: single },
  { kind: 'a cluster of three masters', open: cluster },
])('three instances over $kind', ({ open }) => {
  let bus: Bus;
  let instances: Instance[];
  let clients: ForeignClient[];
  let turn = 0;

  beforeAll(async () => {
    bus = await open();
    instances = await Promise.all([0, 1, 2].map(() => instance(bus.environment)));
    // u-1 has a socket on each of the first two, u-2 one on the last.
    const users = ['u-1', 'u-1', 'u-2'];
    clients = await Promise.all(
      instances.map(async ({ stream }, at) => ForeignClient.connect(stream, await world.token(users[at] ?? ''))),
    );
  }, 120_000);

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(instances.map((each) => each.stop()));
    await bus.stop();
  });

  const speak = async (port: number, ...bodies: readonly object[]): Promise<void> => {
    const redis = new Redis(port, '127.0.0.1');
    for (const body of bodies) {
      const { type = 'broadcast', target = '' } = body as { type?: string; target?: string };
      await redis.publish(target === '' ? `ws:${type}` : `ws:${type}:${target}`, JSON.stringify(body));
    }
    redis.disconnect();
  };

  /** What each client got since the last call; everything that was said before at one place has arrived. */
  const heard = async (port: number): Promise<string[][]> => {
    const end = `end-${(turn += 1)}`;
    await speak(port, { serverId: 'emitter', type: 'broadcast', event: end });
    await Promise.all(clients.map((client) => client.push(end)));
    return clients.map((client) => {
      const topics = client.topics();
      client.pushes.length = 0;
      expect(topics.pop()).toBe(end);
      return topics;
    });
  };

  it('hear rooms, users, clients and everybody, whoever is excluded, said at any server', async () => {
    const [first, second, third] = clients.map(({ id }) => id);
    const room = 'signal/notification/u-1';
    for (const port of bus.ports) {
      await speak(
        port,
        { serverId: 'emitter', type: 'room', target: room, event: 'room', data: 1 },
        { serverId: 'emitter', type: 'user', target: 'u-1', event: 'user', data: 2 },
        { serverId: 'emitter', type: 'client', target: third, event: 'client', data: 3 },
        { serverId: 'emitter', type: 'broadcast', event: 'all', data: 4 },
        { serverId: 'emitter', type: 'room', target: room, event: 'room-but', exclude: [first] },
        { serverId: 'emitter', type: 'broadcast', event: 'all-but', exclude: [second, third] },
        { topic: 'short-client', data: 5, destination: second },
        { topic: 'short-all', data: 6 },
      );
      expect(await heard(port)).toEqual([
        ['room', 'user', 'all', 'all-but', 'short-all'],
        ['room', 'user', 'all', 'room-but', 'short-client', 'short-all'],
        ['client', 'all', 'short-all'],
      ]);
    }
  });

  it('keep the order of all that one instance says, whichever channels it takes', async () => {
    const publisher = instances[2]?.app.get(BusPublisher);
    const topics = Array.from({ length: 300 }, (_topic, index) => `said-${index}`);
    for (const [index, topic] of topics.entries()) {
      if (index % 3 === 0) publisher?.push({ type: 'user', target: 'u-1' }, topic, index);
      else if (index % 3 === 1) publisher?.push({ type: 'room', target: 'signal/notification/u-1' }, topic, index);
      else publisher?.push({ type: 'client', target: clients[0]?.id ?? '' }, topic, index);
    }
    await clients[1]?.push('said-298');
    await clients[0]?.push('said-299');
    expect(clients[0]?.topics()).toEqual(topics);
    expect(clients[1]?.topics()).toEqual(topics.filter((_topic, index) => index % 3 < 2));
    for (const client of clients) client.pushes.length = 0;
  });

  it('say so when the servers go under load, and push nothing stale when these are back, empty', async () => {
    const publisher = instances[0]?.app.get(BusPublisher);
    let said = 0;
    const load = setInterval(() => {
      for (let count = 0; count < 5; count += 1) publisher?.push({ type: 'broadcast' }, `load-${(said += 1)}`, {});
    }, 2);
    try {
      await eventually(() => clients[2]?.topics().includes('load-200'));
      await bus.kill();
      await eventually(async () => (await Promise.all(instances.map(busHealth))).every((ok) => ok === false));
      const whileAway = [said, (said += 1)];
      publisher?.push({ type: 'broadcast' }, 'stale', {});
      // The instance's own sockets need no bus.
      await clients[0]?.push('stale');
      await bus.start();
      await eventually(async () => (await Promise.all(instances.map(busHealth))).every((ok) => ok === true));
      // The speaker's own connection may be the last to come back.
      const before = clients.map((client) => client.pushes.length);
      await Promise.all(clients.map((client, at) => client.until(() => client.pushes.length > (before[at] ?? 0) + 50)));
      for (const client of clients.slice(1)) {
        const numbers = client.topics().map((topic) => Number(topic.replace('load-', '')));
        expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
        expect(numbers).not.toContain(Number.NaN);
        expect(numbers).not.toContain(whileAway[0]);
      }
    } finally {
      clearInterval(load);
    }
    expect(clients.map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
  });

  it('find each other again: what is said reaches all, and the list of sockets is whole', async () => {
    // Behind the load.
    instances[0]?.app.get(BusPublisher).push({ type: 'broadcast' }, 'quiet', {});
    await Promise.all(clients.map((client) => client.push('quiet')));
    for (const client of clients) client.pushes.length = 0;
    for (const port of bus.ports) {
      await speak(port, { serverId: 'emitter', type: 'user', target: 'u-1', event: 'again' });
      expect(await heard(port)).toEqual([['again'], ['again'], []]);
    }
    const all = clients.map(({ id }) => id).toSorted();
    for (const by of instances)
      await eventually(async () => {
        expect(await clientsSeenBy(by)).toEqual(all);
        return true;
      });
  });
});

describe('a node of the cluster', () => {
  it('that dies, or leaves the cluster alive, is left: the others are heard', async () => {
    const servers = await privateRedisCluster();
    const environment = {
      APP_ENV_WEBSOCKET_REDIS_MODE: 'cluster',
      // One is enough to find the others.
      APP_ENV_WEBSOCKET_REDIS_CLUSTER_NODES: servers.nodes.split(',')[0] ?? '',
      APP_ENV_WEBSOCKET_BUS_PROBE_MS: '500',
    };
    const [speaker, listener] = await Promise.all([instance(environment), instance(environment)]);
    const client = await ForeignClient.connect(listener.stream, await world.token('u-1'));
    let said = 0;
    const load = setInterval(() => {
      speaker.app.get(BusPublisher).push({ type: 'user', target: 'u-1' }, `load-${(said += 1)}`, {});
    }, 10);
    const goesOn = async (): Promise<void> => {
      const seen = client.pushes.length;
      const mark = said;
      await eventually(() => client.topics().some((topic) => Number(topic.replace('load-', '')) > mark + 20));
      expect(client.pushes.length).toBeGreaterThan(seen);
    };
    try {
      await goesOn();
      // Both began at the one that they were told of.
      const [left, right] = [servers.ports[1] ?? 0, servers.ports[2] ?? 0];
      await servers.kill(servers.ports[0] ?? 0);
      await goesOn();
      const deaf = await nodeOf(listener, [left, right]);
      const redis = new Redis(deaf, '127.0.0.1');
      await redis.flushall();
      await redis.call('CLUSTER', 'RESET', 'HARD');
      redis.disconnect();
      await eventually(async () => (await nodeOf(listener, [left, right])) !== deaf);
      await goesOn();
    } finally {
      clearInterval(load);
      await client.close();
      await Promise.all([speaker.stop(), listener.stop()]);
      await servers.stop();
    }
  }, 90_000);

  /** Where an instance listens: the server that knows its probe's channel. */
  const nodeOf = async (by: Instance, ports: readonly number[]): Promise<number> => {
    const channel = `nx:signal:probe:${by.app.get(InstanceId).id}`;
    return eventually(async () => {
      for (const port of ports) {
        const redis = new Redis(port, '127.0.0.1');
        const [, count] = (await redis.pubsub('NUMSUB', channel)) as [string, number];
        redis.disconnect();
        if (count > 0) return port;
      }
      return undefined;
    });
  };
});
