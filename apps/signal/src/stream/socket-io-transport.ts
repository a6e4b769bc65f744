import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Server, type Socket } from 'engine.io';
import { SignalConfig } from '../signal.config';
import { clientAddress } from './client-address';
import type { Transport } from './connection';
import { SessionCore } from './session-core';
import { SocketIoConnection } from './socket-io-connection';
import { StreamSockets } from './stream-sockets';

/** Of the time that a client may be silent, the part after which it is asked for a sign of life. */
const PINGS_PER_SILENCE = 3;
/** The sweep of silent sessions comes before Engine.IO's own limit, because it tells the client why. */
const MARGIN_MS = 1000;

/**
 * The Socket.IO 4 dialect over Engine.IO, without the `socket.io` server: rooms, acknowledgements and refusals are the
 * session core's, the same as in the plain dialect.
 */
@Injectable()
export class SocketIoTransport implements Transport {
  readonly name = 'socket.io';
  private readonly engine: Server;

  constructor(
    config: SignalConfig,
    private readonly core: SessionCore,
  ) {
    const { frameLimitBytes, heartbeatTimeoutMs, heartbeatSweepMs } = config.stream;
    const { corsOrigins } = config.server;
    const pingInterval = Math.ceil(heartbeatTimeoutMs / PINGS_PER_SILENCE);
    this.engine = new Server({
      transports: ['polling', 'websocket'],
      maxHttpBufferSize: frameLimitBytes,
      // What is sealed does not compress.
      perMessageDeflate: false,
      httpCompression: false,
      pingInterval,
      pingTimeout: heartbeatTimeoutMs - pingInterval + heartbeatSweepMs + MARGIN_MS,
      wsEngine: StreamSockets,
      ...(corsOrigins.length === 0 ? {} : { cors: { origin: corsOrigins, credentials: false, maxAge: 600 } }),
    });
    this.engine.on('connection', (socket: Socket) => this.attach(socket));
  }

  openCount(): number {
    return this.engine.clientsCount;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.engine.handleUpgrade(request, socket, head);
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.engine.handleRequest(request, response);
  }

  stop(): void {
    this.engine.close();
  }

  private attach(socket: Socket): void {
    const connection = new SocketIoConnection(socket, clientAddress(socket.request));
    const session = this.core.open(connection);
    // The request is not needed any more, and as large as the rest of an idle connection.
    Object.assign(socket, { request: undefined });
    socket.on('message', (message: unknown) => this.core.receive(session, () => connection.read(message)));
    // The answer to a ping, which clients give by themselves.
    socket.on('heartbeat', () => this.core.alive(session));
    socket.once('close', () => this.core.closed(session));
  }
}
