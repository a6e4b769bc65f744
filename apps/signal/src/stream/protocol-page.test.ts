import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeSettings } from '@nx/config';
import { Metrics } from '@nx/observability';
import { eventually, repositoryRoot } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SignalConfig } from '../signal.config';
import { World, type Instance } from '../signal.fixture';
import { CLOSINGS } from './frames';
import { SessionRegistry } from './session-registry';

interface Keys {
  readonly publicKey: unknown;
  readonly privateKey: unknown;
}

type OnPush = (topic: string, data: unknown) => void;
type Credentials = { token: string; lastSequence?: number };

/** What the code of the page exports. */
interface Page {
  publicKeyOf(keys: Keys): Promise<string>;
  agree(keys: Keys, connected: { serverPublicKey: string; salt: string }): Promise<CryptoKey>;
  open(key: CryptoKey, frame: { iv: string; ct: string }): Promise<{ event: string; data: unknown }>;
  connectPlain(
    url: string,
    credentials: Credentials,
    onPush: OnPush,
  ): Promise<{ send(event: string, data: object): Promise<void>; close(): void }>;
  connectSocketIo(
    url: string,
    credentials: Credentials,
    onPush: OnPush,
  ): Promise<{ ask(event: string, data: object): Promise<unknown>; close(): void }>;
}

const root = repositoryRoot();
const page = readFileSync(join(root, 'docs', 'stream-protocol.md'), 'utf8');
const { ecdh } = JSON.parse(readFileSync(join(root, 'test', 'vectors', 'crypto.json'), 'utf8')) as {
  ecdh: Record<string, string> & { payload: { iv: string; ct: string } };
};
const { subtle } = globalThis.crypto;

let code: Page;
let world: World;
let instance: Instance;

beforeAll(async () => {
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block);
  const folder = join(root, '.local', 'test');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'stream-protocol-page.ts');
  writeFileSync(file, blocks.join('\n'));
  Object.assign(globalThis, { WebSocket });
  code = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Page;
  world = await World.start();
  // It demands that everything is sealed and numbered, so that it speaks with no sample that does not.
  instance = await world.instance({ APP_ENV_WEBSOCKET_STRICT: 'true' });
}, 120_000);

afterAll(() => world.stop());

