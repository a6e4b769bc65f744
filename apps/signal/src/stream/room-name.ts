/** Rooms that every authenticated socket is in, besides those of its own id and user. */
export const DEFAULT_ROOMS: readonly string[] = ['ws-default', 'ws-notification'];

const MAXIMUM_LENGTH = 256;
/** Names of the bus's own channels. */
const RESERVED = /^ws:/;

/** Whether a name can be a room at all: 1 to 256 characters, none of the bus's own channels. */
export const isRoomName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAXIMUM_LENGTH && !RESERVED.test(value);

/** What a room's name says about who may be in it. */
export type RoomMeaning =
  | { readonly kind: 'default' }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'merchant' | 'organizer'; readonly id: string }
  | { readonly kind: 'thing'; readonly service: string }
  | { readonly kind: 'other' };

const USER_ENTITIES = new Set(['users', 'user', 'notification', 'notifications']);

/**
 * `<service>/users/{userId}` and `signal/notification/{userId}`, `<service>/merchants/{id}`,
 * `<service>/organizers/{id}`, else `<service>/<entity>/<id>`: a single thing of a service.
 */
export function meaningOf(room: string): RoomMeaning {
  if (DEFAULT_ROOMS.includes(room)) return { kind: 'default' };
  const segments = room.split('/');
  const [service, entity, id] = segments;
  if (segments.length !== 3 || !service || !entity || !id) return { kind: 'other' };
  if (entity === 'merchants') return { kind: 'merchant', id };
  if (entity === 'organizers') return { kind: 'organizer', id };
  if (USER_ENTITIES.has(entity)) return { kind: 'user', userId: id };
  return { kind: 'thing', service };
}

/** A rule of the settings table: `{id}` stands for one segment. */
export interface RoomRule {
  readonly pattern: RegExp;
  /** `operators`, `users`, or the identifier of a role. */
  readonly audience: string;
}

/** Reads `<pattern>[=<audience>]`; without an audience the room is for operators. */
export function parseRoomRule(text: string): RoomRule {
  const [pattern = '', audience = 'operators'] = text.split('=');
  const source = pattern
    .split('/')
    .map((segment) =>
      /^\{[A-Za-z0-9_]+\}$/.test(segment) ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/');
  return { pattern: new RegExp(`^${source}$`), audience };
}
