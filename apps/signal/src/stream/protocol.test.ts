import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World, type Instance } from '../signal.fixture';

let world: World;
let instance: Instance;
/** Short timers. */
let impatient: Instance;
/** Low limits. */
let narrow: Instance;
let strict: Instance;

beforeAll(async () => {
  world = await World.start();
  instance = await world.instance();
  impatient = await world.instance({
    APP_ENV_WEBSOCKET_AUTH_TIMEOUT_MS: '2000',
    APP_ENV_WEBSOCKET_HEARTBEAT_SWEEP_MS: '30',
    APP_ENV_WEBSOCKET_HEARTBEAT_TIMEOUT_MS: '2000',
  });
  narrow = await world.instance({
    APP_ENV_WEBSOCKET_MAX_PER_USER: '2',
    APP_ENV_WEBSOCKET_MAX_ROOMS: '2',
  });
  strict = await world.instance({ APP_ENV_WEBSOCKET_STRICT: 'true', APP_ENV_WEBSOCKET_MAX_PER_IP: '6' });
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const connect = async (userId = 'u-1', at = instance): Promise<ForeignClient> =>
  ForeignClient.connect(at.stream, await world.token(userId));

/** Waits until the server has handled everything that this client has sent. */
const settled = async (client: ForeignClient): Promise<void> => void (await client.join('ws-default'));

const publish = (channel: string, body: object): Promise<number> => world.bus.publish(channel, JSON.stringify(body));

describe('the handshake', () => {
  it('says connected in clear with its members in order, then seals everything', async () => {
    const client = await connect();
    const [first] = client.raw;
    expect(first).toMatch(
      /^\{"event":"connected","data":\{"id":"[0-9a-f-]{36}","userId":"u-1","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","serverPublicKey":"[A-Za-z0-9+/]{87}=","salt":"[A-Za-z0-9+/]{43}="\}\}$/,
    );
    await publish('ws:user:u-1', {
      serverId: 'emitter',
      type: 'user',
      target: 'u-1',
      event: 'payment.updated',
      data: { a: 1 },
    });
    expect(await client.push('payment.updated')).toEqual({ a: 1 });
    expect(client.raw.at(-1)).toMatch(
      /^\{"event":"encrypted","data":\{"iv":"[A-Za-z0-9+/]{16}","ct":"[A-Za-z0-9+/=]+"\}\}$/,
    );
    await client.close();
  });

  it('takes publicKey as another name of clientPublicKey, and a binary frame as text', async () => {
    const client = await ForeignClient.open(instance.stream);
    const data = { type: 'Bearer', token: await world.token('u-2'), publicKey: client.publicKey };
    client.socket.send(Buffer.from(JSON.stringify({ event: 'authenticate', data })), { binary: true });
    await client.until(() => client.clear.length > 0);
    expect(client.connected['userId']).toBe('u-2');
    await client.close();
  });

  it('gives each connection fresh keys, salt and id', async () => {
    const clients = [await connect(), await connect()];
    for (const member of ['id', 'salt', 'serverPublicKey']) {
      expect(new Set(clients.map((client) => client.connected[member])).size).toBe(2);
    }
    await Promise.all(clients.map((client) => client.close()));
  });
});

describe('the table of cases', () => {
  it('stays open and says so for what is no JSON, and stays silent for JSON without event', async () => {
    const client = await ForeignClient.open(instance.stream);
    client.socket.send('{"event":');
    for (const text of ['17', 'null', '[]', '{}', '{"event":5}', '{"event":""}']) client.socket.send(text);
    client.socket.send('nonsense');
    await client.until(() => client.errors.length === 2);
    expect(client.raw).toEqual(Array(2).fill('{"event":"error","data":{"message":"Invalid message format"}}'));
    await client.close();
  });

  it('refuses events before authentication, but heartbeats', async () => {
    const client = await ForeignClient.open(instance.stream);
    client.send({ event: 'heartbeat' });
    client.send({ event: 'join', data: { rooms: ['ws-default'] } });
    client.send({ event: 'encrypted', data: { iv: '', ct: '' } });
    await client.until(() => client.errors.length === 2);
    expect(client.errors).toEqual(['Not authenticated', 'Not authenticated']);
    await client.close();
  });

  it('refuses to authenticate twice and stays open', async () => {
    const client = await connect();
    client.authenticate(await world.token('u-1'));
    await client.until(() => client.errors.length === 1);
    expect(client.errors).toEqual(['Already authenticated']);
    await settled(client);
    await client.close();
  });

  it.each([
    ['garbage', { token: 'x.y.z' }],
    ['no token', { token: undefined }],
    ['a number', { token: 5 }],
    ['line ends', { token: 'a\r\nb' }],
    ['another scheme', { type: 'Basic' }],
  ])('closes with 4003 for a refused token: %s', async (_name, data) => {
    const client = await ForeignClient.open(instance.stream);
    client.authenticate(await world.token('u-1'), data);
    expect(await client.closed).toEqual({ code: 4003, reason: 'Authentication failed' });
    expect(client.errors).toEqual(['Authentication failed']);
  });

  it('closes with 4003 for an expired token', async () => {
    const client = await ForeignClient.open(instance.stream);
    client.authenticate(await world.token('u-1', {}, -60));
    expect((await client.closed).code).toBe(4003);
    expect(client.errors).toEqual(['Authentication failed']);
  });

  it.each([
    ['missing', undefined],
    ['no base64', '!!!'],
    ['compressed', Buffer.alloc(33, 2).toString('base64')],
    ['off the curve', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]).toString('base64')],
    ['without padding', Buffer.alloc(65, 4).toString('base64').replace('=', '')],
  ])('closes with 4004 for a bad public key: %s', async (_name, clientPublicKey) => {
    const client = await ForeignClient.open(instance.stream);
    client.authenticate(await world.token('u-1'), { clientPublicKey });
    expect(await client.closed).toEqual({ code: 4004, reason: 'Encryption required' });
    expect(client.errors).toEqual(['Encryption handshake failed']);
  });

  it('closes with 4001 who does not authenticate, and nobody who did', async () => {
    const silent = await ForeignClient.open(impatient.stream);
    expect(await silent.closed).toEqual({ code: 4001, reason: 'Authentication timeout' });
    expect(silent.raw).toEqual([]);
  });

  it('closes with 4002 who falls silent; a heartbeat is life', async () => {
    const [silent, alive] = [await connect('u-3', impatient), await connect('u-4', impatient)];
    const beat = setInterval(() => alive.send({ event: 'heartbeat' }), 40);
    expect(await silent.closed).toEqual({ code: 4002, reason: 'Heartbeat timeout' });
    expect(silent.errors).toEqual([]);
    clearInterval(beat);
    expect(alive.isClosed).toBe(false);
    expect((await alive.closed).code).toBe(4002);
  });

  it('closes with 1009 for a frame above the limit', async () => {
    const client = await connect();
    client.socket.send('x'.repeat(131_073));
    expect((await client.closed).code).toBe(1009);
  });

  it('closes with 1001 at a stop', async () => {
    const short = await world.instance();
    const client = await connect('u-1', short);
    const waiting = await ForeignClient.open(short.stream);
    await short.stop();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Server shutting down' });
    expect((await waiting.closed).code).toBe(1001);
  });

  it('takes upgrades on exactly /stream, whatever the query', async () => {
    const statusAt = (path: string): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(instance.stream.replace('/stream', path));
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
        socket.on('open', () => {
          socket.close();
          resolve(101);
        });
        socket.on('error', () => undefined);
      });
    expect(await statusAt('/stream?token=1')).toBe(101);
    for (const path of ['/', '/stream/', '/streams', '/v1/api/signal/stream']) expect(await statusAt(path)).toBe(404);
  });
});

