import { Injectable } from '@nestjs/common';
import { SIGNAL_TOPICS, userOfNotificationRoom } from '@nx/contracts';
import { stringifyLossless } from '@nx/messaging';
import { inboxMarkOf, type InboxMark, type InboxState } from '../resume/inbox-mark';
import { NewestBadges } from '../resume/newest-badges';
import { SignalConfig } from '../signal.config';
import type { TransportName } from './connection';
import { CLOSINGS, type Closing } from './frames';
import { SessionRegistry } from './session-registry';
import type { Session } from './session';
import { StreamMetrics } from './stream-metrics';

/** Who gets a push. */
export type Destination =
  | { readonly type: 'client'; readonly target: string }
  | { readonly type: 'user'; readonly target: string }
  | { readonly type: 'room'; readonly target: string; readonly exclude?: readonly string[] }
  | { readonly type: 'broadcast'; readonly exclude?: readonly string[] };

const MAXIMUM_STRIKES = 3;

/** The JSON of a push, made once per message. Throws TypeError for data without a JSON form. */
export function pushText(topic: string, data: unknown): string {
  try {
    return JSON.stringify({ event: topic, data });
  } catch (error) {
    // Integers beyond 2^53 came in as bigint and leave with all their digits.
    if (error instanceof TypeError) return stringifyLossless({ event: topic, data });
    throw error;
  }
}

interface Handing {
  readonly text: string;
  /** What clients get that keep no copy of their inbox; `undefined` when it is nothing. */
  readonly plainText: string | undefined;
  readonly mark?: InboxMark | undefined;
  readonly replyTo?: string | undefined;
}

/** Whose inbox a push may be about. */
const inboxOf = (destination: Destination): string | undefined => {
  if (destination.type === 'user') return destination.target;
  return destination.type === 'room' ? userOfNotificationRoom(destination.target) : undefined;
};

/**
 * A push for those who keep no copy of their inbox. They show the last badge that they were told, so it is the newest
 * one known; and they ring at every notification, so of one that rings nobody they get the badge alone.
 */
function plainTextOf(
  topic: string,
  data: unknown,
  mark: InboxMark,
  newest: InboxState | undefined,
): string | undefined {
  if (newest === undefined) return mark.silent ? undefined : pushText(topic, data);
  if (mark.silent || mark.isState) return pushText(SIGNAL_TOPICS.notificationState, newest);
  return pushText(topic, newest === mark.after ? data : { ...(data as object), unread: newest.unread });
}

/** Seals a message for every socket of this instance that it is meant for. */
@Injectable()
export class Delivery {
  private readonly badges = new NewestBadges();

  constructor(
    private readonly config: SignalConfig,
    private readonly sessions: SessionRegistry,
    private readonly metrics: StreamMetrics,
  ) {}

  /** Returns to how many sockets the message was handed. `source` names the arrival in the latency metric. */
  deliver(destination: Destination, topic: string, data: unknown, source: 'bus' | 'server'): number {
    const mark = inboxMarkOf(topic, data);
    const newest = this.newestOf(destination, mark);
    const receivers = this.receivers(destination);
    if (receivers.length === 0) return 0;
    const stop = this.metrics.pushSeconds.startTimer({ source });
    const text = pushText(topic, data);
    const handing = { text, plainText: mark === undefined ? text : plainTextOf(topic, data, mark, newest), mark };
    const sent: Record<TransportName, number> = { websocket: 0, 'socket.io': 0 };
    for (const session of receivers) if (this.hand(session, handing)) sent[session.connection.transport] += 1;
    stop();
    this.count('websocket', sent.websocket);
    this.count('socket.io', sent['socket.io']);
    return sent.websocket + sent['socket.io'];
  }

  /** Sends one text to one socket; false when the client is too slow to take it. `replyTo`: see `Connection`. */
  send(session: Session, text: string, replyTo?: string): boolean {
    const sent = this.hand(session, { text, plainText: text, replyTo });
    if (sent) this.count(session.connection.transport, 1);
    return sent;
  }

  /** Ends a socket from our side; nothing is sent to it any more. `message` is the text of a refusal. */
  close(session: Session, closing: Closing, message?: string): void {
    if (session.state === 'closed') return;
    session.state = 'closed';
    session.disarm();
    this.sessions.remove(session);
    const { connection } = session;
    this.metrics.closed.inc({ code: String(closing.code), transport: connection.transport });
    connection.close(closing, message);
  }

  /** Seals one text for one socket at once, past the order of its inbox; false when the client is too slow. */
  seal(session: Session, text: string, replyTo?: string): boolean {
    const { channel, connection } = session;
    if (session.state !== 'ready' || channel === undefined) return false;
    const waiting = connection.bufferedBytes();
    if (waiting > this.config.stream.backpressureBytes) {
      session.strikes += 1;
      this.metrics.pushes.inc({ outcome: 'dropped', transport: connection.transport });
      if (session.strikes >= MAXIMUM_STRIKES) this.close(session, CLOSINGS.tooSlow);
      return false;
    }
    if (waiting === 0) session.strikes = 0;
    connection.sendSealed(channel.seal(text), replyTo);
    return true;
  }

  private count(transport: TransportName, sent: number): void {
    if (sent > 0) this.metrics.pushes.inc({ outcome: 'sent', transport }, sent);
  }

  /** Where the inbox stands after this change, or after a later one that was faster. */
  private newestOf(destination: Destination, mark: InboxMark | undefined): InboxState | undefined {
    if (mark?.after === undefined) return undefined;
    const userId = inboxOf(destination);
    return userId === undefined ? mark.after : this.badges.hear(userId, mark.after);
  }

  /** A client that resumes gets changes of its inbox in their order; everybody else gets pushes as they come. */
  private hand(session: Session, { text, plainText, mark, replyTo }: Handing): boolean {
    if (session.state !== 'ready') return false;
    if (session.feed === undefined) return plainText !== undefined && this.seal(session, plainText, replyTo);
    if (session.feed.push(text, mark, replyTo)) return true;
    const { transport } = session.connection;
    if (!session.feed.hasBegun) this.metrics.pushes.inc({ outcome: 'dropped', transport });
    return false;
  }

  private receivers(destination: Destination): readonly Session[] {
    if (destination.type === 'client') {
      const session = this.sessions.find(destination.target);
      return session === undefined ? [] : [session];
    }
    if (destination.type === 'user') return this.sessions.ofUser(destination.target);
    const everyone =
      destination.type === 'room' ? this.sessions.inRoom(destination.target) : [...this.sessions.readySessions()];
    if (destination.exclude === undefined || destination.exclude.length === 0) return everyone;
    const excluded = new Set(destination.exclude);
    return everyone.filter((session) => !excluded.has(session.id));
  }
}
