import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientRegistry } from '../clients/client-registry';
import { ForeignClient } from '../foreign-client.fixture';
import { ForeignSocketIoClient, type SocketIoOptions } from '../foreign-socket-io-client.fixture';
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
  narrow = await world.instance({ APP_ENV_WEBSOCKET_MAX_PER_USER: '2' });
  strict = await world.instance({ APP_ENV_WEBSOCKET_STRICT: 'true', APP_ENV_WEBSOCKET_MAX_PER_IP: '6' });
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const connect = async (userId: string, at = instance, options: SocketIoOptions = {}): Promise<ForeignSocketIoClient> =>
  ForeignSocketIoClient.connect(at.stream, await world.token(userId), options);

const open = async (userId: string, at = instance, options: SocketIoOptions = {}): Promise<ForeignSocketIoClient> =>
  ForeignSocketIoClient.open(at.stream, await world.token(userId), options);

const pushToUser = (userId: string, event: string, data: unknown): Promise<number> =>
  world.bus.publish(
    `ws:user:${userId}`,
    JSON.stringify({ serverId: 'emitter', type: 'user', target: userId, event, data }),
  );

const CONNECTED =
  /^2\["connected",\{"id":"[0-9a-f-]{36}","userId":"[^"]+","time":"[^"]+Z","serverPublicKey":"[A-Za-z0-9+/]{87}=","salt":"[A-Za-z0-9+/]{43}="\}\]$/;
const SEALED = /^(2\["encrypted",|3\d+\[)\{"iv":"[A-Za-z0-9+/]{16}","ct":"[A-Za-z0-9+/=]+"\}\]$/;

describe('the handshake', () => {
  it.each<[string, ('polling' | 'websocket')[]]>([
    ['WebSocket', ['websocket']],
    ['polling', ['polling']],
    ['polling that becomes a WebSocket', ['polling', 'websocket']],
  ])('over %s: connected in clear, then everything sealed', async (_name, transports) => {
    const client = await connect('u-1', instance, { transports });
    await client.until(() => client.socket.io.engine.transport.name === transports.at(-1));
    await pushToUser('u-1', 'payment.updated', { a: 1 });
    expect(await client.push('payment.updated')).toEqual({ a: 1 });
    expect(await client.join('ws-default', 'x')).toEqual({
      joined: ['ws-default'],
      refused: [{ room: 'x', reason: 'forbidden' }],
    });
    const [first, second, ...rest] = client.raw;
    expect(first).toBe(`0{"sid":"${client.id}"}`);
    expect(second).toMatch(CONNECTED);
    expect(rest).toHaveLength(2);
    for (const text of rest) expect(text).toMatch(SEALED);
    const listed = instance.app
      .get(ClientRegistry)
      .own()
      .find(({ id }) => id === client.id);
    expect(listed).toMatchObject({ userId: 'u-1', transport: 'socket.io' });
    await client.close();
  });

  it.each([
    ['garbage', { token: 'x.y.z' }, 'Authentication failed', 4003],
    ['no token', { token: undefined }, 'Authentication failed', 4003],
    ['another scheme', { type: 'Basic' }, 'Authentication failed', 4003],
    ['no public key', { clientPublicKey: undefined }, 'Encryption handshake failed', 4004],
    ['a bad public key', { clientPublicKey: '!!!' }, 'Encryption handshake failed', 4004],
  ])('refuses with connect_error: %s', async (_name, auth, message, code) => {
    const client = await open('u-1', instance, { auth });
    expect(await client.refused).toMatchObject({ message, data: { code } });
    expect(client.raw).toHaveLength(1);
  });

  it('resumes as the plain dialect does: the state of the inbox comes first', async () => {
    const client = await connect('u-15', instance, { auth: { lastSequence: 0 } });
    await client.until(() => client.pushes.length > 0);
    expect(client.pushes[0]).toMatchObject({
      event: 'observation/signal/notification/state',
      data: { lastSequence: 0, unread: 0 },
    });
    await client.close();
  });

  it('shares its rooms with the plain dialect', async () => {
    const plain = await ForeignClient.connect(instance.stream, await world.token('u-2'));
    const other = await connect('u-2');
    await plain.join('signal/users/u-2');
    await other.join('signal/users/u-2');
    const body = { serverId: 'x', type: 'room', target: 'signal/users/u-2', event: 'both', data: { b: 2 } };
    await world.bus.publish('ws:room:x', JSON.stringify({ ...body, exclude: ['nobody'] }));
    expect(await Promise.all([plain.push('both'), other.push('both')])).toEqual([{ b: 2 }, { b: 2 }]);
    await Promise.all([plain.close(), other.close()]);
  });
});

const PING = '2';

/** A socket that speaks the texts of Engine.IO and Socket.IO itself, badly where the test wants it. */
class RawClient {
  readonly heard: string[] = [];
  readonly closed: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.heard.push(data.toString('utf8')));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  static async open(at: Instance, ...texts: (string | Buffer)[]): Promise<RawClient> {
    const client = new RawClient(new WebSocket(`${at.stream}/?EIO=4&transport=websocket`));
    await new Promise((resolve) => client.socket.once('open', resolve));
    for (const text of texts) client.socket.send(text);
    return client;
  }
}