describe('sealed frames of clients', () => {
  it('are opened; forged, repeated and disordered ones are refused', async () => {
    const client = await connect('u-5');
    const sealed = client.seal({ event: 'join', data: { rooms: ['signal/users/u-5'] }, id: 'first' });
    client.send({ event: 'encrypted', data: sealed });
    await client.until(() => client.pushes.length === 1);
    expect(client.pushes[0]?.data).toEqual({ id: 'first', joined: ['signal/users/u-5'], refused: [] });
    client.send({ event: 'encrypted', data: sealed });
    client.send({ event: 'encrypted', data: { ...sealed, iv: Buffer.alloc(12, 1).toString('base64') } });
    client.sendSealed({ event: 'join', data: { rooms: [] }, id: 'fifth', seq: 5 });
    client.sendSealed({ event: 'join', data: { rooms: [] }, id: 'again', seq: 5 });
    client.sendSealed({ event: 'join', data: { rooms: [] }, id: 'third', seq: 3 });
    client.sendSealed({ event: 'join', data: { rooms: [] }, id: 'sixth', seq: 6 });
    await client.until(() => client.pushes.length === 3);
    expect(client.pushes.map(({ data }) => (data as { id: string }).id)).toEqual(['first', 'fifth', 'sixth']);
    expect(client.errors).toEqual([]);
    await client.close();
  });

  it('may be in clear for old clients, and must not in strict mode', async () => {
    const old = await connect('u-6');
    old.send({ event: 'join', data: { rooms: ['signal/users/u-6'] } });
    await settled(old);
    await publish('ws:room:signal/users/u-6', {
      serverId: 'x',
      type: 'room',
      target: 'signal/users/u-6',
      event: 'e',
      data: 1,
    });
    await old.push('e');
    await old.close();

    const modern = await connect('u-6', strict);
    modern.send({ event: 'join', data: { rooms: ['signal/users/u-6'] }, id: 'clear' });
    modern.sendSealed({ event: 'join', data: { rooms: [] }, id: 'no-number' });
    modern.sendSealed({ event: 'join', data: { rooms: [] }, id: 'numbered', seq: 1 });
    await modern.until(() => modern.pushes.length === 1);
    expect(modern.pushes[0]?.data).toEqual({ id: 'numbered', joined: [], refused: [] });
    await modern.close();
  });

  it('leave in the order in which they were sent', async () => {
    const client = await connect('u-7');
    for (let index = 0; index < 300; index += 1) {
      void publish('ws:user:u-7', { serverId: 'emitter', type: 'user', target: 'u-7', event: 'count', data: index });
    }
    await client.until(() => client.pushes.length === 300);
    expect(client.pushes.map(({ data }) => data)).toEqual(Array.from({ length: 300 }, (_item, index) => index));
    await client.close();
  });
});

