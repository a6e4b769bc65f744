import type { InboxPosition } from './inbox-position';
import { ClientHandshake } from './session-cipher';
import type { SealedFrame, SessionCipher } from './session-cipher';
import type { CloseInfo, Connection, Frame, Transport } from './transport';

/** Data of the `connected` event, as the server sends it. */
export interface ConnectedInfo {
  readonly id: string;
  readonly userId: string;
  /** ISO 8601 with milliseconds and Z. */
  readonly time: string;
}

/** What `authenticate` carries besides the public key. */
export interface Credentials extends Partial<InboxPosition> {
  readonly token: string;
}

export interface SessionOptions {
  readonly url: string;
  readonly transport: Transport;
  readonly info: string;
  readonly encryptOutbound: boolean;
  readonly credentials: () => Promise<Credentials>;
}

export interface SessionEvents {
  connected(info: ConnectedInfo): void;
  message(topic: string, data: unknown): void;
  failed(error: Error): void;
  closed(info: CloseInfo): void;
}

const NORMAL_CLOSURE = 1000;

/**
 * One connection from its handshake to its end. All frames of a direction go through one chain of promises, so that
 * Web Crypto's asynchrony never changes their order.
 */
export class Session {
  private readonly connection: Connection;
  private inbound: Promise<void> = Promise.resolve();
  private outbound: Promise<void> = Promise.resolve();
  private handshake: ClientHandshake | undefined;
  private cipher: SessionCipher | undefined;
  private sequence = 0;
  private ended = false;

  constructor(
    private readonly options: SessionOptions,
    private readonly events: SessionEvents,
  ) {
    this.connection = options.transport.connect(options.url, {
      opened: () => void this.authenticate(),
      frame: (frame) => this.receive(frame),
      failed: (error) => this.events.failed(error),
      closed: (info) => {
        // Frames that came before the close are still delivered, and before it.
        this.inbound = this.inbound.then(() => this.end(info));
      },
    });
  }

  /** Sends one application frame; before `connected` it is dropped, because the server would refuse it. */
  send(frame: Frame): void {
    const { cipher } = this;
    if (cipher === undefined || this.ended) return;
    if (!this.options.encryptOutbound) {
      this.connection.send(frame);
      return;
    }
    this.sequence += 1;
    const plaintext = JSON.stringify({ ...frame, seq: this.sequence });
    this.outbound = this.outbound
      .then(async () => this.connection.send({ event: 'encrypted', data: await cipher.seal(plaintext) }))
      .catch((error: unknown) => this.fail(error));
  }

  close(reason: string): void {
    this.connection.close(NORMAL_CLOSURE, reason);
  }

  private async authenticate(): Promise<void> {
    try {
      const [handshake, credentials] = await Promise.all([ClientHandshake.start(), this.options.credentials()]);
      this.handshake = handshake;
      const data = { type: 'Bearer', ...credentials, clientPublicKey: handshake.publicKey };
      this.connection.send({ event: 'authenticate', data });
    } catch (error) {
      this.fail(error);
      this.close('Authentication could not start');
    }
  }

  private receive(frame: Frame): void {
    this.inbound = this.inbound
      .then(() => this.handle(frame))
      .catch((error: unknown) => {
        // A frame that does not decrypt means a broken or hostile channel: start over with fresh keys.
        this.fail(error);
        this.close('Protocol error');
      });
  }

  private async handle(frame: Frame): Promise<void> {
    if (this.ended) return;
    if (frame.event === 'encrypted') return this.deliver(frame.data);
    if (frame.event === 'connected' && this.cipher === undefined) return this.agree(frame.data);
    if (frame.event === 'error') return this.fail(new Error(errorMessage(frame.data)));
    this.fail(new Error(`The server sent "${frame.event}" in clear; it was ignored.`));
  }

  private async agree(data: unknown): Promise<void> {
    const { handshake } = this;
    if (handshake === undefined || !isConnected(data)) throw new Error('The server sent a bad "connected" frame.');
    this.cipher = await handshake.complete(data.serverPublicKey, data.salt, this.options.info);
    if (!this.ended) this.events.connected({ id: data.id, userId: data.userId, time: data.time });
  }

  private async deliver(data: unknown): Promise<void> {
    if (this.cipher === undefined || !isSealed(data)) throw new Error('The server sent a bad "encrypted" frame.');
    const message: unknown = JSON.parse(await this.cipher.open(data));
    if (!hasStrings(message, 'event')) throw new Error('The server sealed something that is no message.');
    this.events.message(message.event, 'data' in message ? message.data : undefined);
  }

  private fail(error: unknown): void {
    if (!this.ended) this.events.failed(error instanceof Error ? error : new Error(String(error)));
  }

  private end(info: CloseInfo): void {
    this.ended = true;
    this.events.closed(info);
  }
}

interface ConnectedData extends ConnectedInfo {
  readonly serverPublicKey: string;
  readonly salt: string;
}

function isConnected(data: unknown): data is ConnectedData {
  return hasStrings(data, 'id', 'userId', 'time', 'serverPublicKey', 'salt');
}

function isSealed(data: unknown): data is SealedFrame {
  return hasStrings(data, 'iv', 'ct');
}

function hasStrings<K extends string>(value: unknown, ...names: K[]): value is Record<K, string> {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return names.every((name) => typeof members.get(name) === 'string');
}

function errorMessage(data: unknown): string {
  if (typeof data === 'string') return data;
  return hasStrings(data, 'message') ? data.message : 'The server reported an error.';
}
