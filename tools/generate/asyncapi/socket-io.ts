import { shape, text, type Schema } from './schema';
import { introduction, renewal, roomsWanted, sealedFrame, serverFrames } from './stream';

/** What the frame of the plain dialect carries as `data` is here the argument of the event of the same name. */
const dataOf = ({ properties }: Schema): Schema => properties?.['data'] ?? {};

/** What clients of Socket.IO send: the event's argument, or the `auth` of the connection. */
export const socketIoClientEvents = {
  auth: { summary: '`auth` of the connection; it introduces the client.', payload: introduction },
  authenticate: { summary: 'Event `authenticate`, sealed or in clear: a fresh token.', payload: renewal },
  join: { summary: 'Event `join` in clear, acknowledged with `{iv, ct}` where asked for.', payload: roomsWanted },
  leave: { summary: 'Event `leave` in clear, acknowledged with `{iv, ct}` where asked for.', payload: roomsWanted },
} as const;

/** What they hear in clear. */
export const socketIoServerEvents = {
  connected: { summary: 'Event `connected`.', payload: dataOf(serverFrames['connected'] ?? {}) },
  error: {
    summary: 'Event `error`; where it ends the connection, with the code.',
    payload: shape<{ message: string; code?: number }>({
      properties: {
        message: text(),
        code: { type: 'integer', description: 'As the close codes of the plain dialect.' },
      },
      optional: { code: true },
    }),
  },
  connect_error: {
    summary: "The library's `connect_error`: the connection is refused.",
    payload: shape<{ message: string; data: object }>({
      properties: {
        message: text(),
        data: shape<{ code: number; reason: string }>({
          properties: { code: { type: 'integer', description: '4001 to 4004, 1002 or 1008.' }, reason: text() },
          optional: {},
        }),
      },
      optional: {},
    }),
  },
} as const;

export const socketIoSealed: Schema = dataOf(sealedFrame);
