import { connect as connectTcp } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '@nx/testing';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import type { ForeignSession } from '../foreign-session.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { SessionRegistry } from './session-registry';

const LONG = process.env['TEST_LONG'] === '1';
/** In each dialect. */
const FRAMES = LONG ? 500_000 : 2000;
const BATCH = 500;
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_121);

let world: World;
let instance: Instance;
/** Members of another tenant, who must hear nothing but what is meant for them. */
let witnesses: ForeignSession[];

beforeAll(async () => {
  world = await World.start();
  instance = await world.instance({
    APP_ENV_WEBSOCKET_FRAMES_PER_SECOND: '0',
    APP_ENV_WEBSOCKET_MAX_PER_IP: '0',
    APP_ENV_WEBSOCKET_MAX_PER_USER: '0',
    APP_ENV_RATE_LIMIT_PER_IP: '0',
    // The witnesses say nothing, and half a million frames take longer than a client may be silent.
    APP_ENV_WEBSOCKET_HEARTBEAT_TIMEOUT_MS: '86400000',
  });
  const token = await world.token('witness', { merchantIds: 'm-2' }, 86_400);
  witnesses = [
    await ForeignClient.connect(instance.stream, token),
    await ForeignSocketIoClient.connect(instance.stream, token),
  ];
  for (const witness of witnesses) await witness.join('payment/merchants/m-2');
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const rooms = fc.oneof(
  fc.constantFrom(
    'ws-default',
    'payment/merchants/m-1',
    'payment/merchants/m-2',
    'ws:room:x',
    'signal/notification/witness',
  ),
  fc.string({ maxLength: 300 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const data = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ rooms: fc.oneof(fc.array(rooms, { maxLength: 8 }), fc.jsonValue({ maxDepth: 1 })) }),
  },
  fc.record({
    type: fc.oneof(fc.constant('Bearer'), fc.jsonValue({ maxDepth: 1 })),
    token: fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 })),
    clientPublicKey: fc.oneof(fc.base64String(), fc.jsonValue({ maxDepth: 1 })),
    renew: fc.oneof(fc.boolean(), fc.constant(undefined)),
  }),
  fc.record({
    iv: fc.oneof(fc.base64String(), fc.jsonValue({ maxDepth: 1 })),
    ct: fc.oneof(fc.base64String(), fc.string()),
  }),
  fc.jsonValue({ maxDepth: 4 }),
);

const EVENTS = [
  'authenticate',
  'connected',
  'disconnect',
  'join',
  'leave',
  'error',
  'heartbeat',
  'encrypted',
  '__proto__',
];

const frame = fc.record(
  {
    event: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...EVENTS) }, fc.string(), fc.jsonValue({ maxDepth: 1 })),
    data,
    id: fc.oneof(fc.string({ maxLength: 80 }), fc.jsonValue({ maxDepth: 1 })),
    seq: fc.oneof(fc.integer(), fc.double(), fc.string()),
  },
  { requiredKeys: ['event'] },
);

type Sending =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'clear' | 'sealed' | 'torn'; readonly frame: object };

const sending: fc.Arbitrary<Sending> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ kind: 'bytes', bytes }) as const),
  fc.oneof(fc.string(), fc.json(), fc.constant('['.repeat(60_000))).map((text) => ({ kind: 'text', text }) as const),
  { weight: 3, arbitrary: frame.map((value) => ({ kind: 'clear', frame: value }) as const) },
  { weight: 3, arbitrary: frame.map((value) => ({ kind: 'sealed', frame: value }) as const) },
  frame.map((value) => ({ kind: 'torn', frame: value }) as const),
);

const torn = ({ iv, ct }: { iv: string; ct: string }): object => ({ iv, ct: `${ct.slice(0, -8)}AAAAAAA=` });

/** A client of one dialect that is made to send whatever comes. */
interface Sender {
  readonly client: ForeignSession;
  send(item: Sending): void;
  /** Everything sent has left. */
  sent(): boolean;
}

const plainSender = (client: ForeignClient): Sender => ({
  client,
  send: (item) => {
    if (client.isClosed) return;
    if (item.kind === 'bytes') client.socket.send(item.bytes, { binary: true });
    else if (item.kind === 'text') client.socket.send(item.text);
    else if (item.kind === 'clear') client.send(item.frame);
    else if (item.kind === 'sealed') client.sendSealed(item.frame);
    else client.send({ event: 'encrypted', data: torn(client.seal(item.frame)) });
  },
  sent: () => client.socket.bufferedAmount === 0,
});

/** Texts of Socket.IO, past the library, which would refuse some of them itself. */
const packetOf = (client: ForeignSession, item: Sending): string => {
  if (item.kind === 'bytes' || item.kind === 'text') {
    const text = item.kind === 'text' ? item.text : Buffer.from(item.bytes).toString('latin1');
    return `2${JSON.stringify(['join', text])}`;
  }
  const { event, data: argument } = item.frame as { event: unknown; data?: unknown };
  if (item.kind === 'clear') return `2${JSON.stringify([event, argument])}`;
  const sealed = client.seal(item.frame);
  return `27${JSON.stringify(['encrypted', item.kind === 'torn' ? torn(sealed) : sealed])}`;
};

const socketIoSender = (client: ForeignSocketIoClient): Sender => ({
  client,
  send: (item) => void client.socket.io.engine.send(packetOf(client, item)),
  sent: () => client.socket.io.engine.transport.writable,
});

