import { Injectable } from '@nestjs/common';
import type { TransportName } from './connection';
import type { RoomGrant, Session } from './session';

type Listener = (session: Session, change: 'changed' | 'gone') => void;

/** The sockets of this instance, by id, user and room. Only authenticated ones can be found. */
@Injectable()
export class SessionRegistry {
  private readonly all = new Set<Session>();
  private readonly ready = new Map<string, Session>();
  private readonly byUser = new Map<string, Set<Session>>();
  private readonly byRoom = new Map<string, Set<Session>>();
  private readonly byAddress = new Map<string, number>();
  private readonly listeners = new Set<Listener>();

  /** Tells of authenticated sessions that came, changed rooms or went. */
  onChange(listener: Listener): void {
    this.listeners.add(listener);
  }

  add(session: Session): void {
    this.all.add(session);
    const { address } = session.connection;
    this.byAddress.set(address, this.countOfAddress(address) + 1);
  }

  /** Makes an authenticated session reachable. */
  activate(session: Session, rooms: readonly string[]): void {
    const { userId } = session;
    if (userId === undefined) return;
    this.ready.set(session.id, session);
    put(this.byUser, userId, session);
    for (const room of rooms) this.enter(session, room, { kind: 'own' });
  }

  enter(session: Session, room: string, grant: RoomGrant): void {
    session.rooms.set(room, grant);
    put(this.byRoom, room, session);
    this.tell(session, 'changed');
  }

  leave(session: Session, room: string): boolean {
    if (!session.rooms.delete(room)) return false;
    take(this.byRoom, room, session);
    this.tell(session, 'changed');
    return true;
  }

  remove(session: Session): void {
    if (!this.all.delete(session)) return;
    const { address } = session.connection;
    const left = this.countOfAddress(address) - 1;
    if (left > 0) this.byAddress.set(address, left);
    else this.byAddress.delete(address);
    for (const room of session.rooms.keys()) take(this.byRoom, room, session);
    session.rooms.clear();
    if (!this.ready.delete(session.id)) return;
    if (session.userId !== undefined) take(this.byUser, session.userId, session);
    this.tell(session, 'gone');
  }

  sessions(): Iterable<Session> {
    return this.all;
  }

  readySessions(): Iterable<Session> {
    return this.ready.values();
  }

  readyCount(): number {
    return this.ready.size;
  }

  /** Walks all sessions: for what is asked now and then. */
  countOf(transport: TransportName): { ready: number; waiting: number } {
    const counts = { ready: 0, waiting: 0 };
    for (const session of this.all) {
      if (session.connection.transport === transport) counts[this.ready.has(session.id) ? 'ready' : 'waiting'] += 1;
    }
    return counts;
  }

  find(id: string): Session | undefined {
    return this.ready.get(id);
  }

  ofUser(userId: string): ReadonlySet<Session> {
    return this.byUser.get(userId) ?? NOBODY;
  }

  inRoom(room: string): ReadonlySet<Session> {
    return this.byRoom.get(room) ?? NOBODY;
  }

  countOfAddress(address: string): number {
    return this.byAddress.get(address) ?? 0;
  }

  private tell(session: Session, change: 'changed' | 'gone'): void {
    for (const listener of this.listeners) listener(session, change);
  }
}

const NOBODY: ReadonlySet<Session> = new Set();

const put = (index: Map<string, Set<Session>>, key: string, session: Session): void => {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([session]));
  else known.add(session);
};

const take = (index: Map<string, Set<Session>>, key: string, session: Session): void => {
  const known = index.get(key);
  if (known === undefined) return;
  known.delete(session);
  if (known.size === 0) index.delete(key);
};
