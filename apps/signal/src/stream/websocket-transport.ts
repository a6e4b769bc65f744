import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { RawData, WebSocket } from 'ws';
import { SignalConfig } from '../signal.config';
import { clientAddress } from './client-address';
import type { Transport } from './connection';
import { parseFrame } from './frames';
import { SessionCore } from './session-core';
import { ignoreError, sessionOf, StreamSockets, type StreamSocket } from './stream-sockets';
import { WebSocketConnection } from './websocket-connection';

/** The plain dialect over `ws`. */
@Injectable()
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  private readonly sockets: StreamSockets;
  private readonly heard: (this: WebSocket, data: RawData) => void;
  private readonly ended: (this: WebSocket) => void;
  private open = 0;

  constructor(
    config: SignalConfig,
    private readonly core: SessionCore,
  ) {
    this.sockets = new StreamSockets({
      noServer: true,
      clientTracking: false,
      maxPayload: config.stream.frameLimitBytes,
      // What is sealed does not compress.
      perMessageDeflate: false,
    });
    this.heard = function (data): void {
      const session = sessionOf(this);
      if (session !== undefined) core.receive(session, () => parseFrame(textOf(data)));
    };
    const count = (change: number): number => (this.open += change);
    this.ended = function (): void {
      count(-1);
      const session = sessionOf(this);
      if (session !== undefined) core.closed(session);
    };
  }

  openCount(): number {
    return this.open;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = clientAddress(request);
    this.sockets.handleUpgrade(request, socket, head, (client) => this.attach(client, socket, address));
  }

  stop(): void {
    this.sockets.close();
  }

  private attach(client: StreamSocket, wire: Duplex, address: string): void {
    this.open += 1;
    // The library listens now.
    wire.off('error', ignoreError);
    // Node keeps what it was asked for; who asks again gets it anew.
    Object.assign(wire, { _peername: undefined });
    client.session = this.core.open(new WebSocketConnection(client, wire, address));
    client.on('message', this.heard);
    client.on('error', ignoreError);
    client.on('close', this.ended);
  }
}

/** A binary frame is read as UTF-8 text too. */
const textOf = (data: RawData): string => {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)).toString('utf8');
};