const status = async (url: string, init: RequestInit = {}): Promise<number> => {
  const answer = await fetch(url, init);
  await answer.arrayBuffer();
  return answer.status;
};

describe('the door', () => {
  it('tells the dialects apart by EIO, with and without a slash', async () => {
    const at = `${instance.http}/stream`;
    for (const path of ['', '/']) expect(await status(`${at}${path}?EIO=4&transport=polling`)).toBe(200);
    for (const path of ['', '/', '?transport=polling']) expect(await status(`${at}${path}`)).toBe(404);
    for (const query of ['EIO=3&transport=polling', 'EIO=4', 'EIO=4&transport=polling&sid=unknown']) {
      expect([query, await status(`${at}/?${query}`)]).toEqual([query, 400]);
    }
    expect(await status(`${at}/?EIO=4&transport=polling`, { method: 'DELETE' })).toBe(405);
    expect(await status(`${instance.http}/streams/?EIO=4&transport=polling`)).toBe(404);
  });

  it('refuses connections of an address above its number, whatever the query pretends', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const at = `${strict.http}/stream/?EIO=4&transport=polling`;
    const opened = await Promise.all(Array.from({ length: 6 }, () => status(at, { headers })));
    expect(opened).toEqual(Array(6).fill(200));
    for (const query of ['', '&sid=', '&sid=x&sid=']) {
      expect([query, await status(`${at}${query}`, { headers })]).toEqual([query, 429]);
    }
    expect(await status(`${at}&sid=x`, { headers })).toBe(400);
    const upgrade = ForeignSocketIoClient.open(strict.stream, 'x', { headers });
    expect((await upgrade.refused).data).toBeUndefined();
    expect(await status(at, { headers: { 'x-forwarded-for': '203.0.113.10' } })).toBe(200);
  });
});

