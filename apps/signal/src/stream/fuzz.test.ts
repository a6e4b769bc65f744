import { connect as connectTcp } from 'node:net';
import { eventually } from '@nx/testing';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import type { ClearFrame, ForeignSession, Push } from '../foreign-session.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { anyValid, mutated, numbersOf } from './fuzz.fixture';
import { grownSince, memory } from './memory.fixture';
import { SessionRegistry } from './session-registry';

const LONG = process.env['TEST_LONG'] === '1';
/** In each dialect. */
const FRAMES = LONG ? 500_000 : 50_000;
const BATCH = 2500;
/** So many of a batch are made up from nothing; the others are valid frames, of which bytes were changed. */
const INVENTED = 250;
/** After so many the server is given the time to answer, so that it does not refuse all further ones as too many. */
const AT_ONCE = 50;
/** Of each batch, on connections of their own: introductions with changed bytes, and what ends a connection. */
const STRANGERS = 8;
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_121);

let world: World;
let instance: Instance;
/** Whose keys raw connections of Socket.IO show. */
let keys: ForeignSession;
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
  [, keys] = witnesses as [ForeignSession, ForeignSession];
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
  | { readonly kind: 'clear' | 'sealed'; readonly frame: object };

const sending: fc.Arbitrary<Sending> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ kind: 'bytes', bytes }) as const),
  fc.oneof(fc.string(), fc.json(), fc.constant('['.repeat(60_000))).map((text) => ({ kind: 'text', text }) as const),
  { weight: 3, arbitrary: frame.map((value) => ({ kind: 'clear', frame: value }) as const) },
  { weight: 3, arbitrary: frame.map((value) => ({ kind: 'sealed', frame: value }) as const) },
);

/** A client of one dialect that is made to send whatever comes. */
interface Sender {
  readonly client: ForeignSession;
  send(item: Sending): void;
  /** A valid frame with changed bytes: as it travels in clear or sealed, or under its seal. */
  sendMutated(next: (below: number) => number): void;
}

/** One of the valid frames of a client: in clear, or sealed after its plaintext was changed or not. */
const anyFrame = (
  client: ForeignSession,
  token: string,
  next: (below: number) => number,
): { readonly event: string; readonly data?: object } => {
  const frame = anyValid(token, client.publicKey, next);
  if (next(3) === 0) return frame;
  const plaintext = JSON.stringify(next(2) === 0 ? { ...frame, seq: next(1000), id: 'x' } : frame);
  return {
    event: 'encrypted',
    data: client.sealText(next(2) === 0 ? plaintext : mutated(plaintext, next).toString('utf8')),
  };
};

const plainSender = (client: ForeignClient, token: string): Sender => ({
  client,
  send: (item) => {
    if (client.isClosed) return;
    if (item.kind === 'bytes') client.socket.send(item.bytes, { binary: true });
    else if (item.kind === 'text') client.socket.send(item.text);
    else if (item.kind === 'clear') client.send(item.frame);
    else client.sendSealed(item.frame);
  },
  // Bytes that are no UTF-8 may come in a binary frame only.
  sendMutated: (next) =>
    client.socket.send(mutated(JSON.stringify(anyFrame(client, token, next)), next), { binary: true }),
});

/** Texts of Socket.IO, past the library, which would refuse some of them itself. */
const packetOf = (client: ForeignSession, item: Sending): string => {
  if (item.kind === 'bytes' || item.kind === 'text') {
    const text = item.kind === 'text' ? item.text : Buffer.from(item.bytes).toString('latin1');
    return `2${JSON.stringify(['join', text])}`;
  }
  const { event, data: argument } = item.frame as { event: unknown; data?: unknown };
  if (item.kind === 'clear') return `2${JSON.stringify([event, argument])}`;
  return `2${OUR_NUMBERS}${JSON.stringify(['encrypted', client.seal(item.frame)])}`;
};

/** The library counts the answers that it waits for from 0, so those to what goes past it have numbers far above. */
const OUR_NUMBERS = 1_000_000;

