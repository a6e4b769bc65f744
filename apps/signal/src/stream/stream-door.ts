import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SignalConfig } from '../signal.config';
import { clientAddress } from './client-address';
import type { Transport } from './connection';
import { Delivery } from './delivery';
import { CLOSINGS } from './frames';
import { SessionRegistry } from './session-registry';
import { SocketIoTransport } from './socket-io-transport';
import { StreamMetrics } from './stream-metrics';
import { ignoreError } from './stream-sockets';
import { WebSocketTransport } from './websocket-transport';

const PATH = '/stream';
const LEAVE_WAIT_MS = 3000;

/** What is answered to a request that is not taken. */
const REFUSALS = {
  path: [404, 'Not Found'],
  method: [405, 'Method Not Allowed'],
  stopping: [503, 'Service Unavailable'],
  address: [429, 'Too Many Requests'],
} as const;
type Refusal = keyof typeof REFUSALS;

/**
 * `/stream` of the HTTP server: gives each upgrade, and each polling request, to the transport of its dialect, and
 * refuses every other upgrade.
 */
@Injectable()
export class StreamDoor implements OnApplicationBootstrap, OnModuleDestroy {
  private server: Server | undefined;
  private others: RequestListener[] = [];
  private stopping = false;

  constructor(
    private readonly config: SignalConfig,
    private readonly host: HttpAdapterHost,
    private readonly webSocket: WebSocketTransport,
    private readonly socketIo: SocketIoTransport,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    private readonly metrics: StreamMetrics,
  ) {}

  /** The application's own listeners get what is not ours: a polling request that they saw too would be answered twice. */
  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    this.server = server;
    this.others = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', this.request);
    server.on('upgrade', this.upgrade);
  }

  /** Tells every client, and waits a moment for their answers, so that they see the code. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const session of this.sessions.sessions()) this.delivery.close(session, CLOSINGS.shutdown);
    const deadline = performance.now() + LEAVE_WAIT_MS;
    while (this.openCount() > 0 && performance.now() < deadline) await pause(10);
    this.server?.off('upgrade', this.upgrade);
    this.webSocket.stop();
    this.socketIo.stop();
  }

  private openCount(): number {
    return this.webSocket.openCount() + this.socketIo.openCount();
  }

  private readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', ignoreError);
    const address = clientAddress(request);
    const transport = this.transportOf(request);
    const refusal = transport === undefined ? 'path' : this.refusalOf(request, transport, address, ['GET']);
    if (transport !== undefined && refusal === undefined) {
      transport.upgrade(request, socket, head);
      return;
    }
    const [status, text] = this.refuse(refusal ?? 'path', transport);
    socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  };

  private readonly request = (request: IncomingMessage, response: ServerResponse): void => {
    const transport = this.transportOf(request);
    if (transport?.request === undefined) {
      for (const listener of this.others) listener.call(this.server, request, response);
      return;
    }
    const refusal = this.refusalOf(request, transport, clientAddress(request), ['GET', 'POST', 'OPTIONS']);
    if (refusal === undefined) transport.request(request, response);
    else response.writeHead(this.refuse(refusal, transport)[0], { connection: 'close' }).end();
  };

  /** Requests with EIO are those of Socket.IO clients, which ask for the path with a slash. */
  private transportOf(request: IncomingMessage): Transport | undefined {
    const [path] = (request.url ?? '').split('?', 1);
    if (path !== PATH && path !== `${PATH}/`) return undefined;
    if (queryOf(request).has('EIO')) return this.socketIo;
    return path === PATH ? this.webSocket : undefined;
  }

  private refusalOf(
    request: IncomingMessage,
    transport: Transport,
    address: string,
    methods: readonly string[],
  ): Refusal | undefined {
    if (!methods.includes(request.method ?? '')) return 'method';
    // Such a request belongs to a connection that was let in before.
    if (transport === this.socketIo && queryOf(request).getAll('sid').at(-1)) return undefined;
    if (this.stopping) return 'stopping';
    const { maxPerIp } = this.config.stream;
    return maxPerIp > 0 && this.sessions.countOfAddress(address) >= maxPerIp ? 'address' : undefined;
  }

  private refuse(reason: Refusal, transport: Transport | undefined): readonly [number, string] {
    this.metrics.refusedConnections.inc({ reason, transport: transport?.name ?? 'none' });
    return REFUSALS[reason];
  }
}

/** Read as the transport reads it, so that both see the same parameters. Only for paths of ours. */
const queryOf = (request: IncomingMessage): URLSearchParams => new URL(request.url ?? '', 'http://host').searchParams;
