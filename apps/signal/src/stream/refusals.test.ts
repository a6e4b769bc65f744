import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Counter } from '@nx/observability';
import { eventually } from '@nx/testing';
import type { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import type { ForeignSession } from '../foreign-session.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import { World, type Instance } from '../signal.fixture';
import type { TransportName } from './connection';
import { SessionRegistry } from './session-registry';
import { StreamMetrics } from './stream-metrics';

const FRAME_BURST = 200;
/** As many joins of one client may wait. */
const WAITING = 64;

let world: World;
let instance: Instance;
/** The owner of rooms, who is asked and does not answer. */
let silent: Server;

beforeAll(async () => {
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  world = await World.start();
  instance = await world.instance({
    APP_ENV_WEBSOCKET_BACKPRESSURE_BYTES: '2048',
    APP_ENV_WEBSOCKET_FRAME_BURST: String(FRAME_BURST),
    APP_ENV_ROOM_RESOLVERS: `payment=http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    APP_ENV_ROOM_RESOLVER_TIMEOUT_MS: '60000',
  });
}, 120_000);

afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await world.stop();
});

/** A client of a dialect, and what lies under it. */
interface Dialect {
  connect(token: string): Promise<ForeignSession>;
  sendClear(client: never, event: string, data?: object): void;
  sendSealed(client: never, data: unknown): void;
  carrier(client: never): WebSocket;
}

const dialects: Readonly<Record<TransportName, Dialect>> = {
  websocket: {
    connect: (token) => ForeignClient.connect(instance.stream, token),
    sendClear: (client: ForeignClient, event, data) => client.send({ event, data }),
    sendSealed: (client: ForeignClient, data) => client.send({ event: 'encrypted', data }),
    carrier: (client: ForeignClient) => client.socket,
  },
  'socket.io': {
    connect: (token) => ForeignSocketIoClient.connect(instance.stream, token),
    sendClear: (client: ForeignSocketIoClient, event, data) => void client.socket.emit(event, data),
    sendSealed: (client: ForeignSocketIoClient, data) => void client.socket.emit('encrypted', data),
    carrier: (client: ForeignSocketIoClient) => (client.socket.io.engine.transport as unknown as { ws: WebSocket }).ws,
  },
};

/** What a counter says of one transport, by another of its labels. */
const counted = async (counter: Counter, by: string, transport: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await counter.get()).values
      .filter(({ labels }) => labels['transport'] === transport)
      .map(({ labels, value }) => [String(labels[by]), value]),
  );

describe.each(['websocket', 'socket.io'] as const)('what the dialect %s refuses', (transport) => {
  const dialect = dialects[transport];
  const metrics = (): StreamMetrics => instance.app.get(StreamMetrics);
  const refused = (): Promise<Record<string, number>> => counted(metrics().refusedFrames, 'reason', transport);

  const connect = async (userId: string) => {
    const client = await dialect.connect(await world.token(userId));
    return {
      client,
      say: (event: string, data?: object) => dialect.sendClear(client as never, event, data),
      sealed: (data: unknown) => dialect.sendSealed(client as never, data),
      carrier: dialect.carrier(client as never),
    };
  };

  it('is counted by its reason, and nothing else is', async () => {
    const { client, say, sealed } = await connect(`u-1-${transport}`);
    const first = client.seal({ event: 'heartbeat', seq: 7 });
    sealed(first);
    sealed(first);
    sealed({ ...first, iv: Buffer.alloc(12, 1).toString('base64') });
    sealed({ ...client.seal({ event: 'join', data: { rooms: ['ws-default'] } }), ct: first.ct });
    sealed({ iv: 'x', ct: first.ct });
    sealed({ iv: first.iv });
    sealed(null);
    sealed(client.seal([1]));
    for (const seq of [7, 6, 8.5, '9']) sealed(client.seal({ event: 'heartbeat', seq }));
    sealed(client.seal({ event: 'payment.updated' }));
    say('payment.updated', { a: 1 });
    say('heartbeat');
    expect(await client.join('ws-default')).toMatchObject({ joined: ['ws-default'], refused: [] });
    expect(await refused()).toEqual({
      repeated_iv: 1,
      forged: 2,
      malformed: 3,
      unreadable: 1,
      order: 4,
      unknown: 1,
      clear: 1,
    });
    expect(client.errors).toEqual([]);
    expect(client.isClosed).toBe(false);
    await client.close();
  });

  it('is counted as busy when a client asks for more than may wait', async () => {
    const { client, sealed } = await connect(`u-2-${transport}`);
    const join = (): object => client.seal({ event: 'join', data: { rooms: ['payment/transactions/t-1'] } });
    for (let index = 0; index < WAITING; index += 1) sealed(join());
    // Once this is seen, they all wait.
    const { unknown = 0 } = await refused();
    sealed(client.seal({ event: 'payment.updated' }));
    await eventually(async () => (await refused())['unknown'] === unknown + 1);
    expect((await refused())['busy']).toBeUndefined();
    for (let index = 0; index < 3; index += 1) sealed(join());
    await eventually(async () => (await refused())['busy'] === 3);
    await client.close();
  });

  it('is counted as rate, up to the end of a client that goes on', async () => {
    const { client, say } = await connect(`u-3-${transport}`);
    for (let index = 0; index < 10 * FRAME_BURST && !client.isClosed; index += 1) say('heartbeat');
    await client.until(() => client.isClosed);
    expect((await refused())['rate']).toBeGreaterThan(FRAME_BURST);
    expect(await counted(metrics().closed, 'code', transport)).toMatchObject({ 1008: 1 });
  });

  it('as pushes of a client that does not read: three are dropped and counted, then it is closed with 1013', async () => {
    const { client, carrier } = await connect(`u-4-${transport}`);
    const { id } = client;
    const pushes = (): Promise<Record<string, number>> => counted(metrics().pushes, 'outcome', transport);
    const total = async (): Promise<number> => Object.values(await pushes()).reduce((sum, count) => sum + count, 0);
    const isThere = (): boolean => instance.app.get(SessionRegistry).find(id) !== undefined;
    carrier.pause();
    const body = { serverId: 'emitter', type: 'client', target: id, event: 'big', data: 'x'.repeat(100_000) };
    const outcomes: string[] = [];
    while (isThere() && outcomes.length < 400) {
      const before = await pushes();
      const handled = (await total()) + 1;
      await world.bus.publish(`ws:client:${id}`, JSON.stringify(body));
      await eventually(async () => (await total()) === handled, { everyMs: 1 });
      outcomes.push((await pushes())['dropped'] === before['dropped'] ? 'sent' : 'dropped');
    }
    expect(isThere()).toBe(false);
    expect(outcomes.slice(-4)).toEqual(['sent', 'dropped', 'dropped', 'dropped']);
    expect(await counted(metrics().closed, 'code', transport)).toMatchObject({ 1013: 1 });
    carrier.resume();
    await client.until(() => client.isClosed);
    expect(client.pushes.length).toBeGreaterThan(0);
    // A Socket.IO client that goes on not reading is cut off after a while, so only this one surely reads the end.
    if (!(client instanceof ForeignClient)) return;
    expect(await client.closed).toEqual({ code: 1013, reason: 'Client too slow' });
    expect(client.pushes).toHaveLength(outcomes.filter((outcome) => outcome === 'sent').length);
  });
});
