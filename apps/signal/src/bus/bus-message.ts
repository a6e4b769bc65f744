import { parseLossless } from '@nx/messaging';
import type { Destination } from '../stream/delivery';

/** A message of the bus in our own terms. */
export interface BusMessage {
  /** Absent in the short form `{topic, data, destination?}`. */
  readonly serverId: string | undefined;
  readonly destination: Destination;
  readonly topic: string;
  readonly data: unknown;
}

export type BusReading =
  | { readonly kind: 'message'; readonly message: BusMessage }
  /** A type of a newer producer: nothing is wrong with it. */
  | { readonly kind: 'unknown-type' }
  | { readonly kind: 'bad'; readonly reason: string };

type Body = Readonly<Record<string, unknown>>;

const bad = (reason: string): BusReading => ({ kind: 'bad', reason });
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * Reads the body of a bus message. Routing follows `type` and `target` of the body, never the channel. The short form
 * names a client id or a room as `destination`; without one it is for everybody.
 */
export function readBusMessage(text: string): BusReading {
  let body: unknown;
  try {
    body = parseLossless(text);
  } catch {
    return bad('not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return bad('not an object');
  const members = body as Body;
  return 'type' in members || 'event' in members ? readFull(members) : readShort(members);
}

function readFull({ serverId, type, target, event, data, exclude }: Body): BusReading {
  if (typeof serverId !== 'string') return bad('serverId is no text');
  if (typeof type !== 'string') return bad('type is no text');
  if (type !== 'client' && type !== 'user' && type !== 'room' && type !== 'broadcast') return { kind: 'unknown-type' };
  if (!isText(event)) return bad('event is no text');
  if (exclude !== undefined && exclude !== null && !isTextList(exclude)) return bad('exclude is no list of ids');
  const message = (destination: Destination): BusReading => ({
    kind: 'message',
    message: { serverId, destination, topic: event, data },
  });
  const excluded = isTextList(exclude) ? { exclude } : {};
  if (type === 'broadcast') return message({ type, ...excluded });
  if (!isText(target)) return bad('target is no text');
  return message(type === 'room' ? { type, target, ...excluded } : { type, target });
}

function readShort({ topic, data, destination }: Body): BusReading {
  if (!isText(topic)) return bad('neither event nor topic');
  if (destination === undefined || destination === null || destination === '') {
    return { kind: 'message', message: { serverId: undefined, destination: { type: 'broadcast' }, topic, data } };
  }
  if (!isText(destination)) return bad('destination is no text');
  // Every socket is in the room of its own client id, so a room is both.
  return {
    kind: 'message',
    message: { serverId: undefined, destination: { type: 'room', target: destination }, topic, data },
  };
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** Channel and body of a message of our own; the members stand in the protocol's order, undefined ones are left out. */
export function busBody(serverId: string, destination: Destination, event: string, data: unknown): object {
  const { type } = destination;
  const target = type === 'broadcast' ? undefined : destination.target;
  const exclude = 'exclude' in destination ? destination.exclude : undefined;
  return { serverId, type, target, event, data, exclude };
}

export const busChannel = (destination: Destination): string =>
  destination.type === 'broadcast' ? BROADCAST_CHANNEL : `ws:${destination.type}:${destination.target}`;

export const BROADCAST_CHANNEL = 'ws:broadcast';
export const BUS_PATTERNS: readonly string[] = ['ws:room:*', 'ws:client:*', 'ws:user:*'];
/** Commands among our own instances; no other server listens to it. */
export const CONTROL_CHANNEL = 'nx:signal:control';
/** What an instance says to itself, to know that it hears the bus. */
export const probeChannel = (instanceId: string): string => `nx:signal:probe:${instanceId}`;