describe('the page for authors of clients', () => {
  it('shows the published vector, and its code comes to the same key', async () => {
    const salt = Buffer.from(ecdh['saltHex'] ?? '', 'hex').toString('base64');
    const { clientPrivateHex, clientPublic, serverPublic, shared, key, plaintext, payload } = ecdh;
    for (const value of [
      clientPrivateHex,
      clientPublic,
      serverPublic,
      shared,
      key,
      plaintext,
      salt,
      ...Object.values(payload),
    ])
      expect(page).toContain(`\`${value}\``);
    const keys = await pairOf(clientPrivateHex ?? '', clientPublic ?? '');
    expect(await code.publicKeyOf(keys)).toBe(clientPublic);
    const agreed = await code.agree(keys, { serverPublicKey: serverPublic ?? '', salt });
    expect(Buffer.from(await subtle.exportKey('raw', agreed)).toString('hex')).toBe(key);
    expect(await code.open(agreed, payload)).toEqual(JSON.parse(plaintext ?? ''));
  });

  it('speaks the plain dialect: connects, resumes, joins, hears', async () => {
    const heard: [string, unknown][] = [];
    const token = await world.token('u-1', { merchantIds: 'm-1' });
    const stream = await code.connectPlain(instance.stream, { token, lastSequence: 0 }, (...push) => heard.push(push));
    await stream.send('join', { rooms: ['payment/merchants/m-1'] });
    await pushed('payment/merchants/m-1', 'hello');
    await eventually(() => heard.length === 2);
    expect(heard[0]?.[0]).toBe('observation/signal/notification/state');
    expect(heard[1]).toEqual(['hello', { n: 1 }]);
    stream.close();
  });

  it('speaks Socket.IO: the same, and joins are acknowledged', async () => {
    const heard: [string, unknown][] = [];
    const token = await world.token('u-2', { merchantIds: 'm-2' });
    const socket = await code.connectSocketIo(instance.http, { token, lastSequence: 0 }, (...push) => heard.push(push));
    // Asked at once, they are numbered and leave in order.
    const answers = await Promise.all([
      socket.ask('join', { rooms: ['payment/merchants/m-2', 'payment/merchants/m-9'] }),
      socket.ask('leave', { rooms: ['payment/merchants/m-2'] }),
      socket.ask('join', { rooms: ['payment/merchants/m-2'] }),
    ]);
    expect(answers).toEqual([
      {
        joined: ['payment/merchants/m-2'],
        refused: [{ room: 'payment/merchants/m-9', reason: 'forbidden' }],
      },
      { left: ['payment/merchants/m-2'], joined: [], refused: [] },
      { joined: ['payment/merchants/m-2'], refused: [] },
    ]);
    await pushed('payment/merchants/m-2', 'hello');
    await eventually(() => heard.length === 2);
    expect(heard.map(([topic]) => topic)).toEqual(['observation/signal/notification/state', 'hello']);
    socket.close();
  });

  it('draws both dialects, with the messages of their own', () => {
    const [plain = '', socketIo = '', ...others] = [...page.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(
      ([, it]) => it ?? '',
    );
    expect(others).toEqual([]);
    for (const each of ['authenticate {', 'connected {', 'heartbeat', 'encrypted {']) expect(plain).toContain(each);
    for (const each of ['auth {', 'connect_error {', 'connected {', 'acknowledgement {', 'encrypted {', 'seq'])
      expect(socketIo).toContain(each);
  });

  it('tells who is refused why, and names every close code', async () => {
    await expect(code.connectPlain(instance.stream, { token: 'none' }, () => undefined)).rejects.toThrow(
      'Authentication failed',
    );
    await expect(code.connectSocketIo(instance.http, { token: 'none' }, () => undefined)).rejects.toThrow();
    const codes = new Set(Object.values(CLOSINGS).map((closing) => closing.code));
    for (const each of codes) if (each !== CLOSINGS.violation.code) expect(page).toContain(`| ${each} |`);
  });
});

describe('the page of limits', () => {
  it('shows the defaults of the settings, and metrics that exist', async () => {
    const limits = readFileSync(join(root, 'docs', 'stream-limits.md'), 'utf8');
    const rows = [...limits.matchAll(/^\| `(APP_ENV_\w+)` +\| `(\d+)` /gm)].map(([, env, value]) => [env, value]);
    expect(rows.length).toBe(11);
    const defaults = new Map(describeSettings(SignalConfig).map((setting) => [setting.env[0], setting.default]));
    expect(rows).toEqual(rows.map(([env]) => [env, defaults.get(env ?? '')]));
    const metrics = await instance.app.get(Metrics).render();
    const named = [...limits.matchAll(/`((?:signal|kafka)_\w+)`/g)].map(([, name]) => name ?? '');
    expect(named.length).toBe(5);
    for (const name of named) expect(metrics).toContain(`# TYPE ${name} `);
  });
});

/** Says it when somebody is in the room. */
async function pushed(room: string, topic: string): Promise<void> {
  await eventually(() => instance.app.get(SessionRegistry).inRoom(room).length === 1);
  await world.bus.publish('ws:broadcast', JSON.stringify({ topic, data: { n: 1 }, destination: room }));
}

async function pairOf(privateHex: string, publicBase64: string): Promise<Keys> {
  const point = Buffer.from(publicBase64, 'base64');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const d = Buffer.from(privateHex, 'hex').toString('base64url');
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  return {
    publicKey: await subtle.importKey('raw', point, curve, true, []),
    privateKey: await subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', d, x: x ?? '', y: y ?? '' }, curve, true, [
      'deriveBits',
    ]),
  };
}
