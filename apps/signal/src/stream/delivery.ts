import { Injectable } from '@nestjs/common';
import { stringifyLossless } from '@nx/messaging';
import { inboxMarkOf, type InboxMark } from '../resume/inbox-mark';
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
  readonly mark?: InboxMark | undefined;
  readonly replyTo?: string | undefined;
}

/** Seals a message for every socket of this instance that it is meant for. */
@Injectable()
export class Delivery {
  constructor(
    private readonly config: SignalConfig,
    private readonly sessions: SessionRegistry,
    private readonly metrics: StreamMetrics,
  ) {}

  /** Returns to how many sockets the message was handed. `source` names the arrival in the latency metric. */
  deliver(destination: Destination, topic: string, data: unknown, source: 'bus' | 'server'): number {
    const receivers = this.receivers(destination);
    if (receivers.length === 0) return 0;
    const stop = this.metrics.pushSeconds.startTimer({ source });
    const text = pushText(topic, data);
    const mark = inboxMarkOf(topic, data);
    const sent: Record<TransportName, number> = { websocket: 0, 'socket.io': 0 };
    for (const session of receivers) if (this.hand(session, text, { mark })) sent[session.connection.transport] += 1;
    stop();
    this.count('websocket', sent.websocket);
    this.count('socket.io', sent['socket.io']);
    return sent.websocket + sent['socket.io'];
  }

  /** Sends one text to one socket; false when the client is too slow to take it. `replyTo`: see `Connection`. */
  send(session: Session, text: string, replyTo?: string): boolean {
    const sent = this.hand(session, text, { replyTo });
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

  /** A client that resumes gets changes of its inbox in their order; everybody else gets pushes as they come. */
  private hand(session: Session, text: string, { mark, replyTo }: Handing): boolean {
    if (session.state !== 'ready') return false;
    if (session.feed === undefined) return mark?.silent !== true && this.seal(session, text, replyTo);
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
