import { Injectable } from '@nestjs/common';
import { userOfNotificationRoom } from '@nx/contracts';
import type { TransportName } from './connection';
import { DEFAULT_ROOMS } from './room-name';
import type { RoomGrant, Session } from './session';
import { SessionIndex } from './session-index';

type Listener = (session: Session, change: 'changed' | 'gone') => void;

/**
 * The sockets of this instance, by id, user and room. Only authenticated ones can be found. Who is in the rooms that
 * every session has from the start is told by id and user: only what clients ask for is written down.
 */
@Injectable()
export class SessionRegistry {
  private readonly waiting = new Set<Session>();
  private readonly ready = new Map<string, Session>();
  private readonly byUser = new SessionIndex();
  private readonly byJoinedRoom = new SessionIndex();
  private readonly byAddress = new Map<string, number>();
  private readonly listeners = new Set<Listener>();

  /** Tells of authenticated sessions that came, changed rooms or went. */
  onChange(listener: Listener): void {
    this.listeners.add(listener);
  }

  add(session: Session): void {
    this.waiting.add(session);
    const { address } = session.connection;
    this.byAddress.set(address, this.countOfAddress(address) + 1);
  }

  /** Makes an authenticated session reachable, in the rooms that every session has. */
  activate(session: Session): void {
    const { userId } = session;
    if (userId === undefined || !this.waiting.delete(session)) return;
    this.ready.set(session.id, session);
    this.byUser.put(userId, session);
    this.tell(session, 'changed');
  }

  enter(session: Session, room: string, grant: RoomGrant): void {
    session.enter(room, grant);
    if (!session.isAutomatic(room)) this.byJoinedRoom.put(room, session);
    this.tell(session, 'changed');
  }

  leave(session: Session, room: string): boolean {
    if (!session.leave(room)) return false;
    if (!session.isAutomatic(room)) this.byJoinedRoom.take(room, session);
    this.tell(session, 'changed');
    return true;
  }

  remove(session: Session): void {
    const wasReady = this.ready.delete(session.id);
    if (!this.waiting.delete(session) && !wasReady) return;
    const { address } = session.connection;
    const left = this.countOfAddress(address) - 1;
    if (left > 0) this.byAddress.set(address, left);
    else this.byAddress.delete(address);
    if (!wasReady) return;
    for (const [room] of session.joinedRooms) this.byJoinedRoom.take(room, session);
    if (session.userId !== undefined) this.byUser.take(session.userId, session);
    this.tell(session, 'gone');
  }

  /** Those that are not authenticated yet too. */
  sessions(): Session[] {
    return [...this.waiting, ...this.ready.values()];
  }

  readySessions(): Iterable<Session> {
    return this.ready.values();
  }

  readyCount(): number {
    return this.ready.size;
  }

  /** Walks all sessions: for what is asked now and then. */
  countOf(transport: TransportName): { ready: number; waiting: number } {
    const isOfTransport = (session: Session): boolean => session.connection.transport === transport;
    return {
      ready: [...this.ready.values()].filter(isOfTransport).length,
      waiting: [...this.waiting].filter(isOfTransport).length,
    };
  }

  find(id: string): Session | undefined {
    return this.ready.get(id);
  }

  ofUser(userId: string): readonly Session[] {
    return this.byUser.of(userId);
  }

  countOfUser(userId: string): number {
    return this.byUser.countOf(userId);
  }

  inRoom(room: string): readonly Session[] {
    const joined = this.byJoinedRoom.of(room);
    const automatic = this.automaticIn(room).filter((session) => !session.hasLeft(room));
    if (automatic.length === 0) return joined;
    return joined.length === 0 ? automatic : [...automatic, ...joined];
  }

  countOfAddress(address: string): number {
    return this.byAddress.get(address) ?? 0;
  }

  /** Who is in the room from the start. */
  private automaticIn(room: string): readonly Session[] {
    if (DEFAULT_ROOMS.includes(room)) return [...this.ready.values()];
    const own = this.ready.get(room);
    if (own !== undefined) return [own];
    const userId = userOfNotificationRoom(room);
    return userId === undefined ? NOBODY : this.byUser.of(userId);
  }

  private tell(session: Session, change: 'changed' | 'gone'): void {
    for (const listener of this.listeners) listener(session, change);
  }
}

const NOBODY: readonly Session[] = [];
