import { WebSocketServer, type ServerOptions } from 'ws';

/** A client that does not answer our close frame is cut off after this time. */
const CLOSE_WAIT_MS = 2000;

/** The WebSockets of both dialects. */
export class StreamSockets extends WebSocketServer {
  constructor(options: ServerOptions) {
    // The typings do not know `closeTimeout` yet.
    const patient: ServerOptions & { closeTimeout: number } = { ...options, closeTimeout: CLOSE_WAIT_MS };
    super(patient);
  }
}
