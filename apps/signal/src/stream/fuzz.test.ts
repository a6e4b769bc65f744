import { connect as connectTcp } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World, type Instance } from '../signal.fixture';

const LONG = process.env['TEST_LONG'] === '1';
const FRAMES = LONG ? 1_000_000 : 4000;
const BATCH = 500;
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_121);

let world: World;
let instance: Instance;
/** A member of another tenant, who must hear nothing but what is meant for him. */
let witness: ForeignClient;

beforeAll(async () => {
  world = await World.start();
  instance = await world.instance({
    APP_ENV_WEBSOCKET_FRAMES_PER_SECOND: '0',
    APP_ENV_WEBSOCKET_MAX_PER_IP: '0',
    APP_ENV_WEBSOCKET_MAX_PER_USER: '0',
    APP_ENV_RATE_LIMIT_PER_IP: '0',
  });
  witness = await ForeignClient.connect(instance.stream, await world.token('witness', { merchantIds: 'm-2' }));
  await witness.join('payment/merchants/m-2');
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

const send = (client: ForeignClient, item: Sending): void => {
  if (client.isClosed) return;
  if (item.kind === 'bytes') client.socket.send(item.bytes, { binary: true });
  else if (item.kind === 'text') client.socket.send(item.text);
  else if (item.kind === 'clear') client.send(item.frame);
  else if (item.kind === 'sealed') client.sendSealed(item.frame);
  else {
    const { iv, ct } = client.seal(item.frame);
    client.send({ event: 'encrypted', data: { iv, ct: `${ct.slice(0, -8)}AAAAAAA=` } });
  }
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
const check = (client: ForeignClient): void => {
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

describe('whatever clients send', () => {
  it(
    `survives ${FRAMES} frames without a word in clear or in a foreign room (seed ${SEED})`,
    async () => {
      const token = await world.token('fuzzer', { merchantIds: 'm-1' }, 86_400);
      for (let done = 0; done < FRAMES; done += BATCH) {
        const items = fc.sample(sending, { numRuns: BATCH, seed: SEED + done });
        const member = await ForeignClient.connect(instance.stream, token);
        const stranger = await ForeignClient.open(instance.stream);
        for (const item of items) {
          send(member, item);
          send(stranger, item);
        }
        // Only order numbers that are far ahead may keep our question from being heard: so it is asked in clear.
        await member.until(() => member.isClosed || member.socket.bufferedAmount === 0);
        expect(member.isClosed).toBe(false);
        await member.ask('leave', { rooms: [] }, false);
        check(member);
        check(stranger);
        expect(stranger.pushes).toEqual([]);
        await Promise.all([member.close(), stranger.close()]);
      }
      const body = { serverId: 'x', type: 'room', target: 'payment/merchants/m-2', event: 'secret', data: 1 };
      await world.bus.publish('ws:room:x', JSON.stringify(body));
      await witness.push('secret');
      expect(witness.pushes.map(({ event }) => event)).toEqual(['join', 'secret']);
    },
    LONG ? 3_600_000 : 60_000,
  );

  it('survives bytes that are no WebSocket frames', async () => {
    const { port } = new URL(instance.http);
    const samples = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 400 }), { numRuns: 100, seed: SEED });
    for (const bytes of samples) {
      await new Promise<void>((resolve) => {
        const socket = connectTcp(Number(port), '127.0.0.1');
        socket.on('error', () => undefined);
        socket.once('close', () => resolve());
        socket.write(
          'GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
        );
        socket.write(bytes);
        socket.end();
        socket.resume();
      });
    }
    const client = await ForeignClient.connect(instance.stream, await world.token('after'));
    await client.close();
  });
});
