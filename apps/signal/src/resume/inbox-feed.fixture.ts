import { SIGNAL_TOPICS } from '@nx/contracts';
import type { NotificationView } from '../notifications/notification.view';
import { pushText } from '../stream/delivery';
import { InboxFeed, type InboxSnapshot } from './inbox-feed';
import { inboxMarkOf } from './inbox-mark';

interface Item {
  readonly view: NotificationView;
  deleted: boolean;
}

export interface Push {
  readonly topic: string;
  readonly data: Record<string, unknown>;
}

/** An inbox as the table keeps it: the oracle of the feed's tests. */
export class TableModel {
  readonly items: Item[] = [];
  unread = 0;
  revision = 0;

  create(): Push {
    const sequence = this.items.length + 1;
    this.unread += 1;
    this.revision += 1;
    const view = { id: `n-${sequence}`, sequence, isRead: false } as unknown as NotificationView;
    this.items.push({ view, deleted: false });
    const data = { notification: { ...view }, unread: this.unread, revision: this.revision };
    return { topic: SIGNAL_TOPICS.notificationCreated, data };
  }

  read(index: number): Push | undefined {
    const item = this.items[index];
    if (item === undefined || item.deleted || item.view.isRead) return undefined;
    item.view.isRead = true;
    this.unread -= 1;
    return this.change({ ids: [item.view.id], all: false, deleted: false });
  }

  readAll(): Push | undefined {
    const unread = this.items.filter(({ view, deleted }) => !deleted && !view.isRead);
    if (unread.length === 0) return undefined;
    for (const { view } of unread) view.isRead = true;
    this.unread = 0;
    return this.change({ ids: [], all: true, deleted: false });
  }

  remove(index: number): Push | undefined {
    const item = this.items[index];
    if (item === undefined || item.deleted) return undefined;
    item.deleted = true;
    if (!item.view.isRead) this.unread -= 1;
    return this.change({ ids: [item.view.id], all: false, deleted: true });
  }

  snapshot(since: number | undefined, limit: number): InboxSnapshot {
    const lastSequence = this.items.length;
    const told = since !== undefined && lastSequence - since <= limit;
    return {
      lastSequence,
      unread: this.unread,
      revision: this.revision,
      missed: this.items
        .filter(({ view }) => told && view.sequence > since)
        .map(({ view, deleted }) => ({ notification: { ...view }, deleted })),
    };
  }

  /** What REST shows: ids and read marks, in order. */
  shown(): [string, boolean][] {
    return this.items.filter(({ deleted }) => !deleted).map(({ view }) => [view.id, view.isRead]);
  }

  private change(what: object): Push {
    this.revision += 1;
    const { items, unread, revision } = this;
    return { topic: SIGNAL_TOPICS.notificationRead, data: { ...what, lastSequence: items.length, unread, revision } };
  }
}

/** A client that knows the protocol and REST, and keeps a copy of its inbox. */
export class CopyModel {
  readonly items = new Map<string, { sequence: number; isRead: boolean }>();
  badge = 0;
  sequence = 0;
  revision: number | undefined;
  /** What is wrong by the protocol. */
  readonly faults: string[] = [];
  /** It has to read its inbox anew, and will do so some time. */
  isStale = false;
  private frames = 0;
  private lastCreated = 0;

  constructor(private readonly tellsRevision: boolean) {}

  connect(): { sequence: number; revision: number | undefined } {
    this.frames = 0;
    this.lastCreated = 0;
    return { sequence: this.sequence, revision: this.tellsRevision ? this.revision : undefined };
  }

  hear(topic: string, data: Record<string, unknown>): void {
    this.frames += 1;
    if (this.frames === 1 && topic !== SIGNAL_TOPICS.notificationState) this.faults.push(`${topic} came first`);
    const revision = data['revision'];
    if (typeof revision !== 'number') return;
    if (typeof data['unread'] === 'number') this.badge = data['unread'];
    if (topic === SIGNAL_TOPICS.notificationCreated) this.created(data['notification'] as NotificationView);
    else if (topic === SIGNAL_TOPICS.notificationRead) this.changed(data);
    else if (topic === SIGNAL_TOPICS.notificationResync) {
      this.isStale = true;
      this.sequence = Number(data['lastSequence']);
    }
    const isTold = topic !== SIGNAL_TOPICS.notificationState || data['lastSequence'] === this.sequence;
    if (isTold) this.revision = revision;
  }

