/** One client, as the test wants it. */
export interface CopyPlan {
  readonly userId: string;
  readonly token: string;
  /** Which of the addresses comes next. */
  readonly turn: number;
  readonly dialect: 'websocket' | 'socket.io';
}

/** What one client knows of its inbox. */
export interface CopyReport {
  readonly userId: string;
  readonly ids: readonly string[];
  readonly unread: number;
  readonly faults: readonly string[];
  readonly connections: number;
}

/** Where the clients of one process are. */
export interface CopyState {
  /** How many are connected to each address. */
  readonly connected: readonly number[];
  /** Why the others could not connect, with their number. */
  readonly failures: Readonly<Record<string, number>>;
}

export type ToCopies =
  | { readonly kind: 'start'; readonly streams: readonly string[]; readonly clients: readonly CopyPlan[] }
  | { readonly kind: 'state' }
  | { readonly kind: 'report' }
  | { readonly kind: 'stop' };

export type FromCopies =
  | { readonly kind: 'started' }
  | { readonly kind: 'state'; readonly state: CopyState }
  | { readonly kind: 'report'; readonly copies: CopyReport[] }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly reason: string };
