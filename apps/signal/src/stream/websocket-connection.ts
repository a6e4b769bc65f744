import type { SealedFrame } from '@nx/crypto';
import type { WebSocket } from 'ws';
import type { Connection } from './connection';
import type { Closing } from './frames';

/** The plain dialect: JSON texts with `event` and `data` in this order. */
export class WebSocketConnection implements Connection {
  readonly transport = 'websocket';

  constructor(
    private readonly socket: WebSocket,
    readonly address: string,
  ) {}

  sendClear(event: 'connected' | 'error', data: Readonly<Record<string, string>>): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  /** Both members are base64, so the text needs no escaping. Answers carry the client's `id` in their plaintext. */
  sendSealed({ iv, ct }: SealedFrame): void {
    this.socket.send(`{"event":"encrypted","data":{"iv":"${iv}","ct":"${ct}"}}`);
  }

  bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  close({ code, reason }: Closing, message?: string): void {
    if (message !== undefined) this.sendClear('error', { message });
    this.socket.close(code, reason);
  }
}
