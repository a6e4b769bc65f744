import { io, type Socket } from 'socket.io-client';
import { ForeignSession, type Push, type Sealed } from './foreign-session.fixture';

/** How a connection could not be made, or ended. */
export interface Refusal {
  readonly message: string;
  readonly data?: { readonly code: number; readonly reason: string };
}

export interface SocketIoOptions {
  readonly transports?: ('polling' | 'websocket')[];
  readonly auth?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** A client of the Socket.IO dialect: the plain `socket.io-client` and `node:crypto`, nothing of ours. */
export class ForeignSocketIoClient extends ForeignSession {
  readonly socket: Socket;
  readonly refused: Promise<Refusal>;
  /** The library's reason. */
  readonly closed: Promise<string>;
  /** Answers as they came, before they were opened. */
  readonly answers: unknown[] = [];

  private constructor(url: string, token: string | undefined, options: SocketIoOptions) {
    super();
    const socket = io(url.replace(/^ws/, 'http').replace(/\/stream$/, ''), {
      path: '/stream',
      auth: { type: 'Bearer', token, clientPublicKey: this.publicKey, ...options.auth },
      transports: options.transports ?? ['websocket'],
      ...(options.headers === undefined ? {} : { extraHeaders: options.headers }),
      forceNew: true,
      reconnection: false,
      autoConnect: false,
    });
    this.socket = socket;
    socket.io.on('open', () => {
      socket.io.engine.on('upgrade', () => this.wake());
      socket.io.engine.on('message', (text: unknown) => this.raw.push(String(text)));
    });
    socket.onAny((event: string, data: Record<string, unknown>) => this.hear({ event, data }));
    this.refused = new Promise((resolve) => {
      socket.once('connect_error', (error) => {
        this.end();
        resolve(error);
      });
    });
    this.closed = new Promise((resolve) => {
      socket.once('disconnect', (reason) => {
        this.end();
        resolve(reason);
      });
    });
    socket.connect();
  }

  static open(url: string, token: string | undefined, options: SocketIoOptions = {}): ForeignSocketIoClient {
    return new ForeignSocketIoClient(url, token, options);
  }

  /** Connects and waits for the end of the key agreement. */
  static async connect(url: string, token: string, options: SocketIoOptions = {}): Promise<ForeignSocketIoClient> {
    const client = ForeignSocketIoClient.open(url, token, options);
    await Promise.race([
      client.until(() => client.clear.some(({ event }) => event === 'connected')),
      client.refused.then(({ message }) => Promise.reject(new Error(message))),
    ]);
    return client;
  }

  sendSealed(frame: object): void {
    this.socket.emit('encrypted', this.seal(frame));
  }

  async ask(event: string, data: unknown, sealed = true): Promise<unknown> {
    const answer: unknown = sealed
      ? await this.socket.timeout(10_000).emitWithAck('encrypted', this.seal({ event, data }))
      : await this.socket.timeout(10_000).emitWithAck(event, data);
    this.answers.push(answer);
    const push = JSON.parse(this.open(answer as Sealed)) as Push;
    if (push.event !== event) throw new Error(`an answer to ${event} says ${push.event}`);
    return push.data;
  }

  async close(): Promise<void> {
    this.socket.disconnect();
    await this.closed;
  }
}
