/** A frame of either direction, whatever carries it. */
export interface Frame {
  readonly event: string;
  readonly data?: unknown;
  readonly id?: string;
}

/** Why a connection ended. Codes 4001..4004 are the server's refusals. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
}

/** What the session core wants to hear from a transport. `closed` comes once and last; nothing comes before `connect` returned. */
export interface TransportEvents {
  opened(): void;
  frame(frame: Frame): void;
  /** Something that is no frame, or an error of the connection itself. */
  failed(error: Error): void;
  closed(info: CloseInfo): void;
}

/** One open connection. */
export interface Connection {
  send(frame: Frame): void;
  close(code: number, reason: string): void;
}

/** A dialect of `/stream`: how frames travel. The session core (keys, order, rooms, reconnects) knows only this. */
export interface Transport {
  connect(url: string, events: TransportEvents): Connection;
}
