import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';
import type { Session } from './session';

/** A client that does not answer our close frame is cut off after this time. */
const CLOSE_WAIT_MS = 2000;

/** A socket that knows its session, so that the listeners of all of them are the same functions. */
export class StreamSocket extends WebSocket {
  session: Session | undefined;
}

/** The WebSockets of both dialects. */
export class StreamSockets extends WebSocketServer<typeof StreamSocket> {
  constructor(options: ServerOptions<typeof StreamSocket>) {
    // The typings do not know `closeTimeout` yet.
    const patient: ServerOptions<typeof StreamSocket> & { closeTimeout: number } = {
      ...options,
      WebSocket: StreamSocket,
      closeTimeout: CLOSE_WAIT_MS,
    };
    super(patient);
  }
}

/** The session of a socket, once it has one. */
export const sessionOf = (socket: WebSocket): Session | undefined =>
  socket instanceof StreamSocket ? socket.session : undefined;

/** For a client that goes away in the middle of its upgrade: an error that nobody hears ends the process. */
export const ignoreError = (): void => undefined;