describe('the table of cases', () => {
  it.concurrent('tells 4001 to who does not connect to the namespace', async () => {
    const silent = await RawClient.open(impatient);
    await silent.closed;
    expect(silent.heard.filter((text) => text !== PING)).toEqual([
      expect.stringMatching(/^0\{"sid"/),
      '44{"message":"Authentication timeout","data":{"code":4001,"reason":"Authentication timeout"}}',
    ]);
  });

  it.concurrent('tells 4002 to who gives no sign of life; answers to pings are one', async () => {
    const auth = { token: await world.token('u-3'), clientPublicKey: (await connect('u-3')).publicKey };
    const silent = await RawClient.open(impatient, `40${JSON.stringify(auth)}`);
    const alive = await connect('u-4', impatient);
    let pings = 0;
    // Three of them are as long as a client may be silent.
    const answered = new Promise<void>((resolve) => {
      alive.socket.io.on('ping', () => (pings += 1) > 3 && resolve());
    });
    await silent.closed;
    await answered;
    expect(silent.heard.at(-1)).toBe('42["error",{"message":"Heartbeat timeout","code":4002}]');
    expect(silent.heard.filter((text) => text === PING)).not.toEqual([]);
    expect(await alive.join('ws-default')).toMatchObject({ joined: ['ws-default'] });
    await alive.close();
  });

  it.each([
    ['an event before the connection', ['42["join",{"rooms":[]}]']],
    ['a second connection', ['40{"token":"x"}', '40{"token":"x"}']],
    ['no packet', ['49']],
    ['no JSON', ['40{']],
    ['a binary event', ['451-["x",{"_placeholder":true,"num":0}]']],
    ['bytes', [Buffer.from('40{}')]],
  ])('ends a client that breaks the protocol: %s', async (_name, texts) => {
    const client = await RawClient.open(instance, ...texts);
    await client.closed;
    expect(client.heard.slice(1)).toEqual([
      '44{"message":"Protocol error","data":{"code":1002,"reason":"Protocol error"}}',
    ]);
  });

  it('knows one namespace only', async () => {
    const client = await RawClient.open(instance, '40/admin,{"token":"x"}');
    await new Promise((resolve) => client.socket.once('message', resolve));
    expect(client.heard.at(-1)).toBe('44/admin,{"message":"Invalid namespace"}');
    client.socket.close();
    await client.closed;
  });

  it('ends a client whose frame is above the limit, over both ways', async () => {
    const [socket, polling] = await Promise.all([
      connect('u-5'),
      connect('u-5', instance, { transports: ['polling'] }),
    ]);
    for (const client of [socket, polling]) client.socket.emit('join', 'x'.repeat(131_073));
    expect(await socket.closed).toBe('transport close');
    expect(await polling.closed).toBe('transport error');
  });

  it('says 1001 at a stop, and lets the library come back by itself', async () => {
    const short = await world.instance();
    const clients = await Promise.all([connect('u-6', short), connect('u-6', short, { transports: ['polling'] })]);
    await short.stop();
    for (const client of clients) {
      expect(await client.closed).toBe('transport close');
      expect(client.clear.at(-1)).toEqual({ event: 'error', data: { message: 'Server shutting down', code: 1001 } });
    }
  });
});

describe('sealed frames of clients', () => {
  it('are opened; forged, repeated and disordered ones are refused', async () => {
    const client = await connect('u-7');
    const sealed = client.seal({ event: 'join', data: { rooms: ['signal/users/u-7'] }, id: 'first' });
    expect(client.isClosed).toBe(false);
    const answers: unknown[] = [];
    const emit = (frame: object): void =>
      void client.socket.emit('encrypted', frame, (answer: unknown) => answers.push(answer));
    emit(sealed);
    emit(sealed);
    emit({ ...sealed, iv: Buffer.alloc(12, 1).toString('base64') });
    emit(client.seal({ event: 'heartbeat', seq: 5 }));
    emit(client.seal({ event: 'join', data: { rooms: ['ws-default'] }, seq: 5 }));
    expect(await client.ask('leave', { rooms: ['signal/users/u-7'] })).toEqual({
      left: ['signal/users/u-7'],
      joined: [],
      refused: [],
    });
    expect(answers).toHaveLength(1);
    expect(client.errors).toEqual([]);
    await client.close();
  });

  it('may be in clear for simple clients, and must not in strict mode', async () => {
    const simple = await connect('u-8');
    expect(await simple.ask('join', { rooms: ['signal/users/u-8'] }, false)).toMatchObject({
      joined: ['signal/users/u-8'],
    });
    await simple.close();
    const modern = await connect('u-8', strict);
    const answers: unknown[] = [];
    modern.socket.emit('join', { rooms: ['ws-default'] }, (answer: unknown) => answers.push(answer));
    modern.socket.emit('encrypted', modern.seal({ event: 'join', data: {} }), (answer: unknown) =>
      answers.push(answer),
    );
    const numbered = modern.seal({ event: 'join', data: { rooms: ['ws-default'] }, seq: 1 });
    await modern.socket.timeout(10_000).emitWithAck('encrypted', numbered);
    expect(answers).toEqual([]);
    await modern.close();
  });

  it('leave in the order in which they were sent', async () => {
    const client = await connect('u-9', instance, { transports: ['polling', 'websocket'] });
    for (let index = 0; index < 300; index += 1) void pushToUser('u-9', 'count', index);
    await client.until(() => client.pushes.length === 300);
    expect(client.pushes.map(({ data }) => data)).toEqual(Array.from({ length: 300 }, (_item, index) => index));
    await client.close();
  });
});

describe('limits', () => {
  it('lets one user open so many sockets and no more, in both dialects together', async () => {
    const first = await ForeignClient.connect(narrow.stream, await world.token('u-10'));
    const second = await connect('u-10', narrow);
    const third = await open('u-10', narrow);
    expect(await third.refused).toMatchObject({ message: 'Too many connections', data: { code: 1008 } });
    await Promise.all([first.close(), second.close()]);
  });

  it('ends who sends without end', async () => {
    const client = await connect('u-12');
    for (let index = 0; index < 2000; index += 1) client.socket.emit('heartbeat');
    expect(await client.closed).toBe('io server disconnect');
    expect(client.clear.at(-1)).toEqual({ event: 'error', data: { message: 'Too many frames', code: 1008 } });
  });
});

describe('the life of a token', () => {
  it('ends the connection when it expires, unless it is renewed', async () => {
    const [left, renewed] = await Promise.all(
      ['u-13', 'u-14'].map(async (userId) =>
        ForeignSocketIoClient.connect(instance.stream, await world.token(userId, {}, 3)),
      ),
    );
    if (left === undefined || renewed === undefined) throw new Error('not connected');
    const token = await world.token('u-14');
    expect(await renewed.ask('authenticate', { type: 'Bearer', token, renew: true })).toEqual({ renewed: true });
    expect(await left.closed).toBe('io server disconnect');
    expect(left.clear.at(-1)).toEqual({ event: 'error', data: { message: 'Token expired', code: 4003 } });
    expect(renewed.isClosed).toBe(false);
    await renewed.close();
  });
});
