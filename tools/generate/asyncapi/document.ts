import {
  deadLetterTopic,
  INVOICE_EVENT_TYPES,
  invoicePushTopic,
  invoiceRooms,
  MERCHANT_CDC_TOPICS,
  PAYMENT_EVENT_TYPES,
  paymentPushTopic,
  paymentRooms,
  TOPICS,
  WEBHOOK_HEADERS,
} from '@nx/contracts';
import packageFile from '../../../package.json' with { type: 'json' };
import { merchantChange, paymentSuccess } from './foreign';
import {
  activityNotification,
  invoiceEnvelope,
  invoicePayload,
  paymentEnvelope,
  paymentPayload,
  paymentWebhook,
} from './payloads';
import { text, type Schema } from './schema';
import { socketIoClientEvents, socketIoSealed, socketIoServerEvents } from './socket-io';
import {
  acknowledgement,
  busMessage,
  clientFrames,
  NOTIFICATION_ROOM,
  notificationCreated,
  notificationRead,
  notificationResync,
  notificationState,
  pushOf,
  sealedFrame,
  serverFrames,
} from './stream';

interface Message {
  readonly name: string;
  readonly summary: string;
  readonly payload: Schema;
  readonly headers?: Schema;
  readonly contentType: 'application/json';
}

interface Channel {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly messages: readonly string[];
  readonly servers: readonly string[];
  readonly operations: readonly {
    readonly action: 'send' | 'receive';
    readonly by: string;
    readonly summary: string;
  }[];
}

const headersOf = (names: Readonly<Record<string, string>>): Schema => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(names).map(([name, description]) => [name, text(description)])),
});

const kafkaHeaders = headersOf({
  'x-event-id': 'Id of the event; deduplicate by it.',
  'x-event-type': 'Type of the event.',
  'x-request-id': 'Request that caused it.',
  traceparent: 'W3C trace context.',
});

const webhookHeaders = headersOf({
  [WEBHOOK_HEADERS.eventType]: 'Same as `eventType` of the body.',
  [WEBHOOK_HEADERS.timestamp]: 'When this try was made, ms since the Unix epoch; refuse more than 5 minutes off.',
  [WEBHOOK_HEADERS.sequence]: 'Same as `payload.sequence` of the body.',
  [WEBHOOK_HEADERS.signature]: 'Hex HMAC-SHA-256 over `<timestamp>|<eventType>|<raw body>`; absent with method NONE.',
  'webhook-id': 'Id of the event; the same in every try.',
});

const message = (summary: string, payload: Schema, headers?: Schema): Omit<Message, 'name'> => ({
  summary,
  payload,
  ...(headers === undefined ? {} : { headers }),
  contentType: 'application/json',
});

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const frames = (direction: string, all: Readonly<Record<string, Schema>>) =>
  Object.entries(all).map(
    ([event, schema]) => [`${direction}_${event}`, message(`Frame \`${event}\` in clear.`, schema)] as const,
  );

const socketIoEvents = (
  direction: string,
  all: Readonly<Record<string, { readonly summary: string; readonly payload: Schema }>>,
) =>
  Object.entries(all).map(
    ([event, { summary, payload }]) => [`socketIo_${direction}_${event}`, message(summary, payload)] as const,
  );

/** Every message by its key in the document. */
const MESSAGES: Readonly<Record<string, Omit<Message, 'name'>>> = {
  paymentSuccess: message('A sale is paid; either of two shapes.', paymentSuccess, kafkaHeaders),
  merchantChange: message("A change of commerce's merchant table.", merchantChange),
  paymentEvent: message('One of the nine events of a payment.', ref('PaymentEnvelope'), kafkaHeaders),
  invoiceEvent: message('A change of an invoice.', ref('InvoiceEnvelope'), kafkaHeaders),
  activityNotification: message('Something that people should hear of.', ref('ActivityNotification'), kafkaHeaders),
  deadLetter: message(
    'A record that could not be handled: same key and bytes, error and origin in the headers.',
    {},
    headersOf({
      'x-dead-letter-topic': 'Where it came from.',
      'x-dead-letter-partition': 'Partition of origin.',
      'x-dead-letter-offset': 'Offset of origin.',
      'x-dead-letter-timestamp': 'Timestamp of origin, ms.',
      'x-dead-letter-group': 'Consumer group that gave up.',
      'x-dead-letter-error-name': 'Name of the error.',
      'x-dead-letter-error': 'Its message.',
      'x-dead-letter-tries': 'How often it was tried.',
    }),
  ),
  paymentWebhook: message('A signed event for one subscriber.', paymentWebhook, webhookHeaders),
  busMessage: message('A hint for connected clients.', busMessage),
  ...Object.fromEntries(frames('client', clientFrames)),
  ...Object.fromEntries(frames('server', serverFrames)),
  ...Object.fromEntries(socketIoEvents('client', socketIoClientEvents)),
  ...Object.fromEntries(socketIoEvents('server', socketIoServerEvents)),
  socketIo_encrypted: message(
    'Event `encrypted`, both ways: what the frame of that name carries. Acknowledged, where asked for, with `{iv, ct}` again.',
    socketIoSealed,
  ),
  encrypted: message('Everything else, both ways, once the keys are agreed.', sealedFrame),
  paymentPush: message(
    `Inside \`encrypted\`, in the rooms ${paymentRooms('{id}', '{merchantId}')
      .map((room) => `\`${room}\``)
      .join(' and ')}.`,
    pushOf(PAYMENT_EVENT_TYPES.map(paymentPushTopic), ref('PaymentPayload')),
  ),
  invoicePush: message(
    `Inside \`encrypted\`, in the rooms ${invoiceRooms('{id}', '{merchantId}')
      .map((room) => `\`${room}\``)
      .join(' and ')}.`,
    pushOf(INVOICE_EVENT_TYPES.map(invoicePushTopic), ref('InvoicePayload')),
  ),
  notificationCreated: message(
    `Inside \`encrypted\`, in the room \`${NOTIFICATION_ROOM}\`, which every socket of the user is in.`,
    notificationCreated,
  ),
  notificationRead: message("Inside `encrypted`, to the user's sockets: read or removed elsewhere.", notificationRead),
  notificationState: message(
    'Inside `encrypted`, the first frame of a client that sent `lastSequence`: where its inbox stands.',
    notificationState,
  ),
  notificationResync: message(
    'Inside `encrypted`: what was missed cannot be told one by one; the client reads its inbox over REST.',
    notificationResync,
  ),
  acknowledgement: message('Inside `encrypted`: what became of a join or leave with an `id`.', acknowledgement),
};

