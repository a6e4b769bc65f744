import { backoffMs } from './backoff';
import type { BackoffOptions } from './backoff';
import { InboxTracker } from './inbox-position';
import type { InboxPosition, InboxResync, InboxState } from './inbox-position';
import { Listeners } from './listeners';
import type { Unsubscribe } from './listeners';
import { Session } from './session';
import type { ConnectedInfo, Credentials } from './session';
import { DEFAULT_INFO } from './session-cipher';
import { SocketIoTransport } from './socket-io-transport';
import type { CloseInfo, Transport } from './transport';
import { WebSocketTransport } from './websocket-transport';
import type { WebSocketConstructor } from './websocket-transport';

/** Close codes of the server's refusals. */
export const CLOSE_CODES = {
  authenticationTimeout: 4001,
  heartbeatTimeout: 4002,
  authenticationFailed: 4003,
  encryptionRequired: 4004,
} as const;

export interface SignalClientOptions {
  /** `wss://host/stream` */
  readonly url: string;
  /** A JWT, or a function that gives a fresh one; it is asked at every connection. */
  readonly token: string | (() => string | Promise<string>);
  /** How frames travel: plain WebSocket frames (default), or Socket.IO, which also gets through where only HTTP does. */
  readonly dialect?: 'websocket' | 'socket.io';
  /** The browser's `WebSocket` or the one of the package `ws`; the plain dialect cannot do without. */
  readonly webSocket?: WebSocketConstructor;
  /** Rooms to join after every connection. */
  readonly rooms?: readonly string[];
  /**
   * Where the application's copy of the inbox ends. When given, every connection (the first and each reconnect) begins
   * with `onInboxState` and then what was missed, in order, or `onResync`.
   */
  readonly resume?: InboxPosition;
  /** HKDF info, when the site configured another than the platform's. */
  readonly info?: string;
  /** Seal our own frames too (default). Servers of the first generation understand clear ones only. */
  readonly encryptOutbound?: boolean;
  readonly heartbeatMs?: number;
  /** How long a connection may take to become `connected`. */
  readonly connectTimeoutMs?: number;
  readonly backoff?: BackoffOptions;
  /** A number in [0, 1) for the jitter of reconnects. */
  readonly random?: () => number;
}

/** `idle` before connect(), `waiting` between two tries, `closed` for good. */
export type SignalClientState = 'idle' | 'connecting' | 'connected' | 'waiting' | 'closed';

/** What `onClose` tells: how the connection ended and whether the client will try again by itself. */
export interface ClosedInfo extends CloseInfo {
  readonly willReconnect: boolean;
}

type Timer = ReturnType<typeof setTimeout>;

const transportOf = ({ dialect, webSocket }: SignalClientOptions): Transport => {
  if (dialect === 'socket.io') return new SocketIoTransport();
  if (webSocket !== undefined) return new WebSocketTransport(webSocket);
  throw new Error('The plain dialect needs `webSocket`: the browser\'s WebSocket, or the one of the package "ws".');
};

/** A client of `/stream`: keeps one encrypted connection alive, joins its rooms, hands over pushes in order. */
export class SignalClient {
  private readonly connectedListeners = new Listeners<[ConnectedInfo]>();
  private readonly messageListeners = new Listeners<[string, unknown]>();
  private readonly errorListeners = new Listeners<[Error]>();
  private readonly closeListeners = new Listeners<[ClosedInfo]>();
  private readonly stateListeners = new Listeners<[InboxState]>();
  private readonly resyncListeners = new Listeners<[InboxResync]>();
  private readonly inbox: InboxTracker | undefined;
  private readonly transport: Transport;
  private readonly rooms: Set<string>;
  private session: Session | undefined;
  private currentState: SignalClientState = 'idle';
  private failures = 0;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private pending: Timer | undefined;

  /** @throws when the plain dialect is given no `webSocket` */
  constructor(private readonly options: SignalClientOptions) {
    this.transport = transportOf(options);
    this.rooms = new Set(options.rooms);
    this.inbox = options.resume === undefined ? undefined : new InboxTracker(options.resume);
  }

  /** How far the inbox has been told, to be kept for the next start; `undefined` without `resume`. */
  get inboxPosition(): InboxPosition | undefined {
    return this.inbox?.position;
  }

  get state(): SignalClientState {
    return this.currentState;
  }

  /** The key agreement is done; comes again after every reconnect. */
  onConnected(listener: (info: ConnectedInfo) => void): Unsubscribe {
    return this.connectedListeners.add(listener);
  }

  /** A push: topic and data, in the order in which the server sent them. */
  onMessage(listener: (topic: string, data: unknown) => void): Unsubscribe {
    return this.messageListeners.add(listener);
  }

  /** With `resume`: where the inbox stands; comes first after every connection, and whenever pushes were lost. */
  onInboxState(listener: (state: InboxState) => void): Unsubscribe {
    return this.stateListeners.add(listener);
  }

