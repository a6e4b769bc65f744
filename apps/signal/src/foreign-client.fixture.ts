import { createCipheriv, createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';

/** A client of `/stream` written from the protocol alone: `ws` and `node:crypto`, nothing of ours. */

const INFO = 'ignis-ecdh-p256-aes-256-gcm-v1';
const PATIENCE_MS = 10_000;

export interface ClearFrame {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export interface Push {
  readonly event: string;
  readonly data: unknown;
}

interface Waiter {
  readonly check: () => boolean;
  readonly resolve: () => void;
}

export class ForeignClient {
  /** Texts as they came. */
  readonly raw: string[] = [];
  /** What came in clear. */
  readonly clear: ClearFrame[] = [];
  /** What came sealed, opened. */
  readonly pushes: Push[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  isClosed = false;
  private readonly ecdh = createECDH('prime256v1');
  private key: Buffer | undefined;
  private waiters: Waiter[] = [];

  private constructor(readonly socket: WebSocket) {
    this.ecdh.generateKeys();
    socket.on('message', (data: Buffer) => this.receive(data.toString('utf8')));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code: number, reason: Buffer) => {
        this.isClosed = true;
        this.wake();
        resolve({ code, reason: reason.toString('utf8') });
      });
    });
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<ForeignClient> {
    const client = new ForeignClient(new WebSocket(url, { headers, perMessageDeflate: false }));
    await new Promise<void>((resolve, reject) => {
      client.socket.once('open', resolve);
      client.socket.once('error', reject);
    });
    return client;
  }

  /** Opens, authenticates and waits for the end of the key agreement. */
  static async connect(url: string, token: string): Promise<ForeignClient> {
    const client = await ForeignClient.open(url);
    client.authenticate(token);
    await client.until(() => client.clear.some(({ event }) => event === 'connected'));
    return client;
  }

  get publicKey(): string {
    return this.ecdh.getPublicKey('base64');
  }

  get connected(): Record<string, unknown> {
    return this.clear.find(({ event }) => event === 'connected')?.data ?? {};
  }

  get id(): string {
    return String(this.connected['id']);
  }

  get errors(): unknown[] {
    return this.clear.filter(({ event }) => event === 'error').map(({ data }) => data['message']);
  }

  authenticate(token: string, data: Record<string, unknown> = {}): void {
    this.send({ event: 'authenticate', data: { type: 'Bearer', token, clientPublicKey: this.publicKey, ...data } });
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  seal(frame: object): { iv: string; ct: string } {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key ?? Buffer.alloc(32), iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(frame)), cipher.final(), cipher.getAuthTag()]);
    return { iv: iv.toString('base64'), ct: sealed.toString('base64') };
  }

  sendSealed(frame: object): void {
    this.send({ event: 'encrypted', data: this.seal(frame) });
  }

  /** Joins and waits for the server's acknowledgement. */
  async join(...rooms: unknown[]): Promise<{ joined: string[]; refused: { room: string; reason: string }[] }> {
    return (await this.ask('join', { rooms })) as never;
  }

  async ask(event: string, data: unknown, sealed = true): Promise<unknown> {
    const id = randomBytes(6).toString('hex');
    if (sealed) this.sendSealed({ event, data, id });
    else this.send({ event, data, id });
    const isAnswer = (push: Push): boolean => push.event === event && (push.data as { id?: string } | null)?.id === id;
    await this.until(() => this.pushes.some(isAnswer));
    return this.pushes.find(isAnswer)?.data;
  }

  topics(): string[] {
    return this.pushes.map(({ event }) => event);
  }

  async push(topic: string): Promise<unknown> {
    await this.until(() => this.topics().includes(topic));
    return this.pushes.find(({ event }) => event === topic)?.data;
  }

  /** Resolves as soon as `check` holds; rejects after a while, telling what was seen. */
  async until(check: () => boolean): Promise<void> {
    if (check()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not seen; so far ${this.summary()}`)), PATIENCE_MS);
      this.waiters.push({
        check,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  private summary(): string {
    return JSON.stringify({ clear: this.clear.slice(-5), pushes: this.pushes.slice(-5), closed: this.isClosed });
  }

  private receive(text: string): void {
    this.raw.push(text);
    const frame = JSON.parse(text) as ClearFrame;
    if (frame.event === 'encrypted') this.pushes.push(JSON.parse(this.open(frame.data as never)) as Push);
    else this.clear.push(frame);
    if (frame.event === 'connected') {
      const shared = this.ecdh.computeSecret(Buffer.from(String(frame.data['serverPublicKey']), 'base64'));
      const salt = Buffer.from(String(frame.data['salt']), 'base64');
      this.key = Buffer.from(hkdfSync('sha256', shared, salt, INFO, 32));
    }
    this.wake();
  }

  private open({ iv, ct }: { iv: string; ct: string }): string {
    const sealed = Buffer.from(ct, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.key ?? Buffer.alloc(32), Buffer.from(iv, 'base64'));
    decipher.setAuthTag(sealed.subarray(-16));
    return decipher.update(sealed.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
  }

  private wake(): void {
    const due = this.waiters.filter(({ check }) => check());
    this.waiters = this.waiters.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  }
}
