import type { SealedFrame } from '@nx/crypto';
import type { Socket } from 'engine.io';
import type { Connection } from './connection';
import { CLOSINGS, frameOf, type Closing, type Reading } from './frames';
import { connectPacket, DISCONNECT_PACKET, eventPacket, readPacket, refusalPacket } from './socket-io-packets';

/** What a polling client has not fetched by then is given up. */
const CLOSE_WAIT_MS = 2000;
/** What is sealed does not compress. */
const PLAIN = { compress: false };
/** Ends after which a client should come back by itself, as its library does when nobody told it to go. */
const TRANSIENT: ReadonlySet<number> = new Set([
  CLOSINGS.heartbeatTimeout.code,
  CLOSINGS.shutdown.code,
  CLOSINGS.tooSlow.code,
]);

/** The Socket.IO dialect: its packets over an Engine.IO socket, which is a WebSocket or polls. */
export class SocketIoConnection implements Connection {
  /** A client connects to the namespace once, and speaks when it has been let in. */
  private phase: 'opened' | 'connecting' | 'connected' = 'opened';
  private waiting = 0;

  constructor(
    private readonly socket: Socket,
    readonly address: string,
  ) {}

  get transport(): 'socket.io' {
    return 'socket.io';
  }

  /** What a message means to the session core. */
  read(message: unknown): Reading {
    const packet = typeof message === 'string' ? readPacket(message) : undefined;
    switch (packet?.type) {
      case 'connect':
        if (this.phase !== 'opened') return 'violation';
        this.phase = 'connecting';
        return { event: 'authenticate', data: packet.data };
      case 'event':
        if (this.phase !== 'connected') return 'violation';
        return frameOf({ event: packet.name, data: packet.data }, packet.replyTo);
      case 'foreign':
        this.send(refusalPacket('Invalid namespace', undefined, packet.namespace));
        return 'no-event';
      case 'disconnect':
        this.socket.close();
        return 'no-event';
      case 'acknowledgement':
        return 'no-event';
      case undefined:
        return 'violation';
    }
  }

  sendClear(event: 'connected' | 'error', data: Readonly<Record<string, string>>): void {
    if (event === 'connected') {
      this.phase = 'connected';
      this.send(connectPacket(data['id'] ?? ''));
    }
    this.send(eventPacket(event, data));
  }

  /** Both members are base64, so the text needs no escaping. */
  sendSealed({ iv, ct }: SealedFrame, replyTo?: string): void {
    this.send(
      replyTo === undefined ? `2["encrypted",{"iv":"${iv}","ct":"${ct}"}]` : `3${replyTo}[{"iv":"${iv}","ct":"${ct}"}]`,
    );
  }

  bufferedBytes(): number {
    return this.waiting;
  }

  close({ code, reason }: Closing, message = reason): void {
    const isFinal = !TRANSIENT.has(code);
    if (this.phase === 'connected') {
      this.send(eventPacket('error', { message, code }));
      if (isFinal) this.send(DISCONNECT_PACKET);
    } else if (isFinal) {
      this.send(refusalPacket(message, { code, reason }));
    }
    const cutOff = setTimeout(() => this.socket.close(true), CLOSE_WAIT_MS).unref();
    this.socket.once('close', () => clearTimeout(cutOff));
    this.socket.close();
  }

  private send(text: string): void {
    this.waiting += text.length;
    this.socket.send(text, PLAIN, () => {
      this.waiting -= text.length;
    });
  }
}
