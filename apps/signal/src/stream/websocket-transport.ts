import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { SignalConfig } from '../signal.config';
import { clientAddress } from './client-address';
import { Delivery } from './delivery';
import { CLOSINGS } from './frames';
import { SessionCore } from './session-core';
import { SessionRegistry } from './session-registry';
import { StreamMetrics } from './stream-metrics';
import { WebSocketConnection } from './websocket-connection';

const PATH = '/stream';
const LEAVE_WAIT_MS = 3000;

/** What is answered to an upgrade that is not taken. */
const REFUSALS = {
  path: '404 Not Found',
  method: '405 Method Not Allowed',
  stopping: '503 Service Unavailable',
  address: '429 Too Many Requests',
} as const;

/** Upgrades of the HTTP server on exactly `/stream`; every other upgrade is refused. */
@Injectable()
export class WebSocketTransport implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sockets: WebSocketServer;
  private server: Server | undefined;
  private stopping = false;

  constructor(
    private readonly config: SignalConfig,
    private readonly host: HttpAdapterHost,
    private readonly core: SessionCore,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    private readonly metrics: StreamMetrics,
  ) {
    this.sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: config.stream.frameLimitBytes,
      // What is sealed does not compress.
      perMessageDeflate: false,
    });
  }

  onApplicationBootstrap(): void {
    this.server = this.host.httpAdapter.getHttpServer() as Server;
    this.server.on('upgrade', this.upgrade);
  }

  /** Tells every client, and waits a moment for their answers, so that they see the code. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const session of [...this.sessions.sessions()]) this.delivery.close(session, CLOSINGS.shutdown);
    const deadline = performance.now() + LEAVE_WAIT_MS;
    while (this.open > 0 && performance.now() < deadline) await pause(10);
    this.server?.off('upgrade', this.upgrade);
    this.sockets.close();
  }

  private open = 0;

  private readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A client that goes away in the middle must not end the process.
    socket.on('error', ignore);
    const refusal = this.refusalOf(request);
    if (refusal !== undefined) {
      this.metrics.refusedConnections.inc({ reason: refusal });
      socket.end(`HTTP/1.1 ${REFUSALS[refusal]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const address = clientAddress(request);
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      socket.off('error', ignore);
      this.attach(client, address);
    });
  };

  private refusalOf(request: IncomingMessage): keyof typeof REFUSALS | undefined {
    const [path, query = ''] = (request.url ?? '').split('?', 2);
    // Requests with EIO are those of Socket.IO clients, which speak another dialect.
    if (path !== PATH || /(^|&)EIO=/.test(query)) return 'path';
    if (request.method !== 'GET') return 'method';
    if (this.stopping) return 'stopping';
    const { maxPerIp } = this.config.stream;
    if (maxPerIp > 0 && this.sessions.countOfAddress(clientAddress(request)) >= maxPerIp) return 'address';
    return undefined;
  }

  private attach(client: WebSocket, address: string): void {
    this.open += 1;
    const session = this.core.open(new WebSocketConnection(client, address));
    client.on('message', (data: RawData) => this.core.receiveText(session, textOf(data)));
    client.on('error', ignore);
    client.once('close', () => {
      this.open -= 1;
      this.core.closed(session);
    });
  }
}

const ignore = (): void => undefined;

/** A binary frame is read as UTF-8 text too. */
const textOf = (data: RawData): string => {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)).toString('utf8');
};
