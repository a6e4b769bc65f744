import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AccessControl } from '@nx/authz';
import { Logger } from '@nx/observability';
import { RoomPolicy } from './room-policy';
import type { Session } from './session';
import { SessionRegistry } from './session-registry';

/** Sessions looked at side by side: enough to be quick, few enough to leave the pool usable. */
const AT_ONCE = 8;
const RETRY_MS = 200;

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

  /** Looks at one session's rooms again. Throws when the policies cannot be read: the rooms then stand as they are. */
  async check(session: Session): Promise<void> {
    const { claims } = session;
    if (claims === undefined) return;
    for (const [room, grant] of session.joinedRooms) {
      if (grant.kind === 'own' || (await this.policy.holds(claims, grant))) continue;
      if (this.sessions.leave(session, room)) {
        this.logger.security('socket thrown out of a room', { userId: claims.userId, room });
      }
    }
  }

  private async checkAll(): Promise<void> {
    while (!this.stopped && this.checkedGeneration !== this.currentGeneration) {
      const generation = this.currentGeneration;
      const sessions = [...this.sessions.readySessions()];
      try {
        await Promise.all(Array.from({ length: AT_ONCE }, () => this.drain(sessions)));
        this.checkedGeneration = generation;
      } catch (error) {
        this.logger.warn('sockets could not be checked after a change of policy; trying again', { error });
        await pause(RETRY_MS);
      }
    }
  }

  private async drain(sessions: Session[]): Promise<void> {
    for (let next = sessions.pop(); next !== undefined; next = sessions.pop()) await this.check(next);
  }
}
