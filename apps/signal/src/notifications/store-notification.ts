import { Inject, Injectable } from '@nestjs/common';
import { notificationRoom, SIGNAL_TOPICS, type Clock } from '@nx/contracts';
import { stringifyLossless, type InboundRecord } from '@nx/messaging';
import { CLOCK, Logger, Metrics, type Counter, type Histogram } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { BusPublisher } from '../bus/bus-publisher';
import { SignalConfig } from '../signal.config';
import { inTurns } from '../stream/turns';
import type { NotificationView } from './notification.view';
import { NO_PREFERENCES, reachOf, type Preferences, type Reach } from './preferences';
import { PreferencesRepository } from './preferences.repository';
import { readActivity, type Activity, type Locale } from './read-activity';
import { renderNotification, type Rendered } from './render-notification';
import { ResolveRecipients } from './resolve-recipients';
import { STORE_NOTIFICATION } from './store-statement';
import type { Templates } from './templates';
import { TEMPLATES } from './templates.token';

/** One row for each recipient; for an event without any, and where nothing was stored, one without a notification. */
interface StoredRow {
  /** Nothing was stored, because somebody has wishes that were not looked at. */
  has_wishes: boolean;
  /** False for an event that was stored before. */
  is_new: boolean;
  id: string | null;
  recipient_id: string | null;
  sequence: string | null;
  unread: number | null;
  revision: string | null;
}

/** One recipient's notification. */
interface Copy extends Rendered, Reach {
  readonly recipientId: string;
}

interface Delivered {
  readonly copies: readonly Copy[];
  readonly rows: readonly StoredRow[];
}

const FEW_RECIPIENTS = 8;
/** About two milliseconds of sealing and saying. */
const PUSHES_PER_TURN = 20;
const NO_WISHES: ReadonlyMap<string, Preferences> = new Map();

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
    private readonly preferences: PreferencesRepository,
    @Inject(TEMPLATES) private readonly templates: Templates,
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
    if (this.render(activity, null) === undefined) {
      this.events.inc({ outcome: 'unknown_type' });
      this.logger.warn('activity of an unknown type without a title skipped', eventFields(activity));
      return;
    }
    const now = this.clock.now();
    const { copies, rows } = await this.deliver(record, activity, now);
    if (copies.length === 0) this.logger.warn('activity concerns nobody', eventFields(activity));
    if (rows[0]?.is_new !== true) {
      this.events.inc({ outcome: 'repeated' });
      return;
    }
    this.events.inc({ outcome: copies.length === 0 ? 'nobody' : 'stored' });
    const byRecipient = new Map(copies.map((copy) => [copy.recipientId, copy]));
    await inTurns(rows, PUSHES_PER_TURN, (row) => {
      this.push(row, activity, byRecipient.get(row.recipient_id ?? ''), now);
    });
    this.lag.observe(Math.max(0, this.clock.now() - record.timestampMs) / 1000);
  }

  /** The language of the recipient, else of the message, else of the platform. */
  private render(activity: Activity, preferred: Locale | null): Rendered | undefined {
    const locale = preferred ?? activity.locale ?? this.config.notifications.defaultLocale;
    return renderNotification(this.templates, activity, locale);
  }

  /**
   * Into the inboxes, for a few recipients as if they had no wishes, which the statement sees to: one look at the
   * database instead of two. Among many there is always somebody who has.
   */
  private async deliver(record: InboundRecord, activity: Activity, now: number): Promise<Delivered> {
    const recipients = await this.recipients.execute(activity);
    if (recipients.length <= FEW_RECIPIENTS) {
      const copies = this.copiesOf(activity, recipients, NO_WISHES, now);
      const rows = await this.store(record, activity, copies, { now, areWishesHeard: false });
      if (rows[0]?.has_wishes !== true) return { copies, rows };
    }
    const copies = this.copiesOf(activity, recipients, await this.preferences.findAll(recipients), now);
    return { copies, rows: await this.store(record, activity, copies, { now, areWishesHeard: true }) };
  }

  /** What each recipient gets, in the order in which their rows are locked. */
  private copiesOf(
    activity: Activity,
    recipients: readonly string[],
    preferences: ReadonlyMap<string, Preferences>,
    now: number,
  ): Copy[] {
    const rendered = new Map<Locale | null, Rendered | undefined>();
    const copies: Copy[] = [];
    for (const recipientId of recipients) {
      const wishes = preferences.get(recipientId) ?? NO_PREFERENCES;
      if (!rendered.has(wishes.locale)) rendered.set(wishes.locale, this.render(activity, wishes.locale));
      const texts = rendered.get(wishes.locale);
      if (texts !== undefined) {
        copies.push({ ...texts, ...reachOf(wishes, activity.eventType, now), recipientId });
      }
    }
    return copies;
  }

  private store(
    record: InboundRecord,
    activity: Activity,
    copies: readonly Copy[],
    { now, areWishesHeard }: { readonly now: number; readonly areWishesHeard: boolean },
  ): Promise<StoredRow[]> {
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
      copies.map(() => this.ids.next()),
      copies.map(({ recipientId }) => recipientId),
      copies.map(({ locale }) => locale),
      copies.map(({ title }) => title),
      copies.map(({ content }) => content),
      copies.map(({ html }) => html),
      activity.actionUrl,
      stringifyLossless(activity.data),
      copies.map(({ muted }) => muted),
      areWishesHeard,
    ]);
  }

  /** A hint for open clients; the inbox is what counts. */
  private push(row: StoredRow, activity: Activity, copy: Copy | undefined, now: number): void {
    if (row.id === null || row.recipient_id === null || copy === undefined) return;
    this.rows.inc();
    const createdAt = new Date(now).toISOString();
    const notification: NotificationView = {
      id: row.id,
      type: activity.eventType,
      title: copy.title,
      content: copy.content,
      html: copy.html,
      actionUrl: activity.actionUrl,
      data: activity.data,
      organizerId: activity.organizerId,
      merchantId: activity.merchantId,
      locale: copy.locale,
      sequence: Number(row.sequence),
      isRead: copy.muted,
      readAt: copy.muted ? createdAt : null,
      createdAt,
    };
    const destination = { type: 'room', target: notificationRoom(row.recipient_id) } as const;
    const data = { notification, unread: row.unread, revision: Number(row.revision) };
    // Clients that keep a copy of the inbox are told without a ring; to the others `Delivery` does not hand it.
    const told = copy.silent ? { ...data, silent: true } : data;
    this.bus.push(destination, SIGNAL_TOPICS.notificationCreated, told);
  }
}

const eventFields = ({ eventId, eventType, merchantId }: Activity): object => ({ eventId, eventType, merchantId });
