import { randomUUID } from 'node:crypto';
import type { TokenClaims } from '@nx/authz';
import { notificationRoom } from '@nx/contracts';
import type { SealedChannel } from '@nx/crypto';
import type { InboxFeed } from '../resume/inbox-feed';
import type { Connection } from './connection';
import { DEFAULT_ROOMS } from './room-name';

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
  /** Seconds since the epoch. */
  readonly expiresAtSeconds: number;
}

/** How many frames a client may send, by the second and at once; 0 frames per second = as many as it likes. */
export interface FrameRate {
  readonly framesPerSecond: number;
  readonly burst: number;
}

/**
 * One client from its first frame to its end, apart from any transport. An instance has tens of thousands of them that
 * say nothing: what most of them never need is made when it is needed, what all have in common is not written down for
 * each, and moments are small whole numbers, which take no memory of their own.
 */
export class Session {
  readonly id = randomUUID();
  state: SessionState = 'opened';
  /** Pushes dropped since the client last kept up. */
  strikes = 0;
  lastInboundSequence = 0;
  /** Inbound work that waits for a decision (joins, leaves, renewals): done one after the other. */
  tasks: Promise<void> | undefined;
  waitingTasks = 0;
  /** Of a client that resumes: puts what it is told in order. */
  feed: InboxFeed | undefined;
  private knownClaims: TokenClaims | undefined;
  private sealing: SealedChannel | undefined;
  private expiresAtSeconds = 0;
  private timer: NodeJS.Timeout | undefined;
  private seenAfterMs = 0;
  /** What is used up of the burst, in thousandths of a frame. */
  private spent = 0;
  private refusedInARow = 0;
  /** Rooms that it asked for, and automatic ones that it left. */
  private joined: Map<string, RoomGrant> | undefined;
  private left: Set<string> | undefined;

  constructor(
    readonly connection: Connection,
    /** By the wall clock, to be shown. */
    readonly connectedAtMs: number,
    /** By the monotonic clock, on which silence is measured: a clock that jumps is no silence of the client. */
    private readonly openedMs: number,
  ) {}

  /** Present in state `ready` and afterwards. */
  get claims(): TokenClaims | undefined {
    return this.knownClaims;
  }

  /** Present in state `ready` and afterwards. */
  get channel(): SealedChannel | undefined {
    return this.sealing;
  }

  get userId(): string | undefined {
    return this.knownClaims?.userId;
  }

  get expiresAtMs(): number {
    return this.expiresAtSeconds * 1000;
  }

  /** By the monotonic clock. */
  get lastSeenMs(): number {
    return this.openedMs + this.seenAfterMs;
  }

  /** The rooms that it is in: first those of every session of its user, then those that it asked for. */
  get rooms(): string[] {
    const automatic = this.automaticRooms().filter((room) => !this.hasLeft(room));
    return [...automatic, ...(this.joined?.keys() ?? [])];
  }

  /** Rooms that it asked for, with the reason why it may be there. */
  get joinedRooms(): Iterable<readonly [string, RoomGrant]> {
    return this.joined ?? NO_ROOMS;
  }

  get roomCount(): number {
    return this.automaticRooms().length - (this.left?.size ?? 0) + (this.joined?.size ?? 0);
  }

  isIn(room: string): boolean {
    return this.isAutomatic(room) ? !this.hasLeft(room) : this.joined?.has(room) === true;
  }

  /** Whether it left a room that it was in from the start. */
  hasLeft(room: string): boolean {
    return this.left?.has(room) === true;
  }

  /** Whether it is in the room from the start. */
  isAutomatic(room: string): boolean {
    return this.automaticRooms().includes(room);
  }

  enter(room: string, grant: RoomGrant): void {
    if (this.isAutomatic(room)) this.left?.delete(room);
    else (this.joined ??= new Map<string, RoomGrant>()).set(room, grant);
  }

  /** False when it was not in the room. */
  leave(room: string): boolean {
    if (!this.isIn(room)) return false;
    if (this.isAutomatic(room)) (this.left ??= new Set<string>()).add(room);
    else this.joined?.delete(room);
    return true;
  }

  /** The key agreement has ended: from now on everything is sealed. */
  become({ claims, channel, expiresAtSeconds }: Identity): void {
    this.knownClaims = claims;
    this.sealing = channel;
    this.expiresAtSeconds = expiresAtSeconds;
    this.state = 'ready';
  }

  /** A fresh token of the same user on the open socket. */
  renew(claims: TokenClaims, expiresAtSeconds: number): void {
    if (this.knownClaims === undefined) return;
    this.knownClaims = claims;
    this.expiresAtSeconds = expiresAtSeconds;
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

  /**
   * A sign of life, which takes one frame from the allowance; `nowMs` is of the monotonic clock. False = above the rate;
   * `flooding()` then tells whether it goes on and on.
   */
  seen(nowMs: number, { framesPerSecond, burst }: FrameRate): boolean {
    const elapsedMs = Math.max(0, nowMs - this.lastSeenMs);
    this.seenAfterMs = Math.round(nowMs - this.openedMs);
    if (framesPerSecond === 0) return true;
    this.spent = Math.max(0, this.spent - Math.round(elapsedMs * framesPerSecond));
    if (this.spent > (burst - 1) * FRAME) {
      this.refusedInARow += 1;
      return false;
    }
    this.spent += FRAME;
    if (this.spent < (burst / 2) * FRAME) this.refusedInARow = 0;
    return true;
  }

  flooding({ burst }: FrameRate): boolean {
    return this.refusedInARow > burst;
  }

  private automaticRooms(): string[] {
    return this.userId === undefined ? [] : [this.id, ...DEFAULT_ROOMS, notificationRoom(this.userId)];
  }
}

const FRAME = 1000;
const NO_ROOMS: readonly (readonly [string, RoomGrant])[] = [];