const receive = (by: string, summary: string) => ({ action: 'receive', by, summary }) as const;
const send = (by: string, summary: string) => ({ action: 'send', by, summary }) as const;

const kafka = (
  topic: string,
  title: string,
  description: string,
  messages: string[],
  operations: Channel['operations'],
): Channel => ({ address: topic, title, description, messages, operations, servers: ['kafka'] });

const CONSUMED = [
  TOPICS.paymentSuccess,
  TOPICS.paymentEvents,
  TOPICS.invoiceEvents,
  TOPICS.activityNotification,
  ...MERCHANT_CDC_TOPICS.slice(0, 1),
];

/** What is inside the sealed messages of both dialects. */
const SEALED = [
  'paymentPush',
  'invoicePush',
  'notificationCreated',
  'notificationRead',
  'notificationState',
  'notificationResync',
  'acknowledgement',
] as const;

const CHANNELS: Readonly<Record<string, Channel>> = {
  paymentSuccess: kafka(
    TOPICS.paymentSuccess,
    'Paid sales',
    'Key: order id. Produced by sale.',
    ['paymentSuccess'],
    [receive('invoice', 'Makes the e-invoice of the order.')],
  ),
  merchantChanges: kafka(
    MERCHANT_CDC_TOPICS[0] ?? '',
    'Merchants',
    `Change feed of commerce. No prefix of the site. Other spellings that are accepted: ${MERCHANT_CDC_TOPICS.slice(1).join(', ')}.`,
    ['merchantChange'],
    [receive('invoice', "Keeps the merchants' tax data.")],
  ),
  paymentEvents: kafka(
    TOPICS.paymentEvents,
    'Payment events',
    'Key: transaction id. In order per transaction.',
    ['paymentEvent'],
    [
      send('payment', 'Tells of every change of a payment.'),
      receive('invoice', 'Holds refunds of a sale against what its invoices took back.'),
    ],
  ),
  invoiceEvents: kafka(
    TOPICS.invoiceEvents,
    'Invoice events',
    'Key: source id. In order per invoice.',
    ['invoiceEvent'],
    [
      send('invoice', 'Tells of every change of an invoice.'),
      receive('payment', 'Shows the invoices of a sale in the timeline of its payment.'),
    ],
  ),
  activityNotifications: kafka(
    TOPICS.activityNotification,
    'Activity notifications',
    'Key: merchant or organizer id.',
    ['activityNotification'],
    [
      send('payment', 'Tells of paid sales.'),
      send('invoice', 'Tells of issued and failed invoices and of expired claims.'),
      receive('signal', 'Stores one notification per recipient, then pushes.'),
    ],
  ),
  ...Object.fromEntries(
    CONSUMED.map((topic) => [
      `deadLetters_${topic.replaceAll(/[^A-Za-z0-9]/g, '_')}`,
      kafka(
        deadLetterTopic(topic),
        `Dead letters of ${topic}`,
        'What a consumer gave up on.',
        ['deadLetter'],
        [send('consumer', 'Puts away a record that failed all its tries.')],
      ),
    ]),
  ),
  paymentWebhooks: {
    address: '{url}',
    title: 'Payment webhooks',
    description:
      'POST to the address of a subscription. 2xx = taken; 410 = subscription ended; anything else is tried again. In order per transaction and subscriber.',
    messages: ['paymentWebhook'],
    servers: [],
    operations: [send('payment', 'Delivers an event to each subscriber.')],
  },
  bus: {
    address: 'ws:{kind}:{target}',
    title: 'Realtime bus',
    description:
      'Redis publish/subscribe: `ws:broadcast`, `ws:room:<room>`, `ws:client:<clientId>`, `ws:user:<userId>`. Best effort, nothing is kept.',
    messages: ['busMessage'],
    servers: ['redis'],
    operations: [send('producers', 'Hints at a change.'), receive('signal', 'Hands it to its sockets.')],
  },
  stream: {
    address: '/stream',
    title: 'Realtime stream',
    description:
      'JSON text frames `{event, data?, id?}`. Only `connected` and `error` are in clear after the upgrade. Clients of Socket.IO 4 (`EIO=` in the query) exchange the same as events: see the channel `streamSocketIo`.',
    messages: [
      ...Object.keys(clientFrames).map((event) => `client_${event}`),
      ...Object.keys(serverFrames).map((event) => `server_${event}`),
      'encrypted',
      ...SEALED,
    ],
    servers: ['signal'],
    operations: [
      receive('signal_clients', 'Authenticates clients and lets them join rooms.'),
      send('signal', 'Pushes.'),
    ],
  },
  streamSocketIo: {
    address: '/stream/',
    title: 'Realtime stream for Socket.IO 4',
    description:
      'The same path, users, keys, rooms and topics as `stream`, for whoever asks with `EIO=4` (with or without the slash), by WebSocket or polling. Payloads are arguments of events of the one namespace `/`. The library answers pings; a heartbeat is not needed. docs/stream-protocol.md has a client.',
    messages: [
      ...Object.keys(socketIoClientEvents).map((event) => `socketIo_client_${event}`),
      ...Object.keys(socketIoServerEvents).map((event) => `socketIo_server_${event}`),
      'socketIo_encrypted',
      ...SEALED,
    ],
    servers: ['signal'],
    operations: [
      receive('signal_clients', 'Authenticates clients and lets them join rooms.'),
      send('signal', 'Pushes.'),
    ],
  },
};