  /** Reads the inbox over REST. */
  refetch(table: TableModel): void {
    this.isStale = false;
    this.items.clear();
    for (const { view, deleted } of table.items) {
      if (!deleted) this.items.set(view.id, { sequence: view.sequence, isRead: view.isRead });
    }
  }

  shown(): [string, boolean][] {
    return [...this.items]
      .toSorted(([, left], [, right]) => left.sequence - right.sequence)
      .map(([id, { isRead }]) => [id, isRead]);
  }

  private created({ id, sequence, isRead }: NotificationView): void {
    if (sequence <= this.lastCreated) this.faults.push(`${sequence} came after ${this.lastCreated}`);
    if (sequence <= this.sequence) this.faults.push(`${sequence} came twice`);
    this.lastCreated = sequence;
    this.sequence = sequence;
    // What REST showed is newer than a push that was on its way.
    if (!this.items.has(id)) this.items.set(id, { sequence, isRead });
  }

  private changed(data: Record<string, unknown>): void {
    const ids = data['ids'] as string[];
    for (const [id, item] of this.items) {
      const meant = data['all'] === true ? item.sequence <= Number(data['lastSequence']) : ids.includes(id);
      if (meant && data['deleted'] === true) this.items.delete(id);
      else if (meant) item.isRead = true;
    }
  }
}

/** A feed between the two, with pushes and looks at the table that arrive whenever the test says so. */
export class Line {
  readonly table = new TableModel();
  readonly copy: CopyModel;
  feed: InboxFeed;
  /** Pushes on their way: they may arrive in any order, or never. */
  underway: Push[] = [];
  looks: { snapshot: InboxSnapshot; told: number; wish: 'notice' | 'catch-up' }[] = [];
  isBehind = false;
  /** The socket takes nothing. */
  isBlocked = false;
  resyncs = 0;

  constructor(
    tellsRevision: boolean,
    private readonly limit: number,
  ) {
    this.copy = new CopyModel(tellsRevision);
    this.feed = this.open();
  }

  say(push: Push | undefined): void {
    if (push !== undefined) this.underway.push(push);
  }

  arrive(index: number): void {
    const [push] = this.underway.splice(index % Math.max(1, this.underway.length), 1);
    if (push !== undefined) this.feed.push(pushText(push.topic, push.data), inboxMarkOf(push.topic, push.data));
  }

  look(wish: 'notice' | 'catch-up'): void {
    const { feed } = this;
    this.looks.push({ snapshot: this.table.snapshot(feed.since, this.limit), told: feed.told, wish });
  }

  answer(): void {
    const look = this.looks.shift();
    if (look?.wish === 'notice') this.feed.notice(look.snapshot, look.told);
    else if (look !== undefined) this.feed.apply(look.snapshot);
  }

  reconnect(): void {
    this.underway = [];
    this.looks = [];
    this.feed = this.open();
  }

  /** No more disturbances: what the server does by itself until everything is quiet. */
  settle(): void {
    this.isBlocked = false;
    for (let round = 0; round < 4; round += 1) {
      while (this.underway.length > 0) this.arrive(0);
      while (this.looks.length > 0) this.answer();
      this.look(this.feed.isBehind ? 'catch-up' : 'notice');
    }
    while (this.looks.length > 0) this.answer();
    if (this.copy.isStale) this.copy.refetch(this.table);
  }

  private open(): InboxFeed {
    const send = (topic: string, data: object): boolean => {
      if (this.isBlocked) return false;
      if (topic === SIGNAL_TOPICS.notificationResync) this.resyncs += 1;
      this.copy.hear(topic, data as Record<string, unknown>);
      return true;
    };
    return new InboxFeed(
      this.copy.connect(),
      { missed: this.limit, waitingCharacters: 1000 },
      {
        send,
        sendText: (text) => {
          const { event, data } = JSON.parse(text) as { event: string; data: object };
          return send(event, data);
        },
        fallenBehind: () => {
          this.isBehind = true;
        },
      },
    );
  }
}
