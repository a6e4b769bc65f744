import type { SealedFrame } from '@nx/crypto';
import type { Closing } from './frames';

export type TransportName = 'websocket' | 'socket.io';

/**
 * One client as the session core sees it. Only `connected` and `error` can be said in clear: the type leaves no way
 * to send anything else without sealing it.
 */
export interface Connection {
  readonly transport: TransportName;
  /** The client's address, behind the proxies that are trusted. */
  readonly address: string;
  sendClear(event: 'connected' | 'error', data: Readonly<Record<string, string>>): void;
  sendSealed(frame: SealedFrame): void;
  /** Bytes handed over that the client has not taken yet. */
  bufferedBytes(): number;
  /** Starts the closing handshake; a client that does not answer is cut off soon after. */
  close(closing: Closing): void;
}
