import { createCipheriv, createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

/** A frame as it arrived, and whether it came sealed. */
export interface SeenFrame {
  readonly event: string;
  readonly data?: unknown;
  readonly seq?: number;
  readonly sealed: boolean;
}

/** One accepted socket of the small `/stream` server that the tests talk to. Written from the protocol alone. */
export class ServerSide {
  readonly seen: SeenFrame[] = [];
  private key: Buffer | undefined;

  constructor(
    readonly socket: WebSocket,
    private readonly server: StreamServer,
  ) {
    socket.on('message', (data: Buffer) => this.read(data.toString('utf8')));
  }

  clear(event: string, data: unknown): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  seal(topic: string, data: unknown): { iv: string; ct: string } {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key ?? Buffer.alloc(32), iv);
    const body = Buffer.concat([
      cipher.update(JSON.stringify({ event: topic, data })),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return { iv: iv.toString('base64'), ct: body.toString('base64') };
  }

  push(topic: string, data: unknown): void {
    this.clear('encrypted', this.seal(topic, data));
  }

  private read(text: string): void {
    const frame = JSON.parse(text) as { event: string; data: Record<string, string> };
    if (frame.event === 'encrypted') {
      this.seen.push({ ...(JSON.parse(this.open(frame.data)) as SeenFrame), sealed: true });
      return;
    }
    this.seen.push({ ...frame, sealed: false });
    if (frame.event === 'authenticate') this.authenticate(frame.data);
  }

  private authenticate(data: Record<string, string>): void {
    if (this.server.muted) return;
    if (data['token'] !== this.server.token) {
      this.clear('error', { message: 'Authentication failed' });
      this.socket.close(4003, 'Authentication failed');
      return;
    }
    const ecdh = createECDH('prime256v1');
    const serverPublicKey = ecdh.generateKeys('base64');
    const salt = randomBytes(32);
    const shared = ecdh.computeSecret(Buffer.from(data['clientPublicKey'] ?? '', 'base64'));
    this.key = Buffer.from(hkdfSync('sha256', shared, salt, this.server.info, 32));
    const time = '2026-11-20T04:07:52.284Z';
    this.clear('connected', {
      id: `c-${this.server.sides.length}`,
      userId: 'u-1',
      time,
      serverPublicKey,
      salt: salt.toString('base64'),
    });
    this.server.greet(this);
  }

  private open(data: Record<string, string>): string {
    const sealed = Buffer.from(data['ct'] ?? '', 'base64');
    const decipher = createDecipheriv(
      'aes-256-gcm',
      this.key ?? Buffer.alloc(32),
      Buffer.from(data['iv'] ?? '', 'base64'),
    );
    decipher.setAuthTag(sealed.subarray(-16));
    return decipher.update(sealed.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
  }
}

export class StreamServer {
  readonly sides: ServerSide[] = [];
  token = 'jwt-1';
  info = 'ignis-ecdh-p256-aes-256-gcm-v1';
  muted = false;
  /** Called right after `connected`, in the same turn. */
  greet: (side: ServerSide) => void = () => undefined;

  private constructor(private readonly sockets: WebSocketServer) {
    sockets.on('connection', (socket) => this.sides.push(new ServerSide(socket, this)));
  }

  static async start(): Promise<StreamServer> {
    const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/stream' });
    await new Promise((resolve) => sockets.once('listening', resolve));
    return new StreamServer(sockets);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.sockets.address() as AddressInfo).port}/stream`;
  }

  get last(): ServerSide {
    const side = this.sides.at(-1);
    if (side === undefined) throw new Error('Nobody has connected yet.');
    return side;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.sides) socket.terminate();
    await new Promise((resolve) => this.sockets.close(resolve));
  }
}
