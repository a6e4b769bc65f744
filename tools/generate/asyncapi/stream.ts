import { notificationRoom, RESYNC_REASONS, SIGNAL_TOPICS, type ResyncReason } from '@nx/contracts';
import type { NotificationView } from '../../../apps/signal/src/notifications/notification.view';
import { anyObject, id, instant, listOf, nullable, oneOfTexts, shape, text, type Schema } from './schema';

/** Frames of `/stream` in clear text; what is inside `encrypted` is a frame again. */

const frame = (event: string, data?: Schema): Schema => ({
  type: 'object',
  properties: { event: { type: 'string', const: event }, ...(data === undefined ? {} : { data }) },
  required: ['event', ...(data === undefined ? [] : ['data'])],
});

const withId = (schema: Schema): Schema => ({
  ...schema,
  properties: { ...schema.properties, id: text('Asks for an acknowledgement.') },
});

/** Of a join and a leave. */
export const roomsWanted: Schema = shape<{ rooms: string[] }>({
  properties: { rooms: listOf(text('1 to 256 characters.')) },
  optional: {},
});

const publicKey = 'P-256 point, 65 bytes uncompressed, standard base64.';
const bearer = text('`Bearer`; may be left out.');
const token = text('JWT.');

/** How a client introduces itself. */
export const introduction: Schema = {
  ...shape<{
    type?: string;
    token: string;
    clientPublicKey?: string;
    publicKey?: string;
    lastSequence?: number;
    lastRevision?: number;
  }>({
    properties: {
      type: bearer,
      token,
      clientPublicKey: text(publicKey),
      publicKey: text(`Another name of \`clientPublicKey\`, which goes before it. ${publicKey}`),
      lastSequence: {
        type: 'integer',
        minimum: 0,
        description: 'Place of the newest notification that the client has: what it missed is sent first.',
      },
      lastRevision: {
        type: 'integer',
        minimum: 0,
        description: 'The last change that the client was told of: what was read or removed meanwhile is noticed.',
      },
    },
    optional: { type: true, clientPublicKey: true, publicKey: true, lastSequence: true, lastRevision: true },
  }),
  anyOf: [{ required: ['clientPublicKey'] }, { required: ['publicKey'] }],
};

/** A fresh token on an open session. */
export const renewal: Schema = shape<{ type?: string; token: string; renew: boolean }>({
  properties: {
    type: bearer,
    token,
    renew: { type: 'boolean', description: 'True: on an open session, take over this fresh token.' },
  },
  optional: { type: true },
});

export const clientFrames: Readonly<Record<string, Schema>> = {
  authenticate: frame('authenticate', { anyOf: [introduction, renewal] }),
  heartbeat: frame('heartbeat'),
  join: withId(frame('join', roomsWanted)),
  leave: withId(frame('leave', roomsWanted)),
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

const notification = shape<NotificationView>({
  description: 'As `GET /notifications` shows it.',
  properties: {
    id,
    type: text(),
    title: text(),
    content: text(),
    html: text('Escaped.'),
    actionUrl: nullable(text()),
    data: anyObject,
    organizerId: nullable(text()),
    merchantId: nullable(text()),
    locale: oneOfTexts(['vi', 'en'] satisfies NotificationView['locale'][]),
    sequence: { type: 'integer', minimum: 1, description: 'Place in the inbox, without gaps.' },
    isRead: { type: 'boolean' },
    readAt: nullable(instant),
    createdAt: instant,
  },
  optional: {},
});

const unread: Schema = { type: 'integer', minimum: 0, description: 'The stored count: what the badge shows.' };

const revision: Schema = {
  type: 'integer',
  minimum: 0,
  description: 'Number of the change among all changes of the inbox, without gaps.',
};
const lastSequence: Schema = { type: 'integer', minimum: 0, description: 'Place of the newest notification.' };

export const notificationCreated: Schema = pushOf(
  [SIGNAL_TOPICS.notificationCreated],
  shape<{ notification: NotificationView; unread: number; revision: number; silent?: boolean }>({
    properties: {
      notification,
      unread,
      revision,
      silent: {
        type: 'boolean',
        description: 'Muted, or in quiet hours: show it, ring nobody. Resuming clients only.',
      },
    },
    optional: { silent: true },
  }),
);

export const notificationState: Schema = pushOf(
  [SIGNAL_TOPICS.notificationState],
  shape<{ lastSequence: number; unread: number; revision: number }>({
    properties: { lastSequence, unread, revision },
    optional: {},
  }),
);

export const notificationResync: Schema = pushOf(
  [SIGNAL_TOPICS.notificationResync],
  shape<{ reason: ResyncReason; lastSequence: number; revision: number }>({
    properties: { reason: oneOfTexts(RESYNC_REASONS), lastSequence, revision },
    optional: {},
  }),
);

export const notificationRead: Schema = pushOf(
  [SIGNAL_TOPICS.notificationRead],
  shape<{
    ids: string[];
    all: boolean;
    before: string | null;
    deleted: boolean;
    lastSequence: number;
    unread: number;
    revision: number;
  }>({
    properties: {
      ids: listOf(id),
      all: { type: 'boolean', description: 'Everything up to `before`, or simply everything.' },
      before: nullable(instant),
      deleted: { type: 'boolean', description: 'Removed, not only read.' },
      lastSequence: { ...lastSequence, description: 'The change concerns notifications up to this place.' },
      unread,
      revision,
    },
    optional: {},
  }),
);

/** The answer to a join or leave that carried an `id`. */
export const acknowledgement: Schema = {
  type: 'object',
  properties: {
    event: { type: 'string', enum: ['join', 'leave'] },
    data: shape<{ id?: string; joined: string[]; refused: object[]; left?: string[] }>({
      properties: {
        id: text('That of the frame, where it has one.'),
        joined: listOf(text()),
        refused: listOf(
          shape<{ room: string; reason: string }>({
            properties: { room: text(), reason: oneOfTexts(['invalid', 'forbidden', 'unavailable', 'limit']) },
            optional: {},
          }),
        ),
        left: listOf(text()),
      },
      optional: { id: true, left: true },
    }),
  },
  required: ['event', 'data'],
};
