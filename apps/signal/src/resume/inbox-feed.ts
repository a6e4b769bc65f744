import { SIGNAL_TOPICS, type ResyncReason } from '@nx/contracts';
import type { NotificationView } from '../notifications/notification.view';
import type { InboxMark } from './inbox-mark';

/** An inbox at one moment, and what came after the sequence that was asked for. */
export interface InboxSnapshot {
  readonly lastSequence: number;
  readonly unread: number;
  readonly revision: number;
  /** In order, deleted ones too; empty when it would be more than the limit. */
  readonly missed: readonly { readonly notification: NotificationView; readonly deleted: boolean }[];
}

/** How far the client says it is. */
export interface ResumePoint {
  /** `undefined` for a value that is no sequence. */
  readonly sequence: number | undefined;
  /** The last change that the client knows of; only our own clients tell it. */
  readonly revision: number | undefined;
}

export interface FeedPorts {
  /** Hands one message to the socket; false when the client is too slow to take it. */
  send(topic: string, data: object): boolean;
  /** `replyTo`: see `Connection`. */
  sendText(text: string, replyTo?: string): boolean;
  /** Something is missing, and only the table can tell what. */
  fallenBehind(): void;
}

export interface FeedLimits {
  /** Notifications that are told one by one. */
  readonly missed: number;
  /** Characters of other pushes that may wait for the beginning. */
  readonly waitingCharacters: number;
}

export type FeedOutcome = 'unchanged' | 'replayed' | 'too_slow' | ResyncReason;

/** Changes that came before their turn; more than this are read from the table instead. */
const MAXIMUM_EARLY = 256;

/**
 * What one resuming client is told about its inbox: first where it stands, then every change once and in the order of
 * its number. A change that comes early waits for those before it; one that does not come is read from the table.
 */
export class InboxFeed {
  /** False until the client was told where its inbox stands; nothing else is sent before. */
  private begun = false;
  private sequence: number | undefined;
  private revision: number | undefined;
  /** The newest change we have heard of. */
  private heardOf = 0;
  private readonly early = new Map<number, { readonly mark: InboxMark; readonly text: string }>();
  private waiting: { readonly text: string; readonly replyTo: string | undefined }[] = [];
  private waitingCharacters = 0;

  constructor(
    point: ResumePoint,
    private readonly limits: FeedLimits,
    private readonly ports: FeedPorts,
  ) {
    this.sequence = point.sequence;
    this.revision = point.revision;
  }

  /** After which place the table is to be asked; `undefined` when that makes no sense. */
  get since(): number | undefined {
    return this.sequence;
  }

  get hasBegun(): boolean {
    return this.begun;
  }

  /** Whether there are changes that the client has not been told of. */
  get isBehind(): boolean {
    return !this.begun || this.heardOf > this.told;
  }

  /** A push on its way to the client. False when it is dropped because the client is too slow. */
  push(text: string, mark?: InboxMark, replyTo?: string): boolean {
    if (mark !== undefined) return this.pushChange(text, mark);
    if (this.begun) return this.ports.sendText(text, replyTo);
    if (this.waitingCharacters + text.length > this.limits.waitingCharacters) return false;
    this.waitingCharacters += text.length;
    this.waiting.push({ text, replyTo });
    return true;
  }

  /** The newest change that the client was told of. */
  get told(): number {
    return this.revision ?? 0;
  }

  /**
   * A look at the table from time to time. What is new there may still be on its way as a push, so it is not acted
   * upon at once. A table that has gone back behind what was told before the look (a restored copy) is.
   */
  notice(snapshot: InboxSnapshot, toldBefore: number): void {
    if (!this.begun) return;
    if (snapshot.revision < toldBefore) {
      this.early.clear();
      this.heardOf = 0;
      if (this.sendState(snapshot)) this.resync(snapshot, 'ahead');
      return;
    }
    this.heardOf = Math.max(this.heardOf, snapshot.revision);
    if (this.isBehind) this.ports.fallenBehind();
  }

