import type { NotificationView } from './notification.view';

/** A row of `ActivityNotification` as it is read. */
export interface NotificationRow {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly content: string;
  readonly html: string;
  readonly action_url: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly organizer_id: string | null;
  readonly merchant_id: string | null;
  readonly locale: 'vi' | 'en';
  readonly sequence: string;
  readonly is_read: boolean;
  readonly read_at: Date | null;
  readonly created_at: Date;
}

export const NOTIFICATION_COLUMNS = `id, type, title, content, html, action_url, data, organizer_id, merchant_id, locale,
  sequence, is_read, read_at, created_at`;

/** The row as REST and pushes show it. */
export const viewOf = (row: NotificationRow): NotificationView => ({
  id: row.id,
  type: row.type,
  title: row.title,
  content: row.content,
  html: row.html,
  actionUrl: row.action_url,
  data: row.data,
  organizerId: row.organizer_id,
  merchantId: row.merchant_id,
  locale: row.locale,
  sequence: Number(row.sequence),
  isRead: row.is_read,
  readAt: row.read_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
});
