import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { backoffMs } from './backoff';
import { SignalClient } from './index';
import type {
  ClosedInfo,
  ConnectedInfo,
  InboxResync,
  InboxState,
  SignalClientOptions,
  WebSocketConstructor,
} from './index';
import { StreamServer } from './stream-server.fixture';
import { parseFrame } from './websocket-transport';

let server: StreamServer;
const clients: SignalClient[] = [];

beforeEach(async () => {
  server = await StreamServer.start();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.stop();
});

interface Recorded {
  readonly client: SignalClient;
  readonly connected: ConnectedInfo[];
  readonly messages: [string, unknown][];
  readonly errors: string[];
  readonly closes: ClosedInfo[];
}

function record(options: Partial<SignalClientOptions> = {}): Recorded {
  const client = new SignalClient({
    url: server.url,
    token: 'jwt-1',
    webSocket: WebSocket,
    backoff: { initialMs: 5, maxMs: 20 },
    ...options,
  });
  clients.push(client);
  const recorded: Recorded = { client, connected: [], messages: [], errors: [], closes: [] };
  client.onConnected((info) => recorded.connected.push(info));
  client.onMessage((topic, data) => recorded.messages.push([topic, data]));
  client.onError((error) => recorded.errors.push(error.message));
  client.onClose((info) => recorded.closes.push(info));
  return recorded;
}

const until = (condition: () => void): Promise<void> => vi.waitFor(condition, { timeout: 10_000, interval: 5 });

async function connect(options: Partial<SignalClientOptions> = {}): Promise<Recorded> {
  const recorded = record(options);
  recorded.client.connect();
  await until(() => expect(recorded.connected).toHaveLength(1));
  return recorded;
}

