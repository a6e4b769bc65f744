import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto';
import { WebSocket } from 'ws';

const INFO = 'ignis-ecdh-p256-aes-256-gcm-v1';

/** `plain` and `socket.io` agree on a key as the protocol says; `bare` and `engine.io` are those of the floors. */
export type Dialect = 'plain' | 'socket.io' | 'engine.io' | 'bare';

export interface Push {
  readonly event: string;
  readonly data: unknown;
}

export interface CrowdOptions {
  readonly tokenOf?: (index: number) => Promise<string>;
  readonly onPush?: ((push: Push, index: number) => void) | undefined;
  /** Further members of `authenticate`. */
  readonly resume?: object | undefined;
}

interface Connection {
  readonly hello: object | undefined;
  resolve(): void;
  reject(error: Error): void;
}

/** Sockets of one server, in this process. Frames are counted and, where it is asked for, opened. */
export class Crowd {
  readonly sockets: WebSocket[] = [];
  frames = 0;
  private waiting: { readonly count: number; resolve(): void } | undefined;

  constructor(
    private readonly url: string,
    private readonly dialect: Dialect,
    private readonly options: CrowdOptions = {},
  ) {}

  /** Connects `count` more, some at a time. */
  async connect(count: number, atOnce = 100): Promise<void> {
    for (let done = 0; done < count; done += atOnce) {
      const batch = Array.from({ length: Math.min(atOnce, count - done) }, () => this.one());
      await Promise.all(batch);
    }
  }

  /** Resolves when `count` frames have come since `frames` was set to 0. */
  async until(count: number): Promise<void> {
    if (this.frames >= count) return;
    await new Promise<void>((resolve) => (this.waiting = { count, resolve }));
  }

  /** The sign of life of an idle client; a socket of Engine.IO has said something when it is connected. */
  beat(): void {
    if (this.dialect.endsWith('.io')) return;
    for (const socket of this.sockets) socket.send('{"event":"heartbeat"}');
  }

  async close(): Promise<void> {
    await Promise.all(
      this.sockets.splice(0).map((socket) => new Promise((resolve) => socket.once('close', resolve).terminate())),
    );
  }

  private async one(): Promise<void> {
    const index = this.sockets.length;
    const path = this.dialect.endsWith('.io') ? '/stream/?EIO=4&transport=websocket' : '/stream';
    const socket = new WebSocket(`${this.url}${path}`, { perMessageDeflate: false });
    this.sockets.push(socket);
    if (this.dialect === 'plain') return this.agree(socket, index);
    const hello = this.dialect === 'socket.io' ? await this.authentication(index) : undefined;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      if (this.dialect === 'bare') socket.once('open', resolve);
      else socket.on('message', (data: Buffer) => this.engine(socket, data, { hello, resolve, reject }));
    });
    if (this.dialect !== 'bare') return;
    const { onPush } = this.options;
    socket.on('message', (text: Buffer) => {
      onPush?.(JSON.parse(text.toString()) as Push, index);
      this.count();
    });
  }

  /** Engine.IO packets by hand: opened, connected, ping, and what is pushed. A socket that agrees on a key says `hello`. */
  private engine(socket: WebSocket, data: Buffer, connection: Connection): void {
    const kind = data.toString('latin1', 0, 2);
    const { hello, resolve, reject } = connection;
    if (kind.startsWith('0')) socket.send(hello === undefined ? '40' : `40${JSON.stringify(hello)}`);
    else if (kind === '2') socket.send('3');
    else if (kind === '44') reject(new Error(`refused: ${data.toString()}`));
    else if (kind === '40' && hello === undefined) resolve();
    else if (kind === '42' && data.toString('latin1', 2, 14) === '["connected"') resolve();
    else if (kind === '42') this.count();
  }

  private async agree(socket: WebSocket, index: number): Promise<void> {
    const ecdh = createECDH('prime256v1');
    const { onPush } = this.options;
    const authenticate = { event: 'authenticate', data: await this.authentication(index, ecdh) };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(authenticate));
    else socket.once('open', () => socket.send(JSON.stringify(authenticate)));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('message', (text: Buffer) => {
        const { event, data } = JSON.parse(text.toString()) as { event: string; data: Record<string, string> };
        if (event !== 'connected') reject(new Error(`refused: ${text.toString()}`));
        const shared = ecdh.computeSecret(data['serverPublicKey'] ?? '', 'base64');
        const key = Buffer.from(hkdfSync('sha256', shared, Buffer.from(data['salt'] ?? '', 'base64'), INFO, 32));
        socket.on('message', (frame: Buffer) => {
          onPush?.(open(key, frame), index);
          this.count();
        });
        resolve();
      });
    });
  }

  private async authentication(index: number, ecdh = createECDH('prime256v1')): Promise<object> {
    const { tokenOf, resume } = this.options;
    return { type: 'Bearer', token: await tokenOf?.(index), clientPublicKey: ecdh.generateKeys('base64'), ...resume };
  }

  private count(): void {
    this.frames += 1;
    if (this.waiting === undefined || this.frames < this.waiting.count) return;
    const { resolve } = this.waiting;
    this.waiting = undefined;
    resolve();
  }
}

function open(key: Buffer, frame: Buffer): Push {
  const { data } = JSON.parse(frame.toString()) as { data: { iv: string; ct: string } };
  const bytes = Buffer.from(data.ct, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(data.iv, 'base64'));
  decipher.setAuthTag(bytes.subarray(-16));
  const text = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString();
  return JSON.parse(text) as Push;
}
