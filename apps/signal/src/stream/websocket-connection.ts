import type { SealedFrame } from '@nx/crypto';
import type { WebSocket } from 'ws';
import type { Connection } from './connection';
import type { Closing } from './frames';

/** A client that does not answer our close frame is cut off after this time. */
const CLOSE_WAIT_MS = 2000;

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

  /** Both members are base64, so the text needs no escaping. */
  sendSealed({ iv, ct }: SealedFrame): void {
    this.socket.send(`{"event":"encrypted","data":{"iv":"${iv}","ct":"${ct}"}}`);
  }

  bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  close({ code, reason }: Closing): void {
    this.socket.close(code, reason);
    const cutOff = setTimeout(() => this.socket.terminate(), CLOSE_WAIT_MS).unref();
    this.socket.once('close', () => clearTimeout(cutOff));
  }
}
