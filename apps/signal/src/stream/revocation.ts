import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AccessControl, type TokenClaims } from '@nx/authz';
import { Logger } from '@nx/observability';
import { RoomPolicy } from './room-policy';
import type { Session } from './session';
import { SessionRegistry } from './session-registry';

/** Sessions whose users' policies are read in one query. */
const SESSIONS_PER_QUERY = 1000;
const RETRY_MS = 200;
/** How long a renewal waits for policies that cannot be read, look by look: three seconds in all. */
const RENEWAL_PAUSES_MS: readonly number[] = [100, 200, 400, 800, 1500];

/** Throws sockets out of the rooms that their user may no longer be in. */
@Injectable()
export class Revocation implements OnApplicationBootstrap, OnModuleDestroy {
  private running: Promise<void> | undefined;
  private stopped = false;
  private checkedGeneration = 0;
  private currentGeneration = 0;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly access: AccessControl,
    private readonly policy: RoomPolicy,
    private readonly sessions: SessionRegistry,
    private readonly logger: Logger,
  ) {}

  /** Grows with every change of policy: a decision made under an older number has to be made again. */
  get generation(): number {
    return this.currentGeneration;
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.access.onEpochChange(() => {
      this.currentGeneration += 1;
      this.running ??= this.checkAll().finally(() => {
        this.running = undefined;
      });
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    await this.running;
  }

  /**
   * Takes on a fresh token of the session's user, together with leaving the rooms that it does not hold: a token that
   * cannot be compared with the policies is not taken on, or its rooms would stand unchecked. False when the policies
   * could not be read for a while, or the session is gone; the present token then goes on counting until it expires.
   */
  async renew(session: Session, claims: TokenClaims, expiresAtSeconds: number): Promise<boolean> {
    let tries = 0;
    while (session.state === 'ready' && !this.stopped) {
      const generation = this.currentGeneration;
      try {
        const lost = await this.lostRooms(session, claims);
        // A policy that changes while it is being asked is asked again: its answer may be the old one.
        if (generation !== this.currentGeneration) continue;
        if (session.state !== 'ready') break;
        session.renew(claims, expiresAtSeconds);
        this.throwOut(session, lost);
        return true;
      } catch (error) {
        const pauseMs = RENEWAL_PAUSES_MS[tries];
        tries += 1;
        this.logger.warn('a fresh token could not be compared with the policies', { tries, error });
        if (pauseMs === undefined) break;
        await pause(pauseMs, undefined, { ref: false });
      }
    }
    return false;
  }

  /** The rooms that a session asked for and may not be in with these claims. Throws when policies cannot be read. */
  private async lostRooms(session: Session, claims: TokenClaims): Promise<string[]> {
    const lost: string[] = [];
    for (const [room, grant] of session.joinedRooms) {
      if (!(await this.policy.holds(claims, grant))) lost.push(room);
    }
    return lost;
  }

  private throwOut(session: Session, rooms: readonly string[]): void {
    for (const room of rooms) {
      if (!this.sessions.leave(session, room)) continue;
      this.logger.security('socket thrown out of a room', { userId: session.userId, room });
    }
  }

  private async checkAll(): Promise<void> {
    while (!this.stopped && this.checkedGeneration !== this.currentGeneration) {
      const generation = this.currentGeneration;
      try {
        await this.checkSessions([...this.sessions.readySessions()].filter(isBound));
        this.checkedGeneration = generation;
      } catch (error) {
        this.logger.warn('sockets could not be checked after a change of policy; trying again', { error });
        await pause(RETRY_MS);
      }
    }
  }

  /** Thousands of users are asked about in a few queries, so that nobody waits for all the others. */
  private async checkSessions(sessions: readonly Session[]): Promise<void> {
    for (let from = 0; from < sessions.length && !this.stopped; from += SESSIONS_PER_QUERY) {
      const batch = sessions.slice(from, from + SESSIONS_PER_QUERY);
      await this.access.preload(batch.flatMap(({ claims }) => claims ?? []));
      for (const session of batch) {
        const { claims } = session;
        if (claims !== undefined) this.throwOut(session, await this.lostRooms(session, claims));
      }
    }
  }
}

/** Whether it is in a room that a policy let it into. */
const isBound = ({ joinedRooms }: Session): boolean => {
  for (const [, { kind }] of joinedRooms) if (kind !== 'own') return true;
  return false;
};