/** Parameters in braces of an address need an entry each. */
const PARAMETERS: Readonly<Record<string, string>> = {
  url: 'Address of the subscription.',
  kind: '`broadcast`, `room`, `client` or `user`.',
  target: 'Room or id; a broadcast has none.',
};

const parametersOf = (address: string) =>
  Object.fromEntries(
    [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, { description: PARAMETERS[name] }]),
  );

/** Which of a channel's messages an operation is about: the stream differs by direction. */
const messagesOf = (channel: string, action: 'send' | 'receive', names: readonly string[]): readonly string[] => {
  if (channel !== 'stream' && channel !== 'streamSocketIo') return names;
  return names.filter(
    (name) => name.endsWith('encrypted') || (action === 'receive') === /^(socketIo_)?client_/.test(name),
  );
};

/** The AsyncAPI 3.0 document of topics, webhooks, bus and stream. */
export function asyncApiDocument() {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Payment, invoice and signal: messages',
      version: packageFile.version,
      description:
        'Topic names stand without the prefix of a site (`APP_ENV_KAFKA_TOPIC_PREFIX`). Delivery is at least once.',
    },
    defaultContentType: 'application/json',
    servers: {
      kafka: { host: 'kafka:9092', protocol: 'kafka' },
      redis: { host: 'redis:6379', protocol: 'redis' },
      signal: { host: 'signal:3000', protocol: 'wss' },
    },
    channels: Object.fromEntries(
      Object.entries(CHANNELS).map(([key, channel]) => [
        key,
        {
          address: channel.address,
          title: channel.title,
          description: channel.description,
          ...(channel.servers.length === 0
            ? {}
            : { servers: channel.servers.map((name) => ({ $ref: `#/servers/${name}` })) }),
          ...(channel.address.includes('{') ? { parameters: parametersOf(channel.address) } : {}),
          messages: Object.fromEntries(
            channel.messages.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(
      Object.entries(CHANNELS).flatMap(([key, channel]) =>
        channel.operations.map(({ action, by, summary }) => [
          `${by}_${action}_${key}`,
          {
            action,
            summary,
            channel: { $ref: `#/channels/${key}` },
            messages: messagesOf(key, action, channel.messages).map((name) => ({
              $ref: `#/channels/${key}/messages/${name}`,
            })),
          },
        ]),
      ),
    ),
    components: {
      messages: Object.fromEntries(Object.entries(MESSAGES).map(([name, entry]) => [name, { name, ...entry }])),
      schemas: {
        PaymentPayload: paymentPayload,
        PaymentEnvelope: paymentEnvelope,
        InvoicePayload: invoicePayload,
        InvoiceEnvelope: invoiceEnvelope,
        ActivityNotification: activityNotification,
      },
    },
  };
}
