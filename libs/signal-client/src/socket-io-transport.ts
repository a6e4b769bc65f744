import type { Socket } from 'socket.io-client';
import type { CloseInfo, Connection, Frame, Transport, TransportEvents } from './transport';

const CLOSED_ABNORMALLY = 1006;
/** What the plain dialect says in an `error` frame besides the code; other ends it tells by the code alone. */
const REFUSED = 4003;

/**
 * The Socket.IO dialect: for networks that let no WebSocket through. Needs the package `socket.io-client`, which is loaded
 * at the first connection.
 */
export class SocketIoTransport implements Transport {
  connect(url: string, events: TransportEvents): Connection {
    return new SocketIoConnection(url, events);
  }
}

type Authenticate = (data: object) => void;

class SocketIoConnection implements Connection {
  private socket: Socket | undefined;
  /** The connection to the namespace waits for these credentials. */
  private authenticate: Authenticate | undefined;
  /** The server's own word on the end that comes next. */
  private announced: CloseInfo | undefined;
  private ended = false;

  constructor(
    private readonly url: string,
    private readonly events: TransportEvents,
  ) {
    this.start().catch((error: unknown) => {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      this.end({ code: CLOSED_ABNORMALLY, reason: 'The connection could not be started' });
    });
  }

  /** The frame `authenticate` of a new session is the connection to the namespace; all others are events. */
  send(frame: Frame): void {
    if (this.ended) return;
    const { authenticate } = this;
    if (authenticate !== undefined) {
      this.authenticate = undefined;
      authenticate(frame.data as object);
    } else if (this.socket?.connected === true) {
      this.socket.emit(frame.event, frame.data);
    }
  }

  close(code: number, reason: string): void {
    this.end({ code, reason });
  }

  private async start(): Promise<void> {
    const { io } = await import('socket.io-client');
    if (this.ended) return;
    const { origin, pathname } = new URL(this.url.replace(/^ws/, 'http'));
    const socket = io(origin, {
      path: pathname,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      forceNew: true,
      // The client reconnects by itself, with fresh keys.
      reconnection: false,
      auth: (authenticate) => {
        this.authenticate = authenticate;
        this.events.opened();
      },
    });
    this.socket = socket;
    socket.onAny((event: string, data: unknown) => this.hear(event, data));
    socket.on('connect_error', (error) => this.refused(error));
    socket.on('disconnect', (reason) => this.end(this.announced ?? { code: CLOSED_ABNORMALLY, reason }));
  }

  private hear(event: string, data: unknown): void {
    if (this.ended) return;
    const code = event === 'error' ? memberOf(data, 'code') : undefined;
    if (typeof code === 'number') this.announced = { code, reason: String(memberOf(data, 'message')) };
    if (typeof code !== 'number' || code === REFUSED) this.events.frame({ event, data });
  }

  /** With a code it is the server's refusal, else the way to the server is broken. */
  private refused(error: Error): void {
    const data = 'data' in error ? error.data : undefined;
    const code = memberOf(data, 'code');
    if (typeof code === 'number') {
      if (!this.ended) this.events.frame({ event: 'error', data: { message: error.message } });
      this.end({ code, reason: String(memberOf(data, 'reason')) });
    } else {
      this.fail(new Error(`The connection failed: ${error.message}`));
      this.end({ code: CLOSED_ABNORMALLY, reason: error.message });
    }
  }

  private fail(error: Error): void {
    if (!this.ended) this.events.failed(error);
  }

  private end(info: CloseInfo): void {
    if (this.ended) return;
    this.ended = true;
    this.socket?.disconnect();
    this.events.closed(info);
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
