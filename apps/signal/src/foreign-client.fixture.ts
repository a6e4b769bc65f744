import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { ForeignSession, type ClearFrame, type Push } from './foreign-session.fixture';

/** A client of `/stream` written from the protocol alone: `ws` and `node:crypto`, nothing of ours. */
export class ForeignClient extends ForeignSession {
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    super();
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.raw.push(text);
      this.hear(JSON.parse(text) as ClearFrame);
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code: number, reason: Buffer) => {
        this.end();
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

  authenticate(token: string, data: Record<string, unknown> = {}): void {
    this.send({ event: 'authenticate', data: { type: 'Bearer', token, clientPublicKey: this.publicKey, ...data } });
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  sendSealed(frame: object): void {
    this.send({ event: 'encrypted', data: this.seal(frame) });
  }

  async ask(event: string, data: unknown, sealed = true): Promise<unknown> {
    const id = randomBytes(6).toString('hex');
    if (sealed) this.sendSealed({ event, data, id });
    else this.send({ event, data, id });
    const isAnswer = (push: Push): boolean => push.event === event && (push.data as { id?: string } | null)?.id === id;
    await this.until(() => this.pushes.some(isAnswer));
    return this.pushes.find(isAnswer)?.data;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
