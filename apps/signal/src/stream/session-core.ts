import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { ChannelError } from '@nx/crypto';
import { CLOCK, Logger } from '@nx/observability';
import { SignalConfig } from '../signal.config';
import { AuthenticateSession } from './authenticate-session';
import type { Connection } from './connection';
import { Delivery, pushText } from './delivery';
import { CLOSINGS, ERRORS, EVENTS, memberOf, parseFrame, type InboundFrame, type Reading } from './frames';
import { JoinRooms } from './join-rooms';
import { Session, type FrameRate } from './session';
import { SessionRegistry } from './session-registry';
import { StreamMetrics } from './stream-metrics';

/** Inbound work of one client that may wait at once. */
const MAXIMUM_WAITING = 64;
/** Events that old clients send in clear. */
const CLEAR_EVENTS: ReadonlySet<string> = new Set([EVENTS.heartbeat, EVENTS.join, EVENTS.leave]);

/** The protocol of `/stream`, apart from any transport: a transport opens sessions and hands over texts or frames. */
@Injectable()
export class SessionCore {
  private readonly rate: FrameRate;

  constructor(
    private readonly config: SignalConfig,
    private readonly authenticating: AuthenticateSession,
    private readonly rooms: JoinRooms,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    private readonly metrics: StreamMetrics,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rate = { framesPerSecond: config.stream.framesPerSecond, burst: config.stream.frameBurst };
  }

  /** A client has connected; it has a few seconds to authenticate. */
  open(connection: Connection): Session {
    const session = new Session(connection, this.clock.now(), performance.now());
    this.sessions.add(session);
    session.arm(this.config.stream.authTimeoutMs, () => this.delivery.close(session, CLOSINGS.authTimeout));
    return session;
  }

  /** The transport lost the client. */
  closed(session: Session): void {
    session.state = 'closed';
    session.disarm();
    this.sessions.remove(session);
  }

  /** Something came from the client; it is read only when the client has not sent more than it may. */
  receive(session: Session, read: () => Reading): void {
    if (!this.alive(session)) return;
    const frame = read();
    if (typeof frame === 'object') this.handle(session, frame);
    else if (frame === 'not-json') this.tell(session, ERRORS.malformed);
    else if (frame === 'violation') this.delivery.close(session, CLOSINGS.violation);
  }

  /** A sign of life; any frame is one. False when the client sends more than it may, or is gone. */
  alive(session: Session): boolean {
    if (session.state === 'closed') return false;
    if (session.seen(performance.now(), this.rate)) return true;
    this.refuse(session, 'rate');
    if (session.flooding(this.rate)) this.delivery.close(session, CLOSINGS.tooFast);
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
    else this.refuse(session, 'clear');
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
      text = session.channel?.open(outer.data) ?? '';
    } catch (error) {
      const reason = error instanceof ChannelError ? error.reason : 'unreadable';
      this.refuse(session, reason);
      if (reason !== 'malformed') this.logger.security('sealed frame refused', { reason, userId: session.userId });
      return;
    }
    const frame = parseFrame(text);
    if (typeof frame === 'string') this.refuse(session, 'unreadable');
    else if (!this.isInOrder(session, frame)) this.refuse(session, 'order');
    else this.actOnSealed(session, outer.replyTo === undefined ? frame : { ...frame, replyTo: outer.replyTo });
  }

  private actOnSealed(session: Session, frame: InboundFrame): void {
    if (frame.event === EVENTS.authenticate) this.authenticateAgain(session, frame);
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
      this.enqueue(session, () => this.acknowledge(session, frame, this.rooms.leave(session, frame.data)));
    } else if (frame.event !== EVENTS.heartbeat) {
      this.refuse(session, 'unknown');
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
      this.acknowledge(session, frame, { renewed });
    });
  }

  /** Joins, leaves and renewals of one client happen in the order in which they came. */
  private enqueue(session: Session, work: () => void | Promise<void>): void {
    if (session.waitingTasks >= MAXIMUM_WAITING) {
      this.refuse(session, 'busy');
      return;
    }
    session.waitingTasks += 1;
    session.tasks = (session.tasks ?? Promise.resolve())
      .then(() => (session.state === 'ready' ? work() : undefined))
      .catch((error: unknown) => this.logger.warn('a frame could not be handled', { error }))
      .finally(() => {
        session.waitingTasks -= 1;
        // Nothing waits behind it, so the next one need not wait for anything.
        if (session.waitingTasks === 0) session.tasks = undefined;
      });
  }

  /**
   * The answer to a frame that asks for one: the same event, sealed, with the frame's `id` in its data where it has one.
   * Others get none.
   */
  private acknowledge(session: Session, { event, id, replyTo }: InboundFrame, outcome: object): void {
    if ((id === undefined && replyTo === undefined) || session.state !== 'ready') return;
    this.delivery.send(session, pushText(event, id === undefined ? outcome : { id, ...outcome }), replyTo);
  }

  private refuse(session: Session, reason: string): void {
    this.metrics.refusedFrames.inc({ reason, transport: session.connection.transport });
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