describe('limits', () => {
  it('lets one user open so many sockets and no more', async () => {
    const clients = [await connect('u-8', narrow), await connect('u-8', narrow)];
    const third = await ForeignClient.open(narrow.stream);
    third.authenticate(await world.token('u-8'));
    expect(await third.closed).toEqual({ code: 1008, reason: 'Too many connections' });
    await Promise.all(clients.map((client) => client.close()));
  });

  it('refuses upgrades of an address above its number; a proxy speaks for its clients', async () => {
    const from = (address: string): Promise<ForeignClient> =>
      ForeignClient.open(strict.stream, { 'x-forwarded-for': address });
    const clients = await Promise.all(Array.from({ length: 6 }, () => from('203.0.113.7')));
    await expect(from('203.0.113.7')).rejects.toThrow('429');
    clients.push(await from('203.0.113.8'));
    await Promise.all(clients.map((client) => client.close()));
  });

  it('lets a socket join so many rooms and no more', async () => {
    const token = await world.token('u-9', { merchantIds: 'm-1,m-2,m-3' });
    const client = await ForeignClient.connect(narrow.stream, token);
    const outcome = await client.join('payment/merchants/m-1', 'payment/merchants/m-2', 'payment/merchants/m-3');
    expect(outcome.joined).toHaveLength(2);
    expect(outcome.refused).toEqual([{ room: 'payment/merchants/m-3', reason: 'limit' }]);
    await client.close();
  });

  it('closes who sends without end', async () => {
    const client = await connect('u-11');
    for (let index = 0; index < 2000; index += 1) client.send({ event: 'heartbeat' });
    expect(await client.closed).toEqual({ code: 1008, reason: 'Too many frames' });
  });
});

describe('the life of a token', () => {
  it('closes the socket when it expires, unless it is renewed', async () => {
    const [left, renewed] = await Promise.all(
      ['u-12', 'u-13'].map(async (userId) => ForeignClient.connect(instance.stream, await world.token(userId, {}, 3))),
    );
    if (left === undefined || renewed === undefined) throw new Error('not connected');
    const token = await world.token('u-13');
    expect(await renewed.ask('authenticate', { type: 'Bearer', token, renew: true }, false)).toMatchObject({
      renewed: true,
    });
    const foreign = await world.token('u-12');
    expect(await renewed.ask('authenticate', { type: 'Bearer', token: foreign, renew: true })).toMatchObject({
      renewed: false,
    });
    expect(await left.closed).toEqual({ code: 4003, reason: 'Token expired' });
    expect(renewed.isClosed).toBe(false);
    await renewed.close();
  });

  it('says Authentication error when tokens cannot be checked', async () => {
    const blind = await world.instance({ APP_ENV_JWKS_URL: 'http://127.0.0.1:9/jw-certs' }, { ready: false });
    const client = await ForeignClient.open(blind.stream);
    client.authenticate(await world.token('u-1'));
    expect(await client.closed).toEqual({ code: 4003, reason: 'Authentication failed' });
    expect(client.errors).toEqual(['Authentication error']);
    await blind.stop();
  });

  it('closes with 4001 when the check takes too long', async () => {
    const hanging = createServer(() => undefined);
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const slow = await world.instance(
      {
        APP_ENV_JWKS_URL: `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/jw-certs`,
        APP_ENV_WEBSOCKET_AUTH_CHECK_TIMEOUT_MS: '150',
      },
      { ready: false },
    );
    const client = await ForeignClient.open(slow.stream);
    client.authenticate(await world.token('u-1'));
    client.authenticate(await world.token('u-1'));
    client.send({ event: 'join', data: { rooms: ['ws-default'] } });
    expect(await client.closed).toEqual({ code: 4001, reason: 'Authentication timeout' });
    expect(client.errors).toEqual(['Already authenticated', 'Not authenticated']);
    await slow.stop();
    hanging.closeAllConnections();
    hanging.close();
  });
});
