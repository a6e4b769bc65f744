import type { Session } from './session';

/** Sessions by a key that most often has one alone: only those that share a key cost a set. */
export class SessionIndex {
  private readonly known = new Map<string, Session | Set<Session>>();

  put(key: string, session: Session): void {
    const present = this.known.get(key);
    if (present === undefined) this.known.set(key, session);
    else if (present instanceof Set) present.add(session);
    else if (present !== session) this.known.set(key, new Set([present, session]));
  }

  take(key: string, session: Session): void {
    const present = this.known.get(key);
    if (present === session) this.known.delete(key);
    else if (present instanceof Set && present.delete(session) && present.size === 0) this.known.delete(key);
  }

  /** In the order in which they came. */
  of(key: string): readonly Session[] {
    const present = this.known.get(key);
    if (present === undefined) return NOBODY;
    return present instanceof Set ? [...present] : [present];
  }

  countOf(key: string): number {
    const present = this.known.get(key);
    if (present === undefined) return 0;
    return present instanceof Set ? present.size : 1;
  }
}

const NOBODY: readonly Session[] = [];
