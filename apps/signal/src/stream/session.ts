import { randomUUID } from 'node:crypto';
import type { TokenClaims } from '@nx/authz';
import type { SealedChannel } from '@nx/crypto';
import type { InboxFeed } from '../resume/inbox-feed';
import type { Connection } from './connection';

/** Why a socket is in a room; looked at again whenever a policy changes. */
export type RoomGrant =
  | { readonly kind: 'own' }
  | { readonly kind: 'member'; readonly merchantId: string | null; readonly organizerId: string | null }
  | { readonly kind: 'audience'; readonly audience: string };

/** `opened` until authenticate, `checking` while token and keys are looked at, then `ready`, in the end `closed`. */
export type SessionState = 'opened' | 'checking' | 'ready' | 'closed';

/** What a session has once it is authenticated. */
export interface Identity {
  readonly claims: TokenClaims;
  readonly channel: SealedChannel;
  readonly expiresAtMs: number;
}

/** One client from its first frame to its end, apart from any transport. */
export class Session {
  readonly id = randomUUID();
  readonly rooms = new Map<string, RoomGrant>();
  state: SessionState = 'opened';
  lastSeenMs: number;
  /** Pushes dropped since the client last kept up. */
  strikes = 0;
  lastInboundSequence = 0;
  /** Inbound work that waits for a decision (joins, leaves, renewals): done one after the other. */
  tasks: Promise<void> = Promise.resolve();
  waitingTasks = 0;
  /** Of a client that resumes: puts what it is told in order. */
  feed: InboxFeed | undefined;
  private known: Identity | undefined;
  private timer: NodeJS.Timeout | undefined;
  private tokens: number;
  private refilledAtMs: number;
  private refusedInARow = 0;

  constructor(
    readonly connection: Connection,
    readonly connectedAtMs: number,
    private readonly rate: { readonly framesPerSecond: number; readonly burst: number },
  ) {
    this.lastSeenMs = connectedAtMs;
    this.refilledAtMs = connectedAtMs;
    this.tokens = rate.burst;
  }

  /** Present in state `ready` and afterwards. */
  get identity(): Identity | undefined {
    return this.known;
  }

  get userId(): string | undefined {
    return this.known?.claims.userId;
  }

  /** The key agreement has ended: from now on everything is sealed. */
  become(identity: Identity): void {
    this.known = identity;
    this.state = 'ready';
  }

  /** A fresh token of the same user on the open socket. */
  renew(claims: TokenClaims, expiresAtMs: number): void {
    if (this.known !== undefined) this.known = { ...this.known, claims, expiresAtMs };
  }

  /** One timer at a time: the next one replaces it. */
  arm(afterMs: number, work: () => void): void {
    this.disarm();
    this.timer = setTimeout(work, afterMs);
  }

  disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Takes one frame from the allowance. False = above the rate; `flooding()` then tells whether it goes on and on. */
  allowFrame(nowMs: number): boolean {
    const { framesPerSecond, burst } = this.rate;
    if (framesPerSecond === 0) return true;
    const elapsedMs = Math.max(0, nowMs - this.refilledAtMs);
    this.refilledAtMs = nowMs;
    this.tokens = Math.min(burst, this.tokens + (elapsedMs * framesPerSecond) / 1000);
    if (this.tokens < 1) {
      this.refusedInARow += 1;
      return false;
    }
    this.tokens -= 1;
    if (this.tokens > burst / 2) this.refusedInARow = 0;
    return true;
  }

  flooding(): boolean {
    return this.refusedInARow > this.rate.burst;
  }
}
