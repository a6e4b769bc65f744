import { Inject, Injectable } from '@nestjs/common';
import { AppError, SIGNAL_TOPICS, type Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { BusPublisher } from '../bus/bus-publisher';
import { NotificationRepository } from './notification.repository';
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
    const { changed, unread } = await this.notifications.readOne(userId, id, this.now());
    const notification = await this.notifications.find(userId, id);
    if (notification === undefined) throw notFound();
    if (changed > 0) this.tell(userId, { ids: [id], all: false, before: null, deleted: false, unread });
    return notification;
  }

  async readAll(userId: string, before: string | undefined): Promise<{ updated: number; unread: number }> {
    const until = before === undefined ? null : new Date(before);
    const { changed, unread } = await this.notifications.readAll(userId, until, this.now());
    const told = { ids: [], all: true, before: until?.toISOString() ?? null, deleted: false, unread };
    if (changed > 0) this.tell(userId, told);
    return { updated: changed, unread };
  }

  /** @throws `signal.notification.not_found` */
  async remove(userId: string, id: string): Promise<void> {
    const change = await this.notifications.deleteOne(userId, id, this.now());
    if (change === undefined) throw notFound();
    this.tell(userId, { ids: [id], all: false, before: null, deleted: true, unread: change.unread });
  }

  private now(): Date {
    return new Date(this.clock.now());
  }

  private tell(userId: string, data: object): void {
    this.bus.push({ type: 'user', target: userId }, SIGNAL_TOPICS.notificationRead, data);
  }
}
