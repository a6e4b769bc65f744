import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { ChannelError } from '@nx/crypto';
import { CLOCK, Logger } from '@nx/observability';
import { SignalConfig } from '../signal.config';
import { AuthenticateSession } from './authenticate-session';
import type { Connection } from './connection';
import { Delivery, pushText } from './delivery';
import { CLOSINGS, ERRORS, EVENTS, memberOf, parseFrame, type InboundFrame } from './frames';
import { JoinRooms } from './join-rooms';
import { Revocation } from './revocation';
import { Session } from './session';
import { SessionRegistry } from './session-registry';
import { StreamMetrics } from './stream-metrics';

/** Inbound work of one client that may wait at once. */
const MAXIMUM_WAITING = 64;
/** Events that old clients send in clear. */
const CLEAR_EVENTS: ReadonlySet<string> = new Set([EVENTS.heartbeat, EVENTS.join, EVENTS.leave]);

/** The protocol of `/stream`, apart from any transport: a transport opens sessions and hands over texts or frames. */
@Injectable()
export class SessionCore {
  constructor(
    private readonly config: SignalConfig,
    private readonly authenticating: AuthenticateSession,
    private readonly rooms: JoinRooms,
    private readonly revocation: Revocation,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    private readonly metrics: StreamMetrics,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A client has connected; it has a few seconds to authenticate. */
  open(connection: Connection): Session {
    const { framesPerSecond, frameBurst: burst, authTimeoutMs } = this.config.stream;
    const session = new Session(connection, this.clock.now(), { framesPerSecond, burst });
    this.sessions.add(session);
    session.arm(authTimeoutMs, () => this.delivery.close(session, CLOSINGS.authTimeout));
    return session;
  }

  /** The transport lost the client. */
  closed(session: Session): void {
    session.state = 'closed';
    session.disarm();
    this.sessions.remove(session);
  }

  /** Text of a plain frame, as it came. */
  receiveText(session: Session, text: string): void {
    if (!this.admit(session)) return;
    const frame = parseFrame(text);
    if (frame === 'no-event') return;
    if (frame === 'not-json') this.tell(session, ERRORS.malformed);
    else this.handle(session, frame);
  }

  /** Any frame counts as life. False when the client sends more than it may, or is gone. */
  private admit(session: Session): boolean {
    if (session.state === 'closed') return false;
    const now = this.clock.now();
    session.lastSeenMs = now;
    if (session.allowFrame(now)) return true;
    this.metrics.refusedFrames.inc({ reason: 'rate' });
    if (session.flooding()) this.delivery.close(session, CLOSINGS.tooFast);
    return false;
  }

  private handle(session: Session, frame: InboundFrame): void {
    if (session.state !== 'ready') {
      this.handleEarly(session, frame);
      return;
    }
    if (frame.event === EVENTS.authenticate) this.authenticateAgain(session, frame);
    else if (frame.event === EVENTS.encrypted) this.handleSealed(session, frame);
    else if (CLEAR_EVENTS.has(frame.event) && !this.config.stream.strict) this.act(session, frame);
    else this.metrics.refusedFrames.inc({ reason: 'clear' });
  }

  private handleEarly(session: Session, frame: InboundFrame): void {
    if (frame.event === EVENTS.heartbeat) return;
    if (frame.event !== EVENTS.authenticate) this.tell(session, ERRORS.notAuthenticated);
    else if (session.state === 'opened') void this.authenticating.execute(session, frame.data);
    else this.tell(session, ERRORS.alreadyAuthenticated);
  }

  private handleSealed(session: Session, outer: InboundFrame): void {
    let text: string;
    try {
      text = session.identity?.channel.open(outer.data) ?? '';
    } catch (error) {
      const reason = error instanceof ChannelError ? error.reason : 'unreadable';
      this.metrics.refusedFrames.inc({ reason });
      if (reason !== 'malformed') this.logger.security('sealed frame refused', { reason, userId: session.userId });
      return;
    }
    const frame = parseFrame(text);
    if (typeof frame === 'string') this.metrics.refusedFrames.inc({ reason: 'unreadable' });
    else if (!this.isInOrder(session, frame)) this.metrics.refusedFrames.inc({ reason: 'order' });
    else if (frame.event === EVENTS.authenticate) this.authenticateAgain(session, frame);
    else this.act(session, frame);
  }

  /** A number must grow where there is one; strict mode demands one. */
  private isInOrder(session: Session, { seq }: InboundFrame): boolean {
    if (seq === undefined) return !this.config.stream.strict;
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq <= session.lastInboundSequence) return false;
    session.lastInboundSequence = seq;
    return true;
  }

  /** Application frames. Clients have no further events today: an unknown one changes nothing. */
  private act(session: Session, frame: InboundFrame): void {
    if (frame.event === EVENTS.join) {
      this.enqueue(session, async () => this.acknowledge(session, frame, await this.rooms.join(session, frame.data)));
    } else if (frame.event === EVENTS.leave) {
      this.enqueue(session, () => this.acknowledge(session, frame, { left: this.rooms.leave(session, frame.data) }));
    } else if (frame.event !== EVENTS.heartbeat) {
      this.metrics.refusedFrames.inc({ reason: 'unknown' });
    }
  }

  private authenticateAgain(session: Session, frame: InboundFrame): void {
    if (memberOf(frame.data, 'renew') !== true) {
      this.tell(session, ERRORS.alreadyAuthenticated);
      return;
    }
    this.enqueue(session, async () => {
      const renewed = await this.authenticating.renew(session, frame.data);
      if (!renewed) this.tell(session, ERRORS.refused);
      // The new token may name fewer merchants than the old one.
      else await this.revocation.check(session);
      this.acknowledge(session, frame, { renewed });
    });
  }

  /** Joins, leaves and renewals of one client happen in the order in which they came. */
  private enqueue(session: Session, work: () => void | Promise<void>): void {
    if (session.waitingTasks >= MAXIMUM_WAITING) {
      this.metrics.refusedFrames.inc({ reason: 'busy' });
      return;
    }
    session.waitingTasks += 1;
    session.tasks = session.tasks
      .then(() => (session.state === 'ready' ? work() : undefined))
      .catch((error: unknown) => this.logger.warn('a frame could not be handled', { error }))
      .finally(() => {
        session.waitingTasks -= 1;
      });
  }

  /** The answer to a frame with an `id`: the same event, sealed, with the id in its data. Others get none. */
  private acknowledge(session: Session, frame: InboundFrame, outcome: object): void {
    if (frame.id === undefined || session.state !== 'ready') return;
    this.delivery.send(session, pushText(frame.event, { id: frame.id, ...outcome }));
  }

  private tell(session: Session, message: string): void {
    if (session.state === 'closed') return;
    // Who floods us with bad frames and does not read the answers is cut off.
    if (session.connection.bufferedBytes() > this.config.stream.backpressureBytes) {
      this.delivery.close(session, CLOSINGS.tooSlow);
      return;
    }
    session.connection.sendClear('error', { message });
  }
}
