import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SealedFrame } from '@nx/crypto';
import type { Closing } from './frames';

export const TRANSPORTS = ['websocket', 'socket.io'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/**
 * One client as the session core sees it. Only `connected` and `error` can be said in clear: the type leaves no way
 * to send anything else without sealing it.
 */
export interface Connection {
  readonly transport: TransportName;
  /** The client's address, behind the proxies that are trusted. */
  readonly address: string;
  sendClear(event: 'connected' | 'error', data: Readonly<Record<string, string>>): void;
  /** `replyTo`: the dialect's own number of the client's frame that this answers. */
  sendSealed(frame: SealedFrame, replyTo?: string): void;
  /** Bytes handed over that the client has not taken yet. */
  bufferedBytes(): number;
  /**
   * Tells the client why, in the words of its dialect, and ends the connection; a client that does not take part is cut
   * off soon after. `message` is the text of a refusal.
   */
  close(closing: Closing, message?: string): void;
}

/** One dialect of `/stream`: turns requests into sessions of the core. */
export interface Transport {
  readonly name: TransportName;
  /** Connections that have not ended yet. */
  openCount(): number;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Requests without upgrade, where the dialect knows any. */
  request?(request: IncomingMessage, response: ServerResponse): void;
  /** Lets go of what is left after all sessions were closed. */
  stop(): void;
}