describe('a connection', () => {
  it('authenticates with a fresh key, then reads pushes in the order in which they were sent', async () => {
    server.greet = (side) => {
      for (let count = 0; count < 200; count += 1)
        side.push('observation/payment/attempt/success', { count, note: 'Cà phê ₫' });
    };
    const { client, connected, messages, errors } = await connect();
    expect(client.state).toBe('connected');
    expect(connected).toEqual([{ id: 'c-1', userId: 'u-1', time: '2026-11-20T04:07:52.284Z' }]);
    await until(() => expect(messages).toHaveLength(200));
    expect(messages).toEqual(
      Array.from({ length: 200 }, (_, count) => ['observation/payment/attempt/success', { count, note: 'Cà phê ₫' }]),
    );
    expect(errors).toEqual([]);
    const { data } = server.last.seen[0] ?? {};
    expect(data).toEqual({ type: 'Bearer', token: 'jwt-1', clientPublicKey: expect.stringMatching(/^B[\w+/]{86}=$/) });
  });

  it('seals its own frames with a growing seq, joins and leaves', async () => {
    const { client } = await connect({ rooms: ['a'] });
    client.join(['b', 'c']);
    client.leave(['a']);
    await until(() => expect(server.last.seen).toHaveLength(4));
    expect(server.last.seen.slice(1)).toEqual([
      { event: 'join', data: { rooms: ['a'] }, seq: 1, sealed: true },
      { event: 'join', data: { rooms: ['b', 'c'] }, seq: 2, sealed: true },
      { event: 'leave', data: { rooms: ['a'] }, seq: 3, sealed: true },
    ]);
  });

  it('sends frames in order, however long they take to seal', async () => {
    const { client } = await connect();
    // Megabytes seal slowly, a few bytes at once: without a queue the second frame would overtake the first.
    client.join(['x'.repeat(4_000_000)]);
    client.leave(['y']);
    client.join(['z']);
    await until(() => expect(server.last.seen).toHaveLength(4));
    expect(server.last.seen.slice(1).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('speaks in clear to servers of the first generation', async () => {
    const { client } = await connect({ encryptOutbound: false, heartbeatMs: 10 });
    client.join(['a']);
    await until(() => expect(server.last.seen.map(({ event }) => event)).toContain('heartbeat'));
    expect(server.last.seen[1]).toEqual({ event: 'join', data: { rooms: ['a'] }, sealed: false });
    expect(server.last.seen.find(({ event }) => event === 'heartbeat')).toEqual({ event: 'heartbeat', sealed: false });
  });

  it('beats by itself, again and again', async () => {
    await connect({ heartbeatMs: 5 });
    await until(() => expect(server.last.seen.filter(({ event }) => event === 'heartbeat').length).toBeGreaterThan(2));
    expect(server.last.seen.slice(1).every(({ sealed }) => sealed)).toBe(true);
  });

  it('asks for what it missed, goes on there after a reconnect, and tells of a resync', async () => {
    const topic = (action: string): string => `observation/signal/notification/${action}`;
    server.greet = (side) => {
      side.push(topic('state'), { lastSequence: 43, unread: 2, revision: 50 });
      side.push(topic('created'), { notification: { sequence: 42 }, unread: 2, revision: 49 });
      side.push(topic('created'), { notification: { sequence: 43 }, unread: 2, revision: 50 });
      side.push(topic('read'), { ids: ['x'], unread: 1, revision: 51 });
    };
    const { client, connected, messages } = record({ resume: { lastSequence: 41 } });
    const states: InboxState[] = [];
    const resyncs: InboxResync[] = [];
    client.onInboxState((state) => states.push(state));
    client.onResync((resync) => resyncs.push(resync));
    client.connect();
    await until(() => expect(connected).toHaveLength(1));
    expect(server.last.seen[0]?.data).toMatchObject({ token: 'jwt-1', lastSequence: 41 });
    expect(server.last.seen[0]?.data).not.toHaveProperty('lastRevision');
    await until(() => expect(messages).toHaveLength(4));
    expect(client.inboxPosition).toEqual({ lastSequence: 43, lastRevision: 51 });
    server.greet = (side) => side.push(topic('state'), { lastSequence: 43, unread: 0, revision: 52 });
    server.last.socket.close(1001);
    await until(() => expect(states.slice(1)).toEqual([{ lastSequence: 43, unread: 0, revision: 52 }]));
    expect(server.last.seen[0]?.data).toMatchObject({ lastSequence: 43, lastRevision: 51 });
    server.greet = (side) => {
      side.push(topic('state'), { lastSequence: 900, unread: 9, revision: 999 });
      side.push(topic('resync'), { reason: 'too_far_behind', lastSequence: 900, revision: 999 });
    };
    server.last.socket.close(1001);
    await until(() => expect(resyncs).toEqual([{ reason: 'too_far_behind', lastSequence: 900, revision: 999 }]));
    expect(client.inboxPosition).toEqual({ lastSequence: 900, lastRevision: 999 });
    expect(connected).toHaveLength(3);
  });

  it('renews its token', async () => {
    const { client } = await connect({ token: () => Promise.resolve('jwt-1') });
    await client.renew();
    await until(() => expect(server.last.seen).toHaveLength(2));
    expect(server.last.seen[1]).toMatchObject({
      event: 'authenticate',
      data: { type: 'Bearer', token: 'jwt-1', renew: true },
      sealed: true,
    });
  });

  it('works under the info that a site configured', async () => {
    server.info = 'another-site';
    server.greet = (side) => side.push('t', 1);
    const { messages } = await connect({ info: 'another-site' });
    await until(() => expect(messages).toEqual([['t', 1]]));
  });

  it('reports errors of the server and ignores pushes in clear', async () => {
    server.greet = (side) => {
      side.clear('error', { message: 'Invalid message format' });
      side.clear('observation/payment/attempt/success', { forged: true });
      side.socket.send('no json');
      side.push('t', 1);
    };
    const { messages, errors } = await connect();
    await until(() => expect(messages).toEqual([['t', 1]]));
    expect(errors).toContain('Invalid message format');
    expect(errors).toHaveLength(3);
  });

  it('keeps delivering when a listener throws', async () => {
    const { client, messages, errors } = await connect();
    const unsubscribe = client.onMessage(() => {
      throw new Error('listener broke');
    });
    server.last.push('t', 1);
    await until(() => expect(errors).toEqual(['listener broke']));
    unsubscribe();
    server.last.push('t', 2);
    await until(() => expect(messages).toHaveLength(2));
    expect(errors).toHaveLength(1);
  });
});

describe('a connection that ends', () => {
  it('comes back by itself with fresh keys and its rooms', async () => {
    const { client, connected, messages, closes } = await connect();
    client.join(['a', 'b']);
    client.leave(['b']);
    const first = server.last;
    first.push('t', 'before the close');
    first.socket.close(1001, 'Server shutting down');
    await until(() => expect(connected).toHaveLength(2));
    expect(closes).toEqual([{ code: 1001, reason: 'Server shutting down', willReconnect: true }]);
    expect(messages).toEqual([['t', 'before the close']]);
    await until(() => expect(server.last.seen).toHaveLength(2));
    expect(server.last.seen[1]).toEqual({ event: 'join', data: { rooms: ['a'] }, seq: 1, sealed: true });
    const keys = server.sides.map(({ seen }) => JSON.stringify(seen[0]?.data));
    expect(new Set(keys).size).toBe(2);
  });

  it.each([
    ['forged', (iv: string, ct: string) => ({ iv, ct: `AAAA${ct.slice(4)}` })],
    ['malformed', () => 'nonsense'],
  ])('starts over after a %s frame', async (_, spoil) => {
    const { connected, messages, errors } = await connect();
    const sealed = server.last.seal('t', 1);
    server.last.clear('encrypted', spoil(sealed.iv, sealed.ct));
    await until(() => expect(connected).toHaveLength(2));
    expect(messages).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
  });

  it('refuses a frame that is played again', async () => {
    const { connected, messages, errors } = await connect();
    const sealed = server.last.seal('t', 1);
    server.last.clear('encrypted', sealed);
    server.last.clear('encrypted', sealed);
    await until(() => expect(connected).toHaveLength(2));
    expect(messages).toEqual([['t', 1]]);
    expect(errors).toEqual(['The server repeated an IV.']);
  });

  it('tries again when the server stays silent', async () => {
    server.muted = true;
    const { client, closes, connected } = record({ connectTimeoutMs: 100 });
    client.connect();
    await until(() => expect(closes.length).toBeGreaterThan(0));
    server.muted = false;
    await until(() => expect(connected).toHaveLength(1));
  });

  it('keeps trying while nobody listens', async () => {
    const { client, closes } = record({ url: 'ws://127.0.0.1:1/stream' });
    client.connect();
    await until(() => expect(closes.length).toBeGreaterThan(2));
    expect(closes.every(({ willReconnect }) => willReconnect)).toBe(true);
  });

  it('gives up on a refused fixed token', async () => {
    const { client, closes, errors } = record({ token: 'stolen' });
    client.connect();
    await until(() => expect(closes).toHaveLength(1));
    expect(closes).toEqual([{ code: 4003, reason: 'Authentication failed', willReconnect: false }]);
    expect(errors).toEqual(['Authentication failed']);
    expect(client.state).toBe('closed');
  });

  it('asks for another token when one is refused', async () => {
    const tokens = ['expired', 'jwt-1'];
    const { client, connected, closes } = record({ token: () => tokens.shift() ?? '' });
    client.connect();
    await until(() => expect(connected).toHaveLength(1));
    expect(closes).toMatchObject([{ code: 4003, willReconnect: true }]);
  });

  it('reports a token function that fails, and tries again', async () => {
    let asked = 0;
    const token = async (): Promise<string> => {
      asked += 1;
      if (asked === 1) throw new Error('identity is away');
      return 'jwt-1';
    };
    const { client, connected, errors } = record({ token });
    client.connect();
    await until(() => expect(connected).toHaveLength(1));
    expect(errors).toEqual(['identity is away']);
  });

  it('stays closed after close(), and can start anew', async () => {
    const { client, connected, closes, messages } = await connect();
    client.close();
    client.close();
    server.last.push('t', 'late');
    await until(() => expect(closes).toHaveLength(1));
    expect(closes[0]).toMatchObject({ code: 1000, willReconnect: false });
    expect([client.state, messages.length, server.sides.length]).toEqual(['closed', 0, 1]);
    client.connect();
    client.connect();
    await until(() => expect(connected).toHaveLength(2));
    expect(server.sides).toHaveLength(2);
  });
});

it('doubles its pauses up to a maximum and takes a random half off', () => {
  const options = { initialMs: 500, maxMs: 30_000 };
  expect([1, 2, 3, 7, 8, 1_000].map((failures) => backoffMs(failures, options, () => 1))).toEqual([
    500, 1_000, 2_000, 30_000, 30_000, 30_000,
  ]);
  expect(backoffMs(2, options, () => 0)).toBe(500);
});

it('reads frames from text and from binary', () => {
  const bytes = new TextEncoder().encode('{"event":"é"}');
  expect(parseFrame(bytes.buffer)).toEqual({ event: 'é' });
  expect(parseFrame('{"event":"e","data":1}')).toEqual({ event: 'e', data: 1 });
  for (const bad of ['', 'null', '[]', '{"event":1}', 7, new Uint8Array(2)]) expect(parseFrame(bad)).toBeUndefined();
});

it('takes the constructor of ws without a cast', () => {
  expectTypeOf(WebSocket).toExtend<WebSocketConstructor>();
});
