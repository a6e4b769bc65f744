import type { CloseInfo, Connection, Frame, Transport, TransportEvents } from './transport';

/** What we use of a WebSocket: the browser's, Node's own or the one of the package `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** A constructor of such a socket. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

const OPEN = 1;
const CLOSED_ABNORMALLY = 1006;
/** How long the peer may take to answer our close before the connection counts as closed. */
const CLOSE_GRACE_MS = 2_000;

/** The plain dialect: one JSON text frame per message. */
export class WebSocketTransport implements Transport {
  constructor(private readonly socketConstructor: WebSocketConstructor) {}

  connect(url: string, events: TransportEvents): Connection {
    return new WebSocketConnection(new this.socketConstructor(url), events);
  }
}

class WebSocketConnection implements Connection {
  private ended = false;
  private grace: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly socket: WebSocketLike,
    private readonly events: TransportEvents,
  ) {
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => this.ended || events.opened());
    socket.addEventListener('message', (event) => this.read(event.data));
    socket.addEventListener('error', () => this.ended || events.failed(new Error('The connection failed.')));
    socket.addEventListener('close', (event) => this.end({ code: event.code, reason: event.reason }));
  }

  send(frame: Frame): void {
    if (!this.ended && this.socket.readyState === OPEN) this.socket.send(JSON.stringify(frame));
  }

  close(code: number, reason: string): void {
    if (this.ended || this.grace !== undefined) return;
    this.socket.close(code, reason);
    // A dead network never answers the close; the session must not wait for it.
    this.grace = setTimeout(() => this.end({ code: CLOSED_ABNORMALLY, reason }), CLOSE_GRACE_MS);
  }

  private read(data: unknown): void {
    if (this.ended) return;
    const frame = parseFrame(data);
    if (frame === undefined) this.events.failed(new Error('The server sent something that is no frame.'));
    else this.events.frame(frame);
  }

  private end(info: CloseInfo): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.grace);
    this.events.closed(info);
  }
}

/** Reads a frame's JSON; a binary frame is UTF-8 text. Undefined when it is no frame. @internal */
export function parseFrame(data: unknown): Frame | undefined {
  const text = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : data;
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isFrame(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string';
}
