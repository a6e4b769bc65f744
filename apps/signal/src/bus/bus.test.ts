import fc from 'fast-check';
import { HealthRegistry, Metrics } from '@nx/observability';
import { eventually, privateRedis } from '@nx/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import type { ForeignSession } from '../foreign-session.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { Delivery } from '../stream/delivery';
import { busBody, readBusMessage } from './bus-message';
import { BusPublisher } from './bus-publisher';
import { Instance as InstanceId } from './instance';

describe('bodies of the bus', () => {
  it.each([
    '{"serverId":"s","type":"client","target":"c-1","event":"payment.updated","data":{"a":1}}',
    '{"serverId":"s","type":"user","target":"u-1","event":"payment.updated","data":{"a":1}}',
    '{"serverId":"s","type":"room","target":"r-1","event":"e","data":"x","exclude":["c-1"]}',
    '{"serverId":"s","type":"broadcast","event":"e","data":[1]}',
  ])('reads and writes %s byte for byte', (text) => {
    const reading = readBusMessage(text);
    if (reading.kind !== 'message') throw new Error(JSON.stringify(reading));
    const { destination, topic, data } = reading.message;
    expect(JSON.stringify(busBody('s', destination, topic, data))).toBe(text);
  });

  it('reads the short form: a client id or a room, else everybody', () => {
    const to = (text: string): unknown => {
      const reading = readBusMessage(text);
      return reading.kind === 'message' ? reading.message.destination : reading;
    };
    expect(to('{"topic":"t","data":1,"destination":"r"}')).toEqual({ type: 'room', target: 'r' });
    expect(to('{"topic":"t","data":1}')).toEqual({ type: 'broadcast' });
    expect(to('{"topic":"t","destination":null}')).toEqual({ type: 'broadcast' });
  });

  it.each([
    'x',
    '5',
    'null',
    '[]',
    '{}',
    '{"topic":5}',
    '{"topic":"t","destination":5}',
    '{"type":"room","event":"e"}',
    '{"serverId":"s","type":"room","event":"e"}',
    '{"serverId":"s","type":"room","target":5,"event":"e"}',
    '{"serverId":"s","type":"broadcast","event":""}',
    '{"serverId":"s","event":"e"}',
    '{"serverId":"s","type":"broadcast","event":"e","exclude":"c"}',
  ])('refuses %s', (text) => {
    expect(readBusMessage(text).kind).toBe('bad');
  });

  it('ignores types that it does not know', () => {
    expect(readBusMessage('{"serverId":"s","type":"group","target":"g","event":"e"}').kind).toBe('unknown-type');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readBusMessage(text)));
  });
});

