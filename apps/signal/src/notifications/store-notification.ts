import { Inject, Injectable } from '@nestjs/common';
import { notificationRoom, SIGNAL_TOPICS, type Clock } from '@nx/contracts';
import { stringifyLossless, type InboundRecord } from '@nx/messaging';
import { CLOCK, Logger, Metrics, type Counter, type Histogram } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { BusPublisher } from '../bus/bus-publisher';
import { SignalConfig } from '../signal.config';
import type { NotificationView } from './notification.view';
import { readActivity, type Activity } from './read-activity';
import { renderNotification, type Rendered } from './render-notification';
import { ResolveRecipients } from './resolve-recipients';
import { STORE_NOTIFICATION } from './store-statement';

interface StoredRow {
  id: string | null;
  recipient_id: string | null;
  sequence: string | null;
  unread: number | null;
  revision: string | null;
}

/** Puts an activity into the inboxes of those it concerns, once however often it comes, then tells their sockets. */
@Injectable()
export class StoreNotification {
  private readonly statement: Statement<StoredRow>;
  private readonly events: Counter;
  private readonly rows: Counter;
  private readonly lag: Histogram;

  constructor(
    database: Database,
    private readonly config: SignalConfig,
    private readonly recipients: ResolveRecipients,
    private readonly ids: IdGenerator,
    private readonly bus: BusPublisher,
    private readonly logger: Logger,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.statement = database.statement('notification-store', STORE_NOTIFICATION);
    this.events = metrics.counter('signal_notification_events_total', 'Activities by outcome', ['outcome']);
    this.rows = metrics.counter('signal_notifications_total', 'Notifications stored');
    this.lag = metrics.histogram('signal_notification_seconds', 'From the record on the broker to the push');
  }

  /** @throws RecordError for a defect of the record; errors of the database as they are */
  async execute(record: InboundRecord): Promise<void> {
    if (record.value === null) return;
    const activity = readActivity(record);
    const rendered = renderNotification(activity, activity.locale ?? this.config.notifications.defaultLocale);
    if (rendered === undefined) {
      this.events.inc({ outcome: 'unknown_type' });
      this.logger.warn('activity of an unknown type without a title skipped', eventFields(activity));
      return;
    }
    const recipients = await this.recipients.execute(activity);
    if (recipients.length === 0) this.logger.warn('activity concerns nobody', eventFields(activity));
    const now = this.clock.now();
    const rows = await this.store(record, activity, rendered, recipients, now);
    if (rows.length === 0) {
      this.events.inc({ outcome: 'repeated' });
      return;
    }
    this.events.inc({ outcome: recipients.length === 0 ? 'nobody' : 'stored' });
    for (const row of rows) this.push(row, activity, rendered, now);
    this.lag.observe(Math.max(0, this.clock.now() - record.timestampMs) / 1000);
  }

  /** No row comes back when the event was stored before. */
  private store(
    record: InboundRecord,
    activity: Activity,
    rendered: Rendered,
    recipients: readonly string[],
    now: number,
  ): Promise<StoredRow[]> {
    const each = <T>(value: T): T[] => recipients.map(() => value);
    return this.statement.run([
      activity.eventId,
      new Date(now),
      activity.eventType,
      activity.scope,
      activity.organizerId,
      activity.merchantId,
      activity.actorId,
      activity.occurredAtMs === null ? null : new Date(activity.occurredAtMs),
      `${record.topic}/${record.partition}/${record.offset}`,
      recipients.map(() => this.ids.next()),
      recipients,
      each(rendered.locale),
      each(rendered.title),
      each(rendered.content),
      each(rendered.html),
      activity.actionUrl,
      stringifyLossless(activity.data),
    ]);
  }

  /** A hint for open clients; the inbox is what counts. */
  private push(row: StoredRow, activity: Activity, rendered: Rendered, now: number): void {
    if (row.id === null || row.recipient_id === null) return;
    this.rows.inc();
    const notification: NotificationView = {
      id: row.id,
      type: activity.eventType,
      title: rendered.title,
      content: rendered.content,
      html: rendered.html,
      actionUrl: activity.actionUrl,
      data: activity.data,
      organizerId: activity.organizerId,
      merchantId: activity.merchantId,
      locale: rendered.locale,
      sequence: Number(row.sequence),
      isRead: false,
      readAt: null,
      createdAt: new Date(now).toISOString(),
    };
    const destination = { type: 'room', target: notificationRoom(row.recipient_id) } as const;
    const data = { notification, unread: row.unread, revision: Number(row.revision) };
    this.bus.push(destination, SIGNAL_TOPICS.notificationCreated, data);
  }
}

const eventFields = ({ eventId, eventType, merchantId }: Activity): object => ({ eventId, eventType, merchantId });