/** A valid packet with changed bytes. */
const mutatedPacket = (client: ForeignSession, token: string, next: (below: number) => number): string => {
  const { event, data: argument } = anyFrame(client, token, next);
  return `2${next(2) === 0 ? '' : OUR_NUMBERS}${mutated(JSON.stringify([event, argument]), next).toString('utf8')}`;
};

/** Whether it surely is an event, which asks for no answer that the library waits for. Most others end a connection. */
const isEvent = (packet: string): boolean => {
  try {
    const [, json = ''] = /^2(?:\d{7,15})?(\[.*)$/s.exec(packet) ?? [];
    return typeof (JSON.parse(json) as unknown[])[0] === 'string';
  } catch {
    return false;
  }
};

const socketIoSender = (client: ForeignSocketIoClient, token: string): Sender => ({
  client,
  send: (item) => void client.socket.io.engine.send(packetOf(client, item)),
  sendMutated: (next) => {
    let packet = mutatedPacket(client, token, next);
    while (!isEvent(packet)) packet = mutatedPacket(client, token, next);
    client.socket.io.engine.send(packet);
  },
});

/** Introduces itself with changed bytes; whoever is let in is who the token names. */
const introduceMutated = async (token: string, next: (below: number) => number): Promise<void> => {
  const stranger = await ForeignClient.open(instance.stream);
  const auth = { type: 'Bearer', token, clientPublicKey: stranger.publicKey };
  stranger.socket.send(mutated(JSON.stringify({ event: 'authenticate', data: auth }), next), { binary: true });
  // If that was no introduction, this one is refused; if it was, this one comes too late.
  stranger.send({ event: 'authenticate', data: {} });
  await stranger.until(() => stranger.isClosed || stranger.clear.some(({ event }) => event === 'connected'));
  expect(['fuzzer', undefined]).toContain(stranger.connected['userId']);
  await stranger.close();
  check(stranger);
  expect(stranger.pushes).toEqual([]);
};

/** The same with Socket.IO; then something that is no event, which ends whatever has begun. */
const connectMutated = async (token: string, next: (below: number) => number): Promise<void> => {
  const isChanged = next(2) === 0;
  const socket = new WebSocket(`${instance.stream}/?EIO=4&transport=websocket`);
  socket.on('error', () => undefined);
  const heard: string[] = [];
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (text: Buffer) => {
      heard.push(text.toString('utf8'));
      if (/^4(2|4)/.test(heard.at(-1) ?? '')) resolve();
    });
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const json = JSON.stringify({ type: 'Bearer', token, clientPublicKey: keys.publicKey });
  socket.send(`40${isChanged ? `{${mutated(json.slice(1), next).toString('utf8')}` : json}`);
  await Promise.race([answered, closed]);
  const packet = mutatedPacket(keys, token, next);
  if (!isEvent(packet)) socket.send(`4${packet}`);
  socket.send('4x');
  await closed;
  for (const text of heard) {
    expect(text).toMatch(/^(0\{"sid":|40\{"sid":|44\{"message":|42\["(connected|error)",|41$|1$|2$|3)/);
    if (text.startsWith('42["connected"')) expect(text).toContain('"userId":"fuzzer"');
  }
};

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

/** Whatever was sent: in clear there is nothing but `connected` once and known errors; forgets what it has seen. */
const check = (client: ForeignSession): void => {
  const clear = client.clear.filter(({ event }) => event !== 'connected');
  expect(client.clear.length - clear.length).toBeLessThanOrEqual(1);
  const isKnown = ({ event, data: said }: ClearFrame): boolean =>
    event === 'error' && TEXTS.includes(String(said['message']));
  expect(clear.filter((said) => !isKnown(said))).toEqual([]);
  const isOwn = ({ event, data: said }: Push): boolean => {
    const { joined = [] } = said as { joined?: string[] };
    return ['join', 'leave', 'authenticate'].includes(event) && !joined.some((room) => FOREIGN.test(room));
  };
  expect(client.pushes.filter((push) => !isOwn(push))).toEqual([]);
};

const FOREIGN = /m-2|witness|^ws:/;
const SEALED_TEXT = /^(2\["encrypted",|3\d+\[)\{"iv":"[A-Za-z0-9+/]{16}","ct":"[A-Za-z0-9+/=]+"\}\]$/;
const CLEAR_TEXT = /^(0\{"sid":"[0-9a-f-]+"\}$|2\["(connected|error)",)/;

const dialects = {
  websocket: async (token: string, items: readonly Sending[]): Promise<Sender> => {
    const stranger = await ForeignClient.open(instance.stream);
    const sender = plainSender(stranger, token);
    for (const item of items) sender.send(item);
    await stranger.until(() => stranger.isClosed || stranger.socket.bufferedAmount === 0);
    await stranger.close();
    check(stranger);
    expect(stranger.pushes).toEqual([]);
    return plainSender(await ForeignClient.connect(instance.stream, token), token);
  },
  'socket.io': async (token: string, items: readonly Sending[]): Promise<Sender> => {
    const share = items.length / 10;
    for (let from = 0; from < items.length; from += share) {
      const [opening, ...rest] = await knock(items.slice(from, from + share));
      expect(opening).toMatch(/^0\{"sid":/);
      for (const text of rest)
        expect(text).toMatch(/^(44\{"message":|44\/[^{]*,\{"message":"Invalid namespace"\}$|2$|3)/);
    }
    return socketIoSender(await ForeignSocketIoClient.connect(instance.stream, token), token);
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

/** Sends all of a batch, and waits now and then until the server has answered. */
const sendAll = async ({ client, send, sendMutated }: Sender, items: readonly Sending[], seed: number) => {
  const next = numbersOf(seed);
  for (let at = 0; at < BATCH; at += 1) {
    const item = items[at];
    if (item === undefined) sendMutated(next);
    else send(item);
    if ((at + 1) % AT_ONCE !== 0) continue;
    expect(client.isClosed).toBe(false);
    // Only order numbers that are far ahead may keep our question from being heard: so it is asked in clear.
    await client.ask('leave', { rooms: [] }, false);
    check(client);
    for (const text of client instanceof ForeignSocketIoClient ? client.raw : [])
      if (!SEALED_TEXT.test(text) && !CLEAR_TEXT.test(text)) expect(text).toBe('sealed, or known in clear');
    client.raw.length = 0;
    client.pushes.length = 0;
    client.clear.splice(0, Infinity, ...client.clear.filter(({ event }) => event === 'connected'));
  }
};

const introduce = { websocket: introduceMutated, 'socket.io': connectMutated } as const;

describe('whatever clients send', () => {
  it.each(['websocket', 'socket.io'] as const)(
    `survives ${FRAMES} frames of %s without a word in clear or in a foreign room (seed ${SEED})`,
    async (dialect) => {
      const token = await world.token('fuzzer', { merchantIds: 'm-1' }, 86_400);
      let before: ReturnType<typeof memory> | undefined;
      for (let done = 0; done < FRAMES; done += BATCH) {
        const items = fc.sample(sending, { numRuns: INVENTED, seed: SEED + done });
        const next = numbersOf(SEED + done + 1);
        for (let count = 0; count < STRANGERS; count += 1) await introduce[dialect](token, next);
        const sender = await dialects[dialect](token, items);
        await sendAll(sender, items, SEED + done);
        await whisper(`secret ${done}`);
        check(sender.client);
        await sender.client.close();
        // The first batch fills caches and has code compiled.
        before ??= memory();
      }
      await eventually(() => instance.app.get(SessionRegistry).countOfAddress('127.0.0.1') === witnesses.length);
      await expect.poll(() => before && grownSince(before), { timeout: 20_000 }).toEqual([]);
    },
    // Seconds on a machine of its own; beside other work it is the machine that takes minutes.
    LONG ? 3_600_000 : 400_000,
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