/** Sends packets of any kind to a connection that has not been let in; returns what it heard. */
const knock = async (items: readonly Sending[]): Promise<string[]> => {
  const heard: string[] = [];
  const socket = new WebSocket(`${instance.stream}/?EIO=4&transport=websocket`);
  socket.on('error', () => undefined);
  socket.on('message', (text: Buffer) => heard.push(text.toString('utf8')));
  await new Promise((resolve) => socket.once('open', resolve));
  for (const item of items) {
    if (item.kind === 'bytes') socket.send(item.bytes);
    else if (item.kind === 'text') socket.send(item.text);
    else socket.send(`4${item.kind === 'clear' ? '0' : '2'}${JSON.stringify(item.frame)}`);
  }
  socket.close();
  await new Promise((resolve) => socket.once('close', resolve));
  return heard;
};

const TEXTS = [
  'Invalid message format',
  'Not authenticated',
  'Already authenticated',
  'Authentication failed',
  'Authentication error',
  'Encryption handshake failed',
];

/** Whatever was sent: in clear there is nothing but `connected` once and known errors. */
const check = (client: ForeignSession): void => {
  const clear = client.clear.filter(({ event }) => event !== 'connected');
  expect(client.clear.length - clear.length).toBeLessThanOrEqual(1);
  for (const { event, data: said } of clear) {
    expect(event).toBe('error');
    expect(TEXTS).toContain(said['message']);
  }
  for (const { event, data: said } of client.pushes) {
    expect(['join', 'leave', 'authenticate']).toContain(event);
    const joined = (said as { joined?: string[] }).joined ?? [];
    for (const room of joined) expect(room).not.toMatch(/m-2|witness|^ws:/);
  }
};

const SEALED_TEXT = /^(2\["encrypted",|3\d+\[)\{"iv":"[A-Za-z0-9+/]{16}","ct":"[A-Za-z0-9+/=]+"\}\]$/;
const CLEAR_TEXT = /^(0\{"sid":"[0-9a-f-]+"\}$|2\["(connected|error)",)/;

const dialects = {
  websocket: async (token: string, items: readonly Sending[]): Promise<Sender> => {
    const stranger = await ForeignClient.open(instance.stream);
    const sender = plainSender(stranger);
    for (const item of items) sender.send(item);
    await stranger.until(() => stranger.isClosed || sender.sent());
    await stranger.close();
    check(stranger);
    expect(stranger.pushes).toEqual([]);
    return plainSender(await ForeignClient.connect(instance.stream, token));
  },
  'socket.io': async (token: string, items: readonly Sending[]): Promise<Sender> => {
    const share = items.length / 10;
    for (let from = 0; from < items.length; from += share) {
      const [opening, ...rest] = await knock(items.slice(from, from + share));
      expect(opening).toMatch(/^0\{"sid":/);
      for (const text of rest)
        expect(text).toMatch(/^(44\{"message":|44\/[^{]*,\{"message":"Invalid namespace"\}$|2$|3)/);
    }
    return socketIoSender(await ForeignSocketIoClient.connect(instance.stream, token));
  },
} as const;

/** Says something to the other tenant and waits until it was heard there. */
const whisper = async (event: string): Promise<void> => {
  const body = { serverId: 'x', type: 'room', target: 'payment/merchants/m-2', event, data: 1 };
  await world.bus.publish('ws:room:x', JSON.stringify(body));
  await Promise.all(witnesses.map((witness) => witness.push(event)));
  for (const witness of witnesses) {
    expect(witness.topics().filter((topic) => topic !== 'join')).toEqual([event]);
    witness.pushes.length = 0;
    witness.raw.length = 0;
  }
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};
const FLAT_BYTES = 16 * 1024 * 1024;

describe('whatever clients send', () => {
  it.each(['websocket', 'socket.io'] as const)(
    `survives ${FRAMES} frames of %s without a word in clear or in a foreign room (seed ${SEED})`,
    async (dialect) => {
      const token = await world.token('fuzzer', { merchantIds: 'm-1' }, 86_400);
      let before: number | undefined;
      for (let done = 0; done < FRAMES; done += BATCH) {
        const items = fc.sample(sending, { numRuns: BATCH, seed: SEED + done });
        const { client, send, sent } = await dialects[dialect](token, items);
        for (const item of items) send(item);
        await client.until(() => client.isClosed || sent());
        expect(client.isClosed).toBe(false);
        // Only order numbers that are far ahead may keep our question from being heard: so it is asked in clear.
        await client.ask('leave', { rooms: [] }, false);
        await whisper(`secret ${done}`);
        check(client);
        if (dialect === 'socket.io') {
          for (const text of client.raw) expect(SEALED_TEXT.test(text) || CLEAR_TEXT.test(text)).toBe(true);
        }
        await client.close();
        // The first batch fills caches and has code compiled.
        before ??= heapBytes();
      }
      await eventually(() => instance.app.get(SessionRegistry).countOfAddress('127.0.0.1') === witnesses.length);
      expect(heapBytes() - (before ?? 0)).toBeLessThan(FLAT_BYTES);
    },
    LONG ? 3_600_000 : 60_000,
  );

  it.each(['/stream', '/stream/?EIO=4&transport=websocket'])(
    'survives bytes that are no frames on %s',
    async (path) => {
      const { port } = new URL(instance.http);
      const samples = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 400 }), { numRuns: 50, seed: SEED });
      for (const bytes of samples) {
        await new Promise<void>((resolve) => {
          const socket = connectTcp(Number(port), '127.0.0.1');
          socket.on('error', () => undefined);
          socket.once('close', () => resolve());
          socket.write(
            `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
          );
          socket.write(bytes);
          socket.end();
          socket.resume();
        });
      }
      const client = await ForeignClient.connect(instance.stream, await world.token('after'));
      await client.close();
    },
  );
});
