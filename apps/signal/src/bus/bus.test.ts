import fc from 'fast-check';
import { HealthRegistry, Metrics } from '@nx/observability';
import { eventually, privateRedis } from '@nx/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { busBody, readBusMessage } from './bus-message';
import { BusPublisher } from './bus-publisher';

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

  it('subscribes once per instance', async () => {
    const clients = await Promise.all([connect('u-1', first), connect('u-2', first)]);
    expect(await world.bus.pubsub('NUMSUB', 'ws:broadcast')).toEqual(['ws:broadcast', 2]);
    expect(await world.bus.pubsub('NUMPAT')).toBe(3);
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