describe('the bus between instances', () => {
  let world: World;
  let first: Instance;
  let second: Instance;

  beforeAll(async () => {
    world = await World.start();
    [first, second] = await Promise.all([world.instance(), world.instance()]);
  }, 120_000);

  afterAll(async () => {
    await world.stop();
  });

  const connect = async (userId: string, at: Instance): Promise<ForeignClient> =>
    ForeignClient.connect(at.stream, await world.token(userId));

  const say = (body: object, channel = 'ws:broadcast'): Promise<number> =>
    world.bus.publish(channel, JSON.stringify(body));

  /** Everything said before has arrived when this has. */
  const end = async (...clients: ForeignClient[]): Promise<void> => {
    await say({ serverId: 'emitter', type: 'broadcast', event: 'end' });
    await Promise.all(clients.map((client) => client.push('end')));
  };

  it('subscribes once per instance, whatever the number of sockets and rooms', async () => {
    const before = await subscriptions();
    expect(before).toEqual(['sub=3 psub=3', 'sub=3 psub=3']);
    const token = await world.token('u-1', { merchantIds: 'm-1,m-2' });
    const clients = await Promise.all(
      Array.from({ length: 12 }, (_client, at): Promise<ForeignSession> => {
        const { stream } = at % 3 === 0 ? second : first;
        return at % 2 === 0 ? ForeignClient.connect(stream, token) : ForeignSocketIoClient.connect(stream, token);
      }),
    );
    for (const client of clients) await client.join('payment/merchants/m-1', 'payment/merchants/m-2');
    expect(await subscriptions()).toEqual(before);
    await Promise.all(clients.map((client) => client.close()));
  });

  /** How many channels and patterns each connection to Redis listens to, of those that listen at all. */
  const subscriptions = async (): Promise<string[]> => {
    const connections = String(await world.bus.client('LIST')).split('\n');
    return connections
      .flatMap((line) => / (sub=\d+ psub=\d+) /.exec(line)?.slice(1) ?? [])
      .filter((each) => each !== 'sub=0 psub=0');
  };

  it('makes the JSON of a message once, for the sockets of both dialects and those that resume', async () => {
    const token = await world.token('u-6');
    const resuming = await ForeignClient.open(first.stream);
    resuming.authenticate(token, { lastSequence: 0 });
    await resuming.push('observation/signal/notification/state');
    const clients = [
      resuming,
      await ForeignClient.connect(first.stream, token),
      await ForeignSocketIoClient.connect(first.stream, token),
    ];
    let made = 0;
    const data = { toJSON: () => ({ made: (made += 1) }) };
    expect(first.app.get(Delivery).deliver({ type: 'user', target: 'u-6' }, 'once', data, 'server')).toBe(3);
    for (const client of clients) expect(await client.push('once')).toEqual({ made: 1 });
    expect(made).toBe(1);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('delivers to client, user, room, everybody and short-form destinations, on both instances', async () => {
    const [a, b] = [await connect('u-1', first), await connect('u-2', second)];
    await say({ serverId: 'x', type: 'client', target: b.id, event: 'client', data: { a: 1 } }, `ws:client:${b.id}`);
    await say({ serverId: 'x', type: 'user', target: 'u-1', event: 'user' }, 'ws:user:other');
    await say(
      { serverId: 'x', type: 'room', target: 'signal/notification/u-2', event: 'room', data: null },
      'ws:room:x',
    );
    await say({ serverId: 'x', type: 'room', target: 'ws-default', event: 'but', data: 1, exclude: [a.id] });
    await say({ serverId: 'x', type: 'broadcast', event: 'all', data: 'ü' });
    await say({ topic: 'short-room', data: 2, destination: 'signal/notification/u-1' });
    await say({ topic: 'short-client', data: 3, destination: b.id });
    await say({ topic: 'short-all', data: 4 });
    await end(a, b);
    expect(a.topics()).toEqual(['user', 'all', 'short-room', 'short-all', 'end']);
    expect(b.topics()).toEqual(['client', 'room', 'but', 'all', 'short-client', 'short-all', 'end']);
    await Promise.all([a.close(), b.close()]);
  });

  it('drops bad bodies, counts them and goes on', async () => {
    const client = await connect('u-1', first);
    for (const text of ['nonsense', '{}', '{"serverId":"s","type":"room","event":"e"}'])
      await world.bus.publish('ws:room:x', text);
    await say({ serverId: 's', type: 'later', event: 'e' });
    await end(client);
    expect(client.topics()).toEqual(['end']);
    expect(await first.app.get(Metrics).render()).toMatch(/signal_bus_messages_total\{[^}]*outcome="bad"[^}]*\} 3/);
    await client.close();
  });

  it('keeps integers beyond 2^53 as they came', async () => {
    const client = await connect('u-1', first);
    await world.bus.publish(
      'ws:broadcast',
      '{"serverId":"x","type":"broadcast","event":"big","data":{"id":249385230413074433}}',
    );
    await end(client);
    const { iv, ct } = (JSON.parse(client.raw.at(-2) ?? '') as { data: { iv: string; ct: string } }).data;
    expect((client as unknown as { open(frame: object): string }).open({ iv, ct })).toBe(
      '{"event":"big","data":{"id":249385230413074433}}',
    );
    await client.close();
  });

  it('relays what a server says, to its own sockets once', async () => {
    const [a, b] = [await connect('u-5', first), await connect('u-5', second)];
    first.app.get(BusPublisher).push({ type: 'user', target: 'u-5' }, 'own', { n: 1 });
    await Promise.all([a.push('own'), b.push('own')]);
    await end(a, b);
    expect(a.topics()).toEqual(['own', 'end']);
    expect(b.topics()).toEqual(['own', 'end']);
    await Promise.all([a.close(), b.close()]);
  });

  it('relays on the channels and in the words of the protocol, which foreign servers listen to', async () => {
    const heard: [string, string][] = [];
    const foreign = new Redis(world.redis.url);
    foreign.on('message', (channel, body) => heard.push([channel, body]));
    foreign.on('pmessage', (_pattern, channel, body) => heard.push([channel, body]));
    await foreign.subscribe('ws:broadcast');
    await foreign.psubscribe('ws:room:*', 'ws:client:*', 'ws:user:*');
    const publisher = first.app.get(BusPublisher);
    publisher.push({ type: 'client', target: 'c-1' }, 'payment.updated', { a: 1 });
    publisher.push({ type: 'user', target: 'u-1' }, 'payment.updated', { a: 1, gone: undefined });
    publisher.push({ type: 'room', target: 'signal/notification/u-1' }, 'e', 'x');
    publisher.push({ type: 'room', target: 'r-1', exclude: ['c-1'] }, 'e', 'x');
    publisher.push({ type: 'broadcast' }, 'e', [249_385_230_413_074_433n]);
    publisher.push({ type: 'broadcast', exclude: ['c-1', 'c-2'] }, 'e', undefined);
    const ours = first.app.get(InstanceId).id;
    await eventually(() => heard.length === 6);
    expect(heard).toEqual([
      [
        'ws:client:c-1',
        `{"serverId":"${ours}","type":"client","target":"c-1","event":"payment.updated","data":{"a":1}}`,
      ],
      ['ws:user:u-1', `{"serverId":"${ours}","type":"user","target":"u-1","event":"payment.updated","data":{"a":1}}`],
      [
        'ws:room:signal/notification/u-1',
        `{"serverId":"${ours}","type":"room","target":"signal/notification/u-1","event":"e","data":"x"}`,
      ],
      ['ws:room:r-1', `{"serverId":"${ours}","type":"room","target":"r-1","event":"e","data":"x","exclude":["c-1"]}`],
      ['ws:broadcast', `{"serverId":"${ours}","type":"broadcast","event":"e","data":[249385230413074433]}`],
      ['ws:broadcast', `{"serverId":"${ours}","type":"broadcast","event":"e","exclude":["c-1","c-2"]}`],
    ]);
    expect(ours).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    foreign.disconnect();
  });

  it('is not ready while Redis is away, and hears again when it is back', async () => {
    const client = await connect('u-9', first);
    const busOk = async (): Promise<boolean | undefined> =>
      (await first.app.get(HealthRegistry).ready()).indicators.find(({ name }) => name === 'bus')?.ok;
    await world.redis.stop();
    await eventually(async () => (await busOk()) === false);
    expect(client.isClosed).toBe(false);
    const back = await privateRedis({ port: Number(new URL(world.redis.url).port) });
    await eventually(async () => (await busOk()) === true);
    const speaker = new Redis(back.url);
    await speaker.publish('ws:broadcast', '{"topic":"back"}');
    await client.push('back');
    speaker.disconnect();
    await client.close();
    await back.stop();
  });
});
