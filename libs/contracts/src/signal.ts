/** Shapes of the notification inbox that cross a border. */

export const NOTIFICATION_TYPES = [
  'PAYMENT_SUCCESS',
  'PAYMENT_FAILED',
  'REFUND_SUCCESS',
  'REFUND_FAILED',
  'INVOICE_ISSUED',
  'INVOICE_FAILED',
  'CLAIM_EXPIRED',
  'OPERATIONS_ALERT',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** Kafka `signal.activity-notification`, key = merchant or organizer id. Members below the line are ours and optional. */
export interface ActivityNotification {
  readonly eventType: string;
  readonly recipientScope: 'org' | 'merchant' | 'users';
  readonly actorId: string | null;
  readonly actor: { readonly id: string; readonly name: string; readonly type: string } | null;
  readonly organizerId: string | null;
  readonly merchantId?: string;
  readonly recipientIds?: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt?: string;
  readonly eventId?: string;
  readonly version?: number;
  readonly locale?: string;
}

export const SIGNAL_TOPICS = {
  notificationCreated: 'observation/signal/notification/created',
  notificationRead: 'observation/signal/notification/read',
  /** Where the inbox stands now: first frame of a client that resumes; for screens, a badge that rings nobody. */
  notificationState: 'observation/signal/notification/state',
  /** What was missed cannot be told push by push: the client reads its inbox anew over REST. */
  notificationResync: 'observation/signal/notification/resync',
} as const;

/** Why a client has to read its inbox anew. */
export const RESYNC_REASONS = ['too_far_behind', 'ahead', 'gone', 'changed', 'invalid'] as const;
export type ResyncReason = (typeof RESYNC_REASONS)[number];

const NOTIFICATION_ROOMS = 'signal/notification/';

export const notificationRoom = (userId: string): string => `${NOTIFICATION_ROOMS}${userId}`;

/** The user whose notifications a room is for; `undefined` for every other room. */
export const userOfNotificationRoom = (room: string): string | undefined =>
  room.startsWith(NOTIFICATION_ROOMS) ? room.slice(NOTIFICATION_ROOMS.length) : undefined;
