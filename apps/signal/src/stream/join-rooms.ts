import { Injectable } from '@nestjs/common';
import { Logger } from '@nx/observability';
import { SignalConfig } from '../signal.config';
import { memberOf } from './frames';
import { Revocation } from './revocation';
import { DEFAULT_ROOMS, isRoomName } from './room-name';
import { RoomPolicy, type RoomDecision, type RoomRefusal } from './room-policy';
import type { Session } from './session';
import { SessionRegistry } from './session-registry';
import { StreamMetrics } from './stream-metrics';

export interface JoinOutcome {
  readonly joined: string[];
  readonly refused: { readonly room: string; readonly reason: RoomRefusal }[];
}

/** The shape of a join's answer, and what was left. */
export interface LeaveOutcome extends JoinOutcome {
  readonly left: string[];
}

/** Names looked at in one frame. */
const MAXIMUM_NAMES = 256;
/** A name that cannot be a room is echoed only in part. */
const ECHO_LENGTH = 256;

/** Own id, own notifications, and the rooms of everybody. */
const AUTOMATIC_ROOMS = 2 + DEFAULT_ROOMS.length;

const namesIn = (data: unknown): unknown[] => {
  const rooms = memberOf(data, 'rooms');
  return Array.isArray(rooms) ? (rooms as unknown[]).slice(0, MAXIMUM_NAMES) : [];
};

/** Joins and leaves; what is refused is told only to those who ask. */
@Injectable()
export class JoinRooms {
  constructor(
    private readonly config: SignalConfig,
    private readonly policy: RoomPolicy,
    private readonly revocation: Revocation,
    private readonly sessions: SessionRegistry,
    private readonly metrics: StreamMetrics,
    private readonly logger: Logger,
  ) {}

  /** Never throws: a room whose policy cannot be read is refused as `unavailable`. */
  async join(session: Session, data: unknown): Promise<JoinOutcome> {
    const outcome: JoinOutcome = { joined: [], refused: [] };
    for (const name of namesIn(data)) {
      const decision = isRoomName(name) ? await this.decide(session, name) : ({ refusal: 'invalid' } as const);
      const room = typeof name === 'string' ? name.slice(0, ECHO_LENGTH) : '';
      // The socket may have gone while others were asked.
      if (session.state !== 'ready') break;
      if ('refusal' in decision) outcome.refused.push({ room, reason: decision.refusal });
      else if (this.isFull(session, room)) outcome.refused.push({ room, reason: 'limit' });
      else {
        this.sessions.enter(session, room, decision.grant);
        outcome.joined.push(room);
      }
    }
    this.metrics.joins.inc({ outcome: 'joined' }, outcome.joined.length);
    for (const { reason } of outcome.refused) this.metrics.joins.inc({ outcome: reason });
    return outcome;
  }

  leave(session: Session, data: unknown): LeaveOutcome {
    const left = namesIn(data).filter((name): name is string => isRoomName(name) && this.sessions.leave(session, name));
    return { left, joined: [], refused: [] };
  }

  /** A policy that changes while it is being asked is asked again: its answer may be the old one. */
  private async decide(session: Session, room: string): Promise<RoomDecision> {
    try {
      for (;;) {
        const { generation } = this.revocation;
        const decision = await this.policy.decide(session, room);
        if (generation === this.revocation.generation || session.state !== 'ready') return decision;
      }
    } catch (error) {
      this.logger.warn('a room could not be decided', { error });
      return { refusal: 'unavailable' };
    }
  }

  private isFull(session: Session, room: string): boolean {
    if (session.isIn(room)) return false;
    return session.roomCount >= this.config.stream.maxRooms + AUTOMATIC_ROOMS;
  }
}
