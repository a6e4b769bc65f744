import { notificationRoom, SIGNAL_TOPICS } from '@nx/contracts';
import { anyObject, listOf, shape, text, type Schema } from './schema';

/** Frames of `/stream` in clear text; what is inside `encrypted` is a frame again. */

const frame = (event: string, data?: Schema): Schema => ({
  type: 'object',
  properties: { event: { type: 'string', const: event }, ...(data === undefined ? {} : { data }) },
  required: ['event', ...(data === undefined ? [] : ['data'])],
});

const rooms = frame(
  'join',
  shape<{ rooms: string[] }>({ properties: { rooms: listOf(text('1 to 256 characters.')) }, optional: {} }),
);

export const clientFrames: Readonly<Record<string, Schema>> = {
  authenticate: frame(
    'authenticate',
    shape<{ type?: string; token: string; clientPublicKey: string; renew?: boolean }>({
      properties: {
        type: text('`Bearer`.'),
        token: text('JWT.'),
        clientPublicKey: text('P-256 point, 65 bytes uncompressed, standard base64.'),
        renew: { type: 'boolean', description: 'On an open session: take over this fresh token.' },
      },
      optional: { type: true, renew: true },
    }),
  ),
  heartbeat: frame('heartbeat'),
  join: { ...rooms, properties: { ...rooms.properties, id: text('Asks for an acknowledgement.') } },
  leave: frame('leave', shape<{ rooms: string[] }>({ properties: { rooms: listOf(text()) }, optional: {} })),
};

export const serverFrames: Readonly<Record<string, Schema>> = {
  connected: frame(
    'connected',
    shape<{ id: string; userId: string; time: string; serverPublicKey: string; salt: string }>({
      properties: {
        id: text('Id of the client, UUID v4.'),
        userId: text(),
        time: text('ISO 8601 with milliseconds and Z.'),
        serverPublicKey: text('Standard base64.'),
        salt: text('32 bytes, standard base64.'),
      },
      optional: {},
    }),
  ),
  error: frame('error', shape<{ message: string }>({ properties: { message: text() }, optional: {} })),
};

export const sealedFrame: Schema = frame(
  'encrypted',
  shape<{ iv: string; ct: string }>({
    properties: {
      iv: text('12 bytes, standard base64, never repeated.'),
      ct: text('AES-256-GCM over the JSON of `{event, data}`, tag appended, standard base64.'),
    },
    optional: {},
  }),
);

/** What a screen finds in a decrypted frame: topic and data. */
export const pushOf = (topics: readonly string[], data: Schema): Schema => ({
  type: 'object',
  properties: { event: { type: 'string', enum: topics }, data },
  required: ['event', 'data'],
});

export const NOTIFICATION_PUSHES = Object.values(SIGNAL_TOPICS);
export const NOTIFICATION_ROOM = notificationRoom('{userId}');

/** One message of the bus, members in this order. */
export const busMessage: Schema = {
  type: 'object',
  properties: {
    serverId: text('`emitter` for producers, else the UUID of an instance of signal.'),
    type: { type: 'string', enum: ['client', 'user', 'room', 'broadcast'] },
    target: text('Client id, user id or room; absent for a broadcast.'),
    event: text('Topic that the client sees.'),
    data: {},
    exclude: listOf(text('Client ids that do not get it.')),
  },
  required: ['serverId', 'type', 'event'],
};

export const notificationPush: Schema = { ...anyObject, description: 'As `GET /notifications` shows it.' };
