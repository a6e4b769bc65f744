import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { RawData, WebSocket } from 'ws';
import { SignalConfig } from '../signal.config';
import { clientAddress } from './client-address';
import type { Transport } from './connection';
import { parseFrame } from './frames';
import { SessionCore } from './session-core';
import { StreamSockets } from './stream-sockets';
import { WebSocketConnection } from './websocket-connection';

/** The plain dialect over `ws`. */
@Injectable()
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  private readonly sockets: StreamSockets;
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

  private attach(client: WebSocket, wire: Duplex, address: string): void {
    this.open += 1;
    const session = this.core.open(new WebSocketConnection(client, wire, address));
    client.on('message', (data: RawData) => this.core.receive(session, () => parseFrame(textOf(data))));
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