  /** With `resume`: what was missed cannot be told one by one. The application reads its inbox anew over REST. */
  onResync(listener: (resync: InboxResync) => void): Unsubscribe {
    return this.resyncListeners.add(listener);
  }

  /** The server's `error` frames, failed connections, frames that do not decrypt, listeners that throw. */
  onError(listener: (error: Error) => void): Unsubscribe {
    return this.errorListeners.add(listener);
  }

  /** A connection ended, or could not be made. */
  onClose(listener: (info: ClosedInfo) => void): Unsubscribe {
    return this.closeListeners.add(listener);
  }

  /** Starts; a second call does nothing while the client runs. */
  connect(): void {
    if (this.currentState === 'idle' || this.currentState === 'closed') {
      this.failures = 0;
      this.open();
    }
  }

  /** Ends the connection and all tries. `connect()` starts anew. */
  close(): void {
    if (this.currentState === 'idle' || this.currentState === 'closed') return;
    const { session } = this;
    this.currentState = 'closed';
    this.stopTimers();
    session?.close('Client closed');
  }

  /** Joins rooms now and after every reconnect. The server stays silent about refusals. */
  join(rooms: readonly string[]): void {
    for (const room of rooms) this.rooms.add(room);
    this.session?.send({ event: 'join', data: { rooms } });
  }

  /** Leaves rooms and forgets them. */
  leave(rooms: readonly string[]): void {
    for (const room of rooms) this.rooms.delete(room);
    this.session?.send({ event: 'leave', data: { rooms } });
  }

  /** Renews the session on the open connection with a fresh token, before the old one expires. */
  async renew(): Promise<void> {
    const { token } = await this.credentials();
    this.session?.send({ event: 'authenticate', data: { type: 'Bearer', token, renew: true } });
  }

  private open(): void {
    this.stopTimers();
    this.currentState = 'connecting';
    const { url, info = DEFAULT_INFO, encryptOutbound = true, connectTimeoutMs = 20_000 } = this.options;
    const session: Session = new Session(
      { url, info, encryptOutbound, transport: this.transport, credentials: () => this.credentials() },
      {
        connected: (connected) => this.ifCurrent(session, () => this.opened(connected)),
        message: (topic, data) => this.ifCurrent(session, () => this.heard(topic, data)),
        failed: (error) => this.ifCurrent(session, () => this.errorListeners.emit(error)),
        closed: (closed) => this.ended(session, closed),
      },
    );
    this.session = session;
    this.pending = setTimeout(() => session.close('Connect timeout'), connectTimeoutMs);
  }

  private opened(connected: ConnectedInfo): void {
    this.stopTimers();
    this.currentState = 'connected';
    this.failures = 0;
    this.heartbeat = setInterval(() => this.session?.send({ event: 'heartbeat' }), this.options.heartbeatMs ?? 30_000);
    if (this.rooms.size > 0) this.session?.send({ event: 'join', data: { rooms: [...this.rooms] } });
    this.report(this.connectedListeners.emit(connected));
  }

  private heard(topic: string, data: unknown): void {
    const news = this.inbox?.follow(topic, data);
    if (news?.kind === 'state') this.report(this.stateListeners.emit(news.state));
    if (news?.kind === 'resync') this.report(this.resyncListeners.emit(news.resync));
    this.report(this.messageListeners.emit(topic, data));
  }

  private ended(session: Session, closed: CloseInfo): void {
    if (session !== this.session) return;
    this.session = undefined;
    this.stopTimers();
    const willReconnect = this.currentState !== 'closed' && !this.isFinal(closed.code);
    if (willReconnect) {
      this.currentState = 'waiting';
      this.failures += 1;
      const pauseMs = backoffMs(
        this.failures,
        this.options.backoff ?? { initialMs: 500, maxMs: 30_000 },
        this.random(),
      );
      this.pending = setTimeout(() => this.open(), pauseMs);
    } else {
      this.currentState = 'closed';
    }
    this.report(this.closeListeners.emit({ ...closed, willReconnect }));
  }

  /** A refused fixed token stays refused, and so does a client without encryption: trying again would only add load. */
  private isFinal(code: number): boolean {
    if (code === CLOSE_CODES.encryptionRequired) return true;
    return code === CLOSE_CODES.authenticationFailed && typeof this.options.token === 'string';
  }

  private async credentials(): Promise<Credentials> {
    const { token } = this.options;
    return { token: typeof token === 'string' ? token : await token(), ...this.inbox?.position };
  }

  private random(): () => number {
    return (
      this.options.random ?? ((): number => (globalThis.crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32)
    );
  }

  private ifCurrent(session: Session, action: () => void): void {
    if (session === this.session && this.currentState !== 'closed') action();
  }

  private report(errors: readonly Error[]): void {
    for (const error of errors) this.errorListeners.emit(error);
  }

  private stopTimers(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.pending);
    this.heartbeat = undefined;
    this.pending = undefined;
  }
}
