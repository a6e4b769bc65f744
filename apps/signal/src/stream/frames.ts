/** Events of the protocol itself; every other name is a topic. */
export const EVENTS = {
  authenticate: 'authenticate',
  connected: 'connected',
  join: 'join',
  leave: 'leave',
  error: 'error',
  heartbeat: 'heartbeat',
  encrypted: 'encrypted',
} as const;

/** Texts of `error` frames. Clients in the field compare them, so they never change. */
export const ERRORS = {
  malformed: 'Invalid message format',
  notAuthenticated: 'Not authenticated',
  alreadyAuthenticated: 'Already authenticated',
  refused: 'Authentication failed',
  checkFailed: 'Authentication error',
  handshake: 'Encryption handshake failed',
  tooMany: 'Too many connections',
  expired: 'Token expired',
} as const;

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** Close codes: 4001 to 4004 are the protocol's, the others those of RFC 6455. */
export const CLOSINGS = {
  authTimeout: { code: 4001, reason: 'Authentication timeout' },
  heartbeatTimeout: { code: 4002, reason: 'Heartbeat timeout' },
  refused: { code: 4003, reason: 'Authentication failed' },
  expired: { code: 4003, reason: 'Token expired' },
  handshake: { code: 4004, reason: 'Encryption required' },
  shutdown: { code: 1001, reason: 'Server shutting down' },
  tooMany: { code: 1008, reason: 'Too many connections' },
  violation: { code: 1002, reason: 'Protocol error' },
  tooFast: { code: 1008, reason: 'Too many frames' },
  operator: { code: 1008, reason: 'Disconnected by an operator' },
  tooSlow: { code: 1013, reason: 'Client too slow' },
} as const satisfies Readonly<Record<string, Closing>>;

/** A frame of a client, whatever the transport. */
export interface InboundFrame {
  readonly event: string;
  readonly data?: unknown;
  /** Asks for an acknowledgement. */
  readonly id?: string;
  /** So does this, in the dialect's own way: the number of the frame that the answer names. */
  readonly replyTo?: string;
  /** Number of the frame among the client's encrypted ones. */
  readonly seq?: unknown;
}

/**
 * What a dialect read: a frame, `not-json` for what cannot be read, `no-event` for what asks for nothing, `violation` for
 * what no client of that dialect may send.
 */
export type Reading = InboundFrame | 'not-json' | 'no-event' | 'violation';

const MAXIMUM_ID_LENGTH = 64;

/** The frame in a JSON text: `not-json` for anything that does not parse, `no-event` for JSON that names no event. */
export function parseFrame(text: string): InboundFrame | 'not-json' | 'no-event' {
  try {
    return frameOf(JSON.parse(text));
  } catch {
    return 'not-json';
  }
}

/** The frame in a value that may be anything. */
export function frameOf(value: unknown, replyTo?: string): InboundFrame | 'no-event' {
  if (typeof value !== 'object' || value === null || !('event' in value)) return 'no-event';
  const { event } = value;
  if (typeof event !== 'string' || event === '') return 'no-event';
  const { data, id, seq } = value as { data?: unknown; id?: unknown; seq?: unknown };
  const acknowledged = typeof id === 'string' && id !== '' && id.length <= MAXIMUM_ID_LENGTH;
  return {
    event,
    ...(data === undefined ? {} : { data }),
    ...(acknowledged ? { id } : {}),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(seq === undefined ? {} : { seq }),
  };
}

/** A member of a value that may be anything. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
