import { Inject, Injectable } from '@nestjs/common';
import { AppError, SIGNAL_TOPICS, type Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { BusPublisher } from '../bus/bus-publisher';
import { NotificationRepository, type Change } from './notification.repository';
import type { NotificationView } from './notification.view';

const notFound = (): AppError =>
  new AppError({ code: 'signal.notification.not_found', detail: 'There is no such notification of yours.' });

/** Reading and deleting; every change is told to the user's open clients with the stored badge. */
@Injectable()
export class ChangeInbox {
  constructor(
    private readonly notifications: NotificationRepository,
    private readonly bus: BusPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Repeating it changes nothing. @throws `signal.notification.not_found` */
  async read(userId: string, id: string): Promise<NotificationView> {
    const change = await this.notifications.readOne(userId, id, this.now());
    const notification = await this.notifications.find(userId, id);
    if (notification === undefined) throw notFound();
    this.tell(userId, { ids: [id], all: false, before: null, deleted: false }, change);
    return notification;
  }

  async readAll(userId: string, before: string | undefined): Promise<{ updated: number; unread: number }> {
    const until = before === undefined ? null : new Date(before);
    const change = await this.notifications.readAll(userId, until, this.now());
    this.tell(userId, { ids: [], all: true, before: until?.toISOString() ?? null, deleted: false }, change);
    return { updated: change.changed, unread: change.unread };
  }

  /** @throws `signal.notification.not_found` */
  async remove(userId: string, id: string): Promise<void> {
    const change = await this.notifications.deleteOne(userId, id, this.now());
    if (change.changed === 0) throw notFound();
    this.tell(userId, { ids: [id], all: false, before: null, deleted: true }, change);
  }

  private now(): Date {
    return new Date(this.clock.now());
  }

  /** What changed nothing is told to nobody. */
  private tell(userId: string, what: object, { changed, ...state }: Change): void {
    if (changed === 0) return;
    this.bus.push({ type: 'user', target: userId }, SIGNAL_TOPICS.notificationRead, { ...what, ...state });
  }
}
