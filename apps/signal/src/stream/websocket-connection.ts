import type { Duplex } from 'node:stream';
import type { SealedFrame } from '@nx/crypto';
import type { WebSocket } from 'ws';
import type { Connection } from './connection';
import type { Closing } from './frames';

/** Held back at most, so that what waits is seen soon to be more than a slow client takes. */
const HELD_BYTES = 65_536;

/** Those that hold frames back until what runs now has ended. */
let holding: WebSocketConnection[] = [];

function release(): void {
  const due = holding;
  holding = [];
  for (const connection of due) connection.flush();
}

/**
 * The plain dialect: JSON texts with `event` and `data` in this order. Frames of one turn of the event loop, such as
 * those of messages that came together over the bus, go to the kernel together: half of what a push costs is that call.
 */
export class WebSocketConnection implements Connection {
  private heldBytes = 0;

  /** `wire` is what lies under the socket. */
  constructor(
    private readonly socket: WebSocket,
    private readonly wire: Duplex,
    readonly address: string,
  ) {}

  get transport(): 'websocket' {
    return 'websocket';
  }

  sendClear(event: 'connected' | 'error', data: Readonly<Record<string, string>>): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  /** Both members are base64, so the text needs no escaping. Answers carry the client's `id` in their plaintext. */
  sendSealed({ iv, ct }: SealedFrame): void {
    const text = `{"event":"encrypted","data":{"iv":"${iv}","ct":"${ct}"}}`;
    this.hold(text.length);
    this.socket.send(text);
    if (this.heldBytes > HELD_BYTES) this.flush();
  }

  /** What is held back waits for us, not for the client. */
  bufferedBytes(): number {
    return Math.max(0, this.socket.bufferedAmount - this.heldBytes);
  }

  close({ code, reason }: Closing, message?: string): void {
    if (message !== undefined) this.sendClear('error', { message });
    this.socket.close(code, reason);
    this.flush();
  }

  /** Hands over what is held back. */
  flush(): void {
    if (this.heldBytes === 0) return;
    this.heldBytes = 0;
    this.wire.uncork();
  }

  private hold(bytes: number): void {
    if (this.heldBytes === 0) {
      this.wire.cork();
      if (holding.length === 0) process.nextTick(release);
      holding.push(this);
    }
    this.heldBytes += bytes;
  }
}