  /** Brings the client to the state of the table. */
  apply(snapshot: InboxSnapshot): FeedOutcome {
    // The pushes were faster than the table was read.
    if (this.begun && snapshot.revision <= this.told) return 'unchanged';
    const outcome = this.sendState(snapshot) ? this.catchUp(snapshot) : 'too_slow';
    if (outcome !== 'too_slow') {
      this.begin();
      this.sendEarly();
    }
    if (this.isBehind) this.ports.fallenBehind();
    return outcome;
  }

  private sendState({ lastSequence, unread, revision }: InboxSnapshot): boolean {
    return this.ports.send(SIGNAL_TOPICS.notificationState, { lastSequence, unread, revision });
  }

  private catchUp(snapshot: InboxSnapshot): FeedOutcome {
    const since = this.sequence ?? snapshot.lastSequence;
    const missed = snapshot.missed.filter(({ notification }) => notification.sequence > since);
    const reason = this.reasonToResync(snapshot, missed.length);
    if (reason !== undefined) return this.resync(snapshot, reason);
    const present = missed.filter(({ deleted }) => !deleted);
    // Without other changes in between, what was missed are the last changes of all.
    let revision = Math.max(0, snapshot.revision - present.length);
    for (const { notification } of present) {
      revision += 1;
      const data = { notification, unread: snapshot.unread, revision };
      if (!this.ports.send(SIGNAL_TOPICS.notificationCreated, data)) return 'too_slow';
      this.advance(notification.sequence, revision);
    }
    this.advance(snapshot.lastSequence, snapshot.revision);
    return present.length === 0 ? 'unchanged' : 'replayed';
  }

  private resync({ lastSequence, revision }: InboxSnapshot, reason: ResyncReason): FeedOutcome {
    const sent = this.ports.send(SIGNAL_TOPICS.notificationResync, { reason, lastSequence, revision });
    if (!sent) return 'too_slow';
    this.advance(lastSequence, revision);
    return reason;
  }

  private reasonToResync({ lastSequence, revision }: InboxSnapshot, missed: number): ResyncReason | undefined {
    if (this.sequence === undefined) return 'invalid';
    if (this.sequence > lastSequence) return 'ahead';
    if (lastSequence - this.sequence > this.limits.missed) return 'too_far_behind';
    if (lastSequence - this.sequence !== missed) return 'gone';
    if (this.revision === undefined) return undefined;
    if (this.revision > revision) return 'ahead';
    // Each notification that was missed is one change; whatever is more was read or deleted elsewhere.
    return revision - this.revision > missed ? 'changed' : undefined;
  }

  private pushChange(text: string, mark: InboxMark): boolean {
    this.heardOf = Math.max(this.heardOf, mark.revision);
    if (this.early.size < MAXIMUM_EARLY && !mark.isState) this.early.set(mark.revision, { mark, text });
    if (!this.begun) return true;
    const sent = this.sendEarly();
    if (this.isBehind) this.ports.fallenBehind();
    return sent;
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    for (const { text, replyTo } of this.waiting) this.ports.sendText(text, replyTo);
    this.waiting = [];
  }

  /** Changes whose turn it is. */
  private sendEarly(): boolean {
    for (const revision of this.early.keys()) if (revision <= this.told) this.early.delete(revision);
    for (;;) {
      const next = this.early.get(this.told + 1);
      if (next === undefined) return true;
      const { sequence } = next.mark;
      // A release that does not number its changes has stored something in between.
      if (sequence !== undefined && sequence !== (this.sequence ?? 0) + 1) return true;
      if (!this.ports.sendText(next.text)) return false;
      this.early.delete(next.mark.revision);
      this.advance(sequence ?? this.sequence ?? 0, next.mark.revision);
    }
  }

  private advance(sequence: number, revision: number): void {
    this.sequence = sequence;
    this.revision = revision;
    this.heardOf = Math.max(this.heardOf, revision);
  }
}
