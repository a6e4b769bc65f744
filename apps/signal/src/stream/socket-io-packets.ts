/**
 * Packets of the Socket.IO protocol, revision 5 (clients 3 and 4), as texts: a digit, the namespace if it is another
 * than `/`, the number of the acknowledgement that is asked for, JSON. Binary attachments are none of ours.
 */
export type Packet =
  | { readonly type: 'connect'; readonly data: unknown }
  | { readonly type: 'event'; readonly name: unknown; readonly data: unknown; readonly replyTo?: string }
  | { readonly type: 'disconnect' }
  | { readonly type: 'acknowledgement' }
  /** Somebody asks for another namespace; there is none. */
  | { readonly type: 'foreign'; readonly namespace: string };

const FORM = /^([0-3])(?:(\/[^,]*)(?:,|$))?(\d{1,15})?/;

/** `undefined` for what is no packet that a client may send. */
export function readPacket(text: string): Packet | undefined {
  const head = FORM.exec(text);
  if (head === null) return undefined;
  const [start, type, namespace = '/', replyTo] = head;
  if (type === '1') return { type: 'disconnect' };
  if (type === '3') return { type: 'acknowledgement' };
  if (namespace !== '/') return type === '0' ? { type: 'foreign', namespace } : undefined;
  const data = jsonOf(text.slice(start.length) || 'null');
  if (type === '0') return data === undefined || replyTo !== undefined ? undefined : { type: 'connect', data };
  if (!Array.isArray(data)) return undefined;
  const [name, argument] = data as unknown[];
  return { type: 'event', name, data: argument, ...(replyTo === undefined ? {} : { replyTo }) };
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const connectPacket = (sid: string): string => `0${JSON.stringify({ sid })}`;

/** Refuses a connection; the client's library hands it over as `connect_error`. */
export const refusalPacket = (message: string, data?: object, namespace = '/'): string =>
  `4${namespace === '/' ? '' : `${namespace},`}${JSON.stringify({ message, data })}`;

export const eventPacket = (event: string, data: object): string => `2${JSON.stringify([event, data])}`;

/** The client's library takes it as an order and does not reconnect by itself. */
export const DISCONNECT_PACKET = '1';
